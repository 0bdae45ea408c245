def lstats_read(cpus, load):
    """The packets and bytes that lo has counted, over all possible CPUs.

    cpus: the ids of the possible CPUs.
    load: load(cpu, word) gives a word of that CPU's pair as it is now, a number from 0 to WORD - 1.
    Returns (packets, bytes), two numbers.
    """
    packets = bytes = 0
    for cpu in cpus:
        while True:
            start = load(cpu, "sequence")
            if start % 2:
                continue
            tpackets = load(cpu, "packets.low") + WORD * load(cpu, "packets.high")
            tbytes = load(cpu, "bytes.low") + WORD * load(cpu, "bytes.high")
            break
        packets += tpackets
        bytes += tbytes
    return packets, bytes
