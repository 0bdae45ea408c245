def ipv4_hears(event, device):
    """What IPv4's listener does with device.ipv4, a list, when the bell rings.

    event: "UP", "DOWN" or "CHANGEMTU" (device.mtu is the new one already).
    Gives 127.0.0.1/8, once, or takes IPv4's addresses away, or leaves all as it is.
    Returns nothing; changes the list in place.
    """
    enough = True
    if event == "CHANGEMTU" and not enough:
        device.ipv4.clear()
    if event == "UP" and enough and device.flags & IFF_LOOPBACK:
        if "127.0.0.1/8" not in device.ipv4:
            device.ipv4.append("127.0.0.1/8")


def ipv6_hears(event, device):
    """What IPv6's listener does with device.ipv6, a list, when the bell rings.

    event: as in ipv4_hears. Gives ::1/128, once, or takes IPv6's addresses away, or leaves
    all as it is. Returns nothing; changes the list in place.
    """
    enough = True
    if event == "DOWN" or not enough:
        device.ipv6.clear()
    if event == "UP" and enough:
        offered = device.type == ARPHRD_LOOPBACK
        allowed = device.flags & IFF_LOOPBACK
        if offered and allowed and "::1/128" not in device.ipv6:
            device.ipv6.append("::1/128")
