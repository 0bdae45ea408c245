"""The predictions by name: every module of ``lomodel.predictions`` is a page's, found by looking.

``answers()`` is the page with all the answers.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from lomodel.desk import RELEASE
from lomodel.explore.prediction import Prediction, answers_to

# Not imported by name: predictions stand above their engine.
PREDICTIONS = "lomodel.predictions"
FIELDS = ("NUMBER", "TITLE", "PREDICTIONS")
"""What a page's module has."""


@dataclass(frozen=True)
class Page:
    """A page's predictions, in its order; ``name`` is its module's, ``number`` (part, page)."""

    number: tuple[int, int]
    name: str
    title: str
    predictions: tuple[Prediction, ...]


@cache
def pages() -> tuple[Page, ...]:
    """Every page that has predictions, in the book's order; a module ``_helper`` is none.

    TypeError for a module that declares something else, ValueError for a name used twice.
    """
    found = (module.name for module in pkgutil.iter_modules(import_module(PREDICTIONS).__path__))
    made = [_page(name) for name in found if not name.startswith("_")]
    names = [each.name for page in made for each in page.predictions]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"predictions: expected one of each name, twice {', '.join(twice)}")
    return tuple(sorted(made, key=lambda page: page.number))


def _page(name: str) -> Page:
    module = import_module(f"{PREDICTIONS}.{name}")
    number, title, declared = (getattr(module, name, None) for name in FIELDS)
    if not (isinstance(number, tuple) and isinstance(title, str) and isinstance(declared, tuple)):
        raise TypeError(f"{module.__name__}: expected a tuple NUMBER, a TITLE, a tuple PREDICTIONS")
    for each in declared:
        if not isinstance(each, Prediction):
            raise TypeError(f"{module.__name__}: expected a Prediction, not {each!r}")
    return Page(number, name, title, declared)


def names() -> list[str]:
    """The names of all predictions, page by page."""
    return [each.name for page in pages() for each in page.predictions]


def find(name: str) -> tuple[Page, Prediction]:
    """The prediction of that name and its page; KeyError for a name that there is not."""
    for page in pages():
        for each in page.predictions:
            if each.name == name:
                return page, each
    raise KeyError(f"no prediction {name!r}; there are: {', '.join(names())}")


def answers(release: str = RELEASE) -> str:
    """Every prediction with its question, its answers and why, as Markdown.

    An answer has the prediction's name as its anchor; open predictions link there.
    """
    return "\n\n".join(
        part
        for page in pages()
        for part in (_heading(page), *(_answer(each, release) for each in page.predictions))
    )


def _heading(page: Page) -> str:
    part, number = page.number
    return f"## {part}.{number} {page.title}"


def _answer(prediction: Prediction, release: str) -> str:
    found, words = answers_to(prediction, release), prediction.kind.words
    if found.recorded is None:
        kernel = found.missing
    else:
        kernel = f"● Linux {found.kernel}: **{words(found.recorded)}**."
    question, why = (prediction.text(t, release) for t in (prediction.question, prediction.why))
    return (
        f'<span id="{prediction.name}"></span>\n*{question}*\n\n'
        f"○ model {found.release}: **{words(found.model)}**. {kernel}\n\n{why}"
    )
