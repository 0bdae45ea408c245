def headers_made(life):
    made, ready = 0, False
    for word in life:
        if word in ("address", "down"):
            ready = False
        elif word not in ("mtu", "counters"):
            made += not ready
            ready = True
    return made
