"""Every recorded run of contract 2, replayed on the model: equal, field by field.

A test plays some of a theme's scenarios, and names those that differ. 6.18 is the kernel that the
corpus was made on; older ones played it in a guest, and have it in one file.

Mutations of 6.1's table that turned these red: has_gso_ipv4_max_size, ip_counts_transmits,
tap_tells_gso_tcp, virtio_udp_l4 and virtio_csum_start_checked as 6.12 has them; of 6.12's:
max_header 32 and ipv6_mip6 off; a line of an older corpus left out, and one with another step.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from recorded import runs

from lomodel.contract.steps import STEPS
from lomodel.scenario import play
from tools.recording import corpus_2
from tools.recording.replay import check

NEWEST = runs.RELEASES[-1]
#: Scenarios of one test.
CHUNK = 25


def _chunks() -> Iterator[Any]:
    for release in runs.RELEASES:
        for theme in runs.themes(release):
            scenarios = runs.of_theme(release, theme)
            for at in range(0, len(scenarios), CHUNK):
                name = f"{release}:{theme}-{at // CHUNK}"
                yield pytest.param(release, scenarios[at : at + CHUNK], id=name)


@pytest.mark.alike(8)
@pytest.mark.parametrize(("release", "scenarios"), list(_chunks()))
def test_model_equals_kernel(release: str, scenarios: list[Any]) -> None:
    assert {each.get("release", NEWEST) for each in scenarios} == {release}
    found = {each["id"]: check(each, release) for each in scenarios}
    different = {name: lines for name, lines in found.items() if lines}
    told = [f"{name}\n  " + "\n  ".join(lines[:5]) for name, lines in different.items()]
    assert not different, "\n".join(told)


@pytest.mark.parametrize("theme", list(runs.themes(NEWEST)))
def test_what_is_recorded_is_what_the_corpus_lists(theme: str) -> None:
    """Those written by hand; those drawn are kept with what was recorded."""
    listed = {each["id"]: each["steps"] for each in corpus_2.written(theme)}
    recorded = {each["id"]: each["steps"] for each in runs.of_theme(NEWEST, theme)}
    drawn = {each["id"] for each in corpus_2.drawn(theme)}
    assert listed == {name: steps for name, steps in recorded.items() if name not in drawn}


@pytest.mark.parametrize("release", runs.RELEASES[:-1])
def test_an_older_kernel_played_the_whole_corpus(release: str) -> None:
    assert _steps(release) == _steps(NEWEST)


def _steps(release: str) -> dict[str, Any]:
    themes = runs.themes(release)
    return {each["id"]: each["steps"] for theme in themes for each in runs.of_theme(release, theme)}


def test_a_run_that_differs_is_told() -> None:
    steps = [{"do": "link", "up": True}, {"do": "ping", "family": "inet", "payload": 8}]
    observed = json.loads(json.dumps(play(steps)))
    assert check({"id": "a", "steps": steps, "observed": observed}, NEWEST) == []
    observed[1]["events"][2][1]["len"] += 1
    observed[1]["stats"]["rx_bytes"] = 0
    found = check({"id": "a", "steps": steps, "observed": observed}, NEWEST)
    assert found == [
        "step 1 stats.rx_bytes: model 72, kernel 0",
        "step 1 events[2][1].len: model 36, kernel 37",
    ]


ERRORS = {
    *("EACCES", "EADDRINUSE", "EADDRNOTAVAIL", "EAFNOSUPPORT", "EAGAIN", "ECONNREFUSED", "EINVAL"),
    *("EDESTADDRREQ", "EEXIST", "EMSGSIZE", "ENETDOWN", "ENETUNREACH", "ENOBUFS", "ENODEV"),
    *("ENOMEM", "ENOPROTOOPT", "ENOTCONN", "EOPNOTSUPP", "ERANGE"),
}
"""The error names that the contract lists."""


def test_there_are_enough() -> None:
    """Every step and every error of the contract is recorded."""
    found = [each for theme in runs.themes(NEWEST) for each in runs.of_theme(NEWEST, theme)]
    assert len(found) > 1400
    steps = {step["do"] for each in found for step in each["steps"]}
    assert steps == {"link", "address", "close", *STEPS}
    assert {seen["error"] for each in found for seen in each["observed"]} >= ERRORS
