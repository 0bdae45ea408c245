"""What can go wrong in the laboratory."""

from __future__ import annotations


class LabUnavailable(RuntimeError):
    """This machine cannot play scenarios: which step failed, and why."""

    def __init__(self, step: str, why: object):
        self.step, self.why = step, str(why)
        super().__init__(step, self.why)

    @property
    def reason(self) -> str:
        """Which step failed, and why."""
        return f"{self.step} failed: {self.why}"

    def __str__(self) -> str:
        return f"no laboratory here: {self.reason}"


class NotPlayed(LabUnavailable):
    """One scenario could not be played: which step failed, and why. The next one may be."""

    def __str__(self) -> str:
        return f"not played: {self.reason}"


class Disturbed(RuntimeError):
    """Somebody else's packets crossed the loopback device of the sender's CPU at the same time."""


class Overflow(Disturbed):
    """More events than the ring holds: somebody else's, or the scenario's own."""
