def empty_socket(socket):
    """What happens when ``socket``, a name such as "ndo_open", is empty: one of five words.

    "stops": the first packet stops the machine.
    "zeros": a reader of the counters sees what the core has counted, and 0 for all else.
    "EOPNOTSUPP": who asks for it is told so.
    "writes": the core writes the field that it leaves to the driver where the socket is filled.
    "goes on": none of these: the core goes on by its own rules, without the driver.
    """
    answers = {
        "ndo_start_xmit": "stops",
        "ndo_get_stats64": "writes",
        "ndo_set_mac_address": "EOPNOTSUPP",
        "ndo_change_mtu": "writes",
    }
    return answers.get(socket, "goes on")


def leaky_board(parts):
    """The driver's NetDeviceOps, with the values of ``parts`` in its sockets.

    ``parts`` has a value for each of these keys:
    "begin": registration has begun: gets the device what it needs, or refuses;
    "undo": gives back what "begin" got;
    "packet": takes a packet;
    "counters": fills in a struct of 25 counters;
    "rule": gets a feature word that is wished for, and gives back what of it is possible;
    "mtu": has to do something when the MTU changes;
    "address": checks a new MAC address and writes it;
    "link": tells ethtool whether there is a link;
    "form": fills in the fields of a new device.
    Sockets for which there is no part stay empty.
    """
    return NetDeviceOps(
        ndo_init=parts["begin"],
        ndo_uninit=parts["undo"],
        ndo_start_xmit=parts["packet"],
        ndo_get_stats64=parts["counters"],
        ndo_fix_features=parts["rule"],
        ndo_change_mtu=parts["mtu"],
        ndo_set_mac_address=parts["address"],
    )
