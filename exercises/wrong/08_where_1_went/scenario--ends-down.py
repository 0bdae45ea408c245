def scenario_for(up, mtu, addresses):
    """The steps of a scenario after which lo is as you are told.

    up: True or False. mtu: in bytes, 0 to 65536. addresses: the list of its addresses, out of
    "127.0.0.1/8" and "::1/128", in this order.
    Returns a list of steps, each {"do": "link", "up": True}, {"do": "link", "up": False} or
    {"do": "link", "mtu": 1500} with any MTU. The scenario begins with a new lo.
    Raises ValueError for a state that no such steps lead to.
    """
    if "::1/128" in addresses and not up:
        raise ValueError
    steps = [{"do": "link", "up": True}, {"do": "link", "mtu": mtu}]
    if not addresses or "::1/128" not in addresses:
        steps.append({"do": "link", "up": False})
    return steps
