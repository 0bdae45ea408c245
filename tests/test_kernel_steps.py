"""A state's steps in the table of every explorer, and where the button stands.

What turned these red: a null that counts as absent; an object that holds nothing left out; ``/``
in a name not escaped; the button of every declaration that has ``steps``, though no state is a
scenario; ``scenario_slots`` not called in ``Declaration.slots``.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from support.kernel_demo import ASKED, ODDITIES

from lomodel import boxes
from lomodel.contract import check_scenario
from lomodel.contract.steps import KNOWN
from lomodel.explore import page
from lomodel.explore.declaration import Declaration
from lomodel.explore.foretell import pages as predicted_pages
from lomodel.explore.predict_html import made
from lomodel.explore.prediction import Answers, Played
from lomodel.explore.registry import declaration, names
from lomodel.explore.scenario_slots import scenario_slots
from lomodel.figures import real_lo
from lomodel.figures.beside import recorded_beside
from lomodel.pages import APART, PAGES

ROOT = Path(__file__).resolve().parent.parent
GENERATED = {"index", "corrections"}
"""Notebooks without a form: the first page, and one at the back."""
BUTTON = re.compile(r'<lo-ask [^>]*><button [^>]*data-kernel="ask">.*?Ask the kernel</button>')


def test_a_value_has_a_slot_of_its_own() -> None:
    steps = [{"do": "udp", "gso_size": None, "set": {"a/b~": False}}, {}, {"set": {}, "x": [1]}]
    assert scenario_slots(steps) == {
        "steps:/0/do": '"udp"',
        "steps:/0/gso_size": "null",
        "steps:/0/set/a~1b~0": "false",
        "steps:/1": "{}",
        "steps:/2/set": "{}",
        "steps:/2/x": "[1]",
    }
    assert scenario_slots([]) == {"steps:": "[]"}
    assert scenario_slots(None) == {}


def has_button(made: Declaration) -> bool:
    return bool(BUTTON.search(page.element(made)))


@pytest.mark.parametrize("name", names())
def test_every_explorer_of_a_scenario_has_the_button(name: str) -> None:
    made = declaration(name)
    assert has_button(made) == any(made.steps and made.steps(state) for state in made.states())


def test_only_an_explorer_without_any_scenario_lacks_it() -> None:
    assert has_button(ASKED) and has_button(ODDITIES)
    assert not has_button(replace(ASKED, steps=None))
    assert not has_button(replace(ASKED, steps=lambda controls: None))


def test_a_new_explorer_has_it_without_a_line_of_its_own() -> None:
    """The recipe of CONTRIBUTING.md says nothing of a kernel."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("\n## An explorer\n")[2].partition("\n## ")[0]
    module = ModuleType("echo")
    exec(re.search(r"```python\n(.*?)```", section, re.S).group(1), module.__dict__)
    echo = module.EXPLORER
    assert has_button(echo)
    assert echo.run({"up": False})["steps:/0/up"] == "false"


@pytest.mark.parametrize("page_name", [page.name for page in predicted_pages()])
def test_a_prediction_has_it_where_a_scenario_decides(page_name: str) -> None:
    """The steps stand in the sealed part: a length to guess is in them."""
    (found,) = (page for page in predicted_pages() if page.name == page_name)
    for each in found.predictions:
        played = isinstance(each.source, Played)
        answer = each.source.model("6.12")
        html = made(each, Answers("6.12", answer, "6.12.1", answer), page_name)
        assert bool(BUTTON.search(html)) == played
        assert "&quot;payload&quot;" not in html and '"payload"' not in html


def test_recorded_comparisons_have_it() -> None:
    assert BUTTON.search(recorded_beside("hw_features", "B").html)
    for name in boxes.names():
        assert bool(BUTTON.search(real_lo(name).html)) == bool(boxes.read(name).steps)


def test_every_notebook_of_the_book_is_a_page_of_the_table() -> None:
    """With the short name of the table of contents."""
    text = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    listed = dict(re.findall(r"- file: chapters/(\w+)\n +title: (.*)", text))
    notebooks = {path.stem for path in (ROOT / "chapters").glob("*.ipynb")} - GENERATED
    table = {name: each.short for name, each in PAGES.items()} | APART
    assert {name: listed[name] for name in notebooks} == table


def test_the_page_names_every_step_rightly() -> None:
    """Its tables, from above to below, are one scenario. Red with a step that has a wrong key, and
    without a step of the contract.
    """
    notebook = nbformat.read(ROOT / "chapters/ask_the_kernel.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    steps = [json.loads(step) for step in re.findall(r'`(\{"do": .*?\})`', text)]
    check_scenario({"id": "all", "steps": steps})
    named = {step["do"] for step in steps} | set(re.findall(r"`(\w+)` may say", text))
    assert named == set(KNOWN)


def test_the_page_of_any_scenario_is_that_and_little_more() -> None:
    notebook = nbformat.read(ROOT / "chapters/ask_the_kernel.ipynb", as_version=4)
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert sources == ["from lomodel.explore import any_scenario\n\nany_scenario()"]
