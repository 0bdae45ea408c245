"""In JupyterLab "Ask the kernel" asks the laboratory, where the machine has one.

What turned these red: ``on_msg`` not called; an element that comes to life before its button;
``compare`` told the book's release; a refusal that is raised in place of being told; a scenario
handed on with its ``observed``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Locator, expect
from support.jupyterlab import PATIENCE, jupyterlab, notebook_of, run_all

from lomodel import lab as laboratory
from lomodel.contract import Step
from lomodel.explore import asking, page
from lomodel.explore.kernel_page import any_scenario, element
from lomodel.figures.beside import recorded_beside
from lomodel.release import release_of
from lomodel.scenario import play

CELLS = {
    'from lomodel.figures import recorded_beside\nrecorded_beside("hw_features", "B")': (
        recorded_beside("hw_features", "B")._repr_mimebundle_()["text/html"]
    ),
    "from lomodel.explore import any_scenario\nany_scenario()": page.wrap(element()),
}
STEPS: list[Step] = [
    {"do": "link", "up": True},
    {"do": "udp", "family": "inet", "payload": 4000, "gso_size": 1400},
]


@pytest.fixture(scope="module")
def events() -> bool:
    """Whether the tracepoints can be had; no test without a laboratory."""
    if why := laboratory.unavailable():
        pytest.skip(f"no laboratory here: {why}")
    return laboratory.available(events=True)


def test_the_laboratory_answers(events: bool) -> None:
    """Both runs, the model's of this kernel's release, which is named."""
    found = asking.answer(STEPS)
    assert found["name"] == f"Linux {os.uname().release}"
    assert found["release"] == release_of(os.uname().release).release
    assert found["model"] == play(STEPS, found["release"])
    assert found["events"] == events
    assert [step["error"] for step in found["kernel"]] == [None, None]
    assert found["kernel"][1]["received"] == [1400, 1400, 1200]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("{", "scenario: expected one JSON object a line"),
        ('{"steps": []}', "id: missing"),
        ([{"do": "fly"}], 'steps[0].do: expected "link"'),
    ],
)
def test_what_cannot_be_played_is_said(asked: object, said: str) -> None:
    assert asking.answer(asked)["refused"].startswith(said)


def test_why_there_is_no_laboratory_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> None:
        raise laboratory.LabUnavailable("looking for a Linux kernel", "this is a teapot")

    monkeypatch.setattr(laboratory, "compare", closed)
    assert "this is a teapot" in asking.answer(STEPS)["refused"]


def test_what_was_recorded_stands_in_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario may bring its own ``observed``: a machine without a laboratory says so."""
    compared: list[object] = []

    def closed(scenario: object, **_: object) -> None:
        compared.append(scenario)
        raise laboratory.LabUnavailable("looking for a Linux kernel", "this is a teapot")

    monkeypatch.setattr(laboratory, "compare", closed)
    text = '{"id": "a", "steps": [{"do": "link", "up": true}], "observed": [], "release": "6.1"}'
    asking.answer(text)
    assert compared == [{"id": "a", "steps": [{"do": "link", "up": True}]}]


def test_a_widget_tells_only_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer bears the question's number; a message that asks nothing gets none."""
    told: list[object] = []
    widget = any_scenario()
    monkeypatch.setattr(widget, "send", told.append)
    monkeypatch.setattr(asking, "answer", lambda asked: {"refused": f"no {asked}"})
    for content in ("hello", {"other": 1}, {"asked": "7-1", "steps": [3]}):
        widget._handle_custom_msg(content, [])
    deadline = time.monotonic() + 10
    while not told and time.monotonic() < deadline:
        time.sleep(0.01)
    assert told == [{"asked": "7-1", "refused": "no [3]"}]


# --- the page -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """A JupyterLab with both cells, each with its stored output."""
    notebook = notebook_of(list(CELLS))
    for cell, html in zip(notebook.cells, CELLS.values(), strict=True):
        stored = {"text/html": html, "text/plain": "stored"}
        cell.outputs = [nbformat.v4.new_output("execute_result", data=stored)]
    with jupyterlab(tmp_path_factory.mktemp("lab"), notebook) as opened:
        yield opened


def asked(place: Locator) -> Locator:
    """The place's verdict, after its button was pressed."""
    place.get_by_role("button", name="Ask the kernel", exact=True).click()
    return place.locator('output[name="verdict"]')


@pytest.mark.browser
@pytest.mark.slow
def test_in_jupyterlab(address: str, events: bool, visit) -> None:
    seen = visit(width=1300, height=1400)
    tab = seen.page
    tab.goto(address)
    tab.wait_for_selector("lo-kernel[ready]", timeout=PATIENCE)

    # As stored, before a cell has run, nobody can be asked.
    expect(asked(tab.locator("lo-kernel").first)).to_contain_text("Run a cell of this notebook")

    run_all(tab)
    live = tab.locator("lo-kernel[ready]:not(.jp-RenderedHTML *)").first
    live.wait_for(timeout=PATIENCE)
    found = asking.answer(STEPS)
    who = f"({found['name']}, model {found['release']}"
    expect(asked(live)).to_contain_text(f"equal: 1 packet, 4028 bytes {who}", timeout=PATIENCE)
    assert live.locator('output[name="kernel"]').text_content() != ""

    # A figure is no widget: any widget of the notebook carries its question.
    figure = tab.locator("section.lo-compare:not(lo-kernel *)").first
    expect(asked(figure)).to_contain_text(who, timeout=PATIENCE)

    live.locator("textarea").fill('{"id": "a", "steps": [{"do": "fly"}]}')
    expect(asked(live)).to_contain_text('steps[0].do: expected "link"', timeout=PATIENCE)
    assert seen.errors == []
