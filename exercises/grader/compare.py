"""Compares outputs as nbval does, with nbval's own code, outside any isolated process."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import nbformat
from nbval.plugin import (
    IPyNbCell,
    coalesce_streams,
    find_comment_markers,
    find_metadata_tags,
    nocolors,
)

# What IPyNbFile says of a run without nbdime.
NOT_COMPARED = (
    "metadata",
    "traceback",
    "prompt_number",
    "output_type",
    "name",
    "execution_count",
    "application/vnd.jupyter.widget-view+json",
    "image/png",
    "image/jpeg",
)


class _Comparison(IPyNbCell):
    """nbval's test item, as far as its comparison needs one: pytest is not asked."""

    ihook = SimpleNamespace(pytest_assertrepr_compare=lambda **_: [])

    def __init__(self) -> None:
        self.parent = SimpleNamespace(skip_compare=NOT_COMPARED, sanitize_patterns={})
        self.config = None
        self.colors = nocolors
        self.comparison_traceback: list[str] = []


def compare(got: Iterable[Any], wanted: Iterable[Any]) -> str:
    """Empty where nbval takes both for equal; else what differs, in nbval's words."""
    item = object.__new__(_Comparison)
    item.__init__()  # type: ignore[misc]
    ours, theirs = _joined(got), _joined(wanted)
    if item.compare_outputs(ours, theirs):
        return ""
    return "\n".join(item.comparison_traceback).strip() or "the outputs differ"


def _joined(outputs: Iterable[Any]) -> list[Any]:
    """Copies, with the text of each stream in one piece.

    nbval joins them too, each with all before it: a minute for a hundred thousand pieces.
    """
    texts: dict[str, list[str]] = {}
    first = []
    for output in outputs:
        if output["output_type"] == "stream":
            texts.setdefault(output["name"], []).append(output["text"])
            if len(texts[output["name"]]) > 1:
                continue
        first.append(nbformat.from_dict(dict(output)))
    for output in first:
        if output["output_type"] == "stream":
            output["text"] = "".join(texts[output["name"]])
    return coalesce_streams(first)


def options(source: str, metadata: Any) -> dict[str, bool]:
    """What nbval's comments and tags say of a cell: ``check``, ``check_exception``, ``skip``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = defaultdict(bool, find_metadata_tags(metadata or {}))
        found.update(find_comment_markers(source))
    found.setdefault("check", True)
    return found
