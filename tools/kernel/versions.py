"""`versions.toml`: what goes into a kernel of the pages, each with its version and hash."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("versions.toml")


@dataclass(frozen=True)
class Package:
    """One of Debian's packages. `sha256` is its file's, of a source package its archive's."""

    package: str
    version: str
    sha256: str


def read() -> dict[str, Any]:
    """The whole file."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def releases() -> tuple[str, ...]:
    """The releases that can be built, the book's own first."""
    return tuple(read()["release"])


def source(release: str) -> Package:
    """The package with a release's source. KeyError for one that is not in the file."""
    return Package(**read()["release"][release])


def i386() -> list[Package]:
    """The packages that the guest is made of."""
    return [Package(**each) for each in read()["i386"]]
