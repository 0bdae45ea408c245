def least_mtu(ask, address):
    """The smallest MTU at which a device that is up still has an address, found by asking.

    ask: a function; ask(changes) takes a new device, makes the changes, and returns the list
    of the addresses that it has then. changes: as in task 1: "up", "down", and MTUs.
    address: a string, as it stands in those lists. The device has it when it comes up with an
    MTU of 65536, and never with an MTU of 0.
    Returns the MTU in bytes, an int. Asks 20 times at most; `ask` raises RuntimeError then.
    """
    without, with_it = 0, 65536
    while with_it - without > 1:
        middle = (without + with_it) // 2
        if address in ask([middle, "up"]):
            with_it = middle
        else:
            without = middle
    return with_it
