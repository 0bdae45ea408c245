"""The themes: each draws scenarios about one subject, and ends with a look at what came of it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from . import device as d
from . import frames as f
from . import memory as m
from . import sockets as s
from . import vnet as v
from .scene import Scene

Action = Callable[[Scene], object]


def begin(scene: Scene) -> None:
    """lo up, mostly; often with a smaller MTU."""
    if not scene.one_in(15):
        d.up(scene)
    if scene.one_in(3):
        values = (1500, 1500, 1500, 1280, 1400, 9000, 1300, 1500)
        d.mtu(scene, scene.pick(values if scene.homely else (*values, 1000)))


def end(scene: Scene) -> None:
    """What is queued, captured and counted."""
    for sock in list(scene.sockets.values()):
        if sock.bound and not scene.one_in(3):
            s.recv(scene, sock, count=scene.pick((5, 50, 1000)))
        if sock.errors and scene.one_in(2):
            s.recv(scene, sock, count=9, errqueue=True)
    for name in scene.taps:
        scene.add("captured", tap=name)
    if not scene.one_in(8):
        d.counters(scene)
    if scene.one_in(12):
        d.show(scene)


def taps(scene: Scene) -> None:
    """What a tap sees of every way to send."""
    if scene.one_in(5):
        scene.tap()
    begin(scene)
    if not scene.taps:
        scene.tap()
    if scene.one_in(4):
        d.usual_address(scene)
    s.pair(scene)
    actions: dict[Action, int] = {
        s.send_one: 8,
        d.ping: 4,
        d.udp: 2,
        d.tcp_frame: 3,
        d.plain_frame: 2,
        f.udp: 2,
        f.echo: 1,
        f.tcp: 2,
        f.fragments: 1,
        v.frame: 3,
        d.in_software: 3,
        d.captured: 4,
        d.new_tap: 1,
        d.close_tap: 1,
        d.up_or_down: 1,
        d.mtu: 1,
        s.set_one: 1,
        d.limit: 1,
    }
    scene.go_on(actions, 2, 9)
    end(scene)


def addresses(scene: Scene) -> None:
    """Which addresses lo has, and what works with them."""
    if not scene.one_in(4):
        d.up(scene)
    actions: dict[Action, int] = {
        d.address: 8,
        d.usual_address: 2,
        d.up_or_down: 4,
        d.low_mtu: 4,
        d.no_ipv6: 5,
        d.show: 4,
        s.bind_one: 4,
        s.send_one: 5,
        s.connect_one: 3,
        s.close_one: 2,
        s.open_one: 2,
        d.ping: 4,
        d.udp: 2,
        s.mtu_of_one: 1,
        d.one_rename: 1,
        d.several: 1,
        s.port_0: 2,
        s.error_of_one: 1,
    }
    scene.go_on(actions, 3, 14)
    end(scene)
    if scene.one_in(2):
        d.show(scene)


def sysctls(scene: Scene) -> None:
    """Every setting, and what it changes."""
    begin(scene)
    if scene.one_in(2):
        scene.tap()
    if scene.one_in(3):
        d.usual_address(scene)
    s.pair(scene)
    actions: dict[Action, int] = {
        d.sysctl: 9,
        d.no_ipv6: 2,
        d.ping: 5,
        s.send_one: 4,
        s.open_one: 3,
        s.bind_one: 2,
        f.udp: 4,
        f.echo: 4,
        d.udp: 1,
        d.accept: 1,
        s.hops_of_one: 3,
        d.rename: 1,
        d.up_or_down: 1,
        d.show: 1,
        d.captured: 1,
        s.mtu_of_one: 1,
        s.get_one: 2,
    }
    scene.go_on(actions, 3, 12)
    end(scene)


def _sockets(scene: Scene, family: str) -> None:
    if not scene.one_in(20):
        begin(scene)
    if scene.one_in(4):
        d.usual_address(scene)
    if not scene.one_in(4):
        s.pair(scene, family)
    else:
        scene.open(family)
    if scene.one_in(4):
        scene.open("inet" if family == "inet6" else "inet6")
    if scene.one_in(5):
        scene.tap()
    actions: dict[Action, int] = {
        s.send_one: 8,
        s.sweep: 1,
        s.bind_one: 4,
        s.connect_one: 4,
        s.set_one: 7,
        s.get_one: 3,
        s.discover_one: 2,
        s.rival: 3,
        s.recv_one: 3,
        s.close_one: 2,
        lambda scene: scene.open(family) if len(scene.sockets) < 5 else None: 3,
        s.mtu_of_one: 1,
        s.error_of_one: 1,
        d.mtu: 1,
    }
    scene.go_on(actions, 3, 13)
    end(scene)


def sockets4(scene: Scene) -> None:
    """IPv4 sockets."""
    _sockets(scene, "inet")


def sockets6(scene: Scene) -> None:
    """IPv6 sockets."""
    _sockets(scene, "inet6")


def errors(scene: Scene) -> None:
    """Closed ports, and who hears of them."""
    begin(scene)
    family = scene.family()
    for _ in range(scene.pick((1, 1, 2))):
        s.erring(scene, scene.open(family))
    if scene.one_in(3):
        s.receiver(scene, scene.family())
    if scene.one_in(6):
        scene.tap()
    actions: dict[Action, int] = {
        s.send_one: 10,
        s.connect_one: 4,
        s.recv_one: 4,
        s.errors_of_one: 4,
        s.error_of_one: 3,
        s.recverr_of_one: 2,
        s.discover_one: 2,
        s.bind_one: 1,
        s.open_one: 1,
        s.close_one: 1,
        s.get_one: 1,
        s.memory_of_one: 1,
        f.complaint: 4,
        f.too_big: 2,
        s.mtu_of_one: 1,
        d.accept: 2,
        d.mtu: 1,
        d.in_software: 1,
        d.up_or_down: 1,
    }
    scene.go_on(actions, 3, 13)
    end(scene)


def buffers(scene: Scene) -> None:
    """Buffers that are full, or nearly."""
    scene.homely = True
    scene.budget = 1000
    begin(scene)
    one, sender = s.pair(scene)
    if not scene.one_in(4):
        s.buffer_of(scene, one)
    if scene.one_in(4):
        s.buffer_of(scene, sender, "SO_SNDBUF")
    actions: dict[Action, int] = {
        s.fill: 8,
        s.overfull: 2,
        s.some: 6,
        s.memory_of_one: 5,
        s.buffer_of_one: 3,
        s.send_one: 2,
        s.gro_of_one: 1,
        d.in_software: 1,
        s.close_one: 1,
        d.mild_mtu: 1,
        s.recverr_of_one: 1,
        s.open_one: 1,
    }
    scene.go_on(actions, 3, 12)
    for sock in scene.sockets.values():
        s.memory_of(scene, sock)
    end(scene)
    for sock in scene.sockets.values():
        s.memory_of(scene, sock)


def gro(scene: Scene) -> None:
    """Datagrams of several segments, and who gets them whole."""
    scene.homely = True
    begin(scene)
    one, sender = s.pair(scene)
    if not scene.one_in(3):
        s.integer(scene, one, "UDP_GRO", 1)
    if scene.one_in(3):
        s.integer(scene, sender, "UDP_SEGMENT", scene.pick(s.SEGMENTS))
    if scene.one_in(4):
        scene.tap()
    actions: dict[Action, int] = {
        s.segments: 8,
        s.recv_one: 4,
        s.gro_of_one: 3,
        s.segment_of_one: 2,
        d.in_software: 3,
        d.limit: 3,
        s.memory_of_one: 2,
        s.no_check: 1,
        s.discover_one: 1,
        s.connect_one: 1,
        s.buffer_of_one: 1,
        d.mild_mtu: 1,
        d.features: 1,
        s.set_one: 1,
    }
    scene.go_on(actions, 3, 11)
    end(scene)


def limits(scene: Scene) -> None:
    """The device's limits, its name, its flags."""
    scene.homely = True
    if not scene.one_in(4):
        begin(scene)
    s.pair(scene)
    if scene.one_in(4):
        scene.tap()
    actions: dict[Action, int] = {
        d.limit: 9,
        s.segments: 6,
        d.tcp_frame: 3,
        d.rename: 3,
        d.flag: 4,
        d.show: 4,
        d.hardware: 1,
        d.up_or_down: 2,
        d.mild_mtu: 1,
        d.features: 2,
        v.frame: 1,
        d.delete: 1,
        d.several: 1,
        d.udp: 1,
        s.send_one: 2,
        s.bound_to_device: 1,
        d.no_ipv6: 1,
    }
    scene.go_on(actions, 3, 12)
    end(scene)
    d.show(scene)


def _ready(scene: Scene) -> None:
    """What lets frames in, mostly."""
    if not scene.one_in(4):
        d.accept(scene)
    if scene.one_in(3):
        scene.add("address", add="10.0.0.1/24")
    if scene.one_in(4):
        scene.add("address", add="2001:db8::1/64")
    if scene.one_in(8):
        d.one_sysctl(scene, f"net.ipv4.conf.{scene.pick(('all', 'lo'))}.rp_filter")


def frames(scene: Scene) -> None:
    """Free frames."""
    begin(scene)
    _ready(scene)
    for family in ("inet", "inet6"):
        if not scene.one_in(4):
            sock = scene.open(family)
            s.bind(scene, sock, scene.pick(s.HOME[family] * 2 + s.LOCAL[family][2:3]), 7001)
        if scene.one_in(3):
            s.erring(scene, scene.open(family))
    if scene.one_in(3):
        scene.tap()
    actions: dict[Action, int] = {
        f.udp: 8,
        f.mutated: 3,
        f.echo: 4,
        f.complaint: 4,
        f.too_big: 1,
        f.unknown: 2,
        f.fragments: 4,
        f.extensions: 3,
        f.tcp: 1,
        f.odd: 2,
        s.recv_one: 1,
        s.send_one: 1,
        s.error_of_one: 1,
        d.sysctl: 1,
        s.set_one: 1,
        d.mtu: 1,
        d.counters: 1,
    }
    scene.go_on(actions, 2, 9)
    end(scene)


def vnet(scene: Scene) -> None:
    """Frames with a virtio header."""
    begin(scene)
    _ready(scene)
    family = scene.family()
    one = scene.open(family)
    s.bind(scene, one, scene.pick(s.HOME[family] * 2 + s.LOCAL[family][2:3]), 7001)
    if scene.one_in(4):
        s.integer(scene, one, "UDP_GRO", 1)
    if not scene.one_in(3):
        scene.tap()
    actions: dict[Action, int] = {
        v.frame: 12,
        d.features: 2,
        d.in_software: 1,
        d.limit: 1,
        s.recv_one: 2,
        d.captured: 1,
        d.mild_mtu: 1,
        s.gro_of_one: 1,
        d.up_or_down: 1,
        f.udp: 1,
    }
    scene.go_on(actions, 2, 8)
    end(scene)


def memory(scene: Scene) -> None:
    """What sockets are charged for frames, with taps beside them or not."""
    scene.budget = 1000
    begin(scene)
    if not scene.one_in(8):
        d.accept(scene)
    one, sender = s.pair(scene)
    if not scene.one_in(3):
        s.buffer_of(scene, one)
    if scene.one_in(4):
        scene.tap()
    actions: dict[Action, int] = {
        m.datagram: 6,
        m.fragments: 6,
        m.virtio: 6,
        m.unequal: 1,
        s.fill: 2,
        s.some: 5,
        s.memory_of_one: 1,
        s.buffer_of_one: 2,
        s.gro_of_one: 2,
        s.segments: 2,
        d.in_software: 1,
        d.limit: 1,
        d.mtu: 1,
        d.new_tap: 1,
        d.captured: 1,
        s.open_one: 1,
    }
    scene.go_on(actions, 3, 10)
    end(scene)
    for sock in scene.sockets.values():
        s.memory_of(scene, sock)


def multicast(scene: Scene) -> None:
    """Groups and broadcast."""
    begin(scene)
    family = scene.pick(("inet", "inet", "inet", "inet6"))
    for port in range(scene.number(1, 3)):
        sock = scene.open(family)
        if port and not scene.one_in(4):
            s.integer(scene, sock, "SO_REUSEADDR", 1)
        wild = {"inet": "0.0.0.0", "inet6": "::"}[family]
        place = scene.pick((wild, wild, wild, s.GROUPS[family][0], s.HOME[family][0]))
        s.bind(scene, sock, place, 7001)
        if not scene.one_in(3):
            s.member(scene, sock)
    sender = scene.open(family)
    if not scene.one_in(3):
        s.multicast_interface(scene, sender)
    if scene.one_in(2):
        s.integer(scene, sender, "SO_BROADCAST", 1)
    if scene.one_in(4):
        scene.tap()
    actions: dict[Action, int] = {
        s.send_to_group: 9,
        s.member_of_one: 5,
        s.multicast_option: 4,
        s.interface_of_one: 3,
        s.recv_one: 3,
        s.bind_one: 1,
        s.rival: 2,
        s.connect_to_group: 2,
        s.close_one: 2,
        s.send_one: 2,
        d.show: 2,
        d.flag: 1,
        d.up_or_down: 1,
        f.udp: 2,
        f.echo: 1,
        d.usual_address: 1,
        d.address: 1,
        d.ping: 1,
        d.no_ipv6: 1,
        d.accept: 1,
        s.set_one: 1,
        d.mtu: 1,
    }
    scene.go_on(actions, 3, 12)
    end(scene)
    if scene.one_in(2):
        d.show(scene)


def mixed(scene: Scene) -> None:
    """Everything."""
    begin(scene)
    if not scene.one_in(3):
        s.pair(scene)
    actions: dict[Action, int] = {
        s.send_one: 10,
        s.set_one: 5,
        s.get_one: 2,
        s.bind_one: 3,
        s.connect_one: 3,
        s.recv_one: 4,
        s.open_one: 3,
        s.close_one: 2,
        s.segments: 2,
        s.fill: 1,
        s.overfull: 1,
        s.port_0: 1,
        s.rival: 1,
        s.sweep: 1,
        s.errors_of_one: 1,
        s.error_of_one: 1,
        s.memory_of_one: 1,
        s.member_of_one: 1,
        s.send_to_group: 1,
        s.multicast_option: 1,
        d.ping: 2,
        d.udp: 2,
        d.tcp_frame: 1,
        d.plain_frame: 1,
        d.address: 2,
        d.sysctl: 2,
        d.up_or_down: 2,
        d.mtu: 2,
        d.limit: 1,
        d.features: 1,
        d.in_software: 1,
        d.rename: 1,
        d.flag: 1,
        d.show: 1,
        d.counters: 1,
        d.new_tap: 1,
        d.captured: 1,
        d.accept: 1,
        f.udp: 2,
        f.mutated: 1,
        f.echo: 1,
        f.complaint: 1,
        f.unknown: 1,
        f.fragments: 1,
        f.too_big: 1,
        f.extensions: 1,
        f.odd: 1,
        v.frame: 2,
    }
    scene.go_on(actions, 3, 16)
    end(scene)


THEMES: dict[str, Callable[[Scene], None]] = {
    each.__name__: each
    for each in (
        *(taps, addresses, sysctls, sockets4, sockets6, errors, buffers, gro, limits, frames, vnet),
        *(memory, multicast, mixed),
    )
}


def drawn(theme: str, random: Random) -> list[dict]:
    """The steps of one scenario of a theme."""
    scene = Scene(random)
    THEMES[theme](scene)
    return scene.steps
