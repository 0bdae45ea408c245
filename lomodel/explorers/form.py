"""The explorer ``form``: what stands in a device's form at each stage, and what a user may change.

A registered lo can be asked for in a scenario (``show``), as it is or after two things that ``ip``
can do to it. What a form is before that, and the blackhole device's at any time, no program sees.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from lomodel.contract import Step
from lomodel.desk import RELEASE, new_lo
from lomodel.explore.controls import Choice, Switch
from lomodel.explore.declaration import Declaration, Main, Outcome
from lomodel.explore.lamps import FEATURE_WORDS, feature_words
from lomodel.explorers._board import columns
from lomodel.figures.form import STAGES, entry, stages
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.uapi.linux.if_ import IFF_UP
from lomodel.scenario import Player

BORN, BY_HAND = 65536, "by hand"
DEVICES = {"lo": "lo", "blackhole_dev": "blackhole_dev"}
AT = {
    "before setup": "before setup",
    "after setup": "after setup",
    "registered": "at the end of its birth",
    BY_HAND: "then changed by hand",
}
RELEASES = {name: f"Linux {name}" for name in ("5.14", "6.1", RELEASE, "6.18")}
MTUS = {BORN: "left alone", -1: "-1", 0: "0", 68: "68", 1500: "1500", 2**31 - 1: "2147483647"}

FIELDS = (
    *("name", "name_assign_type", "ifindex", "reg_state", "mtu", "min_mtu", "max_mtu"),
    *("hard_header_len", "min_header_len", "addr_len", "dev_addr", "broadcast", "tx_queue_len"),
    *("gso_max_size", "tso_max_size", "type", "flags", "priv_flags", "lltx", "netns_immutable"),
    *("hw_features", "features", "wanted_features", "netdev_ops", "header_ops", "ethtool_ops"),
    *("needs_free_netdev", "priv_destructor", "pcpu_stat_type", "lstats"),
)
FIELD_BITS = {"lltx": "LLTX", "netns_immutable": "NETNS_LOCAL"}
"""Fields that were feature bits in earlier releases."""


def read(dev: NetDevice) -> dict[str, str]:
    """The whole form, as text; what a release has no field for says so."""
    form = {name: entry(dev, name) for name in FIELDS if name != "lstats"}
    form |= {name: "a feature" for name, bit in FIELD_BITS.items() if dev.netif_f.bit.get(bit)}
    release = dev.machine.release
    if not release.has_tso_max_size:
        form["tso_max_size"] = "no such field"
    if release.lstats_owner != "core":
        form["pcpu_stat_type"] = "not used"
    return form | {"lstats": "allocated" if dev.lstats else "NULL"}


@cache
def looks(device: str, release: str) -> dict[str, NetDevice]:
    """A device at the three stages."""
    return stages(device, release)


def steps(c: dict[str, Any]) -> list[Step] | None:
    """A registered lo as a scenario; None for what no program sees."""
    if c["device"] != "lo" or c["stage"] not in ("registered", BY_HAND):
        return None
    up: list[Step] = [{"do": "link", "up": True}] if c["up"] else []
    mtu: list[Step] = [{"do": "link", "mtu": c["mtu"]}] if c["mtu"] != BORN else []
    done = [*up, *mtu] if c["stage"] == BY_HAND else []
    return [*done, {"do": "show"}]


def by_hand(c: dict[str, Any]) -> tuple[NetDevice, list[str]]:
    """A new lo after what ``ip`` has done to it, and what each of its calls said."""
    player = Player.of(new_lo(c["release"]))
    said = [player.step(step)["error"] or "accepted" for step in steps(c) or ()]
    return player.lo, said[:-1]


def outcome(c: dict[str, Any]) -> Outcome:
    """The form at a stage, beside the form a stage earlier."""
    known = looks(c["device"], c["release"])
    said: list[str] = []
    if c["stage"] != BY_HAND:
        dev = known[c["stage"]]
    elif c["device"] == "lo":
        dev, said = by_hand(c)
    else:
        dev = known["registered"]
    now, then = read(dev), before(c, known)
    written = {name: text for name, text in now.items() if text != then[name]}
    return Outcome(
        summary=summary(c, said, len(written)),
        values={"written": len(written)} | now,
        parts=written,
        words=feature_words(dev),
        met=bool(dev.flags & IFF_UP) and dev.features == known["after setup"].features,
    )


def before(c: dict[str, Any], known: dict[str, NetDevice]) -> dict[str, str]:
    """The form a stage earlier; before setup, the zeros that a new piece of memory has."""
    order = [*STAGES, BY_HAND]
    at = order.index(c["stage"])
    if at:
        return read(known[order[at - 1]])
    empty, first = NetDevice(), known[STAGES[0]]
    empty.machine, empty.netif_f = first.machine, first.netif_f
    empty.dev_addr, empty.broadcast = bytes(len(first.dev_addr)), bytes(len(first.broadcast))
    return read(empty)


def summary(c: dict[str, Any], said: list[str], written: int) -> str:
    """The state in a sentence or two."""
    name = c["device"]
    if c["stage"] == "before setup":
        return f"alloc_netdev_mqs has filled in {written} fields of a form of zeros for {name}."
    if c["stage"] == "after setup":
        return (
            f"gen_lo_setup has filled in {written} fields for {name}. It leaves min_mtu, max_mtu "
            "and broadcast at 0."
        )
    if c["stage"] == "registered":
        return f"{LAST[name]} {written} fields are not as setup left them."
    if name != "lo":
        return "Nobody outside can name blackhole_dev, so nothing of it can be changed by hand."
    asked = ["ip link set lo up"] if c["up"] else []
    asked += [f"ip link set lo mtu {c['mtu']}"] if c["mtu"] != BORN else []
    answers = ". ".join(f"{a}: {answer}" for a, answer in zip(asked, said, strict=True))
    return f"{answers}." if answers else "Nothing was changed: the form is as at the end of birth."


LAST = {
    "lo": "lo is registered, and may be found by its index.",
    "blackhole_dev": "blackhole_dev is ready, and was never registered.",
}
WHERE = (
    "A kernel can be asked about the lo of a namespace, at the end of its birth and after that. "
    "Before that no program sees the form, and nobody but the kernel sees the blackhole device."
)


def figure() -> str:
    """The form itself, field by field."""
    return columns(FIELDS, "The form", "The fields of the form: " + ", ".join(FIELDS))


EXPLORER = Declaration(
    name="form",
    title="The form",
    intro="One struct net_device at four stages. Every field that the stage has written is lit.",
    controls=[
        Choice("device", "Device", DEVICES),
        Choice("stage", "Stage", AT, help=WHERE, initial="after setup"),
        Choice("release", "Release", RELEASES, initial=RELEASE),
        Choice("mtu", "ip link set lo mtu", MTUS),
        Switch("up", "ip link set lo up", initial=False),
    ],
    outcome=outcome,
    figure=figure,
    values={"written": "fields written"} | {name: name for name in FIELDS},
    main=Main("written", "field written by this stage", "fields written by this stage"),
    words=FEATURE_WORDS,
    groups={"": ("device", "stage", "release"), "By hand": ("mtu", "up")},
    presets={
        "Setup's part": {},
        "Newborn": {"stage": "registered"},
        "Linux 5.14": {"stage": "registered", "release": "5.14"},
        "No limits": {"stage": BY_HAND, "mtu": 2**31 - 1, "up": True},
        "The other device": {"device": "blackhole_dev"},
    },
    challenge="A device that is up (bit 0 of flags) and whose features are as setup left them.",
    steps=steps,
)
