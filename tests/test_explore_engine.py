"""The explorers' engine, tried on a cake: tables, page, widget. No browser (see explorer_pages)."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest
from support.explore_demo import DEMO, outcome

from lomodel.explore import (
    Choice,
    ControlError,
    Explorer,
    Range,
    Switch,
    asked,
    page,
    page_assets,
    registry,
)
from lomodel.explore.registry import declaration
from lomodel.explore.table import build, look_up

POSITIONS = list(product(*(range(len(c.points)) for c in DEMO.controls)))


def state(position: tuple[int, ...]) -> dict:
    return {c.name: c.points[at] for c, at in zip(DEMO.controls, position, strict=True)}


@pytest.fixture(scope="module")
def table() -> dict:
    return build(DEMO.controls, DEMO.run)


class TestTable:
    @pytest.mark.parametrize("position", POSITIONS)
    def test_every_state_is_what_the_function_says(self, table: dict, position) -> None:
        assert look_up(table, position) == outcome(state(position)).slots()

    def test_survives_json(self, table: dict) -> None:
        assert json.loads(json.dumps(table)) == table

    def test_a_control_that_changes_nothing_costs_nothing(self) -> None:
        idle = [Switch(f"idle{number}", "") for number in range(8)]
        small = build(DEMO.controls, DEMO.run)
        large = build([*idle, *DEMO.controls], lambda c: DEMO.run(_without_idle(c)))
        assert len(large["nodes"]) == len(small["nodes"])

    def test_equal_outcomes_are_stored_once(self, table: dict) -> None:
        kinds = [(type(value), value) for value in table["values"]]
        assert len(set(kinds)) == len(kinds)
        assert len({tuple(node) for node in table["nodes"]}) == len(table["nodes"])

    @pytest.mark.parametrize("odd", range(3))
    def test_one_point_that_differs_is_seen(self, odd: int) -> None:
        table = build([Range("n", "", (0, 1, 2))], lambda c: {"odd": c["n"] == odd})
        assert [look_up(table, (at,))["odd"] for at in range(3)] == [at == odd for at in range(3)]

    def test_keeps_numbers_and_truths_apart(self) -> None:
        table = build([Switch("a", "")], lambda c: {"x": 1, "y": True, "z": "1"})
        seen = look_up(table, (0,))
        assert [type(seen[key]) for key in "xyz"] == [int, bool, str]


def _without_idle(controls: dict) -> dict:
    return {name: value for name, value in controls.items() if not name.startswith("idle")}


class TestQuestions:
    """The rows of all states: what one asks stands in the order that it asks in."""

    @pytest.mark.parametrize(
        "states, merged",
        [
            ([], ""),
            (["ab", "b", "abc"], "abc"),
            (["b", "ab"], "ab"),
            (["c", "ac", "bc", "acd"], "bacd"),
            (["ac", "bc"], "bac"),
        ],
    )
    def test_order(self, states: list[str], merged: str) -> None:
        keys = [tuple(("row", text) for text in state) for state in states]
        assert "".join(text for _, text in asked.in_order(keys)) == merged

    def test_a_function_that_asks_twice_has_two_rows(self) -> None:
        asks = {"mtu": ("f4", "f6"), "room": ("g",)}
        rows = asked.name_rows([("room", "c?"), ("mtu", "a?"), ("mtu", "b?")], asks)
        assert [(q.name, q.function, q.text) for q in rows.values()] == [
            ("mtu", "f4 / f6", "a?"),
            ("mtu 2", "f4 / f6", "b?"),
            ("room", "g", "c?"),
        ]


class TestControls:
    def test_a_wrong_name_is_named_with_the_right_ones(self) -> None:
        with pytest.raises(ControlError, match="'knive'.*piece, size, knife, cream"):
            DEMO.run({"knive": True})

    @pytest.mark.parametrize(
        "name, value, expected",
        [
            ("knife", 1, "knife: expected True or False, not 1"),
            ("piece", 7, "piece: expected one of None, 100, 333, not 7"),
            ("piece", True, "piece: expected one of"),
            ("size", 49, "size: expected a whole number from 50 to 2000, not 49"),
            ("size", 250.5, "whole number"),
            ("size", True, "whole number"),
        ],
    )
    def test_a_wrong_value_is_named_with_what_was_expected(self, name, value, expected) -> None:
        with pytest.raises(ControlError, match=expected):
            DEMO.run({name: value})

    def test_a_range_takes_what_lies_between_its_points(self) -> None:
        assert Range("size", "", (1, 10)).check(7) == 7

    @pytest.mark.parametrize(("limits", "low", "high"), [(None, 10, 20), ((0, 100), 0, 100)])
    def test_a_range_takes_its_ends_and_nothing_beyond(self, limits, low: int, high: int) -> None:
        control = Range("size", "", (10, 15, 20), limits=limits)
        assert (control.check(low), control.check(high)) == control.span == (low, high)
        for beyond in (low - 1, high + 1):
            with pytest.raises(ControlError, match=f"from {low} to {high}, not {beyond}"):
                control.check(beyond)

    def test_true_is_no_number(self) -> None:
        with pytest.raises(ControlError, match="expected a whole number from 0 to 9, not True"):
            Range("size", "", (0, 9)).check(True)

    def test_what_is_not_set_is_as_at_first(self) -> None:
        assert DEMO.run({"size": 999}) == DEMO.run(DEMO.initial() | {"size": 999})

    def test_a_choice_tells_true_from_one(self) -> None:
        with pytest.raises(ControlError):
            Choice("n", "", {1: "one"}).check(True)


class TestRegistry:
    """Every module of the package is an explorer; one that is not is named."""

    @pytest.fixture
    def package(self, tmp_path, monkeypatch) -> Path:
        """An empty package to put explorers into."""
        folder = tmp_path / f"explorers_of_{tmp_path.name}"
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setattr(registry, "EXPLORERS", folder.name)
        return folder

    def test_an_unknown_explorer_is_named_with_the_known_ones(self) -> None:
        with pytest.raises(KeyError, match="no explorer 'gsp'.*gso"):
            declaration("gsp")

    def test_a_file_is_an_explorer(self, package: Path) -> None:
        (package / "demo.py").write_text("from support.explore_demo import DEMO as EXPLORER")
        (package / "_shared.py").write_text("1 / 0")
        assert registry.names() == ["demo"]
        assert declaration("demo") is DEMO

    @pytest.mark.parametrize(
        "text, message",
        [
            ("EXPLORE = 1", "cake: expected EXPLORER to be a Declaration, not None"),
            ("EXPLORER = 'x'", "cake: expected EXPLORER to be a Declaration, not 'x'"),
            (
                "from support.explore_demo import DEMO as EXPLORER",
                "cake: expected EXPLORER to be named 'cake', not 'demo'",
            ),
        ],
    )
    def test_a_file_that_is_none_is_named(self, package: Path, text: str, message: str) -> None:
        (package / "cake.py").write_text(text)
        with pytest.raises(TypeError, match=message):
            declaration("cake")


class Elements(HTMLParser):
    """Every start tag of a page, and the text of every named output."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.outputs: dict[str, str] = {}
        self.within: str | None = None
        self.feed(text)

    def handle_starttag(self, tag, attributes) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag == "output":
            self.within = dict(attributes)["name"]
            self.outputs[self.within] = ""

    def handle_endtag(self, tag) -> None:
        if tag == "output":
            self.within = None

    def handle_data(self, data) -> None:
        if self.within is not None:
            self.outputs[self.within] += data

    def all(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def html() -> str:
    return page.element(DEMO)


class TestPage:
    def test_without_javascript_the_first_state_is_there(self, html: str) -> None:
        seen = Elements(html)
        assert seen.outputs["summary"] == "5 pieces"
        assert (seen.outputs["pieces"], seen.outputs["grams"]) == ("5", "500")
        assert "500 grams serve 10.</small>" in html
        assert (seen.outputs["cut?"], seen.outputs["cut? operands"]) == ("yes", "size 500")
        lit = re.findall(r'class="[^"]* lit" data-part="([^"]*)"', html)
        assert sorted(lit) == ["bake", "bake-&gt;serve", "bake-&gt;slice", "serve", "slice"]
        assert "×5</text>" in html

    def test_controls_are_native_and_named(self, html: str) -> None:
        seen = Elements(html)
        named = {a["name"] for tag in ("input", "select") for a in seen.all(tag) if "name" in a}
        assert named == {"piece", "size", "knife", "cream"}

    def test_every_control_has_a_label(self, html: str) -> None:
        seen = Elements(html)
        labelled = {a["for"] for a in seen.all("label")}
        fields = seen.all("input") + seen.all("select")
        assert all("aria-label" in a or a["id"] in labelled for a in fields)

    def test_text_is_escaped(self, html: str) -> None:
        assert "with cream>" not in html.split('<script type="application/json">')[0]
        assert "cut &amp; served" in html

    def test_a_value_cannot_end_the_table(self) -> None:
        sly = [Choice("a", "", {"</script>": "x"})]
        made = page.json_text({"points": list(sly[0].points)})
        assert "</script>" not in made
        assert json.loads(made) == {"points": ["</script>"]}

    def test_shows_another_state_where_one_is_given(self) -> None:
        seen = Elements(page.element(DEMO, {"size": 999, "knife": False}))
        assert (seen.outputs["summary"], seen.outputs["grams"]) == ("1 pieces", "999")
        (number,) = (a for a in seen.all("input") if a.get("name") == "size")
        assert number["value"] == "999"

    def test_same_bytes_again(self, html: str) -> None:
        assert page.element(DEMO) == html

    def test_refers_to_no_other_place(self) -> None:
        whole = page.wrap(page.element(DEMO))
        urls = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"']*", whole))
        assert urls <= {"http://www.w3.org/2000/svg"}


class TestPageAssets:
    def test_a_page_with_two_explorers_links_script_and_style_once(self) -> None:
        output = page.wrap(page.element(DEMO))
        body, needed = page_assets.link_once(f"<p>a</p>{output}<p>b</p>{output}<p>c</p>")
        element = page.element(DEMO)
        assert body == f"<p>a</p>{element}<p>b</p>{element}<p>c</p>"
        assert needed == {"lo-explore.js", "lo-explore.css"}

    def test_other_pages_need_nothing(self) -> None:
        body = '<style>p {}</style><script type="module">1</script>'
        assert page_assets.link_once(body) == (body, set())

    def test_the_classic_script_is_no_module(self) -> None:
        assert "export" not in page.classic_script()
        assert "customElements.define" in page.classic_script()


@pytest.fixture
def widget() -> Explorer:
    return Explorer(DEMO)


class TestWidget:
    def test_starts_where_the_page_starts(self, widget: Explorer) -> None:
        assert widget.controls == DEMO.initial()

    def test_a_cell_sets_some_and_leaves_the_rest(self, widget: Explorer) -> None:
        widget.controls = {"size": 999}
        assert widget.controls == DEMO.initial() | {"size": 999}
        widget.controls["knife"] = False
        assert widget.controls == DEMO.initial() | {"size": 999, "knife": False}
        assert widget.outcome.values == {"pieces": 1, "grams": 999}

    def test_what_a_cell_sets_goes_to_the_page(self, widget: Explorer) -> None:
        sent = []
        widget.comm.send = lambda data=None, buffers=None: sent.append(data["state"])
        widget.controls["cream"] = True
        assert sent == [{"controls": DEMO.initial() | {"cream": True}}]

    def test_what_the_reader_sets_comes_to_the_cell(self, widget: Explorer) -> None:
        from_page(widget, DEMO.initial() | {"piece": None})
        assert widget.controls["piece"] is None

    def test_between_the_points_the_kernel_answers(self, widget: Explorer) -> None:
        sent = []
        widget.comm.send = lambda data=None, buffers=None: sent.append(data["state"])
        from_page(widget, DEMO.initial() | {"size": 777})
        (answer,) = (s["_outcome"] for s in sent if "_outcome" in s)
        assert answer["controls"]["size"] == 777
        assert answer["slots"] == outcome(answer["controls"]).slots()

    def test_on_a_point_the_page_needs_no_answer(self, widget: Explorer) -> None:
        widget.controls = {"size": 999}
        assert widget._outcome == {}

    @pytest.mark.parametrize("bad", [{"size": 5}, {"sise": 500}, {"knife": "on"}])
    def test_a_bad_setting_changes_nothing(self, widget: Explorer, bad: dict) -> None:
        with pytest.raises(ControlError, match=next(iter(bad))):
            widget.controls = bad
        assert widget.controls == DEMO.initial()

    def test_a_page_without_a_kernel_shows_what_the_cell_has_set(self) -> None:
        made = Explorer(DEMO, size=999)._repr_mimebundle_()["text/html"]
        assert made == page.wrap(page.element(DEMO, {"size": 999}))

    def test_shows_itself_as_page_widget_and_fixed_text(self, widget: Explorer) -> None:
        bundle = widget._repr_mimebundle_()
        assert bundle["text/plain"] == "<explorer demo>"
        assert bundle["text/html"] == page.wrap(page.element(DEMO))
        assert "application/vnd.jupyter.widget-view+json" in bundle


def from_page(widget: Explorer, controls: dict) -> None:
    """What the page's side of the widget sends when a reader turns a control."""
    message = {"method": "update", "state": {"controls": controls}, "buffer_paths": []}
    widget._handle_msg({"content": {"data": message}, "buffers": []})
