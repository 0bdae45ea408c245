"""The laboratory: scenarios on the reader's own kernel, in a namespace of their own."""

from __future__ import annotations

from .errors import LabUnavailable
from .worker import worker

__all__ = ["LabUnavailable", "worker"]
