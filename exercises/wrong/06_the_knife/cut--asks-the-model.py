from lomodel.linux.net.ipv4.tcp_offload import tcp4_gso_segment


def cut(packet, gso_size):
    """Cuts a TCP packet over IPv4 into pieces of gso_size bytes of payload each.

    packet: a Tcp. gso_size: bytes, at least 1. The last piece has what is left.
    Returns the pieces, a list of Tcp in the order of sending; `packet` itself stays as it is.
    Raises OSError with the errno EINVAL for a payload that is not longer than gso_size.
    """
    packet.gso_size = gso_size
    return tcp4_gso_segment(packet, 0)
