from itertools import combinations_with_replacement


def schedule(loads, before, length, wanted):
    """The first schedule by which the reader gets the wanted pair.

    loads: the four words in the reader's order. before: (packets, bytes) before the packet.
    length: of the packet that is counted, in bytes. wanted: (packets, bytes).
    Returns a list of four numbers from 0 to 4 that never fall, or None if there is no schedule.
    """
    if wanted[1] == (before[1] + length) % WORD:
        return [0, 0, 1, 1]
    for when in [(0, 0, 0, 0), (4, 4, 4, 4)]:
        if reading(loads, before, length, when) == wanted:
            return list(when)
    return None
