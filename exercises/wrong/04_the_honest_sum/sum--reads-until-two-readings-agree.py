def lstats_read(cpus, load):
    """The packets and bytes that lo has counted, over all possible CPUs."""

    def pair(cpu):
        packets = load(cpu, "packets.low") + WORD * load(cpu, "packets.high")
        return packets, load(cpu, "bytes.low") + WORD * load(cpu, "bytes.high")

    packets = bytes = 0
    for cpu in cpus:
        first, second = pair(cpu), pair(cpu)
        while first != second:
            first, second = second, pair(cpu)
        packets, bytes = packets + first[0], bytes + first[1]
    return packets, bytes
