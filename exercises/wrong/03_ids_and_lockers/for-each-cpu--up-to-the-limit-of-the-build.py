def since_6_1(mask, nr_cpu_ids):
    cpu = find_next_bit(mask, 256, 0)
    while cpu < 256:
        yield cpu
        cpu = find_next_bit(mask, 256, cpu + 1)


def up_to_6_0(mask, nr_cpu_ids):
    cpu = cpumask_next(-1, mask, 256)
    while cpu < 256:
        yield cpu
        cpu = cpumask_next(cpu, mask, 256)
