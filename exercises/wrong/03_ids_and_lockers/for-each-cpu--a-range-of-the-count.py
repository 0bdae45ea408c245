def since_6_1(mask, nr_cpu_ids):
    for cpu in range(mask.bit_count()):
        find_next_bit(mask, nr_cpu_ids, cpu)
        yield cpu


def up_to_6_0(mask, nr_cpu_ids):
    for cpu in range(mask.bit_count()):
        cpumask_next(cpu - 1, mask, nr_cpu_ids)
        yield cpu
