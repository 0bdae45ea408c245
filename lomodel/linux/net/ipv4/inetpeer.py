"""net/ipv4/inetpeer.c: how many ICMP errors a peer may be sent."""

from __future__ import annotations

from lomodel.linux.net.core.net_namespace import Net
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv4/inetpeer.c")

XRLIM_BURST_FACTOR = 6


@kernel_function
def inet_peer_xrlim_allow(net: Net, daddr: int | bytes, timeout: int) -> bool:
    """One token a message, one new token every ``timeout`` jiffies, at most six saved."""
    now = net.machine.jiffies
    tokens, last = net.ipv4.peers.get(daddr, (0, now - XRLIM_BURST_FACTOR * timeout))
    tokens = min(tokens + now - last, XRLIM_BURST_FACTOR * timeout)
    allowed = tokens >= timeout
    net.ipv4.peers[daddr] = (tokens - timeout if allowed else tokens, now)
    return allowed
