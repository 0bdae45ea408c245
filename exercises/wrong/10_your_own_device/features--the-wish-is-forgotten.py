def leaky_fix_features(dev, features):
    """What of the feature word ``features``, which is wished for, is possible now.

    Gives the word back without what the two rules forbid; changes nothing on ``dev``.
    """
    loopback = dev.netif_f.mask("LOOPBACK")
    if dev.mtu > ETH_DATA_LEN:
        features &= ~loopback
        dev.wanted_features &= ~loopback
    if features & loopback:
        features &= ~dev.netif_f.GSO_SOFTWARE
    return features


def leaky_change_mtu(dev, new_mtu):
    """Gives ``dev`` the MTU ``new_mtu``, in bytes, and what follows from it.

    The core has checked that it is neither negative nor beyond the form's limits.

    OSError to refuse it; this driver refuses none. Nothing is returned.
    """
    dev.mtu = new_mtu
    netdev_update_features(dev)
