def cost(namespaces, possible, online, bits):
    return namespaces * len(possible) * 20
