"""Record the corpus anew on this machine's kernel: `python -m tools.recording.capture [FILE...]`.

With `--contract 2` it is the corpus of contract 2; `--again` keeps the scenarios that were drawn.
Every scenario is played several times, in a namespace of its own each time; one that does not
always give the same, or that could not be played, is not recorded but printed. Needs root, for the
tracepoints. `guest.py` runs this on another kernel, with --stdout.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from typing import Any, TextIO

from lomodel.contract import check_scenario, dumps
from lomodel.lab.errors import NotPlayed
from lomodel.lab.worker import Worker, worker
from tests.recorded import runs
from tools.recording.corpus import files


def stable(steps: list[Any], times: int, tries: int) -> list[Any] | None:
    """What was observed, once it was the same `times` times in a row; None after `tries` plays.

    Raises NotPlayed. The next scenario then gets another player.
    """
    last, same = "", 0
    for _ in range(max(times, tries)):
        run = json.dumps(worker().play(steps, events=True))
        last, same = run, same + 1 if run == last else 1
        if same == times:
            return json.loads(run)
    return None


def record(
    lab: Worker, scenarios: list[Any], out: TextIO, options: argparse.Namespace, **more: str
) -> int:
    """Write the scenarios with what was observed, and `more`; how many could not be recorded."""
    unstable = 0
    for scenario in scenarios:
        check_scenario(scenario, lab.features)
        try:
            observed, why = stable(scenario["steps"], options.times, options.tries), "unstable"
        except NotPlayed as error:
            observed, why = None, f"not played ({error})"
        if observed is None:
            unstable += 1
            print(f"{why}: {dumps(scenario)}", file=sys.stderr)
        else:
            line = more | scenario | {"observed": observed}
            print(json.dumps(line, separators=(",", ":")), file=out, flush=True)
    return unstable


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", help="only these (link, features, ...)")
    parser.add_argument("--times", type=int, default=5, help="equal plays (%(default)s)")
    parser.add_argument("--tries", type=int, default=0, help="plays at most, to get them in a row")
    parser.add_argument("--patience", type=int, default=Worker.patience, help="seconds for one")
    parser.add_argument("--stdout", action="store_true", help="print instead of writing files")
    parser.add_argument("--given", action="store_true", help="print standard input's scenarios")
    parser.add_argument("--contract", type=int, choices=(1, 2), default=1)
    parser.add_argument("--again", action="store_true", help="the recorded ones, not newly drawn")
    return parser


def listed(lab: Worker, options: argparse.Namespace) -> dict[str, list[Any]]:
    """The scenarios to record, by file."""
    if options.given:
        return {"given": [json.loads(line) for line in sys.stdin]}
    if options.contract == 1:
        return files(sorted(lab.features))
    newest, kept = runs.RELEASES[-1], {}
    for theme in runs.themes(newest) if options.again else ():
        kept |= {line["id"]: line["steps"] for line in runs.of_theme(newest, theme)}
    # A guest that plays what it is given has no hypothesis, which this needs.
    from tools.recording import corpus_2

    return corpus_2.files(kept)


def main() -> int:
    """Record; the exit status is 1 when a scenario was unstable."""
    options = parser().parse_args()
    Worker.patience = options.patience
    lab = worker()
    place = runs.HERE / runs.RELEASES[-1] / ("contract-2" if options.contract == 2 else "")
    unstable = 0
    for name, scenarios in listed(lab, options).items():
        if options.files and name not in options.files:
            continue
        if options.stdout or options.given:
            release = ".".join(lab.release.split(".")[:2])
            unstable += record(lab, scenarios, sys.stdout, options, release=release)
        else:
            text = io.StringIO()
            unstable += record(lab, scenarios, text, options)
            runs.write(place / f"{name}.jsonl.gz", text.getvalue())
        print(f"{name}: {len(scenarios)} scenarios, {lab.release}", file=sys.stderr)
    return 1 if unstable else 0


if __name__ == "__main__":
    sys.exit(main())
