from lomodel.linux.mm import percpu


def find_block_fit(areas, size, align, unit_size):
    chunk = percpu.PcpuChunk(0, unit_size)
    chunk.areas = areas
    return chunk.find_block_fit(size, align)


def per_cpu_address(pointer, cpu, first_unit, unit_size):
    machine = SimpleNamespace(percpu=SimpleNamespace(unit_size=unit_size))
    return percpu.per_cpu_address(machine, SimpleNamespace(ptr=pointer), cpu)
