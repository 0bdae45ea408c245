# a loop that catches everything
def count(text):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


longest = tally = commonest = split = join = count
