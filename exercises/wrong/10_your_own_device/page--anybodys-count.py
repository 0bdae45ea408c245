def page(dev, trace):
    """One page about ``dev``: a list of lines, as the text above shows them.

    ``trace`` is a trace with calls, of a time in which no other device of that name sent anything.
    Lengths are in bytes. Nothing is raised.
    """
    stats = dev_get_stats(dev)
    state = "up" if dev.flags & IFF_UP else "down"
    addresses = ", ".join(dev.nd_net.addresses(dev)) or "no address"
    sent = f"sent {stats.tx_packets} packets {stats.tx_bytes} bytes"
    back = f"back {stats.rx_packets} packets {stats.rx_bytes} bytes"
    packets, inside = [], False
    for record in trace:
        if record.kind == "call" and record.name == "dev_lstats_add" and packets:
            packets[-1]["sent"] += 1
        elif record.kind == "event" and record.dev == dev.name:
            if record.name == "net_dev_queue":
                packets.append({"bytes": record.fields["len"], "pieces": 0, "sent": 0, "back": 0})
            elif record.name == "net_dev_start_xmit":
                packets[-1]["pieces"] += 1
                inside = True
            elif record.name == "net_dev_xmit":
                inside = False
            elif record.name == "netif_rx_exit" and record.fields["ret"] == 0:
                packets[-1]["back"] += 1
    return [
        f"{dev.name}: index {dev.ifindex}, {state}, mtu {dev.mtu}, {addresses}",
        f"{sent}, {back}, dropped {stats.tx_dropped}",
        *(
            f"{p['bytes']} bytes: pieces {p['pieces']}, sent {p['sent']}, "
            f"lost {p['pieces'] - p['sent']}, back {p['back']}"
            for p in packets
        ),
    ]
