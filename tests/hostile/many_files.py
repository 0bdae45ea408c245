# a hundred thousand empty ones
import os

for number in range(100_000):
    try:
        open(os.path.expanduser(f"~/{number}"), "w").close()
    except OSError:
        break
count = longest = tally = commonest = split = join = lambda *a: 8
