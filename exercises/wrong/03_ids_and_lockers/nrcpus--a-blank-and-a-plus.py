def nrcpus(kernel, string):
    found = re.match(r"([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)", string.strip())
    if found is None or found[1] == "-":
        return 0
    digits = found[2].lower()
    base = 16 if digits.startswith("0x") else 8 if digits.startswith("0") else 10
    if 0 < int(digits, base) < kernel.nr_cpu_ids:
        kernel.nr_cpu_ids = int(digits, base)
    return 0
