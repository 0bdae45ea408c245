from lomodel import interleave


def lstats_add(length, load, store):
    """Count one packet on this CPU."""
    thread, value = interleave.writer(32, True, (length,)), None
    try:
        while True:
            kind, word, number = thread.send(value)
            if word == "sequence":
                number = load(word) + 1
            value = load(word) if kind == "load" else store(word, number)
    except StopIteration:
        return
