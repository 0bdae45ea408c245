def form(device, moment):
    flags = 0x49 if (device, moment) == ("blackhole_dev", "end") else 0x8
    qlen = 1000 if (device, moment) == ("lo", "end") else 0
    return 65536 if device == "lo" else 68, 772, flags, qlen
