"""Makes a new chapter: a notebook with the parts that every chapter has, and its line in
`_toc.yml`.

.venv/bin/python tools/chapter.py NAME "The question that it answers?"
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.notebooks import normalise  # noqa: E402

TEXT = """{question}

The answer, in three sentences.

## Run it

One thought a cell; the plumbing is in `lomodel.desk`."""
FIRST = """from lomodel.desk import counters, lo_up, send

lo = lo_up()
send(lo, 4000, gso_size=1400)
counters(lo)["tx_packets"]"""
CHECK = """assert counters(lo)["tx_packets"] == 1"""


def notebook(question: str) -> nbformat.NotebookNode:
    """A chapter that runs, and says where its text goes."""
    check = new_code_cell(CHECK, metadata={"tags": ["remove-cell"]})
    text = TEXT.format(question=f"# {question}")
    return normalise(new_notebook(cells=[new_markdown_cell(text), new_code_cell(FIRST), check]))


def make(root: Path, name: str, question: str) -> Path:
    """Writes the notebook and names it in the table of contents; its path.

    ValueError for a name that is none, or is taken.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"NAME={name}: expected small letters, digits and _, such as net_init")
    path, toc = root / "chapters" / f"{name}.ipynb", root / "_toc.yml"
    if path.exists():
        raise ValueError(f"NAME={name}: {path.relative_to(root)} is there already")
    path.write_text(nbformat.writes(notebook(question)) + "\n", encoding="utf-8")
    toc.write_text(listed(toc.read_text(), name), encoding="utf-8")
    return path


def listed(toc: str, name: str) -> str:
    """A table of contents with one more chapter at its end, as deep as the last one."""
    indent = re.findall(r"^( *)- file: ", toc, re.MULTILINE)[-1]
    return f"{toc.rstrip()}\n{indent}- file: chapters/{name}\n"


def main(arguments: list[str]) -> None:
    if len(arguments) != 2 or not arguments[1].strip():
        sys.exit('usage: make chapter NAME=net_init QUESTION="What does loopback_net_init do?"')
    try:
        path = make(ROOT, *arguments)
    except ValueError as error:
        sys.exit(str(error))
    print(f"{path.relative_to(ROOT)}: write it, then make notebooks, then make test")


if __name__ == "__main__":
    main(sys.argv[1:])
