def find_block_fit(areas, size, align, unit_size):
    holes, start = [], 0
    for offset, length in [*areas, (unit_size, 0)]:
        if start + size <= offset:
            holes.append((offset - start, start))
        start = round_up(offset + length, align)
    return min(holes)[1] if holes else None


def per_cpu_address(pointer, cpu, first_unit, unit_size):
    return pointer + first_unit + cpu * unit_size
