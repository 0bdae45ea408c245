"""A process that helps to fill a table: ``python -m lomodel.explore.worker NAME PART PARTS``.

Prints the outcomes of every PARTS-th state of the explorer NAME from number PART on, one a line.
"""

from __future__ import annotations

import json
import sys
from itertools import islice

from lomodel.explore.registry import declaration


def main(name: str, part: str, parts: str) -> None:
    """Print one part of the outcomes."""
    declared = declaration(name)
    for state in islice(declared.states(), int(part), None, int(parts)):
        print(json.dumps(declared.run(state)))


if __name__ == "__main__":
    main(*sys.argv[1:])
