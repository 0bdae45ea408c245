def form(device, moment):
    flags = 0x49 if moment == "end" else 0x8
    return 65536 if device == "lo" else 68, 772, flags, 0 if moment == "setup" else 1000
