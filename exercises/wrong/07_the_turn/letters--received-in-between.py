def letters(how, pieces, limit):
    if how == "fragments":
        return "QSNXR" * pieces
    if how == "whole":
        return "QSNXR"
    return "Q" + "SNXR" * pieces
