def frame_class(to, own, everyone):
    if to == own or not any(to):
        return "host"
    if to[0] & 1:
        return "broadcast" if to == everyone else "multicast"
    return "otherhost"
