def eth_header_cache(neigh, hh, type):
    if type == ETH_P_802_3:
        return -1
    hh.hh_data[:14] = neigh.ha + neigh.dev.dev_addr + type.to_bytes(2, "big")
    hh.hh_len = 14
    return 0
