"""What chapters' cells start from.

Mutations that turned these red: ``lo_up`` without its MTU; features set before lo is up forgotten;
no receiver of IPv6; ``end_of`` that ends another namespace; ``ladder`` without cutting back to the
depth of a call; ``send`` that leaves its socket open; ``counters`` of the namespace before; two
notebooks that define one name; ``plug`` that writes into the table that all share.
"""

from __future__ import annotations

import ast
import errno
from collections import defaultdict
from pathlib import Path

import nbformat
import pytest

from lomodel import recorded
from lomodel.contract import STATS
from lomodel.desk import counters, end_of, ladder, lo_up, new_lo, plug, read_while, send, send_tcp
from lomodel.linux.drivers.net.loopback import dev_lstats_read
from lomodel.linux.include.uapi.linux.if_ import IFF_UP
from lomodel.scenario import play
from tools.notebooks import notebooks


def test_a_lo_that_is_up() -> None:
    lo = lo_up("6.1", mtu=1400, off=["tx-udp-segmentation"])
    assert (lo.machine.release.name, lo.mtu, bool(lo.flags & IFF_UP)) == ("6.1", 1400, True)
    assert not lo.features & lo.netif_f.GSO_UDP_L4
    assert lo.features & lo.netif_f.TSO
    assert lo_up(possible_cpus=3).machine.possible_cpus == 3
    born = new_lo(possible_cpus=4)
    assert (born.mtu, born.flags & IFF_UP, born.machine.possible_cpus) == (65536, 0, 4)


def test_the_end_of_a_namespace() -> None:
    """Of lo's own, and of no other one."""
    machine = (lo := lo_up()).machine
    others = [net for net in machine.net_namespace_list if net is not lo.nd_net]
    assert "loopback_dev_free" in end_of(lo).functions()
    assert list(machine.net_namespace_list) == others != []


def test_a_plug_is_pulled_from_one_lo_only() -> None:
    lo, other = lo_up(), lo_up()
    assert plug(lo, ndo_get_stats64=None) is lo
    for each in (lo, other):
        send(each, 100)
    assert (counters(lo)["tx_packets"], counters(other)["tx_packets"]) == (0, 1)
    assert lo.netdev_ops.ndo_start_xmit is other.netdev_ops.ndo_start_xmit
    with pytest.raises(TypeError, match="ndo_fly"):
        plug(lo, ndo_fly=None)


def test_what_a_kernel_refuses_is_refused() -> None:
    with pytest.raises(ValueError, match=r"4\.19"):
        lo_up("4.19")
    with pytest.raises(OSError) as info:
        lo_up(mtu=-1)
    assert info.value.errno == errno.EINVAL


@pytest.mark.parametrize("family", ["inet", "inet6"])
@pytest.mark.parametrize(("off", "packets"), [((), 1), (["tx-udp-segmentation"], 3)])
def test_a_send_is_what_the_contract_says(family: str, off: list[str], packets: int) -> None:
    lo = lo_up(off=off)
    trace = send(lo, 4000, gso_size=1400, family=family)
    steps = [{"do": "link", "up": True}, {"do": "link", "mtu": 1500}]
    steps += [{"do": "features", "set": dict.fromkeys(off, False)}]
    steps += [{"do": "udp", "family": family, "payload": 4000, "gso_size": 1400}]
    observed = play(steps)[-1]
    assert counters(lo) == observed["stats"] and observed["stats"]["tx_packets"] == packets
    assert list(counters(lo)) == list(STATS)
    assert [event for event in trace.events() if event[0] in dict(map(tuple, observed["events"]))]


def test_a_second_send_counts_on_and_leaves_no_socket() -> None:
    lo = lo_up(listening=False)
    for _ in range(2):
        send(lo, 10)
    assert counters(lo)["tx_packets"] == 4  # each is answered by ICMP
    assert not lo.nd_net.ipv4.udp_table


def test_a_reading_that_is_interrupted() -> None:
    """Seen red: what happens comes before the loop; twice; pairs not put back."""
    lo, sends = lo_up(possible_cpus=3), [(0, 100), (1, 1000), (2, 10)]
    pairs = lo.lstats
    assert read_while(lo, 1, sends) == (2, 1000 + 10 + 2 * 28)
    assert lo.lstats is pairs
    assert dev_lstats_read(lo) == (3, 1110 + 3 * 28)
    with pytest.raises(ValueError, match="cpu 3: the machine has no such CPU"):
        read_while(lo, 3, sends)


def test_tcp_goes_on_in_the_same_namespace() -> None:
    lo = lo_up(off=["tx-tcp-segmentation"])
    assert "tcp_gso_segment" in send_tcp(lo, 4000, gso_size=1460).functions()
    assert counters(lo)["tx_packets"] == 3


def test_a_ladder_leads_to_the_system_call() -> None:
    trace = send(lo_up(), 4000, gso_size=1400)
    rungs = ladder(trace, "net_gso_ok")
    assert rungs[:4] == ["net_gso_ok", "skb_gso_ok", "netif_needs_gso", "validate_xmit_skb"]
    assert rungs[-1] == "sendto"
    with pytest.raises(ValueError, match="tcp_gso_segment"):
        ladder(trace, "tcp_gso_segment")


def definitions(notebook: Path) -> set[str]:
    """The functions and classes that the cells of a notebook define."""
    found = set()
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "code":
            tree = ast.parse(cell.source)
            nodes = (ast.FunctionDef, ast.ClassDef)
            found |= {node.name for node in tree.body if isinstance(node, nodes)}
    return found


def shared(notebooks: list[Path]) -> dict[str, list[str]]:
    """Names that more than one notebook defines, with the notebooks."""
    places = defaultdict(list)
    for path in notebooks:
        for name in definitions(path):
            places[name].append(path.name)
    return {name: found for name, found in places.items() if len(found) > 1}


def test_no_helper_is_defined_in_two_notebooks() -> None:
    """It belongs into the desk then. (A student's notebook has the names of its solution.)"""
    assert shared([path for path in notebooks() if "chapters" in path.parts]) == {}


def test_a_helper_in_two_notebooks_would_be_found(tmp_path: Path) -> None:
    cell = nbformat.v4.new_code_cell("def fresh():\n    return 1")
    for name in ("a.ipynb", "b.ipynb"):
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / name)
    assert list(shared(sorted(tmp_path.iterdir()))) == ["fresh"]


# --- recordings -----------------------------------------------------------------------------------


def test_recordings_are_read_by_name() -> None:
    assert "hw_features" in recorded.names()
    scenarios = recorded.read("hw_features")
    assert len(scenarios) == 30 and {each["release"] for each in scenarios} > {"6.1", "6.18"}


def test_every_recording_is_what_the_model_says() -> None:
    for name in recorded.names():
        for scenario in recorded.read(name):
            assert play(scenario["steps"], scenario["release"]) == scenario["observed"]


def test_a_recording_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="'nobody': no such recording, expected one of .*hw_feat"):
        recorded.read("nobody")
