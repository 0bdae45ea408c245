"""Random scenarios of contract 2, by theme: valid, and near the places where something changes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .themes import THEMES, drawn

__all__ = ["THEMES", "drawn", "steps"]


def steps(theme: str = "mixed") -> st.SearchStrategy[list[dict[str, Any]]]:
    """Scenarios of that theme, for Hypothesis, which shrinks them by its own choices."""
    random = st.randoms(note_method_calls=False, use_true_random=False)
    return random.map(lambda each: drawn(theme, each))
