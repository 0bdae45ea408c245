"""What is read of a submission, whatever it is.

Each was red with one change of exercises/grader/: assignment.py without its check of the same;
submission.py without O_NOFOLLOW and the look at the file's kind; with ``(changed or sources)[0]``;
without ``lines`` (a copy was taken for the answer that is missing); with ``_by_order`` first empty,
then without its ``left``; without ``utf-8-sig``, ``RecursionError``, ``encodable``, LARGEST_ANSWER,
LARGEST_FILE, MOST_ENTRIES, DEEPEST, CHECKPOINTS; with names given to entries in the order of the
folder.
"""

from __future__ import annotations

import ast
import copy
import json
import os
import random
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode, v4
from support.course import SUMS, WORDS, assignment_path, make_course, solved, submission_of, write

from exercises.grader import assignment, submission
from exercises.grader.assignment import Assignment
from exercises.grader.problem import Problem
from exercises.grader.submission import Refused, Submission


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("grader"))


@pytest.fixture(scope="module")
def words(course: Path) -> Assignment:
    return assignment.load(course, WORDS)


@pytest.fixture(scope="module")
def right(course: Path) -> dict[str, str]:
    return solved(assignment_path(course))


@pytest.fixture
def book(course: Path, right: dict[str, str]) -> NotebookNode:
    """All answered."""
    return submission_of(assignment_path(course), right)


# -- The assignment


def test_an_assignment_is_what_its_notebook_says(words: Assignment) -> None:
    assert words.title == "Counting words"
    assert words.max_points == 12
    assert words.tasks == ("count", "longest", "tally", "lines")
    assert [answer.task for answer in words.answers] == [
        *("count", "longest", "tally", "tally", "lines", "lines")
    ]
    hidden = [check for check in words.checks if check.hidden]
    assert [check.points for check in hidden] == [2, 2, 2, 2]
    assert hidden[0].outputs[0].text == "5\n0\n"
    assert words.checks[0].section == "chapters/count.html#top"


def test_a_task_has_the_heading_of_its_notebook(course: Path, words: Assignment) -> None:
    assert words.titles == {
        "count": "Task 1: How many words",
        "longest": "Task 2: The longest word",
        "tally": "Task 3: How often each word stands",
        "lines": "Task 4: Lines of words",
    }
    # The notebook's own heading is no task's.
    assert assignment.load(course, SUMS).titles == {}


def test_a_heading_is_plain_text(course: Path, tmp_path: Path) -> None:
    """Of several before a task, the last of the highest rank; a comment in code is none."""
    notebook = nbformat.read(assignment_path(course), as_version=4)
    _cell(notebook.cells, "m-count").source = (
        "## What is given\n\n## Task *1*: `nr_cpu_ids` of [lo](lo.html) &amp; more ##\n\n"
        "### Hint\n\n```\n# no heading\n```\n\n> # quoted"
    )
    _cell(notebook.cells, "m-longest").source = "No heading."
    write(assignment_path(tmp_path), notebook)
    titles = assignment.load(tmp_path, WORDS).titles
    assert titles["count"] == "Task 1: nr_cpu_ids of lo & more"
    assert set(titles) == {"count", "tally", "lines"}


def _cell(cells: list[Any], id: str) -> Any:
    return next(cell for cell in cells if cell["id"] == id)


def _change(key: str, value: object, id: str) -> Callable[[list[Any]], None]:
    return lambda cells: _cell(cells, id)["metadata"]["lomodel"].update({key: value})


def _tags(id: str, *tags: str) -> Callable[[list[Any]], None]:
    return lambda cells: _cell(cells, id)["metadata"].update(tags=list(tags))


UNFIT = {
    "twice": (lambda cells: cells.append(copy.deepcopy(cells[1])), "cell 'g-text'.*twice"),
    "no id": (lambda cells: cells[1].pop("id"), "cell 2: expected an id"),
    "half a point": (_change("points", 0.5, "c-count-1"), "cell 'c-count-1': .*whole number.*0.5"),
    "true": (_change("points", True, "c-count-1"), "whole number.*True"),
    "less than none": (_change("points", -1, "c-count-1"), "whole number.*-1"),
    "no task": (_change("task", "", "c-count-1"), "cell 'c-count-1': expected lomodel.task"),
    "a section": (_change("section", 3, "c-count-1"), "expected lomodel.section"),
    "needs": (_change("needs", ["fly"], "c-count-1"), "'c-count-1': expected a task.*'fly'"),
    "no list": (_change("needs", "count", "c-count-1"), "expected lomodel.needs, a list"),
    "no stub": (_change("stub", " ", "a-count"), "cell 'a-count': expected its stub"),
    "no Python": (_change("stub", "def (", "a-count"), "'a-count': expected a stub that is Python"),
    "two kinds": (_tags("a-count", "answer", "check"), "cell 'a-count': expected one of the tags"),
    "hidden only": (_tags("h-count-1", "hidden"), "'h-count-1': expected the tag 'check'"),
    "no tag": (_tags("c-count-1"), "'c-count-1': expected the tag 'check' where"),
    "no answer": (lambda cells: [_tags(c["id"], "x")(cells) for c in cells], "expected the tag"),
}


@pytest.mark.parametrize("what", UNFIT)
def test_what_is_not_as_agreed_is_named(course: Path, tmp_path: Path, what: str) -> None:
    change, told = UNFIT[what]
    notebook = json.loads(assignment_path(course).read_text())
    change(notebook["cells"])
    (tmp_path / "solutions").mkdir()
    assignment_path(tmp_path).write_text(json.dumps(notebook))
    with pytest.raises(Problem, match=told) as problem:
        assignment.load(tmp_path, WORDS)
    assert "\n" not in str(problem.value)
    assert f"{WORDS}.ipynb" in str(problem.value)


def test_the_stub_is_not_the_solution(course: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(assignment_path(course), as_version=4)
    stubbed = _cell(notebook.cells, "a-count")
    stubbed.source = stubbed.metadata.lomodel.stub + "\n"
    write(assignment_path(tmp_path), notebook)
    with pytest.raises(Problem, match="'a-count': expected a solution"):
        assignment.load(tmp_path, WORDS)


OLD, EMPTY = (f'{{"nbformat": 4, "nbformat_minor": {minor}}}' for minor in (4, 5))


@pytest.mark.parametrize("text", ["", "{", "[]", OLD, EMPTY, "[" * 10**5])
def test_what_is_no_notebook_is_no_assignment(tmp_path: Path, text: str) -> None:
    (tmp_path / "solutions").mkdir()
    assignment_path(tmp_path).write_text(text)
    with pytest.raises(Problem, match=WORDS):
        assignment.load(tmp_path, WORDS)


@pytest.mark.parametrize("name", ["03_fly", "../01_words", "", "01_words.ipynb"])
def test_an_assignment_that_is_not_there(course: Path, name: str) -> None:
    with pytest.raises(Problem, match="there are: 01_words, 02_sums"):
        assignment.load(course, name)


def test_what_no_rule_names_is_left_alone(course: Path, tmp_path: Path) -> None:
    """Another course may have tags and metadata of its own, and no sections."""
    notebook = nbformat.read(assignment_path(course), as_version=4)
    notebook.metadata.mine = {"a": 1}
    for cell in notebook.cells:
        cell.metadata.setdefault("tags", []).append("mine")
        cell.metadata.get("lomodel", {}).pop("section", None)
    write(assignment_path(tmp_path), notebook)
    assert assignment.load(tmp_path, WORDS).max_points == 12


# -- The folder


def _names(folder: Path) -> dict[str, str]:
    return {entry.name: entry.refusal for entry in submission.entries(folder)}


def test_every_entry_is_named_and_what_is_no_submission_refused(
    tmp_path: Path, book: NotebookNode
) -> None:
    write(tmp_path / "ada.ipynb", book)
    write(tmp_path / "ada" / "other.ipynb", book)
    write(tmp_path / "bob" / "deep" / "any name.ipynb", book)
    (tmp_path / "cy.zip").write_bytes(b"PK")
    (tmp_path / ".hidden").write_text("")
    (tmp_path / ".ipynb").write_text("")
    (tmp_path / "dot.ipynb").symlink_to(tmp_path / "ada.ipynb")
    os.mkfifo(tmp_path / "eve.ipynb")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "fay"))
        names = _names(tmp_path)
    assert list(names) == sorted(names)
    assert {name for name, refusal in names.items() if not refusal} == {"ada", "bob", ".ipynb"}
    assert "folder beside a notebook of the same name" in names["ada/"]
    assert names["cy.zip"].startswith("an archive; expected a notebook NAME.ipynb")
    assert names[".hidden"].startswith("a file; expected")
    assert names["dot"].startswith("a link, which is not followed; expected")
    assert names["eve"].startswith("a pipe; ")
    assert names["fay"].startswith("a socket; ")


def test_left_overs_of_tools_are_no_submissions(tmp_path: Path) -> None:
    """By their exact names, and as what tools make them; all else is named as ever."""
    folders = [".ipynb_checkpoints", ".pytest_cache", "__pycache__", "__MACOSX"]
    for name in folders:
        (tmp_path / name).mkdir()
    for name in (".DS_Store", "Thumbs.db"):
        (tmp_path / name).write_text("")
    assert _names(tmp_path) == {}
    assert submission.left_overs(tmp_path) == sorted([*folders, ".DS_Store", "Thumbs.db"])
    other = tmp_path / "other"
    for name in (".DS_Store", ".git", "thumbs.db"):
        (other / name).mkdir(parents=True)
    (other / "__pycache__").write_text("")
    (other / "Thumbs.db").symlink_to(tmp_path / "Thumbs.db")
    (other / ".ipynb_checkpoints").symlink_to(tmp_path)
    (other / ".env").write_text("")
    assert len(_names(other)) == 7 and submission.left_overs(other) == []


def test_names_that_no_text_can_hold_stay_apart(tmp_path: Path) -> None:
    """A file's name is bytes."""
    for name in (b"\xff.ipynb", b"\\udcff.ipynb", b"\\udcff", "Zoë.ipynb".encode()):
        (tmp_path / os.fsdecode(name)).write_text("")
    names = _names(tmp_path)
    assert set(names) == {r"\udcff", r"\udcff~2", r"\udcff~3", "Zoë"}
    assert "".join(names).encode()


def test_a_link_beside_a_folder_does_not_take_its_name(tmp_path: Path, book: NotebookNode) -> None:
    write(tmp_path / "ada" / "a.ipynb", book)
    (tmp_path / "ada.ipynb").symlink_to("/dev/zero")
    assert [(name, bool(why)) for name, why in _names(tmp_path).items()] == [
        ("ada", False),
        ("ada~2", True),
    ]


def test_a_folder_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name in ("none", "file"):
        with pytest.raises(Problem, match=f"cannot read the submissions in .*{name}"):
            submission.entries(tmp_path / name)


# -- The file


def _read(folder: Path, words: Assignment) -> Submission:
    [entry] = submission.entries(folder)
    return submission.read(entry, words)


def _refusal(folder: Path, words: Assignment) -> str:
    with pytest.raises(Refused) as refused:
        _read(folder, words)
    assert "\n" not in str(refused.value)
    assert str(refused.value).isascii()
    return str(refused.value)


def test_a_folder_with_one_notebook_is_read(
    tmp_path: Path, words: Assignment, book: NotebookNode, right: dict[str, str]
) -> None:
    write(tmp_path / "ada/term/a.ipynb", book)
    write(tmp_path / "ada/term/.ipynb_checkpoints/a-checkpoint.ipynb", book)
    (tmp_path / "ada/data.csv").write_text("1")
    # As an archive made by macOS unpacks.
    for name in ("term/._a.ipynb", "__MACOSX/term/._a.ipynb", "__MACOSX/term/b.ipynb"):
        (tmp_path / "ada" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "ada" / name).write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X")
    assert _read(tmp_path, words) == Submission("ada", right)


def test_a_link_beside_the_notebook_is_noted_and_not_followed(
    tmp_path: Path, words: Assignment, book: NotebookNode
) -> None:
    write(tmp_path / "class/ada/a.ipynb", book)
    write(tmp_path / "elsewhere/b.ipynb", book)
    (tmp_path / "class/ada/more").symlink_to(tmp_path / "elsewhere")
    notes = _read(tmp_path / "class", words).notes
    assert notes == ("links and special files in it were not followed: 1",)


def test_folders_that_are_refused(tmp_path: Path, words: Assignment, book: NotebookNode) -> None:
    def refusal(*names: str) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        (folder / "ada").mkdir(parents=True)
        for name in names:
            write(folder / "ada" / name, book)
        return _refusal(folder, words)

    assert refusal().startswith("a folder with no notebook in it; expected")
    told = refusal("ä<b>.ipynb", "deep/b.ipynb")
    assert told.startswith(r"a folder with 2 notebooks ('b.ipynb', '\xe4<b>.ipynb') in it")
    assert "deep" in refusal("/".join("d" * (submission.DEEPEST + 2)) + "/a.ipynb")


def test_a_folder_is_not_searched_for_ever(
    tmp_path: Path, words: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "MOST_ENTRIES", 5)
    for number in range(6):
        (tmp_path / "ada" / str(number)).mkdir(parents=True)
    assert "more than 5 entries" in _refusal(tmp_path, words)


@pytest.mark.parametrize("inside", [True, False])
def test_links_and_pipes_are_never_read(
    tmp_path: Path, words: Assignment, book: NotebookNode, inside: bool
) -> None:
    """Also one that was a file when the folder was listed."""
    secret = write(tmp_path / "secret.ipynb", book)
    place = tmp_path / "class/ada/a.ipynb" if inside else tmp_path / "class/ada.ipynb"
    write(place, book)
    [entry] = submission.entries(tmp_path / "class")
    place.unlink()
    place.symlink_to(secret)
    with pytest.raises(Refused, match="is a link, which is not followed"):
        submission.read(entry, words)
    place.unlink()
    os.mkfifo(place)
    with pytest.raises(Refused, match="is a pipe"):
        submission.read(entry, words)


def test_a_link_that_takes_the_files_place_while_it_is_read(
    tmp_path: Path, words: Assignment, book: NotebookNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the opening."""
    place = write(tmp_path / "class/ada.ipynb", book)
    secret = write(tmp_path / "secret.ipynb", book)
    [entry] = submission.entries(tmp_path / "class")

    def swap(_: object) -> None:
        place.unlink()
        place.symlink_to(secret)

    monkeypatch.setattr(submission, "_expect_file", swap)
    with pytest.raises(Refused, match="cannot be read"):
        submission.read(entry, words)


def test_a_file_that_is_too_large(
    tmp_path: Path, words: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(tmp_path / "ada.ipynb", "wb") as file:
        file.truncate(1 << 40)
    monkeypatch.setattr(submission, "LARGEST_FILE", 2 * submission.MIB)
    assert "larger than 2 MiB" in _refusal(tmp_path, words)


NOTEBOOK = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": %s}'
GARBAGE = {
    "nothing": (b"", "an empty file"),
    "blanks": (b" \n", "an empty file"),
    "half": (b'{"nbformat": 4, "cells": [', "not JSON from line 1"),
    "bytes": (b"\xff\xfe\x00", "not text in UTF-8"),
    "zip": (b"PK\x03\x04", "a ZIP archive"),
    "gzip": (b"\x1f\x8b\x08", "a gzip archive"),
    "list": (b"[]", "no notebook"),
    "text": (b'"cells"', "no notebook"),
    "NaN": (b"NaN", "no notebook"),
    "no version": (b'{"cells": []}', "expected nbformat 4"),
    "true": (b'{"nbformat": true, "cells": []}', "expected nbformat 4"),
    "five": (b'{"nbformat": 5, "cells": []}', "expected nbformat 4"),
    "two": (b'{"nbformat": 2, "worksheets": []}', "expected nbformat 4"),
    "broken three": (b'{"nbformat": 3, "worksheets": 3}', "cannot be brought to 4"),
    "no cells": (b'{"nbformat": 4}', "without a list of cells"),
    "cells": ((NOTEBOOK % '{"a": 1}').encode(), "without a list of cells"),
    "deep": (b"[" * 1_000_000, "too deep"),
    "deep inside": ((NOTEBOOK % ("[" * 200_000 + "]" * 200_000)).encode(), "too deep"),
    "long number": ((NOTEBOOK % ("[" + "9" * 5000 + "]")).encode(), "a number in it is too long"),
    "NUL": (b"\x00" * 100, "not JSON"),
}


@pytest.mark.parametrize("what", GARBAGE)
def test_what_cannot_be_read_is_refused(tmp_path: Path, words: Assignment, what: str) -> None:
    content, told = GARBAGE[what]
    (tmp_path / "ada.ipynb").write_bytes(content)
    assert told in _refusal(tmp_path, words)


STRANGE = [
    *(None, 1, "cell", [], {}, {"cell_type": "code"}, {"cell_type": ["code"], "source": "1"}),
    *({"cell_type": "code", "source": source} for source in (None, 3, ["a", 3], {"a": 1}, [])),
    {"cell_type": "code", "source": "1", "id": {"a": [1]}, "metadata": []},
    {"cell_type": "code", "source": "1", "id": 3, "metadata": {"tags": {"answer": 1}}},
    {"cell_type": "code", "source": "1", "id": None, "metadata": {"tags": [["answer"], 3]}},
    {"cell_type": "code", "source": "def x(): # \ud800", "outputs": float("nan")},
]


def test_garbage_between_the_cells_is_passed_by(
    tmp_path: Path, words: Assignment, book: NotebookNode, right: dict[str, str]
) -> None:
    cells = [*STRANGE, *json.loads(nbformat.writes(book))["cells"], *STRANGE]
    (tmp_path / "ada.ipynb").write_text(NOTEBOOK % json.dumps(cells), encoding="utf-8-sig")
    assert _read(tmp_path, words) == Submission("ada", right)


def test_any_change_of_a_file_gives_a_submission_or_a_refusal(
    tmp_path: Path, words: Assignment, book: NotebookNode
) -> None:
    """Never another exception."""
    text = nbformat.writes(book).encode()
    dice = random.Random(10)
    for _ in range(300):
        content = bytearray(text)
        for _ in range(dice.randrange(1, 6)):
            place = dice.randrange(len(content))
            content[place : place + dice.randrange(40)] = dice.randbytes(dice.randrange(4))
        (tmp_path / "ada.ipynb").write_bytes(content)
        try:
            assert set(_read(tmp_path, words).answers) == {each.id for each in words.answers}
        except Refused as refused:
            assert str(refused)


def test_a_notebook_of_the_format_before(
    tmp_path: Path, words: Assignment, book: NotebookNode, right: dict[str, str]
) -> None:
    """nbformat 3: no ids, tags in the cells' metadata."""
    (tmp_path / "ada.ipynb").write_text(nbformat.v3.writes_json(v4.downgrade(book)))
    read = _read(tmp_path, words)
    assert read.answers == right
    assert set(read.notes) == {
        f"{id}: id missing, found by the order of answer tags" for id in right
    }


# -- The answers


def _picked(
    tmp_path: Path, words: Assignment, cells: list[Any]
) -> tuple[dict[str, str], tuple[str, ...]]:
    cells = [json.loads(json.dumps(cell)) for cell in cells]
    (tmp_path / "ada.ipynb").write_text(NOTEBOOK % json.dumps(cells))
    read = _read(tmp_path, words)
    return read.answers, read.notes


def test_an_answer_is_found_by_its_id_wherever_it_stands(
    tmp_path: Path, words: Assignment, book: NotebookNode, right: dict[str, str]
) -> None:
    for cell in book.cells:
        cell.metadata = {}
    assert _picked(tmp_path, words, book.cells[::-1]) == (right, ())


def test_of_two_with_one_id_the_last_that_was_changed_counts(
    tmp_path: Path, words: Assignment, book: NotebookNode, right: dict[str, str]
) -> None:
    cell = _cell(book.cells, "a-count")
    other, stub = copy.deepcopy(cell), copy.deepcopy(cell)
    other.source, stub.source = "count = 3", words.answers[0].stub + "\n"
    note = "a-count: stands {}, the last that differs from the stub counts"
    answers, notes = _picked(tmp_path, words, [*book.cells, other, stub])
    assert (answers, notes) == (right | {"a-count": "count = 3"}, (note.format("3 times"),))
    answers, notes = _picked(tmp_path, words, [stub, *book.cells])
    assert (answers, notes) == (right, (note.format("twice"),))


def test_without_ids_the_order_of_the_tags_counts(
    tmp_path: Path, words: Assignment, book: NotebookNode, right: dict[str, str]
) -> None:
    for cell in book.cells:
        del cell["id"]
        cell.source = "# mine\n" + cell.source
    answers, notes = _picked(tmp_path, words, book.cells)
    assert answers == {id: "# mine\n" + source for id, source in right.items()}
    assert notes == tuple(f"{id}: id missing, found by the order of answer tags" for id in right)


def test_one_without_an_id_takes_the_tag_that_is_left(
    tmp_path: Path, words: Assignment, book: NotebookNode, right: dict[str, str]
) -> None:
    """Also where another answer lost its tag, and where the student moved it."""
    cell = _cell(book.cells, "a-tally")
    book.cells.remove(cell)
    cell.id, cell.source = "new", "# from scratch\ntally = 3"
    _cell(book.cells, "a-count").metadata = {}
    answers, notes = _picked(tmp_path, words, [cell, *book.cells])
    assert answers == right | {"a-tally": cell.source}
    assert notes == ("a-tally: id missing, found by the order of answer tags",)


def test_where_tags_are_as_many_as_answers_each_counts_at_its_place(
    tmp_path: Path, words: Assignment, book: NotebookNode, right: dict[str, str]
) -> None:
    """One lost its tag, another its id, and a cell of the student's own has a tag."""
    _cell(book.cells, "a-count").metadata = {}
    typed = _cell(book.cells, "a-tally")
    typed.id, typed.source = "typed", "tally = 3"
    own = v4.new_code_cell("own = 1", metadata={"tags": ["answer"]})
    answers, notes = _picked(tmp_path, words, [own, *book.cells])
    assert answers == right | {"a-tally": "tally = 3"}
    assert notes == ("a-tally: id missing, found by the order of answer tags",)


def test_a_cell_is_one_answer_only(
    tmp_path: Path, words: Assignment, book: NotebookNode, right: dict[str, str]
) -> None:
    """By its place it is one, by its first line another."""
    book.cells.remove(_cell(book.cells, "a-count"))
    _cell(book.cells, "a-longest").id = "typed"
    own = v4.new_code_cell(right["a-join"], metadata={"tags": ["answer"]})
    answers, notes = _picked(tmp_path, words, [*book.cells, own])
    assert answers["a-count"] == right["a-longest"]
    assert answers["a-longest"] == words.answers[1].stub
    assert notes == (
        "a-count: id missing, found by the order of answer tags",
        "a-longest: not found, the stub was run",
    )


def test_a_copy_of_one_answer_is_not_taken_for_another(
    tmp_path: Path, words: Assignment, book: NotebookNode, right: dict[str, str]
) -> None:
    """An editor copies a cell with its tags; the other was typed into a new cell."""
    twin = copy.deepcopy(_cell(book.cells, "a-count"))
    twin.id, typed = "copied", _cell(book.cells, "a-tally")
    typed.id, typed.metadata = "typed", {}
    answers, notes = _picked(tmp_path, words, [twin, *book.cells])
    assert answers == right
    assert notes == ("a-tally: id missing, found by its first line",)


def test_without_ids_and_tags_the_first_line_counts(
    tmp_path: Path, words: Assignment, book: NotebookNode, right: dict[str, str]
) -> None:
    stubs = [v4.new_code_cell(answer.stub) for answer in words.answers]
    for cell in book.cells:
        del cell["id"]
        cell.metadata, cell.source = {}, "\n" + cell.source
    answers, notes = _picked(tmp_path, words, [*book.cells, *stubs])
    assert answers == {id: "\n" + source for id, source in right.items()}
    assert notes == tuple(f"{id}: id missing, found by its first line" for id in right)


def test_what_is_not_found_is_a_stub(
    tmp_path: Path, words: Assignment, book: NotebookNode, right: dict[str, str]
) -> None:
    cells = [cell for cell in book.cells if cell.id != "a-join"]
    answers, notes = _picked(tmp_path, words, cells)
    assert answers == right | {"a-join": words.answers[-1].stub}
    assert notes == ("a-join: not found, the stub was run",)
    answers, notes = _picked(tmp_path, words, [])
    assert answers == {each.id: each.stub for each in words.answers}
    assert notes[0] == "no answer is in it: is it the notebook of another assignment?"


def test_an_answer_that_is_too_long_is_a_stub(
    tmp_path: Path, words: Assignment, book: NotebookNode, right: dict[str, str]
) -> None:
    _cell(book.cells, "a-join").source = "#" * (submission.LARGEST_ANSWER + 1)
    answers, notes = _picked(tmp_path, words, book.cells)
    assert answers == right | {"a-join": words.answers[-1].stub}
    assert notes == ("a-join: longer than 1 MiB, the stub was run",)


def test_half_characters_are_written_out(
    tmp_path: Path, words: Assignment, book: NotebookNode
) -> None:
    r"""JSON may say ``\ud800``, which no file and no pipe can hold."""
    _cell(book.cells, "a-count").source = 'def count(text):\n    return "\ud800"'
    answers, _ = _picked(tmp_path, words, book.cells)
    assert answers["a-count"] == 'def count(text):\n    return "\\ud800"'


def test_nothing_of_the_grader_imports_what_is_graded() -> None:
    """It grades other courses, on machines without the model. Red with any import of lomodel."""

    for path in Path(assignment.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [
                alias.name for alias in getattr(node, "names", []) if isinstance(node, ast.Import)
            ]
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] in ("lomodel", "tools")], path


# -- What stands in other cells


def test_names_of_cells_that_are_no_answers(
    tmp_path: Path, words: Assignment, book: NotebookNode
) -> None:
    """What is bound at the top of them, whatever else they hold; what answers bind is not."""
    other = (
        "%matplotlib inline\nimport re, os.path as where, xml.dom\n"
        "from math import (pi,\n    tau as turn)\nfrom json import *\n"
        "LIMIT: int = 3\nleft, right = 1, 2\nasync def wait(): inner = 1\nclass Box: pass\n"
        "LIMIT == 4\nequal == 5\nindented(\n  key=1)\ndef broken(:\n" + "n" * 61 + " = 1"
    )
    book.cells.append(v4.new_code_cell(other))
    book.cells.append(v4.new_code_cell("x" * (2 << 20) + "\nlate = 1"))
    write(tmp_path / "ada.ipynb", book)
    assert _read(tmp_path, words).elsewhere == {
        *("re", "where", "xml", "pi", "turn", "LIMIT", "left", "right", "wait", "Box", "broken")
    }
    # A given cell runs as it was given out; what a student adds to it does not.
    _cell(book.cells, "g-text").source += "\nadded = 1"
    write(tmp_path / "ada.ipynb", book)
    assert {"TEXT", "added"} < _read(tmp_path, words).elsewhere


def test_hostile_cells_take_no_time(tmp_path: Path, words: Assignment, book: NotebookNode) -> None:
    for text in ("from a import (" * 60_000, "a, " * 300_000, "import " + "a " * 400_000):
        book.cells.append(v4.new_code_cell(text))
        book.cells.append(v4.new_code_cell(text.replace(" ", "\n")))
    write(tmp_path / "ada.ipynb", book)
    began = time.process_time()
    assert len(_read(tmp_path, words).elsewhere) <= 1000
    assert time.process_time() - began < 5
