def eth_type_trans(skb, dev):
    skb.dev, skb.mac_header = dev, skb.data
    start = skb.data
    skb_pull(skb, 14)
    field = int.from_bytes(skb.head[start + 12 : start + 14], "big")
    if field > 1500:
        return field
    if skb.len >= 2 and skb.head[start + 14 : start + 16] == b"\xff\xff":
        return ETH_P_802_3
    return ETH_P_802_2
