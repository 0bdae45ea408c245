"""net/ipv6/addrlabel.c: which addresses go together when a source is chosen for a destination.

Left out: labels that an administrator adds, and labels of one device.
"""

from __future__ import annotations

from ipaddress import IPv6Network

from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv6/addrlabel.c")

_LABELS = {
    "::1/128": 0,
    "::/96": 3,
    "::ffff:0:0/96": 4,
    "2001:10::/28": 7,
    "2001::/32": 6,
    "3ffe::/16": 12,
    "2002::/16": 2,
    "fec0::/10": 11,
    "fc00::/7": 5,
    "::/0": 1,
}
ip6addrlbl_init_table = tuple(
    (128 - network.prefixlen, int(network.network_address) >> (128 - network.prefixlen), label)
    for network, label in ((IPv6Network(text), label) for text, label in _LABELS.items())
)
"""Bits that do not count, the others, and the label; the longest prefix first."""


@kernel_function
def ipv6_addr_label(addr: bytes) -> int:
    """The label of the longest prefix that an address has; RFC 6724 calls this the policy table."""
    number = int.from_bytes(addr, "big")
    labels = (label for rest, prefix, label in ip6addrlbl_init_table if number >> rest == prefix)
    return next(labels)
