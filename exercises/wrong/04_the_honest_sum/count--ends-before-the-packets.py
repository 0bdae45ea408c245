def lstats_add(length, load, store):
    """Count one packet on this CPU.

    length: its length in bytes, 0 to 65536.
    load: load(word) gives a word of this CPU's pair; store(word, value) writes one at once, a
    number from 0 to WORD - 1. The words are named as in `words`.
    """
    store("sequence", (load("sequence") + 1) % WORD)
    for name, more in (("bytes", length), ("packets", 1)):
        carry, low = divmod(load(f"{name}.low") + more, WORD)
        store(f"{name}.low", low)
        store(f"{name}.high", (load(f"{name}.high") + carry) % WORD)
        if name == "bytes":
            store("sequence", (load("sequence") + 1) % WORD)
