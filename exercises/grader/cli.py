"""The commands: ``student``, ``grade`` and ``check``.

Exit status: 0 when it worked, 1 when ``check`` found a fault, 2 with one line on stderr when the
command could not work, 128 and the signal's number when one ended it (Ctrl-C: 130).
"""

from __future__ import annotations

import math
import re
import signal
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from exercises.grader import assignment, edition, sound, submission
from exercises.grader.grading import Options, Run
from exercises.grader.limits import Limits
from exercises.grader.problem import Problem
from exercises.grader.report.text import visible
from exercises.grader.sandbox import UNSAFE

COURSE = Path(__file__).resolve().parent.parent
DEFAULTS = Limits()
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_SIZE = re.compile(r"(\d{1,15})\s*([KMG]?)(?:I?B)?", re.IGNORECASE)
_MOST_BYTES, _MOST_PROCESSES, _MOST_SECONDS = 1 << 40, 10_000, 10**6
"""What a machine can be asked for: beyond it a run fails as if the student had."""


class Size(click.ParamType[Any]):
    """Bytes: ``64M``, ``1GiB``, ``1048576``."""

    name = "size"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        if isinstance(value, int):
            return value
        found = _SIZE.fullmatch(value.strip())
        if not found or int(found[1]) == 0:
            self.fail(f"{value!r} is no size: expected bytes, or 512K, 64M, 1G", param, ctx)
        size = int(found[1]) * _UNITS[found[2].upper()]
        if size > _MOST_BYTES:
            self.fail(f"{value!r} is more than {_MOST_BYTES >> 30}G", param, ctx)
        return size


class Seconds(click.ParamType[Any]):
    """A time above 0."""

    name = "seconds"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not 0 < seconds <= _MOST_SECONDS:
            what = f"expected seconds above 0, at most {_MOST_SECONDS}"
            self.fail(f"{value!r} is no time: {what}", param, ctx)
        return seconds


class Folder(click.Path):
    """A folder's name. An empty one (a shell's variable that is not set) is not the current one."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if value == "":
            self.fail("the name is empty: expected a folder's", param, ctx)
        return super().convert(value, param, ctx)


class Address(click.ParamType[Any]):
    """Where the book's pages are."""

    name = "url"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        text = str(value)
        if urlsplit(text).scheme not in ("http", "https", "file") or re.search(r"[\s<>\"\\]", text):
            self.fail(f"{value!r} is no address: expected https://... or file:///...", param, ctx)
        return text


def _limit(name: str, kind: click.ParamType[Any], what: str, default: str) -> Any:
    """The option of one of the limits."""
    return click.option(
        f"--{name.replace('_', '-')}",
        name,
        type=kind,
        default=getattr(DEFAULTS, name),
        help=f"{what} (default {default}).",
    )


_course = click.option(
    "--course",
    type=Folder(),
    default=COURSE,
    help="A folder laid out like exercises/ (default: this project's).",
)
_jobs = click.option(
    "--jobs", type=click.IntRange(1, 64), default=2, help="How many at a time (default 2)."
)


@click.group(no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Hands out assignments, grades a class, and proves that an assignment is sound."""


@commands.command()
@click.argument("out", type=Folder())
@click.argument("names", nargs=-1, metavar="[NN_name ...]")
@_course
def student(out: Path, names: Sequence[str], course: Path) -> None:
    """Write the students' notebooks of all assignments, or of those named, to the folder OUT.

    Neither a hidden check nor a line of a solution is in them; where one would be, nothing is
    written.
    """
    found = _load(course, names)
    for one in found:
        edition.student(one)
    for one in found:
        click.echo(visible(str(edition.write_student(one, out))))


@commands.command()
@click.argument("name", metavar="NN_name")
@click.argument("submissions", type=Folder(), metavar="SUBMISSIONS")
@click.option(
    "--out",
    type=Folder(),
    required=True,
    metavar="REPORT",
    help="The folder for the report.",
)
@_jobs
@click.option("--resume", is_flag=True, help="Go on: keep the grades of what is still the same.")
@_course
@click.option("--book", type=Address(), default=None, help="The book's address, for links to it.")
@click.option("--fresh", is_flag=True, help="A fresh kernel for each submission: slow, exact.")
@click.option("--unsafe", is_flag=True, help="No isolation: what students wrote runs as you.")
@_limit("cell_seconds", Seconds(), "Time of a cell", "10")
@_limit("seconds", Seconds(), "Time of a submission", "60")
@_limit("memory", Size(), "Memory of a submission", "1G")
@_limit(
    "processes", click.IntRange(1, _MOST_PROCESSES), "Processes and threads of a submission", "32"
)
@_limit("files", Size(), "What a submission may write", "64M")
@_limit("output", Size(), "What a cell may print", "1M")
@click.pass_context
def grade(
    context: click.Context, /, name: str, submissions: Path, course: Path, out: Path, **options: Any
) -> None:
    """Grade all that is in the folder SUBMISSIONS, and write a report.

    An entry is a notebook NAME.ipynb, or a folder NAME/ with one notebook in it.
    """
    limits = Limits(**{field.name: options.pop(field.name) for field in fields(Limits)})
    if options["unsafe"]:
        click.echo(f"not isolated: {UNSAFE}", err=True)
    run = Run(assignment.load(course, name), submissions, out, Options(limits, **options))
    if names := submission.left_overs(submissions):
        click.echo(f"left out, made by tools: {', '.join(names)}", err=True)
    context.exit(run())


@commands.command()
@click.argument("names", nargs=-1, metavar="[NN_name ...]")
@_course
@_jobs
@click.pass_context
def check(context: click.Context, names: Sequence[str], course: Path, jobs: int) -> None:
    """Is each assignment sound: the solution has all points, wrong answers lose theirs?"""
    faulty = False
    for one in _load(course, names):
        faults = sound.check(one, jobs=jobs)
        faulty |= bool(faults)
        for fault in faults:
            click.echo(f"{one.name}: {visible(fault)}")
        for warning in sound.warnings(one):
            click.echo(f"{one.name}: warning: {visible(warning)}")
        if not faults:
            click.echo(f"{one.name}: sound")
    context.exit(int(faulty))


def _load(course: Path, names: Sequence[str]) -> list[assignment.Assignment]:
    """All of a course, or those named."""
    found = names or assignment.names(course)
    if not found:
        raise Problem(f"no assignment in {course}: expected solutions/NN_name.ipynb")
    return [assignment.load(course, name) for name in found]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; the exit status."""
    try:
        status = commands.main(arguments, "python -m exercises.grader", standalone_mode=False)
    except click.Abort:
        return _line("stopped", 128 + signal.SIGINT)
    except click.ClickException as error:
        return _line(error.format_message(), 2)
    except Problem as error:
        return _line(str(error), 2)
    except OSError as error:
        name = error.filename2 or error.filename
        where = f"{name}: " if name else ""
        return _line(f"{where}{error.strerror or error}", 2)
    return status if isinstance(status, int) else 0


def _line(text: str, status: int) -> int:
    """Says it in one line, whatever is in it."""
    click.echo(visible(" ".join(text.split())), err=True)
    return status
