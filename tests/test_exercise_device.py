"""The capstone: a hundred lives hold every rule for its solution, and a wrong answer breaks one.

Each wrong answer of a part that the lives meet was seen to break a rule; so was every rule, by one
of them at least (``RULES``). Seen red: leaky_xmit that counts 13 bytes less; a rule left out of
``life``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
NAME = "10_your_own_device"
NOTEBOOK = ROOT / "exercises" / "solutions" / f"{NAME}.ipynb"
WRONG = sorted((ROOT / "exercises" / "wrong" / NAME).glob("*.py"))
# A prediction is asked for, not met: what an empty socket does.
UNMET = {"plan--the-core-counts-instead"}
RULES = {
    "transmit--counts-as-lo-does": "what was sent is counted",
    "transmit--counts-what-the-tray-refused": "what came back is counted",
    "transmit--a-lost-packet-keeps-its-sender": "every sender has his memory back",
    "statistics--adds-the-drops-that-the-core-adds": "what was dropped is counted once",
    "statistics--all-that-was-dropped-was-lost": "the ledger tells lost from refused",
    "page--a-line-a-piece": "the page adds up",
    "features--the-wish-is-forgotten": "the lamps follow the rules",
    "bell--every-device-gets-one": "each has its address",
    "setup--it-may-be-moved-and-outlives-its-namespace": "nobody moves in elsewhere",
    "end--every-failure-is-enomem": "a birth is refused for its reason",
    "end--the-first-stays-when-the-second-fails": "no byte is left",
}


@cache
def cells() -> list[tuple[str, str]]:
    notebook = nbformat.read(NOTEBOOK, 4)
    return [
        (cell.id, cell.source)
        for cell in notebook.cells
        if cell.cell_type == "code" and "check" not in cell.metadata.get("tags", [])
    ]


def loaded(answers: dict[str, str]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for id, source in cells():
        exec(answers.get(id, source), names)
    return names


def test_a_hundred_lives() -> None:
    life = loaded({})["life"]
    lives = [life(seed) for seed in range(2000, 2100)]
    assert [lived["broken"] for lived in lives] == [[]] * 100
    # They are lives: of every kind of packet there was one.
    for fate in ("seen", "sent", "lost", "refused", "back"):
        assert sum(lived["ledger"][fate] > 0 for lived in lives) > 20, fate
    assert {lived["refused"] for lived in lives} == {"ENOMEM", "EPERM"}
    assert {lived["cpus"] for lived in lives} == {1, 2, 3, 4}
    assert any("pieces 3" in line for lived in lives for line in lived["page"])


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_a_wrong_answer_breaks_a_rule(path: Path) -> None:
    task = path.stem.partition("--")[0]
    life = loaded({f"a-{task}": path.read_text(encoding="utf-8")})["life"]
    if path.stem in UNMET:
        assert not any(life(seed)["broken"] for seed in range(50))
        return
    for seed in range(300):
        try:
            broken = life(seed)["broken"]
        except Exception:
            assert path.stem not in RULES
            return
        if path.stem in RULES and RULES[path.stem] in broken:
            return
        if path.stem not in RULES and broken:
            return
    pytest.fail("300 lives went well")


def test_every_rule_has_a_wrong_answer() -> None:
    assert set(RULES) | UNMET <= {path.stem for path in WRONG}
