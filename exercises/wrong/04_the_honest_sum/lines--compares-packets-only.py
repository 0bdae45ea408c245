def verdict(row):
    """Whether a line of /proc/net/dev can be that of lo.

    row: its columns, as `columns` gives them: the name of each column -> its number.
    Returns "unequal", "nobody" or "possible", as the task says.
    """
    if row["rx_packets"] != row["tx_packets"]:
        return "unequal"
    counted = {"rx_bytes", "rx_packets", "rx_drop", "tx_bytes", "tx_packets", "tx_drop"}
    return "nobody" if any(row[name] for name in row if name not in counted) else "possible"
