"""For every test below this folder, the notebooks' cells included."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from nbval.plugin import IPyNbCell

# tests/test_checks.py runs this file on tests of its own.
pytest_plugins = ["pytester"]

REQUIRE_ALL = bool(os.environ.get("LOMODEL_REQUIRE_ALL"))
MAY_SKIP = [part for part in os.environ.get("LOMODEL_MAY_SKIP", "").split(";") if part.strip()]
"""Parts of the reasons for which a test may still be skipped where all are required."""


def pytest_addoption(parser: pytest.Parser) -> None:
    what = "what `make quick` runs: no browser, no built page, no notebook, a sample of recordings"
    parser.addoption("--quick", action="store_true", help=what)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Chapters are stored without execution counts, which nbval takes for never run.

    What a student's answer shows is the student's.
    """
    for item in items:
        if isinstance(item, IPyNbCell) and "answer" not in item.cell.metadata.get("tags", []):
            item.cell.execution_count = 0
    if config.getoption("--quick"):
        counts: Counter[str] = Counter()
        left_out = [item for item in items if _is_left_out(item, counts)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def _is_left_out(item: pytest.Item, counts: Counter[str]) -> bool:
    """Whether ``--quick`` leaves a test out; ``counts`` counts the alike ones of each kind."""
    if isinstance(item, IPyNbCell) or "html" in getattr(item, "fixturenames", ()):
        return True
    if item.get_closest_marker("browser") or item.get_closest_marker("slow"):
        return True
    alike = item.get_closest_marker("alike")
    if alike is None:
        return False
    kind = item.nodeid.partition("[")[0]
    counts[kind] += 1
    return (counts[kind] - 1) % alike.args[0] != 0


def pytest_report_header() -> str | None:
    """What a skip is here."""
    if not REQUIRE_ALL:
        return None
    return f"a skipped test has failed, but for: {', '.join(MAY_SKIP) or 'none'}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> object:
    """Where all tests are required, one that is skipped has failed."""
    return _required((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> object:
    """The same of a whole file that is skipped."""
    return _required((yield))


def _required(report: pytest.TestReport | pytest.CollectReport) -> object:
    why = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
    if REQUIRE_ALL and report.skipped and not any(part in why for part in MAY_SKIP):
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: {why} (skipped, and LOMODEL_REQUIRE_ALL is set)"
    return report
