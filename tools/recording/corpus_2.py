"""The scenarios of contract 2 that are recorded, by theme. Their results are not here.

Each theme has scenarios written by hand, over every step, option, setting and kind of packet, and
scenarios drawn by its generator from fixed seeds. What was drawn is kept with what was recorded: a
generator may change without a new recording (`capture.py --contract 2 --again`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from random import Random
from typing import Any

from lomodel.contract import Step
from lomodel.contract.making import bind, connect, get, put, send, sock
from tests.support import scenarios_2
from tests.support.scenarios_2 import device, frames, sockets
from tests.support.scenarios_2 import packets as p

Scenario = dict[str, Any]

#: Scenarios drawn for a theme; more where fewer are written by hand.
DRAWN = {"taps": 60, "mixed": 80}
USUAL = 30
UP: Step = {"do": "link", "up": True}
DOWN: Step = {"do": "link", "up": False}
SHOW: Step = {"do": "show", "more": True}
COUNTERS: Step = {"do": "counters"}
TAP: Step = {"do": "tap", "name": "t"}
CAPTURED: Step = {"do": "captured", "tap": "t"}
FAMILIES = ("inet", "inet6")
HOME = {"inet": "127.0.0.1", "inet6": "::1"}
WILD = {"inet": "0.0.0.0", "inet6": "::"}
HEADERS = {"inet": 28, "inet6": 48}
OFF: Step = {"do": "features", "set": {"tx-udp-segmentation": False}}
ON: Step = {"do": "features", "set": {"tx-udp-segmentation": True}}


def link(**keys: Any) -> Step:
    return {"do": "link"} | keys


def recv(name: str, count: int = 50, **keys: Any) -> Step:
    return {"do": "recv", "socket": name, "count": count} | keys


def close(name: str) -> Step:
    return {"do": "close", "socket": name}


def add(address: str) -> Step:
    return {"do": "address", "add": address}


def remove(address: str) -> Step:
    return {"do": "address", "remove": address}


def sysctl(**values: int) -> Step:
    return {"do": "sysctl", "set": {name: value for name, value in values.items()}}


def ping(family: str, payload: int, to: str | None = None) -> Step:
    return {"do": "ping", "family": family, "payload": payload} | ({"to": to} if to else {})


def frame(data: bytes) -> Step:
    return {"do": "frame", "hex": data.hex()}


def pair(family: str, wild: bool = False) -> tuple[Step, ...]:
    """A receiver `r` at port 7001, and a sender `a`."""
    at = (WILD if wild else HOME)[family]
    return sock("r", family), bind("r", at), sock("a", family)


#: What lets an IPv4 frame of 127.0.0.1 in.
ACCEPT = sysctl(
    **{"net.ipv4.conf.lo.route_localnet": 1, "net.ipv4.conf.lo.accept_local": 1},
)
Named = Iterator[tuple[str, tuple[Step, ...]]]


def _taps() -> Named:
    for family in FAMILIES:
        sends = [
            send("a", payload, HOME[family], **keys)
            for payload, keys in ((0, {}), (100, {}), (2500, {"gso_size": 1000}), (4000, {}))
        ]
        for value in (1500, 65536):
            begin = UP, link(mtu=value), *pair(family), TAP
            yield f"sends-{family}-{value}", (*begin, *sends, OFF, *sends, CAPTURED, COUNTERS)
        pings = ping(family, 56), ping(family, 3000)
        yield f"ping-{family}", (UP, link(mtu=1500), TAP, *pings, CAPTURED)
        nobody = sock("a", family), send("a", 700, HOME[family]), send("a", 3000, HOME[family])
        yield f"refused-{family}", (UP, link(mtu=1500), TAP, *nobody, CAPTURED)
        two = UP, TAP, {"do": "tap", "name": "u"}, ping(family, 8), CAPTURED
        closed = {"do": "close", "tap": "t"}, ping(family, 9), {"do": "captured", "tap": "u"}
        yield f"two-taps-{family}", (*two, *closed)
        tcp = {"do": "tcp_frame", "family": family, "payload": 3000, "gso_size": 1000, "flags": 24}
        cut = {"do": "features", "set": {"tx-tcp-segmentation": False}}
        cut6 = {"do": "features", "set": {"tx-tcp6-segmentation": False}}
        yield f"tcp-{family}", (UP, TAP, tcp, tcp | {"gso_size": None}, cut, cut6, tcp, CAPTURED)
        old = {"do": "udp", "family": family, "payload": 3000, "gso_size": 1000}
        yield f"udp-{family}", (UP, TAP, old, OFF, old, old | {"listening": False}, CAPTURED)
    dsts = [
        {"do": "frame", "dst": dst, "ethertype": ethertype, "payload": 46}
        for dst, ethertype in product(("zero", "other", "broadcast", "multicast"), (35001, 4))
    ]
    yield "frames", (UP, TAP, *dsts, CAPTURED, COUNTERS)
    late = TAP, CAPTURED, UP, DOWN, CAPTURED, CAPTURED, UP, ping("inet", 1), DOWN, UP, CAPTURED
    yield "down", (*late, CAPTURED)


def _addresses() -> Named:
    every = sorted({*device.ADDRESSES, *device.ODD})
    for number, address in enumerate(every):
        changes = add(address), add(address), SHOW, remove(address), remove(address), SHOW
        where = address.partition("/")[0]
        family = "inet6" if ":" in address else "inet"
        used = sock("a", family), bind("a", where), send("a", 1, where), ping(family, 1, where)
        yield f"change-{number:02}", (UP, *changes[:3], *used, *changes[3:], send("a", 1, where))
        if number % 3 == 0:
            yield f"change-down-{number:02}", (*changes[:3], UP, *used, DOWN, SHOW, UP, SHOW)
    for family in FAMILIES:
        places = sorted({*sockets.LOCAL[family], *sockets.ELSEWHERE[family]})
        opened = [(sock("a", family), bind("a", place), close("a")) for place in places]
        binds = [step for steps in opened for step in steps]
        yield f"bind-{family}", (UP, *binds)
        yield f"bind-before-up-{family}", tuple(binds)
        extra = add("10.0.0.1/24"), add("2001:db8::1/64"), add("fe80::1/64")
        yield f"bind-added-{family}", (UP, *extra, *binds)
        yield f"bind-added-before-up-{family}", (*extra, *binds)
        sends = [send("a", 1, place) for place in places]
        yield f"send-{family}", (UP, sock("a", family), *sends, COUNTERS)
        yield f"send-added-{family}", (UP, *extra, sock("a", family), *sends, COUNTERS)
        yield f"send-before-up-{family}", (sock("a", family), *sends, COUNTERS)
        joined = [(sock("a", family), connect("a", place), close("a")) for place in places]
        connects = [step for steps in joined for step in steps]
        yield f"connect-{family}", (UP, *connects)
        yield f"connect-added-{family}", (UP, *extra, *connects)
        pings = [ping(family, 1, place) for place in sorted(device.PINGED[family])]
        yield f"ping-{family}", (UP, *pings, COUNTERS)
        yield f"ping-added-{family}", (UP, *extra, *pings, COUNTERS)
    for where, low in product(("all", "lo", "default"), (1279, 1280)):
        name = f"net.ipv6.conf.{where}.disable_ipv6"
        uses = sock("a", "inet6"), send("a", 1, "::1"), close("a"), SHOW
        off, on = sysctl(**{name: 1}), sysctl(**{name: 0})
        yield f"disable-{where}-{low}", (UP, off, *uses, link(mtu=low), on, *uses, DOWN, UP, *uses)
        again = link(mtu=65536), on, *uses, add("::1/128"), *uses, sock("a", "inet6")
        again += connect("a", "::1"), get("a", "IPV6_MTU")
        yield f"mtu-{where}-{low}", (UP, link(mtu=low), *uses, *again)


def _sysctls() -> Named:
    for name, values in device.SYSCTLS.items():
        uses = [ping("inet", 8), ping("inet6", 8), sock("n", "inet"), sock("m", "inet6")]
        uses += [send("n", 1, "127.0.0.1"), send("m", 1, "::1"), get("n", "IP_TTL")]
        uses += [
            get("m", "IPV6_UNICAST_HOPS"),
            get("n", "IP_MTU_DISCOVER"),
            get("m", "IPV6_V6ONLY"),
        ]
        uses += [close("n"), close("m")]
        written = [[sysctl(**{name: value}), *uses] for value in dict.fromkeys(values)]
        steps = [step for many in written for step in many]
        yield f"values-{name}", (UP, TAP, *steps, CAPTURED, COUNTERS)
        odd = (-(2**31), -2, 3, 100, 254, 255, 256, 65536, 2**31 - 1)
        yield f"odd-{name}", (UP, *(sysctl(**{name: value}) for value in odd), SHOW)
    several = {"net.ipv4.ip_default_ttl": 9, "net.ipv6.conf.lo.hop_limit": 0}
    yield "first-error", (UP, sysctl(**several, **{"net.ipv6.bindv6only": 1}), sock("a", "inet6"))
    names = link(name="x"), sysctl(**{"net.ipv6.conf.lo.disable_ipv6": 1}), SHOW, link(name="lo")
    yield "renamed", (UP, *names, sysctl(**{"net.ipv4.conf.lo.rp_filter": 1}))
    for value, local, accept in product((0, 1, 2), (0, 1), (0, 1)):
        values = {
            "net.ipv4.conf.lo.rp_filter": value,
            "net.ipv4.conf.lo.route_localnet": local,
            "net.ipv4.conf.lo.accept_local": accept,
        }
        ends = (("127.0.0.1", "127.0.0.1"), ("8.8.8.8", "127.0.0.1"), ("10.0.0.9", "10.0.0.1"))
        ends += (("10.0.0.1", "10.0.0.1"), ("8.8.8.8", "10.0.0.1"), ("10.0.0.1", "127.0.0.1"))
        sent = [_datagram(*each) for each in ends]
        begin = UP, add("10.0.0.1/24"), *pair("inet", wild=True), sysctl(**values)
        yield f"martians-{value}{local}{accept}", (*begin, *sent, recv("r"), COUNTERS)


def _datagram(src: str, dst: str, payload: int = 10, **wrong: Any) -> Step:
    """A frame with a UDP packet to port 7001. `wrong` may name fields of UDP's header."""
    mine = {name: wrong.pop(name) for name in ("length", "sum") if name in wrong}
    body = p.udp(src, dst, (1111, wrong.pop("port", 7001)), bytes(payload), **mine)
    mac, cut = wrong.pop("mac", p.ZERO), wrong.pop("cut", None)
    extra = bytes(wrong.pop("extra", 0))
    names = {"ip_sum": "sum"}
    fields = {names.get(name, name): value for name, value in wrong.items()}
    head = p.ip(src, dst, p.UDP, len(body), **fields)
    data = p.ethernet(p.IPV6 if ":" in src else p.IPV4, mac) + head + body + extra
    return frame(data[:cut])


def _options(family: str) -> Named:
    for option in sockets.INTEGERS:
        values = dict.fromkeys((*sockets.RANGES.get(option, sockets.SWITCH), 3, 100))
        steps = [each for value in values for each in (put("a", option, value), get("a", option))]
        yield f"option-{option}", (UP, sock("a", family), get("a", option), *steps)
        lengths = [
            each
            for length, value in product(range(9), (1, 0x01020300, 257))
            for each in (put("a", option, value, length=length), get("a", option))
        ]
        yield f"length-{option}", (UP, sock("a", family), *lengths)
    reads = [get("a", option) for option in sockets.READ]
    bound = bind("a", HOME[family])
    steps = *reads, bound, *reads, connect("a", HOME[family]), *reads, connect("a", None), *reads
    yield "read", (UP, sock("a", family), *steps)
    yield "read-before-up", (sock("a", family), *reads)
    names = ("lo", "", "x", "lo", "nothing-of-that-name", "eth0")
    steps = [put("a", "SO_BINDTODEVICE", name) for name in names]
    yield "device", (UP, sock("a", family), *steps, link(name="x"), *steps)


def _lengths(family: str) -> Named:
    for value in (1500, 1280, 65536):
        fits = value - HEADERS[family]
        marks = (0, 1, fits - 1, fits, fits + 1, fits + 8, 2 * fits, 65507, 65508, 65527, 65528)
        marks += (65535, 65536, 70000, 100000)
        for mode in sockets.PMTUDISC:
            whole = value > 1500 or mode in ("do", "probe")
            lengths = [each for each in marks if each < (100_001 if whole else 4000)]
            sends = [send("a", each, HOME[family]) for each in lengths]
            way = put("a", sockets.DISCOVER[family], mode)
            begin = UP, link(mtu=value), *pair(family), way, *([TAP] if value == 1500 else [])
            after = [CAPTURED] if value == 1500 else []
            yield f"lengths-{mode}-{value}", (*begin, *sends, *after, recv("r"), COUNTERS)


def _connections(family: str) -> Named:
    home = HOME[family]
    places = (home, WILD[family], {"inet": "127.0.0.2", "inet6": "::ffff:127.0.0.1"}[family])
    for one, other in product(places, places):
        for reuse in (0, 1):
            steps = sock("r", family), put("r", "SO_REUSEADDR", reuse), bind("r", one)
            steps += sock("s", family), put("s", "SO_REUSEADDR", reuse), bind("s", other)
            steps += sock("a", family), send("a", 1, one), send("a", 2, other)
            number = f"{places.index(one)}{places.index(other)}{reuse}"
            yield f"two-binds-{number}", (UP, *steps, recv("r"), recv("s"))
    moves = connect("a", home), send("a", 1), connect("a", home, 7009), send("a", 2), send("a", 3)
    moves += connect("a", None), send("a", 4), send("a", 5, home), connect("a", home, 0)
    moves += send("a", 6), send("a", 7, (home, 0)), send("a", 8, home)
    yield "reconnect", (UP, *pair(family), *moves, recv("r"), COUNTERS)
    filters = connect("r", home, 7003), send("a", 1, home), sock("b", family), bind("b", home, 7003)
    filters += send("b", 2, home), connect("r", None), send("a", 3, home), recv("r")
    yield "only-the-peer", (UP, *pair(family), *filters, COUNTERS)
    kernels = bind("a", home, 0), bind("a", home, 0), connect("a", home), send("a", 1), recv("r")
    yield "port-0", (UP, *pair(family), *kernels)
    other = "inet6" if family == "inet" else "inet"
    for first, second, only in product((family, other), (family, other), (0, 1)):
        steps = sock("r", first), put("r", "IPV6_V6ONLY", only), bind("r", WILD[first])
        steps += sock("s", second), put("s", "IPV6_V6ONLY", only), bind("s", WILD[second])
        steps += sock("a", family), send("a", 1, home), recv("r"), recv("s")
        yield f"both-families-{first}-{second}-{only}", (UP, *steps)


def _sockets(family: str) -> Named:
    yield from _options(family)
    yield from _lengths(family)
    yield from _connections(family)


def _sockets4() -> Named:
    yield from _sockets("inet")


def _sockets6() -> Named:
    yield from _sockets("inet6")
    mapped = (WILD["inet6"], "::ffff:0.0.0.0", "::ffff:127.0.0.1", "::1")
    for place, only in product(mapped, (0, 1)):
        steps = sock("r", "inet6"), put("r", "IPV6_V6ONLY", only), bind("r", place)
        steps += sock("a", "inet"), send("a", 1, "127.0.0.1"), sock("b", "inet6")
        steps += send("b", 2, "::1"), send("b", 3, "::ffff:127.0.0.1"), recv("r")
        steps += connect("r", "::ffff:127.0.0.1", 7002), connect("r", "::1", 7002), send("r", 4)
        number = mapped.index(place)
        yield f"mapped-{number}{only}", (UP, *steps, put("r", "IPV6_V6ONLY", 1), COUNTERS)


def _errors() -> Named:
    for family in FAMILIES:
        home, recverr = HOME[family], sockets.RECVERR[family]
        for on, linked in product((0, 1), (False, True)):
            begin = UP, sock("a", family), put("a", recverr, on), bind("a", home, 7002)
            begin += (connect("a", home, 7009),) if linked else ()
            to = {} if linked else {"to": (home, 7009)}
            sends = send("a", 10, **to), send("a", 20, **to), send("a", 30, **to)
            reads = get("a", "SO_ERROR"), recv("a"), recv("a", 9, errqueue=True)
            name = f"{family}-{on}-{'connected' if linked else 'not'}"
            yield f"alternate-{name}", (*begin, *sends, *sends, COUNTERS)
            yield f"read-{name}", (*begin, sends[0], *reads, sends[1], *reads[::-1], *reads)
            queue = recv("a", 1, errqueue=True), get("a", "SO_ERROR")
            yield f"queue-{name}", (*begin, send("a", 1, **to, count=3), *queue, *queue, *queue)
            moved = connect("a", home), sends[0], connect("a", None), sends[1], recv("a")
            yield f"moved-{name}", (*begin, *sends[:1], *moved, COUNTERS)
            cut = send("a", 3000, **to, gso_size=1000), OFF, send("a", 3000, **to, gso_size=1000)
            yield f"segments-{name}", (*begin, *cut, recv("a", 9, errqueue=True), *reads, COUNTERS)
            long = put("a", sockets.DISCOVER[family], "do"), send("a", 2000, **to)
            long += send("a", 2000, **to, gso_size=1500), *reads
            yield f"too-long-{name}", (*begin, link(mtu=1500), *long)
            small = [recv("a", 1, errqueue=True, size=size) for size in (0, 5, 10, 11)]
            yield f"small-{name}", (*begin, send("a", 10, **to, count=5), *small)
            mtu = link(mtu=1500), send("a", 3000, **to), recv("a", 9, errqueue=True), *reads
            yield f"fragments-{name}", (*begin, *mtu, COUNTERS)
        yield from _complaints(family)


KINDS = {
    "inet": [(3, code) for code in range(17)] + [(11, 0), (11, 1), (12, 0), (4, 0), (5, 1)],
    "inet6": [(1, code) for code in range(8)] + [(2, 0), (3, 0), (3, 1), (4, 0), (4, 1), (4, 2)],
}
KINDS["inet6"] += [(100, 0), (127, 0)]


def _complaints(family: str) -> Named:
    home = HOME[family]
    protocol = p.ICMP if family == "inet" else p.ICMPV6
    for on, linked in product((0, 1), (False, True)):
        steps: list[Step] = [sock("a", family), put("a", sockets.RECVERR[family], on)]
        steps += [bind("a", home, 7002), *([connect("a", home)] if linked else [])]
        for kind, code in KINDS[family]:
            body = p.udp(home, home, (7002, 7001), bytes(20))
            quoted = p.ip(home, home, p.UDP, len(body)) + body
            rest = b"\0\0\x05\x78" if (kind, code) in ((3, 4), (2, 0)) else bytes(4)
            if family == "inet":
                message = p.icmp(kind, code, rest, quoted)
            else:
                message = p.icmpv6(home, home, (kind, code, rest), quoted)
            head = p.ip(home, home, protocol, len(message))
            ethertype = p.IPV4 if family == "inet" else p.IPV6
            steps += [frame(p.ethernet(ethertype) + head + message), get("a", "SO_ERROR")]
            steps += [recv("a", 2, errqueue=True)]
        yield f"complaints-{family}-{on}-{linked:d}", (UP, ACCEPT, *steps, COUNTERS)


def _buffers() -> Named:
    for family in FAMILIES:
        home = HOME[family]
        for number, length in enumerate(sockets.HEADS[family]):
            sends: list[Step] = []
            for payload in (length - 1, length, length + 1):
                sends += [send("a", payload, home), get("r", "SO_MEMINFO"), recv("r", 1)]
            yield f"truesize-{family}-{number}", (UP, *pair(family), *sends)
            cut = [send("a", 2 * length, home, gso_size=length // 2), get("r", "SO_MEMINFO")]
            yield f"truesize-cut-{family}-{number}", (UP, *pair(family), *cut, OFF, *cut, recv("r"))
        for value in (0, 1152, 2304, 5000, 20000):
            begin = UP, *pair(family), put("r", "SO_RCVBUF", value)
            for payload in (1, 1000, 9000):
                filled = send("a", payload, home, count=30), get("r", "SO_MEMINFO")
                read = [each for _ in range(4) for each in (recv("r", 1), get("r", "SO_MEMINFO"))]
                again = send("a", payload, home, count=3), get("r", "SO_MEMINFO"), recv("r", 100)
                after = get("r", "SO_MEMINFO"), send("a", payload, home), get("r", "SO_MEMINFO")
                name = f"full-{family}-{value}-{payload}"
                yield name, (*begin, *filled, *read, *again, *after, COUNTERS)
        for value in (1, 5000, 100000):
            sends = [send("a", payload, home) for payload in (3000, 5000, 9000, 20000, 60000)]
            begin = UP, link(mtu=1500), *pair(family), put("a", "SO_SNDBUF", value)
            yield f"sndbuf-{family}-{value}", (*begin, *sends, get("a", "SO_MEMINFO"), COUNTERS)
        for payload in (1, 1400, 8000, 60000):
            filled = send("a", payload, home, count=260), get("r", "SO_MEMINFO"), recv("r", 1000)
            yield f"default-{family}-{payload}", (UP, *pair(family), *filled, COUNTERS)
        for gro, value in product((0, 1), (1, 3000, 9000)):
            begin = UP, *pair(family), put("r", "UDP_GRO", gro), put("r", "SO_RCVBUF", value)
            sends = [send("a", size * 5, home, gso_size=size) for size in (1000, 100, 1)]
            yield f"gso-{family}-{gro}-{value}", (*begin, *sends, get("r", "SO_MEMINFO"), recv("r"))


def _gro() -> Named:
    for family, on in product(FAMILIES, (0, 1)):
        home = HOME[family]
        begin = UP, *pair(family), put("r", "UDP_GRO", on)
        for size in (1, 100, 1000):
            lengths = (0, 1, size - 1, size, size + 1, 2 * size, 127 * size, 128 * size)
            lengths += (128 * size + 1, 129 * size)
            sends = [
                send("a", each, home, gso_size=size) for each in sorted({*lengths}) if each <= 65000
            ]
            yield f"sizes-{family}-{on}-{size}", (*begin, *sends, recv("r", 1000), COUNTERS)
        small = [
            each
            for size in (0, 1, 999, 1000, 2499, 2500)
            for each in (send("a", 2500, home, gso_size=1000), recv("r", 9, size=size))
        ]
        yield f"small-{family}-{on}", (*begin, *small, COUNTERS)
        later = send("a", 2500, home, gso_size=1000), put("r", "UDP_GRO", 1 - on), recv("r", 9)
        yield f"later-{family}-{on}", (*begin, *later)
        for option in ("SO_NO_CHECK", "UDP_NO_CHECK6_TX", "UDP_NO_CHECK6_RX"):
            sends = send("a", 900, home, gso_size=1000), send("a", 2500, home, gso_size=1000)
            sends += send("a", 0, home, gso_size=1000), send("a", 100, home)
            way = put("a", option, 1), put("r", option, 1)
            yield (
                f"{option}-{family}-{on}",
                (*begin, *way, TAP, *sends, CAPTURED, recv("r"), COUNTERS),
            )
        names = ("tx-udp-segmentation", "tx-generic-segmentation", "tx-checksum-ip-generic")
        for name in (*names, "tx-gso-list", "rx-gro-list", "rx-udp-gro-forwarding"):
            change = {"do": "features", "set": {name: name.startswith("rx") or "list" in name}}
            sends = send("a", 2500, home, gso_size=1000), TAP, send("a", 2500, home, gso_size=1000)
            yield f"feature-{name}-{family}-{on}", (*begin, change, *sends, CAPTURED, recv("r"))
        option = put("a", "UDP_SEGMENT", 1000), send("a", 2500, home)
        option += send("a", 2500, home, gso_size=0), send("a", 2500, home, gso_size=500), recv("r")
        yield f"option-{family}-{on}", (*begin, *option)
        fits = 1500 - HEADERS[family]
        low = [send("a", 3000, home, gso_size=each) for each in (fits - 1, fits, fits + 1)]
        low += [send("a", each, home, gso_size=3000) for each in (fits, fits + 1)]
        for mode in ("dont", "do"):
            way = link(mtu=1500), put("a", sockets.DISCOVER[family], mode)
            yield f"mtu-{mode}-{family}-{on}", (*begin, *way, *low, recv("r"), COUNTERS)


def _limits() -> Named:
    for name, values in device.LIMITS.items():
        steps = [each for value in values for each in (link(**{name: value}), SHOW)]
        yield f"values-{name}", (UP, *steps)
        yield f"values-before-up-{name}", (*steps[:8], UP, SHOW)
    for family in FAMILIES:
        header = HEADERS[family] + 14
        for name, big in product(("gso_max_size", "gso_ipv4_max_size"), (3000, 1200)):
            marks = (big + header - 1, big + header, big + header + 1)
            sends = [
                each
                for value in marks
                for each in (
                    link(**{name: value}),
                    send("a", big, HOME[family], gso_size=1000),
                    send("a", big, HOME[family]),
                )
            ]
            yield f"{name}-{family}-{big}", (UP, *pair(family), TAP, *sends, CAPTURED, recv("r"))
        for most in (0, 1, 2, 3, 4):
            sends = [send("a", each, HOME[family], gso_size=100) for each in (100, 200, 300, 301)]
            yield f"segs-{family}-{most}", (UP, *pair(family), link(gso_max_segs=most), *sends)
        long = send("a", 65487, HOME[family], gso_size=1000)
        high = link(gso_ipv4_max_size=70000), long, link(gso_max_size=70000), long
        yield f"high-{family}", (UP, *pair(family), long, *high, SHOW, recv("r", 1000))
        tcp = {"do": "tcp_frame", "family": family, "payload": 3000, "gso_size": 1000, "flags": 24}
        for value in (3053, 3054, 3055, 3073, 3074, 3075):
            yield f"tcp-{family}-{value}", (UP, TAP, link(gso_max_size=value), tcp, CAPTURED)
    for number, name in enumerate(device.NAMES):
        yield f"name-{number:02}", (link(name=name), SHOW, UP, link(name=name), SHOW, COUNTERS)
    for name, first in product(device.FLAGS, (True, False)):
        steps = [each for on in (first, not first, first) for each in (link(**{name: on}), SHOW)]
        yield (
            f"flag-{name}-{first:d}",
            (*steps, UP, SHOW, *steps, ping("inet", 1), ping("inet6", 1)),
        )
    yield "delete", (UP, link(delete=True), SHOW)


def _frames() -> Named:
    wrongs: dict[str, list[dict[str, Any]]] = {
        "sum": [{"sum": each} for each in (0, 1, 0xFFFF, "partial")],
        "length": [{"length": each} for each in (0, 7, 8, 17, 18, 19, 65535)],
        "total": [{"total": each} for each in (0, 7, 18, 19, 20, 27, 28, 37, 38, 39, 65535)],
        "version": [{"version": each} for each in (0, 4, 5, 6, 15)],
        "ttl": [{"ttl": each} for each in (0, 1, 255)],
        "mac": [{"mac": each} for each in dict.fromkeys(frames.MACS)],
        "port": [{"port": each} for each in (0, 7009, 65535)],
        "cut": [{"cut": each} for each in (0, 13, 14, 20, 33, 34, 41, 42, 50, 53, 54, 61, 62)],
        "extra": [{"extra": each} for each in (1, 8, 100)],
    }
    for family in FAMILIES:
        home = HOME[family]
        begin = UP, ACCEPT, *pair(family), TAP
        for name, cases in wrongs.items():
            sent = [_datagram(home, home, **dict(case)) for case in cases]
            yield f"{name}-{family}", (*begin, *sent, recv("r"), CAPTURED, COUNTERS)
        ends = product(sorted({*frames.SOURCES[family]}), sorted({*frames.TARGETS[family]}))
        every = [_datagram(src, dst) for src, dst in ends]
        for number in range(0, len(every), 26):
            sent = every[number : number + 26]
            begin = UP, ACCEPT, add("10.0.0.1/24"), add("2001:db8::1/64"), *pair(family, wild=True)
            yield f"ends-{family}-{number // 26}", (*begin, *sent, recv("r"), COUNTERS)
        yield from _messages(family)
        yield from _pieces(family)
    ipv4 = [{"ihl": each} for each in (0, 4, 6, 15)] + [{"ip_sum": each} for each in (0, 1, 0xFFFF)]
    ipv4 += [{"flags": each} for each in (0x4000, 0x8000)] + [{"tos": each} for each in (1, 3, 255)]
    sent = [_datagram("127.0.0.1", "127.0.0.1", **each) for each in ipv4]
    yield "header-inet", (UP, ACCEPT, *pair("inet"), TAP, *sent, recv("r"), CAPTURED, COUNTERS)
    kinds = [
        {"do": "frame", "hex": p.ethernet(kind, mac).hex(), "zeros": 46}
        for kind, mac in product(frames.ETHERTYPES, (p.ZERO, p.FOREIGN, p.BROADCAST))
    ]
    yield "ethertypes", (UP, *kinds, COUNTERS)
    yield "ethertypes-tap", (UP, TAP, *kinds, CAPTURED)
    for number, options in enumerate(frames.KNOWN_OPTIONS):
        sent = [_datagram(each, "127.0.0.1", options=options) for each in ("127.0.0.1", "8.8.8.8")]
        yield f"options-{number:02}", (UP, ACCEPT, *pair("inet"), TAP, *sent, CAPTURED, COUNTERS)
    yield from _extensions()


def _messages(family: str) -> Named:
    home = HOME[family]
    protocol = p.ICMP if family == "inet" else p.ICMPV6
    kinds = [*range(0, 20), 42, 100, 127, 128, 129, *range(160, 164), 255]
    sent = []
    for kind in kinds:
        rest, body = bytes(4), bytes(8)
        if family == "inet":
            message = p.icmp(kind, 0, rest, body)
        else:
            message = p.icmpv6(home, home, (kind, 0, rest), body)
        head = p.ip(home, home, protocol, len(message))
        sent.append(frame(p.ethernet(p.IPV4 if family == "inet" else p.IPV6) + head + message))
    yield f"icmp-{family}", (UP, ACCEPT, TAP, *sent, CAPTURED, COUNTERS)
    unknown = []
    skipped = (p.ICMP, p.IGMP, p.TCP, p.UDP, p.ICMPV6, 0, 43, 44, 60)
    for number in (each for each in frames.PROTOCOLS if each not in skipped):
        head = p.ip(home, home, number, 30)
        unknown.append(frame(p.ethernet(frames.ethertype(family)) + head + bytes(30)))
    yield f"protocols-{family}", (UP, ACCEPT, TAP, *unknown, CAPTURED, COUNTERS)


def _pieces(family: str) -> Named:
    home = HOME[family]
    body = p.udp(home, home, (1111, 7001), bytes(24))
    whole = [(at, body[at : at + 8], at < 24) for at in range(0, 32, 8)]
    orders = {
        "order": whole,
        "backwards": whole[::-1],
        "missing": [*whole[:1], *whole[2:]],
        "twice": [*whole[:2], *whole[1:]],
        "overlap": [whole[0], (0, body[:16], True), *whole[2:]],
        "after": [*whole, whole[1]],
        "no-end": whole[:3],
        "odd-length": [(0, body[:9], True), *whole[1:]],
        "two-ends": [*whole[:2], (24, body[24:], False), (16, body[16:24], False)],
        "beyond": [whole[0], (65528, body[:8], False), *whole[1:]],
        "empty": [whole[0], (8, b"", True), *whole[1:]],
        "alone": [(0, body, False)],
    }
    for name, parts in orders.items():
        sent = []
        for at, data, more in parts:
            if family == "inet":
                flags = 0x2000 if more else 0
                data = p.ipv4(home, home, p.UDP, len(data), flags=flags, offset=at) + data
            else:
                data = p.fragment_header(p.UDP, at, more) + data
                data = p.ipv6(home, home, p.FRAGMENT, len(data)) + data
            sent.append(frame(p.ethernet(frames.ethertype(family)) + data))
        begin = UP, ACCEPT, *pair(family), TAP
        yield f"pieces-{name}-{family}", (*begin, *sent, recv("r"), CAPTURED, COUNTERS)


def _extensions() -> Named:
    body = p.udp("::1", "::1", (1111, 7001), bytes(10))
    for kind in (p.HOPOPTS, p.DSTOPTS):
        for number, text in enumerate(frames.OPTION_HEADERS):
            head = p.extension(p.UDP, bytes.fromhex(text))
            data = p.ipv6("::1", "::1", kind, len(head + body)) + head + body
            steps = frame(p.ethernet(p.IPV6) + data), recv("r"), CAPTURED, COUNTERS
            yield f"extension-{kind}-{number:02}", (UP, *pair("inet6"), TAP, *steps)
    for routing, left in product((0, 2, 3, 4, 253), (0, 1)):
        head = p.extension(p.UDP, bytes([routing, left]) + bytes(4) + p.packed("::1"))
        data = p.ipv6("::1", "::1", p.ROUTING, len(head + body)) + head + body
        steps = frame(p.ethernet(p.IPV6) + data), recv("r"), CAPTURED, COUNTERS
        yield f"routing-{routing}-{left}", (UP, *pair("inet6"), TAP, *steps)


def _vnet() -> Named:
    for family, protocol in product(FAMILIES, (p.UDP, p.TCP)):
        for kind in (0, 1, 2, 3, 4, 5, 6, 0x81, 0x83, 0x84, 0x85):
            for flags in (0, 1, 2):
                steps = [_virtual(family, protocol, gso_type=kind, flags=flags)]
                steps += [_virtual(family, protocol, gso_type=kind, flags=flags, gso_size=0)]
                name = f"{family}-{protocol}-{kind:02x}-{flags}"
                cut = {"tx-udp-segmentation": False, "tx-tcp-segmentation": False}
                off = {"do": "features", "set": cut | {"tx-tcp6-segmentation": False}}
                begin = UP, ACCEPT, *pair(family), TAP
                yield name, (*begin, *steps, off, *steps, CAPTURED, recv("r"), COUNTERS)
        start = 34 if family == "inet" else 54
        length = start + 2508
        edges = {
            "csum_start": (0, 14, 19, 20, 21, start - 1, start, start + 1, length - 8, length),
            "csum_offset": (0, 6, 16, 2506, 2507, 65535),
            "hdr_len": (0, 13, 14, start, start + 8, length, length + 1, length + 12, 65535),
            "gso_size": (0, 1, 19, 20, 2499, 2500, 2501, 2508, 65534, 65535),
        }
        if protocol == p.UDP:
            for name, values in edges.items():
                steps = [_virtual(family, protocol, **{name: value}) for value in values]
                begin = UP, ACCEPT, *pair(family), TAP
                yield f"{name}-{family}", (*begin, *steps, CAPTURED, recv("r", 1000), COUNTERS)


def _virtual(family: str, protocol: int, payload: int = 2500, **fields: int) -> Step:
    home = HOME[family]
    start = 34 if family == "inet" else 54
    kinds = {p.UDP: 5, p.TCP: 1 if family == "inet" else 4}
    vnet = {"flags": 1, "gso_type": kinds[protocol], "gso_size": 1000, "csum_start": start}
    vnet |= {"hdr_len": start + (8 if protocol == p.UDP else 20)}
    vnet |= {"csum_offset": 6 if protocol == p.UDP else 16}
    ports, more = (1111, 7001), {"sum": "partial"}
    build = p.udp if protocol == p.UDP else p.tcp
    body = build(home, home, ports, bytes(payload), **more)
    mac = p.ZERO if protocol == p.UDP else p.FOREIGN
    head = p.ethernet(frames.ethertype(family), mac) + p.ip(home, home, protocol, len(body))
    data = (head + body).rstrip(b"\0")
    zeros = len(head + body) - len(data)
    return {"do": "vnet_frame", "hex": data.hex(), "zeros": zeros, "vnet": vnet | fields}


def _multicast() -> Named:
    for family in FAMILIES:
        groups = sockets.GROUPS[family][1:]
        join = {"inet": "IP_ADD_MEMBERSHIP", "inet6": "IPV6_ADD_MEMBERSHIP"}[family]
        leave = join.replace("ADD", "DROP")
        for number, index in product(range(len(groups)), (0, 1, 2)):
            value = [groups[number], index]
            steps = put("r", join, value), SHOW, put("r", join, value), put("a", join, value), SHOW
            steps += put("r", leave, value), SHOW, put("r", leave, value), close("a"), SHOW
            yield f"join-{family}-{number}{index}", (UP, *pair(family, wild=True), *steps)
        ways = {"inet": (1, "127.0.0.1", 0, "8.8.8.8", 2), "inet6": (1, 0, 2)}[family]
        names = {"inet": "IP_MULTICAST_IF", "inet6": "IPV6_MULTICAST_IF"}
        for number, way in enumerate(ways):
            value = [groups[0], 1]
            to = groups[0] + ("%1" if family == "inet6" else "")
            begin = (
                UP,
                *pair(family, wild=True),
                put("r", join, value),
                put("a", names[family], way),
            )
            sends = send("a", 10, to), send("a", 2500, to, gso_size=1000), connect("a", to)
            sends += send("a", 1), TAP, send("a", 2), CAPTURED, recv("r"), COUNTERS
            yield f"send-{family}-{number}", (*begin, *sends)
    for everybody, members in product((0, 1), (0, 1, 2)):
        steps = [sock(name, "inet") for name in "rsa"]
        steps += [put(name, "SO_REUSEADDR", 1) for name in "rs"]
        steps += [bind("r", "0.0.0.0"), bind("s", "239.1.1.1")]
        steps += [put("r", "IP_MULTICAST_ALL", everybody), put("s", "IP_MULTICAST_ALL", everybody)]
        joined = [put(name, "IP_ADD_MEMBERSHIP", ["239.1.1.1", 1]) for name in "sr"[:members]]
        steps += [*joined, put("a", "IP_MULTICAST_IF", "127.0.0.1"), send("a", 10, "239.1.1.1")]
        steps += [send("a", 3000, "239.1.1.1", gso_size=1000), recv("r"), recv("s"), COUNTERS]
        yield f"all-{everybody}{members}", (UP, *steps)
    for option, value in product(
        ("IP_MULTICAST_LOOP", "IP_MULTICAST_TTL", "IP_TTL"), (0, 1, 2, 255)
    ):
        begin = UP, *pair("inet", wild=True), put("r", "IP_ADD_MEMBERSHIP", ["239.1.1.1", 1])
        sends = put("a", option, value), put("a", "IP_MULTICAST_IF", 1), TAP
        sends += send("a", 10, "239.1.1.1"), CAPTURED, recv("r")
        yield f"{option}-{value}", (*begin, *sends)
    for to in ("127.255.255.255", "255.255.255.255", "10.0.0.255", "10.0.0.0", "127.0.0.0"):
        for on in (0, 1):
            begin = UP, add("10.0.0.1/24"), *pair("inet", wild=True), put("a", "SO_BROADCAST", on)
            sends = send("a", 10, to), connect("a", to), send("a", 11), TAP, send("a", 12), CAPTURED
            yield f"broadcast-{to}-{on}", (*begin, *sends, recv("r"), COUNTERS)


def _mixed() -> Named:
    for family in FAMILIES:
        for order in ("before", "after", "never"):
            begin = (UP,) if order == "before" else ()
            late = (UP,) if order == "after" else ()
            sends = send("a", 10, HOME[family]), ping(family, 8)
            steps = *begin, *pair(family), *sends, *late, *sends, recv("r"), SHOW, COUNTERS
            yield f"up-{order}-{family}", steps
        down = DOWN, send("a", 10, HOME[family]), connect("a", HOME[family]), send("a", 11)
        yield f"down-{family}", (UP, *pair(family), *down, UP, send("a", 12), recv("r"), COUNTERS)


WRITTEN = {
    "taps": _taps,
    "addresses": _addresses,
    "sysctls": _sysctls,
    "sockets4": _sockets4,
    "sockets6": _sockets6,
    "errors": _errors,
    "buffers": _buffers,
    "gro": _gro,
    "limits": _limits,
    "frames": _frames,
    "vnet": _vnet,
    "multicast": _multicast,
    "mixed": _mixed,
}


def written(theme: str) -> list[Scenario]:
    """The scenarios of a theme that are written by hand."""
    return [{"id": f"{theme}-{name}", "steps": list(steps)} for name, steps in WRITTEN[theme]()]


def drawn(theme: str) -> list[Scenario]:
    """The scenarios of a theme that its generator draws."""
    scenarios = []
    for number in range(DRAWN.get(theme, USUAL)):
        name = f"{theme}-{number:03}"
        scenarios.append({"id": name, "steps": scenarios_2.drawn(theme, Random(name))})
    return scenarios


def files(kept: Mapping[str, list[Step]] | None = None) -> dict[str, list[Scenario]]:
    """Every scenario, by the file that it is recorded in.

    `kept` has steps by id: a scenario that is drawn gets those instead of a new draw.
    """
    steps = kept or {}
    again = {
        theme: [each | {"steps": steps.get(each["id"], each["steps"])} for each in drawn(theme)]
        for theme in WRITTEN
    }
    return {theme: [*written(theme), *again[theme]] for theme in WRITTEN}
