def reads(word, feature, send):
    """Whether a packet reads the bit of a feature in a word, found out by two sends.

    word: "hw_features", "wanted_features" or "features". feature: such as "GSO_UDP_L4".
    send: send(bits) sends a packet without the bits of a list of pairs (word, feature), and returns
    what was counted of it, a dict.
    Returns "yes" or "no".
    """
    return "no" if send([]) == send([(word, feature), ("features", feature)]) else "yes"
