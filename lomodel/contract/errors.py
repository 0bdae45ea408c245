"""Why a scenario cannot be played, in words that fit on a line."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterable
from typing import Any


def shown(text: str) -> str:
    """Text of an input, fit to be printed: what is no visible character is written as in JSON.

    A newline would begin a line of its own, an escape sequence would command the terminal, and half
    a surrogate pair cannot be encoded at all.
    """
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)


class ScenarioError(ValueError):
    """A scenario that nobody can play: which line (from 1), which field, what was expected.

    ``reason`` says why in words for a reader, where that is more than what was expected.
    """

    def __init__(self, field: str, expected: str, line: int | None = None, reason: str = ""):
        self.field, self.expected, self.line = field, expected, line
        self.reason = reason or expected
        super().__init__(field, expected, line)

    def __str__(self) -> str:
        where = "" if self.line is None else f"line {self.line}: "
        field = self.field if len(self.field) <= 100 else f"{self.field[:97]}..."
        return shown(f"{where}{field}: {self.expected}")

    def at(self, line: int) -> ScenarioError:
        """The same complaint, on that line of the input."""
        return ScenarioError(self.field, self.expected, line, self.reason)


def quoted(names: Iterable[str]) -> str:
    """Names for a message: each in quotes, with commas between them."""
    return ", ".join(f'"{name}"' for name in names)


def short(value: Any) -> str:
    """A value for a message: as in JSON, at most 60 characters of it."""
    try:
        text = json.dumps(value)
    except RecursionError:
        # The reader of JSON went as deep from where it was called, which is less deep than here.
        return "something nested too deeply"
    return text if len(text) <= 60 else text[:57] + "..."


def errno_name(error: OSError) -> str:
    """The errno's name, as in the contract."""
    if error.errno == errno.EOPNOTSUPP:
        return "EOPNOTSUPP"  # ENOTSUP is the same number, and Python's choice
    return errno.errorcode.get(error.errno or 0, str(error.errno))
