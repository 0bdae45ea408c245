"""What the explorer ``groups`` plays, and how it says what came of it."""

from __future__ import annotations

from typing import Any

from lomodel.contract import Step
from lomodel.contract.making import put, recv, sock
from lomodel.desk import RELEASE, counters
from lomodel.explore.declaration import Outcome
from lomodel.explorers._boxes import Row, draw_rows
from lomodel.figures.group_steps import GROUP, inbox, send
from lomodel.predictions.multicast import INBOXES
from lomodel.scenario import Player
from lomodel.steps import counters as protocols

ONE, BROADCAST, LIMITED, SIX = "127.0.0.1", "127.255.255.255", "255.255.255.255", "ff02::5"
TO = {
    GROUP: f"{GROUP}, a group",
    BROADCAST: f"{BROADCAST}, broadcast",
    LIMITED: f"{LIMITED}, broadcast",
    SIX: f"{SIX}%lo, a group of IPv6",
    ONE: f"{ONE}, one host",
}
NONE, ADDRESS, INDEX, DEVICE = "none", "address", "index", "device"
WAYS = {
    NONE: "none",
    ADDRESS: "IP_MULTICAST_IF 127.0.0.1 (IPv6: lo)",
    INDEX: "IP_MULTICAST_IF, lo by its index",
    DEVICE: "SO_BINDTODEVICE lo",
}
NOBODY, FIRST, ALONE, ALL = "nobody", "first", "alone", "all"
JOINS = {
    NOBODY: "nobody",
    FIRST: "the first of them",
    ALONE: "the first; IP_MULTICAST_ALL 0 on each",
    ALL: "each of them",
}
ANY, LOCAL = "any", "local"
BOUND = {ANY: "0.0.0.0 (IPv6: ::)", LOCAL: "127.0.0.1 (IPv6: ::1)"}
ADDRESSES = {("inet", ANY): "0.0.0.0", ("inet", LOCAL): ONE, ("inet6", ANY): "::",
             ("inet6", LOCAL): "::1"}  # fmt: skip
OUT = ("Ip.OutNoRoutes", "Ip6OutNoRoutes", "IpExt.OutMcastPkts", "IpExt.OutBcastPkts")
LO = ("tx_packets", "rx_packets")
IN = ("IpExt.InMcastPkts", "IpExt.InBcastPkts", "Ip.InReceives", "Ip.InDelivers")
UDP = ("Udp.IgnoredMulti",)


def family(c: dict[str, Any]) -> str:
    """The family of the destination."""
    return "inet6" if c["to"] == SIX else "inet"


def way(c: dict[str, Any]) -> list[Step]:
    """How the sender names lo."""
    six = family(c) == "inet6"
    named = put("out", "IPV6_MULTICAST_IF", 1) if six else None
    return {
        NONE: [],
        ADDRESS: [named or put("out", "IP_MULTICAST_IF", ONE)],
        INDEX: [named or put("out", "IP_MULTICAST_IF", 1)],
        DEVICE: [put("out", "SO_BINDTODEVICE", "lo")],
    }[c["way"]]


def joins(c: dict[str, Any], name: str) -> list[Step]:
    """What a receiver does about groups."""
    six = family(c) == "inet6"
    prefix = "IPV6" if six else "IP"
    done = [put(name, f"{prefix}_MULTICAST_ALL", 0)] if c["join"] == ALONE else []
    if c["join"] == ALL or (c["join"] != NOBODY and name == INBOXES[0]):
        done.append(put(name, f"{prefix}_ADD_MEMBERSHIP", [SIX if six else GROUP, 1]))
    return done


def steps(c: dict[str, Any]) -> list[Step]:
    """A state as a scenario."""
    kind = family(c)
    done: list[Step] = [{"do": "link", "up": True}]
    if c["flag"]:
        done.append({"do": "link", "multicast": True})
    names = INBOXES[: c["receivers"]]
    for name in names:
        done += [*inbox(name, ADDRESSES[kind, c["bound"]], kind), *joins(c, name)]
    done += [sock("out", kind), *way(c)]
    if c["broadcast"]:
        done.append(put("out", "SO_BROADCAST", 1))
    to = f"{SIX}%1" if kind == "inet6" else c["to"]
    return [*done, send(to), *(recv(name) for name in names)]


def outcome(c: dict[str, Any]) -> Outcome:
    """Plays a state, and reads what came."""
    player = Player(RELEASE)
    error, read = "", []
    for step in steps(c):
        seen = player.step(step)
        if step["do"] == "send":
            error = seen["error"] or ""
        if step["do"] == "recv":
            read.append(seen["datagrams"])
    counted = {name: counters(player.lo)[name] for name in LO} | protocols.counters(player.net)
    got = [name for name, datagrams in zip(INBOXES, read, strict=False) if datagrams]
    source = next((d["from"][0] for each in read for d in each), "–")
    shown = (*OUT, *LO, *IN, *UDP)
    sent = counted["tx_packets"]
    return Outcome(
        summary=summary(c, error, len(got), counted),
        values={"got": len(got), "receivers": c["receivers"], "source": source, "lo": sent},
        parts={name: str(counted[name]) for name in shown if counted.get(name)}
        | dict.fromkeys(got, "100 bytes"),
        fate=fate(error, len(got)),
        met=bool(sent and not got),
    )


def fate(error: str, got: int) -> tuple[str, str]:
    """What becomes of the datagram, as a figure's shape and a word."""
    if error:
        return "refused", f"refused: {error}"
    return ("whole", "arrives") if got else ("dropped", "no socket gets it")


def summary(c: dict[str, Any], error: str, got: int, counted: dict[str, int]) -> str:
    """Who gets it, and why, in one or two sentences."""
    if error == "EACCES":
        return "The route is a broadcast's, and the sender has not set SO_BROADCAST: EACCES."
    if error:
        return f"No table has a route for it, and lo is not named in a way that helps: {error}."
    if got:
        return f"lo counts one packet, and {got} of {c['receivers']} receivers {_get(got)} it."
    if c["to"] == GROUP and c["join"] == NOBODY:
        return "lo counts it. Nobody has joined: IP receives it (InReceives), and delivers nothing."
    ignored = ", and UDP counts it as IgnoredMulti" if counted.get("Udp.IgnoredMulti") else ""
    return f"lo counts it. No socket on the port is bound to where it is sent{ignored}."


def _get(got: int) -> str:
    return "gets" if got == 1 else "get"


def figure() -> str:
    """The counters, in the order in which a datagram comes by, and the receivers."""
    rows = [
        Row("IP, on the way out", OUT, 2, "protocol"),
        Row("lo", LO, 2, "device"),
        Row("IP, on the way in", IN, 2, "protocol"),
        Row("UDP", UDP, 1, "protocol"),
        Row("The receivers", INBOXES, 3, "receiver"),
    ]
    described = "What each has counted, and which receiver has read the datagram."
    return draw_rows(rows, "Where a datagram to many is counted", described)
