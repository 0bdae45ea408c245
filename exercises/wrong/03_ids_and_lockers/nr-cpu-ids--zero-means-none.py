def nr_cpu_ids(ids, line):
    limit, reported = 256, list(ids)
    for option in line.split():
        key, _, value = option.partition("=")
        if key == "nr_cpus" and int(value) < limit:
            limit = int(value)
        if option == "nosmp" or (key == "maxcpus" and int(value) == 0):
            reported = [0]
    return max((cpu for cpu in reported if cpu < limit), default=0) + 1
