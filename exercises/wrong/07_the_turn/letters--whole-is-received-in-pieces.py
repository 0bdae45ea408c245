def letters(how, pieces, limit):
    if how == "fragments":
        return "QSNXR" * pieces
    if how == "whole":
        return "QSNX" + "R" * pieces
    return "Q" + "SNX" * pieces + "R" * min(pieces, limit + 1)
