"""Record the corpus anew on this machine's kernel: `python tests/recorded/capture.py [FILE...]`.

Every scenario is played several times, in a namespace of its own each time; one that does not
always give the same is not recorded but printed. Needs root, for the tracepoints.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from corpus import files  # noqa: E402

from lomodel.contract import check_scenario, dumps  # noqa: E402
from lomodel.lab.worker import Worker, worker  # noqa: E402


def stable(lab: Worker, scenario: dict[str, Any], times: int) -> list[Any] | None:
    """What was observed, if it was the same every time; else None."""
    runs = {json.dumps(lab.play(scenario["steps"], events=True)) for _ in range(times)}
    return json.loads(runs.pop()) if len(runs) == 1 else None


def record(lab: Worker, scenarios: list[dict[str, Any]], path: Path, times: int) -> int:
    """Write one file; how many scenarios were unstable."""
    unstable = 0
    with path.open("w") as out:
        for scenario in scenarios:
            check_scenario(scenario, lab.features)
            observed = stable(lab, scenario, times)
            if observed is None:
                unstable += 1
                print(f"unstable: {dumps(scenario)}", file=sys.stderr)
            else:
                line = scenario | {"observed": observed}
                out.write(json.dumps(line, separators=(",", ":")) + "\n")
    return unstable


def main() -> int:
    """Record; the exit status is 1 when a scenario was unstable."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", help="only these (link, features, ...)")
    parser.add_argument("--times", type=int, default=5, help="plays of each (%(default)s)")
    options = parser.parse_args()
    lab = worker()
    unstable = 0
    for name, scenarios in files(sorted(lab.features)).items():
        if not options.files or name in options.files:
            unstable += record(lab, scenarios, HERE / f"{name}.jsonl", options.times)
            print(f"{name}: {len(scenarios)} scenarios, {lab.release}")
    return 1 if unstable else 0


if __name__ == "__main__":
    sys.exit(main())
