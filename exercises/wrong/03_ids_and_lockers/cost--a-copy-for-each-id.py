def cost(namespaces, possible, online, bits):
    counters = 16 if bits == 64 else 32
    return namespaces * (max(possible) + 1) * (counters + 4)
