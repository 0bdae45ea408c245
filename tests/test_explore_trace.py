"""One state of an explorer of traces, played without the others: what is read off its trace.

Red with what the softirq does counted to the way, with the first operands for all, with the last
answer of a function for its first, with any step watched but the last that sends.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from lomodel.explore import store
from lomodel.explore.asked import PACKET_ROWS, decisions
from lomodel.explore.chain import Chain, freeze, paths, thaw
from lomodel.explore.declaration import Outcome
from lomodel.explore.from_trace import Atlas, TraceSurvey
from lomodel.explore.registry import declaration
from lomodel.explore.run import FRAGMENTERS, Run, outbound
from lomodel.explore.slots import part, row, strip, text
from lomodel.explore.traced import Play, Traced, WatchedMachine
from lomodel.linux.net.core.dev import netif_set_gso_max_size
from lomodel.scenario import Player
from lomodel.trace import Call, Decision, Symbol

UP = {"do": "link", "up": True}
MTU = {"do": "link", "mtu": 1500}
CHAIN = Chain(
    roots=("__dev_queue_xmit",),
    senders=("udp_sendmsg", "ip_do_fragment"),
    shows=("validate_xmit_skb", "netif_needs_gso", "skb_segment", "xmit_one", "loopback_xmit"),
    answers=("netif_needs_gso",),
    notes={("validate_xmit_skb", "skb_segment"): "cuts", ("skb_segment", "xmit_one"): "wrong"},
)


def udp(payload: int, gso_size: int | None, family: str = "inet") -> dict[str, Any]:
    return {"do": "udp", "family": family, "payload": payload, "gso_size": gso_size}


def switch(on: bool) -> dict[str, Any]:
    return {"do": "features", "set": {"tx-udp-segmentation": on}}


def traced(steps: list[dict], **more: Any) -> Traced:
    fields: dict[str, Any] = {
        "steps": lambda c: steps,
        "summary": lambda run, c: run.cutter or "whole",
        "chain": CHAIN,
        "asks": PACKET_ROWS,
        "values": {"error": ("error", lambda run: str(run.observed["error"]))},
        "counters": ("tx_packets",),
        "strips": {"sent": ("sent", "net_dev_xmit")},
        "features": (),
        "helps": lambda lo, c: {},
        "release": "6.18",
    }
    return Traced(**fields | more)


def run_of(steps: list[dict]) -> Run:
    return traced(steps).run(Player(machine=WatchedMachine()), steps)


@pytest.fixture(scope="module")
def cut() -> Play:
    return traced([UP, MTU, switch(False), udp(4000, 1400)]).play({})


# --- the way ------------------------------------------------------------------------------------


def test_receiving_is_not_on_the_way() -> None:
    run = run_of([UP, udp(10, None)])
    assert "loopback_xmit" in run.called and "local_bh_enable" not in run.called
    everything = {record.name for record in run.trace if record.kind == "call"}
    assert everything > run.called
    assert {"do_softirq", "ip_rcv", "udp_rcv"} <= everything - run.called


def test_what_is_sent_after_a_softirq_is_on_the_way() -> None:
    """Three fragments: each is received before the next one is sent."""
    run = run_of([UP, MTU, udp(4000, None)])
    calls = [record.name for record in run.way if record.kind == "call"]
    assert calls.count("loopback_xmit") == 3
    assert run.cutter == FRAGMENTERS[0]
    assert run.lengths("net_dev_xmit") == [1514, 1514, 1082]


def test_what_follows_a_softirq_at_its_own_depth_is_on_the_way() -> None:
    calls = (("a", 0), ("do_softirq", 1), ("ip_rcv", 2), ("udp_rcv", 3), ("b", 1), ("c", 2))
    records = [Call(Symbol(name, "net/a.c", print), depth, None) for name, depth in calls]
    assert [record.name for record in outbound(records)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("step", "cutter"),
    [
        (udp(4000, 1400), "__udp_gso_segment"),
        (udp(4000, None), "ip_do_fragment"),
        (udp(4000, None, "inet6"), "ip6_fragment"),
        (udp(1000, None), ""),
    ],
)
def test_who_cuts(step: dict, cutter: str) -> None:
    assert run_of([UP, MTU, switch(False), step]).cutter == cutter


def test_the_last_step_that_sends_is_watched() -> None:
    show = {"do": "show"}
    run = run_of([UP, udp(10, None), udp(20, None), show])
    assert run.lengths("net_dev_xmit") == [14 + 28 + 20]
    assert "mtu" not in run.observed
    assert "mtu" in run_of([UP, show]).observed


def test_operands_and_reasons() -> None:
    run = run_of([UP, MTU, udp(4000, 1480)])
    assert run.observed["error"] == "EMSGSIZE"
    assert run.reason == "a segment with its headers is longer than the MTU"
    assert run.operand("udp_send_skb", "fragsize") == "1500"
    assert run.operand("udp_send_skb", "nothing") == "–"
    assert run.operand("nobody", "fragsize") == "–"


# --- questions ----------------------------------------------------------------------------------


def test_questions_without_a_row_are_left_out() -> None:
    play = traced([UP, udp(10, None)], asks={"mtu": PACKET_ROWS["mtu"]}).play({})
    assert {row for row, _ in play.decisions} == {"mtu"}


def test_a_question_that_is_asked_once(cut: Play) -> None:
    key = ("udp_send_skb", "is a segment longer than the MTU?")
    assert cut.decisions[key] == ("no", "segment 1428, fragsize 1500")


def test_a_question_that_is_asked_of_every_segment(cut: Play) -> None:
    key = ("enqueue_to_backlog", "is there room in the backlog?")
    assert cut.decisions[key] == ("yes", "qlen 0..2, netdev_max_backlog 1000")


def test_answers_and_operands_that_change() -> None:
    asked = [
        Decision("room?", qlen < 3, {"qlen": qlen, "max": 2}, 0, "enqueue_to_backlog")
        for qlen in range(5)
    ]
    (said,) = decisions(asked, PACKET_ROWS).values()
    assert said == ("3 × yes, then 2 × no", "qlen 0..4, max 2")
    (said,) = decisions(asked[:1], PACKET_ROWS).values()
    assert said == ("yes", "qlen 0, max 2")


# --- the outcome --------------------------------------------------------------------------------


def test_what_is_read_off(cut: Play) -> None:
    outcome = cut.outcome
    assert outcome.summary == "__udp_gso_segment"
    assert outcome.values == {"tx_packets": 3, "error": "None"}
    assert outcome.strips == {"sent": [(2, 1442), (1, 1242)]}


def test_a_feature_that_the_kernel_overrules_says_so() -> None:
    names = ("tx-tcp-segmentation", "tx-tcp-mangleid-segmentation")
    wish = dict(zip(names, (False, True), strict=True))
    steps = [UP, {"do": "features", "set": wish}, udp(10, None)]
    play = traced(steps, features=names).play(wish)
    assert play.outcome.notes == {"tx-tcp-mangleid-segmentation": "requested, but off"}


def test_what_nobody_can_send_is_said_and_not_played() -> None:
    play = traced([UP, udp(-1, None)], helps=lambda lo, c: {"payload": "help"}).play({})
    assert play.outcome.summary.startswith("The model does not build this: expected ")
    assert play.outcome.helps == {"payload": "help"}
    assert play.parts == {} and play.decisions == {} and play.tree == ()


def test_the_reason_is_a_sentence_for_a_reader() -> None:
    long = {"do": "tcp_frame", "family": "inet", "payload": 65507, "gso_size": 1400, "flags": 16}
    assert traced([UP, long]).play({}).outcome.summary == (
        "The model does not build this: one IPv4 packet holds at most 65495 bytes of TCP payload."
    )


def test_a_control_named_release_is_the_kernel() -> None:
    told = []
    steps = [UP, udp(10, None)]
    made = traced(steps, helps=lambda lo, c: told.append(lo.machine.release.name) or {})
    made.play({"release": "6.1"})
    made.play({})
    assert told == ["6.1", "6.18"]


def test_what_goes_beyond_the_steps_is_done_first_and_is_no_scenario() -> None:
    """Red with ``beyond`` ignored, done after lo was looked at, or done to every state."""

    def beyond(controls: dict) -> Any:
        limit = controls["limit"]
        return None if limit is None else lambda lo: netif_set_gso_max_size(lo, limit)

    told: list[int] = []
    steps = [UP, MTU, udp(4000, 1400)]
    helps = lambda lo, c: told.append(lo.gso_max_size) or {}  # noqa: E731
    made = traced(steps, beyond=beyond, helps=helps)
    plays = [made.play({"limit": limit}) for limit in (None, 4000)]
    assert [play.outcome.values["tx_packets"] for play in plays] == [1, 3]
    assert told == [65536, 4000]
    assert [made.scenario({"limit": limit}) for limit in (None, 4000)] == [steps, None]


def test_a_chunk_is_those_states_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = declaration("gso")
    first = [declared.survey.play(state) for state in islice(declared.states(), 5)]
    monkeypatch.setattr(store, "CHUNK", 2)
    assert store.play_chunk("gso", 3) == first[3:5]


# --- the figure ---------------------------------------------------------------------------------


def names(play: Play) -> dict[str, str]:
    """The last names of the lit parts, each with its note."""
    return {path[-1][0]: note for path, note in play.parts.items()}


def test_lit_parts_and_their_notes(cut: Play) -> None:
    assert names(cut) == {
        "udp_sendmsg": "",
        "__dev_queue_xmit": "",
        "validate_xmit_skb": "",
        "netif_needs_gso": "yes",
        "skb_segment": "cuts",
        "xmit_one": "×3",
        "loopback_xmit": "×3",
    }


def test_senders_stand_alone_and_others_below_who_calls_them() -> None:
    play = traced([UP, MTU, udp(4000, None)]).play({})
    found = {path[-1][0]: [name for name, _ in path] for path in play.parts}
    assert found["udp_sendmsg"] == ["udp_sendmsg"]
    assert found["ip_do_fragment"] == ["ip_do_fragment"]
    assert found["loopback_xmit"] == ["__dev_queue_xmit", "xmit_one", "loopback_xmit"]
    assert len(play.parts) == len(found)


def test_trees_survive_storing(cut: Play) -> None:
    tree = thaw(cut.tree)
    assert freeze(tree) == cut.tree
    assert set(paths(tree)) == set(cut.parts)


def test_the_atlas_of_two_states(cut: Play) -> None:
    whole = traced([UP, udp(10, None)]).play({})
    survey = TraceSurvey(traced([]))
    data = survey.gather([cut, whole])
    atlas: Atlas = survey.atlas(data)
    said = atlas.outcome(cut)
    assert len(said.parts) == len(cut.parts) and "×3" in said.parts.values()
    # The MTU is asked of the other one alone: who is cut is not asked whether it fits.
    assert {q.name for q in atlas.rows.values()} - set(said.decisions) == {"mtu"}
    alone = survey.atlas(survey.gather([whole])).outcome(cut)
    assert set(alone.parts.values()) == {"", "yes", "×3"}  # no place for who cuts
    assert len(alone.decisions) < len(said.decisions)
    assert CHAIN.draw(atlas.tree).count('class="node') == len(set(cut.parts) | set(whole.parts))


# --- slots --------------------------------------------------------------------------------------


def test_an_outcome_as_slots() -> None:
    outcome = Outcome(
        "done",
        values={"n": 3},
        parts={"f": ""},
        decisions={"q": ("yes", "a 1")},
        helps={"h": "so"},
        notes={"c": "off"},
        strips={"s": [(2, 10), (1, 5)]},
    )
    assert outcome.slots() == {
        **{"summary": "done", "value:n": 3, "part:f": "", "help:h": "so", "note:c": "off"},
        **{"answer:q": "yes", "operands:q": "a 1", "strip:s": "2x10 1x5"},
    }


def test_slots_in_html() -> None:
    slots = {"value:n": 3, "strip:s": "2x10 1x5", "part:f": "×2", "part:g": ""}
    assert text("b", "id=1", "value:n", slots) == '<b id=1 data-slot="value:n">3</b>'
    absent = text("b", "id=1", "value:m", slots, "no <n>")
    assert absent == '<b id=1 data-slot="value:m" data-absent="no &lt;n&gt;">no &lt;n&gt;</b>'
    assert row("value:n", slots, "<td>") == '<tr data-row="value:n"><td></tr>'
    assert row("value:m", slots, "<td>") == '<tr data-row="value:m" class="off"><td></tr>'
    assert row("part:g", slots, "<td>") == '<tr data-row="part:g"><td></tr>'
    assert strip("strip:s", slots).count("flex-grow: 10") == 2
    assert strip("strip:s", slots).count("<i ") == 3
    figure = "".join(
        f'<g class="node" data-part="{name}"><text class="note"></text></g>'
        for name in ("f", "h", "f-&gt;g", "f-&gt;h")
    )
    lit = part(figure, slots)
    assert lit.count('class="node lit"') == 2
    assert lit.count(">×2<") == 3  # the note of an arrow is that of its beginning
    assert 'class="node lit" data-part="f-&gt;g"' in lit
