def lstats_read(cpus, load):
    """The packets and bytes that lo has counted, over all possible CPUs."""

    def total(name):
        number = 0
        for cpu in cpus:
            while True:
                start = load(cpu, "sequence")
                value = load(cpu, f"{name}.low") + WORD * load(cpu, f"{name}.high")
                if start % 2 == 0 and load(cpu, "sequence") == start:
                    break
            number += value
        return number

    return total("packets"), total("bytes")
