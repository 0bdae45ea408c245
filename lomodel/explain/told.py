"""What is told of a scenario: plain data, with a text and a page of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from lomodel.explain.findings import Finding
from lomodel.explain.sections import Section
from lomodel.explain.words import condition_words, happened
from lomodel.trace import Decision


@dataclass(frozen=True)
class Told:
    """One thing that happened in a step, and all that is known of it."""

    found: Finding
    link: str | None
    counters: tuple[str, ...]
    settings: tuple[str, ...] | None
    """What would change it; None where that was told before."""
    turned: Decision | None
    """The condition that then comes out otherwise, where that is another one."""
    section: Section | None
    features: dict[str, int]
    """The bits of the release's features, by their names."""
    follows: str = ""
    """What it means for the packets, in words."""
    earlier: str = ""
    """Which earlier step it comes from, in words."""
    all_tried: bool = True
    """Whether every setting was tried, where none is told."""

    def lines(self) -> Iterator[tuple[str, str]]:
        """What is told, as label and text."""
        decided = self.found.decided
        yield "what", happened(self.found)
        if self.earlier:
            yield "because of", self.earlier
        if decided.function:
            yield "decided by", self._decided()
        if self.link:
            yield "source", self.link
        if self.follows:
            yield "so", self.follows
        yield "shown by", "; ".join(self.counters) or "no counter"
        if self.settings is not None:
            nothing = "no setting that a scenario can write makes it better"
            if not self.all_tried:
                nothing = "nothing was found; the step is too long to try every setting"
            yield "changed by", "; ".join(self.settings) or nothing
        if self.turned is not None:
            asked = condition_words(self.turned, self.features)
            yield "which turns", f"{self.turned.function}: {asked}"
        if self.section is not None:
            yield "explained on", str(self.section)

    def _decided(self) -> str:
        decided = self.found.decided
        who = f"{decided.function} ({decided.file})"
        if decided.condition is not None:
            return f"{who}: {condition_words(decided.condition, self.features)}"
        return f"{who}: {decided.why}" if decided.why else who


@dataclass(frozen=True)
class ToldStep:
    """A step, and what is told of it."""

    number: int
    words: str
    told: tuple[Told, ...]


@dataclass(frozen=True)
class Explanation:
    """What is told of a scenario; ``str`` is the text."""

    release: str
    steps: tuple[ToldStep, ...]

    def __iter__(self) -> Iterator[tuple[int, Told]]:
        """Everything that is told, with the number of its step."""
        return ((step.number, told) for step in self.steps for told in step.told)

    def __str__(self) -> str:
        lines = []
        for step in self.steps:
            lines.append(f"step {step.number}: {step.words}")
            for told in step.told:
                (_, what), *rest = told.lines()
                lines.append(f"  {what}")
                lines += [f"    {label}: {text}" for label, text in rest]
        return "\n".join(lines) or "Nothing was refused, dropped, cut or lost."

    def _repr_html_(self) -> str:
        parts = []
        for step in self.steps:
            parts.append(f"<p><b>Step {step.number}</b>: {escape(step.words)}</p>")
            for told in step.told:
                (_, what), *rest = told.lines()
                rows = "".join(f"<dt>{label}</dt><dd>{_html(text)}</dd>" for label, text in rest)
                parts.append(f"<p>{escape(what)}</p><dl>{rows}</dl>")
        return "".join(parts) or f"<p>{escape(str(self))}</p>"


def _html(text: str) -> str:
    if text.startswith("https://"):
        return f'<a href="{escape(text)}">{escape(text)}</a>'
    return escape(text)
