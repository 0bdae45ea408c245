import re


def nrcpus(kernel, string):
    found = re.match(r"-?[0-9]+", string)
    if found is not None and 0 < int(found[0]) < kernel.nr_cpu_ids:
        kernel.nr_cpu_ids = int(found[0])
    return 0
