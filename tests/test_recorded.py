"""Every recorded run of a real kernel, replayed on the model: equal, events included.

The files without a release in their name are 6.18's; `6.1.jsonl.gz` holds the whole corpus as 6.1
played it, and so on.

Mutations of 6.1's table that turned these red: gso_length_limit "none", tcp_min_gso_size 1,
noop_counts_drop, mac_same_skips_ndo, udp_max_segments 64, udp_gso_limit "segment", udp_gso_too_long
EINVAL, ip6_mtu_limited off, packet_page_order 3, skb_small_head 576. Of 6.12's: tcp_min_gso_size 1,
skb_small_head 576 and 0, packet_page_order 0, mac_same_skips_ndo and noop_counts_drop off. What no
scenario can see (who owns lstats, softnet counters, a receive buffer's rule) is tested elsewhere.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lomodel.lab.diff import Comparison, differences
from lomodel.scenario import play

RECORDED = Path(__file__).with_name("recorded")
NEWEST = "6.18"
OLDER = {
    path.name.removesuffix(".jsonl.gz"): gzip.decompress(path.read_bytes()).decode().splitlines()
    for path in RECORDED.glob("*.jsonl.gz")
}


def _scenarios() -> Iterator[Any]:
    for path in sorted(RECORDED.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            yield pytest.param(NEWEST, line, id=f"{path.stem}:{json.loads(line)['id']}")
    for release, lines in sorted(OLDER.items()):
        for line in lines:
            yield pytest.param(release, line, id=f"{release}:{json.loads(line)['id']}")


@pytest.mark.parametrize(("release", "line"), list(_scenarios()))
def test_model_equals_kernel(release: str, line: str) -> None:
    scenario = json.loads(line)
    assert scenario.get("release", NEWEST) == release
    model = play(scenario["steps"], release)
    found = differences(model, scenario["observed"])
    result = Comparison(scenario, release, model, scenario["observed"], "a recorded Linux", found)
    assert result.equal, f"\n{result}"


def test_there_are_enough() -> None:
    assert sum(release.values[0] == NEWEST for release in _scenarios()) >= 400
    assert set(OLDER) == {"6.1", "6.12"}
    assert all(len(lines) > 800 for lines in OLDER.values())
