"""The page about releases: what changed, what each release says, the explorer ``releases``.

Seen red: a step of ``changed`` compared with itself; the columns of the table exchanged; a scenario
with one byte less; "met" with two answers; a square too few; ``agree`` without the release itself;
a summary that names a release which says otherwise.
"""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from lomodel import recorded
from lomodel.explorers.releases import EXPLORER
from lomodel.figures.releases import releases_changes, releases_names, releases_seen, telling
from lomodel.probes import ASKED, SHOWN, changed, said
from lomodel.release import FACTS, RELEASES
from lomodel.scenario import play

STATES = [(state, EXPLORER.outcome(state)) for state in EXPLORER.states()]
LINES = recorded.read("how_do_you_know")


def test_what_changed_is_counted() -> None:
    assert [len(changed(*pair)) for pair in pairwise(SHOWN)] == [16, 21, 12]
    assert changed("6.12", "6.12") == []
    assert len(FACTS) == 43


def test_the_figure_counts_facts_and_scenarios() -> None:
    html = releases_changes().html
    assert [tuple(pair) for pair in re.findall(r"<dt>(\S+) → (\S+)</dt>", html)] == list(
        pairwise(SHOWN)
    )
    for row, pair in zip(html.split("<dt>")[1:], pairwise(SHOWN), strict=True):
        facts, seen = row.split("<dd>")[1:]
        assert (facts.count('"on"'), facts.count("<i ")) == (len(changed(*pair)), len(FACTS))
        assert (seen.count('"on"'), seen.count("<i ")) == (len(telling(*pair)), len(ASKED))
        assert f"{len(changed(*pair))} of 43 facts" in facts
        assert f"{len(telling(*pair))} of 13 scenarios differ" in seen
    assert not any(fact in html for fact in FACTS)  # two of them answer predictions


def test_scenarios_tell_releases_apart() -> None:
    assert telling("6.12", "6.12") == [] and "tiny" in telling("6.12", "6.18")
    assert telling("6.1", "6.12") == ["down", "address", "big", "features"]


def test_the_fold_names_every_change() -> None:
    html = releases_names().html
    rows = re.findall(r"<dt>(\S+) → (\S+)</dt><dd><ul>(.*?)</ul>", html)
    assert [(old, new) for old, new, _ in rows] == list(pairwise(SHOWN))
    for old, new, chips in rows:
        names = re.findall("<li>(.*?)</li>", chips)
        assert names == changed(old, new)
        for name in names:
            assert getattr(RELEASES[old], name) != getattr(RELEASES[new], name)


def test_the_table_says_what_the_models_say() -> None:
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', releases_seen().html)
    assert [label for label, _ in rows] == [each.label for each in ASKED.values()]
    for name, (_, cells) in zip(ASKED, rows, strict=True):
        shown = re.findall("<td.*?>(.*?)</td>", cells)
        assert shown == [re.sub(r", \d+ bytes", "", said(name, r)) for r in SHOWN]


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line['id']}-{line['kernel']}")
def test_kernels_were_recorded_with_every_scenario(line: dict) -> None:
    assert line["steps"] == list(ASKED[line["id"]].steps)
    assert play(line["steps"], line["release"]) == line["observed"]


def test_both_kernels_have_all_scenarios() -> None:
    for kernel in ("6.12.117", "6.18.44"):
        assert [line["id"] for line in LINES if line["kernel"] == kernel] == list(ASKED)


# --- the explorer ---------------------------------------------------------------------------------


def test_known_states() -> None:
    assert EXPLORER.run({})["summary"] == "Linux 6.12: 1 packet, 4028 bytes. All six say so."
    alone = EXPLORER.run({"asked": "longest", "release": "5.14"})["summary"]
    assert alone == "Linux 5.14: 1 packet, 65535 bytes. No other release says so."
    down = EXPLORER.run({"asked": "down"})["summary"]
    assert down == "Linux 6.12: 0 packets, 0 bytes, tx_dropped 1. So says 6.18."


def test_who_is_lit_says_the_same() -> None:
    for state, outcome in STATES:
        own = said(state["asked"], state["release"])
        same = [release for release in RELEASES if said(state["asked"], release) == own]
        assert list(outcome.parts) == [f"Linux {release}" for release in same]
        assert outcome.values["agree"] == len(same)
        assert own in outcome.summary and outcome.summary.endswith(".")
        for release in RELEASES:
            assert outcome.values[f"Linux {release}"] == said(state["asked"], release)


def test_the_challenge_is_met_by_one_scenario() -> None:
    met = {state["asked"] for state, outcome in STATES if outcome.met}
    assert met == {"features"} and not EXPLORER.outcome(EXPLORER.initial()).met
