def scenario_for(up, mtu, addresses):
    """The steps of a scenario after which lo is as you are told.

    up: True or False. mtu: in bytes, 0 to 65536. addresses: the list of its addresses, out of
    "127.0.0.1/8" and "::1/128", in this order.
    Returns a list of steps, each {"do": "link", "up": True}, {"do": "link", "up": False} or
    {"do": "link", "mtu": 1500} with any MTU. The scenario begins with a new lo.
    Raises ValueError for a state that no such steps lead to.
    """
    v4, v6 = "127.0.0.1/8" in addresses, "::1/128" in addresses
    possible = (not v4 or mtu >= 68) and (not v6 or (v4 and up and mtu >= 1280))
    if not possible:
        raise ValueError((up, mtu, addresses))
    switch_on, switch_off = {"do": "link", "up": True}, {"do": "link", "up": False}
    steps = [] if not (v4 or up) else [switch_on]
    if not up and steps:
        steps.append(switch_off)
    if up and not v6:
        steps.append({"do": "link", "mtu": 1279 if v4 else 67})
    steps.insert(0, {"do": "link", "mtu": mtu})
    return steps
