def loopback_xmit(skb, dev):
    skb.tstamp = 0
    skb_orphan(skb)
    eth_type_trans(skb, dev)
    length = skb.len
    if __netif_rx(skb) == NET_RX_SUCCESS:
        dev_lstats_add(dev, length)
    return NETDEV_TX_OK
