def eth_header_cache(neigh, hh, type):
    if type == ETH_P_802_3:
        return -1
    hh.hh_data[2:] = neigh.dev.dev_addr + neigh.ha + type.to_bytes(2, "big")
    hh.hh_len = 14
    return 0
