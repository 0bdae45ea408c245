def headers_made(life):
    made, ready = 0, set()
    for word in life:
        if word in ("address", "down", "mtu"):
            ready = set()
        elif word != "counters" and (":" in word) not in ready:
            made += 1
            ready.add(":" in word)
    return made
