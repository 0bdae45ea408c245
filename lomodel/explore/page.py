"""An explorer as HTML: complete in its initial state, so that it can be read without JavaScript."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from lomodel.explore.controls import Choice, Control, Range, Switch
from lomodel.explore.declaration import Declaration
from lomodel.explore.store import table_of
from lomodel.figures.show import escape
from lomodel.figures.show import stylesheet as figures_stylesheet

TELLING = ("value:", "part:", "answer:", "strip:")
"""Slots by which a control is judged to change something (its own echo does not count)."""

KINDS = {Switch: "switch", Choice: "choice", Range: "range"}


@cache
def stylesheet() -> str:
    """The style sheet of explorers and figures together."""
    own = files(__package__).joinpath("explore.css").read_text(encoding="utf-8")
    return figures_stylesheet() + own


@cache
def module() -> str:
    """``core.js``, an ES module."""
    return files(__package__).joinpath("core.js").read_text(encoding="utf-8")


def classic_script() -> str:
    """``core.js`` as a classic script: pages opened from a file may not import modules."""
    body, end, _ = module().partition("export default")
    assert end, "core.js must end with its export"
    return f"(() => {{\n{body}}})();\n"


def wrap(element: str) -> str:
    """What a notebook stores: style, element, script; works by itself in a page.

    ``page_assets`` takes style and script out of built pages and links them once instead.
    """
    return (
        f'<style data-lo="explore">{stylesheet()}</style>{element}'
        f'<script data-lo="explore" type="module">{module()}</script>'
    )


def data(declaration: Declaration) -> dict[str, Any]:
    """What the element knows: controls, where they stand, and the table of every state."""
    table = table_of(declaration)
    echoes = {f"value:{name}" for name in declaration.echoes}
    slots = table["slots"] if table else ()
    telling = [slot for slot in slots if slot.startswith(TELLING) and slot not in echoes]
    return {
        "controls": [
            {
                "name": control.name,
                "kind": KINDS[type(control)],
                "points": list(control.points),
                "unit": getattr(control, "unit", ""),
                "span": getattr(control, "span", None),
            }
            for control in declaration.controls
        ],
        "initial": declaration.initial(),
        "telling": telling,
        "table": table,
    }


def json_text(value: Any) -> str:
    """JSON for the inside of a script element, which "</" would end."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")


def element(declaration: Declaration) -> str:
    """The custom element with its table inside."""
    slots = declaration.run({})
    return (
        f'<lo-explorer name="{escape(declaration.name)}" role="group" '
        f'aria-label="{escape(declaration.title)}">'
        f"{_head(declaration)}"
        f'<div class="lo-outcome">{_outcome(declaration, slots)}</div>'
        f'<div class="lo-body"><div class="lo-controls">{_controls(declaration, slots)}</div>'
        f'<div class="lo-figure" role="group" aria-label="{escape(declaration.title)}: figure" '
        f'tabindex="0">{light(declaration.figure(), slots)}</div>'
        f"</div>{_questions(declaration, slots)}"
        f'<script type="application/json">{json_text(data(declaration))}</script></lo-explorer>'
    )


def _head(declaration: Declaration) -> str:
    return (
        f'<div class="lo-head"><p class="lo-title">{escape(declaration.title)}</p>'
        f"<p>{escape(declaration.intro)}</p><noscript><p><strong>The controls need "
        "JavaScript; what you see is where they stand at first.</strong></p></noscript></div>"
    )


def _controls(declaration: Declaration, slots: dict[str, Any]) -> str:
    by_name = {control.name: control for control in declaration.controls}
    groups = declaration.groups or {"Controls": list(by_name)}
    return "".join(
        f"<fieldset><legend>{escape(title)}</legend>"
        + "".join(_control(by_name[name], declaration, slots) for name in names)
        + "</fieldset>"
        for title, names in groups.items()
    )


def _control(control: Control, declaration: Declaration, slots: dict[str, Any]) -> str:
    name, key = escape(control.name), f"lo-{declaration.name}-{control.name}"
    value = declaration.initial()[control.name]
    note = escape(slots.get(f"note:{control.name}", ""))
    text = slots.get(f"help:{control.name}", control.help)
    helped = f' aria-describedby="{key}-help"' if text else ""
    field = WIDGETS[type(control)](control, value, f'id="{key}" name="{name}"{helped}')
    label = f'<label for="{key}">{escape(control.label)}</label>'
    parts = f"{field}{label}" if isinstance(control, Switch) else f"{label}{field}"
    below = f'<small id="{key}-help" data-help="{name}">{escape(text)}</small>' if text else ""
    return (
        f'<div class="lo-{KINDS[type(control)]}" data-control="{name}">{parts}'
        f'<span class="lo-said"><span class="lo-note" data-note="{name}">{note}</span>'
        f'<span class="lo-idle">{escape(declaration.idle)}</span></span>{below}</div>'
    )


def _switch(control: Switch, value: bool, attributes: str) -> str:
    return f'<input type="checkbox" {attributes}{" checked" if value else ""}>'


def _choice(control: Choice, value: Any, attributes: str) -> str:
    options = "".join(
        f'<option value="{escape(point)}"{" selected" if point == value else ""}>'
        f"{escape(text)}</option>"
        for point, text in control.options.items()
    )
    return f"<select {attributes}>{options}</select>"


def _range(control: Range, value: int, attributes: str) -> str:
    low, high = control.span
    at = min(range(len(control.points)), key=lambda i: abs(control.points[i] - value))
    return (
        f'<span class="lo-number"><input type="number" {attributes} value="{value}" min="{low}" '
        f'max="{high}"> {escape(control.unit)}</span>'
        f'<input type="range" data-slider="{escape(control.name)}" '
        f'aria-label="{escape(control.label)}, slider" min="0" max="{len(control.points) - 1}" '
        f'value="{at}" aria-valuetext="{value} {escape(control.unit)}">'
        f'<small class="lo-message" role="status" data-message="{escape(control.name)}"></small>'
    )


WIDGETS = {Switch: _switch, Choice: _choice, Range: _range}


def _outcome(declaration: Declaration, slots: dict[str, Any]) -> str:
    values = "".join(
        f'<div><dt>{escape(label)}</dt><dd><output name="{escape(name)}" aria-live="off" '
        f'data-value="{escape(name)}">{escape(slots.get(f"value:{name}", ""))}</output></dd></div>'
        for name, label in declaration.values.items()
    )
    strips = "".join(
        f'<div class="lo-strip-row"><span>{escape(label)}</span>'
        f"{_strip(name, slots.get(f'strip:{name}', ''))}</div>"
        for name, label in declaration.strips.items()
    )
    return (
        f'<p class="lo-summary"><output name="summary" aria-live="polite">'
        f"{escape(slots['summary'])}</output></p>{strips}"
        f'<dl class="lo-values">{values}</dl>'
    )


def _strip(name: str, text: str) -> str:
    blocks = [block.split("x") for block in text.split()]
    inside = "".join(f'<i style="flex-grow:{length}"></i>' * int(count) for count, length in blocks)
    return (
        f'<div class="lo-strip" aria-hidden="true" data-strip="{escape(name)}" '
        f'data-blocks="{escape(text)}">{inside}</div>'
    )


def _questions(declaration: Declaration, slots: dict[str, Any]) -> str:
    if not declaration.questions:
        return ""
    rows = "".join(_question(q.name, q.function, q.text, slots) for q in declaration.questions)
    return (
        f'<table class="lo-questions"><caption>{escape(declaration.questions_title)}</caption>'
        '<thead><tr><th scope="col">in</th><th scope="col">question</th><th scope="col">operands'
        f'</th><th scope="col">answer</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _question(name: str, function: str, text: str, slots: dict[str, Any]) -> str:
    answer = slots.get(f"answer:{name}")
    operands = slots.get(f"operands:{name}", "")
    return (
        f'<tr data-question="{escape(name)}" data-answer="{escape(answer or "")}"'
        f"{'' if answer else ' class=off'}><td>{escape(function)}</td><td>{escape(text)}</td>"
        f'<td><output name="{escape(name)} operands" aria-live="off" data-operands>'
        f"{escape(operands)}</output></td>"
        f'<td><output name="{escape(name)}" aria-live="off" data-answer-text>'
        f"{escape(answer or 'not asked')}</output></td></tr>"
    )


PART = re.compile(r'<g class="([^"]*)" data-part="([^"]*)">(.*?)</g>', re.S)
NOTE = re.compile(r'(<text[^>]* class="note"[^>]*>)[^<]*')


def light(svg: str, slots: dict[str, Any]) -> str:
    """The figure with the state's parts lit and their notes written."""

    def part(match: re.Match) -> str:
        classes, name, inside = match.groups()
        notes = [slots.get(f"part:{end}") for end in name.split("-&gt;")]
        classes += "" if None in notes else " lit"
        inside = NOTE.sub(lambda m: m.group(1) + escape(notes[0] or ""), inside)
        return f'<g class="{classes}" data-part="{name}">{inside}</g>'

    return PART.sub(part, svg)
