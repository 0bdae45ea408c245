def headers_made(life):
    made, ready = 0, set()
    for word in life:
        if word in ("address", "down"):
            ready = set()
        elif ("." in word or ":" in word) and word not in ready:
            made += 1
            ready.add(word)
    return made
