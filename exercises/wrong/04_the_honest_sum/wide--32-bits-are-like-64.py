def say(bits, moments, pair):
    """What a printed pair of one CPU's counters is.

    bits: 32 or 64. moments: the pairs (packets, bytes) that were true, in their order.
    pair: the (packets, bytes) that was printed.
    Returns "true", "mixed" or "never", as the task says.
    """
    if pair in moments:
        return "true"
    packets, bytes = zip(*moments, strict=True)
    if pair[0] in packets and pair[1] in bytes:
        return "mixed" if packets.index(pair[0]) < bytes.index(pair[1]) else "never"
    return "never"
