"""What other programs read: ``grades.csv`` for a spreadsheet, ``junit.xml`` for a CI server."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from exercises.grader.assignment import Assignment
from exercises.grader.grade import CheckResult, Grade
from exercises.grader.report.text import defused, visible
from exercises.grader.report.views import labels, points_of

HEAD = ("submission", "points", "max_points", "status")
_OTHER_SEPARATORS = frozenset(";\t|\r\n")
"""A spreadsheet may split at one of these, unless the cell is quoted."""


def as_csv(grades: Iterable[Grade], tasks: Sequence[str]) -> str:
    """A line a submission, a column a task; no cell is a formula."""
    text = io.StringIO()
    plain = csv.writer(text, lineterminator="\n")
    quoted = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    plain.writerow([*HEAD, *map(defused, tasks)])
    for grade in grades:
        name = defused(grade.submission)
        row = [name, grade.points, grade.max_points, grade.status]
        writer = quoted if _OTHER_SEPARATORS & set(name) else plain
        writer.writerow([*row, *(points_of(grade, task) for task in tasks)])
    return text.getvalue()


def as_junit(grades: Sequence[Grade], assignment: Assignment) -> str:
    """A test suite a submission, a test case a check. A refused one has no checks: a property of
    its suite says why."""
    root = ET.Element("testsuites", name=assignment.name)
    called = labels(assignment)
    sections = {check.id: check.section for check in assignment.checks}
    for grade in grades:
        suite = ET.SubElement(root, "testsuite", _suite(grade))
        if grade.status != "graded":
            facts = ET.SubElement(suite, "properties")
            ET.SubElement(facts, "property", name="refused", value=visible(grade.notes[0]))
        for check in grade.checks:
            _case(suite, check, f"{assignment.name}.{check.task}", called, sections)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(grade: Grade) -> dict[str, str]:
    failed = sum(not check.passed for check in grade.checks)
    return {
        "name": visible(grade.submission),
        "tests": str(len(grade.checks)),
        "failures": str(failed),
        "errors": "0",
        "time": f"{grade.seconds:.3f}",
    }


def _case(
    suite: ET.Element,
    check: CheckResult,
    task: str,
    called: dict[str, str],
    sections: dict[str, str],
) -> None:
    label = called.get(check.id, "hidden check" if check.hidden else check.id)
    section = sections.get(check.id, "")
    name = f"{label} ({section})" if check.hidden and section else label
    case = ET.SubElement(suite, "testcase", classname=visible(task), name=visible(name))
    if not check.passed:
        ET.SubElement(case, "failure", message=visible(check.message))
