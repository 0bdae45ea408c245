# a number whose text takes for ever
def count(text):
    return 10**5_000_000


longest = tally = commonest = split = join = count
