"""Where the model's Python for a symbol of the kernel stands, read from its files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

PACKAGE = "lomodel"
MODEL = "linux"


@dataclass(frozen=True)
class PythonSource:
    """A definition of the model: its lines, without their ends, and where they are from.

    ``file`` is a path from the project's root; ``first`` is the number of its first line, from 1,
    which is a function's own and not its decorator's.
    """

    name: str
    file: str
    first: int
    lines: tuple[str, ...]

    @property
    def last(self) -> int:
        """The number of the last line."""
        return self.first + len(self.lines) - 1


@cache
def _texts() -> dict[str, str]:
    """Every module of the model, by its path from the project's root."""
    return dict(_walk(files(PACKAGE).joinpath(MODEL), f"{PACKAGE}/{MODEL}"))


def _walk(folder: Traversable, path: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        below = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, below)
        elif entry.name.endswith(".py"):
            yield below, entry.read_text(encoding="utf-8")


def names_of(symbol: str) -> tuple[str, ...]:
    """What the model may call a symbol: its name, where Python has that name another ("list_"),
    and a struct's as a class ("NetDevice")."""
    return symbol, f"{symbol}_", "".join(part.capitalize() for part in symbol.split("_"))


def find(symbol: str, name: str | None = None, file: str | None = None) -> PythonSource:
    """The model's definition of ``symbol``: a function, a class or a table of a module.

    ``name`` is what the model calls it where that is another name, a method as "Class.method";
    ``file`` the C file that it is of in the kernel, where several files have one of the name.
    ValueError when the model has none, or several and ``file`` does not tell them apart.
    """
    wanted = (name,) if name else names_of(symbol)
    for each in wanted:
        found = [source for path in _texts() for source in _in_module(path, each)]
        if found:
            return _only(symbol, found, file)
    expected = " or ".join(map(repr, wanted))
    raise ValueError(f"the model has no {symbol!r}: expected {expected} in {PACKAGE}/{MODEL}")


def _only(symbol: str, found: list[PythonSource], file: str | None) -> PythonSource:
    if len(found) > 1 and file:
        stem = f"/{MODEL}/{file.rpartition('.')[0]}"
        found = [source for source in found if stem in f"/{source.file}"] or found
    if len(found) > 1:
        places = ", ".join(source.file for source in found)
        raise ValueError(f"{symbol!r} stands in {places}; expected file= to name one")
    return found[0]


def _in_module(path: str, name: str) -> Iterator[PythonSource]:
    outer, _, inner = name.partition(".")
    if outer not in _texts()[path]:
        return
    for node in _defined(path):
        if _is_named(node, outer):
            parts = [n for n in ast.walk(node) if _is_named(n, inner)] if inner else [node]
            yield from (_source(path, name, part) for part in parts)


@cache
def _defined(path: str) -> list[ast.stmt]:
    return ast.parse(_texts()[path]).body


def _is_named(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name == name
    if isinstance(node, ast.Assign):
        return any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
    return (
        isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id == name
    )


def _source(path: str, name: str, node: ast.stmt) -> PythonSource:
    lines = _texts()[path].splitlines()[node.lineno - 1 : node.end_lineno]
    return PythonSource(name, path, node.lineno, tuple(lines))
