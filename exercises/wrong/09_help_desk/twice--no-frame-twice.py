def once(frames):
    """Each packet once, and the counter that agrees.

    frames: what the step "captured" gives: dictionaries, in the order of the capture.
    Returns (counter, kept): the name of a counter as look gives it, and the list of the frames
    that lo has received, in their order.
    """
    kept = []
    for frame in frames:
        same = {key: value for key, value in frame.items() if key != "type"}
        if not any(same.items() <= other.items() for other in kept):
            kept.append(frame)
    return "rx_packets", kept
