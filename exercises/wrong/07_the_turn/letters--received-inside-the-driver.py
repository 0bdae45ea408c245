def letters(how, pieces, limit):
    if how == "segments":
        return "Q" + "SNX" * pieces + "R" * min(pieces, limit + 1)
    return "QSNRX" * (pieces if how == "fragments" else 1)
