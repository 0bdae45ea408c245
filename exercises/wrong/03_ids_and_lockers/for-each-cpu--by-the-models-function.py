def since_6_1(mask, nr_cpu_ids):
    release = SimpleNamespace(for_each_cpu="for_each_set_bit")
    return cpumask.for_each_cpu(SimpleNamespace(release=release, nr_cpu_ids=nr_cpu_ids), mask)


def up_to_6_0(mask, nr_cpu_ids):
    release = SimpleNamespace(for_each_cpu="cpumask_next")
    return cpumask.for_each_cpu(SimpleNamespace(release=release, nr_cpu_ids=nr_cpu_ids), mask)
