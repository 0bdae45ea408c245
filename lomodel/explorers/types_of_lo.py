"""The explorer ``types_of_lo``: what do those who ask for a device's type say of each type?

lo's type cannot be changed on a running kernel, by nobody: every state is an outcome of the model.
"""

from __future__ import annotations

from typing import Any

from lomodel.desk import RELEASE, new_lo
from lomodel.explore.chain import NOT_PASSED
from lomodel.explore.controls import Choice, Switch
from lomodel.explore.declaration import Declaration, Main, Outcome, Question
from lomodel.figures.asked_by_type import IPV6, answers, askers
from lomodel.figures.chain import draw, lay_out, legend
from lomodel.figures.tree import Node
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.uapi.linux.if_arp import (
    ARPHRD_ETHER,
    ARPHRD_LOCALTLK,
    ARPHRD_LOOPBACK,
    ARPHRD_MCTP,
    ARPHRD_NONE,
    ARPHRD_PPP,
    tcf_ife_is_eth_skb,
)
from lomodel.linux.net.core.dev_ioctl import set_up

NAMES = {
    ARPHRD_LOOPBACK: "loopback",
    ARPHRD_ETHER: "Ethernet",
    ARPHRD_PPP: "PPP",
    ARPHRD_MCTP: "MCTP",
    ARPHRD_LOCALTLK: "LocalTalk",
    ARPHRD_NONE: "none, as a tun device",
}
TYPES = {number: f"{number}, {name}" for number, name in NAMES.items()}
FRAMES = {
    "out": "going out",
    "framed": "coming in, with its 14 bytes",
    "bare": "coming in, without them",
}
LOCK, ROOM, IFE = "netdev_lock_name", "llc_mac_header_len", "tcf_ife_is_eth_skb"
MCTP, LLC, SMB = "mctp_known", "llc_mac_hdr_init", "ksmbd_lists_interface"
C_NAMES = {LOCK: "netdev_lock_pos", SMB: "fsctl_query_iface_info_ioctl"}
"""The kernel's function, where the model's has another name."""


def in_c(name: str) -> str:
    """The name of one of the ten in the kernel."""
    return C_NAMES.get(name, name)


def functions() -> dict[str, str]:
    """The functions that ask, and the files that they are in, in the order of the table."""
    return {user.function.__name__ if user.function else IPV6: user.file for user in askers()}


def device(c: dict[str, Any]) -> NetDevice:
    """lo of this type, up or down."""
    lo = new_lo()
    lo.type = c["type"]
    set_up(lo, c["up"])
    return lo


def said(c: dict[str, Any]) -> dict[str, str]:
    """What each says in a state; LLC's 0 is a yes, and IFE is asked for a packet."""
    lo = device(c)
    packet = {"at_ingress": c["frame"] != "out", "mac_len": 0 if c["frame"] == "bare" else 14}
    found = answers(lo)
    found[IFE] = "yes" if tcf_ife_is_eth_skb(lo, **packet) else "no"
    found[LLC] = "yes" if found[LLC] == "0" else found[LLC]
    if not c["up"]:
        found[IPV6] = "no"
    return found


def takes(name: str, answer: str) -> bool:
    """Whether an answer is for the device; the lock takes every type."""
    return name == LOCK or answer == "yes" or (name == ROOM and answer != "0")


def outcome(c: dict[str, Any]) -> Outcome:
    """Puts a lo of the type before all ten."""
    found = said(c)
    yes = {name: answer for name, answer in found.items() if takes(name, answer)}
    operands = f"type {c['type']}"
    more = {"pktgen_setup_dev": ("running", c["up"]), IFE: ("packet", FRAMES[c["frame"]])}
    return Outcome(
        summary=summary(c, found),
        values={
            "yes": len(yes),
            "lock": found[LOCK],
            "room": found[ROOM],
        },
        parts={in_c(name): "" if name == LOCK else found[name] for name in yes},
        decisions={
            name: (answer, f"{operands}, {more[name][0]} {_word(more[name][1])}")
            if name in more
            else (answer, operands)
            for name, answer in found.items()
        },
        met=found[MCTP] == "yes" and found[LLC] != "yes",
    )


def _word(value: Any) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def summary(c: dict[str, Any], found: dict[str, str]) -> str:
    """What becomes of a lo of this type, in a sentence."""
    v6 = "gets ::1" if found[IPV6] == "yes" else "gets no ::1"
    if c["type"] == ARPHRD_LOOPBACK and not c["up"]:
        v6 = "gets ::1 when it comes up"
    framed = "is as good as Ethernet for LLC" if found[LLC] == "yes" else "is refused by LLC"
    told = "are told of it" if found[SMB] == "yes" else "do not hear of it"
    return f"A lo of type {c['type']} {v6} and {framed}; SMB clients {told}."


def figure() -> str:
    """Ten functions, one a box, each with a word of what it belongs to."""
    nodes = [Node(in_c(name), file) for name, file in functions().items()]
    said = "Ten functions that ask for a device's type: " + ", ".join(map(in_c, functions()))
    rows = lay_out(nodes, frozenset(), 340)
    more = [NOT_PASSED[:1] + ("says no, or an error",)]
    return draw(rows, "Who asks for the type", said) + legend(rows, more)


def questions() -> list[Question]:
    """One row a function."""
    return [Question(name, in_c(name), TEXTS[name]) for name in functions()]


TEXTS = {
    IPV6: "IPv6: does it get ::1?",
    LOCK: "lockdep: how is its transmit lock called?",
    "pktgen_setup_dev": "packet generator: may it send through it?",
    LLC: "LLC: can it build a header?",
    ROOM: "LLC: how many bytes are left free for it?",
    "atif_ioctl": "AppleTalk: may it have an address?",
    MCTP: "MCTP: is it taken?",
    IFE: "IFE: has the packet an Ethernet header?",
    "siw_dev_qualified": "software iWARP: does it offer RDMA over it?",
    SMB: "SMB server: is a client told of it?",
}

EXPLORER = Declaration(
    name="types_of_lo",
    title="Were lo of another type",
    intro="Give lo another type, all else as it is, and hear the ten who ask.",
    controls=[
        Choice("type", "dev->type", TYPES, initial=ARPHRD_LOOPBACK),
        Switch("up", "lo is up"),
        Choice("frame", "IFE's packet", FRAMES, initial="out"),
    ],
    outcome=outcome,
    figure=figure,
    questions=questions,
    questions_title="Who asks, and what each says",
    values={
        "yes": "treat it as theirs",
        "lock": "name of the lock",
        "room": "bytes that LLC leaves free",
    },
    main=Main("yes", "of ten treats it as one of theirs", "of ten treat it as one of theirs"),
    presets={
        "lo": {},
        "Ethernet": {"type": ARPHRD_ETHER},
        "PPP": {"type": ARPHRD_PPP},
        "lo, down": {"up": False},
    },
    challenge="MCTP takes it, and LLC refuses it.",
    origin=f"model, Linux {RELEASE}",
)
