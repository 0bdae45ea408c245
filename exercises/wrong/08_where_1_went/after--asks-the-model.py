def addresses_after(changes):
    """The addresses of a new lo after some changes, as `ip address` lists them: IPv4 first.

    changes: a list. A number is a new MTU in bytes; "up" and "down" are what they say;
    "ipv6 off" and "ipv6 on" set net.ipv6.conf.lo.disable_ipv6 to 1 and to 0.
    A new lo is down, its MTU is 65536, and IPv6 is not disabled.
    Returns a list of strings, out of "127.0.0.1/8" and "::1/128".
    """
    steps = [
        {"up": change == "up"} if change in ("up", "down") else {"mtu": change}
        for change in changes
        if change not in ("ipv6 off", "ipv6 on")
    ]
    steps = [{"do": "link", **step} for step in steps] + [{"do": "show"}]
    return play(steps, "6.12")[-1]["addresses"]
