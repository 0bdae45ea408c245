"""The explorers by name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from lomodel.explore.declaration import Declaration

MODULES = {"gso": "lomodel.explore.gso"}
"""Where each explorer's ``declare()`` is; imported when first asked for."""


def declaration(name: str) -> Declaration:
    """The declaration of the explorer ``name``."""
    if name not in MODULES:
        raise KeyError(f"no explorer {name!r}; there are: {', '.join(MODULES)}")
    declare: Callable[[], Declaration] = import_module(MODULES[name]).declare
    return declare()
