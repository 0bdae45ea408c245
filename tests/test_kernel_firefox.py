"""The kernel of the pages in Firefox: all examples and 200 recorded scenarios, as the model says.

A file of its own, because Playwright has one browser's kind at a time in a file.

Seen red: a scenario in the list of reasons that is played alike.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser
from test_kernel import DIFFERENT, REFUSED, SAMPLE, kernel, said_in

from lomodel.lab.diff import differences

__all__ = ["kernel"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_firefox_says_the_same(kernel: Path, tmp_path: Path, firefox: Browser) -> None:
    """Equal, or different or refused for a reason that the list has."""
    said = dict(said_in(firefox, kernel, tmp_path))
    assert len(said) >= SAMPLE + 16
    assert {name for name, answer in said.items() if "refused" in answer} == REFUSED
    answered = {name: answer for name, answer in said.items() if name not in REFUSED}
    differing = {
        name for name, each in answered.items() if differences(each["model"], each["kernel"])
    }
    assert differing == DIFFERENT
