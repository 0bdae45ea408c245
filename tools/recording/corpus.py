"""The scenarios that are recorded, by file. Their results are not here: `capture.py` gets them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from typing import Any

Step = dict[str, Any]
Scenario = dict[str, Any]

UP: Step = {"do": "link", "up": True}
DOWN: Step = {"do": "link", "up": False}
SHOW: Step = {"do": "show"}
FAMILIES = ("inet", "inet6")
HEADERS = {"inet": 28, "inet6": 48}  # IP and UDP
#: What gen_lo_setup and register_netdevice let user space change.
CHANGEABLE = (
    "rx-gro",
    "rx-gro-list",
    "rx-udp-gro-forwarding",
    "tx-generic-segmentation",
    "tx-gso-list",
    "tx-sctp-segmentation",
    "tx-tcp-accecn-segmentation",
    "tx-tcp-ecn-segmentation",
    "tx-tcp-mangleid-segmentation",
    "tx-tcp-segmentation",
    "tx-tcp6-segmentation",
    "tx-udp-segmentation",
)
TSO = (
    "tx-tcp-segmentation",
    "tx-tcp-ecn-segmentation",
    "tx-tcp-mangleid-segmentation",
    "tx-tcp6-segmentation",
)


def mtu(value: int) -> Step:
    return {"do": "link", "mtu": value}


def address(value: str) -> Step:
    return {"do": "link", "address": value}


def features(**names: bool) -> Step:
    return {"do": "features", "set": {name.replace("_", "-"): on for name, on in names.items()}}


def off(*names: str) -> Step:
    return {"do": "features", "set": dict.fromkeys(names, False)}


def on(*names: str) -> Step:
    return {"do": "features", "set": dict.fromkeys(names, True)}


def udp(family: str, payload: int, gso_size: int | None = None, **options: Any) -> Step:
    return {"do": "udp", "family": family, "payload": payload, "gso_size": gso_size, **options}


def ping(family: str, payload: int) -> Step:
    return {"do": "ping", "family": family, "payload": payload}


def frame(dst: str, ethertype: int, payload: int) -> Step:
    return {"do": "frame", "dst": dst, "ethertype": ethertype, "payload": payload}


def tcp(family: str, payload: int, gso_size: int | None, flags: int = 24) -> Step:
    return {
        "do": "tcp_frame",
        "family": family,
        "payload": payload,
        "gso_size": gso_size,
        "flags": flags,
    }


def scenario(name: object, *steps: Step) -> Scenario:
    return {"id": str(name), "steps": list(steps)}


def numbered(prefix: str, many: Iterator[tuple[Step, ...]]) -> Iterator[Scenario]:
    for number, steps in enumerate(many):
        yield scenario(f"{prefix}-{number:03}", *steps)


MTUS = (-(2**31), -65536, -1, 0, 1, 14, 67, 68, 69, 575, 576, 1279, 1280, 1281, 1500, 9000)
MTUS += (65535, 65536, 65537, 131072, 2**31 - 15, 2**31 - 1)


def link() -> Iterator[Scenario]:
    """Up and down, MTU, hardware address, delete."""
    yield scenario("link-fresh", SHOW)
    yield scenario("link-up", UP, SHOW)
    yield scenario("link-down-when-down", DOWN, SHOW)
    yield scenario("link-up-twice", UP, UP, SHOW)
    yield scenario("link-up-down", UP, DOWN, SHOW)
    yield scenario("link-up-down-up", UP, DOWN, UP, SHOW)
    yield scenario("link-delete-up", UP, {"do": "link", "delete": True}, SHOW)
    for value in MTUS:
        yield scenario(f"mtu-{value}-down", mtu(value), UP, ping("inet", 10), ping("inet6", 10))
        yield scenario(f"mtu-{value}-up", UP, mtu(value), ping("inet", 10), ping("inet6", 10))
        again = (mtu(65536), ping("inet", 10), ping("inet6", 10), DOWN, UP, ping("inet", 10))
        yield scenario(f"mtu-{value}-and-back", UP, mtu(value), *again, ping("inet6", 10))
    for value in (0, 67, 68, 1279, 1280, 2**31 - 1):
        yield scenario(f"mtu-{value}-shown", UP, mtu(value), SHOW, mtu(65536), SHOW)
        yield scenario(f"mtu-{value}-before-up", mtu(value), UP, SHOW, mtu(65536), UP, SHOW)
        yield scenario(f"mtu-{value}-while-down", UP, DOWN, mtu(value), SHOW, mtu(1500), UP, SHOW)
    yield from numbered("mac", _mac())


MACS = ("00:00:00:00:00:00", "02:00:00:00:00:01", "02:00:00:00:00:99", "01:00:5e:00:00:01")
MACS += ("ff:ff:ff:ff:ff:ff", "00:00:00:00:00:01", "FE:DC:BA:98:76:54", "33:33:00:00:00:01")


def _mac() -> Iterator[tuple[Step, ...]]:
    for value in MACS:
        yield UP, address(value), SHOW, ping("inet", 1), udp("inet6", 1)
        yield address(value), address(value), UP, frame("zero", 34997, 46), SHOW
        yield UP, address(value), frame("other", 2048, 46), frame("zero", 2054, 46)
    for first, second in product(MACS[:4], MACS[:4]):
        yield address(first), address(second), UP, address(first), frame("other", 34997, 10)


def feature_scenarios(names: list[str]) -> Iterator[Scenario]:
    """Every feature, off and on; what can be changed, in many combinations."""
    for name in names:
        yield scenario(f"feature-{name}", off(name), on(name), off(name), off(name))
    for name in CHANGEABLE:
        sends = udp("inet", 3000, 1000), udp("inet6", 3000, 1000)
        yield scenario(f"off-{name}", UP, off(name), SHOW, *sends, *tso_sends(), on(name), SHOW)
    yield scenario("features-none", features(), UP, features(), SHOW)
    yield scenario("features-mixed-fixed", UP, off("tx-udp-segmentation", "tx-scatter-gather"))
    yield scenario(
        "features-mixed-never", off("tx-udp-segmentation", "vlan-challenged"), UP, udp("inet", 9, 3)
    )
    yield scenario("features-all-off", UP, off(*CHANGEABLE), SHOW, *tso_sends(), on(*CHANGEABLE))
    yield scenario("features-all-on", UP, on(*CHANGEABLE), SHOW, *tso_sends(), off(*CHANGEABLE))
    yield scenario("features-soft-on", on("rx-gro-list", "rx-udp-gro-forwarding"), UP, SHOW)
    yield from numbered("tso", _tso())
    yield from numbered("tso-wish", _tso_wish())
    yield from numbered("pair", _pairs())


def tso_sends() -> tuple[Step, ...]:
    return (
        tcp("inet", 4000, 1460),
        tcp("inet6", 4000, 1440),
        tcp("inet", 4000, 1460, 0x98),
        tcp("inet6", 4000, 1440, 0x98),
    )


def _tso() -> Iterator[tuple[Step, ...]]:
    for values in product((False, True), repeat=4):
        wanted = {"do": "features", "set": dict(zip(TSO, values, strict=True))}
        yield UP, wanted, *tso_sends()


def _tso_wish() -> Iterator[tuple[Step, ...]]:
    for first, second in product(TSO, TSO):
        yield off(first), off(second), on(first), SHOW
    for name in TSO:
        rest = [other for other in TSO if other != name]
        yield off(*TSO), on(name), on(*rest), off(name)
        yield off(*rest), off(name), on(name), on(*rest)


def _pairs() -> Iterator[tuple[Step, ...]]:
    for first, second in combinations(CHANGEABLE, 2):
        yield UP, off(first, second), udp("inet", 2500, 1200), *tso_sends()[::3]


def _edges(mtu_value: int, family: str) -> list[int]:
    fits = mtu_value - HEADERS[family]
    edges = {0, 1, 100, fits - 1, fits, fits + 1, fits + 7, fits + 8, fits + 9, 2 * fits}
    return sorted(value for value in edges if 0 <= value <= 65600)


UDP_MTUS = (0, 20, 67, 68, 69, 76, 100, 576, 1000, 1279, 1280, 1283, 1500, 9000, 65535, 65536)
UDP_MTUS += (65537, 100000)


def udp_plain() -> Iterator[Scenario]:
    """Datagrams without UDP_SEGMENT: every MTU's edges, fragments, PMTU modes, nobody there."""
    for family, value in product(FAMILIES, UDP_MTUS):
        sends = [udp(family, payload) for payload in _edges(value, family)]
        yield scenario(f"udp-{family}-mtu-{value}", UP, mtu(value), *sends)
    limits = (65455, 65474, 65487, 65488, 65489, 65494, 65495, 65506, 65507, 65508, 65515)
    limits += (65526, 65527, 65528, 65535, 65536, 70000, 2**31 - 1)
    for family, value in product(FAMILIES, (1500, 32768, 65536, 70000)):
        sends = [udp(family, payload) for payload in (limits[5:16:5] if value == 1500 else limits)]
        yield scenario(f"udp-{family}-limits-mtu-{value}", UP, mtu(value), *sends)
    for family, mode in product(FAMILIES, ("dont", "want", "do")):
        for value in (68, 576, 1280, 1500, 65536):
            sends = [udp(family, payload, pmtudisc=mode) for payload in _edges(value, family)]
            if value > 1500 or mode == "do":
                sends += [udp(family, payload, pmtudisc=mode) for payload in (65507, 65527, 65528)]
            yield scenario(f"udp-{family}-{mode}-mtu-{value}", UP, mtu(value), *sends)
    yield from _nobody()
    yield from _unreachable()


def _nobody() -> Iterator[Scenario]:
    for family, value in product(FAMILIES, (68, 576, 577, 1280, 1281, 1500, 65536)):
        payloads = (0, 1, 100, 519, 520, 521, 547, 548, 549, 1184, 1185, 1232, 1233, 2000, 5000)
        payloads = payloads[: 6 if value == 68 else None]
        sends = [udp(family, payload, listening=False) for payload in payloads]
        yield scenario(f"nobody-{family}-mtu-{value}", UP, mtu(value), *sends)
        more = [udp(family, payload, gso, listening=False) for payload, gso in GSO_NOBODY]
        yield scenario(f"nobody-{family}-gso-mtu-{value}", UP, mtu(value), *more)
        if value in (576, 1280):
            cut = (UP, mtu(value), off("tx-udp-segmentation"))
            yield scenario(f"nobody-{family}-cut-mtu-{value}", *cut, *more)


GSO_NOBODY = ((100, 10), (3000, 1000), (1000, 1000), (1001, 1000), (300, 20))


def _unreachable() -> Iterator[Scenario]:
    for family in FAMILIES:
        sends = (udp(family, 10), udp(family, 30, 10), ping(family, 10), frame("zero", 2048, 10))
        sends += (tcp(family, 4000, 1000), udp(family, 70000), udp(family, 10, -1))
        yield scenario(f"unreachable-{family}-fresh", *sends)
        yield scenario(f"unreachable-{family}-down", UP, DOWN, *sends)
        yield scenario(f"unreachable-{family}-mtu-0", UP, mtu(0), *sends)
        yield scenario(f"unreachable-{family}-mtu-1000", UP, mtu(1000), *sends)
        yield scenario(f"unreachable-{family}-back", UP, mtu(0), mtu(1500), *sends)
        yield scenario(f"unreachable-{family}-up-again", UP, mtu(0), mtu(1500), DOWN, UP, *sends)


def udp_gso() -> Iterator[Scenario]:
    """UDP_SEGMENT: sizes, edges, limits and errnos, cut and whole."""
    for family, value in product(FAMILIES, (68, 576, 1280, 1500, 9000, 65536)):
        fits = value - HEADERS[family]
        sizes = [size for size in (1, fits - 1, fits, fits + 1) if 0 < size < 65536]
        pairs = [(size, more) for size in sizes for more in (-1, 0, 1, min(size, 3000))]
        sends = [udp(family, size + more, size) for size, more in pairs]
        sends = [step for step in sends if step["payload"] >= 0]
        for name, steps in (("whole", ()), ("cut", (off("tx-udp-segmentation"),))):
            yield scenario(f"gso-{family}-{name}-mtu-{value}", UP, mtu(value), *steps, *sends)
    for family in FAMILIES:
        for name, steps in (("whole", ()), ("cut", (off("tx-udp-segmentation"),))):
            yield scenario(f"gso-{family}-{name}-many", UP, *steps, *_many(family, not steps))
            yield scenario(f"gso-{family}-{name}-sizes", UP, mtu(1500), *steps, *_sizes(family))
            yield scenario(f"gso-{family}-{name}-longest", UP, *steps, *_longest(family))
            yield scenario(f"gso-{family}-{name}-modes", UP, mtu(1500), *steps, *_modes(family))


def _many(family: str, whole: bool) -> list[Step]:
    many = (2, 3, 10, 44, 45, 63, 64, 65, 100, 127, 128, 129, 130, 500) if whole else (2, 3)
    more = [udp(family, 1279, 10), udp(family, 1281, 10)]
    return [udp(family, count * 10 + more, 10) for count in many for more in (-1, 0, 1)] + more


def _sizes(family: str) -> list[Step]:
    sizes = (-(2**31), -1, 0, 1, 7, 8, 100, 1000, 1451, 1452, 1453, 1471, 1472, 1473, 1500, 2000)
    sizes += (65507, 65535, 65536, 2**31 - 1)
    payloads = (0, 1, 90, 1460, 4000)
    return [udp(family, payload, size) for size in sizes for payload in payloads]


def _longest(family: str) -> list[Step]:
    lengths = (65450, 65473, 65474, 65475, 65487, 65488, 65489, 65493, 65494, 65495, 65507)
    lengths += (65508, 65527, 65528, 65535, 65536)
    sends = [udp(family, length, size) for size in (16384, 65507) for length in lengths]
    return [*sends, udp(family, 65507 - HEADERS[family] + 28, 1000)]


def _modes(family: str) -> list[Step]:
    sends = product(("dont", "want", "do"), ((1400, 1400), (2800, 1400), (3000, 1600), (900, 1600)))
    return [udp(family, *pair, pmtudisc=mode) for mode, pair in sends]


def pings() -> Iterator[Scenario]:
    """Echo requests: every MTU's edges, fragments both ways, limits."""
    for family, value in product(FAMILIES, (68, 100, 576, 1280, 1500, 9000, 65535, 65536, 65537)):
        sends = [ping(family, payload) for payload in _edges(value, family)]
        yield scenario(f"ping-{family}-mtu-{value}", UP, mtu(value), *sends)
        limits = (65479, 65488, 65489, 65499, 65507, 65508, 65520, 65527, 65528, 65536, 2**20)
        sends = [ping(family, payload) for payload in (limits if value > 5000 else limits[4:5])]
        yield scenario(f"ping-{family}-limits-mtu-{value}", UP, mtu(value), *sends)
    for value, last in (68, 24569), (75, 24576), (76, 28665), (100, 40953):
        sends = udp("inet", last), ping("inet", last), udp("inet6", last)
        yield scenario(f"sndbuf-mtu-{value}", UP, mtu(value), *sends)
    yield scenario("sndbuf-whole", UP, mtu(100), udp("inet", 40952))
    yield scenario("sndbuf-answer", UP, mtu(228), ping("inet", 43048), ping("inet", 43049))
    for family in FAMILIES:
        yield scenario(f"ping-{family}-mac", UP, address(MACS[1]), *[ping(family, 56)] * 2)
        yield scenario(f"ping-{family}-down", UP, DOWN, ping(family, 56), UP, ping(family, 56))
        yield scenario(f"ping-{family}-four", UP, *[ping(family, 56)] * 4)


ETHERTYPES = (0, 1, 2, 3, 4, 5, 46, 0x5DC, 0x5DD, 0x5FF, 0x600, 0x601, 0x800, 0x806, 0x808)
ETHERTYPES += (0x8035, 0x8100, 0x88A8, 0x86DD, 0x8847, 0x8848, 0x8863, 0x8864, 0x888E, 0x88B5)
ETHERTYPES += (0x88CC, 0x88F7, 0x893A, 0x8906, 0x8912, 0x89E7, 0x22F0, 0x9000, 0x9100, 0xFFFF)
DESTINATIONS = ("zero", "other", "broadcast", "multicast")


def frames() -> Iterator[Scenario]:
    """Raw frames: every destination, every class of ethertype, every length's edge."""
    for dst, ethertype in product(DESTINATIONS, ETHERTYPES):
        sends = [frame(dst, ethertype, payload) for payload in (0, 1, 2, 4, 46, 1500)]
        yield scenario(f"frame-{dst}-{ethertype:#06x}", UP, *sends)
    for value in (0, 1, 46, 68, 1500, 65535, 65536, 65537):
        lengths = [value + more for more in (-1, 0, 1, 3, 4, 5) if value + more >= 0]
        for ethertype in (0x800, 0x8100, 0x88B5):
            sends = [frame("zero", ethertype, payload) for payload in lengths]
            yield scenario(f"frame-{ethertype:#06x}-mtu-{value}", UP, mtu(value), *sends)
    for value in MACS[1:]:
        sends = [frame(dst, ethertype, 46) for dst in DESTINATIONS for ethertype in (2048, 34997)]
        yield scenario(f"frame-mac-{value.replace(':', '')}", UP, address(value), *sends)
    # 17 fragments of 8 pages, then a longer head, then a head of more than 4 MiB.
    sends = [
        frame("other", 34997, payload) for payload in (557042, 557043, 2000000, 4751011, 5**10)
    ]
    yield scenario("frame-longest", UP, mtu(2**31 - 1), *sends)
    yield scenario("frame-fresh", frame("zero", 34997, 46), frame("zero", 34997, 0))
    yield scenario("frame-down", UP, DOWN, frame("zero", 34997, 46), UP, frame("zero", 34997, 46))


FLAGS = (0, 1, 2, 4, 8, 16, 17, 24, 25, 32, 64, 128, 0x98, 0xC2, 0xD8, 0xD9, 255)


def tcp_frames() -> Iterator[Scenario]:
    """TCP packets with a virtio header: whole, cut, untrusted, malformed."""
    for family in FAMILIES:
        headers = 20 + HEADERS[family] - 8
        for name, steps in TCP_STATES.items():
            prefix = f"tcp-{family}-{name}"
            payloads = (0, 1, 300) if name in ("on", "off") else (0, 100)
            sends = [tcp(family, 4000, 1448, flags) for flags in FLAGS]
            yield scenario(f"{prefix}-flags", UP, *steps, *sends)
            sizes = (0, 7, 8, 9, 100, 299, 300, 301, 320, 32768, 65535)
            sends = [tcp(family, payload, size) for size in sizes for payload in payloads]
            yield scenario(f"{prefix}-sizes", UP, *steps, *sends)
            sends = [tcp(family, 1000 * 5 + more, 1000) for more in (-1000, -1, 0, 1, 999, 1000)]
            yield scenario(f"{prefix}-counts", UP, *steps, *sends)
            sends = [tcp(family, 65536 - headers - 14 + more, 16000) for more in (-2, -1, 0, 1, 9)]
            sends += [tcp(family, 65495, 16000), tcp(family, 65495, 65495)]
            yield scenario(f"{prefix}-longest", UP, *steps, *sends)
        for value in (0, 40, 60, 68, 576, 1280, 1500, 65536):
            lengths = [value - headers + more for more in (-1, 0, 1, 4, 5)]
            sends = [tcp(family, length, None) for length in lengths if 0 <= length < 65496]
            sends += [tcp(family, length, 500) for length in (400, 500, 501, 3000)]
            yield scenario(f"tcp-{family}-mtu-{value}", UP, mtu(value), *sends)
        yield from _answered(family)
        yield scenario(f"tcp-{family}-plain", UP, *[tcp(family, 100, None, each) for each in FLAGS])


def _answered(family: str) -> Iterator[Scenario]:
    # "So that nobody answers", says the contract; unless lo itself is given that address.
    other = UP, address("02:00:00:00:00:99")
    sends = [tcp(family, 0, None, flags) for flags in FLAGS]
    yield scenario(f"tcp-{family}-other", *other, tcp(family, 9, 4))
    yield scenario(f"tcp-{family}-other-flags", *other, *sends)
    yield scenario(f"tcp-{family}-other-gso", *other, *[tcp(family, 3000, 1000, f) for f in FLAGS])
    cut = [tcp(family, 3000, 1000, f) for f in FLAGS]
    yield scenario(f"tcp-{family}-other-cut", *other, off(*TSO), *cut)
    yield scenario(f"tcp-{family}-other-mtu", *other, mtu(1280), tcp(family, 2000, 1000))


TCP_STATES: dict[str, tuple[Step, ...]] = {
    "on": (),
    "off": (off(*TSO),),
    "ecn-off": (off("tx-tcp-ecn-segmentation"),),
    "mangleid-off": (off("tx-tcp-mangleid-segmentation"),),
    "accecn-off": (off("tx-tcp-accecn-segmentation"),),
    "gso-off": (off("tx-generic-segmentation"),),
}


def backlog() -> Iterator[Scenario]:
    """More segments at once than the backlog takes (1000, tested with <=, so 1001)."""
    counts = ("inet", 64), ("inet6", 65), ("inet", 301), ("inet6", 1001), ("inet", 1003)
    for family, count in counts:
        steps = UP, off(*TSO), tcp(family, count * 10, 10), tcp(family, 30, 10)
        yield scenario(f"backlog-tcp-{family}-{count}", *steps)
    for family in FAMILIES:
        sends = udp(family, 1280, 10), udp(family, 1280, 10)
        yield scenario(f"backlog-udp-{family}", UP, off("tx-udp-segmentation"), *sends)


def sequences() -> Iterator[Scenario]:
    """Several sends in one namespace: what the first leaves behind for the next."""
    for family in FAMILIES:
        yield scenario(f"seq-{family}-repeat", UP, *[udp(family, 1000)] * 5)
        refused = [udp(family, 1000, listening=False)] * 12
        yield scenario(f"seq-{family}-refused", UP, *refused)
        cut = UP, mtu(1500), off("tx-udp-segmentation")
        refused = [udp(family, 30 * 20, 20, listening=False)] * 3
        yield scenario(f"seq-{family}-refused-burst", *cut, *refused)
        values = (9000, 1500, 1280, 9000)
        shrink = [each for value in values for each in (mtu(value), *_three(family))]
        yield scenario(f"seq-{family}-mtu-changes", UP, *shrink)
        toggles = [each for _ in range(3) for each in (DOWN, udp(family, 5), UP, udp(family, 5))]
        yield scenario(f"seq-{family}-toggles", UP, *toggles)
        flips = [off("tx-udp-segmentation"), *_three(family), on("tx-udp-segmentation")]
        yield scenario(f"seq-{family}-feature-flips", UP, *flips, *_three(family))
        mixed = [*_three(family), ping(family, 100), frame("zero", 34997, 46), *tso_sends()]
        yield scenario(f"seq-{family}-mixed", UP, mtu(1500), *mixed)
        yield scenario(f"seq-{family}-mixed-down", UP, DOWN, *mixed, SHOW)
        yield scenario(f"seq-{family}-mixed-mtu-68", UP, mtu(68), *mixed)
        yield scenario(f"seq-{family}-mac-last", UP, address(MACS[1]), *mixed)


def _three(family: str) -> tuple[Step, ...]:
    return udp(family, 2000), udp(family, 3000, 1000), udp(family, 8000, pmtudisc="do")


#: MTUs (20 and a multiple of 8) with what a fragment of that length is charged in some release:
#: small heads of 576 or 640 bytes or none, kmalloc's 512 and 1024, each and the struct's 256.
CHARGES = ((68, 768), (68, 832), (68, 896), (156, 768), (164, 1280), (220, 832), (228, 1280))
CHARGES += ((284, 1280), (292, 1280))
UDP_SNDBUF, ICMP_SNDBUF = 212992, 132224


def _last(mtu_value: int, charge: int, sndbuf: int) -> int:
    """The longest payload behind 8 bytes of header whose fragments a socket may all be charged."""
    fragments = (2 * sndbuf - 1) // charge + 1
    return fragments * (mtu_value - 20) - 8


def releases() -> Iterator[Scenario]:
    """Where releases differ and the other files do not look: charges, lengths over 64 KB."""
    for value, charge in CHARGES:
        last = _last(value, charge, ICMP_SNDBUF)
        sends = ping("inet", last), ping("inet", last + 1)
        yield scenario(f"charge-{charge}-ping-mtu-{value}", UP, mtu(value), *sends)
    for value, charge in CHARGES[:3]:
        last = _last(value, charge, UDP_SNDBUF)
        yield scenario(f"charge-{charge}-passes-mtu-{value}", UP, mtu(value), udp("inet", last))
        yield scenario(f"charge-{charge}-over-mtu-{value}", UP, mtu(value), udp("inet", last + 1))
    sends = [frame("other", 34997, payload) for payload in (65536, 69632, 69633, 557042)]
    yield scenario("frame-seventeen-pages", UP, mtu(2**31 - 1), *sends)
    sends = [udp("inet6", payload, pmtudisc="do") for payload in (65527, 65528, 70000)]
    yield scenario("inet6-longer-than-its-header-says", UP, mtu(200000), *sends)


def _known(line: Scenario, names: list[str]) -> Scenario:
    """The scenario without the features that the kernel does not have."""
    return line | {"steps": [_known_step(step, names) for step in line["steps"]]}


def _known_step(step: Step, names: list[str]) -> Step:
    if step["do"] != "features":
        return step
    return step | {"set": {name: on for name, on in step["set"].items() if name in names}}


def files(names: list[str]) -> dict[str, list[Scenario]]:
    """Every scenario, by the file that it is recorded in; `names` are the kernel's features."""
    every = {
        "link": link(),
        "features": feature_scenarios(names),
        "udp": udp_plain(),
        "udp-gso": udp_gso(),
        "ping": pings(),
        "frame": frames(),
        "tcp-frame": tcp_frames(),
        "backlog": backlog(),
        "sequence": sequences(),
        "release": releases(),
    }
    return {name: [_known(line, names) for line in lines] for name, lines in every.items()}
