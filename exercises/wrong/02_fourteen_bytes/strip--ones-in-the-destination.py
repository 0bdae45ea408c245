def eth_type_trans(skb, dev):
    skb.dev, skb.mac_header = dev, skb.data
    start = skb.data
    skb_pull(skb, 14)
    field = int.from_bytes(skb.head[start + 12 : start + 14], "big")
    if field >= ETH_P_802_3_MIN:
        return field
    return ETH_P_802_3 if skb.head[start : start + 2] == b"\xff\xff" else ETH_P_802_2
