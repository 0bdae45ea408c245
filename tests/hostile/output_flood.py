# prints for ever
def count(text):
    while True:
        print("8" * 1000)


longest = tally = commonest = split = join = count
