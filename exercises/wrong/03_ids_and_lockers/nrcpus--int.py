def nrcpus(kernel, string):
    number = int(string)
    if 0 < number < kernel.nr_cpu_ids:
        kernel.nr_cpu_ids = number
    return 0
