"""Two runs' tracepoints beside each other: what the model says, and what a kernel said.

Every event is a row: its number, its tracepoint, its fields on the model's side and again on the
kernel's, and whether the two are equal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from lomodel.desk import RELEASE
from lomodel.figures.ask import Asking, ask
from lomodel.figures.events import field_text
from lomodel.figures.plate import plate, sign
from lomodel.figures.show import Figure, escape

Named = Sequence  # the contract's [name, fields]
Pair = tuple[Named | None, Named | None]

NOTHING = "–"
"""Stands where a side has no such event, or no such field."""


@dataclass(frozen=True)
class Line:
    """One row: the event's names and fields on both sides; None where a side has no event."""

    name: str
    sides: tuple[dict[str, str] | None, dict[str, str] | None]
    equal: bool

    def fields(self, side: int) -> list[tuple[str, str, bool]]:
        """Name, text and whether the other side says the same, of each field to be shown."""
        here, there = self.sides[side], self.sides[1 - side]
        if here is None:
            return []
        shown = here | dict.fromkeys(there or {}, NOTHING) | here
        return [
            (name, text, there is None or there.get(name, NOTHING) == text)
            for name, text in shown.items()
        ]


def side_by_side(
    model: Iterable[Named],
    kernel: Iterable[Named],
    titles: tuple[str, str] = ("model", "kernel"),
    *,
    title: str = "The tracepoints of one packet",
    steps: Sequence[dict[str, Any]] | None = None,
    release: str = RELEASE,
) -> Figure:
    """Two runs' events (the contract's ``[name, fields]``) beside each other.

    ``titles`` name the two sides: the model with its release, the kernel with its version. Every
    side has its fields in every row; what is 0 on both is left out. A row that differs, or that
    only one side has, is marked ``≠``. ``steps`` is the scenario that was played: with it there is
    the button "Ask the kernel", which puts it to a kernel of that ``release``.
    """
    lines = [_line(*p) for p in pair(list(model), list(kernel))]
    verdict = summary(lines)
    body = _html(lines, titles, verdict) + ("" if steps is None else ask(steps, release))
    framed = plate("Compare", title, body, origin=" and ".join(titles), classes="lo-compare")
    made = Figure if steps is None else Asking
    return made(f"{titles[0]} beside {titles[1]}: {verdict}", framed, _text(lines, titles, verdict))


def summary(lines: list[Line]) -> str:
    """How many events there are, and which of them differ, in words."""
    many = f"{len(lines)} event{'' if len(lines) == 1 else 's'}"
    different = list(dict.fromkeys(line.name for line in lines if not line.equal))
    if not lines:
        return "no events on either side"
    if not different:
        return f"{many}: all equal"
    count = sum(not line.equal for line in lines)
    verb = "differs" if count == 1 else "differ"
    return f"{count} of {many} {verb}: {', '.join(different)}"


def pair(left: list[Named], right: list[Named]) -> list[Pair]:
    """The events of two lists beside each other: equal ones first, then those of one name."""
    found: list[Pair] = []
    for tag, a, b, c, d in _matched(left, right, _key):
        equal = tag == "equal"
        found += (
            zip(left[a:b], right[c:d], strict=True) if equal else _by_name(left[a:b], right[c:d])
        )
    return found


def _by_name(left: list[Named], right: list[Named]) -> Iterator[Pair]:
    for tag, a, b, c, d in _matched(left, right, lambda event: event[0]):
        if tag == "equal":
            yield from zip(left[a:b], right[c:d], strict=True)
        else:
            yield from ((event, None) for event in left[a:b])
            yield from ((None, event) for event in right[c:d])


def _matched(left: list[Named], right: list[Named], key: Any) -> list[Any]:
    keys = [[key(event) for event in side] for side in (left, right)]
    return SequenceMatcher(None, *keys, autojunk=False).get_opcodes()


def _key(event: Named) -> str:
    return json.dumps(list(event))


def _line(left: Named | None, right: Named | None) -> Line:
    """A row of two events, with the fields that say something on either side."""
    both = [dict(event[1]) if event else {} for event in (left, right)]
    told = {
        name
        for fields in both
        for name, value in fields.items()
        if value or name == "rc" or both[0].get(name) != both[1].get(name)
    }
    sides = tuple(
        event and {n: field_text(n, v) for n, v in fields.items() if n in told}
        for event, fields in zip((left, right), both, strict=True)
    )
    equal = left is not None and right is not None and list(left) == list(right)
    return Line((left or right or [""])[0], sides, equal)


def _words(line: Line, side: int) -> str:
    if line.sides[side] is None:
        return NOTHING
    return " ".join(f"{name} {text}" for name, text, _ in line.fields(side)) or "no fields"


def _text(lines: list[Line], titles: tuple[str, str], verdict: str) -> str:
    rows = [("", "#", "tracepoint", *titles)]
    for number, line in enumerate(lines, 1):
        mark = "=" if line.equal else "≠"
        rows.append((mark, str(number), line.name, _words(line, 0), _words(line, 1)))
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    texts = (
        f"{mark:<{wide[0]}} {number:>{wide[1]}}  {name:<{wide[2]}}  {one:<{wide[3]}} | {two}"
        for mark, number, name, one, two in rows
    )
    return "\n".join([*map(str.rstrip, texts), verdict])


def _html(lines: list[Line], titles: tuple[str, str], verdict: str) -> str:
    rows = "".join(_row(number, line, titles) for number, line in enumerate(lines, 1))
    heads = "".join(
        f'<th scope="col">{sign(solid)}{escape(title)}</th>'
        for solid, title in zip((False, True), titles, strict=True)
    )
    kind = "differs" if any(not line.equal for line in lines) else "same"
    return (
        '<div class="lo-figure" role="group" aria-label="Events side by side" tabindex="0">'
        '<table class="lo-pairs"><thead><tr><th scope="col" class="num">#</th>'
        f'<th scope="col">tracepoint</th>{heads}<th scope="col" class="mark">'
        f"<span>equal?</span></th></tr></thead><tbody>{rows}</tbody></table></div>"
        f'<p class="lo-verdict {kind}">{escape(verdict)}</p>'
    )


def _row(number: int, line: Line, titles: tuple[str, str]) -> str:
    kind, mark, word = ("same", "=", "equal") if line.equal else ("differs", "≠", "different")
    cells = "".join(
        f'<td data-side="{escape(title)}">{_side(line, side)}</td>'
        for side, title in enumerate(titles)
    )
    return (
        f'<tr class="{kind}"><td class="num">{number}</td>'
        f'<th scope="row">{escape(line.name)}</th>{cells}'
        f'<td class="mark"><span role="img" aria-label="{word}">{mark}</span></td></tr>'
    )


def _side(line: Line, side: int) -> str:
    if line.sides[side] is None:
        return NOTHING
    fields = (
        f"<{'span' if same else 'b'}>{escape(name)} {escape(text)}</{'span' if same else 'b'}>"
        for name, text, same in line.fields(side)
    )
    return " ".join(fields) or "<span>no fields</span>"
