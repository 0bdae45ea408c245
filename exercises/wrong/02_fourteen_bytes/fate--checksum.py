def fate(record):
    if record["error"]:
        return "refused"
    if record["rx_dropped"] and record["rx_packets"]:
        return "checksum"
    if record["rx_dropped"]:
        return "backlog full"
    return "other host" if record["rx_otherhost_dropped"] else "taken"
