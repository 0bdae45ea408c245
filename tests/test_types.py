"""mypy finds nothing in strict mode, and it would: its check is tried on wrong calls.

Mutations that turned these red: ``kernel_file`` returning ``Callable[..., Any]``; a ``jiffies``
that ``Machine`` does not declare; a declared field that nobody sets; an ``Any`` for a namespace.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from inspect import get_annotations
from pathlib import Path

import pytest

from lomodel.linux.include.linux.netdev_features import NetdevFeatures
from lomodel.machine import Machine

ROOT = Path(__file__).resolve().parent.parent
LINUX = ROOT / "lomodel/linux"

MAY_BE_ANY = {
    # C's void *: what netdev_priv gives back, whose hook a packet_type is, what a setting is a
    # field of, and what a notifier chain is about.
    "include/linux/netdevice": 3,
    "include/linux/sysctl": 1,
    "include/linux/notifier": 1,
    "kernel/notifier": 1,
    # skb->cb, 48 bytes that every layer uses in its own way.
    "include/linux/skbuff": 1,
    # ((void *)0), which fits every pointer.
    "include/linux/stddef": 1,
    # An address of either family; C has a union.
    "include/linux/socket": 1,
}
"""How often a module of the mechanism says ``Any``."""

WRONG = """
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.net.core.dev import netif_rx
from lomodel.linux.net.socket import recv, socket_create
from lomodel.machine import Machine

machine = Machine()
skb = SkBuff(bytearray(64), 0)
verdict: int = netif_rx(skb)
netif_rx("a packet")  # wrong: arg-type
netif_rx(skb, 1)  # wrong: call-arg
verdict = netif_rx  # wrong: assignment
text: str = netif_rx(skb)  # wrong: assignment
recv(socket_create(machine.init_net, 2, 2))
recv(machine)  # wrong: arg-type
machine.jiffies += 1
machine.jiffy  # wrong: attr-defined
machine.nobody_declared_this = 1  # wrong: attr-defined
machine.init_net.ipv4.rt_genid += 1
machine.init_net.ipv4.rt_gen  # wrong: attr-defined
skb.dst.output  # wrong: union-attr
skb.dev.ifname  # wrong: attr-defined
skb.dev.netif_f.TSO5  # wrong: attr-defined
"""


def mypy(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_mypy() -> None:
    run = mypy()
    assert run.returncode == 0, run.stdout + run.stderr
    # Not because it looked nowhere.
    assert int(re.search(r"in (\d+) source files", run.stdout).group(1)) > 150


def test_mypy_reports_wrong_calls_and_fields(tmp_path: Path) -> None:
    snippet = tmp_path / "wrong.py"
    snippet.write_text(WRONG)
    run = mypy(str(snippet))
    reported = re.findall(r"wrong\.py:(\d+): error: .*\[([a-z-]+)\]$", run.stdout, re.M)
    expected = [
        (str(number), line.partition("# wrong: ")[2])
        for number, line in enumerate(WRONG.splitlines(), 1)
        if "# wrong: " in line
    ]
    assert reported == expected, run.stdout + run.stderr


@pytest.mark.parametrize("release", ["5.14", "6.18"])
def test_what_is_declared_is_there_and_nothing_else(release: str) -> None:
    machine = Machine(release)
    net = machine.new_net()
    for thing in (machine, net.ipv4, net.ipv6):
        assert set(vars(thing)) == set(get_annotations(type(thing)))
    declared = get_annotations(NetdevFeatures)
    assert declared and all(isinstance(getattr(machine.netif_f, name), int) for name in declared)


def test_any_stands_only_where_c_has_no_type_either() -> None:
    found: Counter[str] = Counter()
    for path in LINUX.rglob("*.py"):
        module = str(path.relative_to(LINUX)).removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Name) and node.id in ("Any", "cast"):
                found[module] += 1
    assert found == MAY_BE_ANY
