"""The page about the promise: its figure, its predictions and the explorer ``namespace``.

Seen red: subsystems appended to ``pernet_list`` like devices; IPv6's promises in another order than
the kernel's; the figure's lines drawn to the place of writing; no namespaces made; ``ended``
without exit_batch; the device of ``subsys+`` never registered; lo seen at every end.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from lomodel.desk import boot
from lomodel.explore.declaration import Outcome
from lomodel.explorers.namespace import EXPLORER
from lomodel.figures import promises
from lomodel.figures.promises import ROW, orders
from lomodel.release import RELEASES

STATES = list(EXPLORER.states())


def outcome(**changes: Any) -> Outcome:
    return EXPLORER.outcome(EXPLORER.initial() | changes)


@pytest.mark.parametrize("release", RELEASES)
def test_both_orders_are_the_machines(release: str) -> None:
    written, kept = orders(release)
    assert set(written) == set(kept) and len(written) == 13
    assert list(kept) == boot(release).pernet_list
    assert [ops.name for ops in written[:3]] == [
        "netdev_net_ops",
        "loopback_net_ops",
        "default_device_ops",
    ]
    assert [ops.name for ops in kept[-2:]] == ["loopback_net_ops", "default_device_ops"]


def test_protocols_promise_in_the_kernels_order() -> None:
    """As inet_init and inet6_init of 6.12 come to them."""
    written, _ = orders()
    assert [ops.name for ops in written[3:]] == [
        "devinet_ops",
        "fib_net_ops",
        "icmp_sk_ops",
        "af_inet_ops",
        "ip4_frags_ops",
        "inet6_net_ops",
        "icmpv6_sk_ops",
        "ip6_route_net_ops",
        "addrconf_ops",
        "ip6_frags_ops",
    ]


def test_the_first_figure_has_the_order_of_writing_only() -> None:
    figure = promises()
    names = re.findall(r"<code>(\w+)</code>", figure.html)
    assert names == [ops.name for ops in orders()[0]]
    assert "2 loopback_net_ops: loopback_net_init" in figure.text
    assert "first" not in figure.text and "devices" not in figure.html


def test_the_second_figure_leads_from_the_one_place_to_the_other() -> None:
    html = promises(kept=True).html
    assert re.findall(r"<code>(\w+)</code>", html) == [ops.name for ops in orders()[1]]
    (left, right) = re.search(r'class="lo" d="M0 ([\d.]+)C[^"]* 90 ([\d.]+)"', html).groups()
    # From the second line to the thirteenth, as the bar takes one.
    assert (float(left), float(right)) == (1.5 * ROW, 12.5 * ROW)
    assert (
        html.index("ip6_frags_ops") < html.index("devices") < html.index("loopback_net_ops</code")
    )
    assert "12 loopback_net_ops (written as number 2)" in promises(kept=True).text


@pytest.mark.parametrize("state", STATES, ids=lambda state: " ".join(map(str, state.values())))
def test_every_namespace_that_stands_has_one_lo(state: dict[str, Any]) -> None:
    seen = EXPLORER.outcome(state)
    stopped = state["promise"] == "subsys+" and state["namespaces"] > 0
    assert seen.met == stopped
    assert seen.fate[0] == ("refused" if stopped else "whole")
    ended = state["ends"] != "none" and state["namespaces"] > 0
    namespaces = 0 if stopped else state["namespaces"] - ended
    assert seen.values["lo"] == 1 + namespaces
    assert len(seen.values["where"].split(", ")) == 1 + namespaces
    assert seen.values["devices"].count("1:lo") == 1 + namespaces
    assert seen.summary.endswith(".") and len(seen.summary) > 40


def test_a_late_subsystem_finds_no_lo_and_a_late_device_does() -> None:
    subsys, device = (outcome(promise=kind, ends="first") for kind in ("subsys", "device"))
    assert subsys.values["saw"] == "lo, no lo" and device.values["saw"] == "lo, lo"
    assert "with number 13" in subsys.summary and "with number 12" in device.summary
    assert subsys.summary.endswith("had its turn when lo was gone already.")
    assert device.summary.endswith("had its turn while lo was still there.")
    assert subsys.parts["today's subsystem"] == "birth 12, end 3"
    assert device.parts["today's device"] == "birth 14, end 1"


def test_only_what_has_a_function_is_lit() -> None:
    lit = outcome(ends="first").parts
    assert lit["netdev_net_ops"] == "birth 1, end 13"
    assert (lit["loopback_net_ops"], lit["default_device_ops"]) == ("birth 12", "end 1")
    assert "today's device" not in lit and outcome(namespaces=0).parts == {}


def test_the_machine_stops_over_the_index() -> None:
    seen = outcome(promise="subsys+", namespaces=3)
    assert "dev->ifindex != LOOPBACK_IFINDEX" in seen.summary
    assert seen.values["devices"] == "init_net 1:lo 2:today0"
    assert seen.parts["loopback_net_ops"] == "BUG" and "default_device_ops" not in seen.parts


def test_a_device_of_a_late_device_promise_is_the_second() -> None:
    seen = outcome(promise="device+", namespaces=2, ends="first")
    assert seen.values["devices"] == "init_net 1:lo 2:today0; net:2 1:lo 2:today0"


@pytest.mark.parametrize("name", EXPLORER.presets)
def test_no_preset_meets_the_challenge(name: str) -> None:
    assert not outcome(**EXPLORER.presets[name]).met


def test_no_state_is_a_scenario() -> None:
    assert EXPLORER.steps is None


def test_every_lit_part_is_in_the_figure() -> None:
    drawn = set(re.findall(r'data-part="([^"]+)"', EXPLORER.figure().replace("&#x27;", "'")))
    assert {part for state in STATES for part in EXPLORER.outcome(state).parts} <= drawn
