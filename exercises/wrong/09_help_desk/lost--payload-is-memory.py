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
    loses = bound[counts.index(max(counts))]
    counter = "Udp6RcvbufErrors" if ":" in loses["address"] else "Udp.RcvbufErrors"
    at = min(i for i, step in enumerate(steps) if step["do"] == "send")
    size = max(step["payload"] * step.get("count", 1) for step in steps if step["do"] == "send")
    mended = [*steps[:at], option(loses["socket"], "SO_RCVBUF", size), *steps[at:]]
    return "__udp_enqueue_schedule_skb", counter, mended
