"""The explorer limits: where one byte decides, for whom, and in which release.

Counters are those that Linux 6.18 showed, with `ip link set lo gso_max_size` where the limit is not
as born. Seen red: the limit not set (the states with another); IPv4 asked with IPv6's field; the
border without the Ethernet header; a size that the kernel refuses set all the same; the limit's
step left out of a scenario, or put into one whose limit is as born.
"""

from __future__ import annotations

from typing import Any

import pytest

from lomodel.explore.declaration import Outcome
from lomodel.explorers.limits import BORN, EXPLORER, PRESETS

RAISED, LOWERED = 100000, 30000
KNOWN = {control.name: control.points for control in EXPLORER.controls}


def state(**changes: Any) -> dict[str, Any]:
    return EXPLORER.initial() | changes


def outcome(**changes: Any) -> Outcome:
    return EXPLORER.outcome(state(**changes))


def packets(**changes: Any) -> int:
    return outcome(**changes).values["tx_packets"]


@pytest.mark.parametrize(
    ("family", "limit", "longest"),
    [
        ("inet", BORN, 65493),
        ("inet6", BORN, 65473),
        ("inet", LOWERED, 29957),
        ("inet6", LOWERED, 29937),
        ("inet", RAISED, 65493),
    ],
)
@pytest.mark.parametrize("size", [1000, 1400])
def test_one_byte_decides(family: str, limit: int, longest: int, size: int) -> None:
    at = {"family": family, "gso_max_size": limit, "gso_size": size}
    assert packets(payload=longest, **at) == 1
    assert packets(payload=longest + 1, **at) == -(-(longest + 1) // size)


def test_65487_over_ipv6_passes_when_the_limit_is_raised() -> None:
    at = {"payload": 65487, "gso_size": 1000}
    assert packets(**at) == 1  # over IPv4 it always did
    assert packets(family="inet6", **at) == 66
    raised = outcome(family="inet6", gso_max_size=RAISED, **at)
    assert (raised.values["tx_packets"], raised.values["tx_bytes"]) == (1, 65535)
    assert "65549, which is below gso_max_size, 100000" in raised.summary


def test_the_limit_of_ipv4_is_not_raised_with_it() -> None:
    seen = outcome(payload=65507, gso_size=1000, gso_max_size=RAISED)
    assert (seen.values["tx_packets"], seen.values["tx_bytes"]) == (66, 67355)
    assert (seen.values["limit"], seen.values["limit4"]) == (RAISED, BORN)
    assert seen.decisions["gso_features_check"] == ("yes", "len 65549, gso_ipv4_max_size 65536")


def test_one_limit_for_both_families_in_6_1() -> None:
    seen = outcome(payload=65507, gso_max_size=RAISED, release="6.1")
    assert seen.values["tx_packets"] == 1 and seen.values["limit4"] == "no such field"
    assert seen.decisions["gso_features_check"] == ("no", "len 65549, gso_max_size 100000")


def test_5_14_asks_for_no_length_but_counts_segments() -> None:
    old = {"payload": 65507, "release": "5.14"}
    whole, refused = outcome(**old), outcome(**old, gso_size=1000)
    assert (whole.values["tx_packets"], whole.values["tx_bytes"]) == (1, 65535)
    assert "gso_features_check" not in whole.decisions
    assert refused.fate == ("refused", "refused: EINVAL")
    assert "too much for 64 datagrams" in refused.summary


def test_a_limit_that_the_kernel_refuses_stays_as_it_was() -> None:
    seen = outcome(gso_max_size=RAISED, release="5.14")
    assert seen.values["limit"] == BORN
    assert seen.summary.endswith("gso_max_size is still 65536: Linux 5.14 takes no more (EINVAL).")
    assert "still" not in outcome(gso_max_size=RAISED, release="6.1").summary


@pytest.mark.parametrize("family", ["inet", "inet6"])
def test_a_packet_that_no_length_field_can_say(family: str) -> None:
    longest = {"inet": 65507, "inet6": 65527}[family]
    assert outcome(family=family, payload=longest).fate[0] == "cut"
    longer = outcome(family=family, payload=longest + 1)
    assert longer.fate == ("refused", "refused: EMSGSIZE")
    assert longer.decisions["append"][0] == "yes"


@pytest.mark.slow
def test_the_named_points_are_the_border_in_every_state() -> None:
    """What the buttons go to: one packet, and one byte later no more. All are in the table."""
    names = ("family", "gso_size", "gso_max_size", "release")
    for first in (s for s in EXPLORER.states() if s["payload"] == KNOWN["payload"][0]):
        chosen = {name: first[name] for name in names}
        points = outcome(**chosen).points["payload"]
        longest, more, _ = points.values()
        assert set(points.values()) <= set(KNOWN["payload"]), chosen
        assert outcome(**chosen, payload=longest).fate == ("whole", "passes whole"), chosen
        assert outcome(**chosen, payload=more).fate[0] in ("cut", "refused"), chosen
        assert f"Up to {longest} bytes" in outcome(**chosen).helps["payload"]


@pytest.mark.slow
def test_the_challenge_is_met_in_one_kernel() -> None:
    """As the source of 6.1 says: both families are held against gso_max_size."""
    asked = {"family": "inet", "payload": 65507, "gso_size": 1000}
    met = [each for each in EXPLORER.states() if EXPLORER.survey.play(each).outcome.met]
    assert met == [asked | {"gso_max_size": RAISED, "release": "6.1"}]


@pytest.mark.parametrize("name", PRESETS)
def test_every_state_is_a_scenario(name: str) -> None:
    """A kernel can be asked for it, with its limit."""
    shown = state(**PRESETS[name])
    limit = shown["gso_max_size"]
    *before, sent = EXPLORER.steps(shown)
    set_to = [step["gso_max_size"] for step in before if "gso_max_size" in step]
    assert set_to == ([] if limit == BORN else [limit])
    assert sent["payload"] == shown["payload"]
