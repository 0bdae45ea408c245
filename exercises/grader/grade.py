"""What grading gives, as data: a line of `grades.json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

# What a hidden check's message may be; RAISED is followed by the name of a built-in exception.
WRONG, TOO_LONG, ENDED, NOT_REACHED, RAISED = "wrong", "too long", "ended", "not reached", "raised"


@dataclass(frozen=True)
class CheckResult:
    """One check of one submission. ``message`` is empty where it passed."""

    id: str
    task: str
    hidden: bool
    points: int
    max_points: int
    passed: bool
    message: str = ""
    detail: str = field(default="", compare=False)
    """Of a visible check that failed: what it printed or raised, and what was expected, as plain
    text for the feedback. Never of a hidden one, and not part of ``grades.json``."""

    def as_json(self) -> dict[str, Any]:
        """As it stands in `grades.json`."""
        row = asdict(self)
        del row["detail"]
        return row


@dataclass(frozen=True)
class Grade:
    """One submission: ``status`` is "graded", or "refused" with the reason as its first note."""

    submission: str
    status: str
    max_points: int
    seconds: float
    notes: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()

    @property
    def points(self) -> int:
        return sum(check.points for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """As it stands in `grades.json`, its keys in their order."""
        return {
            "submission": self.submission,
            "status": self.status,
            "points": self.points,
            "max_points": self.max_points,
            "seconds": round(self.seconds, 3),
            "notes": list(self.notes),
            "checks": [check.as_json() for check in self.checks],
        }


def refused(submission: str, reason: str, max_points: int, notes: tuple[str, ...] = ()) -> Grade:
    """The grade of what could not be read as a notebook."""
    return Grade(submission, "refused", max_points, 0.0, (reason, *notes))
