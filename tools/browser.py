"""Finds the browsers that the tests drive, and installs them where that can be done.

    python tools/browser.py

Never fails: without a browser its tests are skipped, and say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Kind:
    """A kind of browser: what its program may be called and where it may lie."""

    name: str
    programs: tuple[str, ...]
    places: tuple[str, ...]
    variable: str
    """The environment variable that names one."""
    package: str
    """Debian's."""

    @property
    def how_to_get_one(self) -> str:
        """What to do where there is none."""
        return (
            f"install {self.name} (on Debian: apt install {self.package}), "
            f"or name one with {self.variable}=/path/to/{self.package}"
        )

    def find(self) -> str | None:
        """The browser's path: the one that the variable names, else the first that is installed."""
        named = os.environ.get(self.variable)
        if named:
            return shutil.which(named)
        installed = (shutil.which(program) for program in self.programs)
        places = (place for place in self.places if Path(place).is_file())
        return next((path for path in [*installed, *places] if path), None)


CHROMIUM = Kind(
    name="Chromium or Chrome",
    programs=(
        # The same engine without a window of its own: a third of the work.
        "chromium-headless-shell",
        "chromium",
        "chromium-browser",
        "google-chrome-stable",
        "google-chrome",
        "chrome",
    ),
    places=(
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    ),
    variable="LOMODEL_BROWSER",
    package="chromium",
)
FIREFOX = Kind(
    name="Firefox",
    programs=("firefox-esr", "firefox"),
    places=(
        "/Applications/Firefox.app/Contents/MacOS/firefox",
        r"C:\Program Files\Mozilla Firefox\firefox.exe",
    ),
    variable="LOMODEL_FIREFOX",
    package="firefox-esr",
)
KINDS = (CHROMIUM, FIREFOX)

# Without these Chromium looks for its maker's servers at every start.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def install(package: str) -> None:
    """By apt, where this is root and apt is there."""
    if not shutil.which("apt-get") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    print(f"Installing a browser for the tests (apt-get install {package}) ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = [
        ["update"],
        ["install", "-y", "--no-install-recommends", package, "fonts-liberation"],
    ]
    for command in commands:
        subprocess.run(
            ["apt-get", "-q", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def main() -> None:
    for kind in KINDS:
        if not kind.find() and not os.environ.get(kind.variable):
            install(kind.package)
        if not kind.find():
            skipped = f"No {kind.name}: its tests will be skipped"
            print(f"{skipped}; to run them, {kind.how_to_get_one}.")


if __name__ == "__main__":
    main()
