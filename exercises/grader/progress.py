"""What a run says while it goes: a line a student on stdout, a bar with the time left on stderr."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Sequence
from statistics import mean
from typing import Self

import click
from rich import progress
from rich.console import Console

from exercises.grader.grade import Grade
from exercises.grader.report.text import visible

_NAME = 40
"""Characters of a name in a line."""


class Progress:
    """Of a run over those submissions. The bar is there on a terminal only, and is taken away
    before a line is printed, so that they never mix."""

    def __init__(self, names: Sequence[str], kept: Iterable[Grade], max_points: int) -> None:
        self._total, self._max = len(names), max_points
        self._width = max((len(shown(name)) for name in names), default=0)
        self._grades = [(grade.status, grade.points) for grade in kept]
        self._kept = len(self._grades)
        self._faults: list[tuple[str, str]] = []
        self._deaf = False
        self._bar = _bar()
        self._task = self._bar.add_task("grading", total=self._total, completed=self._kept)

    def __enter__(self) -> Self:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        if self._kept:
            click.echo(f"kept from the earlier run: {self._kept} of {self._total}", err=True)
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def graded(self, grade: Grade, fault: str = "") -> None:
        """One more."""
        self._grades.append((grade.status, grade.points))
        if fault:
            self._faults.append((grade.submission, fault))
        self._bar.stop()
        self._say(line(grade, self._width))
        self._bar.advance(self._task)
        self._bar.start()

    def _say(self, text: str) -> None:
        """Goes on where nobody listens any more (``grade ... | head``)."""
        if self._deaf:
            return
        try:
            click.echo(text)
        except BrokenPipeError:
            self._deaf = True

    def end(self, stopped: bool) -> None:
        """The last words, once the report is written."""
        self._bar.stop()
        for name, fault in self._faults:
            click.echo(f"the grader itself failed on {shown(name)}: {visible(fault)}", err=True)
        if stopped:
            done = f"{len(self._grades)} of {self._total} have a grade"
            click.echo(f"stopped: {done}; the same command with --resume goes on", err=True)
        else:
            click.echo(self._summary(), err=True)

    def _summary(self) -> str:
        points = [points for status, points in self._grades if status == "graded"]
        text = f"{len(points)} graded, {len(self._grades) - len(points)} refused"
        return f"{text}; mean {mean(points):.1f} of {self._max}" if points else text


def _bar() -> progress.Progress:
    console = Console(stderr=True)
    columns = (
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeRemainingColumn(),
    )
    return progress.Progress(
        *columns,
        console=console,
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        disable=not console.is_terminal,
    )


def line(grade: Grade, width: int) -> str:
    """``ada    9/12  graded   0.041 s  1 note``; of a refused one, why."""
    points = f"{grade.points:>3}/{grade.max_points}"
    head = f"{shown(grade.submission):<{width}}  {points}  {grade.status:<7}"
    if grade.status != "graded":
        return f"{head}  {grade.seconds:7.3f} s  {visible(grade.notes[0])}"
    notes = f"{len(grade.notes)} note{'' if len(grade.notes) == 1 else 's'}"
    return f"{head}  {grade.seconds:7.3f} s  {notes}"


def shown(name: str) -> str:
    """A submission's name where nothing in it acts on a terminal."""
    safe = visible(name)
    return safe if len(safe) <= _NAME else f"{safe[: _NAME - 1]}…"
