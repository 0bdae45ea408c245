# as deep as the C stack is, and deeper
import sys

sys.setrecursionlimit(10**8)


def count(text):
    return count(text)


longest = tally = commonest = split = join = count
