def once(frames):
    """Each packet once, and the counter that agrees.

    frames: what the step "captured" gives: dictionaries, in the order of the capture.
    Returns (counter, kept): the name of a counter as look gives it, and the list of the frames
    that lo has received, in their order.
    """
    return "rx_packets", [frame for frame in frames if frame["type"] == "outgoing"]
