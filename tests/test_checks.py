"""The checks themselves: no test is skipped or left out without anybody noticing.

Each was red once: with a skip that stayed one although all are required, with a reason that was
allowed as a whole word only, with ``--quick`` that kept every recording, without ``--dist`` in
pytest's options, with a program at the top of tests/, with another version in CITATION.cff.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
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


@pytest.fixture
def seen(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """seen(tests, *options, **environ): how many passed, failed, ... with this conftest.py."""
    for name in ("LOMODEL_REQUIRE_ALL", "LOMODEL_MAY_SKIP"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeconftest((ROOT / "conftest.py").read_text())
    pytester.makeini(MARKERS)

    def run(tests: str, *options: str, **environ: str) -> dict[str, int]:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        pytester.makepyfile(tests)
        return pytester.runpytest_inprocess(*options).parseoutcomes()

    return run


def test_a_skip_is_a_skip_where_nobody_asks_for_all(seen: Callable) -> None:
    assert seen(SKIPS) == {"passed": 1, "skipped": 2}


def test_a_skip_is_a_failure_where_all_are_required(seen: Callable) -> None:
    # What is skipped by a mark never begins, which pytest counts as an error.
    assert seen(SKIPS, LOMODEL_REQUIRE_ALL="1") == {"passed": 1, "failed": 1, "errors": 1}


def test_a_listed_reason_is_allowed(seen: Callable) -> None:
    listed = "no qemu;no tree of Linux 6.12"
    outcomes = seen(SKIPS, LOMODEL_REQUIRE_ALL="1", LOMODEL_MAY_SKIP=listed)
    assert outcomes == {"passed": 1, "skipped": 1, "errors": 1}


@pytest.mark.parametrize(("required", "outcomes"), [("", {"skipped": 1}), ("1", {"errors": 1})])
def test_a_whole_file_that_is_skipped(seen: Callable, required: str, outcomes: object) -> None:
    whole = "import pytest\npytest.skip('not here', allow_module_level=True)\n"
    assert seen(whole, LOMODEL_REQUIRE_ALL=required) == outcomes


def test_quick_leaves_out_what_takes_long_and_samples_the_rest(seen: Callable) -> None:
    assert seen(ALIKE, "--quick") == {"passed": 10 + 1 + 1, "deselected": 85 + 3}


def test_a_notebook_is_one_workers(pytestconfig: pytest.Config) -> None:
    """Its cells need each other, so that bare -n 2 must not deal them out."""
    assert "--dist=loadfile" in pytestconfig.getini("addopts")


def test_only_tests_at_the_top_of_tests() -> None:
    """Programs are tools, what tests share is in tests/support."""
    files = {path.name for path in (ROOT / "tests").iterdir() if path.is_file()}
    assert not {name for name in files if not re.fullmatch(r"(test_\w+|conftest)\.py", name)}


def test_the_citation_is_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    cited = dict(re.findall(r"^([\w-]+): *(.+)$", (ROOT / "CITATION.cff").read_text(), re.M))
    assert cited["version"].strip('"') == project["version"]
    assert cited["license"].strip('"') == project["license"]
