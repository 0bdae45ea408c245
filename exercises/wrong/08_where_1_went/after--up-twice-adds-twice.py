def addresses_after(changes):
    """The addresses of a new lo after some changes, as `ip address` lists them: IPv4 first.

    changes: a list. A number is a new MTU in bytes; "up" and "down" are what they say;
    "ipv6 off" and "ipv6 on" set net.ipv6.conf.lo.disable_ipv6 to 1 and to 0.
    A new lo is down, its MTU is 65536, and IPv6 is not disabled.
    Returns a list of strings, out of "127.0.0.1/8" and "::1/128".
    """
    up, mtu, disabled, addresses = False, 65536, False, []
    for change in changes:
        if change == "up" or (change == "ipv6 on" and disabled and up):
            if change == "up":
                up = True
                addresses += ["127.0.0.1/8"] * (mtu >= 68)
            disabled = disabled and change == "up"
            addresses += ["::1/128"] * (mtu >= 1280 and not disabled)
        elif change in ("down", "ipv6 off"):
            up, disabled = up and change != "down", disabled or change != "down"
            addresses = [each for each in addresses if each != "::1/128"]
        elif change != "ipv6 on":
            mtu = change
            addresses = [each for each in addresses if mtu >= (1280 if ":" in each else 68)]
    return sorted(addresses)
