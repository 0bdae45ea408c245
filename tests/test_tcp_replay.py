"""Recorded TCP connections on the model: every packet's events and frames, and the order of all."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from lomodel.linux.net.core import dev_receive, dev_xmit
from lomodel.linux.net.ipv4 import af_inet, tcp_offload
from lomodel.linux.net.ipv6 import ip6_offload
from lomodel.replay import Packet, Recording, Replayed, differences, load, replay

FOLDER = Path(__file__).parent / "recorded/tcp"
FILES = sorted(path.name.removesuffix(".jsonl.gz") for path in FOLDER.glob("*.jsonl.gz"))
PROMISED = [
    f"{family}-{mtu}-tso-{tso}"
    for family in ("inet", "inet6")
    for mtu in (1500, 65536)
    for tso in ("on", "off")
]
"""IPv4 and IPv6, MTU 1500 and 65536, TSO on and off."""


@cache
def recording(name: str) -> Recording:
    return load(FOLDER / f"{name}.jsonl.gz")


def packets(names: list[str]) -> list[Packet]:
    return [packet for name in names for packet in recording(name).packets]


@pytest.mark.parametrize("name", FILES)
def test_every_packet_is_equal(name: str) -> None:
    assert list(differences(recording(name), replay(recording(name)))) == []


def test_enough_was_recorded() -> None:
    assert len(packets(PROMISED)) >= 1000
    assert len(packets(FILES)) >= 4000


@pytest.mark.parametrize("name", PROMISED)
def test_each_configuration_is_represented(name: str) -> None:
    about = recording(name).about
    family, mtu, _, tso = name.split("-")
    assert (about["family"], about["mtu"]) == (family, int(mtu))
    assert list(about["features"].values()) == [tso == "on"]
    assert len(recording(name).packets) >= 100


def flags(packet: Packet) -> int:
    """TCP's flags, where no extension header is in between."""
    return packet.queued.head[packet.queued.skb["transport_header"] + 13]


@pytest.mark.parametrize("name", PROMISED)
def test_each_configuration_has_every_kind_of_packet(name: str) -> None:
    fin, syn, rst, urg = 0x01, 0x02, 0x04, 0x20
    chosen = recording(name).packets
    assert all(any(flags(packet) & flag for packet in chosen) for flag in (fin, syn, rst, urg))
    assert any(packet.queued.skb["gso_size"] for packet in chosen)
    assert any(packet.queued.skb["data_len"] == 0 for packet in chosen)
    assert {"process", "receive", "timer"} <= {packet.origin for packet in chosen}


def test_segmentation_is_well_represented() -> None:
    cut = Counter(len(packet.frames) for packet in packets(FILES) if len(packet.frames) > 1)
    assert cut.total() >= 500
    assert max(cut) > 200


def test_a_packet_of_1500_bytes_passes_whole_with_tso() -> None:
    for name in ("inet-1500-tso-on", "inet6-1500-tso-on"):
        assert all(len(packet.frames) == 1 for packet in recording(name).packets)


def test_a_jumbo_packet_is_cut_even_with_tso() -> None:
    """TCP over a device of MTU 65536 makes packets of two segments, which are too long to pass."""
    for name in ("inet-65536-tso-on", "inet6-65536-tso-on"):
        jumbo = [each for each in recording(name).packets if each.queued.skb["len"] > 65536 + 14]
        assert jumbo and all(len(packet.frames) == 2 for packet in jumbo)


# --- a wrong model is found -----------------------------------------------------------------------


def found(name: str) -> set[str]:
    """What is different: ``event``, ``frame``, ``order``."""
    return {each.what.split()[0] for each in differences(recording(name), replay(recording(name)))}


Mutation = tuple[object, str, object]
SEGMENTED: list[tuple[str, Mutation]] = [
    ("inet-1500-tso-off", (tcp_offload, "TCPHDR_PSH", 0)),
    ("inet-ecn-software", (tcp_offload, "TCPHDR_CWR", 0)),
    ("inet6-1500-tso-off", (tcp_offload, "_add", lambda total, delta: total)),
    ("inet-1500-tso-off", (af_inet, "_fixed_id", lambda skb: True)),
    ("inet6-65536-tso-off", (ip6_offload, "GRO_LEGACY_MAX_SIZE", 1 << 20)),
    ("inet6-destination-options", (ip6_offload, "NEXTHDR_DEST", 61)),
]


@pytest.mark.parametrize(("name", "mutation"), SEGMENTED, ids=lambda each: str(each[1:2]))
def test_wrong_bytes_are_found(
    name: str, mutation: Mutation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*mutation)
    assert "frame" in found(name)


@pytest.mark.parametrize("name", ["inet-1500-tso-off", "inet6-ecn-feature-off"])
def test_a_packet_that_is_not_cut_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev_xmit, "netif_needs_gso", lambda skb, features: False)
    assert found(name) >= {"event", "frame", "order"}


def test_a_wrong_number_of_packets_a_turn_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Timers that expired while hundreds waited tell where the kernel ended a turn of NET_RX."""
    monkeypatch.setattr(dev_receive, "DEV_RX_WEIGHT", 63)
    assert "order" in found("inet-mss-88") | found("inet6-mss-88")


def test_a_wrong_order_of_segments_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A last in, first out backlog."""
    plain = dev_receive.process_backlog

    def reversed_backlog(sd, quota: int) -> int:
        sd.input_pkt_queue.reverse()
        return plain(sd, quota)

    monkeypatch.setattr(dev_receive, "process_backlog", reversed_backlog)
    assert found("inet-mss-536")


@pytest.mark.parametrize("name", PROMISED[:2])
def test_the_wrong_features_are_found(name: str) -> None:
    wrong = recording(name)
    features = {key: not value for key, value in wrong.about["features"].items()}
    wrong = Recording(wrong.about | {"features": features}, wrong.packets, wrong.order)
    assert list(differences(wrong, replay(wrong)))


def test_a_single_wrong_field_is_found() -> None:
    """The comparison itself: one number of one event, one byte of one frame, one place in order."""
    right = recording("inet-1500-tso-off")
    for spoil in (_spoil_event, _spoil_frame, _spoil_order):
        played = replay(right)
        spoil(played)
        assert len(list(differences(right, played))) == 1


def _spoil_event(played: Replayed) -> None:
    played.events[50][-1][1]["len"] += 1


def _spoil_frame(played: Replayed) -> None:
    frame = played.frames[50][0]
    played.frames[50][0] = replace(frame, head=frame.head[:-1] + bytes([frame.head[-1] ^ 1]))


def _spoil_order(played: Replayed) -> None:
    played.order[40], played.order[60] = played.order[60], played.order[40]


# --- what no recording has ------------------------------------------------------------------------


def test_bottom_halves_off_around_two_packets() -> None:
    """Neither is received before both are sent."""
    whole = recording("inet-1500-tso-on")
    first = whole.packets[0]
    two = [
        replace(first, number=0, held=True),
        replace(first, number=1, held=False),
    ]
    played = replay(Recording(whole.about, two, []))
    assert played.order == [0, 0, 0, 0, 1, 1, 1, 1, 0, 1]
