def letters(how, pieces, limit):
    if how == "fragments":
        return "QSNXR" * pieces
    packets = pieces if how == "segments" else 1
    return "QSNX" * packets + "R" * min(packets, limit + 1)
