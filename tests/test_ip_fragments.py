"""Fragments: their lengths and bytes, the order of events, and how packets are put together again.

Each test says which change of the code turned it red.
"""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.datagrams import (
    AF_INET,
    AF_INET6,
    LOCALHOST,
    SOCK_RAW,
    Host,
    errno_of,
    ones_complement,
    read_all,
    transport_sum,
)

from lomodel.linux.include.linux.skbuff import CHECKSUM_PARTIAL, SkBuff
from lomodel.linux.net.core.skbuff import alloc_skb, skb_copy, skb_put
from lomodel.linux.net.ipv4.ip_input import ip_rcv
from lomodel.linux.net.ipv4.ip_output import ip_finish_output2
from lomodel.linux.net.ipv4.ip_output_fragment import ip_do_fragment
from lomodel.linux.net.socket import sendto, setsockopt

FAMILIES = pytest.mark.parametrize("family", [AF_INET, AF_INET6])
IP_MTU_DISCOVER, IPV6_MTU_DISCOVER = (0, 10), (41, 23)


def reassemble(frames: list[bytes]) -> bytes:
    """The frame that IPv4 or IPv6 fragments came from, put together by the books (RFC 791,
    8200)."""
    parts, last = {}, 0
    for frame in frames:
        network = frame[14:]
        if network[0] >> 4 == 4:
            field = struct.unpack("!H", network[6:8])[0]
            offset, more, body = (field & 0x1FFF) * 8, field & 0x2000, network[20:]
        else:
            field = struct.unpack("!H", network[42:44])[0]
            offset, more, body = field & ~7, field & 1, network[48:]
        assert not more or len(body) % 8 == 0
        parts[offset] = body
        last = max(last, offset + len(body)) if not more else last
    body = b"".join(parts[offset] for offset in sorted(parts))
    assert len(body) == last
    first = frames[0]
    if first[14] >> 4 == 4:
        return first[:34] + body
    return first[:20] + bytes([first[54]]) + first[21:54] + body


@FAMILIES
@given(data=st.data())
@settings(deadline=None)
def test_fragments_make_up_the_packet_and_its_sum_is_right(family, data):
    # Red when the sum was left to the device, and when every fragment took a new id.
    mtu = data.draw(st.integers(68 if family == AF_INET else 1280, 3000))
    payload = data.draw(st.integers(mtu - 27, 20000))
    host = Host(mtu=mtu)
    listener = host.listener(family)
    sent = bytes(i * 7 & 0xFF for i in range(payload))
    host.send(sent, family)
    assert len(host.frames) > 1
    assert all(len(frame) - 14 <= mtu for frame in host.frames)
    assert transport_sum(reassemble(host.frames)) == 0xFFFF
    identification = slice(18, 20) if family == AF_INET else slice(58, 62)
    assert len({frame[identification] for frame in host.frames}) == 1
    if family == AF_INET:
        assert all(ones_complement(frame[14:34]) == 0xFFFF for frame in host.frames)
    assert read_all(listener) == [sent]


@FAMILIES
@pytest.mark.parametrize("mtu", [1283, 1500, 20003, 65533])
def test_what_was_appended_needs_no_copying_to_become_fragments(family, mtu):
    # Red when ip_alloc_new_skb, or for buffers of pages _append_rest, did not round to 8 bytes.
    host = Host(mtu=mtu)
    with host.machine.trace() as trace:
        host.send(65507, family)
    ready = [d.answer for d in trace.decisions() if "frag_list" in d.question]
    assert ready == [True]


@FAMILIES
@pytest.mark.parametrize("more", [0, 1])
def test_one_byte_too_many(family, more):
    # Red when ip_finish_output compared with >= : the sum was then computed, as for fragments.
    host = Host(mtu=1500)
    host.listener(family)
    host.send(b"\1" * (1500 - (28 if family == AF_INET else 48) + more), family)
    assert len(host.frames) == 1 + more
    whole = reassemble(host.frames) if more else host.frames[0]
    assert (transport_sum(whole) == 0xFFFF) == bool(more)


@FAMILIES
@pytest.mark.parametrize(("mode", "expected"), [(0, None), (1, None), (2, "EMSGSIZE")])
def test_only_pmtudisc_do_forbids_fragments(family, mode, expected):
    # Red when __ip_append_data let everything pass: ip_fragment then refuses with an ICMP error.
    host = Host(mtu=1500)
    sender = host.socket(family)
    setsockopt(sender, *(IP_MTU_DISCOVER if family == AF_INET else IPV6_MTU_DISCOVER), mode)
    assert errno_of(host.send, 3000, family, sender) == expected
    assert bool(host.frames) == (expected is None)


@pytest.mark.parametrize(("mode", "df"), [(0, 0), (1, 0x40), (2, 0x40)])
def test_df_says_that_the_sender_wants_to_know_the_mtu(mode, df):
    # Red when __ip_make_skb set DF in every mode.
    host = Host()
    sender = host.socket()
    setsockopt(sender, *IP_MTU_DISCOVER, mode)
    host.send(10, sock=sender)
    assert host.frames[0][20] & 0x40 == df


def test_a_fragment_is_received_before_the_next_is_sent():
    # Red when local_bh_enable ran no softirq.
    host = Host(mtu=1500)
    host.listener()
    with host.machine.trace(calls=False) as trace:
        host.send(3000)
    names = [name for name, _ in trace.events()]
    assert names.count("net_dev_queue") == 3
    sequence = [n for n in names if n in ("net_dev_queue", "netif_receive_skb")]
    assert sequence == ["net_dev_queue", "netif_receive_skb"] * 3


@FAMILIES
def test_the_fragments_of_an_answer_are_received_after_all_of_them_were_sent(family):
    # Red when enqueue_to_backlog received the packet at once.
    host = Host(mtu=1500)
    sock = host.socket(family, SOCK_RAW, 1 if family == AF_INET else 58)
    kind = b"\x08\0\xf7\xfd" if family == AF_INET else b"\x80\0\0\0"
    with host.machine.trace(calls=False) as trace:
        sendto(sock, kind + b"\0\1\0\1" + bytes(3000), LOCALHOST[family])
    events = [n for n, _ in trace.events() if n in ("net_dev_queue", "netif_receive_skb")]
    assert events[-6:] == ["net_dev_queue"] * 3 + ["netif_receive_skb"] * 3


def test_the_512th_small_fragment_is_the_last_that_a_socket_may_hold():
    # Red with sk_wmem_alloc starting at 0, and with 512-byte heads instead of 576.
    host = Host(mtu=68)
    listener, sender = host.listener(), host.socket()
    assert errno_of(host.send, 512 * 48 - 8, AF_INET, sender) is None
    assert errno_of(host.send, 512 * 48 - 7, AF_INET, sender) == "ENOBUFS"
    assert [len(data) for data in read_all(listener)] == [512 * 48 - 8]
    assert sender.sk.sk_wmem_alloc == 1


def whole_packet(host: Host, payload: int) -> SkBuff:
    """An IPv4 packet in one buffer, longer than the MTU, as nobody here builds it: no frag_list."""
    skb = alloc_skb(64, 20 + payload)
    skb_put(skb, 20 + payload)
    source = bytes([127, 0, 0, 1])
    skb.head[64:84] = struct.pack("!BBHHHBBH", 0x45, 0, 20 + payload, 77, 0, 64, 17, 0) + source * 2
    pseudo = ones_complement(source * 2 + struct.pack("!HH", 17, payload))
    skb.head[84:92] = struct.pack("!HHHH", 1, 7000, payload, pseudo)
    skb.network_header, skb.transport_header = 64, 84
    skb.csum_start, skb.csum_offset, skb.ip_summed = 84, 6, CHECKSUM_PARTIAL
    host.send(1)
    skb.dst = host.net.ipv4.fib_main.found[0x7F000001].nhc_rth_output
    skb.dev, skb.protocol = host.lo, 0x0800
    host.frames.clear()
    return skb


def test_a_packet_in_one_buffer_is_copied_into_fragments():
    # Red when _slow_path did not advance its offset.
    host = Host(mtu=500)
    assert ip_do_fragment(host.net, None, whole_packet(host, 1200), ip_finish_output2) == 0
    assert [len(frame) - 14 for frame in host.frames[:3]] == [500, 500, 260]
    assert len(reassemble(host.frames[:3])) == 14 + 20 + 1200


def caught_fragments(host: Host, payload: int) -> list[SkBuff]:
    """The fragments of a packet, taken off the wire before IPv4 received them."""
    skb = whole_packet(host, payload)
    held: list[SkBuff] = []
    handlers, host.machine.ptype_base[0x0800] = (
        host.machine.ptype_base[0x0800],
        [lambda skb, dev: held.append(skb)],
    )
    ip_do_fragment(host.net, None, skb, ip_finish_output2)
    host.machine.ptype_base[0x0800] = handlers
    return held


def set_frag_off(skb: SkBuff, value: int) -> None:
    skb.head[skb.data + 6 : skb.data + 8] = value.to_bytes(2, "big")
    skb.head[skb.data + 10 : skb.data + 12] = b"\0\0"
    total = ~ones_complement(bytes(skb.head[skb.data : skb.data + 20])) & 0xFFFF
    skb.head[skb.data + 10 : skb.data + 12] = total.to_bytes(2, "big")


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 1, 0, 2)])
def test_fragments_may_come_in_any_order_and_more_than_once(order):
    # Red when inet_frag_queue_insert appended without sorting.
    host = Host(mtu=500)
    held = caught_fragments(host, 1200)
    first = bytes(held[0].linear())
    copies = [held[n] if n not in order[:i] else skb_copy(held[n]) for i, n in enumerate(order)]
    for fragment in copies:
        ip_rcv(fragment, host.lo)
    # Nobody listens: what came together is quoted in an error.
    assert len(host.frames) == 4
    assert host.frames[-1][42 + 20 : 42 + 28] == first[20:28]
    assert host.net.ipv4.fqdir.mem == 0


@pytest.mark.parametrize("frag_off", [59 | 0x2000, 300])
def test_fragments_that_overlap_or_contradict_are_thrown_away(frag_off):
    # Red when inet_frag_queue_insert let fragments overlap, and without inet_frag_queue_bounds.
    host = Host(mtu=500)
    held = caught_fragments(host, 1200)
    set_frag_off(held[1], frag_off)
    for fragment in (held[0], held[2], held[1]):
        ip_rcv(fragment, host.lo)
    assert len(host.frames) == 3
    assert not host.net.ipv4.fqdir.queues and host.net.ipv4.fqdir.mem == 0


def test_without_memory_no_packet_is_begun():
    # Red when inet_frag_find ignored high_thresh.
    host = Host(mtu=1500)
    listener = host.listener()
    host.net.ipv4.fqdir.high_thresh = -1
    host.send(3000)
    assert read_all(listener) == []
