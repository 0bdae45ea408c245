def eth_header_cache(neigh, hh, type):
    hh.hh_data[2:] = neigh.ha + neigh.dev.dev_addr + type.to_bytes(2, "big")
    hh.hh_len = 14
    return 0
