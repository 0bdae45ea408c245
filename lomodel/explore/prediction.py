"""What a prediction is: a question that a reader answers before the model and a kernel do.

Text may have ``code`` between backticks. An answer is an int (Number), the key of an option
(Choice) or the items in their order (Order); everywhere outside Python it is one line of text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from string import ascii_uppercase

from lomodel import recorded, scenario
from lomodel.contract import Scenario, Step
from lomodel.figures.show import escape
from lomodel.scenario import Observed

Answer = int | str | tuple[str, ...]


def marked(text: str) -> str:
    """Text as HTML, what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


@dataclass(frozen=True)
class Number:
    """A whole number from ``low`` to ``high``; ``unit`` is a plural: packets, copies."""

    unit: str
    low: int
    high: int

    def line(self, answer: Answer) -> str:
        """The answer as a reader enters it; ValueError for what nobody could enter."""
        if type(answer) is not int or not self.low <= answer <= self.high:
            raise ValueError(f"expected an int from {self.low} to {self.high}, not {answer!r}")
        return str(answer)

    def words(self, answer: Answer) -> str:
        """The answer as a page of text says it."""
        return f"{answer} {_singular(self.unit) if answer == 1 else self.unit}"


def _singular(unit: str) -> str:
    """One of what ``unit`` names in the plural."""
    return f"{unit[:-3]}y" if unit.endswith("ies") else unit.removesuffix("s")


@dataclass(frozen=True)
class Choice:
    """One of several options: their words by key."""

    options: Mapping[str, str]

    def line(self, answer: Answer) -> str:
        """The option's key, which is what a page keeps; ValueError if there is none."""
        if answer not in self.options:
            raise ValueError(f"expected one of {', '.join(self.options)}, not {answer!r}")
        return str(answer)

    def words(self, answer: Answer) -> str:
        """The answer as a page of text says it."""
        return self.options[str(answer)]


@dataclass(frozen=True)
class Order:
    """Items to be sorted, in the order in which they are offered, which is never the answer."""

    items: Sequence[str]

    def line(self, answer: Answer) -> str:
        """The answer as a reader enters it: the items' letters, as offered, with commas.

        ValueError if the answer does not have each item once, or is the order offered.
        """
        if not isinstance(answer, tuple) or sorted(answer) != sorted(self.items):
            raise ValueError(f"expected {', '.join(self.items)} in some order, not {answer!r}")
        if answer == tuple(self.items):
            raise ValueError("expected another order than the one that is offered")
        return ",".join(ascii_uppercase[list(self.items).index(item)] for item in answer)

    def words(self, answer: Answer) -> str:
        """The answer as a page of text says it."""
        return ", ".join(map(str, answer if isinstance(answer, tuple) else ()))


@dataclass(frozen=True)
class Played:
    """A scenario decides: ``read`` finds the answer in what is observed of ``steps``.

    The model plays them, and a kernel has been recorded with them (``lomodel.recorded``).
    """

    steps: Sequence[Step]
    read: Callable[[Observed], Answer]

    def model(self, release: str) -> Answer:
        """What the model of a release says; ValueError for a release that it has not."""
        return self.read(scenario.play(list(self.steps), release))


@dataclass(frozen=True)
class Reckoned:
    """No scenario can say it: ``model`` answers for a release, ``why_no_kernel`` is a sentence."""

    model: Callable[[str], Answer]
    why_no_kernel: str


@dataclass(frozen=True)
class Prediction:
    """One question.

    * ``name``: by which a cell asks for it; it says nothing of the answer.
    * ``title``: a few words for the plate. ``question``: with every number that it needs.
    * ``why``: the reason, in one to three sentences, for who has made a guess.
    * ``source``: where the answers come from. ``expected``: what its author expects, for every
      release or by release; a test compares it with both answers, nothing else reads it.
    * ``facts``: where question and why differ between releases, what their ``{fields}`` stand for.
    """

    name: str
    title: str
    question: str
    kind: Number | Choice | Order
    source: Played | Reckoned = field(repr=False)
    expected: Answer | Mapping[str, Answer] = field(repr=False)
    why: str = field(repr=False)
    facts: Callable[[str], Mapping[str, object]] | None = field(default=None, repr=False)

    def text(self, text: str, release: str) -> str:
        """The question or why, as it is said of a release."""
        return text.format_map(self.facts(release)) if self.facts else text


@dataclass(frozen=True)
class Answers:
    """What the model of ``release`` says, and ``kernel``, such as "6.12.117", recorded.

    ``kernel`` is "" where no recording says it, and ``missing`` then says why.
    """

    release: str
    model: Answer = field(repr=False)
    kernel: str = ""
    recorded: Answer | None = field(default=None, repr=False)
    missing: str = ""


def answers_to(prediction: Prediction, release: str) -> Answers:
    """Both answers, computed. ValueError if one is of another kind than the question's.

    LookupError if a scenario decides and no kernel of that release was recorded with it.
    """
    source = prediction.source
    model = source.model(release)
    if isinstance(source, Reckoned):
        found = Answers(release, model, missing=source.why_no_kernel)
    else:
        line = recording_of(prediction.name, source.steps, release)
        found = Answers(release, model, line["kernel"], source.read(line["observed"]))
    for answer in (found.model, found.recorded):
        if answer is not None:
            _check(prediction, answer)
    return found


def _check(prediction: Prediction, answer: Answer) -> None:
    try:
        prediction.kind.line(answer)
    except ValueError as error:
        raise ValueError(f"prediction {prediction.name}: {error}") from None


@cache
def _recordings() -> list[Scenario]:
    return [line for name in recorded.names() for line in recorded.read(name)]


def recording_of(name: str, steps: Sequence[Step], release: str) -> Scenario:
    """The first recording of these steps on a kernel of that release; LookupError for none."""
    for line in _recordings():
        if line["release"] == release and line["steps"] == list(steps):
            return line
    raise LookupError(f"prediction {name}: lomodel.recorded has no {release} with its steps")
