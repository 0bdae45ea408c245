def order(promises):
    begin = [n for k, n in promises if k == "device"] + [n for k, n in promises if k == "subsys"]
    return begin, begin[::-1]
