"""Figures drawn from traces made by hand, whose right drawing is known."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest

from lomodel.figures import call_chain, side_by_side, trace_table
from lomodel.figures.compare import pair
from lomodel.figures.events import numeric
from lomodel.figures.tree import call_tree, detach, fold, lengths, runs, select, unite
from lomodel.trace import Call, Decision, Event, Symbol, Trace


def call(depth: int, name: str, length: int | None = None) -> Call:
    return Call(Symbol(name, f"net/{name}.c", None), depth, length)


def decision(depth: int, function: str, answer: bool, **operands: object) -> Decision:
    return Decision("does it fit?", answer, operands, depth, function)


def cut_in_three() -> Trace:
    """A packet that is cut into three, two of them equal."""
    trace = Trace()
    trace.records += [
        call(0, "__dev_queue_xmit", 4042),
        Event("net_dev_queue", {"len": 4042}, 1, "lo"),
        call(1, "validate_xmit_skb", 4042),
        decision(2, "validate_xmit_skb", False, features=0x50E401D4C69, gso_type=0x20000, len=4042),
    ]
    for number, length in enumerate((1442, 1442, 1242)):
        trace.records += [
            call(1, "loopback_xmit", length),
            call(2, "enqueue_to_backlog", length - 14),
            decision(3, "enqueue_to_backlog", True, qlen=number),
            Event("netif_rx", {"len": length - 14}, 3, "lo"),
        ]
    trace.records.append(Event("net_dev_xmit", {"len": 1, "rc": 0}, 1, "eth0"))
    return trace


def parts(html: str) -> list[str]:
    return re.findall(r'<g class="node[^"]*" data-part="([^"]*)"', html)


class TestTree:
    def test_calls_stand_under_their_caller(self) -> None:
        (root,) = call_tree(cut_in_three())
        assert [child.name for child in root.children] == [
            "validate_xmit_skb",
            *["loopback_xmit"] * 3,
        ]
        assert root.children[0].decisions[0].operands["len"] == 4042

    def test_a_shallower_record_belongs_to_the_shallower_call(self) -> None:
        (root,) = call_tree(cut_in_three())
        assert [event.name for event in root.events] == ["net_dev_queue", "net_dev_xmit"]

    def test_equal_neighbours_are_folded(self) -> None:
        (root,) = fold(call_tree(cut_in_three()))
        whole, cut = root.children
        assert (whole.times, cut.times) == (1, 3)
        assert cut.lens == [1442, 1442, 1242]
        assert cut.children[0].decisions[0].operands == {"qlen": "0..2"}

    def test_a_repeated_pair_is_folded(self) -> None:
        records = [call(0, name) for name in ("a", "b", "a", "b", "a", "c")]
        assert [(n.name, n.times) for n in fold(call_tree(records))] == [
            ("a", 2),
            ("b", 2),
            ("a", 1),
            ("c", 1),
        ]

    def test_calls_that_decided_otherwise_are_not_equal(self) -> None:
        records = [call(0, "a"), decision(1, "a", True), call(0, "a"), decision(1, "a", False)]
        assert len(fold(call_tree(records))) == 2

    def test_a_hidden_function_leaves_what_it_called(self) -> None:
        (root,) = select(call_tree(cut_in_three()), frozenset({"loopback_xmit"}))
        assert [c.name for c in root.children].count("enqueue_to_backlog") == 3

    def test_a_function_not_shown_ends_its_elder_sister(self) -> None:
        records = [call(0, "a"), call(1, "b"), call(1, "hidden"), call(2, "c")]
        (root,) = call_tree(records, {"a", "b", "c"})
        assert [child.name for child in root.children] == ["b", "c"]

    def test_detach_takes_the_outermost(self) -> None:
        tree = call_tree([call(0, "a"), call(1, "x"), call(2, "x"), call(1, "b"), call(2, "x")])
        found = detach(tree, "x")
        assert [len(list(node.walk())) for node in found] == [2, 1]
        assert [n.name for n in tree[0].walk()] == ["a", "b"]

    def test_unite_keeps_the_order(self) -> None:
        one = call_tree([call(0, "a"), call(1, "b"), call(1, "d")])
        two = call_tree([call(0, "a"), call(1, "b"), call(1, "c"), call(1, "d")])
        (root,) = unite([one, two])
        assert [child.name for child in root.children] == ["b", "c", "d"]

    def test_runs_and_lengths(self) -> None:
        assert runs("aab") == [(2, "a"), (1, "b")]
        assert lengths([1442, 1442, None, 1242]) == "2 × 1442, 1242"
        assert lengths([1, 2, 3, 4, 5]) == "1, 2, …, 5"


def whole_way() -> Trace:
    """What the trace of a datagram looks like: a way out, a count after it, and the softirq."""
    trace = Trace()
    trace.records += [
        call(0, "__dev_queue_xmit", 4042),
        call(1, "validate_xmit_skb", 4042),
        call(1, "loopback_xmit", 4042),
        call(2, "eth_type_trans", 4042),
        call(2, "__netif_rx", 4028),
        call(3, "enqueue_to_backlog", 4028),
        call(2, "dev_lstats_add"),
        call(1, "do_softirq"),
        call(2, "process_backlog"),
        call(3, "__netif_receive_skb", 4028),
        call(3, "kfree_skb", 4028),
    ]
    return trace


SVG = "{http://www.w3.org/2000/svg}"


def nowhere(symbol: str) -> None:
    """No source is known of any function."""


def drawing(html: str) -> tuple[dict, dict, list[str]]:
    """A figure's boxes (left, top, right, bottom), its arrows' corners, and its breaks, by name."""
    boxes, arrows, breaks = {}, {}, []
    for group in ET.fromstring(html).iter(f"{SVG}g"):
        name, kinds = group.get("data-part"), group.get("class", "").split()
        if "node" in kinds:
            xs, ys = zip(*points(group.find(f".//{SVG}polygon").get("points")), strict=True)
            boxes[name] = min(xs), min(ys), max(xs), max(ys)
        elif "later" in kinds:
            breaks.append(f"{name}: {group.findtext(f'{SVG}text')}")
        elif "edge" in kinds:
            corners = points(re.sub("[MC]", " ", group.find(f"{SVG}path").get("d")))
            head = points(group.find(f"{SVG}polygon").get("points"))
            arrows[name] = [*corners, head[1]]
    return boxes, arrows, breaks


def points(text: str) -> list[tuple[float, float]]:
    return [tuple(map(float, point.split(","))) for point in text.split()]


def touches(box: tuple, point: tuple, margin: float = 2) -> bool:
    """Whether a point is inside a box or at its border; the margin makes the box bigger."""
    left, top, right, bottom = box
    x, y = point
    return left - margin <= x <= right + margin and top - margin <= y <= bottom + margin


class TestArrows:
    """An arrow says "called"; it has to begin at the caller, and to run through nobody else."""

    @pytest.mark.parametrize("trace", [cut_in_three, whole_way])
    def test_begin_at_the_caller_and_end_at_the_callee(self, trace) -> None:
        boxes, arrows, _ = drawing(call_chain(trace()).html)
        assert arrows
        for name, corners in arrows.items():
            caller, callee = name.split("->")
            assert touches(boxes[caller], corners[0]), name
            assert touches(boxes[callee], corners[-1]), name

    @pytest.mark.parametrize("trace", [cut_in_three, whole_way])
    def test_cross_no_other_box(self, trace) -> None:
        boxes, arrows, _ = drawing(call_chain(trace()).html)
        for name, corners in arrows.items():
            for start, end in zip(corners, corners[1:], strict=False):
                for step in range(101):
                    at = [a + (b - a) * step / 100 for a, b in zip(start, end, strict=True)]
                    crossed = [box for box in boxes if touches(boxes[box], at, margin=-1)]
                    assert set(crossed) <= set(name.split("->")), name

    def test_are_the_calls_of_the_trace(self) -> None:
        _, arrows, breaks = drawing(call_chain(whole_way()).html)
        assert set(arrows) == {
            "__dev_queue_xmit->validate_xmit_skb",
            "__dev_queue_xmit->loopback_xmit",
            "loopback_xmit->eth_type_trans",
            "loopback_xmit->__netif_rx",
            "__netif_rx->enqueue_to_backlog",
            "loopback_xmit->dev_lstats_add",
            "do_softirq->process_backlog",
            "process_backlog->__netif_receive_skb",
            "process_backlog->kfree_skb",
        }
        assert breaks == ["__dev_queue_xmit->do_softirq: later, in the softirq"]

    def test_the_break_stays_when_the_softirq_is_hidden(self) -> None:
        """Red when the break hangs on the name do_softirq: what it called moves to the sender."""
        _, arrows, breaks = drawing(call_chain(whole_way(), hide="do_softirq").html)
        assert breaks == ["__dev_queue_xmit->process_backlog: later, in the softirq"]
        assert "__dev_queue_xmit->process_backlog" not in arrows

    def test_the_description_has_the_break(self) -> None:
        html = call_chain(whole_way()).html
        assert "dev_lstats_add, then (later, in the softirq) do_softirq, then" in html


class TestCallChain:
    def test_one_name_is_one_name(self) -> None:
        """Red when a string is taken for the list of its letters, which no function is called."""
        assert "loopback_xmit" not in parts(call_chain(whole_way(), hide="loopback_xmit").html)
        goal = call_chain(whole_way(), goals="validate_xmit_skb").html
        assert 'class="node way core" data-part="validate_xmit_skb"' in goal

    def test_small_text_is_not_too_small(self) -> None:
        sizes = re.findall(r'font-size="([\d.]+)"', call_chain(whole_way()).html)
        assert min(map(float, sizes)) >= 11.5

    def test_every_function_once_in_order(self) -> None:
        figure = call_chain(cut_in_three())
        assert parts(figure.html) == [
            "__dev_queue_xmit",
            "validate_xmit_skb",
            "loopback_xmit",
            "enqueue_to_backlog",
        ]

    def test_says_how_often_where_and_what_was_decided(self) -> None:
        texts = re.findall(r"<text[^>]*>([^<]*)</text>", call_chain(cut_in_three()).html)
        assert "loopback_xmit ×3" in texts
        assert "net/loopback_xmit.c" in texts
        remarks = re.sub(r"\s+", " ", " ".join(texts))
        assert "does it fit? no: features 0x50e401d4c69, gso_type 0x20000" in remarks
        assert "does it fit? yes: qlen 0..2" in remarks

    def test_decisions_and_events_can_be_chosen(self) -> None:
        assert "does it fit" not in call_chain(cut_in_three(), decisions=False).html.split("<g")[-1]
        assert "tracepoint netif_rx" in call_chain(cut_in_three(), events=True).html
        assert "tracepoint" not in call_chain(cut_in_three()).html

    def test_same_bytes_again(self) -> None:
        assert call_chain(cut_in_three()) == call_chain(cut_in_three())

    def test_no_colours_no_ids_and_a_description(self) -> None:
        html = call_chain(cut_in_three(), title="A & B").html
        assert not re.search(r' (?:id|fill|stroke|style)="', html)
        assert (
            'role="img" aria-label="A &amp; B"'
            in call_chain(cut_in_three(), title="A & B", href_of=nowhere).html
        )
        assert "loopback_xmit 3 times, then enqueue_to_backlog 3 times</desc>" in html

    def test_texts_stay_inside_their_box(self) -> None:
        svg = ET.fromstring(call_chain(cut_in_three()).html).find(".//{*}svg")
        for group in svg.iter("{http://www.w3.org/2000/svg}g"):
            if "node" not in group.get("class", ""):
                continue
            points = [p.split(",") for p in group.find(".//{*}polygon").get("points").split()]
            top, bottom = (f(float(y) for _, y in points) for f in (min, max))
            heights = [float(text.get("y")) for text in group.findall(".//{*}text")]
            assert heights and all(top < y < bottom for y in heights)

    def test_shows_itself_inline_with_a_fixed_text(self) -> None:
        bundle = call_chain(cut_in_three())._repr_mimebundle_()
        assert bundle["text/plain"] == "<Call chain: 4 functions>"
        assert bundle["text/html"].count('<svg class="lo-svg"') == 1

    def test_an_empty_trace_is_an_empty_figure(self) -> None:
        assert "0 functions" in repr(call_chain(Trace()))


class TestEvents:
    def test_one_line_an_event_of_the_device(self) -> None:
        lines = trace_table(cut_in_three()).text.splitlines()
        assert len(lines) == 1 + 4
        assert lines[1].split() == ["1", "Out", "net_dev_queue", "4042"]
        assert lines[2].split() == ["2", "In", "netif_rx", "1428"]

    def test_devices_are_named_where_there_are_two(self) -> None:
        lines = trace_table(cut_in_three(), dev=None).text.splitlines()
        assert lines[1].split() == ["1", "lo", "Out", "net_dev_queue", "4042"]
        assert lines[-1].split() == ["5", "eth0", "Out", "net_dev_xmit", "rc", "0", "1"]

    def test_results_have_no_column_of_their_own(self) -> None:
        head = trace_table(cut_in_three(), dev=None).text.splitlines()[0]
        assert head.split() == ["#", "dev", "way", "tracepoint", "len"]

    def test_equal_lines_stand_under_both_heads(self) -> None:
        """Red when an equal event's fields stand there once, for both."""
        events = cut_in_three().events()
        html = side_by_side(events, events, ("model 6.12", "Linux 6.12.117")).html
        for title in ("model 6.12", "Linux 6.12.117"):
            cells = re.findall(f'<td data-side="{title}">(.*?)</td>', html)
            assert cells == [f"<span>len {fields['len']}</span>" for _, fields in events]

    def test_columns_are_aligned(self) -> None:
        lines = trace_table(cut_in_three(), dev=None).text.splitlines()
        end = lines[0].index("len") + len("len")
        assert [line[:end].split()[-1] for line in lines[1:]] == [
            "4042",
            "1428",
            "1428",
            "1228",
            "1",
        ]

    def test_equal_runs_are_all_equal(self) -> None:
        events = cut_in_three().events()
        figure = side_by_side(events, events)
        assert figure.text.endswith("4 events: all equal")
        assert "differs" not in figure.html
        assert figure.html.count('aria-label="equal">=<') == len(events)

    @pytest.mark.parametrize("change", ["value", "missing", "extra", "zero"])
    def test_one_difference_is_one_loud_line(self, change: str) -> None:
        model = cut_in_three().events()
        kernel = [[name, dict(fields)] for name, fields in model]
        if change == "value":
            kernel[2][1]["len"] = 1
        elif change == "zero":
            kernel[2][1]["gso_size"] = 0  # the short line leaves out what is 0
        elif change == "missing":
            del kernel[2]
        else:
            kernel.insert(2, ["net_dev_xmit", {"len": 7, "rc": 1}])
        figure = side_by_side(model, kernel, ("model", "6.18"))
        assert figure.html.count('<tr class="differs"') == 1
        assert figure.text.count("≠") == 1
        assert "1 of" in figure.text.splitlines()[-1]

    def test_pairs_align_what_is_equal(self) -> None:
        a, b, c = (["x", {"len": n}] for n in (1, 2, 3))
        assert pair([a, b, c], [a, c]) == [(a, a), (b, None), (c, c)]

    def test_pairs_are_of_one_tracepoint(self) -> None:
        """Red when what is left between equal events is paired in order, whatever it is."""
        queue, xmit, other = (["net_dev_queue", {}], ["xmit", {"len": 1}], ["xmit", {"len": 2}])
        assert pair([queue, xmit], [other]) == [(queue, None), (xmit, other)]

    def test_a_field_that_only_one_side_has_is_marked_on_both(self) -> None:
        figure = side_by_side([["x", {"len": 1}]], [["x", {"len": 1, "gso_size": 0}]])
        assert "<span>len 1</span> <b>gso_size –</b>" in figure.html
        assert "<span>len 1</span> <b>gso_size 0</b>" in figure.html

    def test_the_scenario_is_kept_with_the_comparison(self) -> None:
        steps = [{"do": "link", "up": True}]
        section = ET.fromstring(side_by_side([], [], steps=steps).html)
        assert json.loads(section.find(".//lo-ask").get("data-steps")) == steps
        assert ET.fromstring(side_by_side([], []).html).find(".//lo-ask") is None


class TestNumbers:
    @pytest.mark.parametrize(
        "cells, number",
        [
            (["1", "22"], True),
            (["1", "", "–"], True),
            (["0x800", "0x86dd"], True),
            (["0x13", "", "none"], True),
            (["1.5", "-2", "0..2", "10 µs"], True),
            (["3 PARTIAL", "0 NONE"], True),
            (["1", "x"], False),
            (["", ""], False),
            (["yes", "none"], False),
            (["one per family"], False),
        ],
    )
    def test_a_column_of_numbers_is_one_whatever_they_are(self, cells, number) -> None:
        """Red when only digits count as a number."""
        assert numeric([["head"], *([cell] for cell in cells)]) == [number]

    def test_head_and_cells_stand_at_the_same_side(self) -> None:
        records = [Event("net_dev_start_xmit", {"protocol": 0x800}, 0, "lo")]
        html = trace_table([*records, Event("netif_rx", {"len": 9}, 0, "lo")]).html
        for name, cell in (("protocol", "0x0800"), ("len", "9")):
            assert f'<th class="num">{name}</th>' in html
            assert f'<td class="num">{cell}</td>' in html
