"""Traces that watch packets: what is kept of an sk_buff is what it was, and nothing else changes.

Red with every change listed in tests/mutations/watch.toml and trace.toml: returns that left no
moment, ``start`` at the data and not at the outermost header, paged bytes left out, ``owned``
turned round, packets that nobody held, a watching recorder that stayed after its trace.
"""

from __future__ import annotations

import itertools

import pytest

from lomodel import trace as tracing
from lomodel.desk import lo_up, send, send_tcp
from lomodel.figures.frames import sniff
from lomodel.linux.include.linux.skbuff import NOT_SET, SkBuff
from lomodel.linux.net.core.dev_xmit import xmit_one
from lomodel.scenario import Player
from lomodel.trace import Event, Trace, watching
from lomodel.watch import HEAD_BYTES, Packet, packet_of, snapshot, watch_packets

SENDS = {
    "riddle": lambda lo: send(lo, 4000, gso_size=1400),
    "riddle over IPv6": lambda lo: send(lo, 4000, gso_size=1400, family="inet6"),
    "fragments": lambda lo: send(lo, 4000),
    "fragments over IPv6": lambda lo: send(lo, 4000, family="inet6"),
    "one byte": lambda lo: send(lo, 1),
    "tcp": lambda lo: send_tcp(lo, 4000, 1400),
}
every_send = pytest.mark.parametrize("name", SENDS)


def watched(name: str, **lo: object) -> Trace:
    with watching(watch_packets()):
        return SENDS[name](lo_up(**lo))


def packets(trace: Trace, call: str, returned: bool = False) -> list[Packet]:
    return [m.packet for m in trace.moments if m.call.name == call and m.returned == returned]


@every_send
@pytest.mark.parametrize("off", [[], ["tx-udp-segmentation"]])
def test_what_the_driver_gets_is_what_a_sniffer_sees(name: str, off: list[str]) -> None:
    lo = lo_up(off=off)
    with sniff(lo) as frames, watching(watch_packets()):
        trace = SENDS[name](lo)
    seen = packets(trace, "xmit_one")
    assert [(p.head, p.len) for p in seen] == [(f[:HEAD_BYTES], len(f)) for f in frames]
    assert all(p.data == p.start == p.mac_header for p in seen)


START = ("len", "protocol", "ip_summed", "gso_size", "gso_segs")


@every_send
@pytest.mark.parametrize("off", [[], ["tx-udp-segmentation"]])
def test_fields_are_those_of_the_tracepoints(name: str, off: list[str]) -> None:
    trace = watched(name, off=off)
    events = [r for r in trace if isinstance(r, Event)]
    starts = [e.fields for e in events if e.name == "net_dev_start_xmit"]
    seen = packets(trace, "xmit_one")
    assert starts
    assert [{f: getattr(p, f) for f in START} for p in seen] == [
        {f: fields[f] for f in START} for fields in starts
    ]
    # The tracepoint's field has 16 bits.
    assert [p.gso_type & 0xFFFF for p in seen] == [fields["gso_type"] for fields in starts]
    for call, event in (
        ("__dev_queue_xmit", "net_dev_queue"),
        ("__netif_receive_skb", "netif_receive_skb"),
    ):
        lengths = [e.fields["len"] for e in events if e.name == event]
        assert [p.len for p in packets(trace, call)] == lengths


def test_the_driver_takes_the_packet_from_its_socket_and_its_header_off() -> None:
    trace = watched("riddle")
    (before,), (after,) = (packets(trace, "loopback_xmit", returned) for returned in (False, True))
    assert (before.owned, after.owned) == (True, False)
    (before,), (after,) = (packets(trace, "eth_type_trans", returned) for returned in (False, True))
    assert (before.len, after.len) == (4042, 4028)
    assert after.data - before.data == 14
    # The bytes are still there: what is kept begins at the outermost header.
    assert after.head == before.head and after.start == before.start
    assert before.dev == "lo" and before.dst == "rtable, dev lo"


def test_every_call_has_a_moment_at_its_entry_and_one_at_its_return() -> None:
    trace = watched("riddle")
    entered = [m.call for m in trace.moments if not m.returned]
    assert [call.name for call in entered] == trace.functions()
    stack = []
    for moment in trace.moments:
        if moment.returned:
            assert stack.pop() is moment.call
        else:
            stack.append(moment.call)
    assert stack == []


def test_pieces_are_packets_of_their_own() -> None:
    trace = watched("riddle", off=["tx-udp-segmentation"])
    assert [p.number for p in packets(trace, "xmit_one")] == [2, 3, 4]
    assert [p.number for p in packets(trace, "__netif_receive_skb")] == [2, 3, 4]
    (cut,) = packets(trace, "validate_xmit_skb", returned=True)
    assert (cut.number, cut.len) == (2, 1442)


def test_an_id_that_is_used_again_is_not_the_same_packet() -> None:
    watch = watch_packets()
    numbers = [watch((SkBuff(bytearray(64), 16),)).number for _ in range(50)]
    assert numbers == list(range(1, 51))


def test_a_trace_without_packets_has_no_moments() -> None:
    lo = lo_up()
    assert send(lo, 100).moments == []
    with lo.machine.trace(calls=False, packets=True) as trace:
        Player.of(lo).step({"do": "udp", "family": "inet", "payload": 1, "gso_size": None})
    assert trace.moments == [] and trace.watch is None


def test_the_ordinary_recorder_is_back_when_nobody_watches() -> None:
    """The same function objects, so an ordinary trace costs what it cost."""
    name = "_probe_xmit_one"
    plain, ordinary = xmit_one.__code__, xmit_one.__globals__[name]
    lo = lo_up()
    with lo.machine.trace():
        assert xmit_one.__globals__[name] is ordinary
    with lo.machine.trace(packets=True):
        assert xmit_one.__globals__[name] is not ordinary
    assert xmit_one.__globals__[name] is ordinary
    assert xmit_one.__code__ is plain


def test_an_exception_is_a_return() -> None:
    lo = lo_up()
    with lo.machine.trace(packets=True) as trace, pytest.raises(OSError):
        send(lo, 4000, gso_size=1490)
    assert tracing.current() is None
    *_, last = (m for m in trace.moments if m.call.name == "udp_sendmsg")
    assert last.returned and isinstance(last.call.result, OSError)


def test_a_nested_trace_is_watched_and_its_moments_are_the_outer_ones_too() -> None:
    lo = lo_up()
    with lo.machine.trace(packets=True) as outer:
        inner = send(lo, 100)
    start = [m.call.name for m in outer.moments].index("sendto")
    for mine, theirs in zip(inner.moments, outer.moments[start:], strict=False):
        assert (mine.packet, mine.returned) == (theirs.packet, theirs.returned)
        assert mine.call.name == theirs.call.name
    assert any(m.packet for m in inner.moments)
    calls = {id(record) for record in outer}
    assert all(id(m.call) in calls for m in outer.moments)


def test_watching_ends() -> None:
    with watching(watch_packets()):
        trace = send(lo_up(), 1)
    assert trace.moments and trace.watch is None
    assert not send(lo_up(), 1).moments


def test_another_machines_trace_watches_only_if_it_was_asked() -> None:
    one, two = lo_up(), lo_up()
    with one.machine.trace(packets=True), two.machine.trace() as second:
        send(two, 1)
    assert "loopback_xmit" in second.functions() and second.moments == []


def test_watching_changes_nothing() -> None:
    steps = [
        {"do": "link", "up": True},
        {"do": "link", "mtu": 1500},
        {"do": "udp", "family": "inet", "payload": 4000, "gso_size": 1400},
        {"do": "udp", "family": "inet6", "payload": 4000, "gso_size": None},
        {"do": "features", "set": {"tx-udp-segmentation": False}},
        {"do": "udp", "family": "inet", "payload": 4000, "gso_size": 1400},
        {"do": "udp", "family": "inet", "payload": 1, "gso_size": None, "listening": False},
    ]
    one, two = Player(), Player()
    expected = [one.step(step) for step in steps]
    with two.machine.trace(packets=True) as trace:
        assert [two.step(step) for step in steps] == expected
    assert trace.moments


def test_nothing_is_kept_but_plain_data() -> None:
    plain = (int, str, bytes, bool, type(None))
    for moment, slot in itertools.product(watched("riddle").moments, Packet.__slots__):
        assert moment.packet is None or isinstance(getattr(moment.packet, slot), plain)


def test_headers_that_are_not_set() -> None:
    skb = SkBuff(bytearray(100), 30)
    skb.tail = 40
    seen = snapshot(skb)
    assert (seen.mac_header, seen.network_header, seen.transport_header) == (None, None, None)
    assert (seen.start, len(seen.head), seen.dev, seen.dst) == (30, 10, "", "")
    assert skb.mac_header == NOT_SET


def test_which_packet_a_call_is_about() -> None:
    one, two = SkBuff(bytearray(9), 0), SkBuff(bytearray(9), 0)
    assert packet_of((None, 5, one, two)) is one
    assert packet_of(([two, one], one)) is two
    assert packet_of(([], 0, "lo")) is None
