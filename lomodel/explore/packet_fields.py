"""The fields of a watched packet as a reader wants them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lomodel.explore.headers import layout
from lomodel.figures.events import IP_SUMMED
from lomodel.linux.include.linux import skbuff
from lomodel.linux.include.uapi.linux import if_packet
from lomodel.watch import Packet

NONE = "–"
"""What stands for a packet that is not there yet."""

PKT_TYPES = {
    getattr(if_packet, f"PACKET_{name}"): name
    for name in ("HOST", "BROADCAST", "MULTICAST", "OTHERHOST", "OUTGOING", "LOOPBACK")
}
GSO_TYPES = {
    value: name.removeprefix("SKB_GSO_")
    for name, value in vars(skbuff).items()
    if name.startswith("SKB_GSO_")
}
PROTOCOLS = {0x0800: "IPv4", 0x86DD: "IPv6"}

UNSET = ("0", NONE, "none", "HOST", "0 NONE")
"""Values that are not worth a line where a field never has another."""


def fields_of(packets: Sequence[Packet | None]) -> list[dict[str, str]]:
    """The fields of the packet at each step, the same at all of them; texts."""
    texts = [_texts(packet) for packet in packets]
    shown = [name for name in texts[0] if any(text[name] not in UNSET for text in texts)]
    return [{name: text[name] for name in shown} for text in texts]


def _texts(packet: Packet | None) -> dict[str, str]:
    texts = {
        "sk_buff": "none yet" if packet is None else f"no. {packet.number}",
        **dict.fromkeys(NAMES, NONE),
    }
    if packet is not None:
        texts |= {name: read(packet) for name, read in NAMES.items()}
    return texts


def _data(packet: Packet) -> str:
    """Where ``skb->data`` points."""
    headers = layout(packet)
    at = next((header.name for header in headers if header.start == packet.data), "")
    if headers and not at:
        at = "payload" if packet.data >= headers[-1].start else f"byte {packet.data}"
    return at


def _protocol(packet: Packet) -> str:
    if not packet.protocol:
        return "0"
    return " ".join([f"0x{packet.protocol:04x}", PROTOCOLS.get(packet.protocol, "")]).strip()


def _gso_type(packet: Packet) -> str:
    names = [name for bit, name in GSO_TYPES.items() if packet.gso_type & bit]
    return f"{packet.gso_type:#x} {' '.join(names)}" if packet.gso_type else "0"


NAMES: dict[str, Callable[[Packet], str]] = {
    "len": lambda p: str(p.len),
    "data_len": lambda p: str(p.data_len),
    "data": _data,
    "mac_len": lambda p: str(p.mac_len),
    "protocol": _protocol,
    "pkt_type": lambda p: PKT_TYPES.get(p.pkt_type, str(p.pkt_type)),
    "ip_summed": lambda p: IP_SUMMED.get(p.ip_summed, str(p.ip_summed)),
    "gso_size": lambda p: str(p.gso_size),
    "gso_segs": lambda p: str(p.gso_segs),
    "gso_type": _gso_type,
    "dev": lambda p: p.dev or "none",
    "sk": lambda p: "a socket" if p.owned else "none",
    "dst": lambda p: p.dst or "none",
    "tstamp": lambda p: str(p.tstamp),
}
"""The fields in the order in which they are shown, by the kernel's names."""
