def frame_class(to, own, everyone):
    if to == own:
        return "host"
    if to[0] & 0x80:
        return "broadcast" if to == everyone else "multicast"
    return "otherhost"
