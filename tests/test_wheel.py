"""The wheel: small, for it goes into the reader's page, and whole.

Mutations that turned these red: the recording stored without compression; the table of source lines
left out; an import of the model that only works in the checkout.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 1100 << 10
"""Bytes; with 30 pages and the second contract it has 972 KB."""

BUILD = "import sys; from flit_core.buildapi import build_wheel; print(build_wheel(sys.argv[1]))"
USE = """
import sys
sys.path.insert(0, sys.argv[1])
from lomodel import recorded, source_lines
from lomodel.desk import counters, lo_up, send
assert lo_up.__code__.co_filename.startswith(sys.argv[1])
lo = lo_up()
send(lo, 4000, gso_size=1400)
assert counters(lo)["tx_packets"] == 1
assert source_lines.permalink("loopback_xmit") and recorded.read("hw_features")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-c", BUILD, str(folder)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return folder / run.stdout.strip()


def test_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size <= LIMIT


def test_has_every_file_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("lomodel/")}
    files = (path for path in (ROOT / "lomodel").rglob("*") if path.is_file())
    names = {path.relative_to(ROOT).as_posix() for path in files if path.suffix != ".pyc"}
    assert packed == names


def test_runs_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Unpacked, with neither site-packages nor this folder."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    command = [sys.executable, "-I", "-S", "-c", USE, str(tmp_path)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
