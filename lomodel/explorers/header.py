"""The explorer ``header``: one frame from a packet socket, whose 14 bytes are its sender's own.

What class does ``eth_type_trans`` give it, which protocol does it read, and who takes it? Behind
the header stand zeros, so IP finds no header of its own there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lomodel.contract import Step
from lomodel.desk import RELEASE
from lomodel.explore.controls import Choice
from lomodel.explore.declaration import Declaration, Main, Outcome, Question
from lomodel.explore.traced import WatchedMachine
from lomodel.explorers._boxes import Row, draw_rows
from lomodel.linux.include.uapi.linux.if_ether import ETH_HLEN, ETH_P_802_3_MIN
from lomodel.linux.include.uapi.linux.if_packet import (
    PACKET_BROADCAST,
    PACKET_HOST,
    PACKET_MULTICAST,
    PACKET_OTHERHOST,
)
from lomodel.linux.net.core.dev import dev_get_stats
from lomodel.scenario import DESTINATION, Player
from lomodel.trace import Call, watching
from lomodel.watch import watch_packets

MTU = 1500
SOURCE = bytes(6)
"""What the contract's frames have as their source."""
CLASSES = {
    PACKET_HOST: "host",
    PACKET_OTHERHOST: "otherhost",
    PACKET_BROADCAST: "broadcast",
    PACKET_MULTICAST: "multicast",
}
TAKERS = ("ip_rcv", "ipv6_rcv", "llc_rcv")
NOBODY = "nobody"
COUNTED = ("tx_packets", "tx_bytes", "rx_packets", "rx_bytes", "rx_dropped")
OTHERHOST = "rx_otherhost_dropped"


def steps(c: dict[str, Any]) -> list[Step]:
    """A state of the controls as a scenario."""
    address = [{"do": "link", "address": c["address"]}] if c["address"] else []
    frame = {name: c[name] for name in ("dst", "ethertype", "payload")}
    before = [{"do": "link", "up": True}, {"do": "link", "mtu": MTU}, *address]
    return [*before, {"do": "frame"} | frame]


@dataclass
class Fate:
    """What became of the frame: the errno's name, class and protocol as ``eth_type_trans`` left
    them, and the function that took it ("nobody": none)."""

    error: str
    kind: str = "–"
    protocol: int = 0
    taker: str = "–"


def outcome(c: dict[str, Any]) -> Outcome:
    """Sends the frame on a new lo, and watches it."""
    player = Player(machine=WatchedMachine(RELEASE))
    *before, frame = steps(c)
    for step in before:
        player.step(step)
    with watching(watch_packets()):
        observed = player.step(frame)
    fate = _fate(observed["error"], player.machine.last)
    stats = {name: observed["stats"][name] for name in COUNTED}
    stats[OTHERHOST] = getattr(dev_get_stats(player.lo), OTHERHOST)
    return Outcome(
        summary=_summary(fate, stats, c),
        values={"class": fate.kind, "protocol": _protocol(fate), "taker": fate.taker} | stats,
        parts=_parts(fate, c),
        fate=_word(fate, stats),
        met=stats["tx_packets"] == stats["rx_packets"] == stats["rx_dropped"] == 1,
    )


def _fate(error: str | None, trace: Any) -> Fate:
    if error:
        return Fate(error)
    read = next(m for m in trace.moments if m.returned and m.call.name == "eth_type_trans")
    called = {record.name for record in trace if isinstance(record, Call)}
    taker = next((name for name in TAKERS if name in called), NOBODY)
    return Fate("", CLASSES[read.packet.pkt_type], read.call.result, taker)


def _protocol(fate: Fate) -> str:
    return f"{fate.protocol:#06x}" if fate.protocol else "–"


def _parts(fate: Fate, c: dict[str, Any]) -> dict[str, str]:
    """The bytes, and which boxes are lit below them."""
    kind = c["ethertype"].to_bytes(2, "big")
    lit = {
        "destination": DESTINATION[c["dst"]].hex(" "),
        "source": SOURCE.hex(" "),
        "type": kind.hex(" "),
    }
    if fate.error:
        return lit
    if c["ethertype"] >= ETH_P_802_3_MIN:
        lit["a protocol"] = _protocol(fate)
    else:
        lit["a length"] = f"so {_protocol(fate)}"
    return lit | {fate.kind: "", fate.taker: ""}


def _summary(fate: Fate, stats: dict[str, int], c: dict[str, Any]) -> str:
    if fate.error:
        length, most = ETH_HLEN + c["payload"], ETH_HLEN + MTU
        return f"The send fails with {fate.error}: {length} bytes, and {most} is the most."
    said = f"The class is {fate.kind}, the protocol {_protocol(fate)}."
    counted = f"lo counts 1 packet of {stats['tx_bytes']} bytes, sent and received"
    if fate.taker == NOBODY:
        return f"{said} Nobody has asked for it: {counted}, and 1 dropped."
    return f"{said} {fate.taker} gets it and throws it away, {_why(fate)}; {counted}."


def _why(fate: Fate) -> str:
    if fate.kind == "otherhost":
        return "because it is another host's"
    what = "message of LLC" if fate.taker == "llc_rcv" else "IP header"
    return f"because zeros are no {what}"


def _word(fate: Fate, stats: dict[str, int]) -> tuple[str, str]:
    if fate.error:
        return "refused", f"refused: {fate.error}"
    where = "counted in rx_dropped" if stats["rx_dropped"] else f"by {fate.taker}"
    return "dropped", f"dropped, {where}"


def figure() -> str:
    """The bytes, and what eth_type_trans makes of them."""
    rows = [
        Row("The 14 bytes", ("destination", "source", "type"), 1, "device"),
        Row("The destination gives the class", tuple(CLASSES.values()), 2, "core"),
        Row("The type field is", ("a protocol", "a length"), 2, "core"),
        Row("Who takes it", (*TAKERS, NOBODY), 2, "receiver"),
    ]
    said = "The bytes of the header, and below: class, protocol, and who takes the frame."
    return draw_rows(rows, "A frame's header is read", said)


ADDRESS = DESTINATION["other"].hex(":")
TYPES = {
    0x0800: "0x0800, IPv4",
    0x86DD: "0x86dd, IPv6",
    0x88B9: "0x88b9",
    0x0600: "0x0600",
    0x05FF: "0x05ff",
    0x002E: "0x002e",
}
PAYLOADS = {0: "none", 46: "46 bytes", MTU: "1500, the MTU", MTU + 1: "1501 bytes"}

EXPLORER = Declaration(
    name="header",
    title="Header bytes",
    intro="Send one frame with a header of your own to a lo that is up, with an MTU of 1500.",
    controls=[
        Choice("dst", "Destination", {name: mac.hex(":") for name, mac in DESTINATION.items()}),
        Choice("ethertype", "Type field", TYPES),
        Choice("address", "Address of lo", {"": "zeros, as born", ADDRESS: ADDRESS}, initial=""),
        Choice("payload", "Payload", PAYLOADS, initial=46),
    ],
    outcome=outcome,
    figure=figure,
    questions=lambda: list[Question](),
    values={"class": "class", "protocol": "protocol", "taker": "taken by"}
    | {name: name for name in (*COUNTED, OTHERHOST)},
    main=Main("tx_packets", "packet of {tx_bytes} bytes, class {class}", "packets: not sent"),
    presets={
        "IP's own": {},
        "To somebody else": {"dst": "other"},
        "To all": {"dst": "broadcast"},
        "802.2": {"ethertype": 0x002E},
        "Another address": {"address": ADDRESS},
    },
    challenge="A frame that counts as sent, as received and as dropped.",
    origin=f"model, Linux {RELEASE}",
    steps=steps,
)
