"""No line of the kernel's source is in the project: not in a file, not in a stored output.

Looked for are the lines of every definition that the table of lines names, as the trees of this
machine have them, so nothing of them is in this file either.

Mutations that turned these red: a line of ``loopback_xmit`` in a comment of the model; the same in
a notebook's output with HTML's tags and escapes; ``stored`` without its ``unescape``.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lomodel.explore import c_source
from lomodel.source_lines import TABLE_ROWS
from tools import kernel_trees

ROOT = Path(__file__).resolve().parent.parent
SHORTEST = 30
"""Characters; a shorter line may be anybody's."""
GOES_ON = (",", "|", "(")
"""How a part of a call ends, which may be the model's Python as well, letter by letter."""
WORD = re.compile(r"\w+")
TAG = re.compile(r"</?[a-z][^>]*>")


def kernel_lines(tree: Path, release: str) -> set[str]:
    """The longer lines of all definitions of the table, without the blanks around them."""
    found: set[str] = set()
    for row in TABLE_ROWS:
        near = row.lines.get(release)
        span = near and c_source.definition(tree, row.file, near, row.symbol)
        if span:
            lines = kernel_trees.lines_of(tree, row.file)[span[0] - 1 : span[1]]
            found |= {line.strip() for line in lines}
    return {line for line in found if len(line) >= SHORTEST and not line.endswith(GOES_ON)}


@pytest.fixture(scope="module")
def wanted() -> dict[str, frozenset[str]]:
    """Each line of the kernel's, with its words."""
    lines: set[str] = set()
    for release in kernel_trees.RELEASES:
        tree = kernel_trees.find_tree(release)
        if tree is None:
            pytest.skip(kernel_trees.how_to_get_one(release))
        lines |= kernel_lines(tree, release)
    return {line: frozenset(WORD.findall(line)) for line in lines}


def tracked() -> Iterator[Path]:
    """Every file of the project that is or would be committed, but for what is no text."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    said = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True)
    if said.returncode:
        pytest.skip("no git here to say which files are the project's")
    for name in filter(None, said.stdout.split("\0")):
        if (ROOT / name).is_file():
            yield ROOT / name


def text_of(path: Path) -> str:
    """What a reader of the file reads: a notebook's strings, not its JSON."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
    return "\n".join(strings(json.loads(text))) if path.suffix == ".ipynb" else text


def strings(value: object) -> Iterator[str]:
    """All strings of a notebook, with HTML as written and as seen."""
    if isinstance(value, str):
        yield value
        yield stored(value)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        if all(isinstance(inner, str) for inner in value):
            yield from strings("".join(value))
        else:
            for inner in value:
                yield from strings(inner)


def stored(value: str) -> str:
    """The text of an output's HTML."""
    return html.unescape(TAG.sub("", value))


def quoted(text: str, wanted: dict[str, frozenset[str]]) -> list[str]:
    """The lines of the kernel's that a text has in it."""
    words = set(WORD.findall(text))
    return [line for line, needed in wanted.items() if needed <= words and line in text]


def test_the_lines_are_found(wanted: dict[str, frozenset[str]]) -> None:
    """What is looked for is much, and would be seen: in a file, and in an output."""
    assert len(wanted) > 5000
    line = max(wanted, key=lambda each: ("<" in each, len(each)))
    assert quoted(f"# {line}\n", wanted) == [line]
    shown = html.escape(line).replace(" ", "<span> </span>")
    output = {"outputs": [{"data": {"text/html": ["<pre>", f"{shown}\n", "</pre>"]}}]}
    assert quoted("\n".join(strings(output)), wanted) == [line]


def test_no_file_has_one(wanted: dict[str, frozenset[str]]) -> None:
    found = {str(path.relative_to(ROOT)): quoted(text_of(path), wanted) for path in tracked()}
    assert len(found) > 200
    assert {path: lines for path, lines in found.items() if lines} == {}
