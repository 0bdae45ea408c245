"""What the explorer ``leaks`` plays, and how it says what came of it."""

from __future__ import annotations

from typing import Any

from lomodel.contract import Step
from lomodel.desk import RELEASE
from lomodel.explore.declaration import Outcome
from lomodel.explorers._boxes import Row, draw_rows
from lomodel.figures.leaks import BIND, LINK, PORT, SNMP, SOCKETS, SOFTNET, SS, lost
from lomodel.scenario import Player

EACH, CUT = "each", "cut"
HOW = {EACH: "one by one", CUT: "in one send, cut before lo"}
DEFAULT, NOBODY = "212992", "none"
BUFFERS = {
    DEFAULT: "a buffer of 212992 bytes, as born",
    "40000": "SO_RCVBUF 20000: 40000 bytes",
    "2304": "SO_RCVBUF 1: 2304 bytes",
    NOBODY: "nobody has the port",
}
ASKED = {"40000": 20000, "2304": 1}
READS = {
    0: "nothing",
    3: "up to three, then three more come",
    5: "up to five, then three more come",
}
MORE = 3
UNKNOWN, KNOWN, OWN = "unknown", "known", "martian"
STRAY = {
    "": "none",
    UNKNOWN: "of a type that nobody knows",
    KNOWN: "the same, while a capture runs",
    OWN: "IPv4 from 127.0.0.1, injected",
}
BORN = 1000
BACKLOGS = {BORN: "1000, as born", 10: "10"}
SETS = (
    "sysctl net.core.netdev_max_backlog: the whole machine's, so no step of a scenario sets it. "
    "With another value than 1000 you see what the model says."
)
FEATURE = "tx-udp-segmentation"
INJECTED = (
    "000000000000" * 2 + "0800" + "4500001c" + "0000" * 2 + "40117ccf" + "7f000001" * 2 + "0007"
    "1b5900080000"
)
"""A right IPv4 frame for the receiver, without payload; nothing in it says that lo may have it."""
PLACES = {
    "tx_dropped": ("lo", LINK),
    "rx_dropped": ("lo", LINK),
    "second column": ("the tray", SOFTNET),
    "Ip.InReceives": ("IP", SNMP),
    "Ip.InDelivers": ("IP", SNMP),
    "Udp.NoPorts": ("UDP", SNMP),
    "Udp.InErrors": ("UDP", SNMP),
    "Udp.RcvbufErrors": ("UDP", SNMP),
    "d": ("the socket", SS),
}
LAYERS = {"lo": "device", "IP": "protocol", "UDP": "protocol", "the socket": "protocol"}


def steps(c: dict[str, Any]) -> list[Step]:
    """A state as a scenario, but for the backlog."""
    socket, name = c["socket"], "inbox"
    done: list[Step] = [{"do": "link", "up": True}, *SOCKETS]
    if socket in ASKED:
        asked = {"option": "SO_RCVBUF", "value": ASKED[socket]}
        done.append({"do": "setsockopt", "socket": name} | asked)
    if socket != NOBODY:
        done.append(BIND)
    if c["how"] == CUT:
        done.append({"do": "features", "set": {FEATURE: False}})
    if c["stray"] == KNOWN:
        done.append({"do": "tap", "name": "capture"})
    if not c["up"]:
        done.append({"do": "link", "up": False})
    if c["stray"]:
        done.append(stray(c["stray"]))
    return done + sends(c)


def stray(kind: str) -> Step:
    """A frame that is none of the datagrams."""
    if kind == OWN:
        return {"do": "frame", "hex": INJECTED}
    return {"do": "frame", "dst": "zero", "ethertype": 0x88B9, "payload": 100}


def sends(c: dict[str, Any]) -> list[Step]:
    """The datagrams; where somebody reads some, what is read, and three more."""
    number, size = c["number"], c["bytes"]
    to: Step = {"do": "send", "socket": "out", "to": ["127.0.0.1", PORT]}
    many = {"payload": size, "count": number}
    if c["how"] == CUT:
        many = {"payload": size * number, "gso_size": size}
    done: list[Step] = [to | many]
    if c["reads"]:
        read = {"do": "recv", "socket": "inbox", "count": c["reads"]}
        done += [read, to | {"payload": size, "count": MORE}]
    return done


def scenario(c: dict[str, Any]) -> list[Step] | None:
    """The steps of a state; None for what no step can say, or nobody could send."""
    return steps(c) if c["netdev_max_backlog"] == BORN and sendable(c) else None


def sendable(c: dict[str, Any]) -> bool:
    """Whether the contract has a send as long as that."""
    return bool(c["how"] == EACH or c["bytes"] * c["number"] <= 100000)


def outcome(c: dict[str, Any]) -> Outcome:
    """Plays a state, then reads what waits, and all counters."""
    if not sendable(c):
        said = f"No send has {c['bytes'] * c['number']} bytes: 65507 is the most. {ONE_BY_ONE}"
        return Outcome(said, fate=("refused", "too long"))
    player = Player(RELEASE)
    player.lo.machine.netdev_max_backlog = c["netdev_max_backlog"]
    error, sent, arrived = None, 0, 0
    for step in steps(c):
        seen = player.step(step)
        if step["do"] == "send":
            error = error or seen["error"]
            pieces = c["number"] if "gso_size" in step else step["count"]
            sent += 0 if seen["error"] else pieces
        arrived += len(seen.get("datagrams", ()))
    counted = lost(player)
    waits = len(player.step({"do": "recv", "socket": "inbox", "count": 1000})["datagrams"])
    missing = sent - arrived - waits
    return Outcome(
        summary=summary(c, error, sent, missing, counted),
        values={"lost": missing, "sent": sent, "read": arrived, "waits": waits},
        parts={name: str(counted[name]) for name in PLACES if counted[name]},
        fate=fate(error, missing),
        met=bool(counted["rx_dropped"] and sent and not missing),
    )


ONE_BY_ONE = "Send them one by one."


def fate(error: str | None, missing: int) -> tuple[str, str]:
    """What becomes of the datagrams, as a figure's shape and a word."""
    if error:
        return "refused", f"refused: {error}"
    return ("dropped", "lost") if missing else ("whole", "all arrive")


def summary(
    c: dict[str, Any], error: str | None, sent: int, missing: int, counted: dict[str, int]
) -> str:
    """Which datagrams are lost and who counts them, in one to three sentences."""
    said = [_missing(c, sent, missing, counted)] if sent else []
    if error:
        said.insert(0, f"The send fails with {error}: nothing of it was sent.")
    if c["stray"]:
        said.append(_stray(c))
    return " ".join(said)


def _missing(c: dict[str, Any], sent: int, missing: int, counted: dict[str, int]) -> str:
    if not missing:
        return f"{'The' if sent == 1 else f'All {sent}'} datagram{'s' * (sent != 1)} arrived."
    share = f"{missing} of {sent} {'is' if missing == 1 else 'are'} lost"
    if not c["up"]:
        return f"{share}: lo is down, and tx_dropped counts {counted['tx_dropped']}. No send fails."
    if c["socket"] == NOBODY and not counted["second column"]:
        return f"{share}: nobody has the port, and NoPorts counts {counted['Udp.NoPorts']}."
    who = []
    if counted["second column"]:
        who.append(f"the tray refused {counted['second column']}")
    if counted["Udp.NoPorts"]:
        who.append(f"nobody had the port of {counted['Udp.NoPorts']}")
    if counted["d"]:
        who.append(f"the socket refused {counted['d']}")
    return f"{share}: {', and '.join(who)}."


def _stray(c: dict[str, Any]) -> str:
    """What becomes of the stray frame."""
    if not c["up"]:
        return "The stray frame is refused: ENETDOWN."
    return {
        UNKNOWN: "Nobody knows the type of the stray frame: rx_dropped counts it.",
        KNOWN: "The capture takes the stray frame: nobody counts it as dropped.",
        OWN: "IP received the stray frame and dropped it; no counter says so.",
    }[c["stray"]]


def figure() -> str:
    """All counters, under the files that have them."""
    rows = []
    for place, file in dict.fromkeys(PLACES.values()):
        names = [name for name, where in PLACES.items() if where == (place, file)]
        beside = 2 if len(names) == 2 else 1  # three names of UDP need the room for their numbers
        rows.append(Row(f"{place}: {file}", names, beside, LAYERS.get(place, "core")))
    described = "What each of them has counted in the state shown."
    return draw_rows(rows, "Who counts what is lost", described)
