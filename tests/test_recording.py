"""The programs that make the recordings, as far as they can be tried without recording.

Red with one scenario less in the corpus, and with an import of a module that has moved.
"""

from __future__ import annotations

import importlib
import json

import pytest
from recorded import runs

from lomodel.machine import Machine
from tools.recording import corpus

PROGRAMS = (
    *("tools.bench", "tools.recording.capture", "tools.recording.guest", "tools.recording.search"),
    *("tools.recording.predictions", "tools.recording.tcp.capture"),
    *("tools.recording.corpus_2", "tools.recording.replay"),
    *("tools.recording.tcp.sorting", "tools.recording.tcp.talks"),
)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_finds_what_it_imports(name: str) -> None:
    """Nothing else runs them with every change of the model."""
    assert importlib.import_module(name)


def test_what_is_recorded_is_what_the_corpus_lists() -> None:
    names = sorted(string for string, _ in Machine().new_net().loopback_dev.netif_f.strings())
    listed = {
        (file, line["id"]): line["steps"]
        for file, lines in corpus.files(names).items()
        for line in lines
    }
    recorded = {
        (file, json.loads(line)["id"]): json.loads(line)["steps"]
        for file, line in runs.lines(runs.RELEASES[-1])
        if file != "examples"
    }
    assert listed == recorded
