def split(steps):
    """The form for a letter like SPLIT: a socket that reads several datagrams at once.

    steps: the letter's. One socket that is not called "proxy" sets UDP_GRO, and reads later.
    Returns (test, counter, mended): a name out of TESTS that answers only after the repair,
    the name of a protocol's counter of datagrams that were read, and the steps with the
    repair put in.
    """
    asked = {"do": "setsockopt", "option": "UDP_GRO", "value": 1}
    (wish,) = [s for s in steps if asked.items() <= s.items() and s["socket"] != "proxy"]
    name = wish["socket"]
    (made,) = [s for s in steps if s["do"] == "socket" and s["name"] == name]
    six = made["family"] == "inet6"
    at = steps.index(wish) + 1
    mended = [*steps[:at], {"do": "link", "mtu": 1500}, *steps[at:]]
    return "udp_queue_rcv_skb", "Udp6InDatagrams" if six else "Udp.InDatagrams", mended
