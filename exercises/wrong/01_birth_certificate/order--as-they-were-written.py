def order(promises):
    begin = [name for kind, name in promises]
    return begin, begin[::-1]
