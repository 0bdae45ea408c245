def loopback_xmit(skb, dev):
    skb.tstamp = 0
    skb_orphan(skb)
    skb.protocol = eth_type_trans(skb, dev)
    length = skb.len
    taken = __netif_rx(skb)
    if taken == NET_RX_SUCCESS:
        dev_lstats_add(dev, length)
    return taken
