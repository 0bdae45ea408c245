"""The list of mutations, and the tool that replays it; `make mutate` replays all of it.

Red when replay left the changed file behind, when a test that could not run counted as caught, when
a text that stands twice was changed at its first place, and when survivors counted as caught.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import mutate
from tools.mutate import Mutation, Unfit

ROOT = Path(__file__).resolve().parent.parent
EVERY = 17
"""One in so many is replayed with every run of all tests: about thirty."""
COVERED = (
    *("drivers/net/loopback.py", "net/core/dev_xmit.py", "net/core/dev_receive.py"),
    *("net/core/dev_features.py", "net/core/dev_register.py", "net/core/dev_change.py"),
    *("net/core/gso.py", "net/core/skbuff_segment.py", "net/ipv4/tcp_offload.py"),
    *("net/ipv4/udp_offload.py",),
)


# --- the list -----------------------------------------------------------------------------------


def test_every_text_stands_there_once() -> None:
    for mutation in mutate.read():
        assert mutation.apply(ROOT)


def test_every_test_is_there() -> None:
    for mutation in mutate.read():
        if mutation.test:
            file, *names = mutation.test.partition("[")[0].split("::")
            text = (ROOT / file).read_text()
            assert all(re.search(rf"(def|class) {name}\b", text) for name in names), mutation


def test_the_list_covers_what_it_should() -> None:
    files = [mutation.file.removeprefix("lomodel/linux/") for mutation in mutate.read()]
    assert len(files) >= 100
    assert all(files.count(file) >= 4 for file in COVERED)


@pytest.mark.slow
def test_a_sample_is_caught() -> None:
    assert mutate.replay_all(mutate.read()[::EVERY], ROOT, 1) == {}


# --- the tool -----------------------------------------------------------------------------------

TEXT = "def double(n):\n    return n + n\n\n\ndef zero():\n    return 0\n"
TESTS = "from a import double\n\n\ndef test_two():\n    assert double(2) == 4\n"
CAUGHT = Mutation("a.py", "n + n", "n - n", "test_a.py::test_two")
MISSED = Mutation("a.py", "n + n", "n * n", "test_a.py::test_two")
BROKEN = Mutation("a.py", "n + n", "n n", "test_a.py::test_two")
GONE = Mutation("a.py", "n + 1", "n", "test_a.py::test_two")
TWICE = Mutation("a.py", "return", "yield", "test_a.py::test_two")
LISTED = Mutation("a.py", "return 0", "return -0", survives="the same number")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one file with one test."""
    (tmp_path / "a.py").write_text(TEXT)
    (tmp_path / "test_a.py").write_text(TESTS)
    return tmp_path


@pytest.mark.slow
def test_what_becomes_of_a_mutation(project: Path) -> None:
    before = (project / "a.py").stat().st_mtime_ns
    answers = mutate.replay_all([CAUGHT, MISSED, BROKEN, LISTED], project, 2)
    assert answers.keys() == {MISSED, BROKEN}
    assert "stays green" in answers[MISSED] and "could not run" in answers[BROKEN]
    assert (project / "a.py").read_text() == TEXT
    assert (project / "a.py").stat().st_mtime_ns == before


@pytest.mark.slow
def test_a_copy_is_as_before_after_each(project: Path) -> None:
    with mutate.copied(project) as copy:
        assert mutate.replay(CAUGHT, copy) == ""
        assert mutate.replay(MISSED, copy) != ""
        assert mutate.replay(CAUGHT, copy) == ""
        assert (copy / "a.py").read_text() == TEXT


@pytest.mark.parametrize(("mutation", "times"), [(GONE, 0), (TWICE, 2)])
def test_a_text_that_is_not_there_once_is_refused(
    project: Path, mutation: Mutation, times: int
) -> None:
    with pytest.raises(Unfit, match=f"stands there {times} times, not once"):
        mutate.replay_all([mutation], project, 1)


@pytest.mark.slow
def test_a_test_that_is_red_anyway_is_refused(project: Path) -> None:
    (project / "test_a.py").write_text(TESTS.replace("== 4", "== 5"))
    with pytest.raises(Unfit, match="not green before any change"):
        mutate.replay_all([CAUGHT], project, 1)


def test_more_than_one_survivor_in_twenty_is_too_many(capsys: pytest.CaptureFixture) -> None:
    assert mutate.report([CAUGHT] * 19 + [LISTED], {}) == 0
    assert mutate.report([CAUGHT] * 18 + [LISTED], {}) == 1
    assert "18 of 19 mutations caught, 1 listed as survivors" in capsys.readouterr().out
    assert mutate.report([CAUGHT] * 40 + [MISSED], {MISSED: "stays green"}) == 1


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("old = 'a'\nnew = 'b'", "needs a test, or the reason why it survives"),
        ("old = 'a'\nnew = 'b'\ntest = 't'\nsurvives = 's'", "needs a test, or the reason"),
        ("old = 'a'\ntest = 't'", "missing 1 required positional argument: 'new'"),
    ],
)
def test_a_list_that_says_too_little_is_refused(tmp_path: Path, entry: str, says: str) -> None:
    folder = tmp_path / mutate.LIST
    folder.mkdir(parents=True)
    (folder / "a.toml").write_text(f"file = 'a.py'\n[[mutation]]\n{entry}\n")
    with pytest.raises(Unfit, match=says):
        mutate.read(tmp_path)
