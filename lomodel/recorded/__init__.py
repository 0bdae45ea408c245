"""What real kernels did: the recordings that the book shows, one file a page.

A recording is a list of scenarios (``lomodel.contract``), each with ``observed``, and with the
kernel that it was recorded on (``kernel``, such as "6.18.44") and the model's release for it
(``release``).
"""

from __future__ import annotations

import gzip
from importlib.resources import files

from lomodel.contract import Scenario, ScenarioError, parse

SUFFIX = ".jsonl.gz"


def names() -> list[str]:
    """The recordings that there are."""
    found = (path.name for path in files(__name__).iterdir() if path.name.endswith(SUFFIX))
    return sorted(name.removesuffix(SUFFIX) for name in found)


def read(name: str) -> list[Scenario]:
    """The scenarios of a recording, in order; ValueError for a name that there is none of."""
    if name not in names():
        raise ValueError(f"{name!r}: no such recording, expected one of {', '.join(names())}")
    text = gzip.decompress(files(__name__).joinpath(name + SUFFIX).read_bytes())
    scenarios = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            scenarios.append(parse(line))
        except ScenarioError as error:
            raise error.at(number) from None
    return scenarios
