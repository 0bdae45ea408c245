"""For every test below this folder, the notebooks' cells included."""

from __future__ import annotations

import pytest
from nbval.plugin import IPyNbCell


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Notebooks are stored without execution counts, which nbval takes for never run."""
    for item in items:
        if isinstance(item, IPyNbCell):
            item.cell.execution_count = 0
