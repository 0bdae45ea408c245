"""Imports point downwards only, and the mechanism runs on nothing but Python."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
BOTTOM = ("lomodel.linux", "lomodel.trace")
# What must run where only Python is, a web page included.
PURE = (*BOTTOM, "lomodel.contract", "lomodel.scenario")

# Run with neither site-packages nor the current folder: what is imported beside the standard
# library would not be found, and what is found is looked at once more.
ALONE = """
import importlib, json, pkgutil, sys
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    module = importlib.import_module(name)
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), name + "."):
        importlib.import_module(found.name)
roots = {name.partition(".")[0] for name in sys.modules}
print(json.dumps(sorted(roots - sys.stdlib_module_names - {"__main__"})))
"""


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(
        "lomodel",
        include_external_packages=True,
        exclude_type_checking_imports=True,
        cache_dir=None,
    )


def members(graph: grimp.ImportGraph, package: str) -> set[str]:
    return {package, *graph.find_descendants(package)} & graph.modules


def test_contracts() -> None:
    """The layers, and who may name whom: what pyproject.toml says. All four were looked at."""
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as main; main()",
    ]
    run = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Contracts: 4 kept, 0 broken." in run.stdout


@pytest.mark.parametrize("package", PURE)
def test_imports_nothing_but_python(graph: grimp.ImportGraph, package: str) -> None:
    if package not in graph.modules:
        pytest.skip(f"{package} is not there yet")
    allowed = sys.stdlib_module_names | {"lomodel"}
    foreign = {
        f"{module} imports {name}"
        for module in members(graph, package)
        for name in graph.find_modules_directly_imported_by(module)
        if name.partition(".")[0] not in allowed
    }
    assert not foreign


@pytest.mark.parametrize("package", BOTTOM)
def test_the_bottom_knows_nothing_above(graph: grimp.ImportGraph, package: str) -> None:
    above = {
        f"{module} imports {name}"
        for module in members(graph, package)
        for name in graph.find_modules_directly_imported_by(module)
        if name.startswith("lomodel.") and not name.startswith(BOTTOM)
    }
    assert not above


def test_runs_without_site_packages(graph: grimp.ImportGraph) -> None:
    names = [name for name in PURE if name in graph.modules]
    command = [sys.executable, "-I", "-S", "-c", ALONE, str(ROOT), *names]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == ["lomodel"]
