"""The page about the sum: its figure and its explorer, against the model and the contract.

Seen red: the sums of the figure taken of CPU 0 alone; the halves of the line exchanged; a hidden
half that shows its numbers; the driver's counters written down without ``rx_bytes``; the explorer's
machine with one CPU fewer than its turns; a tap that is forgotten; CPU 1 kept on; a challenge met
by a drop; ``steps`` that say a state with a capture; the closed port that listens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from lomodel.desk import counters, lo_up, send
from lomodel.explore.declaration import Outcome
from lomodel.explorers.counted import EXPLORER
from lomodel.figures.lstats import columns, driver_fills, lstats_sum
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.net.core.net_procfs import dev_seq_show
from lomodel.scenario import play


def uneven() -> NetDevice:
    """A lo whose CPUs have counted differently, with drops of both kinds."""
    lo = lo_up(possible_cpus=4)
    for lo.machine.cpu in (0, 0, 1, 3):
        send(lo, 4000, gso_size=1400)
    lo.core_stats.rx_dropped += 7
    lo.core_stats.tx_dropped += 5
    return lo


def cells(html: str, half: str) -> list[str]:
    """What stands in the columns of a half, from left to right."""
    part = html.split(f"<b>{half}</b>")[1].split('class="lo-sum-half"')[0].split("<figcaption>")[0]
    return re.findall(r"<b>(?:<svg.*?</svg>)?([^<]*)</b>", part)


def test_the_figure_shows_every_pair_and_the_sums() -> None:
    lo = uneven()
    columns = re.findall(
        r'"lo-sum-pair[^>]*><b>(.*?)</b><span>(.*?)</span><span>(.*?)</span>', lstats_sum(lo).html
    )
    pairs = [(f"CPU {n}", str(p.packets), str(p.bytes)) for n, p in enumerate(lo.lstats)]
    assert columns[1:-1] == pairs and len({*columns}) == 6
    assert columns[-1][1:] == ("4", "16112")


def test_arrows_lead_from_function_to_function() -> None:
    """Seen red: one arrow fewer."""
    way = lstats_sum(uneven()).html.split('"lo-sum-way">')[1].split("</div>")[0]
    assert re.sub("<[^>]*>", "", way) == "loopback_get_stats64→dev_get_stats→dev_seq_show"


def test_the_figure_shows_the_line() -> None:
    lo = uneven()
    line = dev_seq_show(lo.nd_net).split("lo:")[1].split()
    html = lstats_sum(lo).html
    assert cells(html, "receive") + cells(html, "transmit") == line
    assert [line[3], line[11]] == ["7", "5"]
    text = lstats_sum(lo).text
    assert "drop 7 (the core)" in text and "bytes 16112 (the driver)" in text


@pytest.mark.parametrize("half", ["receive", "transmit"])
def test_a_half_can_be_left_open(half: str) -> None:
    lo = uneven()
    hidden = lstats_sum(lo, hide=half)
    assert cells(hidden.html, half) == ["?"] * 8
    assert f"{half.capitalize()}: open." in hidden.text
    other = {"receive": "transmit", "transmit": "receive"}[half]
    assert cells(hidden.html, other) == cells(lstats_sum(lo).html, other)
    with pytest.raises(ValueError, match="receive, transmit"):
        lstats_sum(lo, hide="both")


def test_who_counts_which_column() -> None:
    assert driver_fills() == ("rx_packets", "tx_packets", "rx_bytes", "tx_bytes")
    moved = [(c.half, c.name, c.layer) for c in columns() if c.layer]
    assert moved == [
        (half, name, layer)
        for half in ("receive", "transmit")
        for name, layer in (("bytes", "device"), ("packets", "device"), ("drop", "core"))
    ]
    # Every counter has one column at most; the two of the core that netlink alone has have none.
    shown = [name for column in columns() for name in column.counters]
    assert len(shown) == len(set(shown)) == 23
    assert not {"rx_nohandler", "rx_otherhost_dropped"} & set(shown)


def outcome(**changes: Any) -> Outcome:
    return EXPLORER.outcome(EXPLORER.initial() | changes)


@pytest.mark.parametrize(
    ("changes", "packets", "bytes", "drops"),
    [
        ({}, 1, 4028, (0, 0)),
        ({"packet": "closed"}, 2, 4604, (0, 0)),
        ({"packet": "ping", "times": 3}, 6, 6 * 84, (0, 0)),
        ({"packet": "unknown", "times": 2}, 2, 2000, (2, 0)),
        ({"packet": "unknown", "tap": True}, 1, 1000, (0, 0)),
        ({"packet": "unknown", "up": False}, 0, 0, (0, 0)),
        ({"packet": "other"}, 1, 1000, (0, 0)),
        ({"up": False, "times": 3}, 0, 0, (0, 3)),
    ],
)
def test_known_states(changes: dict, packets: int, bytes: int, drops: tuple[int, int]) -> None:
    values = outcome(**changes).values
    assert (values["packets"], values["bytes"]) == (packets, bytes)
    assert (values["receive_drop"], values["transmit_drop"]) == drops


def test_each_cpu_has_its_own_count_and_keeps_it() -> None:
    for cpu, copies in {
        "0": "CPU 0: 3, CPU 1: 0, CPU 2: 0",
        "2": "CPU 0: 0, CPU 1: 0, CPU 2: 3",
        "turns": "CPU 0: 1, CPU 1: 1, CPU 2: 1",
        "off": "CPU 0: 1, CPU 1: 1, CPU 2: 1",
    }.items():
        assert outcome(cpu=cpu, times=3).values["copies"] == copies


def test_a_cpu_has_gone_off(monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[int] = []
    monkeypatch.setattr(
        "lomodel.explorers._counting.cpu_down", lambda machine, cpu: gone.append(cpu)
    )
    outcome(cpu="off"), outcome(cpu="turns")
    assert gone == [1]


def states() -> Iterator[tuple[dict[str, Any], Outcome]]:
    return ((state, EXPLORER.outcome(state)) for state in EXPLORER.states())


def test_received_is_sent_in_every_state() -> None:
    met = []
    for state, seen in states():
        values = seen.values
        assert values["packets"] == values["receive_packets"]
        assert values["bytes"] == values["receive_bytes"]
        counts = [int(n) for n in re.findall(r"CPU \d: (\d+)", str(values["copies"]))]
        assert len(counts) == 3 and sum(counts) == values["packets"]
        assert ("dev_lstats_add" in seen.parts) == bool(values["packets"])
        assert ("drop" in seen.parts.values()) == bool(
            values["receive_drop"] or values["transmit_drop"]
        )
        assert {"dev_lstats_read", "loopback_get_stats64", "dev_get_stats"} <= set(seen.parts)
        if seen.met:
            met.append((state["packet"], state["up"], state["tap"]))
    assert set(met) == {("unknown", True, True)}


def test_a_scenario_is_a_state_of_cpu_0_without_a_capture() -> None:
    for state, seen in states():
        steps = EXPLORER.steps(state)
        assert (steps is None) == (state["tap"] or state["cpu"] != "0")
        if steps is None:
            continue
        observed = [each["stats"] for each in play(steps) if "stats" in each]
        assert len(observed) == state["times"]
        for value, counter in {
            "packets": "tx_packets",
            "bytes": "tx_bytes",
            "receive_drop": "rx_dropped",
            "transmit_drop": "tx_dropped",
        }.items():
            assert seen.values[value] == sum(each[counter] for each in observed)


def test_the_count_comes_between_the_two_copies() -> None:
    lo, looks = lo_up(), []
    lo.ptype_all.append(lambda skb, dev: looks.append(counters(dev)["rx_packets"]))
    send(lo, 4000, gso_size=1400)
    assert looks == [0, 1]
