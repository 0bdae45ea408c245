def frame_class(to, own, everyone):
    if to == everyone:
        return "broadcast"
    if to == own:
        return "host"
    return "multicast" if to[0] & 1 else "otherhost"
