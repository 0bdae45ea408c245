"""Datagrams: their bytes, the limits of UDP_SEGMENT, who hears of an error, who is dropped.

Each test says which change of the code turned it red.
"""

from __future__ import annotations

import errno
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.datagrams import (
    AF_INET,
    AF_INET6,
    PORT,
    SOCK_RAW,
    Host,
    errno_of,
    ones_complement,
    read_all,
    transport_sum,
)

from lomodel.linux.net.core.dev_ioctl import set_address, set_mtu, set_up
from lomodel.linux.net.core.skbuff import skb_pull
from lomodel.linux.net.ipv4.ip_output import ip_finish_output_gso
from lomodel.linux.net.ipv4.udp_receive import udp_queue_rcv_skb
from lomodel.linux.net.ipv6.ip6_output import ip6_finish_output_gso
from lomodel.linux.net.socket import bind, close, connect, recv, sendto, setsockopt

FAMILIES = pytest.mark.parametrize("family", [AF_INET, AF_INET6])
SOL_UDP, UDP_SEGMENT, UDP_GRO = 17, 103, 104
SOL_SOCKET, SO_RCVBUF = 1, 8


@FAMILIES
@given(payload=st.binary(max_size=2000))
@settings(deadline=None)
def test_what_is_sent_is_what_is_received(family, payload):
    # Red when ip_alloc_new_skb copied the payload from offset 1.
    host = Host()
    listener = host.listener(family)
    assert host.send(payload, family) == len(payload)
    assert read_all(listener) == [payload]


def test_headers_of_a_datagram():
    # Red without ip_send_check, and with the port written in the wrong order.
    host = Host()
    host.send(b"abc", sock=(sock := host.socket()))
    ethernet, ip, udp = host.frames[0][:14], host.frames[0][14:34], host.frames[0][34:]
    assert ethernet == bytes(12) + b"\x08\0"
    assert ones_complement(ip) == 0xFFFF
    assert struct.unpack("!BBHHHBB", ip[:10]) == (0x45, 0, 31, 0, 0x4000, 64, 17)
    assert struct.unpack("!HHH", udp[:6]) == (sock.sk.inet_num, PORT, 11)
    assert udp[8:] == b"abc"


@FAMILIES
def test_the_device_is_left_to_sum_what_is_whole(family):
    # Red when ip_make_skb never chose CHECKSUM_PARTIAL.
    host = Host()
    host.send(b"odd", family)
    checked = transport_sum(host.frames[0])
    assert checked != 0xFFFF
    field = host.frames[0][-11 + 6 : -11 + 8]
    assert field != b"\0\0"


@given(sizes=st.lists(st.integers(0, 9000), min_size=1, max_size=4), gso=st.integers(100, 1472))
@settings(max_examples=40, deadline=None)
def test_segments_carry_the_payload_in_order_and_ids_that_count_up(sizes, gso):
    # Red when _correct_header of af_inet gave every segment the same id, and when
    # __udp_gso_segment did not charge the sender for the segments.
    host = Host(mtu=1500)
    host.lo.features &= ~host.machine.netif_f.GSO_UDP_L4
    listener, sender = host.listener(), host.socket()
    setsockopt(sender, SOL_UDP, UDP_SEGMENT, gso)
    for size in sizes:
        host.frames.clear()
        data = bytes(i & 0xFF for i in range(size))
        host.send(data, sock=sender)
        assert b"".join(received := read_all(listener)) == data
        assert len(received) == max(1, -(-size // gso))
        ids = [int.from_bytes(frame[18:20], "big") for frame in host.frames]
        assert [b - a for a, b in zip(ids, ids[1:], strict=False)] == [1] * (len(ids) - 1)
        assert sender.sk.sk_wmem_alloc == 1


@pytest.mark.parametrize(
    ("release", "payload", "gso", "expected"),
    [
        ("6.18", 1472, 1472, None),
        ("6.18", 2000, 1473, "EMSGSIZE"),
        ("6.18", 1000, 9000, None),
        ("5.14", 2000, 1473, "EINVAL"),
        ("5.14", 1000, 9000, "EINVAL"),
        ("6.18", 1280, 10, None),
        ("6.18", 1281, 10, "EINVAL"),
        ("5.14", 612, 10, None),
        ("5.14", 613, 10, "EINVAL"),
        ("6.1", 1281, 10, "EINVAL"),
        ("6.18", 65508, 1400, "EMSGSIZE"),
        ("6.18", 65536, 1400, "EMSGSIZE"),
    ],
)
def test_limits_of_udp_segment(release, payload, gso, expected):
    # Red when udp_gso_check compared gso_size alone in 6.18, and with 64 for 128 segments. In 5.14
    # skb->len, IP and UDP header included, is compared with 64 segments.
    host = Host(release, mtu=1500)
    sender = host.socket()
    setsockopt(sender, SOL_UDP, UDP_SEGMENT, gso)
    assert errno_of(host.send, payload, AF_INET, sender) == expected
    assert sender.sk.sk_wmem_alloc == 1


@pytest.mark.parametrize("value", [-1, 65536])
def test_a_segment_size_must_fit_16_bits(value):
    # Red when udp_lib_setsockopt took any value.
    sock = Host().socket()
    assert errno_of(setsockopt, sock, SOL_UDP, UDP_SEGMENT, value) == "EINVAL"
    assert errno_of(setsockopt, sock, SOL_UDP, 999, 1) == "ENOPROTOOPT"


def test_a_receiver_with_gro_reads_in_one_piece_what_was_never_cut():
    # Red when udp_queue_rcv_skb cut for everybody.
    host = Host()
    listener, sender = host.listener(), host.socket()
    setsockopt(listener, SOL_UDP, UDP_GRO, 1)
    setsockopt(sender, SOL_UDP, UDP_SEGMENT, 1000)
    host.send(3500, sock=sender)
    assert [len(data) for data in read_all(listener)] == [3500]


@FAMILIES
def test_no_way_to_localhost(family):
    # Red when ip6_dst_lookup_flow looked at the route's error before the source address.
    down = Host()
    set_mtu(down.lo, 67)
    expected = "ENETUNREACH" if family == AF_INET else "EADDRNOTAVAIL"
    assert errno_of(down.send, 1, family) == expected
    # IPv4 asks for the length first, IPv6 for the route.
    assert errno_of(down.send, 65536, family) == ("EMSGSIZE" if family == AF_INET else expected)


def test_what_is_sent_while_lo_is_down_dies_in_noop():
    # Red when fib_sync_down_dev also killed routes of scope host.
    host = Host()
    set_up(host.lo, False)
    assert host.send(10) == 10
    assert host.packets() == 0
    assert errno_of(host.send, 10, AF_INET6) == "EADDRNOTAVAIL"


def test_only_the_first_fragment_is_tried_while_lo_is_down():
    # Red when _fraglist_output went on after an error.
    host = Host(mtu=1500)
    set_up(host.lo, False)
    sender = host.socket()
    with host.machine.trace(calls=False) as trace:
        assert host.send(4000, sock=sender) == 4000
    assert [name for name, _ in trace.events()] == ["net_dev_queue"]
    assert sender.sk.sk_wmem_alloc == 1


@FAMILIES
def test_a_refused_datagram_is_heard_of_by_a_connected_socket_at_its_next_call(family):
    # Red without sock_alloc_send_skb, and when udp_err did not ask for TCP_ESTABLISHED.
    host = Host()
    sock = host.socket(family)
    connect(sock, "127.0.0.1" if family == AF_INET else "::1", PORT)
    assert sendto(sock, b"x") == 1
    assert errno_of(sendto, sock, b"x") == "ECONNREFUSED"
    assert sendto(sock, b"x") == 1
    assert errno_of(recv, sock) == "ECONNREFUSED"
    assert recv(sock) is None
    stranger = host.socket(family)
    host.send(1, family, stranger)
    assert errno_of(host.send, 1, family, stranger) is None


@pytest.mark.parametrize(("release", "kept"), [("6.18", 2), ("6.12", 3)])
def test_a_full_receive_buffer(release, kept):
    # Red when the release did not matter, and when a dropped datagram stayed charged.
    host = Host(release)
    listener, sender = host.listener(), host.socket()
    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, 1000)
    for _ in range(5):
        host.send(10, sock=sender)
    assert len(read_all(listener)) == kept
    assert (listener.sk.sk_rmem_alloc, listener.sk.sk_drops) == (0, 5 - kept)


def test_ports():
    # Red when _conflict forgot the wildcard, and when close kept the port.
    host = Host()
    first = host.listener()
    assert errno_of(host.listener) == "EADDRINUSE"
    assert errno_of(bind, host.socket(), "127.0.0.1", PORT) == "EADDRINUSE"
    assert errno_of(bind, host.socket(), "10.0.0.1", PORT + 1) == "EADDRNOTAVAIL"
    assert errno_of(bind, host.socket(AF_INET6), "fe80::1", PORT + 1) == "EINVAL"
    close(first)
    host.listener()
    senders = [host.socket() for _ in range(3)]
    for sender in senders:
        host.send(1, sock=sender)
    assert len({sender.sk.inet_num for sender in senders}) == 3


def test_sockets_that_cannot_be():
    # Red when inet_create took any type.
    host = Host()
    assert errno_of(host.socket, 1) == "EAFNOSUPPORT"
    assert errno_of(host.socket, AF_INET, 1) == "ESOCKTNOSUPPORT"
    assert errno_of(host.socket, AF_INET, SOCK_RAW, 0) == "EPROTONOSUPPORT"
    assert errno_of(host.socket, AF_INET, 2, 1) == "EPROTONOSUPPORT"
    assert errno_of(sendto, host.socket(), b"x") == "EDESTADDRREQ"
    assert errno_of(sendto, host.socket(), b"x", "127.0.0.1", 0) == "EINVAL"
    assert errno_of(sendto, host.socket(), b"x", "127.0.0", 1) == "EINVAL"
    assert errno_of(sendto, host.socket(), b"x", "127.255.255.255", 1) == "EACCES"


def test_the_ready_header_is_used_until_the_address_changes():
    # Red when arp_netdev_event did nothing, and when neigh_hh_init filled no cache.
    host = Host()
    with host.machine.trace() as trace:
        host.send(1)
        host.send(1)
        set_address(host.lo, bytes.fromhex("020000000001"))
        host.send(1)
    heads = [name for name in trace.functions() if name in ("eth_header", "neigh_hh_output")]
    # Each send to nobody is followed by an ICMP error.
    assert heads == ["eth_header", *["neigh_hh_output"] * 3, "eth_header", "neigh_hh_output"]
    assert host.frames[-1][:12] == bytes.fromhex("020000000001") * 2


def test_ipv6_without_a_limit_sends_what_no_header_can_describe():
    # Red when ip6_mtu was limited in 6.18 too. In 6.18 the payload length is then 0, and the
    # receiver, who believes it, finds no UDP header.
    for release, expected in (("6.18", None), ("6.12", "EMSGSIZE")):
        host = Host(release, mtu=200000)
        listener, sender = host.listener(AF_INET6), host.socket(AF_INET6)
        setsockopt(sender, 41, 23, 2)
        assert errno_of(host.send, 70000, AF_INET6, sender) == expected
        assert read_all(listener) == []
        if expected is None:
            assert host.frames[0][18:20] == b"\0\0" and len(host.frames[0]) == 70062


def test_seventeen_pages_are_the_most_that_a_packet_holds():
    # Red without MAX_SKB_FRAGS.
    host = Host(mtu=1 << 30)
    sender = host.socket(AF_INET6)
    setsockopt(sender, 41, 23, 2)
    assert errno_of(host.send, 17 * 32768, AF_INET6, sender) is None
    assert errno_of(host.send, 17 * 32768 + 1, AF_INET6, sender) == "EMSGSIZE"
    assert sender.sk.sk_wmem_alloc == 1


@given(count=st.integers(1, 30))
@settings(max_examples=10, deadline=None)
def test_the_sender_is_charged_nothing_once_its_packets_are_out(count):
    # Red when _detach_members did not hand the charge to the members.
    host = Host(mtu=576)
    sender = host.socket()
    for _ in range(count):
        host.send(5000, sock=sender)
    assert sender.sk.sk_wmem_alloc == 1
    assert host.net.ipv4.fqdir.mem == 0


def received_for_many(host, family):
    """A packet that stands for three datagrams, as it was received, and that nobody can cut: its
    checksum does not start at the UDP header."""
    seen = []
    host.machine.ptype_all.append(lambda skb, dev: seen.append(skb))
    sock = host.socket(family)
    setsockopt(sock, SOL_UDP, UDP_SEGMENT, 1000)
    host.send(3000, family, sock)
    skb = seen[1]
    skb.csum_start += 2
    return skb


@FAMILIES
def test_a_receiver_drops_all_of_a_packet_that_cannot_be_cut(family):
    # Red when udp_rcv_segment let the OSError through, and when it counted one drop.
    host = Host()
    listener = host.listener(family)
    skb = received_for_many(host, family)
    read_all(listener)
    skb_pull(skb, skb.transport_header - skb.data)
    assert udp_queue_rcv_skb(listener.sk, skb) == 0
    assert listener.sk.sk_drops == 3 and not read_all(listener)


@FAMILIES
def test_a_packet_that_cannot_be_cut_to_fit_the_mtu_finds_no_memory(family):
    # Red when ip_finish_output_gso (and its IPv6 sister) let the OSError through.
    finish = {AF_INET: ip_finish_output_gso, AF_INET6: ip6_finish_output_gso}[family]
    host = Host()
    skb = received_for_many(host, family)
    assert finish(host.net, None, skb, 600) == -errno.ENOMEM
