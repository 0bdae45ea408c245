# the C library's abort
import os


def count(text):
    os.abort()


longest = tally = commonest = split = join = count
