def addresses_after(changes):
    """The addresses of a new lo after some changes, as `ip address` lists them: IPv4 first.

    changes: a list. A number is a new MTU in bytes; "up" and "down" are what they say;
    "ipv6 off" and "ipv6 on" set net.ipv6.conf.lo.disable_ipv6 to 1 and to 0.
    A new lo is down, its MTU is 65536, and IPv6 is not disabled.
    Returns a list of strings, out of "127.0.0.1/8" and "::1/128".
    """
    up, mtu, disabled = False, 65536, False
    has_v4 = has_v6 = False
    for change in changes:
        rung = False
        if change == "up" and not up:
            up = rung = True
            has_v4 = has_v4 or mtu >= 68
        elif change == "down":
            up = has_v6 = False
        elif change == "ipv6 off":
            disabled, has_v6 = True, False
        elif change == "ipv6 on" and disabled:
            disabled = False
        elif not isinstance(change, str):
            mtu = change
            has_v4 = has_v4 and mtu >= 68
            has_v6 = has_v6 and mtu >= 1280
        if rung and mtu >= 1280 and not disabled:
            has_v6 = True
    return ["127.0.0.1/8"] * has_v4 + ["::1/128"] * has_v6
