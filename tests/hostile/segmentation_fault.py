# reads address 0
import ctypes


def count(text):
    ctypes.string_at(0)


longest = tally = commonest = split = join = count
