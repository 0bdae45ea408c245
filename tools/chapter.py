"""Makes a new chapter: a page with all the parts that a page has, and its place in the book.

.venv/bin/python tools/chapter.py NAME "The question that it answers?"

Besides the notebook it writes two predictions and a box for a real lo, and names the page in
`_toc.yml` and `lomodel/pages.py`: the last page of the last numbered part. All of it runs and holds
as it is; the author changes it.
"""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.notebooks import normalise  # noqa: E402

MODEL_BOX = "whole_or_cut"
"""The box whose commands and recording a new page begins with: its send is the page's."""

PART = re.compile(r"^  - caption: (\d+) .*\n(?:(?!  - caption:).*\n?)*", re.MULTILINE)
FILE = re.compile(r"^ *- file: .*$", re.MULTILINE)
PAGES = "lomodel/pages.py"
END_OF_PAGES = '}\n"""By the name of the notebook, in the order of the book."""\n'

QUESTION = """# {question}

The answer, in three sentences: a reader who stops here knows it."""
OPENING = """from lomodel.figures.opening import opening

opening("{name}")"""
STEP = """## The first step

```{{margin}}
What the annotation says of this, and what is otherwise: with a proof that a reader can run.
```

What a reader must know to guess, and no more. One datagram of 4000 bytes asks to be cut every
1400."""
PREDICT_PACKETS = """from lomodel.explore import predict

predict("{slug}-packets")"""
RUN = """from lomodel.desk import counters, lo_up, send

send(lo := lo_up(), 4000, gso_size=1400)
counters(lo)["tx_packets"]"""
SAID = """Why it is so, before the next question."""
PREDICT_BYTES = 'predict("{slug}-bytes")'
RUN_BYTES = 'counters(lo)["tx_bytes"]'
CHECK = """assert counters(lo)["tx_packets"] == 1
assert counters(lo)["tx_bytes"] == 4000 + 28"""
SOURCE_TEXT = """## In the source

What to look at in this function."""
SOURCE = """from lomodel.explore import source

source("loopback_xmit")"""
STEPS_TEXT = """## Step by step

What to look for while you press Next. An explorer of the page may stand here, too."""
STEPS = """from lomodel.explore import stepper

stepper("{slug}", lambda: send(lo_up(), 4000, gso_size=1400), title="{short}")"""
REAL_TEXT = """## On a real `lo`"""
REAL = """from lomodel.figures import real_lo

real_lo("{name}")"""
REMEMBER = """## What to remember

- One sentence for each thing that is still true in a year."""
EXERCISES = """## Exercises

1. What changes with `tx-udp-segmentation` off?
2. A second question.
3. A third one.

<details>
<summary>Solutions</summary>

1. Three packets, 4000 + 3 · 28 = 4084 bytes.
2. Its solution.
3. Its solution.

</details>

<details>
<summary>Other releases, and what the model leaves out</summary>

- What other releases do otherwise.
- What the model leaves out here.

</details>"""
CHECK_EXERCISES = """from lomodel.desk import counted

assert counted(4000, 1400, off=["tx-udp-segmentation"]) == (3, 4084)"""
NEXT = """**Next:** [the index](index.ipynb), until the next page is there. What is still open?"""

PREDICTIONS = '''"""Predictions of the page {name}."""

from __future__ import annotations

from lomodel.explore.prediction import Number, Played, Prediction
from lomodel.predictions._steps import UP, mtu, sent, udp

NUMBER = ({part}, {place})
TITLE = "{short}"

# These steps are recorded; tools/recording/predictions.py says how others are.
STEPS = (UP, mtu(1500), udp(4000, 1400))

PREDICTIONS = (
    Prediction(
        name="{slug}-packets",
        title="{short}: packets",
        question="One send of 4000 bytes, datagrams of 1400 asked for. How many packets?",
        kind=Number("packets", 0, 4000),
        source=Played(STEPS, sent("tx_packets")),
        expected=1,
        why="`lo` takes a packet with its bit in `features` as it is.",
    ),
    Prediction(
        name="{slug}-bytes",
        title="{short}: bytes",
        question="And how many bytes does `lo` count, without Ethernet headers?",
        kind=Number("bytes", 0, 100000),
        source=Played(STEPS, sent("tx_bytes")),
        expected=4028,
        why="The payload, 20 bytes of IPv4 header and 8 of UDP.",
    ),
)
'''
PAGE = """    "{name}": Page(
        number="{part}.{place}",
        short="{short}",
        need=("what a reader must know, with the page that says it",),
        able=("what a reader can do after this page",),
        minutes=20,
        at="loopback_xmit",
    ),
"""

WIDE = ("remove-input", "full-width")


@dataclass(frozen=True)
class New:
    """A page to be made: its notebook's ``name``, its ``question``, and its ``part`` and
    ``place`` in the book."""

    name: str
    question: str
    part: int
    place: int

    @property
    def words(self) -> dict[str, object]:
        """What stands in braces in the templates."""
        short = self.name.replace("_", " ")
        fields = {"short": short[0].upper() + short[1:], "slug": self.name.replace("_", "-")}
        return vars(self) | fields

    def filled(self, template: str) -> str:
        """A template with this page's words."""
        return template.format_map(self.words)


def cells(new: New) -> list[nbformat.NotebookNode]:
    """The parts of a page, in their order."""

    def text(template: str) -> nbformat.NotebookNode:
        return new_markdown_cell(new.filled(template))

    def code(template: str, *tags: str) -> nbformat.NotebookNode:
        return new_code_cell(new.filled(template), metadata={"tags": list(tags)} if tags else {})

    def shown(template: str) -> nbformat.NotebookNode:
        return code(template, "remove-input")

    return [
        *(text(QUESTION), shown(OPENING), text(STEP), shown(PREDICT_PACKETS), code(RUN)),
        *(text(SAID), shown(PREDICT_BYTES), code(RUN_BYTES), code(CHECK, "remove-cell")),
        *(text(SOURCE_TEXT), shown(SOURCE), text(STEPS_TEXT), code(STEPS, *WIDE)),
        *(text(REAL_TEXT), shown(REAL), text(REMEMBER), text(EXERCISES)),
        *(code(CHECK_EXERCISES, "remove-cell"), text(NEXT)),
    ]


def place(toc: str) -> tuple[int, int, int]:
    """Where a new page goes: its part, its place there, and where its lines begin in the table of
    contents. ValueError where no part has a number."""
    parts = list(PART.finditer(toc))
    if not parts:
        raise ValueError('_toc.yml: expected a part with a number, such as "caption: 3 A packet"')
    last = parts[-1]
    return int(last[1]), len(FILE.findall(last[0])) + 1, last.start() + len(last[0].rstrip()) + 1


def listed(toc: str, new: New, at: int) -> str:
    """A table of contents with the page as the last one of its part."""
    lines = new.filled("      - file: chapters/{name}\n        title: {short}\n")
    return f"{toc[:at].rstrip()}\n{lines}{toc[at:]}"


def entered(pages: str, new: New) -> str:
    """``lomodel/pages.py`` with the page in its table. ValueError where the table has no end."""
    if pages.count(END_OF_PAGES) != 1:
        raise ValueError(f"{PAGES}: expected one table PAGES with its docstring behind it")
    return pages.replace(END_OF_PAGES, new.filled(PAGE) + END_OF_PAGES)


def make(root: Path, name: str, question: str) -> list[Path]:
    """Writes the page and names it where pages are named; every file that is new.

    ValueError for a name that is none, or is taken; then nothing has been written.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"NAME={name}: expected small letters, digits and _, such as net_init")
    notebook, predictions = (
        root / folder for folder in (f"chapters/{name}.ipynb", f"lomodel/predictions/{name}.py")
    )
    boxes = {suffix: root / f"lomodel/boxes/{name}{suffix}" for suffix in (".toml", ".json")}
    files = [notebook, predictions, *boxes.values()]
    if there := next((path for path in files if path.exists()), None):
        raise ValueError(f"NAME={name}: {there.relative_to(root)} is there already")
    toc, pages = root / "_toc.yml", root / PAGES
    part, number, at = place(toc.read_text(encoding="utf-8"))
    new = New(name, " ".join(question.split()), part, number)
    changed = {
        toc: listed(toc.read_text(encoding="utf-8"), new, at),
        pages: entered(pages.read_text(encoding="utf-8"), new),
        notebook: nbformat.writes(normalise(new_notebook(cells=cells(new)))) + "\n",
        predictions: new.filled(PREDICTIONS),
    }
    for path, text in changed.items():
        path.write_text(text, encoding="utf-8")
    for suffix, path in boxes.items():
        shutil.copyfile(path.with_name(f"{MODEL_BOX}{suffix}"), path)
    return files


def main(arguments: list[str]) -> None:
    if len(arguments) != 2 or not arguments[1].strip():
        sys.exit('usage: make chapter NAME=net_init QUESTION="What does loopback_net_init do?"')
    try:
        files = make(ROOT, *arguments)
    except ValueError as error:
        sys.exit(str(error))
    print(
        f"Write it, then make notebooks, then make test. Made, and named in _toc.yml and {PAGES}:"
    )
    print(*(f"  {path.relative_to(ROOT)}" for path in files), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
