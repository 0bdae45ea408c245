"""bind(2) before and after the first route, on the model and on this machine's kernel.

A new namespace has no table ``local``; until its first route makes it, every IPv4 address counts
as broadcast, and a socket may be bound to any. Seen red: the tables made with the namespace; the
question itself making the table (``fib_new_table`` in ``__inet_dev_addr_type``); group addresses
refused; ``inet_saddr`` kept for a broadcast address; ``check_double_bind`` left out; a
source that is not local accepted where the route is cached.
"""

from __future__ import annotations

import errno
import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lomodel import lab
from lomodel.contract import errno_name
from lomodel.linux.include.linux.net import SOCK_DGRAM, SOCK_RAW
from lomodel.linux.include.linux.socket import AF_INET, AF_INET6
from lomodel.linux.include.uapi.linux.rtnetlink import (
    RT_TABLE_LOCAL,
    RT_TABLE_MAIN,
    RTN_BROADCAST,
    RTN_LOCAL,
    RTN_MULTICAST,
    RTN_UNICAST,
)
from lomodel.linux.net.core.dev_ioctl import set_up
from lomodel.linux.net.ipv4.devinet_ifa import (
    __ip_dev_find,
    inet_alloc_ifa,
    inet_del_ifa,
    inet_insert_ifa,
)
from lomodel.linux.net.ipv4.fib_frontend_table import fib_get_table, inet_addr_type_table
from lomodel.linux.net.socket import bind, close, connect, recv, sendto, socket_create
from lomodel.machine import Machine
from lomodel.release import RELEASES

ROOT = Path(__file__).resolve().parents[1]
ADDRESSES = (
    "0.0.0.0",
    "0.1.2.3",
    "8.8.8.8",
    "10.0.0.0",
    "10.0.0.1",
    "10.0.0.255",
    "127.0.0.0",
    "127.0.0.1",
    "127.5.5.5",
    "127.255.255.255",
    "224.0.0.1",
    "255.255.255.255",
)
TARGETS = ("127.0.0.1", "0.0.0.0", "10.0.0.1", "8.8.8.8")
WAYS = {
    "an address while lo is down": ("add", "remove", "up"),
    "up first": ("up", "add", "down", "remove", "down"),
}
"""What is done to a new namespace; the questions are asked before and after each."""

KERNEL = """
import json, socket, sys
from pyroute2 import IPRoute
from lomodel.contract import errno_name
from lomodel.lab import device, namespace
namespace.unshare(namespace.CLONE_NEWNET)
addresses, targets, steps = json.loads(sys.argv[1])
kinds = ((socket.SOCK_DGRAM, 0), (socket.SOCK_RAW, 253))
def call(function, *arguments):
    try:
        function(*arguments)
    except OSError as error:
        return errno_name(error)
def ask():
    said = {}
    for (kind, protocol), address in [(k, a) for k in kinds for a in addresses]:
        with socket.socket(socket.AF_INET, kind, protocol) as sock:
            said[f"{kind} {address}"] = [call(sock.bind, (address, 0))] + [
                call(sock.sendto, b"hello", (target, 9)) for target in targets]
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        said["::1"] = call(sock.bind, ("::1", 0))
    with IPRoute() as route:
        said["addresses"] = [each.get("address") for each in route.get_addr(index=1)]
    return said
def change(step):
    if step in ("up", "down"):
        device.set_up(step == "up")
    else:
        with IPRoute() as route:
            route.addr(step, index=1, address="10.0.0.1", prefixlen=24)
said = [ask()]
for step in steps:
    change(step)
    said.append(ask())
print(json.dumps(said))
"""


class Namespace:
    """A new namespace of the model, and the same questions."""

    def __init__(self, release: str = "6.18") -> None:
        self.net = Machine(release).new_net()
        self.lo = self.net.loopback_dev

    def ask(self) -> dict:
        said = {}
        for (kind, protocol), address in itertools.product(
            ((SOCK_DGRAM, 0), (SOCK_RAW, 253)), ADDRESSES
        ):
            sock = socket_create(self.net, AF_INET, kind, protocol)
            said[f"{kind} {address}"] = [call(bind, sock, address, 0)] + [
                call(sendto, sock, b"hello", target, 9) for target in TARGETS
            ]
            close(sock)
        said["::1"] = call(bind, socket_create(self.net, AF_INET6, SOCK_DGRAM), "::1", 0)
        said["addresses"] = [each.split("/")[0] for each in self.net.addresses(self.lo)]
        return said

    def change(self, step: str) -> None:
        in_dev = self.lo.ip_ptr
        if step in ("up", "down"):
            set_up(self.lo, step == "up")
        elif step == "remove":
            inet_del_ifa(in_dev, next(ifa for ifa in in_dev.ifa_list if ifa.ifa_local[0] == 10))
        else:
            ifa = inet_alloc_ifa(in_dev)
            ifa.ifa_local = ifa.ifa_address = bytes([10, 0, 0, 1])
            ifa.ifa_prefixlen = 24
            inet_insert_ifa(ifa)

    def socket(self, address: str, port: int = 0, kind: int = SOCK_DGRAM):
        sock = socket_create(self.net, AF_INET, kind)
        bind(sock, address, port)
        return sock


def call(function: Callable, *arguments: object) -> str | None:
    try:
        function(*arguments)
    except OSError as error:
        return errno_name(error)
    return None


@pytest.mark.parametrize("way", WAYS)
def test_the_model_says_what_this_kernel_says(way: str) -> None:
    if reason := lab.unavailable():
        pytest.skip(str(reason))
    question = json.dumps([ADDRESSES, TARGETS, [s.replace("remove", "del") for s in WAYS[way]]])
    command = [sys.executable, "-c", KERNEL, question]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    kernel = json.loads(done.stdout)
    model = Namespace()
    said = [model.ask()]
    for step in WAYS[way]:
        model.change(step)
        said.append(model.ask())
    for number, (expected, found) in enumerate(zip(kernel, said, strict=True)):
        where = f"after {WAYS[way][:number]}"
        assert found == expected, where


@pytest.mark.parametrize("release", RELEASES)
def test_tables_come_with_the_first_route(release: str) -> None:
    model = Namespace(release)
    net = model.net

    def tables() -> list[bool]:
        return [fib_get_table(net, id) is not None for id in (RT_TABLE_LOCAL, RT_TABLE_MAIN)]

    for address in ("127.0.0.1", "8.8.8.8"):
        model.socket(address, 7000)
    assert tables() == [False, False]
    assert call(bind, socket_create(net, AF_INET, SOCK_DGRAM), "127.0.0.1", 7000) == "EADDRINUSE"
    model.change("add")
    assert tables() == [True, True]
    assert call(model.socket, "8.8.8.8") == "EADDRNOTAVAIL"
    model.change("remove")
    assert tables() == [True, True]
    assert call(model.socket, "10.0.0.1") == "EADDRNOTAVAIL"


def test_types_of_addresses() -> None:
    model = Namespace()

    def types() -> list[int]:
        return [
            inet_addr_type_table(model.net, address, RT_TABLE_LOCAL)
            for address in (0, 0x7F000001, 0x7FFFFFFF, 0x08080808, 0xE0000001, 0xFFFFFFFF)
        ]

    everything = RTN_BROADCAST
    assert types() == [*[everything] * 4, RTN_MULTICAST, everything]
    model.change("up")
    assert types()[1:4] == [RTN_LOCAL, RTN_BROADCAST, RTN_UNICAST]


def test_a_socket_bound_before_the_table_sends_from_the_routes_address() -> None:
    model = Namespace()
    hears, sends = model.socket("127.0.0.1", 7001), model.socket("8.8.8.8", 7002)
    assert call(sendto, hears, b"x", "127.0.0.1", 7001) == "ENETUNREACH"
    model.change("up")
    sendto(sends, b"hello", "127.0.0.1", 7001)
    assert sends.sk.cork.saddr == 0x7F000001
    assert recv(hears) == b"hello"


def test_the_trace_has_the_question() -> None:
    model = Namespace()
    with model.net.machine.trace() as trace:
        model.socket("127.0.0.1")
    (decision,) = trace.decisions("__inet_dev_addr_type")
    assert not decision.answer and decision.operands == {"table": 255, "addr": 0x7F000001}


def test_a_socket_is_bound_once() -> None:
    model = Namespace()
    model.change("up")
    for family, address in ((AF_INET, "127.0.0.1"), (AF_INET6, "::1")):
        sock = socket_create(model.net, family, SOCK_DGRAM)
        bind(sock, address, 7000)
        assert call(bind, sock, address, 7001) == "EINVAL"
    raw = socket_create(model.net, AF_INET, SOCK_RAW, 253)
    for _ in range(2):
        bind(raw, "127.0.0.1", 0)
    connect(raw, "127.0.0.1", 0)
    assert call(bind, raw, "127.0.0.1", 0) == "EINVAL"


def test_nobody_sends_from_an_address_that_is_gone() -> None:
    model = Namespace()
    model.change("up")
    model.change("add")
    bound, other = model.socket("10.0.0.1"), model.socket("0.0.0.0")
    sendto(bound, b"x", "127.0.0.1", 9)
    assert __ip_dev_find(model.net, 0x0A000001) is model.lo
    model.change("remove")
    assert __ip_dev_find(model.net, 0x0A000001) is None
    sendto(other, b"x", "127.0.0.1", 9)  # which caches the dst again
    with pytest.raises(OSError) as caught:
        sendto(bound, b"x", "127.0.0.1", 9)
    assert caught.value.errno == errno.ENETUNREACH
