"""net/ipv6/addrlabel.c: labels of addresses (RFC 6724). A source should have its destination's.

Left out: labels that somebody adds.
"""

from __future__ import annotations

from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv6/addrlabel.c")

ip6addrlbl_init_table: tuple[tuple[bytes, int, int], ...] = (
    (bytes(15) + b"\x01", 128, 0),
    (bytes(10) + b"\xff\xff", 96, 4),
    (bytes(12), 96, 3),
    (b"\x20\x01\x00\x00", 32, 6),
    (b"\x20\x01\x00\x10", 28, 7),
    (b"\x20\x02", 16, 2),
    (b"\x3f\xfe", 16, 12),
    (b"\xfe\xc0", 10, 11),
    (b"\xfc", 7, 5),
    (b"", 0, 1),
)
"""(the prefix's first bytes, its length in bits, the label), the longest prefix first."""


@kernel_function
def ipv6_addr_label(addr: bytes) -> int:
    """The label of the longest prefix that the address begins with."""
    number = int.from_bytes(addr, "big")
    for prefix, plen, label in ip6addrlbl_init_table:
        shift = 128 - plen
        if number >> shift == int.from_bytes(prefix.ljust(16, b"\0"), "big") >> shift:
            return label
    raise AssertionError("every address begins with ::/0")
