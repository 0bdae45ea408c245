# all the memory that there is
def count(text):
    kept = []
    while True:
        kept.append(bytearray(50_000_000))


longest = tally = commonest = split = join = count
