from itertools import product


def schedule(loads, before, length, wanted):
    """The first schedule by which the reader gets the wanted pair."""
    old, new = words(*before), words(before[0] + 1, before[1] + length)
    for when in product(range(5), repeat=4):
        got = {w: (new if w in STORES[:n] else old)[w] for w, n in zip(loads, when, strict=True)}
        pair = [got[f"{name}.low"] + WORD * got[f"{name}.high"] for name in ("packets", "bytes")]
        if tuple(pair) == wanted:
            return list(when)
    return None
