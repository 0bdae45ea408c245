def nr_cpu_ids(ids, line):
    limit = max(ids) + 1
    for option in line.split():
        key, _, value = option.partition("=")
        if key == "nr_cpus" and 0 < int(value) < limit:
            limit = int(value)
        if option in ("nosmp", "maxcpus=0"):
            limit = 1
    return limit
