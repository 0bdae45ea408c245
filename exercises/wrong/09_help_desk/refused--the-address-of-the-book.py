def refused(steps):
    """The form for a letter like REFUSED: a connected socket whose sends are refused.

    steps: the letter's. One socket is connected, and sends; nobody else is there.
    Returns (test, counter, mended): a name out of TESTS, the name of the counter that grows
    before the repair and not after it, and the steps with the repair put in.
    """
    (peer,) = [step for step in steps if step["do"] == "connect"]
    six = ":" in peer["address"]
    listens = opened("collector", "::1" if six else "127.0.0.1", 7001)
    at = steps.index(peer)
    test, counter = ("udpv6_rcv", "Udp6NoPorts") if six else ("udp_rcv", "Udp.NoPorts")
    return test, counter, [*steps[:at], *listens, *steps[at:]]
