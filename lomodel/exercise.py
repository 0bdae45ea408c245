"""What the cells of an assignment need: a check that explains itself, a function taken out.

take_out("lomodel.linux.net.ethernet.eth", "eth_header")
expect("an IP packet gets 14 bytes", eth_header(frame), 14, see="header_ops.html#fourteen")
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, NoReturn


def expect(behaviour: str, got: object, wanted: object, *, see: str) -> None:
    """Prints what was got. Where that is not what was wanted, says what the behaviour is.

    Both are compared as they are printed, so that ``True`` is not 1. An AssertionError names the
    behaviour, both values, and the place in the book (``see``: page and anchor) that explains it.
    """
    if repr(got) != repr(wanted):
        raise _plain(
            f"{behaviour}.\n  your answer gives {got!r}\n  expected        {wanted!r}\n"
            f"  the book explains it: {see}"
        )
    print(f"{behaviour}: {got!r}")


def _plain(text: str) -> AssertionError:
    """An error that a notebook shows as its text: the source of ``expect`` explains nothing."""
    error = AssertionError(text)
    shown = [f"AssertionError: {text}"]
    error._render_traceback_ = lambda: shown  # type: ignore[attr-defined]  # IPython's hook
    return error


def take_out(module: str, *names: str, tables: bool = False) -> None:
    """Functions of the model that are a task: whoever calls one by its name is told so.

    A table of operations that holds one already keeps it, so that the model's own packets go on;
    with ``tables`` it is out of the modules' tables as well. AttributeError where the module has no
    such function.
    """
    for name in names:
        function = getattr(importlib.import_module(module), name)
        absent = _absent(name, function)
        for place in [m for n, m in sys.modules.items() if n.partition(".")[0] == "lomodel"]:
            for known, value in list(vars(place).items()):
                if value is function:
                    setattr(place, known, absent)
                elif tables and is_dataclass(value) and not isinstance(value, type):
                    _unplug(value, function, absent)


def _unplug(table: Any, function: object, absent: object) -> None:
    for socket in fields(table):
        if getattr(table, socket.name) is function:
            object.__setattr__(table, socket.name, absent)  # the tables are frozen


def _absent(name: str, function: Callable[..., Any]) -> Callable[..., NoReturn]:
    # No __wrapped__: it would hand the function over.
    @functools.wraps(function, updated=())
    def absent(*_: object, **__: object) -> NoReturn:
        raise NotImplementedError(f"{name} is your task")

    del absent.__wrapped__  # type: ignore[attr-defined]
    return absent
