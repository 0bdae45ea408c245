from lomodel.linux.net.ethtool import ioctl


def answer(feature, on, off=()):
    """What the ioctl returns that switches one feature of lo."""
    ioctl.ethtool_set_features(newborn, dict.fromkeys(off, False))
    try:
        return ioctl.ethtool_set_features(newborn, {feature: on})
    except OSError:
        return "EINVAL"
