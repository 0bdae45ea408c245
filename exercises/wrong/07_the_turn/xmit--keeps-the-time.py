def loopback_xmit(skb, dev):
    skb_orphan(skb)
    skb.protocol = eth_type_trans(skb, dev)
    length = skb.len
    if __netif_rx(skb) == NET_RX_SUCCESS:
        dev_lstats_add(dev, length)
    return NETDEV_TX_OK
