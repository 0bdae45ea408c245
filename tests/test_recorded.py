"""Every recorded run of a real kernel, replayed on the model: equal, events included.

6.18 is the kernel that the corpus was made on; older ones played it in a guest.

Mutations of 6.1's table that turned these red: gso_length_limit "none", tcp_min_gso_size 1,
noop_counts_drop, mac_same_skips_ndo, udp_max_segments 64, udp_gso_fits_payload off,
udp_gso_too_long EINVAL, ip6_mtu_limited off, packet_page_order 3, skb_small_head 576. Of 6.12's:
tcp_min_gso_size 1, skb_small_head 576 and 0, packet_page_order 0, mac_same_skips_ndo and
noop_counts_drop off. What no scenario can see (who owns lstats, softnet counters, a receive
buffer's rule) is tested elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from recorded import runs

from lomodel.lab.diff import Comparison, differences
from lomodel.scenario import play

NEWEST = runs.RELEASES[-1]


def _scenarios() -> Iterator[Any]:
    for release in runs.RELEASES:
        for name, line in runs.lines(release):
            yield pytest.param(release, line, id=f"{release}:{name}:{json.loads(line)['id']}")


@pytest.mark.parametrize(("release", "line"), list(_scenarios()))
def test_model_equals_kernel(release: str, line: str) -> None:
    scenario = json.loads(line)
    assert scenario.get("release", NEWEST) == release
    model = play(scenario["steps"], release)
    found = differences(model, scenario["observed"])
    result = Comparison(scenario, release, model, scenario["observed"], "a recorded Linux", found)
    assert result.equal, f"\n{result}"


def test_there_are_enough() -> None:
    assert runs.RELEASES == ("6.1", "6.12", "6.18")
    assert all(len(runs.lines(release)) > 800 for release in runs.RELEASES)
