"""Everything that a REPORT/ holds: feedback for each student, the class, tables for programs.

Nothing of it comes from a hidden check but its task, its section and how it failed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from exercises.grader.assignment import Assignment
from exercises.grader.grade import Grade
from exercises.grader.report import files, tables, views
from exercises.grader.report.text import (
    Markdown,
    cell,
    code,
    escaped,
    fence,
    lines,
    place,
    visible,
)
from exercises.grader.utf8 import encodable

CLASS_FILES = ("index.html", "grades.csv", "junit.xml")
_SHARE = 20
"""While grades come, grades.json is written anew when this many times its last writing has passed,
so that a class of thousands costs no more for it than a class of ten."""


class Report:
    """Writes ``folder``, which exists. ``submissions`` are all that there are, graded or not yet;
    ``book`` is the address of the book's pages, empty where there is none to link to."""

    def __init__(
        self, folder: Path, assignment: Assignment, submissions: Iterable[str], book: str = ""
    ) -> None:
        self._folder = folder
        self._assignment = assignment
        self._submissions = sorted(submissions)
        self._stems = files.stems(self._submissions, files.is_one_case(folder))
        self._grades: dict[str, Grade] = {}
        self._rows: dict[str, str] = {}
        self._lacking = False
        self._rested_until = 0.0
        self._html = _environment(book, self._stems)
        self._markdown = _environment(book, self._stems, finalize=code)

    def begin(self, stale: Iterable[str] = ()) -> None:
        """Takes away what an earlier run says of the class, and the students' files that it wrote
        (``stale``); there are no grades yet."""
        files.remove(self._folder, [*CLASS_FILES, *stale])
        self._write_grades()

    def files_of(self, submission: str) -> tuple[str, ...]:
        """The names of a student's files."""
        stem = self._stems[submission]
        return f"{stem}.html", f"{stem}.md"

    def add(self, grade: Grade) -> None:
        """Writes a student's files; the grade stands in ``grades.json`` when that is next written:
        at once, or when ``catch_up`` finds that it has rested."""
        grade = views.publishable(grade)
        facts = {
            "grade": grade,
            "assignment": self._assignment,
            "tasks": views.tasks(grade, self._assignment),
        }
        html, markdown = self.files_of(grade.submission)
        self._put(html, self._html.get_template("student.html").render(facts))
        self._put(markdown, self._markdown.get_template("student.md").render(facts))
        self._keep(grade)
        self._lacking = True
        self.catch_up()

    def catch_up(self) -> None:
        """Writes ``grades.json`` where it lacks a grade, unless it was written a moment ago."""
        begun = time.monotonic()
        if not self._lacking or begun < self._rested_until:
            return
        self._write_grades()
        now = time.monotonic()
        self._rested_until = now + (now - begun) * _SHARE

    def _keep(self, grade: Grade) -> None:
        row = grade.as_json()
        row["submission"] = encodable(grade.submission)
        self._rows[grade.submission] = json.dumps(row)
        self._grades[grade.submission] = without_details(grade)

    def finish(self) -> None:
        """Writes what there is of the class; a run that was stopped does it too."""
        self._write_grades()
        grades = self._in_order()
        view = views.overview(grades, len(self._submissions), self._assignment)
        page = self._html.get_template("index.html")
        self._put("index.html", page.render(view=view, assignment=self._assignment))
        self._put("grades.csv", tables.as_csv(grades, self._assignment.tasks))
        self._put("junit.xml", tables.as_junit(grades, self._assignment))

    def _in_order(self) -> list[Grade]:
        return [self._grades[name] for name in self._submissions if name in self._grades]

    def _write_grades(self) -> None:
        rows = [self._rows[name] for name in self._submissions if name in self._rows]
        head = json.dumps(
            {"assignment": self._assignment.name, "max_points": self._assignment.max_points}
        )
        body = ",\n".join(rows)
        self._put("grades.json", f'{head[:-1]}, "grades": [\n{body}\n]}}\n')
        self._lacking = False

    def _put(self, name: str, text: str) -> None:
        files.write(self._folder, name, text)


def without_details(grade: Grade) -> Grade:
    """What the class needs of it: outputs of 500 submissions are not kept."""
    return replace(grade, checks=tuple(replace(check, detail="") for check in grade.checks))


def _where(book: str, section: str) -> Markdown:
    """A place in the book: a link, where the book has an address; else in words."""
    if not book:
        return escaped(place(section))
    return Markdown(f"[{code(section)}](<{book.rstrip('/')}/{quote(section, safe='/#.')}>)")


def _environment(book: str, stems: dict[str, str], finalize: Any = None) -> Environment:
    """HTML is escaped by Jinja2; in Markdown each value is a code span that nothing in it ends."""
    made = Environment(
        loader=PackageLoader("exercises.grader.report"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=finalize,
    )
    style = made.get_template("style.css").render()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    made.filters.update(visible=visible, lines=lines, cell=cell, fence=fence)
    made.filters.update(escaped=escaped, place=place)
    made.filters.update(plain=lambda count: Markdown(int(count)), where=partial(_where, book))
    made.globals.update(
        style=style,
        style_hash=f"'sha256-{digest}'",
        book=book.rstrip("/"),
        points_of=views.points_of,
        meanings=views.MEANINGS,
        advice=views.ADVICE,
        all_passed=views.all_passed,
        page=lambda name: quote(f"{stems[name]}.html"),
    )
    return made
