"""Gets what is not in this repository: npm's packages, pure wheels; and builds our own wheel.

    python -m tools.python.fetch

All of it comes from where the machine's own npm and pip get it, with the hashes of `versions.toml`,
and is kept in the user's cache: a second build asks no network. What is missing is said in one line
(`Missing`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tools import npm
from tools.npm import Missing

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = Path(__file__).with_name("versions.toml")
PYTHON = "3.14"
"""The Python that Pyodide is."""

EPOCH = "1767225600"
"""The time of every file in our wheel, in seconds: a wheel of equal files is the same wheel."""

BUILD = "import sys; from flit_core.buildapi import build_wheel; print(build_wheel(sys.argv[1]))"


def versions() -> dict[str, Any]:
    """`versions.toml`: `npm` and `wheels`, each a table by name."""
    return tomllib.loads(VERSIONS.read_text(encoding="utf-8"))


def cache() -> Path:
    """Where what was got is kept, for every checkout of this user."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "lomodel" / "python"


def npm_package(name: str) -> Path:
    """The unpacked folder of one of npm's packages. KeyError for one that has no version."""
    wanted = versions()["npm"][name]
    kept = cache() / "npm"
    if shutil.which("npm") is None and not (kept / f"{name}-{wanted['version']}").is_dir():
        raise Missing("npm is needed to get it, and is not here (on Debian: apt install npm)")
    return npm.package(name, **wanted, into=kept)


def wheels(names: Iterable[str]) -> list[Path]:
    """The files of pure wheels, in the order of the names. KeyError for one without a version."""
    table, folder = versions()["wheels"], cache() / "wheels"
    wanted = {name: table[name] for name in names}
    lacking = {name: pin for name, pin in wanted.items() if _kept(folder, pin) is None}
    if lacking:
        _download(lacking, folder)
    found = {name: _kept(folder, pin) for name, pin in wanted.items()}
    if none := [name for name, path in found.items() if path is None]:
        raise Missing(f"pip gave no wheel of {', '.join(none)} with the hash of versions.toml")
    return list(found.values())


def _kept(folder: Path, pin: dict[str, str]) -> Path | None:
    candidates = folder.glob(f"*-{pin['version']}-*.whl")
    return next((path for path in candidates if npm.sha256(path) == pin["sha256"]), None)


def _download(pins: dict[str, dict[str, str]], folder: Path) -> None:
    """pip compares the hashes itself."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{name}=={pin['version']} --hash=sha256:{pin['sha256']}" for name, pin in pins.items()
    ]
    with tempfile.TemporaryDirectory() as place:
        listed = Path(place) / "wheels.txt"
        listed.write_text("\n".join(lines) + "\n")
        which = ["--no-deps", "--only-binary=:all:", "--platform=any", f"--python-version={PYTHON}"]
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
        command = [*pip, *which, "--implementation=py", "--abi=none", "-r", listed, "-d", folder]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        said = errors[0].removeprefix("ERROR: ") if errors else done.stderr.strip()[-200:]
        raise Missing(f"pip could not get {', '.join(pins)}: {said}")


def our_wheel(folder: Path) -> Path:
    """`lomodel` as a wheel, the same from the same files."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    said = npm.run([sys.executable, "-c", BUILD, folder], cwd=ROOT, env=environment)
    return folder / said.split()[-1]


if __name__ == "__main__":
    try:
        for each in versions()["npm"]:
            npm_package(each)
        wheels(versions()["wheels"])
    except Missing as error:
        sys.exit(f"Not to be had here: {error}")
