"""What a wheel says of itself: its name, what it needs, what it lets you import."""

from __future__ import annotations

import email
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

#: What a requirement's conditions are asked about.
PAGE = {
    "extra": "",
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "wasm32",
    "platform_python_implementation": "CPython",
    "platform_system": "Emscripten",
    "python_full_version": "3.14.2",
    "python_version": "3.14",
    "sys_platform": "emscripten",
}


@dataclass(frozen=True)
class Wheel:
    """A wheel's file and its own words: `needs` and `name` as package indexes spell them."""

    path: Path
    name: str
    version: str
    needs: tuple[str, ...]
    imports: tuple[str, ...]
    licence: str


def spelt(name: str) -> str:
    """A package's name as indexes spell it: small letters and single hyphens."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(path: Path) -> Wheel:
    """What stands in a wheel. KeyError when it is no wheel."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        (about,) = (name for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        said = email.message_from_bytes(archive.read(about))
    asked = [Requirement(line) for line in said.get_all("Requires-Dist", [])]
    needed = [each for each in asked if each.marker is None or each.marker.evaluate(PAGE)]
    return Wheel(
        path=path,
        name=spelt(said["Name"]),
        version=said["Version"],
        needs=tuple(dict.fromkeys(spelt(each.name) for each in needed)),
        imports=tuple(sorted({found for name in names if (found := _import_of(name))})),
        licence=_licence(said),
    )


def _import_of(name: str) -> str:
    """The top name that a file of a wheel belongs to, or "" for what is imported by none."""
    top, _, below = name.partition("/")
    if ".dist-info" in top or ".data" in top:
        return ""
    if not below:
        return top.removesuffix(".py") if top.endswith(".py") else ""
    return top if top.isidentifier() and name.endswith(".py") else ""


def _licence(said: email.message.Message) -> str:
    """The licence's name, from whichever of three headings has it; some have its whole text."""
    lines = [line for line in said.get_all("Classifier", []) if line.startswith("License ::")]
    classified = lines[0].rpartition(" :: ")[2] if lines else "unknown"
    whole = said["License-Expression"] or said["License"] or classified
    return whole.splitlines()[0].strip()
