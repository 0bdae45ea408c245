"""net/ipv4/fib_trie.c: a table of routes, and the longest prefix in it.

The kernel's trie is left out: a table is a dictionary by prefix, and the longest prefix is found by
asking for every length it has. So are metrics, and the memory of routes.
"""

from __future__ import annotations

from lomodel.linux.include.linux.inetdevice import inet_make_mask
from lomodel.linux.include.net.ip_fib import FibInfo
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv4/fib_trie.c")


class FibTable:
    """struct fib_table: the routes by length and bits of their prefix.

    A table made as the ``alias`` of another one shares its routes; ``tb_id`` says which of them are
    its own. ``found`` remembers lookups until the next change of the table; the kernel's trie is
    fast by itself and remembers nothing.
    """

    __slots__ = ("tb_id", "routes", "lengths", "found")

    def __init__(self, tb_id: int, alias: FibTable | None = None) -> None:
        self.tb_id = tb_id
        self.routes: dict[tuple[int, int], list[FibInfo]] = alias.routes if alias else {}
        self.lengths: list[int] = alias.lengths if alias else []
        self.found: dict[int, FibInfo | None] = alias.found if alias else {}

    def change(self) -> None:
        """Forget what was found; the set of prefix lengths, longest first, is made anew."""
        self.found.clear()
        self.lengths[:] = sorted({plen for plen, _ in self.routes}, reverse=True)


@kernel_function
def fib_table_insert(tb: FibTable, fi: FibInfo) -> None:
    """Add a route; one that the table already has is not added again.

    Of routes with the same prefix those of the table local come first.
    """
    routes = tb.routes.setdefault((fi.plen, fi.prefix), [])
    if not any(same_info(fi, other) for other in routes):
        routes.append(fi)
        routes.sort(key=_table_of, reverse=True)
    tb.change()


def _table_of(fi: FibInfo) -> int:
    return fi.table


def same_info(fi: FibInfo, other: FibInfo) -> bool:
    """Whether two routes lead to the same (fib_find_info and fib_nh_match in C)."""
    return (fi.table, fi.fib_type, fi.fib_nh_dev, fi.fib_prefsrc) == (
        other.table,
        other.fib_type,
        other.fib_nh_dev,
        other.fib_prefsrc,
    )


@kernel_function
def fib_table_delete(tb: FibTable, fi: FibInfo) -> None:
    """Remove the route that is like ``fi``, if there is one."""
    routes = tb.routes.get((fi.plen, fi.prefix), [])
    routes[:] = [other for other in routes if not same_info(fi, other)]
    if not routes:
        tb.routes.pop((fi.plen, fi.prefix), None)
    tb.change()


@kernel_function
def fib_table_lookup(tb: FibTable, daddr: int) -> FibInfo | None:
    """The living route with the longest prefix that ``daddr`` begins with, or None."""
    for plen in tb.lengths:
        for fi in tb.routes.get((plen, daddr & inet_make_mask(plen)), ()):
            if not fi.nh_dead:
                return fi
    return None


@kernel_function
def fib_table_flush(tb: FibTable) -> int:
    """Throw the table's own dead routes out; returns how many."""
    flushed = 0
    for key in list(tb.routes):
        alive = [fi for fi in tb.routes[key] if not fi.nh_dead or fi.table != tb.tb_id]
        flushed += len(tb.routes[key]) - len(alive)
        tb.routes[key] = alive
        if not alive:
            del tb.routes[key]
    tb.change()
    return flushed
