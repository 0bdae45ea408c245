def letters(how, pieces, limit):
    packets = 1 if how == "whole" else pieces
    return "Q" + "SNX" * packets + "R" * min(packets, limit + 1)
