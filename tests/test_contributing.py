"""CONTRIBUTING.md's recipes, followed literally in a copy of the project.

(The explorer's is followed by ``test_explore_store.py``.) Mutations that turned these red: a word
misspelt in each box; ``make chapter`` that forgets `_toc.yml` or `lomodel/pages.py`, leaves out a
part or a prediction, or overwrites a chapter.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.recipes import boxes

from lomodel import lab
from lomodel.contract import check_observed
from lomodel.pages import PAGES

# Each follows a recipe as a reader would.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
COPIED = [
    *("CHANGELOG.md", "_config.yml", "_toc.yml", "pyproject.toml"),
    *("assets", "chapters", "exercises", "lomodel", "tools"),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project elsewhere; its commands see no other."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
            shutil.copytree(source, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


def run(folder: Path, *command: str, given: str | None = None) -> str:
    """What a command says; it must succeed."""
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def made(line: str, target: str) -> dict[str, str]:
    """The variables that a line gives to ``make TARGET``."""
    match = re.fullmatch(rf"make {target}((?: \w+=(?:\"[^\"]*\"|\S+))+)", line)
    assert match, line
    return {k: v.strip('"') for k, v in re.findall(r'(\w+)=("[^"]*"|\S+)', match[1])}


def test_a_chapter(copy: Path) -> None:
    (box,) = boxes("A chapter", "sh")
    new, stored = box.splitlines()
    chapter, notebooks = made(new, "chapter"), made(stored, "notebooks")
    run(copy, "tools/chapter.py", chapter["NAME"], chapter["QUESTION"])
    run(copy, "tools/notebooks.py", notebooks["NOTEBOOKS"])
    cells = json.loads((copy / notebooks["NOTEBOOKS"]).read_text())["cells"]
    counted = [c for c in cells if "counters(lo)" in "".join(c["source"]) and c["outputs"]]
    assert [c["outputs"][0]["data"]["text/plain"] for c in counted] == [["1"], ["4028"]]
    assert "unchanged" in run(copy, "tools/notebooks.py", notebooks["NOTEBOOKS"])
    assert "within its budget" in run(copy, "-m", "tools.budget", chapter["NAME"])
    holds_what_tests_ask(copy, chapter["NAME"])
    run(copy, "tools/book.py")
    pages = copy / "_build/html/chapters"
    made_of = (pages / f"{chapter['NAME']}.html").read_text()
    assert chapter["QUESTION"] in made_of
    elements = re.findall(r"<(lo-[a-z]+)|<div class=\"(lo-opening)\"", made_of)
    assert sorted(a or b for a, b in elements) == [
        *("lo-ask", "lo-ask", "lo-ask", "lo-opening", "lo-predict", "lo-predict"),
        *("lo-shell", "lo-source", "lo-stepper"),
    ]
    number = "from lomodel.pages import page_named as p; print(p('two_sends').number)"
    part, last = max(tuple(map(int, page.number.split("."))) for page in PAGES.values())
    assert run(copy, "-c", number) == f"{part}.{last + 1}\n"
    toc = (copy / "_toc.yml").read_text()
    assert toc.index("whole_driver") < toc.index("two_sends") < toc.index("At the back")
    assert f"{chapter['NAME']}.html" in (pages / "index.html").read_text()


def holds_what_tests_ask(copy: Path, name: str) -> None:
    """The tests of pages, of predictions and of boxes are green for a chapter nobody wrote on."""
    ignored = shutil.ignore_patterns("__pycache__", "mutations")
    shutil.copytree(ROOT / "tests", copy / "tests", ignore=ignored)
    files = [f"tests/test_{each}.py" for each in ("budget", "predict", "boxes")]
    slug = name.replace("_", "-")
    options = ["-q", "-m", "not browser", "-k", f"{name} or {slug}", "-p", "no:cacheprovider"]
    said = run(copy, "-m", "pytest", *options, *files)
    assert " passed" in said, said


@pytest.mark.parametrize("name", ["hw_features", "Two sends", "../two", ""])
def test_a_name_that_no_chapter_can_have(copy: Path, name: str) -> None:
    before = (copy / "_toc.yml").read_text()
    command = [sys.executable, "tools/chapter.py", name, "Why?"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert done.returncode and "Traceback" not in done.stderr and f"NAME={name}" in done.stderr
    assert (copy / "_toc.yml").read_text() == before


def test_a_figure(copy: Path) -> None:
    (module,) = boxes("A figure", "python")
    (copy / "lomodel/figures/counters.py").write_text(module)
    program = (
        "from lomodel.figures.counters import counter_table as figure; from lomodel.desk import *;"
        "lo = lo_up(); send(lo, 100); print(figure(lo)); print(figure(lo).html, repr(figure(lo)))"
    )
    said = run(copy, "-c", program)
    assert re.search(r"tx_bytes +128", said) and '<td class="num">128</td>' in said
    contract = "from importlinter.cli import lint_imports_command as main; main()"
    run(copy, "-c", contract, "--no-cache")


def test_a_prediction(copy: Path) -> None:
    (module,) = boxes("A prediction", "python")
    (copy / "lomodel/predictions/riddle.py").write_text(module)
    program = (
        "from lomodel.explore import answers, predict; print(repr(predict('riddle-packets')));"
        "print(answers('6.12'))"
    )
    said = run(copy, "-c", program)
    assert said.startswith("<prediction riddle-packets>")
    assert "○ model 6.12: **1 packet**. ● Linux 6.12.117: **1 packet**." in said


def test_a_scenario() -> None:
    (line,) = boxes("A scenario", "json")
    (commands,) = boxes("A scenario", "sh")
    predicted = json.loads(run(ROOT, "-m", "lomodel", "predict", given=line))
    check_observed(predicted["observed"])
    assert predicted["observed"][1]["stats"]["tx_packets"] == 2
    if lab.unavailable():
        pytest.skip(str(lab.unavailable()))
    for command in commands.splitlines():
        words = re.fullmatch(r"\.venv/bin/python (.*) < scenario\.json", command)[1].split()
        said = run(ROOT, *words, given=line)
        assert "0 different" in said or json.loads(said)["id"] == "two pings"


def insert(path: Path, before: str, text: str) -> None:
    """Put text in front of the line that begins with ``before``."""
    source = path.read_text()
    assert source.count(f"\n{before}") == 1
    path.write_text(source.replace(f"\n{before}", f"\n{text}\n{before}"))


def test_a_release(copy: Path) -> None:
    table, bits = boxes("A release", "python")
    release = copy / "lomodel/release.py"
    insert(release, "RELEASES = ", table)
    release.write_text(release.read_text().replace("_6_18)}", "_6_18, _7_0)}"))
    insert(copy / "lomodel/linux/include/linux/netdev_features.py", "_GROUPS = ", bits)
    line = '{"id": "new", "steps": [{"do": "show"}]}'
    said = json.loads(run(copy, "-m", "lomodel", "predict", "--release", "7.0", given=line))
    assert said["observed"][0]["name"] == "lo"
    assert "6.18" in run(copy, "-c", "import lomodel.machine as m; print(m.Machine().release.name)")


def test_an_assignment(copy: Path) -> None:
    """The first command makes the student's notebook; `check` has tests of its own."""
    (box,) = boxes("An assignment", "sh")
    stored, check = box.splitlines()
    name = made(stored, "notebooks")["NOTEBOOKS"]
    source = json.loads((copy / name).read_text())
    answer = next(c for c in source["cells"] if "answer" in c["metadata"].get("tags", []))
    answer["metadata"]["lomodel"]["stub"] = "raise NotImplementedError('of the recipe')"
    (copy / name).write_text(json.dumps(source))
    run(copy, "tools/notebooks.py", name)
    students = json.loads((copy / "exercises" / Path(name).name).read_text())["cells"]
    (stub,) = (c for c in students if c["id"] == answer["id"])
    assert "".join(stub["source"]) == "raise NotImplementedError('of the recipe')"
    assert check.split()[-2:] == ["check", Path(name).stem]
