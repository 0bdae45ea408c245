def reach(steps):
    """The form for a letter like REACH: a server that has its port, and a client that fails.

    steps: the letter's. One socket is bound; another sends to it, once or more.
    Returns (test, counter, mended): a name out of TESTS, the name of the counter that grows
    before the repair and not after it, and the steps with the repair put in.
    """
    at = min(i for i, step in enumerate(steps) if step["do"] == "send")
    mended = [*steps[:at], UP, *steps[at:]]
    if steps:
        return "ip_route_output_key_hash_rcu", "Ip.OutNoRoutes", mended
    return "noop_enqueue", "tx_dropped", mended
