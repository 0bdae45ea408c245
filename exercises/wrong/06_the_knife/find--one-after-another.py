def longest_whole(passes, highest):
    """The longest payload that passes whole, in bytes, found by asking.

    passes: a function; passes(n) is True if a datagram of n bytes goes through lo in one
    packet. It is so for every length from 1 up to some border, and for none above it.
    highest: the longest payload that makes sense; it may pass itself.
    Returns the longest that passes, an int; 0 if not even one byte does.
    Asks 20 times at most: whoever asks more often gets a RuntimeError from `passes`.
    """
    payload = 0
    while payload < highest and passes(payload + 1):
        payload += 1
    return payload
