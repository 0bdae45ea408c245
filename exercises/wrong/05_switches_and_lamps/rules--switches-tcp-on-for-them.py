def fix(f, word):
    """The word that is left when both rules have been applied."""
    if word & (f.TSO_MANGLEID | f.TSO_ECN):
        word |= f.TSO
    return word
