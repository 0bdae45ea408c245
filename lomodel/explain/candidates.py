"""What somebody could have set otherwise: changes of a scenario that may help, the nearest first.

They come from the tables of the contract and from what the scenario has opened, bound and named;
whether one helps is not known here (``trial`` plays it).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from itertools import combinations
from typing import Any

from lomodel.contract import OPTIONS, SENDING, SYSCTLS, Step

RECEIVER = "a receiver of explain"
"""The name of the socket that is tried as a receiver: none that a scenario has."""
LARGE = 4194304
FAMILY_OF = {"IP_": "inet", "IPV6_": "inet6"}
TRIED: dict[str, tuple[Any, ...]] = {
    "UDP_SEGMENT": (0,),
    "SO_RCVBUF": (LARGE,),
    "SO_SNDBUF": (LARGE,),
    "IP_MTU_DISCOVER": ("dont", "want", "probe"),
    "IPV6_MTU_DISCOVER": ("dont", "want", "probe"),
    "IP_MULTICAST_IF": ("127.0.0.1",),
    "IP_TTL": (64,),
    "IPV6_UNICAST_HOPS": (64,),
    "IP_MULTICAST_TTL": (1,),
    "IPV6_MULTICAST_HOPS": (1,),
    "IPV6_MULTICAST_IF": (1,),
    "SO_BINDTODEVICE": ("lo", ""),
}
"""The values that are tried of options that are no switches."""
LINK: tuple[Step, ...] = (
    {"do": "link", "up": True},
    {"do": "link", "mtu": 65536},
    {"do": "link", "gso_max_size": 65536},
    {"do": "link", "gso_ipv4_max_size": 65536},
    {"do": "link", "gso_max_segs": 65535},
    {"do": "link", "arp": True},
    {"do": "link", "multicast": True},
)
NUMBERS = {"ip_default_ttl": (64,), "hop_limit": (64,), "rp_filter": (0, 2, 1)}
"""The values that are tried of settings that are no switches."""
DEFAULTS = {"ip_default_ttl": 64, "hop_limit": 64, "icmp_echo_ignore_broadcasts": 1}
"""What the settings that do not begin at 0 begin at."""


@dataclass(frozen=True)
class Change:
    """Steps to be played beside the scenario's: each before the step of that number.

    ``instead`` takes the place of the step that is explained. ``words`` says it all.
    """

    words: str
    added: tuple[tuple[int, Step], ...] = ()
    instead: Step | None = None
    listens: bool = False
    """Whether it is one more receiver, which helps only where there is none."""
    unless: str = ""
    """The words of a change that is as good: where that one helps, this one is not tried."""

    def named(self, number: int) -> str:
        """The change in words, with its place where that is before step ``number``, in time for
        another."""
        places = {place for place, _ in self.added}
        early = len(places) == 1 and places != {number}
        return f"{self.words}, before step {places.pop()}" if early else self.words

    def apply(self, steps: Sequence[Step], number: int) -> tuple[list[Step], int]:
        """The changed scenario, up to the step that is explained, and its new number."""
        changed: list[Step] = []
        for place, step in enumerate(steps[: number + 1]):
            changed += [new for at, new in self.added if at == place]
            changed.append(step)
        if self.instead is not None:
            changed[-1] = self.instead
        return changed, len(changed) - 1


@dataclass(frozen=True)
class Now:
    """How things are set before a step, so that nothing is tried that is so already."""

    features: dict[str, str]
    """The features of the device, as ``ethtool -k`` shows them."""
    link: dict[str, Any]
    """What ``ip link`` shows."""
    options: dict[tuple[str, str], Any]
    """The options of sockets that can be read, by socket and name."""


@dataclass(frozen=True)
class Scene:
    """A scenario at one of its steps: which sockets are open, and what the step is about."""

    steps: Sequence[Step]
    number: int
    now: Now
    cause: int | None = None
    """The step that left the error which is explained."""

    @property
    def step(self) -> Step:
        """The step that is explained."""
        return self.steps[self.number]

    @property
    def opened(self) -> dict[str, tuple[int, str]]:
        """The sockets that are open at the step: where each was opened, and its family."""
        found: dict[str, tuple[int, str]] = {}
        for place, step in enumerate(self.steps[: self.number]):
            if step["do"] == "socket":
                found[step["name"]] = place, step["family"]
            elif step["do"] == "close" and "socket" in step:
                found.pop(step["socket"], None)
        return found

    @property
    def places(self) -> tuple[int, ...]:
        """Before which steps something may be changed, the nearest first: the step itself, the one
        that left its error, and what was sent before it where it sends nothing itself."""
        sent = [n for n, step in enumerate(self.steps[: self.number]) if step["do"] in SENDING]
        cause = () if self.cause is None else (self.cause,)
        if self.step["do"] not in ("recv", "captured", "getsockopt"):
            return (self.number, *cause)
        return tuple(dict.fromkeys((self.number, *cause, *sent[-1:], *sent[:1])))

    @property
    def settings(self) -> dict[str, int]:
        """The kernel's settings that the scenario has written."""
        written: dict[str, int] = {}
        for step in self.steps[: self.number]:
            written |= step["set"] if step["do"] == "sysctl" else {}
        return written

    @property
    def bound(self) -> list[tuple[str, int]]:
        """Where other sockets than the step's own were bound to, by the scenario."""
        own = self.step.get("socket")
        binds = [step for step in self.steps[: self.number] if step["do"] == "bind"]
        others = [step for step in binds if step["port"] and step["socket"] != own]
        return [(step["address"], step["port"]) for step in others]

    @property
    def connected(self) -> list[str]:
        """The open sockets that have a peer."""
        found: dict[str, bool] = {}
        for step in self.steps[: self.number]:
            if step["do"] == "connect":
                found[step["socket"]] = bool(step["address"])
            elif step["do"] == "close" and "socket" in step:
                found.pop(step["socket"], None)
        return [name for name, has_peer in found.items() if has_peer]

    @property
    def removed(self) -> list[str]:
        """The addresses that the scenario has removed."""
        asked = [step for step in self.steps[: self.number] if step["do"] == "address"]
        return [step["remove"] for step in asked if "remove" in step]

    @property
    def destination(self) -> tuple[str, int] | None:
        """Where the step sends to, or the address that it names."""
        step = self.step
        if "to" in step:
            to = step["to"]
            return (to, 0) if isinstance(to, str) else (to[0], to[1])
        if step["do"] in ("bind", "connect") and step["address"]:
            return step["address"], step.get("port", 0)
        return self.peers[-1] if step["do"] == "send" and self.peers else None

    @property
    def peers(self) -> list[tuple[str, int]]:
        """Where the step's socket was connected to, in order."""
        asked = [step for step in self.steps[: self.number] if step["do"] == "connect"]
        mine = [s for s in asked if s["socket"] == self.step.get("socket") and s["address"]]
        return [(step["address"], step.get("port", 0)) for step in mine]


def changes(scene: Scene) -> Iterator[Change]:
    """Everything that is tried, the nearest first."""
    yield from _in_the_step(scene)
    for place in scene.places:
        yield from _options(scene, place)
    yield from _sockets(scene)
    yield from _anew(scene)
    for place in scene.places:
        yield from _device(scene, place)
    for place in scene.places:
        yield from _address(scene, place)


def pairs(scene: Scene) -> Iterator[Change]:
    """Two settings of the kernel together, where none helps alone."""
    one = list(_sysctls(scene, scene.number))
    for first, second in combinations(one, 2):
        if first.added[0][1]["set"].keys() != second.added[0][1]["set"].keys():
            yield Change(f"{first.words} together with {second.words}", first.added + second.added)


def _in_the_step(scene: Scene) -> Iterator[Change]:
    """The step itself with another argument."""
    step = scene.step
    if step["do"] == "send" and step.get("gso_size"):
        yield Change("no UDP_SEGMENT with the send", instead=step | {"gso_size": 0})
    if step["do"] == "send" and scene.destination is not None and not scene.destination[1]:
        for address, port in scene.bound:
            yield Change(
                f"{address} port {port} as destination", instead=step | {"to": [address, port]}
            )
    if step["do"] == "setsockopt" and "length" in step:
        whole = {key: value for key, value in step.items() if key != "length"}
        yield Change("all bytes of the value", instead=whole)
    if step["do"] == "link" and "mtu" in step:
        for mtu in (1280, 68, 65536):
            yield Change(f"an MTU of {mtu}", instead=step | {"mtu": mtu})
    if step["do"] == "udp":
        if step["gso_size"]:
            yield Change("no UDP_SEGMENT", instead=step | {"gso_size": None})
        for word in ("dont", "want"):
            option = "IP_MTU_DISCOVER" if step["family"] == "inet" else "IPV6_MTU_DISCOVER"
            yield Change(f"{option} {word}", instead=step | {"pmtudisc": word})
        yield Change("somebody who listens there", instead=step | {"listening": True})
    if step["do"] == "recv":
        yield Change("a buffer of 262144 bytes at the read", instead=step | {"size": 262144})
        if step.get("errqueue"):
            yield Change("a read without MSG_ERRQUEUE", instead=step | {"errqueue": False})
    if step["do"] == "bind":
        yield Change("port 0: the kernel picks a free one", instead=step | {"port": 0})


def _options(scene: Scene, place: int) -> Iterator[Change]:
    """Options of the step's own socket, then of the others."""
    own = scene.step.get("socket")
    order = sorted(scene.opened, key=lambda name: name != own)
    for name in order:
        opened, family = scene.opened[name]
        for option, value in _values(family):
            if scene.now.options.get((name, option)) == value:
                continue
            made = {"do": "setsockopt", "socket": name, "option": option, "value": value}
            text = f'"{value}"' if isinstance(value, str) else value
            at = place if place > opened else opened + 1
            yield Change(f"{option} {text} on {name}", ((at, made),))


def _values(family: str) -> Iterator[tuple[str, Any]]:
    for option in OPTIONS.values():
        of = [name for start, name in FAMILY_OF.items() if option.name.startswith(start)]
        if option.value is None or "MEMBERSHIP" in option.name or of not in ([], [family]):
            continue
        for value in TRIED.get(option.name, (1, 0)):
            yield option.name, value


def _sockets(scene: Scene) -> Iterator[Change]:
    """Who listens, who is in a group, who is in the way."""
    for name, (_, family) in scene.opened.items():
        if scene.destination is not None and scene.destination[0]:
            group = scene.destination[0].partition("%")[0]
            if ip_address(group).is_multicast:
                start = "IP" if family == "inet" else "IPV6"
                member = {"do": "setsockopt", "socket": name, "option": f"{start}_ADD_MEMBERSHIP"}
                for place in scene.places:
                    made = member | {"value": [group, 1]}
                    yield Change(f"{name} a member of {group}", ((place, made),))
    if scene.destination is not None and scene.step["do"] in ("send", "connect"):
        yield from _receiver(scene, *scene.destination)
    if scene.cause is not None:
        before = replace(scene, number=scene.cause, cause=None)
        if before.destination is not None:
            yield from _receiver(before, *before.destination)
    for name in scene.connected:
        if scene.step["do"] == "send" and (name != scene.step["socket"] or "to" in scene.step):
            alone: Step = {"do": "connect", "socket": name, "address": None}
            yield Change(f"{name} connected to nobody", ((scene.number, alone),))
    sockets = [name for name in scene.opened if name != scene.step.get("socket")]
    for name in sockets:
        yield Change(f"{name} closed before", ((scene.number, {"do": "close", "socket": name}),))
    reuse = {"do": "setsockopt", "option": "SO_REUSEADDR", "value": 1}
    every = tuple((at + 1, reuse | {"socket": name}) for name, (at, _) in scene.opened.items())
    if len(every) > 1:
        yield Change("SO_REUSEADDR 1 on all sockets, before they are bound", every)


def _receiver(scene: Scene, address: str, port: int) -> Iterator[Change]:
    family = "inet6" if ":" in address else "inet"
    made = {"do": "socket", "name": RECEIVER, "family": family, "type": "dgram"}
    place = scene.number
    earlier = [n for n, step in enumerate(scene.steps[:place]) if step["do"] in SENDING]
    host = ip_address(address.partition("%")[0])
    for at in (place, *earlier[:1]):
        bound = {"do": "bind", "socket": RECEIVER, "address": address, "port": port}
        words = f"a socket that is bound to {address} port {port}"
        added: tuple[tuple[int, Step], ...] = ((at, made), (at, bound))
        yield Change(words, added, listens=True)
        if host.is_multicast:
            option = "IP_ADD_MEMBERSHIP" if host.version == 4 else "IPV6_ADD_MEMBERSHIP"
            join = {"do": "setsockopt", "socket": RECEIVER, "option": option}
            joined = (*added, (at, join | {"value": [str(host), 1]}))
            member = f"{words} and a member of that group on lo"
            yield Change(member, joined, listens=True, unless=words)
        anywhere = "0.0.0.0" if host.version == 4 else "::"
        wild = f"a socket that is bound to {anywhere} port {port}"
        added = ((at, made), (at, bound | {"address": anywhere}))
        yield Change(wild, added, listens=True, unless=words)


def _anew(scene: Scene) -> Iterator[Change]:
    """A new socket in place of the step's, and one that is connected: where somebody is bound, or
    where it was connected before."""
    name, do, place = scene.step.get("socket"), scene.step["do"], scene.number
    if name not in scene.opened or do not in ("bind", "connect", "setsockopt", "send"):
        return
    if do == "send" and "to" not in scene.step:
        for address, port in dict.fromkeys((*scene.bound, *scene.peers)):
            made = {"do": "connect", "socket": name, "address": address, "port": port}
            yield Change(f"{name} connected to {address} port {port}", ((place, made),))
    if do == "send":
        return
    close = {"do": "close", "socket": name}
    again = {"do": "socket", "name": name, "family": scene.opened[name][1], "type": "dgram"}
    yield Change(f"a new socket in place of {name}", ((place, close), (place, again)))
    for family in ("inet", "inet6"):
        if family != scene.opened[name][1]:
            other = again | {"family": family}
            yield Change(f"a socket of {family} for {name}", ((place, close), (place, other)))


def _device(scene: Scene, place: int) -> Iterator[Change]:
    for step in LINK:
        (key, value), *_ = ((k, v) for k, v in step.items() if k != "do")
        if scene.now.link.get(key) != value:
            yield Change(f"ip link set lo {_link_words(key, value)}", ((place, step),))
    for name, state in scene.now.features.items():
        if "fixed" not in state:
            on = not state.startswith("on")
            made = {"do": "features", "set": {name: on}}
            yield Change(f"ethtool -K lo {name} {'on' if on else 'off'}", ((place, made),))
    yield from _sysctls(scene, place)


def _link_words(key: str, value: object) -> str:
    if key == "up":
        return "up" if value else "down"
    return f"{key} {({True: 'on', False: 'off'}[value]) if isinstance(value, bool) else value}"


def _sysctls(scene: Scene, place: int) -> Iterator[Change]:
    for name in sorted(SYSCTLS, key=lambda name: ".all." in name):
        short = name.rpartition(".")[2]
        now = scene.settings.get(name, DEFAULTS.get(short, 0))
        for value in NUMBERS.get(short, (1, 0)):
            if value != now:
                made = {"do": "sysctl", "set": {name: value}}
                yield Change(f"sysctl {name}={value}", ((place, made),))


def _address(scene: Scene, place: int) -> Iterator[Change]:
    wanted = ["::1/128", "127.0.0.1/8", *scene.removed]
    if scene.destination is not None and scene.destination[0]:
        host = scene.destination[0].partition("%")[0]
        if not ip_address(host).is_multicast and host != "255.255.255.255":
            wanted.insert(0, f"{host}/{128 if ':' in host else 32}")
    for each in dict.fromkeys(wanted):
        yield Change(f"ip address add {each} dev lo", ((place, {"do": "address", "add": each}),))
