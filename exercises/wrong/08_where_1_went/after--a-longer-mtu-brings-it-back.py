def addresses_after(changes):
    """The addresses of a new lo after some changes, as `ip address` lists them: IPv4 first.

    changes: a list. A number is a new MTU in bytes; "up" and "down" are what they say;
    "ipv6 off" and "ipv6 on" set net.ipv6.conf.lo.disable_ipv6 to 1 and to 0.
    A new lo is down, its MTU is 65536, and IPv6 is not disabled.
    Returns a list of strings, out of "127.0.0.1/8" and "::1/128".
    """
    up, mtu, disabled, ever = False, 65536, False, False
    for change in changes:
        if change in ("up", "down"):
            up, ever = change == "up", ever or change == "up"
        elif isinstance(change, str):
            disabled = change == "ipv6 off"
        else:
            mtu = change
    v4, v6 = ever and mtu >= 68, up and mtu >= 1280 and not disabled
    return ["127.0.0.1/8"] * v4 + ["::1/128"] * v6
