def frame_class(to, own, everyone):
    if to == own:
        return "host"
    if to == b"\xff" * 6:
        return "broadcast"
    return "multicast" if to[0] & 1 else "otherhost"
