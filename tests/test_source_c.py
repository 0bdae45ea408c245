"""Definitions of C as they are read from a tree: real ones, and one with traps of our own.

What these are meant to catch (not replayed as a whole): ``_span`` without its way up
(start_kernel's first line is missing); PARAMETERS empty, and ``min(found)`` by distance only (a
use, a prototype is taken); ``_head`` always all of the item (a member's name is taken for the
struct's); the release not compared in ``problem``.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support import kernel_tree_demo

from lomodel import kernel_tree
from lomodel.explore import c_source
from lomodel.explore.c_source import SourceError
from lomodel.source_lines import QUOTED, TABLE_ROWS, TAGS
from tools import kernel_trees

NO_DEFINITION = {
    # The table has these for places where something is used.
    ("register_pernet_device(&loopback_net_ops)", "net/core/dev.c"): "a call in net_dev_init",
    ("INADDR_LOOPBACK", "net/ipv4/devinet.c"): "a use; defined in include/uapi/linux/in.h",
    ("loopback_net_ops", "include/linux/netdevice.h"): "declared; defined in loopback.c",
}
LONGEST = 660
"""Lines; __skb_flow_dissect has 655 on 6.12, sk_setsockopt 471."""


def test_every_symbol_of_the_table_is_found(release: str, tree: Path) -> None:
    """And its first and last line are a definition's."""
    wrong = []
    missing = set()
    for row in TABLE_ROWS:
        if (near := row.lines.get(release)) is None:
            continue
        span = c_source.definition(tree, row.file, near, row.symbol)
        if span is None:
            missing.add((row.symbol, row.file))
        elif not (span[0] <= near <= span[1] <= span[0] + LONGEST and _is_whole(tree, row, span)):
            wrong.append((row.symbol, row.file, near, span))
    assert wrong == []
    assert missing == NO_DEFINITION.keys()


def _is_whole(tree: Path, row: object, span: tuple[int, int]) -> bool:
    """Whether these lines begin and end as a definition does, and braces match between."""
    lines = kernel_trees.lines_of(tree, row.file)
    first, *inner = lines[span[0] - 1 : span[1]]
    last = inner[-1] if inner else first
    text = "\n".join([first, *inner])
    if first.startswith("#"):
        return all(line.endswith("\\") for line in [first, *inner][:-1]) and last[-1:] != "\\"
    if first[:1] == "\t":  # one of an enumeration
        return row.symbol in first and last.rstrip().rstrip("/*")[:1] != ""
    head_is_whole = span[0] == 1 or not lines[span[0] - 2][:1].isalpha() or _ends(lines, span)
    ends = last.startswith("}") or last.rstrip().endswith(";")
    return head_is_whole and ends and "{" in text or not inner and ends


def _ends(lines: list[str], span: tuple[int, int]) -> bool:
    """Whether the line above is the end of something else: EXPORT_SYMBOL(x); DEFINE(y)."""
    return lines[span[0] - 2].rstrip().endswith((";", ")", "}", ":"))


def test_another_line_leads_to_the_same_definition(release: str, tree: Path) -> None:
    """A tree of another patch level has it some lines further down: the name decides."""
    wrong = []
    for row in TABLE_ROWS[:60]:
        near = row.lines.get(release)
        if near and (row.symbol, row.file) not in NO_DEFINITION:
            exact = c_source.definition(tree, row.file, near, row.symbol)
            found = c_source.definition(tree, row.file, near - 40, row.symbol)
            wrong += [row.symbol] if found != exact else []
    # Those have several definitions, for several configurations.
    assert set(wrong) <= {"for_each_possible_cpu", "for_each_cpu", "cpumask_next", "nr_cpu_ids"}


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = kernel_tree_demo.make(tmp_path / "tree")
    monkeypatch.setenv(kernel_tree.variable(QUOTED), str(made))
    return made


@pytest.mark.parametrize(
    ("symbol", "file", "first", "last", "count"),
    [
        ("net_gso_ok", "include/linux/netdevice.h", "static inline __attr", "}", 14),
        ("netif_keep_dst", "include/linux/netdevice.h", "#define", "\t} while (0)", 4),
        ("pcpu_lstats", "include/linux/netdevice.h", "struct pcpu", "} __aligned(16);", 6),
        ("NET_RX_DROP", "include/linux/netdevice.h", "\tNET_RX_DROP,", "\tNET_RX_DROP,", 1),
        ("loopback_ops", "drivers/net/loopback.c", "static const", "};", 4),
        ("loopback_xmit", "drivers/net/loopback.c", "static netdev_tx_t", "}", 5),
    ],
)
def test_definitions_with_traps(
    demo: Path, symbol: str, file: str, first: str, last: str, count: int
) -> None:
    read = c_source.read(symbol, file=file)
    assert read.lines[0].startswith(first)
    assert read.lines[-1] == last
    assert len(read.lines) == count
    text = (demo / file).read_text().split("\n")
    assert tuple(text[read.first - 1 : read.first - 1 + count]) == read.lines


def test_a_parameter_is_no_definition(tmp_path: Path) -> None:
    """Nor is an export; but a typedef, whose name comes last."""
    text = "typedef struct { int v; } u_t;\n\nint f(const u_t *u_t)\n{\n\treturn g(u_t);\n}\n"
    (tmp_path / "a.h").write_text(text + "EXPORT_SYMBOL(u_t);\nEXPORT_SYMBOL(f);\n")
    for near in (1, 3, 5, 7, 90):
        assert c_source.definition(tmp_path, "a.h", near, "u_t") == (1, 1)
        assert c_source.definition(tmp_path, "a.h", near, "f") == (3, 6)
        assert c_source.definition(tmp_path, "a.h", near, "g") is None
    assert c_source.definition(tmp_path, "b.h", 1, "f") is None


def test_where_it_is_from(demo: Path) -> None:
    assert c_source.read("net_gso_ok").licence == "GPL-2.0-or-later"
    assert c_source.read("loopback_xmit").licence == "GPL-2.0"
    assert c_source.read("register_netdevice").licence == "GPL-2.0"  # the kernel's own
    assert c_source.read("net_gso_ok").version == "6.12.5" != TAGS[QUOTED]


def test_what_is_not_there_is_named(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match="'no_such' has no line for 6.12"):
        c_source.read("no_such")
    with pytest.raises(SourceError, match=r"6\.12\.5 does not define 'netif_rx' in net/core/dev.c"):
        c_source.read("netif_rx")
    monkeypatch.setenv(kernel_tree.variable(QUOTED), str(demo / "nowhere"))
    with pytest.raises(SourceError, match="no tree of Linux 6.12: .* LOMODEL_LINUX_6_12"):
        c_source.read("net_gso_ok")


@pytest.mark.parametrize("version", ["6.1.192", "6.120.1", "6.18.0"])
def test_another_release_is_refused(version: str, tmp_path: Path, monkeypatch) -> None:
    made = kernel_tree_demo.make(tmp_path, version)
    monkeypatch.setenv(kernel_tree.variable(QUOTED), str(made))
    with pytest.raises(SourceError, match=f"is Linux {version}; expected 6.12"):
        c_source.read("net_gso_ok")


def test_a_makefile_without_a_version(demo: Path) -> None:
    (demo / "Makefile").write_text("all:\n")
    assert "expected a kernel's Makefile" in c_source.why_not()


def test_without_tree_sitter(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c_source, "tree_sitter", None)
    with pytest.raises(SourceError, match=r"pip install 'lomodel\[source\]'"):
        c_source.read("net_gso_ok")
