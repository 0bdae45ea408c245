"""The scenarios of the book's predictions, and where their recordings go.

    python -m tools.recording.predictions > given.jsonl
    python -m tools.recording.capture --given < given.jsonl > 6.18.jsonl
    python -m tools.recording.predictions --kernel 6.18.44 --take 6.18.jsonl

`guest.py --given` records on another kernel. --take writes lomodel/recorded/PAGE.jsonl.gz, where it
replaces the lines of that kernel. What another recording of the book has already is not asked for;
--all prints everything, to record a kernel that the book has nothing of.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lomodel import recorded
from lomodel.contract import dumps
from lomodel.explore.foretell import pages
from lomodel.explore.prediction import Played
from tests.recorded import runs

FOLDER = Path(recorded.__file__).parent
PREFIX = "predict_"


def scenarios() -> Iterator[tuple[str, dict[str, Any]]]:
    """(page, scenario) of every list of steps that decides a prediction, each once."""
    seen = []
    for page in pages():
        for each in page.predictions:
            if isinstance(each.source, Played) and (steps := list(each.source.steps)) not in seen:
                seen.append(steps)
                yield page.name, {"id": each.name, "says": each.title, "steps": steps}


def elsewhere() -> list[list[Any]]:
    """The steps that the pages' own recordings have."""
    own = [name for name in recorded.names() if not name.startswith(PREFIX)]
    return [line["steps"] for name in own for line in recorded.read(name)]


def take(lines: list[dict[str, Any]], kernel: str) -> None:
    """Put recorded lines into the pages' files, in place of those of the same kernel."""
    by_steps = {json.dumps(line["steps"]): line for line in lines}
    files: dict[str, list[dict[str, Any]]] = {}
    for page, scenario in scenarios():
        if (line := by_steps.get(json.dumps(scenario["steps"]))) is not None:
            about = {"id": scenario["id"], "kernel": kernel, "release": line["release"]}
            rest = {"says": scenario["says"], "steps": line["steps"], "observed": line["observed"]}
            files.setdefault(PREFIX + page, []).append(about | rest)
    for name, new in files.items():
        old = recorded.read(name) if name in recorded.names() else []
        kept = [line for line in old if line["kernel"] != kernel]
        text = "".join(f"{dumps(line)}\n" for line in new + kept)
        runs.write(FOLDER / (name + recorded.SUFFIX), text)


def main() -> None:
    """Print what is to be recorded, or take what was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", help="the kernel of the lines to be taken, as in 6.18.44")
    parser.add_argument("--take", type=Path, help="lines that capture.py or guest.py has printed")
    parser.add_argument("--all", action="store_true", help="print what other recordings have, too")
    options = parser.parse_args()
    if options.take and options.kernel:
        take([json.loads(line) for line in options.take.read_text().splitlines()], options.kernel)
        return
    had = [] if options.all else elsewhere()
    for _, scenario in scenarios():
        if scenario["steps"] not in had:
            print(dumps(scenario))


if __name__ == "__main__":
    main()
