# a million displays
from IPython.display import display


def count(text):
    for _ in range(1_000_000):
        display(8)
    return 8


longest = tally = commonest = split = join = count
