def since_6_1(mask, nr_cpu_ids):
    cpu = find_next_bit(mask, nr_cpu_ids, 0)
    while cpu < nr_cpu_ids:
        yield cpu
        cpu = find_next_bit(mask, nr_cpu_ids, cpu + 1)


def up_to_6_0(mask, nr_cpu_ids):
    cpu = find_next_bit(mask, nr_cpu_ids, 0)
    while cpu < nr_cpu_ids:
        yield cpu
        cpu = find_next_bit(mask, nr_cpu_ids, cpu + 1)
