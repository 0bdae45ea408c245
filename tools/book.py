"""Builds the book into `_build/html`, unless it is already there and nothing has changed.

    .venv/bin/python tools/book.py

No notebook is executed: they carry their outputs. Any warning is an error.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools import page_kernels, page_lite, quoted
from tools.python import inputs as page_python

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
HTML = BUILD / "html"
STAMP = BUILD / "inputs.sha256"
# What a page is made of; a folder stands for everything in it.
INPUTS = [
    "CHANGELOG.md",
    "_config.yml",
    "_toc.yml",
    "assets",
    "chapters",
    "exercises",
    "lomodel",
    "requirements.txt",
    "tools",
]
BY_PRODUCTS = {"__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".hypothesis", ".ruff_cache"}


def files(path: Path) -> Iterator[Path]:
    """The file, or the folder's files in order, without what programs leave behind."""
    if path.is_file():
        yield path
    elif path.is_dir() and path.name not in BY_PRODUCTS:
        for entry in sorted(path.iterdir()):
            yield from files(entry)


def fingerprint() -> str:
    """What the built book depends on, by content: a touched file is no changed file."""
    digest = hashlib.sha256()
    for name in INPUTS:
        for path in files(ROOT / name):
            data = path.read_bytes()
            digest.update(f"{path.relative_to(ROOT)} {len(data)}\n".encode())
            digest.update(data)
    # The kernel's C is in no input above: a tree that appears, or is another one, is a change.
    digest.update(quoted.identity(ROOT / "chapters").encode())
    # So is a kernel that pages can ask, and another state of it.
    digest.update(page_kernels.identity().encode())
    digest.update(page_python.identity().encode())
    digest.update(page_lite.identity().encode())
    return digest.hexdigest()


def is_built(wanted: str) -> bool:
    """Whether the pages in `_build` were made from these inputs."""
    pages = (HTML / "index.html").is_file()
    return pages and STAMP.is_file() and STAMP.read_text() == wanted


def pages() -> list[str]:
    """Every page of the built book, as a path below its root."""
    names = sorted(path.relative_to(HTML).as_posix() for path in HTML.rglob("*.html"))
    return [name for name in names if not name.startswith(("_static/", "_python/", "lite/"))]


def build() -> None:
    """All pages anew: navigation and cross-references reach across pages."""
    STAMP.unlink(missing_ok=True)
    shutil.rmtree(HTML, ignore_errors=True)
    shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
    program = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command = [*program, "build", "--all", "-W", "--keep-going", "."]
    log = BUILD / "build.log"
    BUILD.mkdir(exist_ok=True)
    with log.open("w") as out:
        environment = {**os.environ, "NO_COLOR": "1"}
        run = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
    if run.returncode:
        sys.exit(explain(log))


def explain(log: Path) -> str:
    """The warnings, which are the errors, and where the rest is."""
    lines = log.read_text(errors="replace").splitlines()
    marks = ("WARNING", "ERROR", "Error", "Exception")
    found = [line.strip() for line in lines if any(mark in line for mark in marks)]
    summary = "\n".join(f"  {line}" for line in (found or lines)[-20:])
    return f"{summary}\nThe book was not built: mend what is named above (the whole log: {log})."


def main() -> None:
    wanted = fingerprint()
    if is_built(wanted):
        print("The book is up to date.")
    else:
        print("Building the book ...", flush=True)
        build()
        # What changed meanwhile is seen by the next run: the stamp holds the state before.
        STAMP.write_text(wanted)
    page = HTML / "index.html"
    print(f"\n  {page}\n")
    if note := quoted.note(ROOT / "chapters"):
        print(f"{note}\n")
    print(f"{page_kernels.note()}\n")
    print(f"{page_python.note()}\n")
    print(f"{page_lite.note()}\n")
    print(f"Open it in a browser: {page.as_uri()}\nor serve it: make serve")


if __name__ == "__main__":
    main()
