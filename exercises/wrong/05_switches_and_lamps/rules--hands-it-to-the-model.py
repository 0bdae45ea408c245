from lomodel.linux.net.core.dev import netdev_fix_features


def fix(f, word):
    """The word that is left when both rules have been applied."""
    return netdev_fix_features(newborn, word)
