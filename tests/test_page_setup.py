"""The page about ``loopback_setup``: its table of three looks, and its explorer, the form.

Seen red: ``after`` looked at before ``loopback_setup`` ran; a row's third entry compared with the
first; ``dev_addr`` of the empty form left without its zeros; ``steps`` for the blackhole device;
``met`` for any device that is up; ``ip link set lo mtu`` left out of the steps.
"""

from __future__ import annotations

import re

import pytest

from lomodel.desk import RELEASE, new_lo
from lomodel.explorers import form as explorer
from lomodel.figures.form import OPENING, STAGES, entry, form, marked, stages
from lomodel.linux.drivers.net.loopback import loopback_ops
from lomodel.scenario import play

EXPLORER = explorer.EXPLORER
STATES = list(EXPLORER.states())


class TestFigure:
    def test_it_is_one_device_three_times(self) -> None:
        before, after, registered = stages().values()
        assert (before.mtu, after.mtu, registered.mtu) == (0, 65536, 65536)
        assert before.netdev_ops is not loopback_ops is after.netdev_ops
        assert (after.ifindex, registered.ifindex) == (0, 1)

    def test_the_last_look_is_at_a_new_lo(self) -> None:
        lo, seen = new_lo(), stages()["registered"]
        fields = OPENING
        assert [entry(lo, each) for each in fields] == [entry(seen, each) for each in fields]

    def test_every_entry_stands_in_the_html_and_in_the_text(self) -> None:
        shown, looks = form(), stages()
        rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", shown.html)
        assert len(rows) == len(OPENING)
        for field, row, line in zip(OPENING, rows, shown.text.splitlines()[1:], strict=True):
            values = marked([entry(looks[stage], field) for stage in STAGES])
            plain = re.sub(r"<wbr>", "", row)
            assert line.split() == [field, *values]
            assert plain.count('class="new"') == sum(v != "→" for v in values[1:])
            assert all(value in plain for value in values)

    def test_what_is_as_before_is_an_arrow(self) -> None:
        assert marked(["0", "1", "0"]) == ["0", "1", "0"]
        assert marked(["0", "0", "1"]) == ["0", "→", "1"]

    def test_no_answer_of_a_prediction_is_in_it(self) -> None:
        assert "tx_queue_len" not in OPENING and "65535" not in form().html


class TestExplorer:
    @pytest.mark.parametrize(
        ("state", "written"),
        [
            ({"stage": "before setup"}, {"gso_max_size", "tso_max_size", "priv_flags"}),
            ({"stage": "by hand"}, set()),
            ({"stage": "by hand", "up": True, "mtu": 0}, {"flags", "mtu"}),
            ({"stage": "by hand", "up": True, "mtu": -1}, {"flags"}),
            (
                {"device": "blackhole_dev", "stage": "registered"},
                {"name", "tx_queue_len", "flags", "ethtool_ops"},
            ),
        ],
    )
    def test_what_a_stage_writes(self, state: dict, written: set[str]) -> None:
        seen = EXPLORER.run(state)
        assert {name[5:] for name in seen if name.startswith("part:")} == written
        assert seen["value:written"] == len(written)

    def test_setup_writes_eighteen_fields_of_lo(self) -> None:
        seen = EXPLORER.run({})
        assert seen["value:written"] == 18
        lengths = ("mtu", "hard_header_len", "min_header_len", "addr_len", "type", "flags")
        assert [seen[f"part:{name}"] for name in lengths] == [
            "65536",
            "14",
            "14",
            "6",
            "772",
            "0x8",
        ]
        assert not {"min_mtu", "max_mtu", "broadcast"} & {name[5:] for name in seen}

    def test_two_releases_differ_where_the_page_says_so(self) -> None:
        old, new = (
            EXPLORER.run({"stage": "registered", "release": name}) for name in ("5.14", RELEASE)
        )
        differ = {name for name in new if name.startswith("value:") and new[name] != old[name]}
        fields = ("name_assign_type", "tso_max_size", "lltx", "netns_immutable", "features")
        assert {f"value:{name}" for name in (*fields, "pcpu_stat_type")} <= differ

    def test_only_a_registered_lo_is_a_scenario(self) -> None:
        asked = [state for state in STATES if EXPLORER.steps(state) is not None]
        assert {state["device"] for state in asked} == {"lo"}
        assert {state["stage"] for state in asked} == {"registered", "by hand"}

    def test_the_outcome_is_what_the_scenario_shows(self) -> None:
        for state in STATES:
            if (steps := EXPLORER.steps(state)) is None:
                continue
            shown, said = play(steps, state["release"])[-1], EXPLORER.run(state)
            assert str(shown["mtu"]) == said["value:mtu"]
            assert shown["up"] == bool(int(said["value:flags"], 16) & 1)
            assert (shown["type"], shown["ifindex"]) == (772, 1)
            assert shown["address"] == said["value:dev_addr"]

    def test_the_challenge_is_the_blackhole_device_alone(self) -> None:
        found = [state for state in STATES if "met" in EXPLORER.run(state)]
        assert {(s["device"], s["stage"]) for s in found} == {
            ("blackhole_dev", "registered"),
            ("blackhole_dev", "by hand"),
        }
        assert EXPLORER.initial() not in found

    def test_every_state_is_said_in_a_full_sentence(self) -> None:
        for state in STATES:
            assert EXPLORER.run(state)["summary"].endswith("."), state
