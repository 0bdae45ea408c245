"""A run over a class: what is graded, what is kept, and what happens if it is stopped."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

from exercises.grader import submission
from exercises.grader.assignment import Assignment
from exercises.grader.grade import Grade
from exercises.grader.judge import Judge
from exercises.grader.limits import Limits
from exercises.grader.pool import Pool, Result
from exercises.grader.problem import Problem
from exercises.grader.progress import Progress
from exercises.grader.report import Report
from exercises.grader.report.text import cut
from exercises.grader.resume import Journal, Keys, Line

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Options:
    """Of one run."""

    limits: Limits = field(default_factory=Limits)
    jobs: int = 2
    resume: bool = False
    fresh: bool = False
    unsafe: bool = False
    book: str | None = None


class Run:
    """Grades what is in ``submissions``; ``out`` holds the report. Problem where that cannot be."""

    def __init__(
        self, assignment: Assignment, submissions: Path, out: Path, options: Options
    ) -> None:
        self._assignment, self._out, self._options = assignment, out, options
        self._entries = submission.entries(submissions)
        check_report_folder(out, submissions)
        keys = Keys(assignment, options.limits, options.fresh, options.unsafe)
        self._keys = {entry.name: keys.of(entry.path) for entry in self._entries}
        self._journal = Journal(out)
        self._kept = self._kept_lines() if options.resume else []

    def _kept_lines(self) -> list[Line]:
        """What an earlier run says of what is still the same."""
        found = (self._journal.line(name, key) for name, key in self._keys.items())
        return [line for line in found if line]

    def __call__(self) -> int:
        """The exit status. An earlier report is touched when every judge is ready, not before."""
        names = {line.grade.submission for line in self._kept}
        todo = [entry for entry in self._entries if entry.name not in names]
        with stopping() as stop:
            pool = Pool(
                self._assignment, todo, self._judge, self._options.jobs, lambda: stop.signal > 0
            )
            with pool:
                if not stop.signal:
                    with writing(self._out):
                        report = self._begin()
                    self._go_on(report, pool, stop)
            return 128 + stop.signal if stop.signal else 0

    def _judge(self) -> Judge:
        options = self._options
        return Judge(
            self._assignment,
            options.limits,
            fresh=options.fresh,
            unsafe=options.unsafe,
            proven=True,
        )

    def _begin(self) -> Report:
        """What an earlier run left goes; what is kept is written anew."""
        report = Report(self._out, self._assignment, self._keys, self._options.book or "")
        report.begin(self._journal.files)
        self._kept = [
            replace(line, files=report.files_of(line.grade.submission)) for line in self._kept
        ]
        self._journal.begin(self._kept)
        for line in self._kept:
            report.add(line.grade)
        return report

    def _go_on(self, report: Report, pool: Pool, stop: Stop) -> None:
        kept = [line.grade for line in self._kept]
        with Progress(list(self._keys), kept, self._assignment.max_points) as progress:
            try:
                for result in pool.results(lambda: self._catch_up(report)):
                    grade = self._add(report, result)
                    progress.graded(grade, result.fault)
            finally:
                with writing(self._out):
                    report.finish()
            progress.end(stop.signal > 0)

    def _add(self, report: Report, result: Result) -> Grade:
        """First in the journal, so that no file is there that it does not know."""
        grade = shortened(result.grade)
        # What the grader failed on is tried again by --resume.
        key = "" if result.fault else self._keys[grade.submission]
        with writing(self._out):
            self._journal.add(Line(grade, key, report.files_of(grade.submission)))
            report.add(grade)
        return grade

    def _catch_up(self, report: Report) -> None:
        with writing(self._out):
            report.catch_up()


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Problem where a file of the report cannot be written: the disk is full, say."""
    try:
        yield
    except OSError as error:
        where = error.filename2 or error.filename or out
        told = "mend that, and the same command with --resume goes on"
        raise Problem(f"{where} cannot be written: {error.strerror}; {told}") from None


def shortened(grade: Grade) -> Grade:
    """With as much of each output as the report shows."""
    checks = tuple(replace(check, detail=cut(check.detail)) for check in grade.checks)
    return replace(grade, checks=checks)


def check_report_folder(out: Path, submissions: Path) -> None:
    """Makes the folder. Problem where it is none, a link, or would be graded itself."""
    if out.is_symlink():
        raise Problem(f"--out {out} is a link, which is not followed: name the folder itself")
    if out.exists() and not out.is_dir():
        raise Problem(f"--out {out} is a file: name a folder")
    if out.resolve().is_relative_to(submissions.resolve()):
        raise Problem(f"--out {out} lies in {submissions}, which is graded: name a folder outside")
    try:
        # A report is the instructor's: grades are nobody else's on this machine.
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"--out {out} cannot be made: {error.strerror}") from None
    if not os.access(out, os.W_OK | os.X_OK):
        raise Problem(f"--out {out} cannot be written: choose another or change its rights")


@dataclass
class Stop:
    """The signal that asked for an end, 0 while none did."""

    signal: int = 0

    def __call__(self, number: int, _: FrameType | None) -> None:
        if self.signal:  # asked twice: at once
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.signal = number


@contextmanager
def stopping() -> Iterator[Stop]:
    """Lets a run end between two submissions, with everything written, when it is told to.

    Where the terminal's end is ignored (nohup), it stays ignored.
    """
    stop = Stop()
    ours = [s for s in _SIGNALS if s != signal.SIGHUP or signal.getsignal(s) != signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in ours}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
