"""What the command itself cannot do, in one line."""

from __future__ import annotations


class Problem(Exception):
    """The command cannot work; its text is one line that says why, and what to do."""
