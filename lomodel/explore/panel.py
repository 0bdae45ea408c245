"""The big panel: a few bits of the three words, with switches to be turned and lamps that follow.

Every position of its switches, and what the ioctl ETHTOOL_SFEATURES returns on the way there, is
played on the model; the page looks it up. Why a lamp stays off is read off the same positions: it
needs the switches that are up wherever it is on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from lomodel.explore import page
from lomodel.figures.bits import Feature, features_of
from lomodel.figures.events import align
from lomodel.figures.plate import plate
from lomodel.figures.show import escape
from lomodel.figures.stack import FEATURE_WORDS
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.net.ethtool.ioctl import (
    ETHTOOL_F_WISH,
    ethtool_set_features,
)
from lomodel.machine import Machine

MOST = 6
"""Switches that a panel may have: twice as many positions for each."""

START = "Turn a switch."


@dataclass(frozen=True)
class Position:
    """Where the switches stand (bit n: switch n is up), and the 64 places of the words then."""

    number: int
    words: dict[str, Feature]

    def lit(self, name: str) -> bool:
        """Whether a feature's lamp is on."""
        return self.words[name].on


@dataclass(frozen=True)
class Turn:
    """What ETHTOOL_SFEATURES returns when a switch is turned, and what there is to say of it."""

    answer: int
    why: str


class Panel:
    """Some features of a device: every position of their switches, and every turn between two."""

    def __init__(self, lo: NetDevice, names: Iterable[str], title: str = "") -> None:
        """``names`` are the kernel's without NETIF_F_. ValueError for an unknown one, for none,
        and for more than six that have a switch."""
        self.release = lo.machine.release.name
        self.born = features_of(lo)
        known = {feature.name: feature for feature in self.born if feature.name}
        chosen = set(names)
        if not chosen or chosen - known.keys():
            unknown = ", ".join(sorted(chosen - known.keys())) or "no feature"
            raise ValueError(f"{unknown}: expected names of features of Linux {self.release}")
        self.features = [feature for feature in known.values() if feature.name in chosen]
        self.switches = [feature for feature in self.features if feature.hw]
        if len(self.switches) > MOST:
            raise ValueError(f"{len(self.switches)} switches; expected {MOST} at most")
        count = {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six"}.get(len(self.features))
        self.title = title or f"{count or len(self.features)} bits of the three words"

    @cached_property
    def positions(self) -> list[Position]:
        """Every position of the switches, by its number; what is not on the panel stays as born."""
        device = self._device()
        return [self._turned_to(device, number) for number in range(1 << len(self.switches))]

    def _device(self) -> NetDevice:
        """Another device of the same release, its other switches where the first one's are."""
        device = Machine(self.release).new_net().loopback_dev
        others = {
            device.netif_f.string[each.name]: each.wanted
            for each in self.born
            if each.hw and each not in self.switches
        }
        ethtool_set_features(device, others)
        return device

    def _turned_to(self, device: NetDevice, number: int) -> Position:
        ethtool_set_features(
            device,
            {
                device.netif_f.string[each.name]: bool(number >> at & 1)
                for at, each in enumerate(self.switches)
            },
        )
        return Position(number, {each.name: each for each in features_of(device) if each.name})

    @cached_property
    def turns(self) -> list[list[Turn]]:
        """By position reached and by switch: what turning that switch into this position does."""
        device = self._device()
        return [
            [self._turn(device, number, at) for at in range(len(self.switches))]
            for number in range(len(self.positions))
        ]

    def _turn(self, device: NetDevice, number: int, at: int) -> Turn:
        before, after = self.positions[number ^ 1 << at], self.positions[number]
        self._turned_to(device, before.number)
        turned = self.switches[at].name
        string, up = device.netif_f.string[turned], bool(number >> at & 1)
        answer = ethtool_set_features(device, {string: up})
        others = [n for n in after.words if n != turned and before.lit(n) != after.lit(n)]
        parts = [self._wish(after, turned)] if answer & ETHTOOL_F_WISH else ["As wished."]
        parts += [self._other(after, name) for name in others]
        return Turn(answer, " ".join(parts))

    def _wish(self, after: Position, name: str) -> str:
        return (
            f"ETHTOOL_F_WISH: the wish is kept, but the lamp of {name} stays off"
            f"{self._needs(after, name)}."
        )

    def _other(self, after: Position, name: str) -> str:
        if after.lit(name):
            return f"The lamp of {name} came on too: its switch was up already."
        return f"The lamp of {name} went out too, unasked{self._needs(after, name)}."

    def _needs(self, position: Position, name: str) -> str:
        """The least that would have to be switched on besides, for a lamp to be on."""
        missing = [n for n in range(len(self.switches)) if not position.number >> n & 1]
        for size in range(1, len(missing) + 1):
            found = [
                " and ".join(self.switches[n].name for n in group)
                for group in combinations(missing, size)
                if self.positions[position.number | sum(1 << n for n in group)].lit(name)
            ]
            if found:
                return f": it needs {' or '.join(found)}"
        return ""

    @property
    def start(self) -> int:
        """The position in which the device is."""
        return sum(each.wanted << at for at, each in enumerate(self.switches))

    def data(self) -> dict[str, object]:
        """What the page looks up: words of lamps and sentences once, and their numbers."""
        words: dict[str, int] = {}
        sentences: dict[str, int] = {}
        lamps = [
            [words.setdefault(_word(p.words[f.name]), len(words)) for f in self.features]
            for p in self.positions
        ]
        turns = [
            [[t.answer, sentences.setdefault(t.why, len(sentences))] for t in row]
            for row in self.turns
        ]
        return {"words": list(words), "sentences": list(sentences), "lamps": lamps, "turns": turns}

    def html(self) -> str:
        """The panel as the device was born, as an element without its scripts."""
        born = self.positions[self.start]
        columns = "".join(_head(each) for each in self.features)
        rows = "".join(self._row(word, born) for word in FEATURE_WORDS)
        data = json.dumps(self.data(), separators=(",", ":"))
        body = (
            f'<div class="lo-board" role="table" aria-label="{escape(self.title)}" '
            f'style="--lo-count:{len(self.features)}">'
            f'<div class="lo-board-row lo-names" role="row"><div role="columnheader">word</div>'
            f"{columns}</div>{rows}</div>"
            '<div class="lo-answer" aria-live="polite" aria-atomic="true"><span>ETHTOOL_SFEATURES '
            "returns "
            f'<output name="answer" aria-live="off">–</output></span> '
            f'<output name="why" aria-live="off">{START}</output></div>'
            f'<script type="application/json">{data}</script>'
        )
        return plate(
            "Panel",
            self.title,
            f'<lo-panel name="switches">{body}</lo-panel>',
            origin=f"model, Linux {self.release}",
            solid=False,
            classes="lo-panel full-width",
        )

    def _row(self, word: str, born: Position) -> str:
        cells = "".join(
            f'<div role="cell">{_cell(word, born.words[each.name])}</div>' for each in self.features
        )
        return (
            f'<div class="lo-board-row" role="row"><div role="rowheader"><code>{word}</code>'
            f"<span>{FEATURE_WORDS[word]}</span></div>{cells}</div>"
        )

    def __str__(self) -> str:
        born = self.positions[self.start]
        rows = [
            [f.name, str(f.bit), *("01"[on] for on in (f.hw, f.wanted, f.on)), f.ethtool]
            for f in (born.words[each.name] for each in self.features)
        ]
        head = ["", "bit", "switch", "up", "lamp", "ethtool -k"]
        return f"{align([head, *rows])}\n" + "\n".join(self._first_turns())

    def _first_turns(self) -> Iterator[str]:
        for at, each in enumerate(self.switches):
            turn = self.turns[self.start ^ 1 << at][at]
            way = "off" if each.wanted else "on"
            yield f"{each.name} {way}: ETHTOOL_SFEATURES returns {turn.answer}. {turn.why}"

    def __repr__(self) -> str:
        return f"<panel {' '.join(each.name for each in self.features)}>"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/html": page.wrap(self.html()), "text/plain": str(self)}


def panel(lo: NetDevice, names: Iterable[str], title: str = "") -> Panel:
    """The panel of some features of ``lo``, by the kernel's names without NETIF_F_.

    ``lo`` itself is left alone. ValueError for a name that this release has not, for none, and for
    more than six that have a switch.
    """
    return Panel(lo, names, title)


def _word(feature: Feature) -> str:
    """What ``ethtool -k`` prints of a lamp, without the name: "off [requested on]"."""
    return feature.ethtool.partition(": ")[2] or ("on" if feature.on else "off")


def _head(feature: Feature) -> str:
    name = escape(feature.name).replace("_", "_<wbr>")
    return f'<div role="columnheader"><span>bit {feature.bit}</span> {name}</div>'


def _cell(word: str, feature: Feature) -> str:
    if word == "hw_features":
        sign = "slot" if feature.hw else "none"
        return f'<span class="lo-slot {sign}"></span><span class="d">{feature.hw:d}</span>'
    if word == "wanted_features":
        return f'{_switch(feature)}<span class="d">{feature.wanted:d}</span>'
    return (
        f'<span class="lo-lamp {lamp(_word(feature))}"></span><span class="d">{feature.on:d}</span>'
        f'<span class="w">{_word(feature)}</span>'
    )


def lamp(word: str) -> str:
    """How a lamp looks of which ethtool prints ``word``."""
    if word.startswith("on"):
        return "fixed" if "fixed" in word else "on"
    return "wish" if "requested on" in word else "off"


def _switch(feature: Feature) -> str:
    """Without a script a switch stands as it was born: nothing would follow it."""
    if not feature.hw:
        return '<span class="lo-slot none"></span>'
    string = escape(feature.ethtool.partition(": ")[0])
    up = " checked" if feature.wanted else ""
    return (
        f'<input type="checkbox" role="switch" name="{string}" aria-label="{string}" '
        f'autocomplete="off" disabled{up}>'
    )
