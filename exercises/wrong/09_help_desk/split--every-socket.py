def split(steps):
    """The form for a letter like SPLIT: a socket that reads several datagrams at once.

    steps: the letter's. One socket that is not called "proxy" sets UDP_GRO, and reads later.
    Returns (test, counter, mended): a name out of TESTS that answers only after the repair,
    the name of a protocol's counter of datagrams that were read, and the steps with the
    repair put in.
    """
    six = any(step.get("family") == "inet6" for step in steps)
    mended = []
    for step in steps:
        mended.append(step)
        if step.get("option") == "UDP_GRO" and step["value"]:
            mended.append(option(step["socket"], "UDP_GRO", 0))
    return "udp_queue_rcv_skb", "Udp6InDatagrams" if six else "Udp.InDatagrams", mended
