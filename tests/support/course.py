"""A small course that has nothing to do with networks: what the grader's tests grade.

course = make_course(tmp_path)
write(tmp_path / "class/ada.ipynb", submission_of(assignment_path(course), {"a-count": "..."}))

``01_words`` has 6 answers in 4 tasks and 8 checks, 12 points; ``02_sums`` has a task that needs
another. Stored outputs are what the cells gave when the course was made.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import io
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

WORDS, SUMS = "01_words", "02_sums"

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}


def given(id: str, source: str) -> NotebookNode:
    return new_code_cell(source.strip(), id=id)


def text(id: str, source: str) -> NotebookNode:
    return new_markdown_cell(source.strip(), id=id)


def answer(id: str, solution: str, head: str) -> NotebookNode:
    """``head`` is the stub's first line; its body says what is missing."""
    stub = f'{head}\n    """What the text of the task says."""\n    raise NotImplementedError'
    metadata = {"tags": ["answer"], "lomodel": {"stub": stub}}
    return new_code_cell(solution.strip(), id=id, metadata=metadata)


def check(
    id: str,
    task: str,
    source: str,
    points: int = 1,
    hidden: bool = False,
    needs: tuple[str, ...] = (),
) -> NotebookNode:
    about: dict[str, Any] = {"points": points, "task": task, "section": f"chapters/{task}.html#top"}
    if needs:
        about["needs"] = list(needs)
    metadata = {"tags": ["check", "hidden"] if hidden else ["check"], "lomodel": about}
    return new_code_cell(source.strip(), id=id, metadata=metadata)


def words() -> list[NotebookNode]:
    """Four tasks about the words of a text; two of them have two answers."""
    return [
        text("m-title", "# Counting words\n\nFour tasks about the words of a text."),
        given("g-text", 'TEXT = "the cat and the dog and the bird"'),
        text("m-count", "## Task 1: How many words"),
        answer(
            "a-count",
            "def count(text):\n    pieces_of_text = text.split()\n    return len(pieces_of_text)",
            "def count(text):",
        ),
        check("c-count-1", "count", "print(count(TEXT))"),
        check(
            "h-count-1",
            "count",
            'print(count("an owl  and\\ttwo mice"))\nprint(count(""))',
            points=2,
            hidden=True,
        ),
        text("m-longest", "## Task 2: The longest word"),
        answer(
            "a-longest",
            "def longest(text):\n    return max(text.split(), key=lambda word: len(word))",
            "def longest(text):",
        ),
        check("c-longest-1", "longest", "longest(TEXT)"),
        check(
            "h-longest-1",
            "longest",
            'print(longest("a hedgehog in a thicket"))\nprint(longest("two owls sing"))',
            points=2,
            hidden=True,
        ),
        text("m-tally", "## Task 3: How often each word stands"),
        answer(
            "a-tally",
            "def tally(text):\n    counted = {}\n    for word in text.split():\n"
            "        counted[word] = counted.get(word, 0) + 1\n    return counted",
            "def tally(text):",
        ),
        answer(
            "a-commonest",
            "def commonest(counted):\n"
            "    return sorted(counted, key=lambda word: (-counted[word], word))[0]",
            "def commonest(counted):",
        ),
        check("c-tally-1", "tally", "print(sorted(tally(TEXT).items()))"),
        check(
            "h-tally-1",
            "tally",
            'print(sorted(tally("b a b").items()))\nprint(commonest({"x": 1, "y": 3, "z": 3}))',
            points=2,
            hidden=True,
        ),
        text("m-lines", "## Task 4: Lines of words"),
        answer("a-split", "def split(text):\n    return text.splitlines()", "def split(text):"),
        answer(
            "a-join",
            'def join(lines):\n    return "".join(line + chr(10) for line in lines)',
            "def join(lines):",
        ),
        check("c-lines-1", "lines", 'print(split("one owl\\ntwo owls"))'),
        check(
            "h-lines-1",
            "lines",
            'print(split("three\\r\\nfour\\n"))\nprint(repr(join(["fox", "hen"])))',
            points=2,
            hidden=True,
        ),
    ]


def sums() -> list[NotebookNode]:
    """Two tasks; the second stands on the first."""
    return [
        text("m-title", "# Sums"),
        answer("a-double", "def double(n):\n    return n + n", "def double(n):"),
        check("c-double-1", "double", "print(double(2))"),
        check("h-double-1", "double", "print(double(21), double(-3))", points=3, hidden=True),
        answer(
            "a-total",
            "def total(numbers):\n    return sum(double(n) for n in numbers)",
            "def total(numbers):",
        ),
        check("c-total-1", "total", "print(total([1]))", needs=("double",)),
        check(
            "h-total-1", "total", "print(total([5, 6]))", points=3, hidden=True, needs=("double",)
        ),
    ]


# What students write: each loses a hidden point of its own task, and none of another.
WRONG: dict[str, dict[str, str]] = {
    WORDS: {
        "count--one-blank": 'def count(text):\n    return len(text.split(" "))',
        "count--constant": "def count(text):\n    return 8",
        "longest--last-of-equals": "def longest(text):\n"
        "    return sorted(text.split(), key=len)[-1]",
        "longest--alphabet": "def longest(text):\n    return max(text.split())",
        "tally--set": "def tally(text):\n    return {word: 1 for word in text.split()}",
        "tally--last-of-equals": "def commonest(counted):\n"
        "    return max(counted, key=lambda word: (counted[word], word))",
        "lines--only-newline": 'def split(text):\n    return text.split("\\n")',
        "lines--no-last-newline": 'def join(lines):\n    return "\\n".join(lines)',
    },
    SUMS: {
        "double--square": "def double(n):\n    return n * n",
        "total--not-doubled": "def total(numbers):\n    return sum(numbers) + 1",
    },
}


def run_cells(cells: list[NotebookNode]) -> None:
    """Stores what each code cell prints, and its last expression, as a kernel would."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    code = [cell for cell in cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, 1):
        cell.execution_count = number
        cell.outputs = _outputs(cell.source, namespace)


def _outputs(source: str, namespace: dict[str, Any]) -> list[NotebookNode]:
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), namespace)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), namespace)
    outputs = [new_output("stream", name="stdout", text=printed.getvalue())]
    if value is not None:
        outputs.append(new_output("execute_result", data={"text/plain": repr(value)}))
    return [output for output in outputs if output.get("text") != ""]


def notebook(cells: list[NotebookNode], run: bool = True) -> NotebookNode:
    if run:
        run_cells(cells)
    return new_notebook(cells=cells, metadata=copy.deepcopy(METADATA))


def write(path: Path, book: NotebookNode) -> Path:
    """Makes the folders that are missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(book) + "\n", encoding="utf-8")
    return path


def make_course(folder: Path) -> Path:
    """``folder/course`` with solutions, students' notebooks and wrong answers."""
    course = folder / "course"
    for name, cells in ((WORDS, words()), (SUMS, sums())):
        solution = write(course / "solutions" / f"{name}.ipynb", notebook(cells))
        write(course / f"{name}.ipynb", submission_of(solution))
        wrong = course / "wrong" / name
        wrong.mkdir(parents=True)
        for what, source in WRONG[name].items():
            (wrong / f"{what}.py").write_text(source + "\n", encoding="utf-8")
    return course


def assignment_path(course: Path, name: str = WORDS) -> Path:
    """The solution's notebook."""
    return course / "solutions" / f"{name}.ipynb"


def solved(assignment: Path) -> dict[str, str]:
    """The solution's answers by their cells' ids."""
    cells = nbformat.read(assignment, as_version=4).cells
    return {cell.id: cell.source for cell in cells if "answer" in cell.metadata.get("tags", [])}


def submission_of(assignment: Path, answers: dict[str, str] | None = None) -> NotebookNode:
    """The student's notebook of a solution's, with some answers (the others are stubs)."""
    book = nbformat.read(assignment, as_version=4)
    book.cells = [cell for cell in book.cells if "hidden" not in cell.metadata.get("tags", [])]
    for cell in book.cells:
        if "answer" in cell.metadata.get("tags", []):
            cell.source = (answers or {}).get(cell.id, cell.metadata.lomodel.stub)
            cell.outputs, cell.execution_count = [], None
            del cell.metadata["lomodel"]
    return book
