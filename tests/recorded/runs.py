"""The recorded runs of real kernels: `tests/recorded/RELEASE/*.jsonl.gz`, and the examples.

Those of contract 2 are in `RELEASE/contract-2`: 6.18's in a file for each theme, older ones' in
one.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RELEASES = tuple(sorted(path.parent.name for path in HERE.glob("*/corpus.jsonl.gz"))) + ("6.18",)
"""The releases that were recorded; the last one is the kernel that the tests were written on."""


def lines(release: str) -> list[tuple[str, str]]:
    """Every recorded line of a release, each with the name of its file."""
    found = [
        (path.name.removesuffix(".jsonl.gz"), line)
        for path in sorted((HERE / release).glob("*.jsonl.gz"))
        for line in gzip.decompress(path.read_bytes()).decode().splitlines()
    ]
    if release == RELEASES[-1]:
        found += [("examples", line) for line in examples()]
    return found


def examples() -> list[str]:
    """The contract's own examples, lines of 6.18."""
    return (HERE / "examples.jsonl").read_text().splitlines()


def scenarios(release: str) -> list[dict[str, Any]]:
    """Every recorded scenario of a release, with what was observed."""
    return [json.loads(line) for _, line in lines(release)]


def themes(release: str) -> dict[str, Path]:
    """The files of contract 2, by theme."""
    found = sorted((HERE / release / "contract-2").glob("*.jsonl.gz"))
    return {path.name.removesuffix(".jsonl.gz"): path for path in found}


def of_theme(release: str, theme: str) -> list[dict[str, Any]]:
    """A theme's recorded scenarios of contract 2, with what was observed."""
    text = gzip.decompress(themes(release)[theme].read_bytes()).decode()
    return [json.loads(line) for line in text.splitlines()]


def write(path: Path, text: str) -> None:
    """Store recorded lines; the same lines make the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
