"""What the model costs beside another checkout of it: ``make bench AGAINST=../before``.

Both play the same steps, and this one's recordings of the first contract. They take turns, each
turn a process of its own, and each side counts with its best. A ratio below 1 says that this
checkout is the faster one. Nothing here passes or fails.
"""

from __future__ import annotations

import gc
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 4
REPEATS = 12
TURN = 0.02
"""Seconds that one repeat takes, about."""

UP = {"do": "link", "up": True}
MTU = {"do": "link", "mtu": 1500}
TCP = {"do": "tcp_frame", "family": "inet", "payload": 4000, "gso_size": 1400, "flags": 16}


def udp(family: str, payload: int, gso_size: int | None = None) -> dict[str, Any]:
    return {"do": "udp", "family": family, "payload": payload, "gso_size": gso_size}


STEPS: dict[str, list[dict[str, Any]]] = {
    "a datagram of 100 bytes, IPv4": [UP, udp("inet", 100)],
    "a datagram of 100 bytes, IPv6": [UP, udp("inet6", 100)],
    "4000 bytes in segments of 1400": [UP, udp("inet", 4000, 1400)],
    "4000 bytes in fragments, IPv4": [UP, MTU, udp("inet", 4000)],
    "4000 bytes in fragments, IPv6": [UP, MTU, udp("inet6", 4000)],
    "an echo": [UP, {"do": "ping", "family": "inet", "payload": 56}],
    "a TCP frame": [UP, TCP],
}
"""What is played again and again is the last step of each."""


def best(side: Callable[[], object]) -> float:
    """Seconds of this process that a call takes at best."""
    count = max(1, int(TURN / _turn(side, 5)))
    return min(_turn(side, count) for _ in range(REPEATS))


def _turn(side: Callable[[], object], count: int) -> float:
    gc.collect()
    gc.disable()
    start = process_time()
    for _ in range(count):
        side()
    spent = process_time() - start
    gc.enable()
    return spent / count


def times() -> dict[str, float]:
    """What everything costs in the checkout that this process imports, in seconds."""
    from lomodel.scenario import Player, play

    found = {}
    for what, (*before, step) in STEPS.items():
        player = Player()
        for each in before:
            player.step(each)
        found[what] = best(lambda player=player, step=step: player.step(step))
    found["a machine boots"] = best(Player)
    scenarios = list(_recorded())
    found[f"{len(scenarios)} recordings"] = _turn(
        lambda: [play(steps, release) for release, steps in scenarios], 1
    )
    return found


def _recorded():
    for path in sorted(ROOT.glob("tests/recorded/[0-9]*/*.jsonl.gz")):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            yield path.parent.name, json.loads(line)["steps"]


def _process(checkout: Path) -> dict[str, float]:
    """``times`` in a process of its own."""
    command = [sys.executable, "-P", __file__, "times"]
    run = subprocess.run(
        command,
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout), "PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(run.stdout)


def main(other: Path) -> None:
    """Print the table of this checkout beside ``other``."""
    runs: dict[Path, list[dict[str, float]]] = {other: [], ROOT: []}
    for turn in range(ROUNDS):
        for checkout in sorted(runs, reverse=bool(turn % 2)):
            runs[checkout].append(_process(checkout))
    print(f"{'':<34}{'before':>12}{'now':>12}{'ratio':>8}")
    for what in runs[ROOT][0]:
        before, now = (min(run[what] for run in runs[side]) * 1e6 for side in (other, ROOT))
        print(f"{what:<34}{before:>9.1f} us{now:>9.1f} us{now / before:>8.3f}")


if __name__ == "__main__":
    if sys.argv[1:] == ["times"]:
        print(json.dumps(times()))
    else:
        main(Path(sys.argv[1]).resolve())
