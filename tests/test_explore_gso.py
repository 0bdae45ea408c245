"""The explorer gso against what real kernels did, and against the model state by state."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress

import pytest

from lomodel.contract import ScenarioError
from lomodel.explore import store
from lomodel.explore.asked import PACKET_ROWS
from lomodel.explore.declaration import Declaration
from lomodel.explore.run import REASONS
from lomodel.explore.store import atlas_of, table_of
from lomodel.explore.table import look_up
from lomodel.explore.traced import WatchedMachine
from lomodel.explorers import gso
from lomodel.scenario import Player, play
from lomodel.trace import Trace

TSO = ("tx-tcp-segmentation", "tx-tcp-ecn-segmentation", "tx-tcp-mangleid-segmentation")


@pytest.fixture(scope="module")
def made() -> Declaration:
    return gso.EXPLORER


def traces(made: Declaration, states: Iterable[dict]) -> Iterator[Trace]:
    """The traces of what states send, as far as somebody can send it."""
    traced = made.survey.traced
    for state in states:
        player = Player(machine=WatchedMachine(traced.release))
        with suppress(ScenarioError):
            yield traced.run(player, made.steps(state)).trace


def outcome(made: Declaration, **changes):
    names = {key.replace("_", "-") if "tx" in key else key: v for key, v in changes.items()}
    return made.outcome(made.initial() | names)


def sample(made: Declaration, size: int) -> list[dict]:
    return random.Random(6).sample(list(made.states()), size)


def calls(trace: Trace) -> set[tuple[str, str]]:
    """Every pair of a function and another that ran inside it, not counting what a softirq did."""
    pairs, stack = set(), []
    for record in trace:
        if record.kind != "call":
            continue
        del stack[record.depth :]
        if record.name == "do_softirq":
            stack = [None] * len(stack)
        pairs |= {(above, record.name) for above in stack if above}
        stack += [None] * (record.depth - len(stack)) + [record.name]
    return pairs


class TestAgainstRealKernels:
    """Counters that Linux 6.18 showed (kernel facts 4, formulas 1 to 6, 11 and 17)."""

    def test_udp_passes_whole(self, made) -> None:
        seen = outcome(made)
        assert (seen.values["tx_packets"], seen.values["tx_bytes"]) == (1, 4028)
        assert seen.values["cut_by"] == "nobody"
        assert seen.parts["netif_needs_gso"] == "no"

    @pytest.mark.parametrize("packet, header", [("udp4", 28), ("udp6", 48)])
    def test_udp_is_cut_without_its_feature(self, made, packet: str, header: int) -> None:
        seen = outcome(made, packet=packet, tx_udp_segmentation=False)
        assert seen.values["tx_packets"] == 3
        assert seen.values["tx_bytes"] == 4000 + 3 * header
        assert seen.values["cut_by"] == "__udp_gso_segment"
        assert seen.parts["loopback_xmit"] == "×3"

    @pytest.mark.parametrize(
        "packet, longest", [("udp4", 65493), ("udp6", 65473), ("tcp4", 65481), ("tcp6", 65461)]
    )
    def test_one_byte_too_long_is_cut_with_all_features_on(self, made, packet, longest) -> None:
        assert outcome(made, packet=packet, payload=longest).values["cut_by"] == "nobody"
        assert outcome(made, packet=packet, payload=longest + 1).values["cut_by"] != "nobody"

    def test_fragments(self, made) -> None:
        seen = outcome(made, gso_size=None, payload=65507)
        assert (seen.values["tx_packets"], seen.values["tx_bytes"]) == (45, 66415)
        assert seen.values["cut_by"] == "ip_do_fragment"

    def test_a_gso_packet_is_measured_by_its_segments(self, made) -> None:
        """__ip_finish_output asks for the packet's own length only where there is one packet."""
        for packet, header in (("udp4", 28), ("udp6", 48)):
            seen = outcome(made, packet=packet)
            assert "mtu" not in seen.decisions
            assert seen.decisions["segment"] == ("yes", f"segment {1400 + header}, mtu 1500")
            one = outcome(made, packet=packet, gso_size=None)
            assert one.decisions["mtu"] == ("yes", f"len {4000 + header}, mtu 1500")
            assert "segment" not in one.decisions

    def test_the_mtu_of_ipv4_has_an_end(self, made) -> None:
        seen = {p: outcome(made, packet=p, gso_size=None, mtu=65536) for p in ("udp4", "udp6")}
        assert seen["udp4"].decisions["mtu"][1].endswith("mtu 65535 (IP_MAX_MTU)")
        assert seen["udp6"].decisions["mtu"][1].endswith("mtu 65536")

    @pytest.mark.parametrize("packet", gso.PACKETS)
    def test_nothing_here_is_cut_for_its_length(self, made, packet: str) -> None:
        """Red with 65507 among the payloads, which becomes 47 packets."""
        longest = outcome(made, packet=packet, payload=max(gso.PAYLOADS))
        assert (longest.values["cut_by"], longest.values["tx_packets"]) == ("nobody", 1)

    def test_one_segment_is_as_long_as_the_segment_size_says(self, made) -> None:
        assert outcome(made, gso_size=8000).points == {"payload": {"one segment": 8000}}
        assert outcome(made, gso_size=None).points == {}

    def test_the_challenge_is_a_variant_of_tcp(self, made) -> None:
        """Seen red: without the switch of TCP in ``met``."""
        at = {"packet": "tcp4-cwr"}
        assert outcome(made, tx_tcp_ecn_segmentation=False, **at).met
        assert not outcome(made, tx_tcp_segmentation=False, **at).met
        assert not outcome(made, **at).met

    def test_a_frame_over_the_mtu(self, made) -> None:
        seen = outcome(made, packet="tcp4", gso_size=None)
        assert "EMSGSIZE" in seen.summary
        operands = "len 4054, mtu 1500, longest 1518"
        header = ("no", "hdr_len 54, len 4054")
        assert seen.decisions == {"packet_snd": header, "packet_snd 2": ("yes", operands)}
        fits = outcome(made, packet="tcp4", gso_size=None, mtu=65536)
        assert fits.decisions["packet_snd 3"] == ("no", "len 4054, mtu 65536, longest 65550")

    def test_a_segment_over_the_mtu(self, made) -> None:
        seen = outcome(made, gso_size=8000, payload=65493)
        assert "EMSGSIZE" in seen.summary
        assert seen.values["tx_packets"] == 0
        assert seen.decisions == {"udp_send_skb": ("yes", "segment 8028, fragsize 1500")}

    @pytest.mark.parametrize("packet, header", [("tcp4", 40), ("tcp6", 60)])
    def test_tcp(self, made, packet: str, header: int) -> None:
        off = {"tcp4": {"tx_tcp_segmentation": False}, "tcp6": {"tx_tcp6_segmentation": False}}
        whole, cut = outcome(made, packet=packet), outcome(made, packet=packet, **off[packet])
        assert (whole.values["tx_packets"], whole.values["tx_bytes"]) == (1, 4000 + header)
        assert (cut.values["tx_packets"], cut.values["tx_bytes"]) == (3, 4000 + 3 * header)

    def test_cwr_needs_the_ecn_feature(self, made) -> None:
        off = {"tx_tcp_ecn_segmentation": False}
        assert outcome(made, packet="tcp4-cwr", **off).values["tx_packets"] == 3
        assert outcome(made, packet="tcp4", **off).values["tx_packets"] == 1

    def test_tx_generic_segmentation_changes_nothing(self, made) -> None:
        for packet in gso.PACKETS:
            on = outcome(made, packet=packet)
            off = outcome(made, packet=packet, tx_generic_segmentation=False)
            assert (on.parts, on.summary) == (off.parts, off.summary)

    @pytest.mark.parametrize(
        "wish, active",
        [("0100", "0000"), ("0010", "0000"), ("0110", "0000"), ("0011", "0001"), ("0111", "0101")],
    )
    def test_wishes_that_depend_on_others(self, made, wish: str, active: str) -> None:
        names = (*TSO, "tx-tcp6-segmentation")
        wished = {name: bit == "1" for name, bit in zip(names, wish, strict=True)}
        notes = made.outcome(made.initial() | wished).notes
        fell = {name for name, a, b in zip(names, wish, active, strict=True) if a != b}
        assert notes == dict.fromkeys(fell, "requested, but off")


@pytest.mark.slow
class TestEveryState:
    def test_the_table_is_the_model(self, made: Declaration) -> None:
        table = table_of(made)
        for state in sample(made, 150):
            position = [c.points.index(state[c.name]) for c in made.controls]
            assert look_up(table, position) == made.run(state), state

    def test_what_is_lit_is_in_the_figure(self, made: Declaration) -> None:
        drawn = set(re.findall(r'<g class="node[^"]*" data-part="([^"]*)"', made.figure()))
        lit = {s.removeprefix("part:") for s in table_of(made)["slots"] if s.startswith("part:")}
        assert lit == drawn

    def test_every_arrow_is_a_call(self, made: Declaration) -> None:
        """An arrow's ends are caller and callee in some trace, perhaps with others between them;
        never across the softirq, where a line is drawn instead."""
        unlike = {made.survey.play(state).tree: state for state in store.near(made)}
        called = set().union(*map(calls, traces(made, unlike.values())))
        parts = re.findall(r'<g class="edge([^"]*)" data-part="([^"]*)"', made.figure())
        names = [(kind.strip(), re.sub(r"~\d+", "", name).split("-&gt;")) for kind, name in parts]
        for kind, (caller, callee) in names:
            assert ((caller, callee) in called) == (kind != "later"), (kind, caller, callee)
        assert [ends for kind, ends in names if kind == "later"] == [
            ["__dev_queue_xmit", "__netif_receive_skb"]
        ]

    def test_every_answer_has_its_row(self, made: Declaration) -> None:
        rows = {question.name for question in made.questions()}
        slots = table_of(made)["slots"]
        assert rows == {s.removeprefix("answer:") for s in slots if s.startswith("answer:")}

    def test_no_row_is_dead(self, made: Declaration) -> None:
        """Red for a row of a function that the trace never names."""
        slots = table_of(made)["slots"]
        rows = {" / ".join(functions) for functions in PACKET_ROWS.values()}
        asked = {q.function for q in made.questions() if f"answer:{q.name}" in slots}
        assert asked == rows

    def test_a_failed_send_says_why(self, made: Declaration) -> None:
        """Every state that fails has a reason, and a row that says yes to it."""
        rows = {q.text: q.name for q in made.questions()}
        failed = 0
        for state in sample(made, 400):
            seen = made.outcome(state)
            if not seen.summary.startswith("The send fails"):
                continue
            failed += 1
            last = list(seen.decisions)[-1]
            assert seen.decisions[last][0] == "yes"
            (reason,) = (reason for q, reason in REASONS.items() if rows[q] == last)
            assert seen.summary.endswith(f"{reason}.")
        assert failed > 20

    def test_rows_and_figure_give_one_answer(self, made: Declaration) -> None:
        rows = {q.text: q.name for q in made.questions()}
        cut, carried = "must it be cut in software?", "can the features carry this gso_type?"
        for state in sample(made, 150):
            seen = made.outcome(state)
            for row, part in ((rows[cut], "netif_needs_gso"), (rows[carried], "net_gso_ok")):
                if row in seen.decisions:
                    assert seen.decisions[row][0] == seen.parts[part], (row, state)

    def test_counters_and_figure_tell_one_story(self, made: Declaration) -> None:
        for state in sample(made, 150):
            seen = made.outcome(state)
            blocks = sum(count for count, _ in seen.strips.get("sent", []))
            assert blocks == seen.values.get("tx_packets", 0)
            assert ("loopback_xmit" in seen.parts) == bool(blocks)
            if blocks > 1:
                assert seen.parts["loopback_xmit"] == f"×{blocks}"

    def test_the_figure_is_the_same_in_another_process(self, made: Declaration) -> None:
        code = "from lomodel.explorers import gso; print(gso.EXPLORER.figure())"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert run.stdout.strip() == made.figure()

    def test_slots_survive_the_way_between_processes(self, made: Declaration) -> None:
        slots = made.run({})
        assert json.loads(json.dumps(slots)) == slots

    def test_a_state_is_a_scenario(self, made: Declaration) -> None:
        """What the steps observe where they are played alone is what the explorer shows."""
        for state in sample(made, 60):
            seen, table = made.outcome(state), made.steps(state)
            if seen.summary.startswith("The model does not build this"):
                continue
            sent = play(table, made.survey.traced.release)[-1]
            assert {name: seen.values[name] for name in sent["stats"]} == sent["stats"]
            assert ("fails" in seen.summary) == bool(sent["error"])

    def test_a_number_between_the_points_has_its_place_too(self, made: Declaration) -> None:
        """Red where a kernel behind the page would leave out what the table has no state for."""
        dice, atlas = random.Random(6), made.survey.atlas(atlas_of(made))
        for state in sample(made, 150):
            played = made.survey.play(state | {"payload": dice.randint(0, 65507)})
            assert played.parts.keys() <= atlas.parts.keys()
            assert played.decisions.keys() <= atlas.rows.keys()

    def test_where_there_are_no_tables_the_figure_is_the_same(self, made, monkeypatch) -> None:
        figure, questions = made.figure(), made.questions()
        monkeypatch.setattr(store, "HAS_TABLES", False)
        near = made.survey.atlas(atlas_of(made))
        assert made.survey.traced.chain.draw(near.tree) == figure
        assert tuple(near.rows.values()) == questions
