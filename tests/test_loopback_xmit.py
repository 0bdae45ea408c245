"""What loopback_xmit does to a packet that counters and events do not show, in the model and in
the running kernel.

Red, each by itself, without skb_orphan in loopback_xmit, without ``skb.tstamp = 0``, with 0x18 for
what can be timestamped, and when icmp_unreach took codes above NR_ICMP_UNREACH.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.datagrams import AF_INET, SOCK_RAW, Host, ones_complement

from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.kernel.softirq import local_bh_disable, local_bh_enable
from lomodel.linux.net.core.dev import dev_queue_xmit
from lomodel.linux.net.core.skbuff import alloc_skb, skb_put
from lomodel.linux.net.ethernet.eth import eth_header
from lomodel.linux.net.socket import connect, sendto, setsockopt

UNKNOWN = 0x88B5
REAL_LO = Path(__file__).parent / "support/real_lo.py"


@pytest.fixture(scope="module")
def real() -> dict[str, Any]:
    """What the running kernel answers."""
    command = ["unshare", "-rn", sys.executable, "-S", str(REAL_LO)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no namespace to look into: {error}")
    return json.loads(run.stdout)


def heard_by_a_stranger(host: Host) -> list[SkBuff]:
    """What arrives at a protocol that takes packets as they come."""
    held: list[SkBuff] = []
    host.machine.ptype_base[UNKNOWN] = [lambda skb, dev: held.append(skb)]
    return held


def packet(host: Host) -> SkBuff:
    skb = alloc_skb(14, 46)
    skb_put(skb, 46)
    skb.dev, skb.protocol = host.lo, UNKNOWN
    eth_header(skb, host.lo, UNKNOWN, bytes(6), None, 46)
    skb.network_header = skb.data + 14
    return skb


# --- skb_orphan ---------------------------------------------------------------------------------


def test_a_packet_that_waits_belongs_to_no_sender() -> None:
    """SIOCOUTQ is 0 as soon as sendto returns, and the send buffer is free for the next packet."""
    host = Host()
    host.listener()
    sender = host.socket()
    local_bh_disable(host.machine)
    for _ in range(5):
        host.send(1000, sock=sender)
    backlog = host.machine.softnet[0].input_pkt_queue
    assert len(backlog) == 5
    assert [(skb.sk, skb.destructor) for skb in backlog] == [(None, None)] * 5
    assert sender.sk.sk_wmem_alloc == 1
    local_bh_enable(host.machine)


def test_the_real_sender_is_not_charged_for_what_nobody_has_read(real: dict[str, Any]) -> None:
    assert real["charged"] == 0


def test_packets_that_wait_do_not_fill_a_send_buffer() -> None:
    """Five long echo requests, all sent before one is received, and then five replies: charged to
    their socket, 205 fragments would end in ENOBUFS."""
    host = Host(mtu=1500)
    sock = host.socket(AF_INET, SOCK_RAW, 1)
    request = b"\x08\0\xf7\xff" + bytes(60000)
    assert ones_complement(request) == 0xFFFF
    local_bh_disable(host.machine)
    for _ in range(5):
        sendto(sock, request, "127.0.0.1")
    assert len(host.frames) == 5 * 41
    local_bh_enable(host.machine)
    assert len(host.frames) == 2 * 5 * 41


# --- the sender's time --------------------------------------------------------------------------


def test_the_senders_time_does_not_arrive() -> None:
    """netif_rx stamps only what has no stamp: a time left there would pass for that of receipt."""
    host = Host()
    held = heard_by_a_stranger(host)
    skb = packet(host)
    skb.tstamp = 1_000_000_000
    dev_queue_xmit(skb)
    assert [each.tstamp for each in held] == [0]


def test_a_real_receiver_is_told_when_it_received(real: dict[str, Any]) -> None:
    """The sender's own time (SO_TXTIME, CLOCK_REALTIME) lay a thousand seconds back."""
    assert 0 <= real["age"] < 100


def test_what_can_be_timestamped() -> None:
    """`ethtool -T lo`: software-transmit, software-receive, software-system-clock."""
    lo = Host().lo
    assert lo.ethtool_ops.get_ts_info(lo) == {"so_timestamping": 0x1A, "phc_index": -1}


def test_what_can_be_timestamped_on_a_real_lo(real: dict[str, Any]) -> None:
    assert real["ts_info"] == [0x1A, -1]


# --- which ICMP errors count --------------------------------------------------------------------


def heard(code: int) -> int:
    """The errno that a socket of the model gets; 0 for none."""
    host = Host()
    sender = host.socket()
    setsockopt(sender, 0, 11, 1)  # IP_RECVERR: all errors, not the fatal ones alone
    connect(sender, "127.0.0.1", 7000)
    quoted = bytes.fromhex("4500001c 00010000 40110000 7f000001 7f000001")
    quoted += sender.sk.inet_num.to_bytes(2, "big") + (7000).to_bytes(2, "big") + b"\0\x08\0\0"
    header = bytes([3, code, 0, 0, 0, 0, 0, 0])
    total = ~ones_complement(header + quoted) & 0xFFFF
    message = header[:2] + total.to_bytes(2, "big") + header[4:] + quoted
    sendto(host.socket(AF_INET, SOCK_RAW, 1), message, "127.0.0.1")
    return sender.sk.sk_err


CODES = {3: 111, 15: 113, 16: 0, 255: 0}
"""Errno by code: ECONNREFUSED, EHOSTUNREACH, and none."""


def test_codes_above_the_last_one_are_nobodys_errors() -> None:
    assert {code: heard(code) for code in CODES} == CODES


def test_the_real_codes(real: dict[str, Any]) -> None:
    assert {int(code): errno for code, errno in real["heard"].items()} == CODES
