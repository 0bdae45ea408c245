"""The explorers by name: every module of ``lomodel.explorers`` is one, under its own name."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from lomodel.explore.declaration import Declaration

# Not imported by name: explorers stand above their engine.
EXPLORERS = "lomodel.explorers"


def names() -> list[str]:
    """The names of all explorers; none is imported. A module ``_helper`` is no explorer."""
    found = (module.name for module in pkgutil.iter_modules(import_module(EXPLORERS).__path__))
    return sorted(name for name in found if not name.startswith("_"))


def module_of(name: str) -> str:
    """The full name of the module that declares the explorer ``name``."""
    return f"{EXPLORERS}.{name}"


def declaration(name: str) -> Declaration:
    """The declaration of the explorer ``name``: the ``EXPLORER`` of its module.

    KeyError for a name that there is not, TypeError for a module that declares something else.
    """
    if name not in names():
        raise KeyError(f"no explorer {name!r}; there are: {', '.join(names())}")
    module = module_of(name)
    declared = getattr(import_module(module), "EXPLORER", None)
    if not isinstance(declared, Declaration):
        raise TypeError(f"{module}: expected EXPLORER to be a Declaration, not {declared!r}")
    if declared.name != name:
        raise TypeError(f"{module}: expected EXPLORER to be named {name!r}, not {declared.name!r}")
    return declared
