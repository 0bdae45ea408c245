def cost(namespaces, possible, online, bits):
    counters = 16 if bits == 64 else 32
    return namespaces * len(possible) * counters
