def losses(record):
    refused = record["rx_dropped"] * record["pieces"]
    return refused, record["sends"] * record["pieces"] - refused - record["read"]
