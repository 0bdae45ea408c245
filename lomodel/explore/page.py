"""An explorer as HTML: complete in one state, so that it can be read without JavaScript."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from lomodel.explore import slots
from lomodel.explore.controls import Choice, Control, Range, Switch, check_all
from lomodel.explore.declaration import Declaration, Question, State
from lomodel.explore.slots import Slots
from lomodel.explore.store import table_of
from lomodel.explore.table import Table
from lomodel.figures.show import escape
from lomodel.figures.show import stylesheet as figures_stylesheet

TELLING = ("value:", "part:", "answer:", "strip:")
"""Slots by which a control is judged to change something (its own echo does not count)."""

SCRIPTS = [
    "predict.js",
    "shell.js",
]
"""The elements' scripts in this folder: each defines and registers its element, without export."""

CORE = "core.js"

STYLES = [
    "explore.css",
    "predict.css",
]
"""The style sheets beside this file, in the order in which they are joined."""

KINDS = {Switch: "switch", Choice: "choice", Range: "range"}


@cache
def stylesheet() -> str:
    """The style sheet of this folder's elements and of the figures together."""
    return figures_stylesheet() + "".join(map(_text, STYLES))


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def module() -> str:
    """The elements' scripts and ``core.js`` as one ES module.

    Each script stands in a block of its own, so that its names are its own. ``core.js`` comes last
    and holds the one export, which no block may hold.
    """
    return "".join(f"{{\n{_text(name)}}}\n" for name in SCRIPTS) + _text(CORE)


def classic_script() -> str:
    """``module`` as a classic script: pages opened from a file may not import modules."""
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


@dataclass(frozen=True)
class Shown:
    """An explorer in one state."""

    explorer: Declaration
    state: State
    slots: Slots
    table: Table | None

    def has(self, slot: str) -> bool:
        """Whether this state or another that the page knows has a slot."""
        return slot in self.slots or (self.table is not None and slot in self.table["slots"])


def show(declaration: Declaration, controls: State | None = None) -> Shown:
    """An explorer in its first state, or with some controls set; ControlError for a bad one."""
    state = declaration.initial() | check_all(declaration.controls, controls or {})
    return Shown(declaration, state, declaration.run(state), table_of(declaration))


def data(shown: Shown) -> dict[str, Any]:
    """What the element knows: controls, where they stand, and the table of every state."""
    echoes = {f"value:{name}" for name in shown.explorer.echoes}
    known = shown.table["slots"] if shown.table else ()
    telling = [slot for slot in known if slot.startswith(TELLING) and slot not in echoes]
    return {
        "controls": [
            {
                "name": control.name,
                "kind": KINDS[type(control)],
                "points": list(control.points),
                "unit": getattr(control, "unit", ""),
                "span": getattr(control, "span", None),
            }
            for control in shown.explorer.controls
        ],
        "initial": shown.state,
        "telling": telling,
        "table": shown.table,
    }


def json_text(value: Any) -> str:
    """JSON for the inside of a script element, which "</" would end."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")


def element(declaration: Declaration, controls: State | None = None) -> str:
    """The custom element, with its table inside, as ``show`` says."""
    shown = show(declaration, controls)
    name, title = escape(declaration.name), escape(declaration.title)
    figure = slots.part(declaration.figure(), shown.slots)
    return (
        f'<lo-explorer name="{name}" role="group" aria-label="{title}">'
        f"{_head(declaration)}"
        f'<div class="lo-outcome">{_outcome(shown)}</div>'
        f'<div class="lo-body"><div class="lo-controls">{_controls(shown)}</div>'
        f'<div class="lo-figure" role="group" aria-label="{title}: figure" tabindex="0">{figure}'
        f"</div></div>{_questions(shown)}"
        f'<script type="application/json">{json_text(data(shown))}</script></lo-explorer>'
    )


def _head(declaration: Declaration) -> str:
    return (
        f'<div class="lo-head"><p class="lo-title">{escape(declaration.title)}</p>'
        f"<p>{escape(declaration.intro)}</p><noscript><p><strong>The controls need "
        "JavaScript; what you see is where they stand at first.</strong></p></noscript></div>"
    )


def _controls(shown: Shown) -> str:
    by_name = {control.name: control for control in shown.explorer.controls}
    groups = shown.explorer.groups or {"Controls": list(by_name)}
    return "".join(
        f"<fieldset><legend>{escape(title)}</legend>"
        + "".join(_control(by_name[name], shown) for name in names)
        + "</fieldset>"
        for title, names in groups.items()
    )


def _control(control: Control, shown: Shown) -> str:
    name, key = escape(control.name), f"lo-{shown.explorer.name}-{control.name}"
    note = slots.text("span", 'class="lo-note"', f"note:{control.name}", shown.slots)
    help_slot, below, described = f"help:{control.name}", "", ""
    if control.help or shown.has(help_slot):
        described = f' aria-describedby="{key}-help"'
        below = slots.text("small", f'id="{key}-help"', help_slot, shown.slots, control.help)
    value = shown.state[control.name]
    field = WIDGETS[type(control)](control, value, f'id="{key}" name="{name}"{described}')
    label = f'<label for="{key}">{escape(control.label)}</label>'
    parts = f"{field}{label}" if isinstance(control, Switch) else f"{label}{field}"
    return (
        f'<div class="lo-{KINDS[type(control)]}" data-control="{name}">{parts}'
        f'<span class="lo-said">{note}'
        f'<span class="lo-idle">{escape(shown.explorer.idle)}</span></span>{below}</div>'
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


def _output(name: str, slot: str, shown: Shown, absent: str = "", live: str = "off") -> str:
    attributes = f'name="{escape(name)}" aria-live="{live}"'
    return slots.text("output", attributes, slot, shown.slots, absent)


def _outcome(shown: Shown) -> str:
    values = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{_output(name, f'value:{name}', shown)}</dd></div>"
        for name, label in shown.explorer.values.items()
    )
    strips = "".join(
        f'<div class="lo-strip-row"><span>{escape(label)}</span>'
        f"{slots.strip(f'strip:{name}', shown.slots)}</div>"
        for name, label in shown.explorer.strips.items()
    )
    summary = _output("summary", "summary", shown, live="polite")
    return f'<p class="lo-summary">{summary}</p>{strips}<dl class="lo-values">{values}</dl>'


def _questions(shown: Shown) -> str:
    questions = shown.explorer.questions()
    if not questions:
        return ""
    rows = "".join(_question(question, shown) for question in questions)
    return (
        f'<table class="lo-questions"><caption>{escape(shown.explorer.questions_title)}</caption>'
        '<thead><tr><th scope="col">in</th><th scope="col">question</th><th scope="col">operands'
        f'</th><th scope="col">answer</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _question(question: Question, shown: Shown) -> str:
    name, answer = question.name, f"answer:{question.name}"
    operands = _output(f"{name} operands", f"operands:{name}", shown)
    said = _output(name, answer, shown, absent="not asked")
    cells = (escape(question.function), escape(question.text), operands, said)
    return slots.row(answer, shown.slots, "".join(f"<td>{cell}</td>" for cell in cells))
