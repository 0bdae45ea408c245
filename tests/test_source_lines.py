"""The table of source lines against real kernel trees, and the model's functions against both.

Mutations that turned these red: one line number changed by one; a function of the model noted under
another file; a function noted that the kernel does not have.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lomodel import trace
from lomodel.source_lines import TABLE_ROWS, TAGS, format_row, parse_row, permalink, source_line
from tools import kernel_trees, modules

# fmt: off
ANNOTATED = (
    "loopback_net_ops", "loopback_net_init", "loopback_setup", "loopback_dev_free",
    "loopback_dev_init", "dev_lstats_read", "gen_lo_setup", "eth_header",
    "netdev_alloc_pcpu_stats", "alloc_percpu_gfp", "for_each_possible_cpu", "for_each_cpu",
    "nrcpus", "pcpu_lstats", "NETIF_F_GSO_SOFTWARE", "net_gso_ok", "skb_gso_ok",
    "netif_needs_gso", "validate_xmit_skb", "__dev_queue_xmit", "loopback_xmit", "netif_rx",
    "addrconf_notify", "addrconf_init", "init_loopback", "ARPHRD_LOOPBACK",
)
# fmt: on

# Functions of releases that the trees do not cover, or of files that the packages leave out.
NOT_IN_THE_TREES = {"start_kernel"}


def test_lines(release: str, tree: Path) -> None:
    """Every line of the table shows the symbol."""
    wrong = []
    for row in TABLE_ROWS:
        line = row.lines.get(release)
        if line is None:
            continue
        lines = kernel_trees.lines_of(tree, row.file)
        if lines is None or line > len(lines) or row.symbol not in lines[line - 1]:
            wrong.append(f"{row.symbol} {row.file}:{line}")
    assert not wrong


def test_a_line_is_one_that_a_distributions_kernel_has(release: str, tree: Path) -> None:
    """``nr_cpu_ids`` is a macro for one CPU first, and a variable two lines below."""
    wrong = []
    for row in TABLE_ROWS:
        lines = kernel_trees.lines_of(tree, row.file) or []
        single = kernel_trees.for_one_cpu(lines)
        word = re.compile(rf"(?:define|extern\b.*)\s{re.escape(row.symbol)}\b")
        others = [n for n, line in enumerate(lines, 1) if n not in single and word.search(line)]
        if row.lines.get(release) in single and others:
            wrong.append(f"{row.symbol} {row.file}:{row.lines[release]}, expected {others}")
    assert wrong == []


def test_what_only_one_cpu_has_is_found_after_what_all_have(tmp_path: Path) -> None:
    (tmp_path / "a.h").write_text(
        "#if NR_CPUS == 1\n#define many 1\n#define one 1\n#else\n#define many 2\n#endif\n"
        "#ifdef CONFIG_SMP\n#define smp 1\n#else\n#define smp 0\n#endif\n"
    )
    lines = {
        name: kernel_trees.definition(tmp_path, "a.h", name) for name in ("many", "one", "smp")
    }
    assert lines == {"many": 5, "one": 3, "smp": 8}


def model_symbols() -> list[trace.Symbol]:
    modules.import_all("lomodel.linux")
    return trace.symbols()


def test_traced_functions_are_the_kernels() -> None:
    """What a trace shows as a call is a function of the kernel, in the file that it says."""
    trees = [kernel_trees.find_tree(release) for release in kernel_trees.RELEASES]
    if None in trees:
        pytest.skip(kernel_trees.how_to_get_one(kernel_trees.RELEASES[trees.index(None)]))
    strangers = [
        f"{symbol.name} in {symbol.file}"
        for symbol in model_symbols()
        if symbol.name not in NOT_IN_THE_TREES
        and not (symbol.syscall and symbol.file == "net/socket.c")  # SYSCALL_DEFINE hides the names
        and not any(kernel_trees.definition(tree, symbol.file, symbol.name) for tree in trees)
    ]
    assert not strangers


def test_the_annotations_symbols_are_there() -> None:
    """What the annotation speaks of has a line in its own release and in a newer one."""
    for symbol in ANNOTATED:
        assert source_line(symbol, "5.14"), symbol
        assert source_line(symbol, "6.12"), symbol


def test_rows_and_links() -> None:
    row = parse_row("loopback_xmit drivers/net/loopback.c 68 69 -")
    assert row.lines == {"5.14": 68, "6.1": 69}
    assert format_row(row) == "loopback_xmit drivers/net/loopback.c 68 69 -"
    assert permalink("loopback_xmit").endswith("/v6.12.117/source/drivers/net/loopback.c#L69")
    assert permalink("no_such_function") is None
    assert source_line("skb_mac_gso_segment", "6.12") == ("net/core/gso.c", 37)
    assert source_line("skb_mac_gso_segment", "6.1") == ("net/core/gro.c", 125)
    assert set(TAGS) == {"5.14", "6.1", "6.12"}
    assert len({(row.symbol, row.file) for row in TABLE_ROWS}) == len(TABLE_ROWS)
