"""A folder over http, on this machine, as `make serve` serves it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from tools import serve


def served(folder: Path) -> AbstractContextManager[str]:
    """The folder's address, without the last slash, as long as the context lasts."""
    return serve.running(serve.bind(0, folder))
