def eth_header(skb, dev, type, daddr, saddr, len):
    at = skb_push(skb, 14)
    if type == ETH_P_802_3:
        type = len
    header = (daddr or bytes(6)) + (saddr or dev.dev_addr) + type.to_bytes(2, "big")
    skb.head[at : at + 14] = header
    return 14 if daddr or dev.flags & (IFF_LOOPBACK | IFF_NOARP) else -14
