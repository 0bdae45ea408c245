def loopback_xmit(skb, dev):
    skb.tstamp = 0
    skb_orphan(skb)
    skb.protocol = eth_type_trans(skb, dev)
    if __netif_rx(skb) == NET_RX_SUCCESS:
        dev_lstats_add(dev, skb.len)
    return NETDEV_TX_OK
