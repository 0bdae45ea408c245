"""The page about loopback elsewhere: its table is whole, sorts, and says where each line is from.

Seen red: a commit of 39 digits; an answer of Linux's written down that the model does not give; a
sort by names; an empty answer shown as nothing; a system left out of the sources.
"""

from __future__ import annotations

import re

import pytest

from lomodel.desk import RELEASE, new_lo
from lomodel.figures import elsewhere
from lomodel.figures.elsewhere import ELSEWHERE, QUESTIONS, SILENT, answers, systems


def rows(question: str, sort: bool = False) -> list[str]:
    """The lines of a table, without its head."""
    return answers(question, sort).text.splitlines()[1:]


def test_each_says_which_file_of_which_commit_was_read() -> None:
    shown = elsewhere.sources()
    for each in ELSEWHERE:
        assert re.fullmatch(r"[0-9a-f]{40}", each.commit), each.name
        assert re.fullmatch(r"(\d{4}-\d{2}-\d{2})?", each.dated), each.name
        assert f'href="{each.address}"' in shown.html
        assert f"{each.name}: {each.file}" in shown.text
    assert shown.html.count("<li>") == len(systems()) == 7


def test_linux_answers_are_the_models() -> None:
    lo, born = elsewhere.linux(), new_lo()
    assert (lo.name, lo.mtu) == (f"Linux {RELEASE}", born.mtu)
    assert str(born.hard_header_len) in lo.header
    shown = elsewhere.lo_answers()
    for question, words in QUESTIONS.items():
        assert f"{words}: {lo.answer(question)}" in shown.text
        assert lo.answer(question) != SILENT


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_system_has_a_row(question: str) -> None:
    for line, each in zip(rows(question), systems(), strict=True):
        assert line.startswith(each.name) and line.endswith(each.answer(question))
    told = [each for each in systems() if getattr(each, question)]
    assert len({each.answer(question) for each in told}) > 1


def test_a_table_sorts_by_the_number() -> None:
    found = [int(re.split(r"  +", line)[1].split()[0]) for line in rows("mtu", sort=True)]
    assert found == sorted(each.mtu for each in systems())
    assert [line.split()[0] for line in rows("mtu")][0] == "Linux"


def test_what_no_file_says_is_said() -> None:
    silent = {(each.name, q) for each in systems() for q in QUESTIONS if each.answer(q) == SILENT}
    assert silent == {
        ("gVisor", "called"),
        ("gVisor", "counted"),
        ("smoltcp", "called"),
        ("smoltcp", "sums"),
        ("OpenBSD", "sums"),
        ("XNU (macOS)", "queue"),
    }


def test_another_question_is_refused() -> None:
    with pytest.raises(ValueError, match="'colour': expected one of called, header, mtu"):
        answers("colour")
