"""What tools and files print: the model's text beside this machine's, letter by letter.

Seen red: a column of `ip -s` one sign narrower; /proc/net/snmp without IcmpMsg; the line of
Udp6IgnoredMulti left out; ss's `d` as the drops of lo; and what stands in tests/mutations/printed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from lomodel import printed
from lomodel.desk import lo_up, new_lo
from lomodel.linux.net.core.dev_ioctl import set_up
from lomodel.sockets import sockets_of, tried

SENT = """
import {module}
def send(socket, tried):
    a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    a.bind(("127.0.0.1", 7000))
    b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    b.bind(("127.0.0.1", 7001))
    for _ in range(300):
        b.sendto(bytes(1000), ("127.0.0.1", 7000))
    b.connect(("127.0.0.1", 9))
    for _ in range(4):
        tried(b.send, b"x")
    c = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    c.bind(("::", 7002))
    c.connect(("::1", 9))
    for _ in range(3):
        tried(c.send, b"x")
    d = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    d.bind(("::", 7003))
    return a, b, c, d
"""
"""A program for both: a full buffer, refused datagrams of both families, four sockets."""

REAL = (
    SENT.format(module="socket")
    + """
import json, subprocess, sys
def tried(call, *arguments):
    try:
        return call(*arguments)
    except OSError:
        return None
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
kept = send(socket, tried)
def printed(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
print(json.dumps([printed(command) for command in json.loads(sys.argv[1])]))
"""
)
COMMANDS = {
    "ip_link": ["ip", "-s", "link", "show", "lo"],
    "addresses_brief": ["ip", "-br", "address", "show", "lo"],
    "proc_net_dev": ["cat", "/proc/net/dev"],
    "snmp": ["cat", "/proc/net/snmp"],
    "snmp6": ["cat", "/proc/net/snmp6"],
    "softnet_stat": ["cat", "/proc/net/softnet_stat"],
    "ss": ["ss", "-uamnH"],
}


@pytest.fixture(scope="module")
def real() -> dict[str, str]:
    """What this machine's tools print after the program ran in a namespace of its own."""
    if not (shutil.which("ip") and shutil.which("ss")):
        pytest.skip("no ip or no ss (iproute2) on this machine")
    command = ["unshare", "-rn", sys.executable, "-c", REAL, json.dumps(list(COMMANDS.values()))]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no namespace of one's own: {done.stderr.strip().splitlines()[-1]}")
    return dict(zip(COMMANDS, json.loads(done.stdout), strict=True))


@pytest.fixture(scope="module")
def model() -> dict[str, str]:
    lo = new_lo("6.18")
    set_up(lo, True)
    space: dict = {}
    exec(SENT.format(module="sys"), space)
    kept = space["send"](sockets_of(lo), tried)
    assert len(kept) == 4
    return {name: getattr(printed, name)(lo) for name in COMMANDS}


def test_the_devices_lines(real: dict[str, str], model: dict[str, str]) -> None:
    assert model["ip_link"] + "\n" == real["ip_link"]
    assert model["addresses_brief"] + "\n" == real["addresses_brief"]
    assert model["proc_net_dev"] + "\n" == real["proc_net_dev"]


GROUPS = (
    "Mcast",
    "MLDv2",
    "GroupMemb",
    "Icmp6Out",
    "RouterSolicits",
    "Ip6Out",
    "Octets",
    "ECTPkts",
)
"""Lines that group reports change, at moments of their own, or that the model has not."""


def test_snmp(real: dict[str, str], model: dict[str, str]) -> None:
    assert model["snmp"] + "\n" == real["snmp"]


def test_snmp6(real: dict[str, str], model: dict[str, str]) -> None:
    ours, theirs = model["snmp6"].splitlines(), real["snmp6"].splitlines()
    assert [line.split()[0] for line in ours] == [line.split()[0] for line in theirs]

    def kept(lines: list[str]) -> list[str]:
        return [line for line in lines if not any(name in line for name in GROUPS)]

    assert kept(ours) == kept(theirs) and len(kept(ours)) > 40


def test_sockets(real: dict[str, str], model: dict[str, str]) -> None:
    ours, theirs = ([line.rstrip() for line in each["ss"].splitlines()] for each in (model, real))
    assert len(ours) == 8
    assert sorted(ours[::2]) == sorted(theirs[::2])
    assert "d208" in " ".join(ours)
    full = [line for line in theirs if "r211968" in line and "skmem" in line]
    assert [line for line in ours if "r211968" in line and "skmem" in line] == full


def test_softnet_stat_has_a_line_for_each_cpu(real: dict[str, str], model: dict[str, str]) -> None:
    for line in real["softnet_stat"].splitlines()[:1]:
        assert len(model["softnet_stat"].splitlines()) == 2, "the model's machine has two CPUs"
        ours = model["softnet_stat"].splitlines()[0]
        assert [len(column) for column in ours.split()] == [len(c) for c in line.split()]


SS = """\
UNCONN 211968 0      127.0.0.1:7000   0.0.0.0:*
ESTAB  0      0      127.0.0.1:7001 127.0.0.1:9
ESTAB  0      0          [::1]:7002     [::1]:9
UNCONN 0      0              *:7003         *:*
"""
FULL = "\t skmem:(r211968,rb212992,t0,tb212992,f1024,w0,o0,bl0,d208)"


def test_what_the_model_prints(model: dict[str, str]) -> None:
    """As the tests above saw it on a kernel, for machines where they are skipped."""
    flags, link, rx, *_ = model["ip_link"].splitlines()
    assert flags.startswith("1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN")
    assert link == "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00"
    assert rx == "    RX:  bytes packets errors dropped  missed   mcast           "
    lines = model["ss"].splitlines()
    assert "\n".join(lines[::2]) + "\n" == SS and lines[1] == FULL


def test_an_address_of_ipv6_alone_stands_in_brackets() -> None:
    lo = lo_up()
    socket = sockets_of(lo)
    six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    six.bind(("::", 9))
    assert printed.ss(lo).split()[:5] == ["UNCONN", "0", "0", "[::]:9", "[::]:*"]


def test_what_is_grepped() -> None:
    lo = lo_up()
    assert [line.split()[0] for line in printed.snmp(lo, "Udp").splitlines()] == ["Udp:"] * 2
    beginnings = printed.snmp6(lo, "Udp6In", "Udp6No").splitlines()
    assert [line.split()[0] for line in beginnings] == [
        *("Udp6InDatagrams", "Udp6NoPorts", "Udp6InErrors", "Udp6InCsumErrors"),
    ]


def test_columns_widen_with_their_numbers() -> None:
    columns = dict.fromkeys(("bytes", "packets", "errors", "dropped", "missed", "mcast"), 0)
    wide = list(printed._table("RX", columns | {"packets": 123456789}))
    assert wide[0] == "    RX:  bytes   packets errors dropped  missed   mcast           "
    assert wide[1] == "             0 123456789      0       0       0       0 "
