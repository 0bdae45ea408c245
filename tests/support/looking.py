"""Pages that many tests look at, each opened once.

To open a page takes most of the time of a test that only looks at it. With ``looking_at`` pytest
puts the tests of a file in the order of the pages, not of the tests.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from lomodel.figures import look

DESK, PHONE = 1280, 390
"""Pixels: how wide a window is."""

View = tuple[str, int, str]
"""A theme, a width, and the name of a page."""


def views(names: Iterable[str], width: int, themes: Iterable[str] = look.THEMES) -> list[View]:
    return [(theme, width, name) for name in names for theme in themes]


def looking_at(found: list[View]) -> pytest.MarkDecorator:
    """For tests that have the fixture ``opened``; those of one page must be given one list."""
    names = ["-".join(map(str, view)) for view in found]
    return pytest.mark.parametrize("opened", found, ids=names, indirect=True, scope="module")
