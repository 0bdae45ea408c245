def since_6_1(mask, nr_cpu_ids):
    cpu = -1
    while cpu < nr_cpu_ids:
        cpu = find_next_bit(mask, nr_cpu_ids, cpu + 1)
        yield cpu


def up_to_6_0(mask, nr_cpu_ids):
    cpu = -1
    while cpu < nr_cpu_ids:
        cpu = cpumask_next(cpu, mask, nr_cpu_ids)
        yield cpu
