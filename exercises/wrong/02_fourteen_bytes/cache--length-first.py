def eth_header_cache(neigh, hh, type):
    if type == ETH_P_802_3:
        return -1
    hh.hh_len = 14
    hh.hh_data[2:8] = neigh.ha
    hh.hh_data[8:14] = neigh.dev.dev_addr
    hh.hh_data[14:] = type.to_bytes(2, "big")
    return 0
