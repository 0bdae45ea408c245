"""Feature words as panels: where a switch is mounted, whether it is up, whether the lamp is on.

Three rows of 64, bit 63 at the left, a hexadecimal digit over each four; names hang on leader
lines. All of it is read from a device. Below stands a table with the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lomodel.figures.events import align
from lomodel.figures.picture import Picture
from lomodel.figures.plate import plate
from lomodel.figures.show import escape
from lomodel.figures.stack import FEATURE_WORDS
from lomodel.linux.include.linux.netdev_features import NETDEV_FEATURE_COUNT, NetdevFeatures
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.net.ethtool.ioctl import feature_states

BIT, GAP, NIBBLE_GAP = 10.5, 1, 3
"""px: how wide a bit is, and what is between two of them and between two groups of four."""

LINE, FIRST, TURN = 15.5, 12.0, 7
"""px: between two lines of names; down to the first; how far a leader turns to the left."""

LETTER = 7.1
"""px of a letter of a name, as it is printed; on a screen it is a little less."""

SAYS = {"hw_features": "a switch exists", "wanted_features": "the switch is up"}
SAYS |= {"features": FEATURE_WORDS["features"]}

KEY = {
    "slot": "switch",
    "up": "up",
    "down": "down",
    "on": "on, changeable",
    "fixed": "on, fixed",
    "wish": "requested, but off",
}
"""The signs and what they mean, in the order of the key."""


@dataclass(frozen=True)
class Feature:
    """One place of the three words, with its name and what ``ethtool -k`` prints of it."""

    bit: int
    name: str
    hw: bool
    wanted: bool
    on: bool
    ethtool: str

    @property
    def shown(self) -> bool:
        """Whether the bit is set in one of the words."""
        return self.hw or self.wanted or self.on

    @property
    def signs(self) -> dict[str, str]:
        """The sign in each word; "" for none."""
        lamp = "on" if self.hw else "fixed"
        return {
            "hw_features": "slot" if self.hw else "",
            "wanted_features": "up" if self.wanted else "down" if self.hw else "",
            "features": lamp if self.on else "wish" if self.wanted else "",
        }

    @property
    def says(self) -> str:
        """Switch and lamp in words."""
        switch = "switch up" if self.wanted else "switch down" if self.hw else "no switch"
        return f"{switch}, {'on' if self.on else 'off'}"


def features_of(dev: NetDevice) -> list[Feature]:
    """The 64 places of a device's words, bit 63 first."""
    named = {bit: name for name, bit in dev.netif_f.bit.items()}
    states = feature_states(dev)
    found = []
    for bit in reversed(range(NETDEV_FEATURE_COUNT)):
        name = named.get(bit, "")
        string = dev.netif_f.string.get(name, "")
        hw, wanted, on = (bool(getattr(dev, word) >> bit & 1) for word in FEATURE_WORDS)
        line = f"{string}: {states[string]}" if string else ""
        found.append(Feature(bit, name, hw, wanted, on, line))
    return found


def feature_words(
    dev: NetDevice | Mapping[str, NetDevice], title: str = "", origin: str = ""
) -> Picture:
    """The three words of a device, or of two, one above the other, each under its name.

    With two devices the features that differ are marked; they are compared by name, because a
    feature has not the same place in every release. ValueError for none and for more than two.
    """
    devices = dict(dev) if isinstance(dev, Mapping) else {"": dev}
    if not 1 <= len(devices) <= 2:
        raise ValueError(f"{len(devices)} devices, expected one or two")
    first = next(iter(devices.values()))
    title = title or f"The three words of {first.name}"
    origin = origin or ", ".join(_origins(devices.values()))
    panels = {name: features_of(each) for name, each in devices.items()}
    differ = difference(*panels.values()) if len(panels) == 2 else []
    body = "".join(_panel(name, each, differ) for name, each in panels.items())
    body += _readout(panels) + _key(panels.values(), differ) + _table(panels, differ)
    html = plate(
        "Figure",
        title,
        f"<lo-bits>{body}</lo-bits>",
        origin=origin,
        solid=False,
        classes="lo-bits full-width",
    )
    text = "\n\n".join(_as_text(name, each) for name, each in panels.items())
    if len(panels) == 2:
        text += f"\n\n{_differences(differ)}"
    return Picture(title, html, text, "bits.js")


def _origins(devices: Iterable[NetDevice]) -> Iterable[str]:
    names = dict.fromkeys(dev.machine.release.name for dev in devices)
    return (f"{'model, ' if not at else ''}Linux {name}" for at, name in enumerate(names))


def difference(one: Iterable[Feature], other: Iterable[Feature]) -> list[str]:
    """The names of the features that are not alike in two devices, their places left aside."""
    left, right = ({f.name: f for f in words if f.name} for words in (one, other))
    names = dict.fromkeys([*left, *right])
    return [name for name in names if _state(left.get(name)) != _state(right.get(name))]


def _state(feature: Feature | None) -> tuple[bool, bool, bool]:
    return (feature.hw, feature.wanted, feature.on) if feature else (False, False, False)


def _differences(names: list[str]) -> str:
    return f"They differ in {', '.join(names)}." if names else "All equal."


def _panel(name: str, words: list[Feature], differ: list[str]) -> str:
    title = f'<p class="lo-bits-of">{escape(name)}</p>' if name else ""
    rows = "".join(_row(word, words, differ) for word in FEATURE_WORDS)
    return (
        f'{title}<div class="lo-grid" role="img" aria-label="{escape(sentence(words, name))}">'
        f"{rows}<div></div>{_stair(words)}</div>"
    )


def _bits(chosen: Iterable[Feature]) -> str:
    return ", ".join(str(feature.bit) for feature in chosen) or "none"


def sentence(words: list[Feature], name: str = "") -> str:
    """The picture in words."""
    switches = [f for f in words if f.hw]
    down = [f for f in switches if not f.wanted]
    on = [f for f in words if f.on]
    wired = [f for f in on if not f.hw]
    wish = [f for f in words if f.wanted and not f.on]
    parts = [
        f"{name + ': three' if name else 'Three'} rows of 64 bits, bit 63 on the left.",
        f"hw_features has {len(switches)} switches: bits {_bits(switches)}.",
        f"wanted_features: {len(switches) - len(down)} of them are up; down: {_bits(down)}.",
        f"features: {len(on)} lamps are on, {len(on) - len(wired)} that have a switch and "
        f"{len(wired)} without one: {_bits(wired)}.",
    ]
    if wish:
        parts.append(f"Requested, but off: {_bits(wish)}.")
    return " ".join(parts)


def _row(word: str, words: list[Feature], differ: list[str]) -> str:
    halves = "".join(_half(word, words[at : at + 32], differ, at == 0) for at in (0, 32))
    return (
        f'<div class="lo-bits-name"><code>{word}</code><span>{SAYS[word]}</span></div>'
        f'<div class="lo-halves">{halves}</div>'
    )


def _half(word: str, words: list[Feature], differ: list[str], high: bool) -> str:
    nibbles = "".join(_nibble(word, words[at : at + 4], differ) for at in range(0, 32, 4))
    title = f"{word}, bits {words[0].bit} to {words[-1].bit}"
    return f'<div class="lo-half {"hi" if high else "lo"}" data-w="{title}">{nibbles}</div>'


def _is_set(word: str, feature: Feature) -> bool:
    return dict(zip(FEATURE_WORDS, (feature.hw, feature.wanted, feature.on), strict=True))[word]


def _nibble(word: str, four: list[Feature], differ: list[str]) -> str:
    value = sum(_is_set(word, f) << 3 - at for at, f in enumerate(four))
    bits = "".join(
        f'<i class="{f.signs[word]}{" ne" if f.name in differ else ""}" data-n="{f.bit}"></i>'
        for f in four
    )
    digit = f'<span class="{"" if value else "z"}">{value:x}</span>'
    return f'<div class="lo-nib">{digit}{bits.replace(CLASSLESS, "")}</div>'


CLASSLESS = ' class=""'


def middle(bit: int) -> float:
    """Where a bit's column has its middle, in px from the left edge of bit 63's."""
    at = NETDEV_FEATURE_COUNT - 1 - bit
    return at * (BIT + GAP) + at // 4 * (NIBBLE_GAP - GAP) + BIT / 2


WIDTH = middle(0) + BIT / 2


def lines(words: Iterable[Feature]) -> dict[int, int]:
    """The line on which each shown bit's name stands, from the top, so that no leader crosses one.

    A name stands to the left of its leader. It goes below the end of every leader that comes down
    where it would stand: on the first free line.
    """
    placed: dict[int, int] = {}
    for feature in words:
        if feature.shown:
            start = middle(feature.bit) - TURN - 4 - LETTER * len(label(feature))
            over = [line for bit, line in placed.items() if middle(bit) > start - 4]
            placed[feature.bit] = max(over, default=-1) + 1
    return placed


def label(feature: Feature) -> str:
    """What stands at the end of a leader: the name, and the bit's number."""
    return f"{feature.name or 'no name'} {feature.bit}"


def _stair(words: list[Feature]) -> str:
    at = lines(words)
    height = FIRST + LINE * (max(at.values(), default=-1) + 1)
    parts = "".join(_leader(f, at[f.bit]) for f in words if f.bit in at)
    return (
        f'<svg class="lo-stair" viewBox="0 0 {WIDTH:g} {height:g}" width="{WIDTH:g}" '
        f'height="{height:g}" aria-hidden="true">{parts}</svg>'
    )


def _leader(feature: Feature, line: int) -> str:
    x, y = middle(feature.bit), FIRST + LINE * line
    kind = ' class="c"' if feature.hw else ""
    return (
        f'<g data-n="{feature.bit}"{kind}><path d="M{x:g} 0V{y:g}h-{TURN}"/>'
        f'<text x="{x - TURN - 4:g}" y="{y + 4:g}" text-anchor="end">{label(feature)}</text></g>'
    )


def _readout(panels: Mapping[str, list[Feature]]) -> str:
    said = {name: [_say(f) for f in reversed(words)] for name, words in panels.items()}
    data = json.dumps(said, separators=(",", ":"))
    top = NETDEV_FEATURE_COUNT - 1
    return (
        '<div class="lo-readout"><output aria-live="off">Point at a bit: its name, and what '
        "<code>ethtool -k</code> prints.</output>"
        f'<input type="range" name="bit" min="0" max="{top}" value="0" aria-label="Bit" hidden>'
        "</div>"
        f'<script type="application/json">{data}</script>'
    )


def _say(feature: Feature) -> str:
    name = feature.name or "no name in this release"
    if not feature.name:
        return f"bit {feature.bit}: {name}"
    printed = f"; ethtool -k prints {feature.ethtool}" if feature.ethtool else ""
    return f"bit {feature.bit}, {name}: {feature.says}{printed}"


def _key(panels: Iterable[list[Feature]], differ: list[str]) -> str:
    used = {sign for words in panels for feature in words for sign in feature.signs.values()}
    items = "".join(
        f'<li><i class="{name}" aria-hidden="true"></i>{text}</li>'
        for name, text in KEY.items()
        if name in used
    )
    if differ:
        items += '<li><i class="ne" aria-hidden="true"></i>≠ differs</li>'
    return f'<ul class="lo-bits-key">{items}</ul>'


def _table(panels: Mapping[str, list[Feature]], differ: list[str]) -> str:
    shown = {name: [f for f in words if f.shown] for name, words in panels.items()}
    if len(shown) == 1:
        (features,) = shown.values()
        title, head, rows = f"The {len(features)} bits as a table", HEAD, _rows(features)
    else:
        title = f"Both as a table. {_differences(differ)}"
        head, rows = _pair_head(shown), _pair_rows(panels, differ)
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(_table_row(row, row[-1] == "≠") for row in rows)
    return (
        f"<details><summary>{escape(title)}</summary>"
        f'<div class="lo-bits-in" role="group" aria-label="{escape(title)}" tabindex="0"><table>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


HEAD = ["NETIF_F_", "bit", "switch", "up", "lamp", "ethtool -k"]


def _rows(features: Iterable[Feature]) -> list[list[str]]:
    return [
        [f.name, str(f.bit), *("–1"[flag] for flag in (f.hw, f.wanted, f.on)), f.ethtool]
        for f in features
    ]


def _pair_head(names: Iterable[str]) -> list[str]:
    return ["NETIF_F_", *(f"{name}: {what}" for name in names for what in ("bit", "state")), "="]


def _pair_rows(panels: Mapping[str, list[Feature]], differ: list[str]) -> list[list[str]]:
    sides = [{f.name: f for f in words if f.shown and f.name} for words in panels.values()]
    rows = []
    for name in dict.fromkeys(name for side in sides for name in side):
        cells = [
            cell
            for side in sides
            for cell in ((str(side[name].bit), side[name].says) if name in side else ("–", "–"))
        ]
        rows.append([name, *cells, "≠" if name in differ else "="])
    return rows


def _table_row(row: list[str], differs: bool) -> str:
    first, *rest = (escape(cell) for cell in row)
    cells = "".join(f"<td>{cell}</td>" for cell in rest)
    return f'<tr{" class=differs" if differs else ""}><th scope="row">{first}</th>{cells}</tr>'


def _as_text(name: str, words: list[Feature]) -> str:
    head = f"{name}\n" if name else ""
    values = (
        f"{word:<16} 0x{sum(_is_set(word, f) << f.bit for f in words):016x}  {SAYS[word]}"
        for word in FEATURE_WORDS
    )
    table = align([HEAD, *_rows(f for f in words if f.shown)])
    return head + "\n".join(values) + f"\n{table}"


def strip(word: int, netif_f: NetdevFeatures, name: str = "") -> Picture:
    """One word of 64 bits as a strip, bit 63 at the left, its digits below; ``name`` stands before.

    ValueError for what is no word of 64 bits.
    """
    if not 0 <= word < 1 << NETDEV_FEATURE_COUNT:
        raise ValueError(f"{word:#x}: expected a word of {NETDEV_FEATURE_COUNT} bits")
    bits = [bit for bit in range(NETDEV_FEATURE_COUNT) if word >> bit & 1]
    named = {bit: each for each, bit in netif_f.bit.items()}
    said = ", ".join(f"{named.get(bit, 'no name')} {bit}" for bit in reversed(bits)) or "none"
    text = f"{name + ' ' if name else ''}0x{word:016x}: {said}"
    marks = "".join(
        f"<i{' class=on' if word >> bit & 1 else ''}></i>"
        for bit in reversed(range(NETDEV_FEATURE_COUNT))
    )
    html = (
        f'<figure class="lo-picture lo-strip-of"><div role="img" aria-label="{escape(text)}">'
        f"<p><b>{escape(name)}</b> <span>0x{word:016x}</span></p><div>{marks}</div></div></figure>"
    )
    return Picture(f"Word: {text}", html, text)
