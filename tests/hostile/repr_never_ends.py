# the result's text takes for ever
class Long:
    def __repr__(self):
        while True:
            pass


def count(text):
    return Long()


longest = tally = commonest = split = join = count
