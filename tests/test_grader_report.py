"""What a report holds: its forms, and nothing that a submission put there acts.

Seen red, each with one change: autoescape off (HTML), ``finalize=None`` (Markdown), ``cell``
without its backslash (a table's bar), a fence of three ticks, ``visible`` that returns its text
(terminal, XML, direction), ``defused`` without NFKC or without the blanks (CSV), ``quoted`` never
used, hidden checks' details and messages not taken away, ``stems`` that gives every name back,
``write`` straight into the file (links), ``remove`` that does nothing, a style that is not the
hash's (the browser), grades in the order in which they come. Before there were headings, places in
words, definitions that raised, meanings in Markdown and advice: each of their tests.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt
from nbformat import NotebookNode
from playwright.sync_api import Browser
from support.course import make_course
from support.settled import PATIENCE

from exercises.grader import assignment as assignments
from exercises.grader.assignment import Assignment
from exercises.grader.grade import CheckResult, Grade, refused
from exercises.grader.progress import line
from exercises.grader.report import Report, files, tables, views
from exercises.grader.report.text import code, cut, defused, escaped, fence, place, visible

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></pre></style><b id=injected>",
    "[a](http://evil.example) <http://evil.example> http://evil.example www.evil.example a@b.cc",
    "``` \n# h1\n\n* item\n\n| a | b |\n~~~\n```` \n<b id=injected>",
    "`tick` | bar ``two``",
    "\x1b[31mred\x1b]0;title\x07\x9b2J\x08\x00",
    "\u202egnp.exe\u2066\u200b",
    "=cmd|' /C calc'!A0",
    "half \ud800 a pair",
    "{{ 7 * 7 }}{% raw %}",
    "& &amp; &#60;",
]


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    course = make_course(tmp_path_factory.mktemp("report"))
    return assignments.load(course, "01_words")


def graded(
    words: Assignment, name: str, failed: str = "", message: str = "wrong", detail: str = ""
) -> Grade:
    """All passed but the checks whose id has ``failed`` in it; a note that is like the message."""
    checks = []
    for check in words.checks:
        bad = bool(failed) and failed in check.id
        points = 0 if bad else check.points
        said = (message, detail) if bad else ("", "")
        checks.append(
            CheckResult(check.id, check.task, check.hidden, points, check.points, not bad, *said)
        )
    notes = (f"a-count: {message}",) if message != "wrong" else ()
    return Grade(name, "graded", words.max_points, 0.0412, notes, tuple(checks))


def report_of(folder: Path, words: Assignment, *grades: Grade, book: str = "") -> Report:
    report = Report(folder, words, [grade.submission for grade in grades], book)
    report.begin()
    for grade in grades:
        report.add(grade)
    report.finish()
    return report


def stored(folder: Path) -> str:
    """The names in ``grades.json``."""
    grades = json.loads((folder / "grades.json").read_text())["grades"]
    return "".join(grade["submission"] for grade in grades)


class Elements(HTMLParser):
    """The elements of a page, its links, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not any(name.startswith("on") or name == "style" for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


class TestForms:
    def test_grades(self, words: Assignment, tmp_path: Path) -> None:
        report_of(tmp_path, words, graded(words, "ben", "h-count"), graded(words, "ada"))
        stored = json.loads((tmp_path / "grades.json").read_text())
        assert list(stored) == ["assignment", "max_points", "grades"]
        assert (stored["assignment"], stored["max_points"]) == ("01_words", 12)
        assert [grade["submission"] for grade in stored["grades"]] == ["ada", "ben"]
        ben = stored["grades"][1]
        keys = "submission status points max_points seconds notes checks"
        assert list(ben) == keys.split()
        assert (ben["status"], ben["points"], ben["max_points"], ben["seconds"]) == (
            "graded",
            10,
            12,
            0.041,
        )
        assert ben["checks"][1] == {
            "id": "h-count-1",
            "task": "count",
            "hidden": True,
            "points": 0,
            "max_points": 2,
            "passed": False,
            "message": "wrong",
        }

    def test_refused(self, words: Assignment, tmp_path: Path) -> None:
        report_of(tmp_path, words, refused("zip", "an archive", 12))
        (grade,) = json.loads((tmp_path / "grades.json").read_text())["grades"]
        assert (grade["status"], grade["points"], grade["checks"]) == ("refused", 0, [])
        assert grade["notes"] == ["an archive"]
        for file in ("zip.html", "zip.md", "index.html"):
            assert "an archive" in (tmp_path / file).read_text()

    def test_table(self, words: Assignment, tmp_path: Path) -> None:
        report_of(tmp_path, words, graded(words, "ada", "h-tally"), refused("b", "no", 12))
        assert (tmp_path / "grades.csv").read_text().splitlines() == [
            "submission,points,max_points,status,count,longest,tally,lines",
            "ada,10,12,graded,3,3,1,3",
            "b,0,12,refused,0,0,0,0",
        ]

    def test_junit(self, words: Assignment, tmp_path: Path) -> None:
        report_of(tmp_path, words, graded(words, "ada", "count"), refused("b", "an archive", 12))
        ada, b = ET.parse(tmp_path / "junit.xml").getroot()
        assert ada.attrib == {
            "name": "ada", "tests": "8", "failures": "2", "errors": "0", "time": "0.041",
        }  # fmt: skip
        cases = [(case.get("classname"), case.get("name"), len(case)) for case in ada]
        assert cases[:3] == [
            ("01_words.count", "c-count-1", 1),
            ("01_words.count", "hidden check 1 (chapters/count.html#top)", 1),
            ("01_words.longest", "c-longest-1", 0),
        ]
        assert len(cases) == 8
        assert len(b.findall("testcase")) == 0
        assert b.find("properties/property").attrib == {"name": "refused", "value": "an archive"}

    def test_every_moment(self, words: Assignment, tmp_path: Path) -> None:
        """After each step there is whole JSON, in the order of names, with nobody too many."""
        report = Report(tmp_path, words, "cab")
        report.begin()
        seen = []
        for name in "cab":
            report._rested_until = 0.0
            report.add(graded(words, name))
            seen.append(stored(tmp_path))
        assert seen == ["c", "ac", "abc"]

    def test_a_slow_disk(
        self, words: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The first grade is there at once; a later one waits until grades.json has rested, and not
        for a further grade."""
        clock, write = [100.0], files.write

        def slowly(*what: Any) -> None:
            clock[0] += 1 * (what[1] == "grades.json")
            write(*what)

        monkeypatch.setattr(files, "write", slowly)
        monkeypatch.setattr("exercises.grader.report.time.monotonic", lambda: clock[0])
        report = Report(tmp_path, words, "cab")
        report.begin()
        report.add(graded(words, "c"))
        assert stored(tmp_path) == "c"
        report.add(graded(words, "a"))
        report.catch_up()
        assert stored(tmp_path) == "c"
        clock[0] += 21
        report.catch_up()
        assert stored(tmp_path) == "ac"
        before = clock[0]
        clock[0] += 21
        report.catch_up()
        assert clock[0] == before + 21, "written though nothing is lacking"


class TestStudent:
    def test_feedback(self, words: Assignment, tmp_path: Path) -> None:
        grade = graded(words, "ada", "count", detail="your answer gives 7\n  expected is 8")
        report_of(tmp_path, words, grade, book="https://book.example/")
        page = Elements((tmp_path / "ada.html").read_text())
        assert "9 of 12 points" in page.words
        assert "your answer gives 7\n  expected is 8" in page.text
        assert page.links == ["https://book.example/chapters/count.html#top"]
        markdown = (tmp_path / "ada.md").read_text()
        assert "**9 of 12 points**" in markdown
        assert "your answer gives 7\n  expected is 8" in markdown
        link = "[`chapters/count.html#top`](<https://book.example/chapters/count.html#top>)"
        assert link in markdown

    def test_without_book(self, words: Assignment, tmp_path: Path) -> None:
        """Nothing to click that would lead nowhere: the page and its section, in words."""
        report_of(tmp_path, words, graded(words, "ada", "count"))
        page = Elements((tmp_path / "ada.html").read_text())
        assert page.links == []
        assert "The book explains it in chapters/count, section top." in page.words
        markdown = (tmp_path / "ada.md").read_text()
        assert "The book explains it in chapters/count, section top." in markdown

    @pytest.mark.parametrize(
        ("section", "said"),
        [
            ("chapters/a.html#two-ways", "chapters/a, section two-ways"),
            ("chapters/a.html", "chapters/a"),
            ("lecture 3", "lecture 3"),
            ("#top", "section top"),
        ],
    )
    def test_place(self, section: str, said: str) -> None:
        assert place(section) == said

    def test_headings(self, words: Assignment, tmp_path: Path) -> None:
        """A task is called as in the notebook, for the student and for the class."""
        report_of(tmp_path, words, graded(words, "ada", "count"))
        heading = "Task 1: How many words ( count )"
        assert heading in Elements((tmp_path / "ada.html").read_text()).words
        assert f"{heading} 0.0 of 3" in Elements((tmp_path / "index.html").read_text()).words
        markdown = (tmp_path / "ada.md").read_text()
        assert "\n## Task 1: How many words (`count`): 0 of 3\n" in markdown

    def test_no_heading(self, words: Assignment, tmp_path: Path) -> None:
        bare = replace(words, notebook=NotebookNode(cells=[]))
        report_of(tmp_path, bare, graded(bare, "ada", "count"))
        assert "\n## `count`: 0 of 3\n" in (tmp_path / "ada.md").read_text()
        assert "<h2>count</h2>" in (tmp_path / "ada.html").read_text()

    def test_markdown_of_a_heading(self) -> None:
        """It reads the same, whatever is Markdown in it; names of C are left as they are."""
        said = "Which `word` [a](b) *x* _y_ <b> nr_cpu_ids ::1 #"
        shown = MarkdownIt("gfm-like").render(f"## {escaped(said)}")
        assert re.sub("<[^>]+>", "", shown).strip() == said.replace("<b>", "&lt;b&gt;")
        assert "nr_cpu_ids" in escaped(said)

    @pytest.mark.parametrize(
        ("note", "said"),
        [
            ("raised SyntaxError", "raised SyntaxError when it was defined."),
            ("too long", "did not end in time when it was defined."),
            ("ended", "ended the program when it was defined."),
        ],
    )
    def test_defined(self, words: Assignment, tmp_path: Path, note: str, said: str) -> None:
        """What its definition raised stands in the answer's task, before the checks."""
        grade = replace(graded(words, "ada", "tally"), notes=(f"a-commonest: {note}",))
        report_of(tmp_path, words, grade)
        text = Elements((tmp_path / "ada.html").read_text()).words
        sentence = f"Your answer a-commonest {said}"
        assert text.index("Task 3") < text.index(sentence) < text.index("c-tally-1")
        markdown = (tmp_path / "ada.md").read_text()
        sentence = f"Your answer `a-commonest` {said}"
        assert markdown.index("Task 3") < markdown.index(sentence) < markdown.index("c-tally-1")
        assert markdown.count("Your answer") == 1

    def test_other_notes(self, words: Assignment, tmp_path: Path) -> None:
        grade = replace(graded(words, "ada"), notes=("a-count: not found, the stub was run",))
        report_of(tmp_path, words, grade)
        assert "Your answer" not in (tmp_path / "ada.html").read_text()

    def test_meanings(self, words: Assignment, tmp_path: Path) -> None:
        """The same in both, and every message that a check may have is there."""
        report_of(tmp_path, words, graded(words, "ada", "count"))
        page = Elements((tmp_path / "ada.html").read_text()).words
        markdown = (tmp_path / "ada.md").read_text()
        meant = page.partition("What the results mean ")[2]
        listed = re.findall(r"^\* \*\*(.+)\*\*: (.+)$", markdown.partition("results mean")[2], re.M)
        assert " ".join(f"{word} {what}" for word, what in listed) == meant.strip()
        words_of = [word for word, _ in listed]
        assert words_of == [
            *("hidden check", "wrong", "raised NAME", "too long", "ended", "not reached")
        ]

    def test_advice(self, words: Assignment, tmp_path: Path) -> None:
        """Below a task that lost a hidden point, not below others; praise for all of them."""
        advice = "Read the docstring again, and try what it allows"
        passed = "All checks passed."
        for name, failed in (("ada", "h-count"), ("ben", "c-count"), ("cid", "")):
            report_of(tmp_path, words, graded(words, name, failed))
            for file in (f"{name}.html", f"{name}.md"):
                text = (tmp_path / file).read_text()
                assert text.count(advice) == (name == "ada"), file
                assert text.count(passed) == (name == "cid"), file
            if name == "ada":
                after = text.index("hidden check 1"), text.index(advice), text.index("Task 2")
                assert list(after) == sorted(after)

    def test_hidden(self, words: Assignment, tmp_path: Path) -> None:
        """Whatever a judge says of a hidden check, only the five words come out."""
        secret = "expected 42 SECRET"
        grade = graded(words, "ada", "h-", message=secret, detail=secret)
        grade = Grade(**{**vars(grade), "notes": ()})
        report_of(tmp_path, words, grade)
        for path in tmp_path.iterdir():
            text = path.read_text()
            assert "SECRET" not in text, path.name
            if path.name != "grades.json":
                assert "h-count" not in text, path.name
            for check in words.checks:
                if check.hidden:
                    assert check.source not in text
        stored = json.loads((tmp_path / "grades.json").read_text())
        assert {check["message"] for check in stored["grades"][0]["checks"]} == {"", "wrong"}

    @pytest.mark.parametrize(
        ("said", "shown"),
        [
            ("wrong", "wrong"),
            ("too long", "too long"),
            ("ended", "ended"),
            ("not reached", "not reached"),
            ("raised KeyError", "raised KeyError"),
            ("raised Key Error: 42", "wrong"),
            ("raised", "wrong"),
            ("", "wrong"),
        ],
    )
    def test_messages_of_hidden(self, words: Assignment, said: str, shown: str) -> None:
        grade = views.publishable(graded(words, "ada", "h-count", message=said, detail="x"))
        assert (grade.checks[1].message, grade.checks[1].detail) == (shown, "")

    def test_long(self, words: Assignment, tmp_path: Path) -> None:
        report_of(tmp_path, words, graded(words, "ada", "c-count", detail="x" * 1_000_000))
        assert (tmp_path / "ada.html").stat().st_size < 30_000
        assert "996000 more characters are left out" in (tmp_path / "ada.html").read_text()
        assert cut("short") == "short"


class TestClass:
    def test_numbers(self, words: Assignment, tmp_path: Path) -> None:
        grades = [graded(words, "ada"), graded(words, "ben", "count"), refused("zip", "no", 12)]
        report_of(tmp_path, words, *grades)
        text = Elements((tmp_path / "index.html").read_text()).words
        assert "graded 2 refused 1 mean of 12 10.5 median 10.5" in text
        assert "( count ) 1.5 of 3 50 % c-count-1 (1), hidden check 1 (1)" in text
        assert "The run was stopped" not in text

    def test_bars(self, words: Assignment) -> None:
        grades = [graded(words, "a"), graded(words, "b"), graded(words, "c", "c-count")]
        bars = views.bars(grades, 12)
        assert [bar.low for bar in bars] == list(range(13))
        assert [(bar.count, bar.percent) for bar in bars[10:]] == [(0, 0), (1, 50), (2, 100)]

    @pytest.mark.parametrize("most", [1, 12, 15, 16, 31, 33, 100, 101])
    def test_bars_cover_all(self, words: Assignment, most: int) -> None:
        bars = views.bars([], most)
        covered = [points for bar in bars for points in range(bar.low, bar.high + 1)]
        assert covered == list(range(most + 1)) and len(bars) <= 17

    def test_nobody(self, words: Assignment, tmp_path: Path) -> None:
        report_of(tmp_path, words)
        assert "There are no grades." in (tmp_path / "index.html").read_text()
        assert json.loads((tmp_path / "grades.json").read_text())["grades"] == []

    def test_stopped(self, words: Assignment, tmp_path: Path) -> None:
        report = Report(tmp_path, words, ["ada", "ben"])
        report.begin()
        report.add(graded(words, "ada"))
        report.finish()
        text = (tmp_path / "index.html").read_text()
        assert "1 of 2 submissions have a grade" in text and "--resume" in text

    def test_links(self, words: Assignment, tmp_path: Path) -> None:
        """Each student's link leads to a file that is there."""
        names = ["index", "a?b#c%20 d", "javascript:alert(1)", "<b>", "../up", "ada"]
        report_of(tmp_path, words, *(graded(words, name) for name in names))
        links = Elements((tmp_path / "index.html").read_text()).links
        found = {unquote(link) for link in links}
        assert len(found) == 6 + 3
        for link in links:
            assert (tmp_path / unquote(link)).is_file(), link
            assert ":" not in link


class TestHostile:
    @pytest.mark.parametrize("text", HOSTILE)
    def test_html(self, words: Assignment, tmp_path: Path, text: str) -> None:
        """The elements are those of a page about a harmless student; the text is all there."""
        folders = []
        for name, said in (("plain", "plain"), (text, text)):
            folder = tmp_path / f"{len(folders)}"
            folder.mkdir()
            grade = graded(words, name, "c-", message=f"raised {said}", detail=said)
            report = report_of(folder, words, grade, refused("other", said, 12))
            folders.append((folder, report.files_of(name)[0], report.files_of("other")[0]))
        (one, *its), (other, *others) = folders
        for plain, hostile in zip(["index.html", *its], ["index.html", *others], strict=True):
            page = (other / hostile).read_text(encoding="utf-8")
            assert Elements(page).tags == Elements((one / plain).read_text()).tags
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)

    @pytest.mark.parametrize("text", HOSTILE)
    def test_markdown(self, words: Assignment, tmp_path: Path, text: str) -> None:
        """The same headings, tables and blocks as of a harmless student, and no link, no HTML."""

        def kinds(name: str, said: str, folder: Path) -> list[str]:
            folder.mkdir()
            grade = graded(words, name, "c-", message=f"raised {said}", detail=said)
            report = report_of(folder, words, grade)
            source = (folder / report.files_of(name)[1]).read_text()
            parser = MarkdownIt("gfm-like")
            parser.options["linkify"] = True
            tokens = parser.parse(source)
            inner = [kid for token in tokens for kid in token.children or []]
            return [token.type for token in [*tokens, *inner]]

        hostile = kinds(text, text, tmp_path / "hostile")
        assert hostile == kinds("plain", "plain", tmp_path / "plain")
        assert not {"link_open", "html_block", "html_inline"} & set(hostile)

    @pytest.mark.parametrize("text", HOSTILE)
    def test_xml(self, words: Assignment, tmp_path: Path, text: str) -> None:
        grade = graded(words, text, "count", message=text)
        report_of(tmp_path, words, grade, refused(f"{text} 2", text, 12))
        root = ET.parse(tmp_path / "junit.xml").getroot()
        assert {suite.get("name") for suite in root} == {visible(text), visible(f"{text} 2")}

    @pytest.mark.parametrize("text", HOSTILE)
    def test_terminal(self, words: Assignment, text: str) -> None:
        for grade in (graded(words, text), refused("x", text, 12)):
            said = line(grade, 10)
            assert "\n" not in said
            assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800]", said)

    @pytest.mark.parametrize("text", HOSTILE)
    def test_json(self, words: Assignment, tmp_path: Path, text: str) -> None:
        """The name as it is, where UTF-8 can hold it; JSON that any reader takes."""
        report_of(tmp_path, words, graded(words, text))
        stored = json.loads((tmp_path / "grades.json").read_text())
        name = stored["grades"][0]["submission"]
        assert name == text.replace("\ud800", "\\ud800")
        json.dumps(stored, ensure_ascii=False).encode("utf-8")

    @pytest.mark.parametrize(
        "name",
        [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "\u3000=1",
            "＝1", "＋1", "－1", "＠1", "\u200b=1", "\x00=1", "\u202e=1",
        ],
    )  # fmt: skip
    def test_formula(self, words: Assignment, name: str) -> None:
        text = tables.as_csv([graded(words, name)], words.tasks)
        row = list(csv.reader(io.StringIO(text)))[1]
        assert row[0].startswith("'") and row[0] == defused(name)
        assert row[1:4] == ["12", "12", "graded"]

    @pytest.mark.parametrize("name", ["a;=1+1", "a\t=1+1", 'a"=1', "two\nlines", "a,b", "a|=1"])
    def test_one_cell(self, words: Assignment, name: str) -> None:
        """Also where a spreadsheet splits at another separator than ours."""
        text = tables.as_csv([graded(words, name)], words.tasks)
        assert next(iter(list(csv.reader(io.StringIO(text)))[1])) == name
        assert text.partition("\n")[2].startswith('"')

    @pytest.mark.parametrize(
        "name", ["ada", "Élodie Müller", "山田　太郎", "O'Neil", "a-b", "نیم‌فاصله"]
    )
    def test_harmless(self, words: Assignment, tmp_path: Path, name: str) -> None:
        """A student's name stays as it is written."""
        report = report_of(tmp_path, words, graded(words, name))
        assert report.files_of(name) == (f"{name}.html", f"{name}.md")
        assert defused(name) == visible(name) == name

    def test_code(self) -> None:
        assert code("a") == "`a`" and code("") == "` `" and code("`") == "`` ` ``"
        assert fence("a\n```\nb").splitlines()[0] == "````text"

    @pytest.mark.browser
    def test_browser(self, words: Assignment, tmp_path: Path, chromium: Browser) -> None:
        """Nothing runs, nothing is loaded, the style is applied, and a phone needs no scrolling."""
        grade = graded(words, "ada", "c-", message="raised X", detail=" ".join(HOSTILE))
        report_of(tmp_path, words, grade, *(graded(words, text) for text in HOSTILE))
        for file in ("index.html", "ada.html"):
            page = chromium.new_page(viewport={"width": 390, "height": 800})
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.on("dialog", lambda dialog, said=said: said.append(dialog.message))
            page.on("request", lambda request, said=said: said.append(request.url))
            page.goto((tmp_path / file).as_uri())
            assert said == [(tmp_path / file).as_uri()]
            assert page.evaluate("document.documentElement.scrollWidth") == 390
            assert page.evaluate("getComputedStyle(document.body).fontSize") == "17px"
            with page.expect_console_message(timeout=PATIENCE):
                page.evaluate("document.body.innerHTML = '<img src=x onerror=\"window.f=1\">'")
            assert page.evaluate("window.f") is None and len(said) > 1
            page.close()


class TestFiles:
    def test_names(self, words: Assignment, tmp_path: Path) -> None:
        """No two students share a file, none takes the class's, none leaves the folder."""
        names = [
            "index", "Index", "ada", "Ada", "../up", ".", "..", ".hidden", "a/b", "n" * 255,
            "bad\udcff", "two\nlines", "é", "e\u0301", "grades", "junit",
            *files.stems(["index"], False).values(),
        ]  # fmt: skip
        grades = [graded(words, name) for name in names]
        folder = tmp_path / "report"
        folder.mkdir()
        report = report_of(folder, words, *grades)
        written = [file for name in names for file in report.files_of(name)]
        assert len(set(written)) == 2 * len(names)
        assert {path.name for path in folder.iterdir()} == {
            *written, "index.html", "grades.json", "grades.csv", "junit.xml",
        }  # fmt: skip
        assert "01_words: the class" in (folder / "index.html").read_text()
        assert [path.name for path in tmp_path.iterdir()] == ["report"]

    def test_one_case(self) -> None:
        """Where the file system does not tell A from a, the second gets another name."""
        found = files.stems(["ada", "Ada", "É", "e\u0301"], one_case=True)
        keys = {files._key(stem, one_case=True) for stem in found.values()}
        assert len(keys) == 4 and "Ada" in found.values()
        apart = files.stems(["ada", "Ada"], one_case=False)
        assert apart == {"ada": "ada", "Ada": "Ada"}

    def test_links(self, words: Assignment, tmp_path: Path) -> None:
        """A link that waits where a file goes, or beside it, is not written through."""
        outside = tmp_path / "outside"
        outside.write_text("mine")
        folder = tmp_path / "report"
        folder.mkdir()
        for name in ("grades.json", "ada.html", "index.html", files.BESIDE):
            (folder / name).symlink_to(outside)
        report_of(folder, words, graded(words, "ada"))
        assert outside.read_text() == "mine"
        assert not any(path.is_symlink() for path in folder.iterdir())

    def test_stale(self, words: Assignment, tmp_path: Path) -> None:
        """An earlier run's files go when the next begins; others' stay."""
        old = report_of(tmp_path, words, graded(words, "gone"))
        (tmp_path / "notes.html").write_text("mine")
        report = Report(tmp_path, words, ["ada"])
        report.begin(old.files_of("gone"))
        assert {path.name for path in tmp_path.iterdir()} == {"notes.html", "grades.json"}
        assert json.loads((tmp_path / "grades.json").read_text())["grades"] == []
