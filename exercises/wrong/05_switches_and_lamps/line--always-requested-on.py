def line(name, bit, words):
    """The line that `ethtool -k` prints for a feature.

    name: as ethtool has it. bit: its bit, a number with one bit set.
    words: the four words by their names ("available", "requested", "active", "never_changed").
    Returns the line, a string.
    """
    up, lamp = ("on" if words[w] & bit else "off" for w in ("requested", "active"))
    if words["never_changed"] & bit or not words["available"] & bit:
        return f"{name}: {lamp} [fixed]"
    return f"{name}: {lamp}" + (" [requested on]" if up != lamp else "")
