def cut(packet, gso_size):
    """Cuts a TCP packet over IPv4 into pieces of gso_size bytes of payload each.

    packet: a Tcp. gso_size: bytes, at least 1. The last piece has what is left.
    Returns the pieces, a list of Tcp in the order of sending; `packet` itself stays as it is.
    Raises OSError with the errno EINVAL for a payload that is not longer than gso_size.
    """
    if len(packet.payload) <= gso_size:
        raise OSError(EINVAL, "nothing to cut")
    pieces = []
    for number, start in enumerate(range(0, len(packet.payload), gso_size)):
        data = packet.payload[start : start + gso_size]
        flags = packet.flags
        if number > 0:
            flags &= ~CWR
        if start + gso_size < len(packet.payload):
            flags &= ~(PSH | FIN)
        ident = packet.id
        seq = (packet.seq + start) % 2**32
        pieces.append(Tcp(40 + len(data), ident, seq, flags, data))
    return pieces
