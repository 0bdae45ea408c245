"""What a page has recorded: one scenario beside the model, and all of them with their verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lomodel import recorded
from lomodel.desk import RELEASE, lo_up
from lomodel.figures.compare import side_by_side
from lomodel.figures.frames import frame_table, sniff
from lomodel.figures.show import Figure
from lomodel.figures.table import table
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.release import RELEASES, Release
from lomodel.scenario import play

COLUMNS = ("tx_packets", "tx_bytes", "rx_dropped")
LIMIT = {"none": "none", "device": "one", "family": "one per family"}
FACTS: dict[str, Callable[[Release], object]] = {
    "bits of GSO_SOFTWARE": lambda r: len(r.netif_f.names(r.netif_f.GSO_SOFTWARE)),
    "GSO_ACCECN": lambda r: r.netif_f.bit.get("GSO_ACCECN", "none"),
    "SCTP_CRC": lambda r: r.netif_f.bit["SCTP_CRC"],
    "LLTX": lambda r: r.netif_f.bit.get("LLTX", "none"),
    "NETNS_LOCAL": lambda r: r.netif_f.bit.get("NETNS_LOCAL", "none"),
    "length limit": lambda r: LIMIT[r.gso_length_limit],
    "UDP_MAX_SEGMENTS": lambda r: r.udp_max_segments,
    "UDP, sum finished": lambda r: "whole" if r.udp_gso_whole_without_sum else "cut",
    "loopback_xmit calls": lambda r: r.xmit_calls_netif_rx,
}
"""What differs between releases on the way of a big packet through lo."""


def frames_of(sends: Callable[[NetDevice], Any], **how: Any) -> Figure:
    """The frames that a tap on lo sees while ``sends(lo)`` runs; keywords go to ``lo_up``."""
    lo = lo_up(**how)
    with sniff(lo) as frames:
        sends(lo)
    return frame_table(frames)


def scenario_of(page: str, name: str, release: str = RELEASE) -> dict[str, Any]:
    """A page's recorded scenario of a release; ValueError for a name that it has not."""
    found = {each["id"]: each for each in recorded.read(page) if each["release"] == release}
    if name not in found:
        raise ValueError(f"{name!r}: expected one of {', '.join(found)}")
    return found[name]


def recorded_beside(page: str, name: str, release: str = RELEASE, title: str = "") -> Figure:
    """The last step of a recorded scenario: the model's events beside the kernel's."""
    scenario = scenario_of(page, name, release)
    model = play(scenario["steps"], release)[-1]
    return side_by_side(
        model["events"],
        scenario["observed"][-1]["events"],
        (f"model {release}", f"Linux {scenario['kernel']}"),
        title=title or scenario["says"],
        steps=scenario["steps"],
    )


def recorded_verdicts(page: str, release: str = RELEASE) -> Figure:
    """Every recorded scenario of a page: what was sent, what was counted, and the verdict.

    "equal" means every error, counter, received length and tracepoint of every step.
    """
    scenarios = [each for each in recorded.read(page) if each["release"] == release]
    rows = [_verdict(each) for each in scenarios]
    head = ["", "what is sent", *COLUMNS, "model"]
    return table(f"Recorded on Linux {scenarios[0]['kernel']}", head, rows)


def _verdict(scenario: dict[str, Any]) -> list[object]:
    stats = scenario["observed"][-1]["stats"]
    same = play(scenario["steps"], scenario["release"]) == scenario["observed"]
    counted = (stats[column] for column in COLUMNS)
    return [scenario["id"], scenario["says"], *counted, "equal" if same else "DIFFERENT"]


def releases_table(facts: Iterable[str] = FACTS) -> Figure:
    """What has changed from release to release, printed from the model's data."""
    rows = [[what, *(FACTS[what](release) for release in RELEASES.values())] for what in facts]
    return table("Releases", ["", *(r.version for r in RELEASES.values())], rows)
