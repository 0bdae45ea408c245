def lost(steps):
    """The form for a letter like LOST: sockets that are sent more than they hold.

    steps: the letter's. Sockets are bound, others connected to them, and send. One loses.
    Returns (test, counter, mended): a name out of TESTS, the name of the counter that grows
    before the repair and not after it, and the steps with one step put in: it sets SO_RCVBUF
    of the socket that loses to the smallest value with which nothing is lost, 1152 to 212992.
    """
    bound = [step for step in steps if step["do"] == "bind"]
    drops = [{"do": "getsockopt", "socket": b["socket"], "option": "SO_MEMINFO"} for b in bound]
    counts = [each["value"]["drops"] for each in look([*steps, *drops]).seen[len(steps) :]]
    loses = bound[0]
    counter = "Udp6RcvbufErrors" if ":" in loses["address"] else "Udp.RcvbufErrors"
    at = min(i for i, step in enumerate(steps) if step["do"] == "send")

    def with_room(value):
        return [*steps[:at], option(loses["socket"], "SO_RCVBUF", value), *steps[at:]]

    short, enough = 1151, 212992
    while enough - short > 1:
        middle = (short + enough) // 2
        if look(with_room(middle)).counted.get(counter, 0):
            short = middle
        else:
            enough = middle
    return "__udp_enqueue_schedule_skb", counter, with_room(enough)
