def find_block_fit(areas, size, align, unit_size):
    start = 0
    for offset, length in areas:
        if start + size <= offset:
            break
        start = round_up(offset + length, align)
    return start if start + size <= unit_size else None


def per_cpu_address(pointer, cpu, first_unit, unit_size):
    return first_unit + cpu * (pointer + unit_size)
