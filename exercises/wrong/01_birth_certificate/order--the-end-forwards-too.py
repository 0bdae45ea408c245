def order(promises):
    begin = [n for k, n in promises if k == "subsys"] + [n for k, n in promises if k == "device"]
    return begin, begin
