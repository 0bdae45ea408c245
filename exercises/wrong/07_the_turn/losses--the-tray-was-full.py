def losses(record):
    return record["sends"] * record["pieces"] - record["read"], 0
