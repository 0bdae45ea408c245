"""A prediction as HTML: the element that a page shows and that ``predict.js`` brings to life.

The answers stand in it sealed, that is as JSON in base64: nobody meets them by looking at a page's
source or by searching in it, and whoever wants to decode them can. It is no secret.
"""

from __future__ import annotations

import base64
import json
from string import ascii_uppercase

from lomodel.explore.foretell import find
from lomodel.explore.prediction import (
    Answers,
    Choice,
    Number,
    Order,
    Played,
    Prediction,
    answers_to,
    marked,
)
from lomodel.figures.ask import ask
from lomodel.figures.plate import plate, sign
from lomodel.figures.show import escape

ANSWERS_PAGE = "answers.html"
"""Where a page links to for who cannot enter a guess; beside every page of the book."""

GUESS = 'name="guess" autocomplete="off"'
KINDS = {Number: "number", Choice: "choice", Order: "order"}


def element(name: str, release: str) -> str:
    """The element of a prediction, both answers inside it, sealed.

    KeyError for a name that there is not; what ``answers_to`` raises.
    """
    page, prediction = find(name)
    return made(prediction, answers_to(prediction, release), page.name)


def made(prediction: Prediction, answers: Answers, page: str) -> str:
    """The element of a prediction on the page of that name, with these answers."""
    name = escape(prediction.name)
    body = _form(prediction, answers.release) + _result(prediction, answers) + _elsewhere(name)
    return (
        f'<lo-predict name="{name}" page="{escape(page)}" kind="{KINDS[type(prediction.kind)]}" '
        f'data-lm-suppress-shortcuts="true" sealed="{seal(prediction, answers)}">'
        f"{plate('Predict', prediction.title, body)}</lo-predict>"
    )


def seal(prediction: Prediction, answers: Answers) -> str:
    """Both answers, why, and the steps that decide, as ``predict.js`` reads them."""
    line = prediction.kind.line
    said = {
        "model": line(answers.model),
        "kernel": None if answers.recorded is None else line(answers.recorded),
        "missing": marked(answers.missing),
        "why": marked(prediction.text(prediction.why, answers.release)),
    }
    if isinstance(prediction.source, Played):
        said["steps"] = list(prediction.source.steps)
    return base64.b64encode(json.dumps(said, separators=(",", ":")).encode()).decode()


def _form(prediction: Prediction, release: str) -> str:
    kind, question = prediction.kind, marked(prediction.text(prediction.question, release))
    if isinstance(kind, Number):
        fields = _number(kind, question)
    elif isinstance(kind, Choice):
        fields = _choice(kind, question)
    else:
        fields = _order(kind, question)
    return (
        f'<form novalidate>{fields}<p class="lo-bar">'
        '<button type="submit" class="lo-button main" disabled>Check</button> '
        "<small>Your guess stays in this browser.</small></p>"
        '<p class="lo-message" role="status"></p></form>'
    )


def _number(kind: Number, question: str) -> str:
    return (
        f'<label><span class="lo-ask">{question}</span> <span class="lo-field">'
        f'<input type="text" {GUESS} inputmode="numeric" '
        f'data-low="{kind.low}" data-high="{kind.high}"> '
        f"{escape(kind.unit)}</span></label>"
    )


def _choice(kind: Choice, question: str) -> str:
    options = "".join(
        f'<label><input type="radio" {GUESS} value="{escape(key)}"> <span>{marked(text)}</span>'
        "</label>"
        for key, text in kind.options.items()
    )
    legend = f'<legend class="lo-ask">{question}</legend>'
    return f'<fieldset>{legend}<div class="lo-field lo-options">{options}</div></fieldset>'


def _order(kind: Order, question: str) -> str:
    letters = ascii_uppercase[: len(kind.items)]
    rows = "".join(map(_row, letters, kind.items))
    typed = f'<input type="text" {GUESS} value="{",".join(letters)}">'
    return (
        f'<fieldset><legend class="lo-ask">{question}</legend><div class="lo-field">'
        f'<ol class="lo-rows">{rows}</ol>'
        f"<label>or enter the letters {typed}</label></div></fieldset>"
    )


def _row(letter: str, item: str) -> str:
    moves = "".join(
        f'<button type="button" class="lo-button" data-move="{by}" '
        f'aria-label="Move {letter} {word}">{arrow}</button>'
        for by, word, arrow in ((-1, "up", "↑"), (1, "down", "↓"))
    )
    return f'<li data-letter="{letter}"><b>{letter}</b> <span>{marked(item)}</span> {moves}</li>'


def _result(prediction: Prediction, answers: Answers) -> str:
    kernel = f"Linux {answers.kernel}" if answers.kernel else "a kernel"
    unit = getattr(prediction.kind, "unit", "")
    told = (
        ("your guess", ""),
        (f"{sign(False)}model {escape(answers.release)}", "model"),
        (f"{sign(True)}{escape(kernel)}", "kernel"),
    )
    rows = "".join(_told(*each, unit=unit) for each in told)
    button = ask(release=answers.release) if isinstance(prediction.source, Played) else ""
    return (
        '<div class="lo-result" role="group" aria-label="Answer" aria-live="polite" tabindex="-1">'
        f'<div hidden><p class="lo-verdict"></p><dl>{rows}</dl><p class="lo-why"></p>'
        f"{button}"
        '<button type="button" class="lo-button lo-again">Guess again</button></div></div>'
    )


def _told(head: str, name: str, unit: str) -> str:
    place = f'<output name="{name}" aria-live="off"></output>' if name else "<span></span>"
    small = f'<small class="lo-unit" data-unit="{escape(unit)}"></small>'
    return f"<div><dt>{head}</dt><dd>{place} {small}</dd></div>"


def _elsewhere(name: str) -> str:
    """For who has no JavaScript, and for who reads on paper; ``name`` is escaped."""
    link = f'<a href="{ANSWERS_PAGE}#{name}">the page of answers</a>'
    return (
        f"<noscript><p>A guess can be entered with JavaScript; the answer stands on {link}.</p>"
        '</noscript><p class="lo-paper">My guess: <span></span> (the answer stands on the page of '
        "answers)</p>"
    )
