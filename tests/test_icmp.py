"""Echo replies and errors: their bytes and lengths, what is never answered, what is limited.

Each test says which change of the code turned it red.
"""

from __future__ import annotations

import pytest
from datagrams import (
    AF_INET,
    AF_INET6,
    LOCALHOST,
    SOCK_RAW,
    Host,
    errno_of,
    ones_complement,
    transport_sum,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.uapi.linux.icmp import (
    ICMP_DEST_UNREACH,
    ICMP_ECHO,
    ICMP_FRAG_NEEDED,
    ICMP_PORT_UNREACH,
)
from lomodel.linux.net.ipv4.icmp import (
    icmp_global_allow,
    icmp_global_consume,
    icmp_send,
    icmpv4_global_allow,
)
from lomodel.linux.net.ipv4.inetpeer import inet_peer_xrlim_allow
from lomodel.linux.net.ipv4.ip_input import ip_rcv
from lomodel.linux.net.socket import recv, sendto, setsockopt

FAMILIES = pytest.mark.parametrize("family", [AF_INET, AF_INET6])


def echo_request(family: int, data: bytes) -> bytes:
    if family == AF_INET6:
        return b"\x80\0\0\0" + b"\x12\x34\0\1" + data
    message = b"\x08\0\0\0" + b"\x12\x34\0\1" + data
    total = ~ones_complement(message) & 0xFFFF
    return message[:2] + total.to_bytes(2, "big") + message[4:]


def ping(host: Host, family: int, data: bytes):
    sock = host.socket(family, SOCK_RAW, 1 if family == AF_INET else 58)
    sendto(sock, echo_request(family, data), LOCALHOST[family])
    return sock


@FAMILIES
@given(data=st.binary(max_size=300))
@settings(deadline=None)
def test_an_echo_has_the_same_data_and_a_sum_of_its_own(family, data):
    # Red when icmp_push_reply left the checksum out, and when rawv6 did.
    host = Host()
    sock = ping(host, family, data)
    request, reply = host.frames
    start = 34 if family == AF_INET else 54
    assert reply[start] == (0 if family == AF_INET else 129)
    assert reply[start + 4 :] == request[start + 4 :]
    if family == AF_INET6:
        assert transport_sum(request) == transport_sum(reply) == 0xFFFF
    else:
        assert ones_complement(request[34:]) == ones_complement(reply[34:]) == 0xFFFF
    # The raw socket hears both, as both come in over lo.
    assert recv(sock)[-len(data) - 4 :] == recv(sock)[-len(data) - 4 :]
    assert recv(sock) is None


def test_a_wrong_sum_gets_no_answer():
    # Red when icmp_rcv did not check.
    host = Host()
    sock = host.socket(AF_INET, SOCK_RAW, 1)
    sendto(sock, b"\x08\0\1\2" + bytes(4), "127.0.0.1")
    assert len(host.frames) == 1


@pytest.mark.parametrize(("payload", "quoted"), [(0, 28), (100, 128), (520, 548), (2000, 548)])
def test_how_much_an_error_quotes(payload, quoted):
    # Red with 1280 for 576.
    host = Host()
    host.send(bytes(range(256)) * 8 if payload == 2000 else payload)
    datagram, error = host.frames
    assert error[34:36] == bytes([ICMP_DEST_UNREACH, ICMP_PORT_UNREACH])
    assert error[42:] == datagram[14 : 14 + quoted]
    assert error[15] == 0xC0 and ones_complement(error[34:]) == 0xFFFF


@pytest.mark.parametrize(("payload", "reply"), [(0, 96), (100, 196), (1184, 1280), (5000, 1280)])
def test_how_much_an_icmpv6_error_quotes(payload, reply):
    # Red with 576 for 1280.
    host = Host()
    host.send(payload, AF_INET6)
    error = host.frames[1]
    assert len(error) - 14 == reply
    assert error[54:56] == b"\1\4" and transport_sum(error) == 0xFFFF


def test_an_error_is_never_longer_than_the_mtu():
    # Red when _quote counted with 576 bytes whatever the MTU: two fragments were sent then.
    host = Host(mtu=68)
    host.send(30)
    assert [len(frame) - 14 for frame in host.frames] == [58, 68]


def test_errors_are_not_answered_with_errors():
    # Red when _may_send_error did not look at the inner type.
    host = Host()
    held: list[SkBuff] = []
    host.machine.ptype_base[0x0800] = [lambda skb, dev: held.append(skb)]
    host.send(1)
    ip_rcv(held[0], host.lo)
    ping(host, AF_INET, b"")
    assert [skb.head[skb.data + 20] for skb in held[1:]] == [ICMP_DEST_UNREACH, ICMP_ECHO]
    for skb, answers in ((held[1], 0), (held[2], 1)):
        host.frames.clear()
        skb.network_header = skb.data
        icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0)
        assert len(host.frames) == answers


def test_a_protocol_that_nobody_serves():
    # Red when ip_local_deliver_finish was silent about it.
    host = Host()
    sendto(host.socket(AF_INET, SOCK_RAW, 200), b"12345678", "127.0.0.1")
    # The raw socket itself serves it; another protocol's packet nobody does.
    assert len(host.frames) == 1
    host.net.ipv4.raw_hash.clear()
    sendto(host.socket(AF_INET, SOCK_RAW, 201), b"12345678", "127.0.0.1")
    host.net.ipv4.raw_hash.clear()
    sock = host.socket(AF_INET, SOCK_RAW, 202)
    host.net.ipv4.raw_hash.clear()
    host.frames.clear()
    sendto(sock, b"12345678", "127.0.0.1")
    assert [frame[34:36] for frame in host.frames[1:]] == [b"\3\2"]


@FAMILIES
def test_a_thousand_errors_over_lo_are_all_sent(family):
    # Red when __icmp_send asked icmpv4_global_allow for loopback devices too.
    host = Host()
    sender = host.socket(family)
    for _ in range(1000):
        host.send(1, family, sender)
    assert host.packets() == 2000


def test_the_bucket_of_the_namespace():
    # Red when icmp_global_allow refilled without looking at the clock.
    host = Host()
    net = host.net
    for _ in range(50):
        assert icmp_global_allow(net)
        icmp_global_consume(net)
    assert not icmp_global_allow(net)
    host.machine.advance(19)
    assert not icmp_global_allow(net)
    host.machine.advance(1)
    assert icmp_global_allow(net)
    assert net.ipv4.icmp_global_credit == 20
    # Fragmentation needed, and echo replies, are not in the mask: no token is asked for.
    net.ipv4.icmp_global_credit = 0
    net.ipv4.icmp_global_stamp = host.machine.jiffies
    assert icmpv4_global_allow(net, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED) == (True, False)
    assert icmpv4_global_allow(net, 0, 0) == (True, False)
    assert icmpv4_global_allow(net, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH) == (False, False)


def test_the_bucket_of_a_destination():
    # Red when the first message found an empty bucket, and with seven tokens for six.
    host = Host()
    answers = [inet_peer_xrlim_allow(host.net, 1, 1000) for _ in range(7)]
    assert answers == [True] * 6 + [False]
    host.machine.advance(1000)
    assert inet_peer_xrlim_allow(host.net, 1, 1000)
    assert inet_peer_xrlim_allow(host.net, 2, 1000)


def test_the_kernels_own_socket_holds_318_small_fragments():
    # Red when icmp_sk had the default send buffer: longer requests were answered then.
    host = Host(mtu=68)
    ping(host, AF_INET, bytes(318 * 48 - 8))
    assert len(host.frames) == 636
    host.frames.clear()
    ping(host, AF_INET, bytes(318 * 48 - 7))
    assert len(host.frames) == 319
    assert host.net.ipv4.icmp_sk.sk_wmem_alloc == 1


@FAMILIES
def test_how_long_a_ping_may_be(family):
    # Red with 65535 for the whole IPv6 packet.
    host = Host()
    longest = 65535 - (28 if family == AF_INET else 8)
    ping(host, family, bytes(longest))
    assert errno_of(ping, host, family, bytes(longest + 1)) == "EMSGSIZE"


def test_raw_ipv6_needs_room_for_the_sum_that_the_kernel_writes():
    # Red when rawv6_push_pending_frames did not look.
    host = Host()
    sock = host.socket(AF_INET6, SOCK_RAW, 58)
    assert errno_of(sendto, sock, b"\x80\0\0", "::1") == "EINVAL"
    assert sock.sk.sk_wmem_alloc == 1


def test_options_of_raw_sockets():
    # Red when raw_setsockopt did not ask for the level.
    sock = Host().socket(AF_INET, SOCK_RAW, 1)
    assert errno_of(setsockopt, sock, 17, 10, 5) == "ENOPROTOOPT"
    assert errno_of(setsockopt, sock, 0, 10, 6) == "EINVAL"
    assert errno_of(setsockopt, sock, 0, 10, 5) is None
