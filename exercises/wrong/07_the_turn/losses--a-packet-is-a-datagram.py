def losses(record):
    refused = record["rx_dropped"]
    return refused, record["sends"] * record["pieces"] - refused - record["read"]
