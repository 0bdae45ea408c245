"""What a scenario is: each field of each step refused when wrong, let through when merely odd.

What turned these red, tried one at a time: taking bool for int, `match` for `fullmatch` in
addresses, accepting a key given twice.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from recorded import runs
from support.scenarios_strategy import steps

from lomodel.contract import ScenarioError, check_scenario, check_steps, parse, read

UDP = {"do": "udp", "family": "inet", "payload": 10, "gso_size": None}
PING = {"do": "ping", "family": "inet6", "payload": 10}
FRAME = {"do": "frame", "dst": "zero", "ethertype": 2048, "payload": 46}
TCP = {"do": "tcp_frame", "family": "inet", "payload": 10, "gso_size": 5, "flags": 24}
FEATURES = {"do": "features", "set": {"tx-udp-segmentation": False}}
LINK = {"do": "link", "mtu": 1500}
INT_MAX, INT_MIN = 2**31 - 1, -(2**31)

BAD = [
    (LINK, {"mtu": "1500"}, "mtu"),
    (LINK, {"mtu": True}, "mtu"),
    (LINK, {"mtu": 1500.0}, "mtu"),
    (LINK, {"mtu": None}, "mtu"),
    (LINK, {"mtu": INT_MAX + 1}, "mtu"),
    (LINK, {"mtu": INT_MIN - 1}, "mtu"),
    (LINK, {"gso_max_size": 5}, "steps[0]"),
    (LINK, {"colour": 1}, "colour"),
    ({"do": "link"}, {}, "steps[0]"),
    ({"do": "link"}, {"up": 1}, "up"),
    ({"do": "link"}, {"delete": False}, "delete"),
    ({"do": "link"}, {"address": "02:00:00:00:00"}, "address"),
    ({"do": "link"}, {"address": "02-00-00-00-00-01"}, "address"),
    ({"do": "link"}, {"address": "02:00:00:00:00:01\n"}, "address"),
    ({"do": "link"}, {"address": "02:00:00:00:00:٠١"}, "address"),
    ({"do": "link"}, {"address": 2}, "address"),
    (FEATURES, {"set": []}, "set"),
    (FEATURES, {"set": {"tx-udp-segmentation": 1}}, "tx-udp-segmentation"),
    (FEATURES, {"set": {"warp-drive": True}}, "warp-drive"),
    ({"do": "show"}, {"mtu": 1}, "mtu"),
    (UDP, {"family": "inet4"}, "family"),
    (UDP, {"family": None}, "family"),
    (UDP, {"payload": -1}, "payload"),
    (UDP, {"payload": True}, "payload"),
    (UDP, {"payload": INT_MAX + 1}, "payload"),
    (UDP, {"gso_size": "10"}, "gso_size"),
    (UDP, {"gso_size": INT_MAX + 1}, "gso_size"),
    (UDP, {"pmtudisc": "probe"}, "pmtudisc"),
    (UDP, {"pmtudisc": None}, "pmtudisc"),
    (UDP, {"listening": 0}, "listening"),
    (UDP, {"flags": 0}, "flags"),
    (PING, {"payload": 1.5}, "payload"),
    (PING, {"gso_size": None}, "gso_size"),
    (FRAME, {"dst": "02:00:00:00:00:99"}, "dst"),
    (FRAME, {"ethertype": 65536}, "ethertype"),
    (FRAME, {"ethertype": -1}, "ethertype"),
    (FRAME, {"payload": "46"}, "payload"),
    (TCP, {"flags": 256}, "flags"),
    (TCP, {"flags": -1}, "flags"),
    (TCP, {"gso_size": 65536}, "gso_size"),
    (TCP, {"gso_size": -1}, "gso_size"),
    (TCP, {"payload": 65496}, "payload"),
    (TCP, {"family": "inet6", "payload": 65516}, "payload"),
    ({}, {}, "do"),
    ({"do": "dance"}, {}, "do"),
    ({"do": None}, {}, "do"),
    ({"do": ["link"]}, {}, "do"),
]
#: The kernel has an answer to each of these, so nobody else may give one.
ODD = [
    {"do": "link", "mtu": -1},
    {"do": "link", "mtu": INT_MIN},
    {"do": "link", "mtu": INT_MAX},
    {"do": "link", "up": False},
    {"do": "link", "address": "FF:ff:00:00:00:01"},
    {"do": "link", "delete": True},
    LINK | {"up": True},
    {"do": "features", "set": {}},
    UDP | {"payload": 70000},
    UDP | {"payload": INT_MAX, "gso_size": -5},
    UDP | {"payload": 0, "gso_size": INT_MIN, "listening": False, "pmtudisc": "do"},
    PING | {"payload": 10**6},
    FRAME | {"ethertype": 0, "payload": 0},
    TCP | {"gso_size": 0},
    TCP | {"gso_size": None, "payload": 65495},
    TCP | {"family": "inet6", "payload": 65515, "gso_size": 65535, "flags": 255},
]
REQUIRED = [(step, name) for step in (UDP, PING, FRAME, TCP, FEATURES) for name in step]
KNOWN = {"tx-udp-segmentation"}


@pytest.mark.parametrize(("step", "change", "field"), BAD)
def test_refused(step: dict, change: dict, field: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        check_steps([step | change], KNOWN)
    assert caught.value.field.split(".")[-1] == field
    assert "expected" in caught.value.expected


@pytest.mark.parametrize(("step", "name"), REQUIRED, ids=str)
def test_missing(step: dict, name: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        check_steps([{key: value for key, value in step.items() if key != name}], KNOWN)
    assert caught.value.field == f"steps[0].{name}"


@pytest.mark.parametrize("step", ODD, ids=str)
def test_left_to_the_kernel(step: dict) -> None:
    check_steps([step], KNOWN)


@settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps())
def test_the_strategy_is_valid(played: list) -> None:
    check_scenario(json.loads(json.dumps({"id": "random", "steps": played})))


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("", "scenario"),
        ("[]", "scenario"),
        ("null", "scenario"),
        ("{", "scenario"),
        ('{"id": "a"}', "steps"),
        ('{"steps": []}', "id"),
        ('{"id": 1, "steps": []}', "id"),
        ('{"id": "a", "steps": {}}', "steps"),
        ('{"id": "a", "steps": ["up"]}', "steps[0]"),
        ('{"id": "a", "id": "b", "steps": []}', "id"),
        ('{"id": "a", "steps": [{"do": "link", "up": true, "up": false}]}', "up"),
        ('{"id": "a", "steps": [{"do": "link", "mtu": NaN}]}', "scenario"),
        ('{"id": "a", "steps": [{"do": "link", "mtu": ' + "9" * 5000 + "}]}", "scenario"),
        ("[" * 100_000, "scenario"),
        ('{"id": "a", "steps": [], "x": 1e999}', "scenario"),
        (b'{"id": "\xff", "steps": []}', "scenario"),
    ],
)
def test_lines_that_are_no_scenario(line: str | bytes, field: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(line)
    assert caught.value.field == field


def test_a_broken_line_is_told_by_its_column() -> None:
    with pytest.raises(
        ScenarioError, match=r"one JSON object a line \(Expecting value, column 9\)"
    ):
        parse('{"id": \n')


def test_other_keys_are_let_through() -> None:
    line = {"id": "a", "steps": [], "observed": "rubbish", "remark": [1, {"x": None}]}
    assert parse(json.dumps(line)) == line


def test_read_goes_on_after_an_error_and_counts_lines() -> None:
    lines = ['{"id": "a", "steps": []}\n', "\n", "rubbish\n", b'{"id": "b", "steps": []}\n']
    first, error, last = read(lines)
    assert (first["id"], last["id"]) == ("a", "b")
    assert isinstance(error, ScenarioError) and error.line == 3
    assert str(error).startswith("line 3: scenario: expected")


def test_messages_name_step_field_value_and_expectation() -> None:
    bad: list[Any] = [UDP, UDP | {"family": "ipx"}]
    with pytest.raises(ScenarioError) as caught:
        check_steps(bad)
    expected = 'steps[1].family: expected "inet" or "inet6", got "ipx"'
    assert str(caught.value) == expected


def test_any_feature_name_without_a_list() -> None:
    check_steps([{"do": "features", "set": {"warp-drive": True}}])


def test_recorded_scenarios_are_valid() -> None:
    for release in runs.RELEASES:
        lines = [line for _, line in runs.lines(release)]
        assert not [each for each in read(lines) if isinstance(each, ScenarioError)], release


def test_a_complaint_about_a_name_stays_one_line_of_text() -> None:
    error = ScenarioError("a\x1b[31m\n\ud800\u202e\x7f", "é, \r", 3)
    assert str(error) == "line 3: a\\u001b[31m\\n\\ud800\\u202e\\u007f: é, \\r"
    assert len(str(ScenarioError("x" * 10_000, "known"))) < 120
