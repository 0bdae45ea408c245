"""The tree of calls of a trace, and the condition that decided what happened at a place in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lomodel.trace import Call, Decision, Event, Trace


@dataclass(eq=False)
class Span:
    """A call with everything recorded inside it, in order; the root of a trace has no call."""

    call: Call | None = None
    within: list[Span | Decision | Event] = field(default_factory=list)
    parent: Span | None = None

    @property
    def name(self) -> str:
        """The function's name in C; empty for the root."""
        return "" if self.call is None else self.call.name

    @property
    def calls(self) -> list[Span]:
        """The calls that this one made."""
        return [each for each in self.within if isinstance(each, Span)]

    def walk(self) -> Iterator[Span]:
        """This call and all below it, in the order of their entry."""
        yield self
        for each in self.calls:
            yield from each.walk()

    def place(self, what: Span | Event) -> int:
        """Where something stands among what is recorded in this call."""
        return next(n for n, each in enumerate(self.within) if each is what)

    def decisions(self) -> list[Decision]:
        """Every decision in this call and below it, in order."""
        found: list[Decision] = []
        for each in self.within:
            if isinstance(each, Span):
                found += each.decisions()
            elif isinstance(each, Decision):
                found.append(each)
        return found

    def events(self, name: str) -> Iterator[tuple[Span, Event]]:
        """Every event of that name, with the call that it is in."""
        for each in self.within:
            if isinstance(each, Span):
                yield from each.events(name)
            elif isinstance(each, Event) and each.name == name:
                yield self, each


@dataclass(frozen=True)
class Decided:
    """What decided: the function that did it, and the condition, if one was recorded."""

    function: str
    file: str
    condition: Decision | None
    why: str = ""
    """What the function itself said of an error, beyond its name."""


NOT_HERE = Decided("", "", None)
"""Nothing in this step: what is seen in it was decided in another."""


def span_of(trace: Trace) -> Span:
    """A trace as a tree."""
    root = Span()
    open_: list[Span] = [root]
    for record in trace:
        # The records of a nested trace are as deep as it was opened, so depth alone tells.
        del open_[record.depth + 1 :]
        if isinstance(record, Call):
            made = Span(record, parent=open_[-1])
            open_[-1].within.append(made)
            open_.append(made)
        else:
            open_[-1].within.append(record)
    return root


def failed(span: Span | None) -> bool:
    """Whether a call, or one that it was made for, ended with an errno."""
    while span is not None and span.call is not None:
        if isinstance(span.call.result, OSError):
            return True
        span = span.parent
    return False


def origin(span: Span, number: int) -> Span:
    """The innermost call that an errno came out of."""
    while inner := [each for each in span.calls if _errno(each) == number]:
        span = inner[-1]
    return span


def refusal(span: Span, number: int) -> Decided:
    """Who refused what ``span`` was asked for, and over which condition."""
    at = origin(span, number)
    result = None if at.call is None else at.call.result
    why = ""
    if isinstance(result, OSError) and result.errno is not None:
        why = result.strerror or ""
    return _decided(at, len(at.within), why)


def before(span: Span, what: Span | Event) -> Decided:
    """What decided that ``what`` came about inside ``span``."""
    return _decided(span, span.place(what))


def last_of(span: Span, asked: Sequence[Decision]) -> Decided:
    """The last of these conditions, all asked in ``span`` or below, as what decided."""
    if not asked:
        return NOT_HERE
    return Decided(asked[-1].function, _file(span, asked[-1]), asked[-1])


def _decided(span: Span, end: int, why: str = "") -> Decided:
    """The last condition before place ``end`` of a call: its own, else of what it had called.

    A call that failed since has decided instead. Where nobody asked anything, whoever called has
    decided.
    """
    at: Span | None = span
    while at is not None:
        found = _last(at, end)
        if found is not None:
            return Decided(found.function, _file(at, found), found, why)
        if at.parent is None:
            break
        end = at.parent.place(at)
        at = at.parent
    return Decided(span.name, "" if span.call is None else span.call.symbol.file, None, why)


def _last(span: Span, end: int) -> Decision | None:
    below: Decision | None = None
    for place in range(end - 1, -1, -1):
        each = span.within[place]
        if isinstance(each, Decision):
            return each
        if isinstance(each, Span):
            if (number := _errno(each)) is not None:
                failed_at = origin(each, number)
                found = _last(failed_at, len(failed_at.within))
                if found is not None:
                    return found
            taken = each.decisions()
            below = below or (taken[-1] if taken else None)
    return below


def _errno(span: Span) -> int | None:
    """The errno that a call ended with, if it did."""
    result = None if span.call is None else span.call.result
    if isinstance(result, OSError):
        return result.errno
    if isinstance(result, int) and not isinstance(result, bool) and -4096 < result < 0:
        return -result
    return None


def _file(span: Span, condition: Decision) -> str:
    """The file of the function that took a decision: in ``span``, or below."""
    for each in span.walk():
        if each.call is not None and any(d is condition for d in each.within):
            return each.call.symbol.file
    return ""
