"""``python -m lomodel.explore`` reckons the explorers' tables, so that no reader waits for them.

It gives way to everything else that runs, and does nothing where the tables are in the cache.
"""

from __future__ import annotations

import os

from lomodel.explore.registry import declaration, names
from lomodel.explore.store import table_of


def main() -> None:
    """Fill the cache."""
    if hasattr(os, "nice"):
        os.nice(10)
    for name in names():
        table_of(declaration(name))


if __name__ == "__main__":
    main()
