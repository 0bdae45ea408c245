# a regular expression that takes years
import re


def count(text):
    return re.match(r"(a|a)*b", "a" * 60)


longest = tally = commonest = split = join = count
