"""Every module of a package, those in packages below it too."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def import_all(package: str) -> list[ModuleType]:
    """Import a package and everything in it, however deep; an import error is not hidden."""
    found = importlib.import_module(package)
    names = [each.name for each in pkgutil.walk_packages(found.__path__, f"{package}.", _raise)]
    return [found, *map(importlib.import_module, names)]


def _raise(name: str) -> None:
    # walk_packages would leave a broken package out and say nothing.
    importlib.import_module(name)
