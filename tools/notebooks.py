"""Runs chapters and solutions of exercises anew and stores their outputs, normalised.

    .venv/bin/python tools/notebooks.py [NOTEBOOK ...]

A solution's notebook makes the student's, which is never run: `exercises/NN_name.ipynb`.

What is stored depends on the cells and the model only, so a second run changes nothing: no times,
widget states or paths; execution counts in exercises only, from 1 on, since nbval compares nothing
without; cell ids that say what the cell is; metadata that has a meaning. A notebook whose cell
fails keeps its old outputs, and is named at the end.
"""

from __future__ import annotations

import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from exercises.grader import assignment, edition
from exercises.grader.problem import Problem

ROOT = Path(__file__).resolve().parent.parent
SOLUTIONS = "exercises/solutions"
FOLDERS = ["chapters", SOLUTIONS]
CELL_TIMEOUT = 600  # seconds; the first explorer of a new model plays thousands of states

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}
# What editors leave behind; everything else in the metadata is the author's.
NOTEBOOK_NOISE = {"widgets", "vscode", "toc", "colab", "accelerator", "signature", "orig_nbformat"}
CELL_NOISE = {"execution", "ExecuteTime", "collapsed", "scrolled", "trusted", "vscode", "pycharm"}
# A view of a widget names a kernel's object, which is gone when the notebook is read again.
OUTPUT_NOISE = {"application/vnd.jupyter.widget-view+json"}

# What an output of ours brings to be alive by itself; a notebook needs one of each.
ASSETS = re.compile(r'<(style|script) data-lo="\w+"[^>]*>.*?</\1>', re.S)
RANDOM_ID = re.compile(r"[0-9a-f]{8}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}")
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


class Unfit(Exception):
    """A notebook that cannot be stored; its text is one line."""


def notebooks(root: Path = ROOT) -> list[Path]:
    """Every notebook that is run; students' are made from these."""
    found = (path for folder in FOLDERS for path in (root / folder).rglob("*.ipynb"))
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def execute(notebook: NotebookNode, folder: Path) -> None:
    """All cells in a fresh kernel of this environment, in the notebook's own folder."""
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        # The kernel warns about its own sockets, on 127.0.0.1, at every start.
        extra_arguments=["--log-level=ERROR"],
    )
    client.execute()


def normalise(notebook: NotebookNode) -> NotebookNode:
    """In place: only what the author wrote and what the cells gave."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for key in NOTEBOOK_NOISE & notebook.metadata.keys():
        del notebook.metadata[key]
    notebook.metadata.kernelspec = NotebookNode(KERNELSPEC)
    notebook.metadata.language_info = NotebookNode(LANGUAGE)
    name_cells(notebook.cells)
    counted, number = is_assignment(notebook), 0
    for cell in notebook.cells:
        for key in CELL_NOISE & cell.metadata.keys():
            del cell.metadata[key]
        if cell.cell_type == "code":
            if "remove-cell" in cell.metadata.get("tags", []):
                # No reader's: in JupyterLab too it is out of the way, one line until it is opened.
                cell.metadata.jupyter = NotebookNode(source_hidden=True)
            cell.execution_count = None
            if counted:
                cell.execution_count = number = number + 1
            cell.outputs = [normalise_output(output) for output in cell.outputs]
    keep_assets_once(notebook)
    return notebook


def is_assignment(notebook: NotebookNode) -> bool:
    """Whether something in it is for a student to write."""
    return any(assignment.ANSWER in cell.metadata.get("tags", []) for cell in notebook.cells)


def keep_assets_once(notebook: NotebookNode) -> None:
    """In place: a style sheet or script that many outputs bring stays in the first of them."""
    kept: set[str] = set()

    def once(found: re.Match[str]) -> str:
        if found[0] in kept:
            return ""
        kept.add(found[0])
        return found[0]

    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if html := output.get("data", {}).get("text/html"):
                output.data["text/html"] = ASSETS.sub(once, html)


def normalise_output(output: NotebookNode) -> NotebookNode:
    """In place: nothing that changes from run to run or from machine to machine."""
    if "execution_count" in output:
        output.execution_count = None
    if "metadata" in output:
        output.metadata = NotebookNode({k: v for k, v in output.metadata.items() if v})
    for mime in OUTPUT_NOISE & output.get("data", {}).keys():
        del output.data[mime]
    if output.output_type == "error":
        # The frames name files by where they lie on this machine.
        output.traceback = [f"{output.ename}: {output.evalue}"]
    return output


def name_cells(cells: list[NotebookNode]) -> None:
    """Ids that say what the cell is. One that an author gave stays; a random one goes."""
    taken: set[str] = set()
    for cell in cells:
        given = cell.get("id", "")
        base = given if given and not RANDOM_ID.fullmatch(given) else describe(cell)
        name, number = base, 2
        while name in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name)
        cell.id = name


def describe(cell: NotebookNode) -> str:
    """The first line with words, in at most seven words and 40 characters."""
    for line in cell.source.splitlines():
        if line.startswith((":::", "```", "%%", "(")):
            continue
        words = re.findall(r"[a-z0-9]+", line.lower())
        if words:
            return "-".join(words[:7])[:40].strip("-")
    return "empty" if cell.cell_type == "code" else cell.cell_type


def check(notebook: NotebookNode) -> None:
    """Refuses outputs that another run or another machine would not give."""
    for cell in notebook.cells:
        outputs = str(cell.get("outputs", ""))
        if ADDRESS.search(outputs):
            raise Unfit(f"cell {cell.id!r} shows an address in memory: give the object a repr")
        for place in (str(ROOT), str(Path.home()) + os.sep):
            if place in outputs:
                raise Unfit(f"cell {cell.id!r} shows a path of this machine ({place})")


def renew(path: Path) -> str | None:
    """Runs one notebook and stores it, and a student's; what went wrong, in one line, or None."""
    if path.parent == ROOT / "exercises":
        return f"made from its solution: name {SOLUTIONS}/{path.name}"
    try:
        notebook = nbformat.read(path, as_version=4)
        name_cells(notebook.cells)
        execute(notebook, path.parent)
        normalise(notebook)
        check(notebook)
        nbformat.validate(notebook)
    except CellExecutionError as error:
        return f"a cell failed: {error.ename}: {error.evalue}"
    except CellTimeoutError:
        return f"a cell took longer than {CELL_TIMEOUT} seconds"
    except (DeadKernelError, Unfit, OSError, nbformat.ValidationError, ValueError) as error:
        return str(error).splitlines()[0]
    store(path, nbformat.writes(notebook) + "\n")
    return make_students(path) if path.parent == ROOT / SOLUTIONS else None


def make_students(solution: Path) -> str | None:
    """From what is stored; what went wrong, in one line, or None."""
    try:
        made = edition.student(assignment.load(solution.parent.parent, solution.stem))
    except Problem as problem:
        return f"no student's notebook: {problem}"
    store(solution.parent.parent / solution.name, edition.text(made))
    return None


def store(path: Path, text: str) -> None:
    """Says whether that changes anything."""
    if text == _text_of(path):
        print(f"{os.path.relpath(path, ROOT)}: unchanged", flush=True)
    else:
        path.write_text(text, encoding="utf-8")
        print(f"{os.path.relpath(path, ROOT)}: stored anew", flush=True)


def answers_page() -> str:
    """Every prediction's answer, for print and for readers without JavaScript."""
    from lomodel.explore import answers

    return (
        f"# Answers\n\nWhat the predictions of each page ask, and what is right.\n\n{answers()}\n"
    )


def store_answers(path: Path = ROOT / "chapters/answers.md") -> None:
    """The page of answers follows the declarations and the model."""
    if path.parent.is_dir() and (text := answers_page()) != _text_of(path):
        store(path, text)


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def main(arguments: list[str]) -> None:
    # This environment's kernel, not one that the user installed for another Python.
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    paths = [Path(name).resolve() for name in arguments] or notebooks()
    if not paths:
        print("There are no notebooks yet.")
    with ThreadPoolExecutor(2) as pool:
        failures = list(pool.map(renew, paths))
    store_answers()
    for path, failure in zip(paths, failures, strict=True):
        if failure:
            print(f"{os.path.relpath(path, ROOT)}: not stored: {failure}", file=sys.stderr)
    if any(failures):
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
