def leaky_xmit(skb, dev):
    """Takes one packet, ``skb``, for the device ``dev``, on the CPU ``dev.machine.cpu``.

    The packet has ``skb.len`` bytes, its Ethernet header included. Bottom halves are off, so nobody
    else runs on this CPU meanwhile. What is written down, and where: see the text above.
    Always NETDEV_TX_OK; nothing is raised.
    """
    leak, cpu = netdev_priv(dev), dev.machine.cpu
    leak.seen[cpu] += 1
    if leak.nth and leak.seen[cpu] % leak.nth == 0:
        dev.core_stats.tx_dropped += 1
        return NETDEV_TX_OK
    dev_lstats_add(dev, skb.len)
    if not dev.features & dev.netif_f.mask("LOOPBACK"):
        kfree_skb(skb)
        return NETDEV_TX_OK
    skb_orphan(skb)
    skb.protocol = eth_type_trans(skb, dev)
    length = skb.len
    if netif_rx(skb) == NET_RX_SUCCESS:
        pair = per_cpu_ptr(leak.back, cpu)
        pair.packets += 1
        pair.bytes += length
    return NETDEV_TX_OK
