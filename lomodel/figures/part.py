"""A part of a trace: one call and what happened in it, without what is of no interest now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from lomodel.figures.tree import names
from lomodel.trace import Call, Decision, Event

Record = Call | Decision | Event


def part(trace: Iterable[Record], function: str, without: str | Iterable[str] = ()) -> list[Record]:
    """The records of the first call of ``function``, itself included.

    Calls of the functions in ``without`` are left out with all that happened in them. ValueError
    when the function was not called.
    """
    records = list(trace)
    start = next((n for n, r in enumerate(records) if _is_call(r, {function})), None)
    if start is None:
        raise ValueError(f"{function} was not called")
    depth = records[start].depth
    inside = [records[start], *_deeper(records[start + 1 :], depth)]
    return [replace(record, depth=record.depth - depth) for record in prune(inside, names(without))]


def prune(records: Iterable[Record], without: Collection[str]) -> list[Record]:
    """The records outside the calls of the functions in ``without``."""
    kept: list[Record] = []
    skipped: int | None = None
    for record in records:
        if skipped is not None and record.depth > skipped:
            continue
        skipped = record.depth if _is_call(record, without) else None
        if skipped is None:
            kept.append(record)
    return kept


def _is_call(record: Record, functions: Collection[str]) -> bool:
    return record.kind == "call" and record.name in functions


def _deeper(records: list[Record], depth: int) -> list[Record]:
    """The records up to the first that is not below ``depth``."""
    end = next((n for n, r in enumerate(records) if r.depth <= depth), len(records))
    return records[:end]
