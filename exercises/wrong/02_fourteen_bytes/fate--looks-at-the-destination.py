def fate(record):
    if record["error"]:
        return "refused"
    if not record["frame"].startswith("000000000000"):
        return "other host"
    if record["rx_dropped"]:
        return "nobody asked" if record["rx_packets"] else "backlog full"
    return "taken"
