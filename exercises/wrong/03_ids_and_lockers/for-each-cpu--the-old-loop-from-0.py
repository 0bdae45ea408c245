def since_6_1(mask, nr_cpu_ids):
    cpu = find_next_bit(mask, nr_cpu_ids, 0)
    while cpu < nr_cpu_ids:
        yield cpu
        cpu = find_next_bit(mask, nr_cpu_ids, cpu + 1)


def up_to_6_0(mask, nr_cpu_ids):
    cpu = cpumask_next(0, mask, nr_cpu_ids)
    while cpu < nr_cpu_ids:
        yield cpu
        cpu = cpumask_next(cpu, mask, nr_cpu_ids)
