def answer(feature, on, off=()):
    """What the ioctl returns that switches one feature of lo.

    feature: by ethtool's name. on: True to switch it on, False to switch it off.
    off: the names of the features that were switched off before.
    Returns 0, 1, 2 (numbers), or "EINVAL" where the call fails with that error.
    """
    bit = f.by_string[feature]
    if bit & f.NEVER_CHANGE:
        return "EINVAL"
    if not bit & newborn.hw_features:
        return 2
    tcp4, tcp6 = "tx-tcp-segmentation", "tx-tcp6-segmentation"
    lacks = {"tx-tcp-mangleid-segmentation": {tcp4}, "tx-tcp-ecn-segmentation": {tcp4, tcp6}}
    return 2 if on and feature in lacks and lacks[feature] <= set(off) else 0
