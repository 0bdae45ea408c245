"""The built notebooks in JupyterLite: every chapter, every assignment from link to grade, editions.

In a real browser against the built files, served below a path, with every request logged. What was
seen red on the way here is said at the test.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Page, expect
from support import lite
from support.lite import PATIENCE, fresh, run_all, run_code, wait
from support.served import served

from tools import page_lite, sphinx_lite
from tools.assignments import assignments

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("*.ipynb"))
BELOW = "some/where"
"""The path on the server below which the book is."""

ASSIGNMENT = "02_fourteen_bytes"
"""The assignment that is worked on in its own page; all are run by the Python of the chapters."""
ASSIGNMENTS = {each.path.stem: each for each in assignments()}


@pytest.fixture(scope="module")
def book(html: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The book's address below a path, without the last slash."""
    if not (html / "lite" / page_lite.STAMP).is_file():
        pytest.skip("no JupyterLite: the book was built without (make python, then make book)")
    root = tmp_path_factory.mktemp("www")
    place = root / BELOW
    place.parent.mkdir(parents=True)
    place.symlink_to(html)
    with served(root) as address:
        yield f"{address}/{BELOW}"


class Reader:
    """One browser of one reader, and everything that its pages asked for."""

    def __init__(self, browser: Any, book: str) -> None:
        self.book = book
        self.context = browser.new_context(viewport={"width": 1300, "height": 1000})
        self.context.route("**/lite/jupyter-lite.json", lite.exposed)
        self.requests: list[str] = []
        self.failed: list[str] = []
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.context.on(
            "response",
            lambda answer: (
                self.failed.append(f"{answer.status} {answer.url}")
                if answer.status >= 400
                else None
            ),
        )

    def follow(self, page_name: str, title: str = "") -> Page:
        """From a page of the book through its link "Open as notebook" into JupyterLite, shown."""
        page = self.context.new_page()
        page.goto(f"{self.book}/{page_name}")
        link = page.get_by_role("link", name=sphinx_lite.SAID, exact=True)
        if title:
            link = link.and_(page.get_by_title(title))
        link.first.click()
        page.wait_for_function(lite.READY, timeout=PATIENCE)
        return page

    def outside(self) -> list[str]:
        """What was asked for elsewhere."""
        own = (self.book, "data:", "blob:")
        return [address for address in self.requests if not address.startswith(own)]


@pytest.fixture(scope="module")
def reader(chromium: Any, book: str) -> Iterator[Reader]:
    """Of chapters: one page and one Python for all of them."""
    made = Reader(chromium, book)
    yield made
    made.context.close()


@pytest.fixture(scope="module")
def notebook(reader: Reader) -> Page:
    """The page of a chapter, opened from the book."""
    return wait(reader.follow("chapters/whole_or_cut.html"))


def stored(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


# --- chapters -------------------------------------------------------------------------------------


def test_a_link_opens_the_chapter(notebook: Page, reader: Reader) -> None:
    """Red without `contentsAllJsonFile`; with texts of stored outputs left in lines."""
    assert notebook.url.startswith(f"{reader.book}/lite/notebooks/index.html?path=chapters/")
    title = notebook.locator(".jp-Notebook h1")
    expect(title).to_contain_text("What logic is using NETIF_F_TSO?")
    # What is stored is alive before anything ran: the outputs are the book's own.
    expect(notebook.locator("lo-explorer[ready]").first).to_be_attached(timeout=PATIENCE)
    assert reader.failed == []


STARTING = {
    "no Python is asked for": "session.hasNoKernel",
    "Python is on its way": "!session.hasNoKernel && !session.session",
}
RUN_EARLY = """() => new Promise((done) => {
  const look = () => {
    const panel = window.jupyterapp?.shell?.currentWidget;
    const session = panel?.sessionContext;
    if (session?.isReady) return done("Python was there already");
    if (!(panel?.content?.widgets?.length > 5 && CONDITION)) return setTimeout(look);
    jupyterapp.commands.execute("notebook:run-all-cells");
    setTimeout(() => {
      const prompts = [...panel.node.querySelectorAll(".jp-CodeCell .jp-InputArea-prompt")];
      done([...new Set(prompts.map((each) => each.textContent))].join());
    });
  };
  look();
})"""
ALL_RAN = """() => jupyterapp.shell.currentWidget.content.widgets
  .filter((cell) => cell.model.type === "code").every((cell) => cell.model.executionCount)"""


@pytest.mark.parametrize("when", STARTING)
def test_what_is_run_early_waits_for_python(reader: Reader, when: str) -> None:
    """Red without our extension's wait: a dialog asks for a kernel, or nothing ever runs."""
    page = reader.context.new_page()
    address = f"{reader.book}/lite/notebooks/index.html?path=chapters/ops.ipynb"
    page.goto(address, wait_until="commit")
    assert page.evaluate(RUN_EARLY.replace("CONDITION", STARTING[when])) == "[*]:"
    page.wait_for_function(ALL_RAN, timeout=PATIENCE)
    assert page.locator(".jp-Dialog").count() == 0
    page.close()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_run_all_gives_what_is_stored(notebook: Page, chapter: str) -> None:
    """Red with WebAssembly's numbers of errors; without the explorers' tables."""
    wanted = stored(ROOT / "chapters" / f"{chapter}.ipynb")
    fresh(notebook)
    assert lite.differences(run_all(notebook, wanted), wanted) == []


def cells(*sources: str) -> Any:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in sources])
    made.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return made


def test_a_widget_moves_both_ways(notebook: Page) -> None:
    """What the reader sets is there for a cell, and what a cell sets is shown. Red without the
    extension anywidget."""
    fresh(notebook)
    run_all(notebook, cells("from lomodel.explore import explorer\ne = explorer('gso')\ne"))
    shown = notebook.locator("lo-explorer.lo-live[name=gso]").first
    shown.wait_for(timeout=PATIENCE)
    box = shown.locator('input[name="tx-udp-segmentation"]')
    box.wait_for()
    before = box.is_checked()
    box.click()
    notebook.wait_for_timeout(300)
    said = run_code(notebook, "print(e.controls['tx-udp-segmentation'])")
    assert said == f"{not before}\n"
    run_code(notebook, f"e.controls = {{'tx-udp-segmentation': {before}}}")
    expect(box).to_be_checked(checked=before, timeout=PATIENCE)


def test_a_graph_is_drawn(notebook: Page, reader: Reader) -> None:
    """By Viz.js, which nobody loads before. Red where the extension draws another type."""
    assert not any(address.endswith("/viz.js") for address in reader.requests)
    run_all(notebook, cells("import graphviz\ng = graphviz.Digraph()\ng.edge('tail', 'head')\ng"))
    drawn = notebook.locator(".jp-OutputArea-output svg")
    expect(drawn.locator("text", has_text="head")).to_be_visible(timeout=PATIENCE)
    assert any(address.endswith("/viz.js") for address in reader.requests)


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("!ls", "programs"),
        ("import threading\nthreading.Thread(target=print).start()", "threads"),
        ("import subprocess\nsubprocess.run(['ls'])", "programs"),
        ("input('name? ')", "typed"),
        ("import getpass\ngetpass.getpass()", "typed"),
        ("import nbval", "nbval"),
        ("import exercises.grader", "grader"),
        ("from lomodel import lab\nlab.side_by_side([])", "kernel"),
    ],
)
def test_what_cannot_run_says_so_in_a_line(notebook: Page, code: str, word: str) -> None:
    """Red while `lab.side_by_side` did not ask this module, and `input` gave None."""
    (cell,) = run_all(notebook, cells(code)).cells
    (said,) = [each.text for each in cell.outputs if each.get("name") == "stderr"]
    assert said.count("\n") == 1 and word in said and "make lab" in said


RUN_FOR_EVER = """() => {
  const { content } = jupyterapp.shell.currentWidget;
  content.activeCell.model.sharedModel.setSource("n = 0\\nwhile True:\\n    n += 1\\n    print(n)");
  jupyterapp.commands.execute("notebook:run-cell");
}"""


def test_a_loop_that_prints_for_ever_leaves_time_to_restart(notebook: Page) -> None:
    """Red where each line goes out by itself: the page did not answer for half a minute."""
    run_all(notebook, cells("'the cell that is active'"))
    notebook.evaluate(RUN_FOR_EVER)
    shown = notebook.locator(".jp-OutputArea-output").first
    expect(shown).to_contain_text("A page shows no more", timeout=PATIENCE)
    notebook.evaluate("jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    notebook.wait_for_function(lite.IDLE, timeout=PATIENCE)
    assert run_code(notebook, "print(1)") == "1\n"
    code = "import sys\nfor n in range(500):\n    print(n)\n1/0"
    (cell,) = run_all(notebook, cells(code)).cells
    assert [each.output_type for each in cell.outputs] == ["stream", "error"]
    assert cell.outputs[0].text.split() == [str(n) for n in range(500)]


def test_interrupt_says_what_helps(notebook: Page) -> None:
    """Red without our extension: nothing happens."""
    notebook.evaluate("jupyterapp.commands.execute('notebook:interrupt-kernel')")
    said = notebook.get_by_text("“Restart Kernel” ends what runs")
    expect(said).to_be_visible(timeout=PATIENCE)


def test_files_can_be_opened(reader: Reader) -> None:
    """By "Open...", the copy of an older edition among them. Red without the application `tree`."""
    page = reader.context.new_page()
    page.goto(f"{reader.book}/lite/tree/index.html")
    page.get_by_text("exercises", exact=True).dblclick(timeout=PATIENCE)
    with page.expect_popup(timeout=PATIENCE) as opened:
        page.get_by_text(f"{ASSIGNMENT}.ipynb", exact=True).dblclick(timeout=PATIENCE)
    opened.value.wait_for_function(lite.READY, timeout=PATIENCE)
    opened.value.close()
    page.close()


def test_the_network_may_go(notebook: Page, reader: Reader) -> None:
    """What has come stays: a chapter runs with every request refused. Red where the explorers'
    tables have not come yet."""
    wanted = stored(ROOT / "chapters/ops.ipynb")
    run_all(notebook, cells("from lomodel.explore import explorer\nexplorer('gso')"))
    reader.context.set_offline(True)
    try:
        fresh(notebook)
        assert lite.differences(run_all(notebook, wanted), wanted) == []
    finally:
        reader.context.set_offline(False)


def test_no_request_left_the_host(notebook: Page, reader: Reader) -> None:
    """Red with Pyodide's own address; with JupyterLite's service worker, which asks above it."""
    assert reader.requests and reader.outside() == []
    assert reader.failed == []


# --- the assignments ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def student(chromium: Any, book: str) -> Iterator[Reader]:
    made = Reader(chromium, book)
    yield made
    made.context.close()


def opened(student: Reader, name: str) -> Page:
    """An assignment, opened from the page for students."""
    return student.follow("chapters/for_students.html", f"{name}.ipynb")


def tags(cell: Any) -> list[str]:
    return cell.metadata.get("tags", [])


def write(page: Page, answers: dict[str, str]) -> Any:
    """The notebook of a page, these answers written into its cells."""
    return nbformat.from_dict(
        page.evaluate(
            """(answers) => {
              const { content, context } = jupyterapp.shell.currentWidget;
              for (const { model } of content.widgets)
                if (model.id in answers) model.sharedModel.setSource(answers[model.id]);
              return context.model.toJSON();
            }""",
            answers,
        )
    )


def download(page: Page, path: Path) -> None:
    """Save the notebook, and download what is saved."""
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    with page.expect_download() as coming:
        page.evaluate("jupyterapp.commands.execute('docmanager:download')")
    coming.value.save_as(path)


def checks_of(notebook: Any) -> dict[str, Any]:
    """Visible checks by their ids."""
    found = [cell for cell in notebook.cells if "check" in tags(cell)]
    return {cell.id: cell for cell in found if "hidden" not in tags(cell)}


def fresh_model(page: Page) -> None:
    """As a new session is: an assignment takes functions out of the model."""
    fresh(page)
    gone = "[name for name in sys.modules if name.partition('.')[0] == 'lomodel']"
    assert run_code(page, f"import sys\nfor name in {gone}: del sys.modules[name]") == ""
    fresh(page)


def points(name: str, folder: Path, out: Path) -> dict[str, Any]:
    """What the grader gives, by submission."""
    words = ["grade", name, folder, "--out", out]
    command = [sys.executable, "-m", "exercises.grader", *map(str, words)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    graded = json.loads((out / "grades.json").read_text(encoding="utf-8"))
    return {each["submission"]: each["points"] for each in graded["grades"]}


def answers_of(name: str) -> dict[str, str]:
    """The solution's answers by their cells."""
    cells = stored(ROOT / f"exercises/solutions/{name}.ipynb").cells
    return {cell.id: cell.source for cell in cells if "answer" in tags(cell)}


@pytest.fixture(scope="module")
def work(student: Reader) -> Page:
    """The page of one assignment, with its Python, answered."""
    page = wait(opened(student, ASSIGNMENT))
    write(page, answers_of(ASSIGNMENT))
    return page


@pytest.fixture(scope="module")
def written(student: Reader, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """An assignment as its link opens it, as it is with the solution's answers, and its file.

    Each from a page of its own, whose Python nobody waits for.
    """

    @cache
    def made(name: str) -> tuple[Any, Any, Path]:
        page = opened(student, name)
        assert page.url.endswith(f"?path=exercises/{name}.ipynb")
        unanswered = write(page, {})
        answered = write(page, answers_of(name))
        path = tmp_path_factory.mktemp(name) / "downloaded.ipynb"
        download(page, path)
        page.close()
        return unanswered, answered, path

    return made


every_assignment = pytest.mark.parametrize("name", ASSIGNMENTS)


@every_assignment
def test_unanswered_it_runs_to_its_end(notebook: Page, written: Any, name: str) -> None:
    """And each check says in a line whose answer is missing. Red where an error ended
    "Run All Cells", and with IPython's traceback."""
    unanswered, _, _ = written(name)
    fresh_model(notebook)
    got = run_all(notebook, unanswered)
    assert all(cell.execution_count for cell in got.cells if cell.cell_type == "code")
    for check in checks_of(got).values():
        (said,) = [each.text for each in check.outputs if each.get("name") == "stderr"]
        assert lite.NOT_YET.fullmatch(said), said


@every_assignment
def test_visible_checks_run(notebook: Page, written: Any, name: str) -> None:
    """With the solution's answers they print what the solution's do. Red with a check that
    prints more.
    """
    _, answered, _ = written(name)
    solution = stored(ROOT / f"exercises/solutions/{name}.ipynb")
    fresh_model(notebook)
    got, wanted = checks_of(run_all(notebook, answered)), checks_of(solution)
    assert got.keys() == wanted.keys() and got
    different = {each: lite.differs(got[each].outputs, wanted[each].outputs) for each in wanted}
    assert {each: text for each, text in different.items() if text} == {}


@every_assignment
@pytest.mark.skipif(not shutil.which("bwrap"), reason="no bubblewrap")
def test_what_is_downloaded_is_graded(written: Any, name: str, tmp_path: Path) -> None:
    """Handed in as it is, it gets all points. Red where a notebook had lost an answer's cell."""
    _, _, path = written(name)
    assert points(name, path.parent, tmp_path) == {"downloaded": ASSIGNMENTS[name].points}


def test_a_wrong_answer_is_told(work: Page) -> None:
    """As anywhere, and no check below it is left out. Red with another message
    in the check.
    """
    wrong = ROOT / f"exercises/wrong/{ASSIGNMENT}/create--little-endian.py"
    write(work, {"a-create": wrong.read_text(encoding="utf-8")})
    fresh_model(work)
    got = checks_of(run_all(work))
    write(work, answers_of(ASSIGNMENT))
    right, told = got["c-create-1"].outputs
    assert right.text == "eth_header returns the length of the header: 14\n"
    first, gives, expected, book = told.text.splitlines()
    assert first.startswith("AssertionError: destination, source, type with its high byte first")
    assert " 00 08 " in gives and " 08 00 " in expected
    assert book.endswith("header_ops.html#made-by-eth-header")
    assert [each.get("name") for each in got["c-strip-1"].outputs] == ["stdout"]


def test_a_hint_leads_to_its_section(work: Page, student: Reader) -> None:
    """Of the book's page, in a tab of its own. Red while links were known by an attribute that
    JupyterLab no longer sets: a list of files opened."""
    hint = work.locator("details").first
    hint.locator("summary").click()
    with student.context.expect_page() as coming:
        hint.get_by_role("link").click()
    page = coming.value
    expect(page).to_have_url(
        f"{student.book}/chapters/header_ops.html#taken-off-by-eth-type-trans", timeout=PATIENCE
    )
    expect(page.locator("#taken-off-by-eth-type-trans h2")).to_be_in_viewport(timeout=PATIENCE)
    page.close()


@pytest.mark.skipif(not shutil.which("bwrap"), reason="no bubblewrap")
def test_what_has_run_is_graded_as_the_original(work: Page, tmp_path: Path) -> None:
    """With outputs, execution counts and what JupyterLite adds. Red where the notebook had
    lost an answer's cell.
    """
    fresh_model(work)
    run_all(work)
    folder = tmp_path / "class"
    folder.mkdir()
    download(work, folder / "downloaded.ipynb")
    assert any(each.outputs for each in checks_of(stored(folder / "downloaded.ipynb")).values())
    shutil.copy(ROOT / f"exercises/solutions/{ASSIGNMENT}.ipynb", folder / "original.ipynb")
    most = ASSIGNMENTS[ASSIGNMENT].points
    given = points(ASSIGNMENT, folder, tmp_path / "report")
    assert given == {"downloaded": most, "original": most}


def test_a_newer_edition_tells(work: Page, student: Reader) -> None:
    """What was saved is asked about, not hidden and not lost. Red where the copy was not kept
    beside the new one.
    """
    path = f"exercises/{ASSIGNMENT}.ipynb"
    context = student.context
    work.evaluate("jupyterapp.commands.execute('docmanager:save')")
    address = work.url
    work.close()
    page = context.new_page()
    page.goto(address)
    wait(page)
    asked = page.get_by_role("dialog").filter(has_text="newer edition")
    source = """jupyterapp.shell.currentWidget.context.model.toJSON().cells
      .filter((cell) => cell.cell_type === "code").map((cell) => cell.source).join()"""
    assert "raise NotImplementedError" not in page.evaluate(source)
    expect(asked).to_have_count(0)
    # The book is published anew.
    context.route("**/files/editions.json", lambda route: route.fulfill(json={path: "newer"}))
    page.reload()
    page.wait_for_function(lite.READY, timeout=PATIENCE)
    expect(asked).to_be_visible(timeout=PATIENCE)
    asked.get_by_role("button", name="Keep my copy").click()
    assert "raise NotImplementedError" not in page.evaluate(source)
    page.reload()
    wait(page)
    expect(asked).to_have_count(0)
    # And once more.
    context.route("**/files/editions.json", lambda route: route.fulfill(json={path: "newest"}))
    page.reload()
    page.wait_for_function(lite.READY, timeout=PATIENCE)
    with page.expect_navigation(timeout=PATIENCE):
        asked.get_by_role("button", name="Open the new edition").click(timeout=PATIENCE)
    page.wait_for_function(lite.READY, timeout=PATIENCE)
    assert "raise NotImplementedError" in page.evaluate(source)
    folder = "jupyterapp.serviceManager.contents.get('exercises', { content: true })"
    listed = page.evaluate(f"{folder}.then((found) => found.content.map((each) => each.name))")
    (kept,) = [name for name in listed if name.startswith(f"{ASSIGNMENT} (mine, ")]
    copy = page.evaluate(
        """(path) => jupyterapp.serviceManager.contents.get(path, { content: true })
          .then((file) => file.content.cells.map((cell) => cell.source))""",
        f"exercises/{kept}",
    )
    assert not any(source.endswith("raise NotImplementedError") for source in copy)


def test_no_request_of_the_student_left_the_host(student: Reader) -> None:
    """Red where the extension asked another address."""
    assert student.requests and student.outside() == []
