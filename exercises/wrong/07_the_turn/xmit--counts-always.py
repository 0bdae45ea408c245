def loopback_xmit(skb, dev):
    skb.tstamp = 0
    skb_orphan(skb)
    skb.protocol = eth_type_trans(skb, dev)
    dev_lstats_add(dev, skb.len)
    __netif_rx(skb)
    return NETDEV_TX_OK
