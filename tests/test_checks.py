"""The checks themselves: no test is skipped or left out without anybody noticing.

Each was red once: with a skip that stayed one although all are required, with a reason that was
allowed as a whole word only, with ``--quick`` that kept every recording, without ``--dist`` in
pytest's options, with a program at the top of tests/, with another version in CITATION.cff.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

SKIPS = """
import pytest
def test_passes(): pass
def test_a_tree(): pytest.skip("no tree of Linux 6.12: unpack it")
@pytest.mark.skipif(True, reason="no browser")
def test_a_page(): pass
"""
ALIKE = """
import pytest
@pytest.mark.alike(10)
@pytest.mark.parametrize("number", range(95))
def test_a_recording(number): pass
@pytest.mark.alike(10)
def test_another_kind(): pass
@pytest.mark.slow
def test_slow(): assert 0
@pytest.mark.browser
def test_a_page(): assert 0
def test_the_built_book(html): assert 0
def test_the_model(): pass
"""
MARKERS = "[pytest]\nmarkers = alike(every)\n slow\n browser\n"


def run(folder: Path, text: str, *options: str, **environ: str) -> dict[str, int]:
    """How many of these tests passed, failed, ...; with this project's conftest.py."""
    shutil.copy(ROOT / "conftest.py", folder)
    (folder / "test_it.py").write_text(text)
    (folder / "pytest.ini").write_text(MARKERS)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOMODEL_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    out = subprocess.run(
        command, cwd=folder, env=kept | environ, capture_output=True, text=True
    ).stdout
    return {what: int(n) for n, what in re.findall(r"(\d+) (\w+)", out.splitlines()[-1])}


def test_a_skip_is_a_skip_where_nobody_asks_for_all(tmp_path: Path) -> None:
    seen = run(tmp_path, SKIPS)
    assert (seen["passed"], seen["skipped"]) == (1, 2)


def test_a_skip_is_a_failure_where_all_are_required(tmp_path: Path) -> None:
    # What is skipped by a mark never begins, which pytest counts as an error.
    seen = run(tmp_path, SKIPS, LOMODEL_REQUIRE_ALL="1")
    assert (seen["passed"], seen["failed"], seen["error"]) == (1, 1, 1)


def test_a_listed_reason_is_allowed(tmp_path: Path) -> None:
    listed = {"LOMODEL_REQUIRE_ALL": "1", "LOMODEL_MAY_SKIP": "no qemu;no tree of Linux 6.12"}
    seen = run(tmp_path, SKIPS, **listed)
    assert (seen["passed"], seen["skipped"], seen["error"]) == (1, 1, 1)


def test_a_whole_file_that_is_skipped_is_a_failure(tmp_path: Path) -> None:
    text = "import pytest\npytest.skip('not here', allow_module_level=True)\n"
    assert run(tmp_path, text)["skipped"] == 1
    assert "skipped" not in run(tmp_path, text, LOMODEL_REQUIRE_ALL="1")


def test_quick_leaves_out_what_takes_long_and_samples_the_rest(tmp_path: Path) -> None:
    seen = run(tmp_path, ALIKE, "--quick")
    assert (seen["passed"], seen["deselected"]) == (10 + 1 + 1, 85 + 3)


def test_a_notebook_is_one_workers(pytestconfig: pytest.Config) -> None:
    """Its cells need each other, so that bare -n 2 must not deal them out."""
    assert pytestconfig.getoption("dist") == "loadfile"


def test_only_tests_at_the_top_of_tests() -> None:
    """Programs are tools, what tests share is in tests/support."""
    files = {path.name for path in (ROOT / "tests").iterdir() if path.is_file()}
    assert not {name for name in files if not re.fullmatch(r"(test_\w+|conftest)\.py", name)}


def test_the_citation_is_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    cited = dict(re.findall(r"^([\w-]+): *(.+)$", (ROOT / "CITATION.cff").read_text(), re.M))
    assert cited["version"].strip('"') == project["version"]
    assert cited["license"].strip('"') == project["license"]
