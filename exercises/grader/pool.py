"""Workers: threads, each with a judge of its own, that take entries and give results.

A judge waits for its isolated process most of the time. It is started and used in one thread: its
container ends with the thread that started it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, Self

from exercises.grader.assignment import Assignment
from exercises.grader.grade import Grade, refused
from exercises.grader.submission import Entry, Refused, Submission, read

_TICK, _LAST_WAIT = 0.1, 2.0
"""Seconds: how often a signal is looked for; how long a stopped run waits for its workers."""
FAILED = "the grader failed on it"


class Grader(Protocol):
    """What a worker needs of a judge."""

    def grade(self, submission: Submission) -> Grade: ...


Start = Callable[[], AbstractContextManager[Grader]]
"""Makes the judge of a worker. Problem where it cannot be."""


@dataclass(frozen=True)
class Result:
    """What a worker says of an entry. ``fault`` is what the grader itself failed on."""

    grade: Grade
    fault: str = ""


class Pool:
    """Grades entries, ``jobs`` at a time; ``with`` waits until every judge is ready."""

    def __init__(
        self,
        assignment: Assignment,
        entries: Sequence[Entry],
        start: Start,
        jobs: int,
        stopped: Callable[[], bool],
    ) -> None:
        self._assignment, self._start, self._stopped = assignment, start, stopped
        self._count = len(entries)
        self._todo: queue.SimpleQueue[tuple[Entry, bool]] = queue.SimpleQueue()
        for entry in entries:
            self._todo.put((entry, False))
        self._said: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._go, self._end = threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=self._work, daemon=True) for _ in range(min(jobs, len(entries)))
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        try:
            for _ in self._threads:
                self._next()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Lets the workers go. One that is in the middle of a submission ends with the program."""
        self._end.set()
        self._go.set()
        until = time.monotonic() + _LAST_WAIT
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def results(self, idle: Callable[[], object]) -> Iterator[Result]:
        """As they come; fewer than entries when the run is stopped. ``idle`` is called again and
        again while none comes. Problem: no judge can be had any more."""
        self._go.set()
        for _ in range(self._count):
            result = self._next(idle)
            if result is None:
                return
            yield result

    def _next(self, idle: Callable[[], object] = bool) -> Any:
        """What a worker says next; None when the run is stopped."""
        while not self._stopped():
            try:
                said = self._said.get(timeout=_TICK)
            except queue.Empty:
                idle()
                continue
            if isinstance(said, BaseException):
                raise said
            return said
        return None

    # -- In a worker's thread

    def _work(self) -> None:
        try:
            self._with_judge(first=True)
            while not self._end.is_set() and not self._todo.empty():
                self._with_judge(first=False)
        except BaseException as error:  # the main thread is waiting for this one's word
            self._said.put(error)

    def _with_judge(self, first: bool) -> None:
        """Grades until nothing is left, or the judge fails. What it fails on for the first time is
        tried again with another."""
        with self._start() as judge:
            if first:
                self._said.put("ready")
                self._go.wait()
            for entry, again in self._entries():
                result = self._grade(judge, entry)
                if result.fault and not again:
                    self._todo.put((entry, True))
                else:
                    self._said.put(result)
                if result.fault:
                    return

    def _entries(self) -> Iterator[tuple[Entry, bool]]:
        while not self._end.is_set():
            try:
                yield self._todo.get_nowait()
            except queue.Empty:
                return

    def _grade(self, judge: Grader, entry: Entry) -> Result:
        """Whatever happens: a bug of ours is one student's matter, not the class's."""
        most = self._assignment.max_points
        try:
            return Result(judge.grade(read(entry, self._assignment)))
        except Refused as error:
            return Result(refused(entry.name, str(error), most))
        except Exception as error:
            # The student is not told what it says: it may quote a hidden check.
            note = f"{FAILED} ({type(error).__name__}); your instructor has been told"
            return Result(refused(entry.name, note, most), f"{type(error).__name__}: {error}")
