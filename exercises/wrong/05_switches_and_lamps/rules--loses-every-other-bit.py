def fix(f, word):
    """The word that is left when both rules have been applied.

    f: the features of a release; f.TSO is the bit of NETIF_F_TSO, and so on.
    word: the features that are to be on, a number.
    Returns the features that may be on, a number.
    """
    if not word & f.TSO:
        word &= ~f.TSO_MANGLEID
    if not word & (f.TSO | f.TSO6):
        word &= ~f.TSO_ECN
    return word & f.ALL_TSO
