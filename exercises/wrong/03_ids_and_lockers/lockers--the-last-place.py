def find_block_fit(areas, size, align, unit_size):
    end = sum(areas[-1]) if areas else 0
    start = round_up(end, align)
    return start if start + size <= unit_size else None


def per_cpu_address(pointer, cpu, first_unit, unit_size):
    return pointer + first_unit + cpu * unit_size
