"""The built book and its kernel: every place that asks is answered, and nothing loads before.

Without a kernel in the book (`make kernel`) the tests of the real one are skipped; that there is
none, and how to get one, is then what every button says.

What turned these red: a typed scenario of 100000 steps sent through the console; a comparison that
nobody had unfolded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from support import kernel_demo
from support.served import served
from support.settled import settled

from lomodel.desk import RELEASE
from lomodel.explore.declaration import Declaration
from lomodel.explore.foretell import find
from lomodel.explore.kernel_page import examples
from lomodel.explore.prediction import Played
from lomodel.explore.registry import declaration, names
from lomodel.pages import APART, PAGES
from lomodel.scenario import play
from tools import book, page_kernels

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent

EVERY = [*PAGES, *APART, "index"]
ASKING = [name for name in EVERY if "<lo-ask " in (ROOT / f"chapters/{name}.ipynb").read_text()]
"""The pages that can ask: what no scenario can say has no button."""
ASKABLE = [name for name in names() if declaration(name).steps]
"""The explorers that can."""
OF_32_BITS = {"Where 32 bits show"}
"""The examples in which a kernel of 32 bits is known to differ."""
OF_MEMORY = {
    *("Short MTU", "where-drops-lo", "where-drops-kept", "where-drops-one-byte"),
    *("where-drops-large", "where-drops-room"),
}
"""Presets and predictions about bytes of memory: they differ, and the reason must be said."""
SMALLER = re.compile(r"different: .* This kernel has 32 bits: .*", re.S)
PATIENCE = 240_000
"""Milliseconds that an answer may take here: 300 sends take long where others use the machine."""


@pytest.fixture(scope="module")
def below() -> Iterator[str]:
    """The book's address over http, below a path of the server's, as where it is published."""
    with served(book.HTML.parent) as address:
        yield f"{address}/{book.HTML.name}/chapters"


OVER_HTTP = ("index", "hw_features", "setup", *APART)
"""The pages that are read over http as well: one of each kind, since the answers are the same."""


@pytest.fixture(params=["file", "http"])
def chapters(request, html: Path, below: str) -> str:
    """Where the pages are read: as files, and over http."""
    return (html / "chapters").as_uri() if request.param == "file" else below


@pytest.fixture
def kernel() -> str:
    """The version of the kernel that the book has."""
    kernels = page_kernels.told().get("kernels", {})
    if RELEASE not in kernels:
        pytest.skip(f"no kernel in this book: {page_kernels.note()}")
    return kernels[RELEASE]["version"]


def asked(place: Locator) -> str:
    """What the place's button is answered."""
    place.get_by_role("button", name="Ask the kernel", exact=True).click()
    verdict = place.locator('output[name="verdict"]')
    expect(verdict).not_to_be_empty(timeout=PATIENCE)
    return verdict.text_content()


# --- without asking -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ASKING)
def test_nothing_of_a_kernel_loads_before_it_is_asked(name: str, below: str, visit) -> None:
    """Not on a page, not when it is scrolled through, not when its controls are moved."""
    seen = visit()
    page = seen.open(f"{below}/{name}.html")
    assert page.locator("lo-ask").count() > 0
    page.keyboard.press("End")
    settled(page)
    for explorer in page.locator("lo-explorer").all():
        explorer.get_by_role("button", name="Reset").click()
    settled(page)
    assert [url for url in seen.requests if "/kernel-" in url] == []
    assert (seen.errors, seen.console, seen.failed) == ([], [], [])


def page_with(name: str, html: Path) -> str:
    """The first page that an explorer stands on."""
    found = (html / f"chapters/{each}.html" for each in EVERY)
    mark = f'<lo-explorer name="{name}"'
    return next(path.name for path in found if mark in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ASKABLE)
def test_every_states_steps_are_pythons(name: str, html: Path, visit) -> None:
    """Whatever a reader may set is asked of the kernel as the model was asked."""
    page = visit().open((html / "chapters" / page_with(name, html)).as_uri())
    made = declaration(name)
    found = json.loads(page.evaluate(kernel_demo.STEPS, name))
    assert found == [made.steps(state) for state in made.states()]
    assert any(found)


def test_without_a_kernel_the_button_says_so(html: Path, visit) -> None:
    """The page of a book that has none, or has an old one."""
    seen = visit()
    page = seen.open((html / "chapters/whole_or_cut.html").as_uri())
    page.evaluate("document.querySelector('meta[name=lo-kernels]')?.remove()")
    said = asked(page.locator("lo-explorer"))
    assert (
        said
        == "This copy of the book has no kernel: “make kernel”, then “make book”, build one in."
    )
    assert seen.failed == []


def test_most_pages_can_ask() -> None:
    assert {"index", *APART} <= set(ASKING) and len(ASKING) > len(EVERY) / 2


# --- a real kernel --------------------------------------------------------------------------------


def places(page: Page) -> list[Locator]:
    """Every place of a page that can ask, predictions answered and what is folded opened first."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    for prediction in page.locator("lo-predict:has(lo-ask)").all():
        fields = prediction.locator('[name="guess"]')
        kind = prediction.get_attribute("kind")
        if kind == "number":
            fields.fill(fields.get_attribute("data-low"))
        elif kind == "choice":
            fields.first.check()
        else:
            fields.fill(fields.input_value())
            fields.dispatch_event("input")
        prediction.get_by_role("button", name="Check").click()
    return page.locator("lo-ask").all()


READ = [*(("file", name) for name in ASKING), *(("http", name) for name in OVER_HTTP)]


@pytest.mark.slow
@pytest.mark.parametrize(("chapters", "name"), READ, indirect=["chapters"])
def test_every_place_is_answered_equal(
    name: str, kernel: str, chapters: str, html: Path, visit
) -> None:
    """One kernel, loaded once, has the answer to everything that a page states, and to every
    preset of its explorers.
    """
    seen = visit()
    page = seen.open(f"{chapters}/{name}.html")
    found = places(page)
    for place in found:
        said = asked(place)
        if is_no_scenario(place):
            assert said.startswith("This state is no scenario")
            continue
        if predicted(place) in OF_MEMORY:
            assert SMALLER.fullmatch(said)
            continue
        assert said.startswith("equal: ") and f"(Linux {kernel}, model {RELEASE})" in said
    played = [each for each in page.locator("lo-predict").all() if is_played(each)]
    shown = page.locator(":is(lo-explorer, lo-shell):has(lo-ask)").count()
    assert len(found) >= len(played) + shown
    if chapters.startswith("file:"):
        for explorer in explorers_of(name, html):
            check_presets(page.locator(f'lo-explorer[name="{explorer}"]'), declaration(explorer))
    loads = [url.rpartition("/")[2] for url in seen.requests if "/kernel-" in url]
    assert loads.count("vm.js") == 1 and len(loads) == len(set(loads))
    assert (seen.errors, seen.console, seen.failed) == ([], [], [])


def predicted(place: Locator) -> str | None:
    """The name of the prediction that the place stands in."""
    prediction = place.locator("xpath=ancestor::lo-predict")
    return prediction.get_attribute("name") if prediction.count() else None


def is_no_scenario(place: Locator) -> bool:
    """Whether the place is an explorer that begins in a state that no scenario can say."""
    explorer = place.locator("xpath=ancestor::lo-explorer")
    if not explorer.count():
        return False
    made = declaration(explorer.get_attribute("name"))
    return made.steps(made.initial()) is None


def is_played(prediction: Locator) -> bool:
    return isinstance(find(prediction.get_attribute("name"))[1].source, Played)


def explorers_of(name: str, html: Path) -> list[str]:
    """The explorers that can ask whose first page it is."""
    return [each for each in ASKABLE if page_with(each, html) == f"{name}.html"]


def test_every_explorer_is_asked_somewhere(html: Path) -> None:
    assert sorted(each for name in ASKING for each in explorers_of(name, html)) == sorted(ASKABLE)


def check_presets(explorer: Locator, made: Declaration) -> None:
    """Equal; or it is no scenario, or one of a release that is not there, and this is said."""
    for preset, differs in made.presets.items():
        state = made.initial() | differs
        explorer.get_by_role("button", name=preset, exact=True).click()
        expected = "equal: "
        if made.steps(state) is None:
            expected = "This state is no scenario"
        elif state.get("release", RELEASE) not in page_kernels.told()["kernels"]:
            expected = f"This is asked of Linux {state['release']}, and this copy"
        said = asked(explorer)
        if preset in OF_MEMORY:
            assert SMALLER.fullmatch(said)
        else:
            assert said.startswith(expected), preset


@pytest.mark.slow
def test_every_example_is_answered(kernel: str, chapters: str, visit) -> None:
    """Equal, and where 32 bits show different, with the reason."""
    page = visit().open(f"{chapters}/ask_the_kernel.html")
    place = page.locator("lo-kernel")
    for name, scenario in examples().items():
        place.get_by_role("button", name=name, exact=True).click()
        said = asked(place)
        runs = {
            side: json.loads(place.locator(f'output[name="{side}"]').text_content())
            for side in ("model", "kernel")
        }
        assert runs["model"] == play(scenario["steps"], RELEASE), name
        assert (runs["model"] == runs["kernel"]) == (name not in OF_32_BITS), name
        assert said.startswith("different: " if name in OF_32_BITS else "equal: ")
        assert ("This kernel has 32 bits" in said) == (name in OF_32_BITS)


REFUSED: dict[str, tuple[Any, str]] = {
    "no step": ({"id": "a", "steps": [{"do": "fly"}]}, 'steps[0].do: expected "link"'),
    "a key twice": ('{"id": "a", "id": "b", "steps": []}', "id: given twice in one object"),
    "an unknown feature": (
        {"id": "a", "steps": [{"do": "features", "set": {"tx-magic": True}}]},
        "steps[0].set.tx-magic: unknown feature",
    ),
    "more than memory": (
        {"id": "a", "steps": [{"do": "ping", "family": "inet", "payload": 2**31 - 1}]},
        "steps[0].payload: this small machine takes at most",
    ),
    "too many steps": (
        {"id": "a", "steps": [{"do": "show"}] * 300},
        "steps: this small machine takes at most",
    ),
    "without end": (
        {"id": "a", "steps": [{"do": "link", "up": True}] * 100_000},
        "scenario: expected at most 60000 characters, got",
    ),
}


@pytest.mark.slow
def test_what_cannot_be_played_is_said_and_the_kernel_lives_on(
    kernel: str, below: str, visit
) -> None:
    seen = visit()
    place = seen.open(f"{below}/ask_the_kernel.html").locator("lo-kernel")
    for scenario, said in REFUSED.values():
        text = scenario if isinstance(scenario, str) else json.dumps(scenario)
        place.locator("textarea").fill(text)
        assert asked(place).startswith(said)
    place.get_by_role("button", name="Whole", exact=True).click()
    assert asked(place).startswith("equal: 1 packet, 4028 bytes")
    assert sum(url.endswith("vm.js") for url in seen.requests) == 1
    assert (seen.errors, seen.console) == ([], [])


@pytest.mark.slow
def test_a_long_scenario_is_stopped_and_another_one_played(kernel: str, below: str, visit) -> None:
    seen = visit()
    place = seen.open(f"{below}/ask_the_kernel.html").locator("lo-kernel")
    udp = {"do": "udp", "family": "inet", "payload": 4000, "gso_size": 1000}
    steps = [{"do": "link", "up": True}, *[udp] * 150]
    place.locator("textarea").fill(json.dumps({"id": "long", "steps": steps}))
    place.get_by_role("button", name="Ask the kernel", exact=True).click()
    expect(place.locator(".lo-doing")).to_contain_text("playing step", timeout=PATIENCE)
    place.get_by_role("button", name="Stop the kernel").click()
    verdict = place.locator('output[name="verdict"]')
    expect(verdict).to_contain_text("Stopped: the kernel has not answered.")
    place.get_by_role("button", name="Whole", exact=True).click()
    assert asked(place).startswith("equal: ")
    assert (seen.errors, seen.console) == ([], [])
