def fix(f, word):
    """The word that is left when both rules have been applied."""
    if not word >> 16 & 1:
        word &= ~(1 << 19)
    if not word >> 16 & 1 and not word >> 20 & 1:
        word &= ~(1 << 18)
    return word
