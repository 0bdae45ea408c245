from lomodel.linux.net.ethtool import ioctl


def line(name, bit, words):
    """The line that `ethtool -k` prints for a feature."""
    return f"{name}: {ioctl._state(words, bit)}"
