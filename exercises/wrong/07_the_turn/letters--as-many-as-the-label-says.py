def letters(how, pieces, limit):
    if how == "fragments":
        return "QSNXR" * pieces
    packets = pieces if how == "segments" else 1
    return "Q" + "SNX" * packets + "R" * min(packets, max(limit, 1))
