"""A stepper as HTML: complete at its first step, so that it can be read without JavaScript.

What this writes for a step, ``stepper.js`` writes for every other one; the tests compare the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lomodel.explore.headers import Group
from lomodel.explore.page import json_text
from lomodel.explore.steps import PLACES, Step, changes
from lomodel.figures.plate import plate
from lomodel.figures.show import escape

AGAIN = "in a system call again"
"""What stands in the call chain where the softirq is over and more follows."""


def element(name: str, title: str, origin: str, steps: list[Step], step: int = 1) -> str:
    """The custom element at a step, counted from 1, with all the others inside as data."""
    at = step - 1
    body = (
        f"{_drive(steps, at)}{_rail(steps, at)}"
        f'<p class="lo-now" aria-live="polite">{sentence(steps[at])}</p>'
        '<div class="lo-two"><div class="lo-side"><p class="lo-h lo-heads"><span>Call</span> '
        '<span>it returns</span></p><ol class="lo-calls" aria-label="Call chain, and what each '
        f'call returns">{_calls(steps, at)}</ol></div>'
        '<div class="lo-packet"><p class="lo-h">The packet’s first bytes</p>'
        f'<div class="lo-bytes">{_bytes(steps, at)}</div>{_fields(steps, at)}</div></div>'
        f"{_without_scripts(steps)}"
    )
    return (
        f'<lo-stepper name="{escape(name)}">'
        + plate("Step", title, body, origin=origin, solid=False, classes="lo-steps")
        + f'<script type="application/json">{json_text(data(steps))}</script></lo-stepper>'
    )


def data(steps: list[Step]) -> list[dict[str, Any]]:
    """What the element knows of each step; bytes and fields only where they change."""
    found: list[dict[str, Any]] = []
    before: Step | None = None
    for step, changed in zip(steps, changes(steps), strict=True):
        known: dict[str, Any] = {"say": sentence(step), "place": step.place}
        if before is None or step.groups != before.groups:
            known["bytes"] = [[g.name, g.hue, _hex(g), int(g.off)] for g in step.groups]
        names = step.fields if before is None else changed
        if names:
            known["fields"] = {name: step.fields[name] for name in names}
        found.append(known)
        before = step
    return found


def _hex(group: Group) -> str:
    return " ".join(cell or "." for cell in group.cells)


def sentence(step: Step) -> str:
    """A step's sentence as HTML."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", escape(step.sentence))


def count(steps: list[Step], at: int) -> str:
    """Where one is: "3 of 17"."""
    return f"{at + 1} of {len(steps)}"


def _drive(steps: list[Step], at: int) -> str:
    here = count(steps, at)
    back, forward = (" disabled" if at == end else "" for end in (0, len(steps) - 1))
    return (
        '<div class="lo-drive">'
        f'<button type="button" class="lo-button" data-go="-1"{back}>'
        '<span aria-hidden="true">← </span>Back</button>'
        f'<button type="button" class="lo-button main" data-go="1"{forward}>Next'
        '<span aria-hidden="true"> →</span></button>'
        f'<input type="range" name="step" min="1" max="{len(steps)}" value="{at + 1}" '
        f'autocomplete="off" aria-label="Step" aria-valuetext="{here}, {steps[at].call}">'
        f'<output name="step" aria-live="off">{here}</output></div>'
    )


def _sign(place: str) -> str:
    return f'<i class="lo-sign" data-place="{place}" aria-hidden="true"></i>'


def _rail(steps: list[Step], at: int) -> str:
    there = {step.place for step in steps}
    items = "".join(
        f'<li data-place="{place}"{_current(place == steps[at].place, "location")}>'
        f"{_sign(place)}{words}</li>"
        for place, words in PLACES.items()
        if place in there
    )
    return f'<ol class="lo-rail" aria-label="Where it happens">{items}</ol>'


def _current(is_it: bool, kind: str) -> str:
    return f' aria-current="{kind}"' if is_it else ""


def _calls(steps: list[Step], at: int) -> str:
    before = [""] + [step.context for step in steps]
    return "".join(
        ("" if step.context == context else f'<li class="lo-later">{step.context or AGAIN}</li>')
        + _call(step, number, at)
        for number, (step, context) in enumerate(zip(steps, before, strict=False))
    )


def _call(step: Step, number: int, at: int) -> str:
    times = f"<small>× {step.times}</small>" if step.times > 1 else ""
    hidden = "" if step.known <= at else " hidden"
    result = f'<em data-known="{step.known}"{hidden}>{escape(step.result)}</em>'
    ran = "" if number <= at else ' class="lo-open"'
    here = _current(number == at, "step")
    return (
        f'<li style="--in:{step.inside}"><button type="button" data-step="{number}"{ran}{here} '
        f'tabindex="{0 if number == at else -1}" title="{escape(step.file)}">{_sign(step.place)}'
        f"<span>{escape(step.call)}{times}</span>{result if step.result else ''}</button></li>"
    )


def _bytes(steps: list[Step], at: int) -> str:
    old = {group.name: group.cells for group in steps[at - 1].groups} if at else None
    return "".join(_header(group, old) for group in steps[at].groups) or _no_bytes()


def _no_bytes() -> str:
    return '<p class="lo-none">no header yet</p>'


def _header(group: Group, old: dict[str, tuple[str, ...]] | None) -> str:
    cells = list(_cells(group, old))
    new = sum("lo-new" in cell for cell in cells)
    label = f"{group.name}, {state(group, new)}"
    return (
        f'<div class="lo-header{" lo-off" if group.off else ""}" role="group" '
        f'aria-label="{escape(label)}" data-hue="{group.hue}"><b>{_sign(group.hue)}{group.name}'
        f"<small>{escape(state(group, new))}</small></b><div>{''.join(cells)}</div></div>"
    )


def state(group: Group, new: int) -> str:
    """A header's state in words."""
    if not any(group.cells):
        return "not written yet"
    if group.off:
        return "taken off" + (f", {new} new" if new else "")
    return f"{new} of {len(group.cells)} new" if new else f"{len(group.cells)} bytes"


def _cells(group: Group, old: dict[str, tuple[str, ...]] | None) -> Iterator[str]:
    # At the first step nothing is new.
    before: Iterable[str] = group.cells if old is None else old.get(group.name, ())
    known = [*before, *[""] * len(group.cells)]
    for cell, was in zip(group.cells, known, strict=False):
        if not cell:
            yield '<i class="lo-gap">··</i>'
        else:
            yield f'<i class="lo-new">{cell}</i>' if cell != was else f"<i>{cell}</i>"


def _fields(steps: list[Step], at: int) -> str:
    old = steps[at - 1].fields if at else steps[at].fields
    rows = "".join(
        f'<tr{" class=lo-new" if old[name] != text else ""} data-field="{name}">'
        f'<th scope="row">{name}</th><td>{_value(old[name], text)}</td></tr>'
        for name, text in steps[at].fields.items()
    )
    return (
        '<table class="lo-fields"><caption class="lo-h">What the kernel knows of it</caption>'
        f"<tbody>{rows}</tbody></table>"
    )


def _value(old: str, new: str) -> str:
    return escape(new) if old == new else f"<s>{escape(old)}</s> {escape(new)}"


def _without_scripts(steps: list[Step]) -> str:
    items = "".join(f"<li><b>{escape(s.call)}</b> {sentence(s)}</li>" for s in steps)
    return (
        '<noscript><div class="lo-all"><p>Without JavaScript you see the first step. All of them:'
        f"</p><ol>{items}</ol></div></noscript>"
    )


def text(steps: list[Step]) -> str:
    """All steps for a terminal: the call chain, the sentence, and what each has changed."""
    lines = []
    for number, (step, changed) in enumerate(zip(steps, changes(steps), strict=True), 1):
        told = f" = {step.result}" if step.result else ""
        lines.append(f"{number:>3} {'  ' * step.inside}{step.call}{told}: {step.sentence}")
        lines += [
            f"      {name}: {steps[number - 2].fields[name]} -> {step.fields[name]}"
            for name in changed
        ]
    return "\n".join(lines)
