"""What is done to lo: links, addresses, settings, features, taps; and what is asked of it."""

from __future__ import annotations

from typing import Any

from .scene import Scene

MTUS = (1500, 1500, 1500, 1280, 1279, 1281, 576, 68, 69, 1000, 1400, 9000, 65535, 65536, 65537)
MTUS += (70000, 67, 0, -1, 100, 552, 553, 2**31 - 1, 1372, 300)
ADDRESSES = (
    *("127.0.0.1/8", "127.0.0.2/8", "127.0.0.3/32", "10.0.0.1/24", "10.0.0.2/24", "10.0.0.9/32"),
    *("10.0.0.1/8", "192.168.1.1/16", "8.8.8.8/32", "169.254.1.1/16", "10.0.0.1/31", "10.0.0.1/30"),
    *("::1/128", "2001:db8::1/64", "2001:db8::2/64", "2001:db8::9/128", "fe80::1/64", "fd00::1/8"),
    *("::1/64", "127.0.0.1/32", "127.0.0.1/16"),
)
ODD = (
    *("0.0.0.0/8", "224.0.0.5/32", "255.255.255.255/32", "10.0.0.5/0", "10.0.0.9/33"),
    *("ff02::5/128", "::/128", "2001:db8::1/129", "::ffff:10.0.0.1/128", "::127.0.0.1/96"),
    *("2001:db8::1/0", "240.0.0.1/8", "10.0.0.255/24", "10.0.0.0/24", "127.255.255.255/8"),
    *("fe80::2/10", "::2/127"),
)
LIMITS = {
    "gso_max_size": (0, 1, 192, 193, 1042, 3042, 3043, 3062, 3063, 65535, 65536, 65537, 70000)
    + (524280, 524281, 2**32 - 1),
    "gso_ipv4_max_size": (0, 1, 192, 193, 1042, 3042, 3043, 65535, 65536, 65537, 70000)
    + (524280, 524281, 2**32 - 1),
    "gso_max_segs": (0, 1, 2, 3, 4, 10, 64, 127, 128, 65534, 65535, 65536, 2**32 - 1),
}
NAMES = ("x", "lo", "lo0", "all", "default", "", ".", "..", "a/b", "a:b", "a b", "fifteen-letters")
NAMES += ("y", "eth0", "-", "a.b", "LO", "1")
FLAGS = ("promisc", "multicast", "allmulticast", "arp")
ZERO_OR_ONE = (0, 1, 1, 0, 1, 2, -1)
SYSCTLS: dict[str, tuple[int, ...]] = {
    "net.ipv6.conf.all.disable_ipv6": (1, 0, 1, 2, -1),
    "net.ipv6.conf.default.disable_ipv6": (1, 0, 2),
    "net.ipv6.conf.lo.disable_ipv6": (1, 0, 1, 0, 2, -1),
    "net.ipv4.conf.all.route_localnet": ZERO_OR_ONE,
    "net.ipv4.conf.lo.route_localnet": ZERO_OR_ONE,
    "net.ipv4.conf.all.accept_local": ZERO_OR_ONE,
    "net.ipv4.conf.lo.accept_local": ZERO_OR_ONE,
    "net.ipv4.conf.all.rp_filter": (0, 1, 2, 3, -1),
    "net.ipv4.conf.lo.rp_filter": (0, 1, 2, 3, -1),
    "net.ipv4.ip_default_ttl": (1, 9, 255, 64, 0, 256, -1, 2**31 - 1),
    "net.ipv4.ip_no_pmtu_disc": (0, 1, 2, 3, 4, -1, 255, 256),
    "net.ipv4.icmp_echo_ignore_all": (0, 1, 1, 2, -1, 255, 256),
    "net.ipv4.icmp_echo_ignore_broadcasts": (0, 1, 0, 2, -1),
    "net.ipv6.conf.lo.hop_limit": (1, 9, 255, 64, 0, 256, -1),
    "net.ipv6.icmp.echo_ignore_all": (0, 1, 1, 2, -1, 255, 256),
    "net.ipv6.bindv6only": (0, 1, 1, 2, -1, 255, 256),
}
FEATURES = ("tx-udp-segmentation", "tx-generic-segmentation", "tx-gso-list", "rx-gro")
FEATURES += ("rx-gro-list", "rx-udp-gro-forwarding", "tx-tcp-segmentation", "tx-tcp6-segmentation")
FEATURES += ("tx-tcp-ecn-segmentation", "tx-tcp-mangleid-segmentation", "tx-scatter-gather")
FEATURES += ("tx-checksum-ip-generic", "highdma", "vlan-challenged")


def up(scene: Scene, value: bool = True) -> None:
    """Up, or down."""
    scene.add("link", up=value)


def up_or_down(scene: Scene) -> None:
    """Down, mostly up again."""
    up(scene, scene.one_in(3))
    if scene.one_in(2):
        up(scene)


def mtu(scene: Scene, value: int | None = None) -> None:
    """An MTU."""
    if value is None:
        value = scene.near(MTUS, -1, 2**31 - 1) if scene.one_in(3) else scene.pick(MTUS)
    scene.add("link", mtu=value)
    if value >= 0:
        scene.mtu = max(min(value, 65536), 0)


def mild_mtu(scene: Scene) -> None:
    """An MTU that takes nothing away."""
    mtu(scene, scene.near((1500, 1500, 1280, 1400, 9000, 65535, 65536), 1280, 65536))


def low_mtu(scene: Scene) -> None:
    """An MTU on this or that side of IPv6's least."""
    mtu(scene, scene.pick((1279, 1280, 1279, 1281, 1000, 1500, 576, 65536)))


def address(scene: Scene) -> None:
    """An address added or removed; most that are removed were added."""
    added = [step["add"] for step in scene.steps if "add" in step]
    if scene.one_in(3):
        scene.add("address", remove=scene.pick([*added, "127.0.0.1/8", "::1/128", *ADDRESSES[:4]]))
    else:
        scene.add("address", add=scene.pick(ADDRESSES * 2 + ODD))


def usual_address(scene: Scene) -> None:
    """An address that others speak of."""
    scene.add("address", add=scene.pick(("10.0.0.1/24", "2001:db8::1/64", "127.0.0.2/8")))


def sysctl(scene: Scene) -> None:
    """One to three settings in one step."""
    names = {scene.pick(list(SYSCTLS)) for _ in range(scene.pick((1, 1, 1, 2, 3)))}
    scene.add("sysctl", set={name: scene.pick(SYSCTLS[name]) for name in sorted(names)})


def one_sysctl(scene: Scene, name: str, value: int | None = None) -> None:
    """That setting."""
    scene.add("sysctl", set={name: scene.pick(SYSCTLS[name]) if value is None else value})


def no_ipv6(scene: Scene) -> None:
    """disable_ipv6."""
    where = scene.pick(("lo", "lo", "lo", "all", "all", "default"))
    one_sysctl(scene, f"net.ipv6.conf.{where}.disable_ipv6")


def accept(scene: Scene) -> None:
    """What an IPv4 frame of 127.0.0.1 needs."""
    names = (f"net.ipv4.conf.lo.{name}" for name in ("route_localnet", "accept_local"))
    scene.add("sysctl", set=dict.fromkeys(names, 1))


def limit(scene: Scene) -> None:
    """A GSO limit of the device."""
    name = scene.pick(list(LIMITS))
    lengths = [each + more for each in scene.sent[-2:] for more in (42, 43, 62, 63)]
    values = [*LIMITS[name], *(lengths * 3 if name != "gso_max_segs" else ())]
    scene.add("link", **{name: scene.near(values, 0, 2**32 - 1)})


def rename(scene: Scene) -> None:
    """A name for lo."""
    scene.add("link", name=scene.pick(NAMES))


def flag(scene: Scene) -> None:
    """A flag of the device."""
    scene.add("link", **{scene.pick(FLAGS): scene.one_in(2)})


def hardware(scene: Scene) -> None:
    """A hardware address, never the one that TCP frames go to."""
    values = ("02:00:00:00:00:01", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01")
    scene.add("link", address=scene.pick(values))


def features(scene: Scene) -> None:
    """Some features on or off."""
    names = {scene.pick(FEATURES) for _ in range(scene.number(1, 2))}
    scene.add("features", set={name: scene.one_in(3) for name in sorted(names)})


def in_software(scene: Scene) -> None:
    """What cuts segments in software, or undoes it."""
    scene.add("features", set={"tx-udp-segmentation": scene.one_in(4)})


def show(scene: Scene) -> None:
    """All that there is to see, mostly."""
    if scene.one_in(12):
        scene.add("show", **({"more": False} if scene.one_in(2) else {}))
    else:
        scene.add("show", more=True)


def several(scene: Scene) -> None:
    """Some of version 1's changes of lo in one step."""
    keys: dict[str, Any] = {}
    for key in scene.pick((("up", "mtu"), ("mtu", "up"), ("up", "address"), ("address", "mtu"))):
        value = {"up": scene.one_in(2), "address": "02:00:00:00:00:01"}
        keys[key] = scene.pick((1500, 1279, -1, 65536)) if key == "mtu" else value[key]
    if keys.get("mtu", -1) >= 0:
        scene.mtu = keys["mtu"]
    scene.add("link", **keys)


def captured(scene: Scene) -> None:
    """What a tap holds."""
    if not scene.taps:
        scene.tap()
    scene.add("captured", tap=scene.pick(scene.taps))


def close_tap(scene: Scene) -> None:
    """A tap less."""
    if scene.taps:
        scene.add("close", tap=scene.taps.pop(scene.number(0, len(scene.taps) - 1)))


def new_tap(scene: Scene) -> None:
    """A tap more."""
    scene.tap()


def counters(scene: Scene) -> None:
    """Counters in between."""
    scene.add("counters")


def ping(scene: Scene) -> None:
    """An echo request; often to somewhere else."""
    family = scene.family()
    fits = scene.fits(family)
    payload = scene.near([0, 8, 56, 56, 1000, fits, 2 * fits, 65507, 65515, 65527], 0, 70000)
    keys: dict[str, Any] = {}
    if scene.one_in(2):
        keys["to"] = scene.pick(PINGED[family])
    scene.add("ping", family=family, payload=scene.affordable(2 * payload, None, 1)[0] // 2, **keys)


PINGED = {
    "inet": (
        *("127.0.0.1", "127.0.0.2", "127.0.0.2", "10.0.0.1", "8.8.8.8", "127.255.255.255"),
        *("0.0.0.0", "255.255.255.255", "224.0.0.1", "10.0.0.77", "127.0.0.0"),
    ),
    "inet6": (
        *("::1", "::1", "2001:db8::1", "fe80::1", "ff02::1", "::", "2001:db8::77"),
        *("::ffff:127.0.0.1", "ff01::1"),
    ),
}


def udp(scene: Scene) -> None:
    """Version 1's datagram, as long as no group was joined."""
    if scene.joined:
        return
    family = scene.family()
    size = scene.pick((None, None, 1, 100, 1000, 1400, 65535, -1, 0))
    fits = scene.fits(family)
    payload = scene.near([0, 1, 1000, 3000, fits, 2 * fits, 65507], 0, 70000)
    keys: dict[str, Any] = {}
    if scene.one_in(3):
        keys["pmtudisc"] = scene.pick(("dont", "want", "do"))
    if scene.one_in(4):
        keys["listening"] = scene.one_in(4)
    payload, _ = scene.affordable(payload, size if size and size > 0 else None, 1)
    scene.add("udp", family=family, payload=payload, gso_size=size, **keys)


def plain_frame(scene: Scene) -> None:
    """Version 1's frame."""
    ethertype = scene.pick((35001, 35001, 2048, 34525, 2054, 4, 1500, 1536, 33024))
    payload = scene.near([0, 1, 46, 1500, scene.mtu, scene.mtu + 1], 0, 66000)
    dst = scene.pick(("zero", "other", "broadcast", "multicast"))
    scene.add("frame", dst=dst, ethertype=ethertype, payload=payload)


def tcp_frame(scene: Scene) -> None:
    """Version 1's TCP packet."""
    size = scene.pick((None, 1460, 1000, 100, 1, 8, 65535))
    payload = scene.near([0, 1, 1000, 4000, 65000], 0, 65475)
    payload, _ = scene.affordable(payload, size, 1)
    flags = scene.pick((24, 24, 16, 2, 17, 25, 0x98, 0xD8, 0))
    scene.add("tcp_frame", family=scene.family(), payload=payload, gso_size=size, flags=flags)


def delete(scene: Scene) -> None:
    """lo deleted: refused."""
    scene.add("link", delete=True)


def one_rename(scene: Scene) -> None:
    """A name that works, mostly back again."""
    scene.add("link", name="x")
    if not scene.one_in(3):
        scene.add("link", name="lo")
