def lo_counts(payload, gso_size=0, family="inet", mtu=1500, off=()):
    """What a new lo counts when a program sends `payload` bytes over UDP in one call.

    gso_size: what UDP_SEGMENT says, in bytes; 0: the program does not ask for it.
    family: "inet" for IPv4 or "inet6". mtu: lo's, in bytes.
    off: names of features that are switched off, as ethtool writes them.
    At most 128 pieces; for "inet6" the MTU is 1280 or more.
    Returns a pair of ints, packets and bytes (as lo counts bytes: without the 14 of
    Ethernet), or the string "EMSGSIZE" when the send fails.
    """
    headers = {"inet": 20, "inet6": 40}[family] + 8
    if not gso_size:
        if payload + headers <= mtu:
            return 1, payload + headers
        rest, fragments = payload + 8, 1
        while rest > mtu - 20:
            rest -= (mtu - 20) // 8 * 8
            fragments += 1
        return fragments, payload + 8 + 20 * fragments
    if gso_size + headers > mtu:
        return "EMSGSIZE"
    too_long = 14 + headers + payload >= 65536
    if "tx-udp-segmentation" in off or too_long or payload + headers > mtu:
        pieces = -(-payload // gso_size)
    else:
        pieces = 1
    return pieces, payload + pieces * headers
