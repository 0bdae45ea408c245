"""An explorer as HTML: complete in one state, so that it can be read without JavaScript."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from lomodel.explore import slots
from lomodel.explore.declaration import Declaration, Main, Question, State
from lomodel.explore.fields import controls_html, helps_html
from lomodel.explore.scenario_slots import PREFIX
from lomodel.explore.shown import KINDS, Shown, show
from lomodel.figures import picture
from lomodel.figures.ask import ask
from lomodel.figures.plate import plate
from lomodel.figures.show import escape
from lomodel.figures.show import stylesheet as figures_stylesheet

TELLING = ("value:", "part:", "answer:", "strip:")
"""Slots by which a control is judged to change something."""

SCRIPTS = [
    "kernel.js",
    "kernel_page.js",
    "panel.js",
    "predict.js",
    "source.js",
    "stepper.js",
    "shell.js",
]
"""The elements' scripts in this folder: each defines and registers its element, without export."""

CORE = "core.js"

STYLES = [
    "explore.css",
    "kernel_page.css",
    "panel.css",
    "predict.css",
    "source.css",
    "stepper.css",
]
"""The style sheets beside this file, in the order in which they are joined."""


@cache
def stylesheet() -> str:
    """The style sheet of this folder's elements and of the figures together."""
    return figures_stylesheet() + "".join(map(_text, STYLES))


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def module() -> str:
    """The elements' scripts, those of pictures too, and ``core.js`` as one ES module.

    Each script stands in a block of its own, so that its names are its own. ``core.js`` comes last
    and holds the one export, which no block may hold.
    """
    scripts = [*map(picture.script, picture.SCRIPTS), *map(_text, SCRIPTS)]
    return "".join(f"{{\n{script}}}\n" for script in scripts) + _text(CORE)


def classic_script() -> str:
    """``module`` as a classic script: pages opened from a file may not import modules."""
    body, end, _ = module().partition("export default")
    assert end, "core.js must end with its export"
    # Strict, as a module is: else a function in a block would take the place of another block's.
    return f'(() => {{\n"use strict";\n{body}}})();\n'


def wrap(element: str) -> str:
    """What a notebook stores: style, element, script; works by itself in a page.

    ``page_assets`` takes style and script out of built pages and links them once instead.
    """
    return (
        f'<style data-lo="explore">{stylesheet()}</style>{element}'
        f'<script data-lo="explore" type="module">{module()}</script>'
    )


def data(shown: Shown) -> dict[str, Any]:
    """What the element knows: controls, where they stand, and the table of every state."""
    known = shown.table["slots"] if shown.table else ()
    first = shown.explorer.initial()
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
        "presets": [first | preset for preset in shown.explorer.presets.values()],
        "telling": [slot for slot in known if slot.startswith(TELLING)],
        "table": shown.table,
    }


def json_text(value: Any) -> str:
    """JSON for the inside of a script element, which "</" would end."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")


def element(declaration: Declaration, controls: State | None = None) -> str:
    """The custom element, with its table inside, as ``show`` says."""
    shown = show(declaration, controls)
    body = (
        f'<a class="lo-skip" href="#{shown.key}-end">skip this explorer</a>{_top(shown)}'
        f'<div class="lo-lay"><div class="lo-lead">{_lead(shown)}</div>'
        f'<div class="lo-controls">{controls_html(shown)}</div>'
        f'<div class="lo-more">{_more(shown)}</div></div>{_fold(shown)}{_challenge(shown)}'
    )
    framed = plate(
        "Explore",
        declaration.title,
        body,
        origin=declaration.origin,
        solid=False,
        classes="lo-explore",
    )
    return (
        f'<lo-explorer name="{escape(declaration.name)}" id="{shown.key}">{framed}'
        f'<span id="{shown.key}-end" tabindex="-1"></span>'
        f'<script type="application/json">{json_text(data(shown))}</script></lo-explorer>'
    )


def _top(shown: Shown) -> str:
    """What it is about, the presets as buttons, and what is said of the address."""
    first = shown.explorer.initial()
    buttons = "".join(
        f'<button type="button" data-preset="{number}" '
        f'aria-pressed="{str(first | preset == shown.state).lower()}">{escape(name)}</button>'
        for number, (name, preset) in enumerate(shown.explorer.presets.items())
    )
    return (
        f'<div class="lo-top"><p>{escape(shown.explorer.intro)}</p>'
        f'<div class="lo-chips" role="toolbar" aria-label="Presets">{buttons}'
        '<button type="button" data-reset>Reset</button></div>'
        f'<p class="lo-message" role="status" data-address></p>{_without_script(shown)}</div>'
    )


def _without_script(shown: Shown) -> str:
    """What a reader without JavaScript gets in place of the buttons."""
    said = "<p><strong>The controls need JavaScript; what you see is where they stand at first."
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{_in_words(shown.explorer, preset)}</td></tr>'
        for name, preset in shown.explorer.presets.items()
    )
    return f"<noscript>{said}</strong></p>{rows and f'<table>{rows}</table>'}</noscript>"


def _in_words(declaration: Declaration, preset: State) -> str:
    """A preset's outcome in a line."""
    said = declaration.run(preset)
    main = declaration.main
    parts = [f"{said[f'value:{main.value}']} {said['what']}"] if main and "what" in said else []
    return escape(". ".join([*parts, str(said["summary"])]))


def _output(name: str, slot: str, shown: Shown, absent: str = "", live: str = "off") -> str:
    attributes = f'name="{escape(name)}" aria-live="{live}"'
    return slots.text("output", attributes, slot, shown.slots, absent)


def _summary(shown: Shown) -> str:
    return f'<p class="lo-summary">{_output("summary", "summary", shown, live="polite")}</p>'


def _lead(shown: Shown) -> str:
    """The main number with its fate and its pieces; without one, the sentence."""
    main = shown.explorer.main
    if main is None:
        return _summary(shown)
    number = _output(main.value, f"value:{main.value}", shown)
    fate = slots.sign("fate", shown.slots, "lo-fate")
    word = slots.text("b", 'class="lo-became"', "fate word", shown.slots)
    what = slots.text("span", 'class="lo-what"', "what", shown.slots)
    return (
        f'<p class="lo-main">{number}<span><span class="lo-word">{fate}{word}</span>{what}</span>'
        f"</p>{_pieces(main, shown)}"
    )


def _pieces(main: Main, shown: Shown) -> str:
    blocks = slots.strip(f"strip:{main.strip}", shown.slots) if main.strip else ""
    if not main.lengths:
        return blocks
    label = escape(shown.explorer.values[main.lengths])
    said = _output(main.lengths, f"value:{main.lengths}", shown)
    return f'{blocks}<p class="lo-lengths">{label}: {said}</p>'


def _more(shown: Shown) -> str:
    summary = _summary(shown) if shown.explorer.main else ""
    return f"{summary}{_words(shown)}{_ask(shown)}"


def _words(shown: Shown) -> str:
    """The 64-bit words, each with its lamps."""
    if not shown.explorer.words:
        return ""
    rows = "".join(
        f"<div><code>{escape(name)}</code>{_output(name, f'word:{name}', shown, '–')}</div>"
        f"{slots.lamps(f'lamps:{name}', shown.slots)}"
        for name in shown.explorer.words
    )
    return f'<div class="lo-words">{rows}</div>'


def _ask(shown: Shown) -> str:
    """The button, unless no state is a scenario."""
    known = shown.table["slots"] if shown.table else shown.slots
    asks = any(slot.startswith(PREFIX) for slot in known)
    return f'<div class="lo-ask">{ask()}</div>' if asks else ""


def _challenge(shown: Shown) -> str:
    if not shown.explorer.challenge:
        return ""
    box = slots.sign("met", shown.slots, "lo-box")
    found = _output("challenge", "met", shown, live="polite")
    text = escape(shown.explorer.challenge)
    return f'<p class="lo-challenge">{box}<b>Find it</b><span>{text}</span>{found}</p>'


def _fold(shown: Shown) -> str:
    """All that does not lead: counters, other lengths, the figure, the questions, the helps."""
    title = escape(shown.explorer.title)
    figure = slots.part(shown.explorer.figure(), shown.slots)
    return (
        '<details class="lo-fold"><summary>All values, which functions ran, what was asked, '
        f"and about the controls</summary>{_values(shown)}"
        f'<div class="lo-figure" role="group" aria-label="{title}: figure" tabindex="0">{figure}'
        f"</div>{_questions(shown)}{helps_html(shown)}</details>"
    )


def _values(shown: Shown) -> str:
    main = shown.explorer.main
    led = {main.value, main.lengths} if main else set()
    values = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{_output(name, f'value:{name}', shown)}</dd></div>"
        for name, label in shown.explorer.values.items()
        if name not in led
    )
    strips = "".join(
        f'<div class="lo-strip-row"><span>{escape(label)}</span>'
        f"{slots.strip(f'strip:{name}', shown.slots)}</div>"
        for name, label in shown.explorer.strips.items()
        if not (main and name == main.strip)
    )
    return f'<dl class="lo-values">{values}</dl>{strips}'


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
