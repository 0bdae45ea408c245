def cost(namespaces, possible, online, bits):
    counters = 16 if bits == 64 else 20
    return namespaces * len(possible) * (counters + 4)
