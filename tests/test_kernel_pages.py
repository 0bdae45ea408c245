"""The button "Ask the kernel" in a real browser, with a stand-in for the kernel.

What turned these red, tried one at a time: an empty list for a state that is no scenario; names of
a pointer not taken back; an explorer's change that leaves the verdict, or lets a late one in; a new
machine for each question; questions that do not wait for each other; an idle kernel that is not
stopped; a stop that is waited for; a machine kept that broke; the focus left on a hidden button;
32 bits blamed for any difference; events compared though they could not be read, or an object as a
whole; names in another order for a difference; a kernel of another release asked; a text that is no
JSON taken for no steps; several scenarios of which none is looked at; a link without the scenario,
or one that is not read; the steps counted from 0; a text, or a release, whose change is not told;
events paired in order; an empty list for each side; the button on paper; a difference in ink.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from support import kernel_demo
from support.kernel_demo import ASKED, ODDITIES, ONE, TWO, VERSION
from support.served import served
from support.settled import emulate, follow, settled

from lomodel import recorded
from lomodel.desk import RELEASE
from lomodel.explore.kernel_page import examples, written
from lomodel.lab.diff import ABSENT, differences
from lomodel.scenario import play
from tests.test_pages import TOO_WIDE, WCAG, faults

pytestmark = pytest.mark.browser

ASK, STOP = "Ask the kernel", "Stop the kernel"
NO_KERNEL = "This copy of the book has no kernel"


@pytest.fixture(scope="module")
def page_with(tmp_path_factory) -> Any:
    """page_with(told) is the demo page in a folder of its own, made once for each ``told``."""
    made: dict[str, Path] = {}

    def write(told: dict[str, Any] | None) -> Path:
        key = json.dumps(told)
        if key not in made:
            made[key] = kernel_demo.write(tmp_path_factory.mktemp("demo"), told)
        return made[key]

    return write


@pytest.fixture(scope="module")
def address_of(page_with) -> Iterator[Any]:
    """address_of(told) is the page's address over http, below a path of the server's."""
    root = page_with(ONE).parents[2]
    with served(root) as start:
        yield lambda told: f"{start}/{page_with(told).relative_to(root).as_posix()}"


@pytest.fixture
def demo(page_with, visit) -> Iterator[Any]:
    """demo(told=ONE, ...) opens the page; nothing may be said on the console, nor fail."""
    visits = []

    def start(told: dict[str, Any] | None = ONE, **window: Any) -> Any:
        seen = visit(**window)
        seen.open(page_with(told).as_uri())
        visits.append(seen)
        return seen

    yield start
    for seen in visits:
        assert (seen.errors, seen.console, seen.failed) == ([], [], [])


def button(place: Locator, name: str = ASK) -> Locator:
    return place.get_by_role("button", name=name, exact=True)


def verdict(place: Locator) -> Locator:
    return place.locator('output[name="verdict"]')


def seen_by_kernel(seen: Any) -> list[str]:
    return seen.page.evaluate("globalThis.seen ?? []")


# --- what is asked --------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [ASKED, ODDITIES], ids=lambda made: made.name)
def test_the_page_knows_every_states_steps(made: Any, demo) -> None:
    """Those of no step, and those that are no scenario, included."""
    found = json.loads(demo().page.evaluate(kernel_demo.STEPS, made.name))
    expected = [made.steps(state) for state in made.states()]
    assert found == expected
    assert None in expected and any(steps and len(steps) > 1 for steps in expected)


def test_a_state_that_is_no_scenario_says_so(demo) -> None:
    seen = demo()
    explorer = seen.page.locator("lo-explorer").first
    explorer.locator('[name="what"]').select_option("nothing")
    button(explorer).click()
    expect(verdict(explorer)).to_have_text(
        "This state is no scenario, so that no kernel can be asked about it."
    )
    assert seen_by_kernel(seen) == []


# --- what is answered -----------------------------------------------------------------------------

PLACES = {
    "explorer": "lo-explorer >> nth=0",
    "comparison": "section.lo-compare >> nth=0",
    "prediction": "lo-predict:has(lo-ask)",
    "page": "lo-kernel",
}
SAYS = {
    "explorer": "equal: 1 packet, 128 bytes",
    "comparison": "equal: 1 packet, 4028 bytes",
    "prediction": "equal: 1 packet, 3028 bytes",
    "page": "equal: 1 packet, 4028 bytes",
}


def guess(seen: Any) -> None:
    """Answer the first prediction; before that it has no button to be seen."""
    form = seen.page.locator("lo-predict").first
    expect(button(form)).to_be_hidden()
    form.locator('[name="guess"]').fill("7")
    button(form, "Check").click()


@pytest.mark.parametrize("where", PLACES)
def test_the_kernel_is_asked(where: str, demo) -> None:
    seen = demo()
    place = seen.page.locator(PLACES[where])
    if where == "prediction":
        guess(seen)
    button(place).click()
    expect(verdict(place)).to_have_text(f"{SAYS[where]} (Linux {VERSION}, model {RELEASE})")
    assert seen_by_kernel(seen) == ["open", "text" if where == "page" else "steps"]


def test_nothing_of_the_kernel_loads_before_it_is_asked_and_then_once(demo) -> None:
    """One kernel serves the page."""
    seen = demo()
    assert [url for url in seen.requests if "/kernel/" in url] == []
    for where in ("explorer", "comparison", "page"):
        place = seen.page.locator(PLACES[where])
        button(place).click()
        expect(verdict(place)).to_contain_text("equal")
    assert [url.rpartition("/")[2] for url in seen.requests if "/kernel/" in url] == ["vm.js"]
    assert seen_by_kernel(seen) == ["open", "steps", "steps", "text"]


def test_over_http_below_a_path_too(address_of, visit) -> None:
    seen = visit()
    seen.open(address_of(ONE))
    place = seen.page.locator(PLACES["explorer"])
    button(place).click()
    expect(verdict(place)).to_contain_text("equal: 1 packet")
    assert (seen.errors, seen.console, seen.failed) == ([], [], [])


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (None, f"{NO_KERNEL}: “make kernel”, then “make book”, build one in."),
        ({"why": "It is old."}, "It is old."),
        (
            {"kernels": {"6.1": {"version": "6.1.9", "bits": 32}}},
            f"This is asked of Linux {RELEASE}, and this copy of the book has a kernel 6.1.",
        ),
    ],
)
def test_without_a_kernel_one_sentence_says_why(told: Any, said: str, demo) -> None:
    place = demo(told).page.locator(PLACES["explorer"])
    button(place).click()
    expect(verdict(place)).to_have_text(said)


def test_a_change_clears_the_verdict_even_one_that_is_on_its_way(demo) -> None:
    seen = demo()
    place = seen.page.locator(PLACES["explorer"])
    button(place).click()
    expect(verdict(place)).to_contain_text("equal")
    place.locator('[name="up"]').click()
    expect(verdict(place)).to_be_empty()
    seen.page.evaluate("globalThis.slow = 300")
    button(place).click()
    place.locator('[name="up"]').click()
    seen.page.wait_for_timeout(500)
    expect(verdict(place)).to_be_empty()
    expect(button(place)).to_have_attribute("aria-disabled", "false")


# Each is there for a moment: the page itself writes down what it shows, and the verdict beside it.
WATCH = """(place) => {
    const doing = place.querySelector('[role="status"].lo-doing');
    const verdict = place.querySelector('output[name="verdict"]');
    globalThis.shown = [];
    new MutationObserver(() => shown.push([doing.textContent, verdict.textContent])).observe(
        doing, { childList: true, characterData: true, subtree: true });
}"""


def test_what_the_kernel_does_is_shown(demo) -> None:
    seen = demo()
    place = seen.page.locator(PLACES["explorer"])
    place.evaluate(WATCH)
    button(place).click()
    expect(verdict(place)).to_contain_text("equal")
    expect(place.locator(".lo-doing")).to_be_empty()
    shown = [each for each in seen.page.evaluate("shown") if each[0]]
    said = ("loading 3.1 of 7.4 MB", f"starting Linux {VERSION}", "playing step 3")
    assert shown == [[each, ""] for each in said]


# How long the stand-in lets a question wait: for ever, from its start or once it is being played.
FOR_EVER = {
    "loading": "globalThis.slow = 1e9",
    "playing": """Object.defineProperty(globalThis, "slow", {
        configurable: true, get: () => globalThis.seen?.includes("steps") ? 1e9 : 0 })""",
}


@pytest.mark.parametrize("when", ["loading", "playing"])
def test_the_kernel_is_stopped_and_starts_again(when: str, demo) -> None:
    seen = demo()
    place = seen.page.locator(PLACES["explorer"])
    expect(button(place, STOP)).to_be_hidden()
    seen.page.evaluate(FOR_EVER[when])
    button(place).click()
    expect(place.locator(".lo-doing")).to_contain_text(when)
    button(place, STOP).click()
    expect(verdict(place)).to_have_text(
        "Stopped: the kernel has not answered. The next question starts it anew."
    )
    expect(button(place, STOP)).to_be_hidden()
    seen.page.evaluate("delete globalThis.slow")
    button(place).click()
    expect(verdict(place)).to_contain_text("equal")


def test_an_idle_kernel_is_stopped_too(demo) -> None:
    seen = demo()
    place = seen.page.locator("lo-kernel")
    expect(button(place, STOP)).to_be_disabled()
    button(place).click()
    expect(verdict(place)).to_contain_text("equal")
    button(place, STOP).click()
    expect(button(place, STOP)).to_be_disabled()
    assert seen_by_kernel(seen) == ["open", "text", "stop"]
    button(place).click()
    expect(verdict(place)).to_contain_text("equal")


def test_a_kernel_that_breaks_is_named_and_another_starts(demo) -> None:
    seen = demo()
    place = seen.page.locator(PLACES["explorer"])
    seen.page.evaluate("globalThis.breaks = true")
    button(place).click()
    expect(verdict(place)).to_have_text(
        "The kernel has stopped: a wheel came off. The next question starts it anew."
    )
    seen.page.evaluate("globalThis.breaks = false")
    button(place).click()
    expect(verdict(place)).to_contain_text("equal")
    assert seen_by_kernel(seen) == ["open", "steps", "stop", "open", "steps"]


SEVERAL = "div.lo-below"


def test_several_scenarios_have_one_verdict(demo) -> None:
    """In turn; the first that differs is named."""
    seen = demo()
    place = seen.page.locator(SEVERAL)
    button(place).click()
    who = f"Linux {VERSION}, model {RELEASE}"
    expect(verdict(place)).to_have_text(f"equal: all 3 scenarios ({who})")
    assert seen_by_kernel(seen) == ["open", "steps", "steps", "steps"]
    expect(place.get_by_role("link")).to_be_hidden()
    bent = "if (answer.model[1].stats.tx_bytes > 1000) answer.kernel[1].stats.tx_bytes = 1"
    seen.page.evaluate(BEND, bent)
    button(place).click()
    expect(verdict(place)).to_have_text(
        f"different: B, step 2, udp, stats.tx_bytes: model {RELEASE} 4028, Linux {VERSION} 1."
    )


def test_a_second_question_waits_for_the_first(demo) -> None:
    """Two places ask at once: one machine answers both, one after the other."""
    seen = demo()
    seen.page.evaluate("globalThis.slow = 200")
    for where in ("explorer", "comparison"):
        button(seen.page.locator(PLACES[where])).click()
    for where in ("explorer", "comparison"):
        expect(verdict(seen.page.locator(PLACES[where]))).to_contain_text(SAYS[where])
    assert seen_by_kernel(seen) == ["open", "steps", "steps"]


# --- what differs ---------------------------------------------------------------------------------

BEND = "(text) => { globalThis.bend = new Function('answer', `${text}; return answer;`); }"


@pytest.mark.parametrize(
    ("bent", "said"),
    [
        (
            "answer.kernel.at(-1).stats.tx_packets = 4",
            f"different: step 2, udp, stats.tx_packets: model {RELEASE} 1, Linux {VERSION} 4.",
        ),
        (
            "answer.kernel.at(-1).events.splice(1, 1); answer.kernel[0].error = 'EPERM'",
            f"different: step 1, link, error: model {RELEASE} none, Linux {VERSION} EPERM, "
            "and 1 more difference.",
        ),
        (
            "answer.kernel.at(-1).error = 'ENOBUFS'",
            f"different: step 2, udp, error: model {RELEASE} none, Linux {VERSION} ENOBUFS. This "
            "kernel has 32 bits: its structures are smaller, so a limit in bytes of memory "
            "(truesize) holds more packets.",
        ),
    ],
)
def test_a_difference_is_said(bent: str, said: str, demo) -> None:
    seen = demo()
    seen.page.evaluate(BEND, bent)
    place = seen.page.locator(PLACES["comparison"])
    button(place).click()
    expect(verdict(place)).to_have_text(said)
    loud = settled(seen.page).evaluate(
        """() => {
            const colour = (element) => getComputedStyle(element).color;
            const probe = document.body.appendChild(document.createElement("i"));
            probe.style.color = "var(--lo-loud)";
            return colour(document.querySelector("output[data-is='different']")) === colour(probe);
        }"""
    )
    assert loud


def mutants(observed: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """The same run with a few things changed, left out or added."""
    rng, run = random.Random(seed), deepcopy(observed)
    for _ in range(rng.randint(0, 3)):
        step = rng.choice(run)
        key = rng.choice(sorted(step))
        kind = rng.randrange(4)
        if kind == 0:
            step[key] = rng.choice([None, 7, "EPERM", [], {}])
        elif kind == 1:
            step.pop(key)
            step["error"] = None
        elif isinstance(step[key], dict) and step[key]:
            step[key][rng.choice(sorted(step[key]))] = rng.choice(["x", None, 3])
        elif isinstance(step[key], list) and step[key]:
            step[key].pop(rng.randrange(len(step[key])))
    turned = [turn(step) for step in run] if rng.random() < 0.5 else run
    return turned[: rng.choice([len(run), len(run), len(run) - 1])]


def turn(value: Any) -> Any:
    """The same with every object's names in the other order."""
    if isinstance(value, dict):
        return {name: turn(inside) for name, inside in reversed(value.items())}
    return [turn(inside) for inside in value] if isinstance(value, list) else value


def test_the_page_compares_as_the_laboratory_does(demo) -> None:
    """Whatever two runs are: the same places, with the same values, in the same order."""
    runs = [play(each["steps"], RELEASE) for each in recorded.read("hw_features")[:6]]
    pairs = [[run, mutants(run, seed)] for run in runs for seed in range(40)]
    pairs += [[b, a] for a, b in pairs]
    found = demo().page.evaluate(
        """(pairs) => JSON.stringify(pairs.map(([model, kernel]) => [true, false].map((events) =>
            customElements.get("lo-ask").tools.differences(model, kernel, events))))""",
        pairs,
    )
    found = json.loads(found)
    expected = [[differences(*pair, events) for events in (True, False)] for pair in pairs]
    said = [[[plain(each) for each in one] for one in both] for both in expected]
    assert found == said
    assert sum(len(one) for one, _ in said) > 200


def plain(difference: Any) -> dict[str, Any]:
    """A difference as the page has it: what is absent is not there."""
    sides = {"model": difference.model, "kernel": difference.kernel}
    told = {name: side for name, side in sides.items() if side is not ABSENT}
    return {"step": difference.step, "field": difference.field, **told}


# --- the page of any scenario ---------------------------------------------------------------------


def typed(place: Locator, text: str) -> None:
    place.locator('textarea[name="scenario"]').fill(text)


@pytest.mark.parametrize("name", examples())
def test_every_example_is_there_and_equal(name: str, demo) -> None:
    place = demo().page.locator("lo-kernel")
    button(place, name).click()
    assert json.loads(place.locator("textarea").input_value()) == examples()[name]
    expect(button(place, name)).to_have_attribute("aria-pressed", "true")
    button(place).click()
    expect(verdict(place)).to_contain_text("equal: ")
    said = play(examples()[name]["steps"], RELEASE)
    for side in ("model", "kernel"):
        assert json.loads(place.locator(f'output[name="{side}"]').text_content()) == said
    rows = place.locator("tbody tr:not(.lo-step-of)")
    assert rows.count() >= len(said)
    assert place.locator("tr.differs").count() == 0


def test_model_and_kernel_stand_side_by_side(demo) -> None:
    """What moved by one is one loud row; what is the same beside it stays quiet."""
    seen = demo()
    bent = """const last = answer.kernel.at(-1);
        last.events.splice(1, 1); last.events[0][1].len = 9; last.received = [1]"""
    seen.page.evaluate(BEND, bent)
    place = seen.page.locator("lo-kernel")
    button(place, "Cut in software").click()
    button(place).click()
    expect(verdict(place)).to_contain_text("different: step 3")
    loud = place.locator("tr.differs")
    said = loud.evaluate_all("(rows) => rows.map((row) => row.querySelector('th').textContent)")
    assert said == ["received", "net_dev_queue", "net_dev_start_xmit"]
    assert loud.nth(0).locator("b").all_text_contents() == ["2 × 1400, 1200", "1"]
    assert loud.nth(2).locator("td[data-side]").nth(1).text_content() == "–"
    assert place.locator("tr.same").count() == 2 + 2 + 11


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"id": 1', "scenario: expected one JSON object ("),
        ("", "scenario: expected one JSON object ("),
        ('{"id": "a", "steps": [{"do": "fly"}]}', "steps[0].do: expected a step"),
        ("7", "steps[0].do: expected a step"),
    ],
)
def test_what_is_no_scenario_is_said_and_the_next_one_is_played(text: str, said: str, demo) -> None:
    """The contract's own words come from the machine, here from the stand-in."""
    seen = demo()
    place = seen.page.locator("lo-kernel")
    typed(place, text)
    button(place).click()
    expect(verdict(place)).to_contain_text(said)
    assert place.locator('output[name="model"]').text_content() == ""
    button(place, "Whole").click()
    button(place).click()
    expect(verdict(place)).to_contain_text("equal")


def test_a_change_of_the_text_clears_what_was_said(demo) -> None:
    place = demo().page.locator("lo-kernel")
    button(place).click()
    expect(place.locator(".lo-figure")).to_be_visible()
    place.locator("textarea").press("End")
    place.locator("textarea").type(" ")
    expect(verdict(place)).to_be_empty()
    expect(place.locator(".lo-figure")).to_be_hidden()
    assert place.locator('output[name="kernel"]').text_content() == ""


def test_a_verdict_leads_to_the_page_with_its_scenario(demo) -> None:
    seen = demo()
    place = seen.page.locator(PLACES["explorer"])
    link = place.get_by_role("link", name="Event by event")
    expect(link).to_be_hidden()
    place.locator('[name="what"]').select_option("cut")
    button(place).click()
    expect(verdict(place)).to_contain_text("equal")
    follow(seen.page, link)
    text = json.loads(seen.page.locator("lo-kernel textarea").input_value())
    state = {"what": "cut", "up": True, "payload": 100}
    assert text["steps"] == ASKED.steps({**ASKED.initial(), **state, "up": True})


def test_the_release_is_a_choice_where_there_are_two(demo) -> None:
    one, two = demo(ONE).page.locator("lo-kernel"), demo(TWO).page.locator("lo-kernel")
    expect(one.locator("select")).to_be_hidden()
    choice = two.get_by_role("combobox", name="Kernel")
    expect(choice).to_have_value(RELEASE)
    button(two).click()
    expect(verdict(two)).to_contain_text(f"Linux {VERSION}")
    choice.select_option("Linux 6.1.999")
    expect(verdict(two)).to_be_empty()
    button(two).click()
    expect(verdict(two)).to_contain_text("(Linux 6.1.999, model 6.1)")


# --- hands, eyes and paper ------------------------------------------------------------------------


def test_by_keyboard(demo) -> None:
    """From the editor to the verdict; the button that stopped the kernel hands the focus on."""
    seen = demo()
    place = seen.page.locator("lo-kernel")
    place.locator("textarea").focus()
    seen.page.keyboard.press("Tab")
    expect(button(place)).to_be_focused()
    seen.page.keyboard.press("Enter")
    expect(verdict(place)).to_contain_text("equal")
    expect(button(place)).to_be_focused()
    explorer = seen.page.locator(PLACES["explorer"])
    seen.page.evaluate(FOR_EVER["loading"])
    button(explorer).press("Enter")
    seen.page.keyboard.press("Tab")
    expect(button(explorer, STOP)).to_be_focused()
    seen.page.keyboard.press("Space")
    expect(button(explorer)).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_fits_and_is_accessible(theme: str, width: int, address_of, visit) -> None:
    seen = visit(theme=theme, width=width)
    seen.open(address_of(ONE))
    seen.page.evaluate(BEND, "answer.kernel.at(-1).error = 'ENOBUFS'")
    for where in ("explorer", "comparison", "page"):
        button(seen.page.locator(PLACES[where])).click()
        expect(verdict(seen.page.locator(PLACES[where]))).to_contain_text("different")
    assert settled(seen.page).evaluate(TOO_WIDE) == []
    assert faults(seen.page, {"type": "tag", "values": WCAG}) == []


def test_on_paper_there_is_no_button(demo) -> None:
    seen = demo()
    emulate(seen.page, media="print")
    assert seen.page.locator("lo-ask:visible").count() == 0


def test_written_is_what_a_reader_may_edit() -> None:
    for scenario in examples().values():
        text = written(scenario)
        assert json.loads(text) == scenario
        assert len(text.splitlines()) == len(scenario["steps"]) + 2
