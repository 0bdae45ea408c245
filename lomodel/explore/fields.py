"""An explorer's controls as HTML: native, labelled, with a place kept for what is said of each."""

from __future__ import annotations

from typing import Any

from lomodel.explore import slots
from lomodel.explore.controls import Choice, Control, Range, Switch
from lomodel.explore.shown import KINDS, Shown
from lomodel.figures.show import escape

SHORT = 18
"""A choice whose texts have no more letters than this takes half the width."""


def controls_html(shown: Shown) -> str:
    """All controls, under the headings of their groups."""
    by_name = {control.name: control for control in shown.explorer.controls}
    groups = shown.explorer.groups or {"": list(by_name)}
    return "".join(
        _group(title, "".join(_control(by_name[name], shown) for name in names))
        for title, names in groups.items()
    )


def _group(title: str, inside: str) -> str:
    if not title:
        return f'<div class="lo-group">{inside}</div>'
    legend = f"<legend>{escape(title)}</legend>"
    return f'<fieldset>{legend}<div class="lo-group">{inside}</div></fieldset>'


def _key(control: Control, shown: Shown) -> str:
    return f"{shown.key}-{control.name}"


def _has_help(control: Control, shown: Shown) -> bool:
    return bool(control.help) or shown.has(f"help:{control.name}")


def helps_html(shown: Shown) -> str:
    """What there is to know about the controls; each control is described by its own."""
    rows = "".join(
        f"<div><dt>{escape(control.label)}</dt>{_help(control, shown)}</div>"
        for control in shown.explorer.controls
        if _has_help(control, shown)
    )
    return f'<dl class="lo-helps">{rows}</dl>' if rows else ""


def _help(control: Control, shown: Shown) -> str:
    attributes = f'id="{_key(control, shown)}-help"'
    return slots.text("dd", attributes, f"help:{control.name}", shown.slots, control.help)


def _control(control: Control, shown: Shown) -> str:
    name, key = escape(control.name), _key(control, shown)
    described = f"{key}-said {key}-help" if _has_help(control, shown) else f"{key}-said"
    attributes = f'id="{key}" name="{name}" aria-describedby="{described}"'
    field = WIDGETS[type(control)](control, shown, attributes)
    label = f'<label for="{key}">{escape(control.label)}</label>{_said(control, shown)}'
    if isinstance(control, Switch):
        inside = f"{field}{label}"
    elif isinstance(control, Range):
        number, rest = field
        inside = f'<div class="lo-label">{label}{number}</div>{rest}'
    else:
        inside = f'<div class="lo-label">{label}</div>{field}'
    return f'<div class="{_classes(control)}" data-control="{name}">{inside}</div>'


def _classes(control: Control) -> str:
    texts = control.options.values() if isinstance(control, Choice) else ()
    short = texts and max(map(len, texts)) <= SHORT
    return f"lo-{KINDS[type(control)]}{' lo-short' if short else ''}"


def _said(control: Control, shown: Shown) -> str:
    """A word beside a control, or that it changes nothing: both in a place that is always there."""
    note = slots.text("span", 'class="lo-note"', f"note:{control.name}", shown.slots)
    idle = f'<span class="lo-idle">{escape(shown.explorer.idle)}</span>'
    return f'<span class="lo-said" id="{_key(control, shown)}-said">{note}{idle}</span>'


def _switch(control: Switch, shown: Shown, attributes: str) -> str:
    checked = " checked" if shown.state[control.name] else ""
    return f'<input type="checkbox" role="switch" {attributes}{checked}>'


def _choice(control: Choice, shown: Shown, attributes: str) -> str:
    value = shown.state[control.name]
    options = "".join(
        f'<option value="{escape(point)}"{" selected" if point == value else ""}>'
        f"{escape(text)}</option>"
        for point, text in control.options.items()
    )
    return f"<select {attributes}>{options}</select>"


def _range(control: Range, shown: Shown, attributes: str) -> tuple[str, str]:
    """The number, and what stands below it: a slider, and the points that have a name."""
    value, (low, high) = shown.state[control.name], control.span
    at = min(range(len(control.points)), key=lambda i: abs(control.points[i] - value))
    name, label, unit = escape(control.name), escape(control.label), escape(control.unit)
    number = (
        f'<span class="lo-number"><input type="number" {attributes} value="{value}" min="{low}" '
        f'max="{high}"> {unit}</span>'
    )
    slider = (
        f'<input type="range" data-slider="{name}" aria-label="{label}, slider" min="0" '
        f'max="{len(control.points) - 1}" value="{at}" aria-valuetext="{value} {unit}">'
    )
    message = f'<small class="lo-message" role="status" data-message="{name}"></small>'
    return number, slider + _points(control, shown, value) + message


def _points(control: Range, shown: Shown, value: Any) -> str:
    buttons = "".join(slots.point(control.name, name, shown.slots, value) for name in control.named)
    label = f"{escape(control.label)}, points with a name"
    return buttons and f'<div class="lo-chips" role="toolbar" aria-label="{label}">{buttons}</div>'


WIDGETS = {Switch: _switch, Choice: _choice, Range: _range}
