"""Renews the pins of requirements*.txt from pyproject.toml.

    .venv/bin/python tools/lock.py

One list serves Python 3.11 to 3.14 on every system (uv's universal resolution). A pin that still
satisfies pyproject.toml stays; delete its line first to have a newer one.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "requirements.txt"
TEST = ROOT / "requirements-test.txt"
GRADERS = ROOT / "requirements-graders.txt"
LITE = ROOT / "requirements-python.txt"
BOOK_TITLE = "# The book needs this, on Python 3.11 to 3.14 (made by `make lock`)."
LITE_TITLE = "# JupyterLite, which `make python` builds with (made by `make lock`)."
WIDGETS = ("anywidget", "jupyterlab-widgets")
GRADERS_TITLE = "# The graders that `make bench` compares with (made by `make lock`)."
TEST_TITLE = "# The tests, the linter and JupyterLab need this as well (made by `make lock`)."


def run(*command: object) -> str:
    """The command's output; where it fails, its last line ends this program."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command[2]} failed: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout


def pins(path: Path) -> list[str]:
    """The lines that pin something."""
    return [line for line in path.read_text().splitlines() if line and line[0] not in "#-"]


def resolve(wanted: list[str], known: list[str]) -> list[str]:
    """Everything that an extra or a group needs, with the known pins kept where they can be."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "pins.txt"
        out.write_text("\n".join(known))
        options = ["--universal", "--python-version", "3.11", "--no-annotate", "--no-header"]
        quiet = ["--no-emit-index-url", "--no-emit-find-links", "--quiet"]
        uv = [sys.executable, "-m", "uv", "pip", "compile"]
        run(*uv, *options, *quiet, *wanted, "-o", out)
        return pins(out)


def main() -> None:
    run(sys.executable, "-m", "pip", "install", "--quiet", "uv")
    known = pins(BOOK) + pins(TEST)
    project = ROOT / "pyproject.toml"
    book = resolve(["--extra", "book", project], known)
    test = [pin for pin in resolve(["--extra", "test", project], known) if pin not in book]
    graders = resolve(["--group", f"{project}:graders"], pins(GRADERS))
    lite = resolve(["--group", f"{project}:lite"], pins(LITE))
    # Of these the build needs what JupyterLab loads, not their Python.
    lite += [pin for pin in book if pin.partition("==")[0] in WIDGETS]
    BOOK.write_text("\n".join([BOOK_TITLE, *book]) + "\n")
    TEST.write_text("\n".join([TEST_TITLE, "-r requirements.txt", *test]) + "\n")
    GRADERS.write_text("\n".join([GRADERS_TITLE, *graders]) + "\n")
    LITE.write_text("\n".join([LITE_TITLE, *sorted(lite)]) + "\n")
    print(f"{BOOK.name}: {len(book)} pins; {TEST.name}: {len(test)} more")


if __name__ == "__main__":
    main()
