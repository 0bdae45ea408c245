"""The student's notebook: all that is theirs, nothing that gives an answer away.

Each was red with one change of exercises/grader/edition.py: hidden checks kept; ``lomodel`` kept in
answers; outputs of answers kept; ``leaks`` that looks at sources only, or without one of the forms
of ``_texts``, without ``_bare``, without the notebook's metadata, without ``_telling``; ``shown``
without stubs, given cells or visible checks; ``isidentifier`` left out; no ``replace``; no
``samefile``. Of tools/notebooks.py: execution counts of None, the student's notebook not made.
"""

from __future__ import annotations

import base64
import html
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import nbformat
import pytest
from nbformat import NotebookNode, v4
from support.course import (
    SUMS,
    WORDS,
    answer,
    assignment_path,
    check,
    given,
    make_course,
    notebook,
    solved,
    submission_of,
    text,
    words,
    write,
)

from exercises.grader import assignment, edition
from exercises.grader.problem import Problem
from tools import notebooks

ROOT = Path(__file__).resolve().parent.parent
SOLUTIONS = sorted((ROOT / "exercises/solutions").glob("*.ipynb"))

ANSWER_LINE = "pieces_of_text = text.split()"
HIDDEN_LINE = 'print(count("an owl  and\\ttwo mice"))'


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("grader"))


@pytest.mark.parametrize("name", [WORDS, SUMS])
def test_it_is_the_solution_without_answers_and_hidden_checks(course: Path, name: str) -> None:
    """As the support makes it, in its own way."""
    made = edition.student(assignment.load(course, name))
    assert made == submission_of(assignment_path(course, name))
    nbformat.validate(made)


def test_cells_with_equal_ids_are_equal_but_for_the_answers(course: Path) -> None:
    solution = nbformat.read(assignment_path(course), as_version=4)
    ours = {cell.id: cell for cell in solution.cells}
    for cell in edition.student(assignment.load(course, WORDS)).cells:
        if cell.id.startswith("a-"):
            assert cell.metadata == {"tags": ["answer"]}
            assert cell.source == ours[cell.id].metadata.lomodel.stub
            assert (cell.outputs, cell.execution_count) == ([], None)
        else:
            assert cell == ours[cell.id]


def test_only_what_a_notebook_says_of_itself_stays(course: Path, tmp_path: Path) -> None:
    solution = nbformat.read(assignment_path(course), as_version=4)
    solution.metadata.update({"title": "Words", "widgets": {"state": 1}, "lomodel": {"a": 1}})
    solution["solution"] = ANSWER_LINE
    write(assignment_path(tmp_path), solution)
    made = edition.student(assignment.load(tmp_path, WORDS))
    assert sorted(made.metadata) == ["kernelspec", "language_info", "title"]
    assert sorted(made) == ["cells", "metadata", "nbformat", "nbformat_minor"]


def _output(mime: str, data: object) -> NotebookNode:
    return v4.new_output("display_data", {mime: data})


def _spread(line: str) -> list[NotebookNode]:
    outputs = [v4.new_output("stream", text=part) for part in (line[:9], line[9:])]
    return [outputs[0], _output("text/plain", "between"), outputs[1]]


def _highlighted(line: str) -> str:
    return "".join(f'<span class="x">{html.escape(part)}</span>' for part in line.split(" "))


def _coloured(line: str) -> str:
    return "".join(f"\x1b[38;5;28m{part}\x1b[39m " for part in line.split(" "))


def _attachment(line: str) -> NotebookNode:
    data = base64.b64encode(f"PNG\0{line}\0".encode()).decode()
    return v4.new_markdown_cell("see", attachments={"a.png": {"image/png": data}}, id="m-count")


# Each puts a line into one cell of the solution's notebook.
HIDING: dict[str, Callable[[NotebookNode, str], object]] = {
    "prose": lambda cell, line: cell.update(source=f"Write `{line}` here."),
    "set otherwise": lambda cell, line: cell.update(source=line.replace(" ", "\n    ")),
    "metadata": lambda cell, line: cell.metadata.update(deep=[{"er": line}]),
    "a list": lambda cell, line: cell.metadata.update(deep=[line[:7], line[7:]]),
    "a key": lambda cell, line: cell.metadata.update({line: 1}),
    "a repr": lambda cell, line: cell.metadata.update(seen=repr(json.dumps(line))),
    "an attachment": lambda cell, line: cell.update(_attachment(line)),
    "an address": lambda cell, line: cell.update(source=f"[x](https://e.org/?q={quote(line)})"),
    "no width": lambda cell, line: cell.update(source="\u200b".join(line)),
    "base64": lambda cell, line: cell.metadata.update(b=base64.b64encode(line.encode()).decode()),
}
SHOWING: dict[str, Callable[[str], list[NotebookNode]]] = {
    "printed": lambda line: [v4.new_output("stream", text=f"{line}\n")],
    "printed in parts": _spread,
    "an error": lambda line: [v4.new_output("error", ename="E", evalue="", traceback=[line])],
    # As IPython stores what a check raises: the answer's lines are in it.
    "a coloured error": lambda line: [
        v4.new_output("error", ename="E", evalue="", traceback=[_coloured(line)])
    ],
    "highlighted": lambda line: [_output("text/html", _highlighted(line))],
    "JSON": lambda line: [_output("application/json", {"lines": ["x", line]})],
    "a picture": lambda line: [
        _output("image/png", base64.b64encode(b"\x89PNG" + line.encode()).decode())
    ],
}


def _refusal(cells: list[NotebookNode], folder: Path, run: bool = False) -> str:
    write(assignment_path(folder), notebook(cells, run))
    with pytest.raises(Problem) as problem:
        edition.student(assignment.load(folder, WORDS))
    assert "\n" not in str(problem.value)
    return str(problem.value)


@pytest.mark.parametrize("line", [ANSWER_LINE, HIDDEN_LINE])
@pytest.mark.parametrize("how", [*HIDING, *SHOWING])
def test_what_would_give_something_away_is_refused(tmp_path: Path, how: str, line: str) -> None:
    """Wherever it is left."""
    cells = words()
    place = next(c for c in cells if c.id == ("m-count" if how in HIDING else "g-text"))
    if how in HIDING:
        HIDING[how](place, line)
    else:
        place.outputs, place.execution_count = SHOWING[how](line), 1
    told = _refusal(cells, tmp_path)
    kind = "the answer 'a-count'" if line == ANSWER_LINE else "a hidden check 'h-count-1'"
    assert f"cell {place.id!r} gives away {kind}: {line!r}" in told


def test_a_line_that_looks_like_a_tag(tmp_path: Path) -> None:
    """It is no HTML where it is printed."""
    line = r'return low <value and value> high or "\n"'
    between = answer("a-between", f"def between(value):\n    {line}", "def between(value):")
    shown = given("g-shown", "show()")
    shown.outputs = SHOWING["printed"](line)
    told = _refusal([*words(), between, shown], tmp_path)
    assert f"cell 'g-shown' gives away the answer 'a-between': {line!r}" in told


def test_the_notebooks_metadata_too(course: Path, tmp_path: Path) -> None:
    solution = nbformat.read(assignment_path(course), as_version=4)
    solution.metadata.title = ANSWER_LINE
    write(assignment_path(tmp_path), solution)
    with pytest.raises(Problem, match="the notebook's metadata gives away the answer 'a-count'"):
        edition.student(assignment.load(tmp_path, WORDS))


def test_what_a_hidden_check_prints_is_refused(tmp_path: Path) -> None:
    cells = words()
    cells[2].source += "\n\nTry `[('a', 1), ('b', 2)]`."
    told = _refusal(cells, tmp_path, run=True)
    assert "cell 'm-count' gives away what the hidden check 'h-tally-1' prints: \"[('a'" in told


def _accepted(folder: Path, *more: NotebookNode) -> None:
    write(assignment_path(folder), notebook([*words(), *more]))
    edition.student(assignment.load(folder, WORDS))


def test_what_is_shown_anyhow_gives_nothing_away(tmp_path: Path) -> None:
    """Lines of stubs, given cells and visible checks; short ones; an exception's name."""
    _accepted(
        tmp_path,
        given("g-more", "LARGEST_OF_ALL = 10**6\ndef hand_over(x): return x"),
        text("m-more", "Raise `ConnectionRefusedError`; `print(count(TEXT))`; `return a**b`."),
        answer(
            "a-more",
            'def more(a, b):\n    """What the text of the task says."""\n    return a**b',
            "def more(a, b):",
        ),
        answer("a-again", "LARGEST_OF_ALL = 10**6", "def again():"),
        check("c-more", "more", "print(count(TEXT))\nprint(more(1, 2))"),
        check(
            "h-more",
            "more",
            'print(count(TEXT))\nprint("ConnectionRefusedError")\nprint(sorted(tally(TEXT).items()))',
            hidden=True,
        ),
    )


def test_twelve_characters_are_enough(tmp_path: Path) -> None:
    cells = words()
    cells[2].source += "\n\nBegin with `counted = {}`."
    assert "cell 'm-count' gives away the answer 'a-tally': 'counted = {}'" in (
        _refusal(cells, tmp_path)
    )


def test_it_is_stored_whole_in_a_folder_that_is_made(course: Path, tmp_path: Path) -> None:
    loaded = assignment.load(course, WORDS)
    path = edition.write_student(loaded, tmp_path / "some/where")
    assert path == tmp_path / f"some/where/{WORDS}.ipynb"
    assert path.read_bytes() == (course / f"{WORDS}.ipynb").read_bytes()
    assert edition.write_student(loaded, tmp_path / "some/where") == path
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_link_in_its_place_is_replaced_and_not_followed(course: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("mine")
    (tmp_path / f"{WORDS}.ipynb").symlink_to(tmp_path / "other")
    edition.write_student(assignment.load(course, WORDS), tmp_path)
    assert (tmp_path / "other").read_text() == "mine"


def test_the_solution_is_never_overwritten(course: Path, tmp_path: Path) -> None:
    before = assignment_path(course).read_bytes()
    loaded = assignment.load(course, WORDS)
    (tmp_path / "link").symlink_to(course / "solutions")
    for out in (course / "solutions", tmp_path / "link"):
        with pytest.raises(Problem, match="holds the solutions"):
            edition.write_student(loaded, out)
    assert assignment_path(course).read_bytes() == before
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="cannot write"):
        edition.write_student(loaded, tmp_path / "file")


# -- What nbval makes of it


def _nbval(folder: Path) -> dict[str, str]:
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-rA", "--color=no", "-p"]
    options = ["no:cacheprovider", "-c", "/dev/null", "--rootdir", str(folder), str(folder)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, cwd=folder)
    lines = [line.split(" ", 1) for line in done.stdout.splitlines()]
    results = {line[1]: line[0] for line in lines if line[0] in ("PASSED", "FAILED")}
    # "FAILED a.ipynb::Cell 1 - why", and the path from wherever.
    return {what.partition(" - ")[0].rpartition("/")[2]: how for what, how in results.items()}


@pytest.mark.slow
def test_a_students_own_test(course: Path, tmp_path: Path) -> None:
    """Untouched, each check fails and the next is run; solved, all pass, whatever answers print."""
    loaded = assignment.load(course, WORDS)
    untouched = edition.write_student(loaded, tmp_path)
    answers = solved(assignment_path(course))
    answers["a-count"] += '\nprint("I was here")'
    write(tmp_path / "solved.ipynb", submission_of(assignment_path(course), answers))
    results = _nbval(tmp_path)
    code = [c for c in nbformat.read(untouched, as_version=4).cells if c.cell_type == "code"]
    for number, cell in enumerate(code):
        wanted = "FAILED" if cell.id.startswith("c-") else "PASSED"
        assert results.pop(f"{WORDS}.ipynb::Cell {number}") == wanted
    assert set(results.values()) == {"PASSED"}, results
    assert len(results) == len(code)


# -- This project's


def test_making_them_runs_solutions_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And stores execution counts, without which nbval compares nothing."""
    make_course(tmp_path)
    (tmp_path / "course").rename(tmp_path / "exercises")
    course = tmp_path / "exercises"
    (course / f"{WORDS}.ipynb").write_text("")
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(notebooks, "execute", lambda notebook, folder: None)
    found = notebooks.notebooks(tmp_path)
    assert found == [assignment_path(course), assignment_path(course, SUMS)]
    assert notebooks.renew(found[0]) is None
    made = nbformat.read(course / f"{WORDS}.ipynb", as_version=4)
    counts = [cell.execution_count for cell in made.cells if cell.cell_type == "code"]
    assert counts == [1, None, 3, None, 6, None, None, 10, None, None, 14]
    kept = nbformat.read(found[0], as_version=4)
    assert [c.metadata.lomodel.points for c in kept.cells if c.id.startswith("h-")] == [2, 2, 2, 2]
    assert "made from its solution" in str(notebooks.renew(course / f"{WORDS}.ipynb"))


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in SOLUTIONS])
def test_the_students_notebook_is_what_the_solution_makes(path: Path) -> None:
    """Red with a word changed in either."""
    course = path.parent.parent
    made = edition.text(edition.student(assignment.load(course, path.stem)))
    assert made == (course / path.name).read_text(encoding="utf-8"), "run make notebooks"
