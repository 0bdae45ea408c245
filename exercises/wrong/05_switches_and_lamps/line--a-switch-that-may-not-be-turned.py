def line(name, bit, words):
    """The line that `ethtool -k` prints for a feature.

    name: as ethtool has it. bit: its bit, a number with one bit set.
    words: the four words by their names ("available", "requested", "active", "never_changed").
    Returns the line, a string.
    """
    up, lamp = ("on" if words[w] & bit else "off" for w in ("requested", "active"))
    if not words["available"] & bit:
        return f"{name}: {lamp} [fixed]"
    return f"{name}: {lamp}" + (f" [requested {up}]" if up != lamp else "")
