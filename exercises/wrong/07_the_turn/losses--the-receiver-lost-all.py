def losses(record):
    return 0, record["sends"] * record["pieces"] - record["read"]
