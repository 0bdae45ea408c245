def nrcpus(kernel, string):
    try:
        number = int(string, 0)
    except ValueError:
        return 0
    if 0 < number < kernel.nr_cpu_ids:
        kernel.nr_cpu_ids = number
    return 0
