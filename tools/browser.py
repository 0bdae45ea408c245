"""Finds Chromium or Chrome for the tests, and installs it where that can be done.

    python tools/browser.py

Never fails: without a browser the browser tests are skipped, and say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"]
PLACES = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
]
HOW_TO_GET_ONE = (
    "install Chromium or Chrome (on Debian: apt install chromium), "
    "or name one with LOMODEL_BROWSER=/path/to/chromium"
)


def find() -> str | None:
    """The browser's path: the one that LOMODEL_BROWSER names, else the first that is installed."""
    named = os.environ.get("LOMODEL_BROWSER")
    if named:
        return shutil.which(named)
    installed = (shutil.which(name) for name in NAMES)
    places = (place for place in PLACES if Path(place).is_file())
    return next((path for path in [*installed, *places] if path), None)


def install() -> None:
    """By apt, where this is root and apt is there."""
    if not shutil.which("apt-get") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    print("Installing Chromium for the browser tests (apt-get install chromium) ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = ["chromium", "fonts-liberation"]
    commands = [["update"], ["install", "-y", "--no-install-recommends", *packages]]
    for command in commands:
        subprocess.run(
            ["apt-get", "-q", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def main() -> None:
    if not find() and not os.environ.get("LOMODEL_BROWSER"):
        install()
    if not find():
        print(f"No browser: the browser tests will be skipped; to run them, {HOW_TO_GET_ONE}.")


if __name__ == "__main__":
    main()
