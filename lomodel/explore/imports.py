"""Which modules of this package a module imports, read from the source files.

What a process happens to have imported says nothing of what one explorer needs; its source does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def files_of(modules: list[str], package: Path = PACKAGE) -> list[Path]:
    """The files that ``modules`` are made of, with all that they import from the package, in order.

    Files of a module's own name (``x.txt`` beside ``x.py``) are its data; so is what stands beside
    the ``__init__.py`` of a package that is imported. A package that is only on the way to a module
    counts with its ``__init__.py``, and not with what that imports: Python runs it, and the module
    uses nothing of it.
    """
    found: set[Path] = set()
    for name in closure(modules, package):
        path = _path(name, package)
        found |= set(_data(path))
        folders = (f for f in path.parents if f.is_relative_to(package))
        found |= {init for folder in folders if (init := folder / "__init__.py").is_file()}
    return sorted(found)


def closure(modules: list[str], package: Path = PACKAGE) -> set[str]:
    """``modules`` and every module of the package that they import, and that those import."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found and _path(name, package) is not None:
            found.add(name)
            waiting += _imported(name, package)
    return found


def _path(name: str, package: Path) -> Path | None:
    """The source file of a module of the package; None if there is none."""
    root, *below = name.split(".")
    if root != package.name:
        return None
    stem = package.joinpath(*below)
    candidates = (stem.with_name(f"{stem.name}.py"), stem / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def _data(path: Path) -> Iterator[Path]:
    """A module's file, and the files that hold its data."""
    if path.name == "__init__.py":
        yield path
        yield from (f for f in path.parent.iterdir() if f.is_file() and f.suffix != ".py")
    else:
        yield from path.parent.glob(f"{path.stem}.*")


def _imported(name: str, package: Path) -> Iterator[str]:
    """Every name that a module imports, whether or not it is a module."""
    path = _path(name, package)
    within = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in _running(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, within)
            names = [f"{base}.{alias.name}" for alias in node.names]
            yield from names
            if not all(_path(name, package) for name in names):
                yield base


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """A tree's nodes without what only type checkers read."""
    yield node
    children = ast.iter_child_nodes(node)
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        children = iter(node.orelse)
    for child in children:
        yield from _running(child)


def _absolute(node: ast.ImportFrom, within: str) -> str:
    """The module that a ``from`` names, its dots resolved."""
    if not node.level:
        return node.module or ""
    above = within.split(".")[: len(within.split(".")) - node.level + 1]
    return ".".join([*above, *filter(None, [node.module])])
