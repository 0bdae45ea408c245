def losses(record):
    return record["rx_dropped"], record["tx_packets"] - record["read"]
