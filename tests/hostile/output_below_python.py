# floods the standard streams from below
import os


def count(text):
    while True:
        os.write(1, b"8\n" * 50_000)
        os.write(2, b"8\n" * 50_000)


longest = tally = commonest = split = join = count
