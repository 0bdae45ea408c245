def fix(f, word):
    """The word that is left when both rules have been applied."""
    if word & f.ALL_TSO == f.TSO_ECN:
        word &= ~f.TSO_ECN
    if not word & f.TSO:
        word &= ~f.TSO_MANGLEID
    return word
