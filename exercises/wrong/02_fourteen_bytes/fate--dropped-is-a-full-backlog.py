def fate(record):
    if record["error"]:
        return "refused"
    if record["rx_otherhost_dropped"]:
        return "other host"
    return "backlog full" if record["rx_dropped"] else "taken"
