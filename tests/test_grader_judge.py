"""How a submission is run: the rules, one by one, isolated as in a real grading.

Mutations that turned this red: a task left where it hung (``lost`` not looked at); the stub not put
in the place of an answer that never ends; one namespace for answers and checks; the given cells'
files not copied into a run's home; the state of random numbers not restored; the streams below
Python not read; an exception's own name in a message; ``detail`` of a hidden check kept; nbval's
tags not looked at; a channel left out of step by a message that was too large; bubblewrap's absence
found at the first run only.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from support.course import SUMS, WORDS, WRONG, answer, check, given, make_course, notebook, write
from support.processes import below

from exercises.grader import assignment
from exercises.grader.assignment import Assignment
from exercises.grader.compare import compare
from exercises.grader.grade import Grade
from exercises.grader.judge import Judge
from exercises.grader.limits import Limits
from exercises.grader.problem import Problem
from exercises.grader.sandbox import container
from exercises.grader.submission import Submission

LIMITS = Limits(cell_seconds=1.0, seconds=10.0)
STUB = "\n    raise NotImplementedError"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def words(course: Path) -> Iterator[Judge]:
    with Judge(assignment.load(course, WORDS), LIMITS) as judge:
        yield judge


def solved(of: Assignment, **changed: str) -> dict[str, str]:
    """The solution's answers but for some: ``a_count="..."`` for the cell ``a-count``."""
    answers = {cell.id: cell.source for cell in of.answers}
    return answers | {name.replace("_", "-"): text for name, text in changed.items()}


def grade(judge: Judge, answers: Mapping[str, str]) -> Grade:
    return judge.grade(Submission("ada", dict(answers), ()))


def messages(given: Grade) -> dict[str, str]:
    """Of the checks that did not pass."""
    assert all(check.passed == (not check.message) for check in given.checks)
    return {check.id: check.message for check in given.checks if not check.passed}


def tasked(tmp_path: Path, *cells: NotebookNode) -> Assignment:
    """An assignment of these cells, loaded."""
    write(tmp_path / "solutions/03_more.ipynb", notebook(list(cells)))
    return assignment.load(tmp_path, "03_more")


def test_the_solution_gets_everything(words: Judge) -> None:
    got = grade(words, solved(words.assignment))
    assert (got.points, got.max_points, messages(got), got.notes) == (12, 12, {}, ())


def test_stubs_get_nothing(words: Judge) -> None:
    got = grade(words, {})
    assert set(messages(got).values()) == {"raised NotImplementedError"} and got.points == 0


@pytest.mark.parametrize("what", WRONG[WORDS])
def test_a_wrong_answer_costs_its_own_task(words: Judge, what: str) -> None:
    source = WRONG[WORDS][what]
    head = source.partition("(")[0]
    (cell,) = [each for each in words.assignment.answers if each.stub.startswith(head + "(")]
    got = grade(words, solved(words.assignment) | {cell.id: source})
    failed = {check.task for check in got.checks if not check.passed}
    assert failed == {what.partition("--")[0]}
    assert any(check.hidden and not check.passed for check in got.checks)


def test_a_check_that_hangs_costs_the_rest_of_its_task(words: Judge) -> None:
    got = grade(words, solved(words.assignment, a_count="def count(text):\n    while True: pass"))
    assert messages(got) == {"c-count-1": "too long", "h-count-1": "not reached"}
    assert 1 <= got.seconds < 5


def test_a_hidden_check_that_hangs(words: Judge) -> None:
    only = 'def count(text):\n    while "owl" in text: pass\n    return len(text.split())'
    got = grade(words, solved(words.assignment, a_count=only))
    assert messages(got) == {"h-count-1": "too long"}


def test_an_answer_that_never_ends_is_left_out(words: Judge) -> None:
    got = grade(words, solved(words.assignment, a_longest="while True: pass"))
    assert messages(got) == {"c-longest-1": "not reached", "h-longest-1": "not reached"}
    assert got.notes == ("a-longest: too long",)


def test_a_process_that_ends_costs_the_rest_of_its_task(words: Judge) -> None:
    ends = "import os\ndef tally(text):\n    os._exit(0)"
    got = grade(words, solved(words.assignment, a_tally=ends))
    assert messages(got) == {"c-tally-1": "ended", "h-tally-1": "not reached"}


def test_time_for_all_is_shared(course: Path) -> None:
    loops = {
        f"a_{name}": f"def {name}(text):\n    while True: pass"
        for name in ("count", "longest", "tally")
    }
    with Judge(assignment.load(course, WORDS), Limits(cell_seconds=1.0, seconds=1.5)) as judge:
        got = grade(judge, solved(judge.assignment, **loops))
    assert messages(got)["c-count-1"] == "too long" and got.points == 0
    assert messages(got)["h-lines-1"] == "not reached" and got.seconds < 4


def test_what_is_not_python_is_noted(words: Judge) -> None:
    got = grade(words, solved(words.assignment, a_count="def count(text:"))
    assert got.notes == ("a-count: raised SyntaxError",)
    assert messages(got) == {"c-count-1": "raised NameError", "h-count-1": "raised NameError"}


def test_a_made_up_exception_has_no_name(words: Judge) -> None:
    raises = "def count(text):\n    raise type(text.replace(' ', '_'), (ValueError,), {})"
    got = grade(words, solved(words.assignment, a_count=raises))
    assert set(messages(got).values()) == {"raised Exception"}


def test_the_feedback_shows_a_visible_check_and_no_hidden_one(words: Judge) -> None:
    got = grade(words, solved(words.assignment, a_count="def count(text):\n    return 99"))
    detail = {check.id: check.detail for check in got.checks if check.task == "count"}
    assert "99" in detail["c-count-1"] and "8" in detail["c-count-1"]
    assert detail["h-count-1"] == ""


def test_the_feedback_shows_both_texts(words: Judge) -> None:
    got = grade(words, solved(words.assignment, a_longest="def longest(text):\n    return 'cow'"))
    (detail,) = [check.detail for check in got.checks if check.id == "c-longest-1"]
    assert detail == "expected:\n  'bird'\nyour answer gives:\n  'cow'"


def test_a_visible_check_that_asserts_is_wrong_in_its_own_words(tmp_path: Path) -> None:
    asks = "assert f() == 1, 'f gives 1'\nprint(f())"
    of = tasked(
        tmp_path,
        answer("a-f", "def f():\n    return 1", "def f():"),
        check("c-f", "f", asks),
        check("h-f", "f", asks, hidden=True),
    )
    with Judge(of, LIMITS) as judge:
        two, none = grade(judge, {"a-f": "def f(): return 2"}), grade(judge, {})
    assert messages(two) == {"c-f": "wrong", "h-f": "raised AssertionError"}
    assert [check.detail for check in two.checks] == ["f gives 1", ""]
    assert none.checks[0].detail == "NotImplementedError: this answer is not written yet"


def test_a_flood_is_wrong_and_the_next_check_is_asked(words: Judge) -> None:
    floods = 'def count(text):\n    if "cat" in text: print("x" * 9_000_000)\n'
    floods += "    return len(text.split())"
    got = grade(words, solved(words.assignment, a_count=floods))
    assert messages(got) == {"c-count-1": "wrong"}


def test_a_forged_length_costs_one_cell(words: Judge) -> None:
    forges = (
        "import os\ndef count(text):\n    for n in range(3, 99):\n        try:\n"
        "            os.write(n, (40_000_000).to_bytes(4, 'big') + bytes(40_000_000))\n"
        "        except OSError: pass\n    return 8"
    )
    got = grade(words, solved(words.assignment, a_count=forges))
    assert {check.task for check in got.checks if not check.passed} == {"count"}


def test_an_answer_changes_no_name_of_a_check(words: Judge) -> None:
    rebinds = 'TEXT = "one"\ndef print(*a): raise SystemExit\n'
    rebinds += "def count(text):\n    return sum(1 for _ in text.split())"
    assert messages(grade(words, solved(words.assignment, a_count=rebinds))) == {}


def test_a_task_that_stands_on_another(course: Path) -> None:
    with Judge(assignment.load(course, SUMS), LIMITS) as judge:
        wrong = grade(judge, solved(judge.assignment, a_double="def double(n):\n    return n ** 2"))
        alone = grade(judge, solved(judge.assignment, a_total="def total(numbers):\n    return 2"))
    assert {"h-double-1", "h-total-1"} <= messages(wrong).keys()
    assert messages(alone) == {"h-total-1": "wrong"}


def test_given_cells_at_the_top_are_as_if_each_run_had_run_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their files, random numbers and modules."""
    given_ = "import os, random\nrandom.seed(7)\nopen('data.txt', 'w').write('kept')\nX = [1]"
    asks = "print(first(), open('data.txt').read(), X); X.append(2)"
    stub = "def first():\n    raise NotImplementedError"
    solution = "import random\ndef first():\n    return random.randint(0, 10**9)"
    monkeypatch.chdir(tmp_path)  # the cells that are stored write a file
    of = tasked(
        tmp_path,
        given("g", given_),
        answer("a-first", solution, stub.splitlines()[0]),
        check("c-1", "first", asks),
        check("h-1", "first", asks, hidden=True),
    )
    with Judge(of, LIMITS) as judge:
        for _ in range(2):
            assert messages(grade(judge, solved(of))) == {}


def test_a_name_that_an_answer_changes_while_it_is_asked(tmp_path: Path) -> None:
    """A global one: the check sees what the call has just made of it, as in a kernel."""
    solution = "total = 0\ndef add(n):\n    global total\n    total += n\n    return n"
    of = tasked(
        tmp_path,
        answer("a-add", solution, "total = 0\ndef add(n):"),
        check("h-add", "add", "print(add(2), total)\nprint(add(3), total)", hidden=True),
    )
    with Judge(of, LIMITS) as judge:
        assert messages(grade(judge, solved(of))) == {}
        assert messages(grade(judge, {})) == {"h-add": "raised NotImplementedError"}


def test_a_given_cell_that_raises_is_said(tmp_path: Path) -> None:
    cells = [
        answer("a-f", "def f():\n    return 1", "def f():"),
        check("h", "f", "f()", hidden=True),
    ]
    book = notebook(cells)
    book.cells.insert(0, given("g", "x = 1 / 0"))
    write(tmp_path / "solutions/03_more.ipynb", book)
    said = pytest.raises(Problem, match="a given cell raised ZeroDivisionError")
    with said, Judge(assignment.load(tmp_path, "03_more"), LIMITS):
        raise AssertionError("it must not begin")


def test_what_programs_print_is_output(tmp_path: Path) -> None:
    cells = [
        answer("a-say", "import os\ndef say():\n    os.system('echo hello')", "def say():"),
        check("h-say", "say", "say()", hidden=True),
    ]
    book = notebook(cells)
    book.cells[1].outputs = [nbformat.v4.new_output("stream", name="stdout", text="hello\n")]
    write(tmp_path / "solutions/03_more.ipynb", book)
    of = assignment.load(tmp_path, "03_more")
    with Judge(of, LIMITS) as judge:
        assert messages(grade(judge, solved(of))) == {}
        assert messages(grade(judge, {"a-say": "def say(): pass"})) == {"h-say": "wrong"}


def test_nbvals_tags_are_kept(tmp_path: Path) -> None:
    """A check may be one that raises, and one whose output is not compared."""
    cells = [
        answer("a-f", "def f(n):\n    return 1 // n", "def f(n):"),
        check("c-f", "f", "# NBVAL_IGNORE_OUTPUT\nprint(f(1), id(f))"),
        check("h-f", "f", "print(f(1))", hidden=True),
        check("h-r", "f", "f(0)", hidden=True),
    ]
    book = notebook(cells[:3])
    cells[3].metadata.tags.append("raises-exception")
    text = "integer division or modulo by zero"
    raised = nbformat.v4.new_output("error", ename="ZeroDivisionError", evalue=text, traceback=[])
    cells[3].update(outputs=[raised], execution_count=4)
    book.cells.append(cells[3])
    write(tmp_path / "solutions/03_more.ipynb", book)
    of = assignment.load(tmp_path, "03_more")
    with Judge(of, LIMITS) as judge:
        assert messages(grade(judge, solved(of))) == {}
        assert messages(grade(judge, {"a-f": "def f(n): return 1"})) == {"h-r": "wrong"}


ODD_CELLS = {
    "await": "import asyncio\nawait asyncio.sleep(0)\nprint(f(2))",
    "magic": "%precision 3\nprint(f(3))\nf(0.5)",
    "shown": "from IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'))\nf([1])",
    "quiet": "f(4);",
    "error": "import sys\nprint('here', file=sys.stderr)\nprint(f(1))",
    "shell": "!echo there",
}


@pytest.mark.slow
def test_a_cell_gives_what_a_kernel_gives(tmp_path: Path) -> None:
    """The warm interpreter, and a fresh kernel that also makes the stored outputs."""
    from nbclient import NotebookClient

    cells = [given("g", "x = 1"), answer("a-f", "def f(n):\n    return n", "def f(n):")]
    cells += [check(f"h-{name}", "f", text, hidden=True) for name, text in ODD_CELLS.items()]
    book = notebook(cells, run=False)
    NotebookClient(book, kernel_name="python3").execute()
    write(tmp_path / "solutions/03_more.ipynb", book)
    of = assignment.load(tmp_path, "03_more")
    for fresh in (False, True):
        with Judge(of, Limits(), fresh=fresh) as judge:
            assert messages(grade(judge, solved(of))) == {}, f"fresh: {fresh}"
            assert messages(grade(judge, {})) | {"h-shell": ""} == {
                f"h-{name}": "" if name == "shell" else "raised NotImplementedError"
                for name in ODD_CELLS
            }


@pytest.mark.slow
def test_a_fresh_kernel_says_the_same(course: Path) -> None:
    of = assignment.load(course, WORDS)
    tried = {
        "solution": solved(of),
        "stubs": {},
        "hangs": solved(of, a_count="def count(text):\n    while True: pass"),
        "ends": solved(of, a_tally="import os\ndef tally(text):\n    os._exit(0)"),
        "floods": solved(of, a_count="def count(text):\n    print('x' * 3_000_000)\n    return 8"),
        "no Python": solved(of, a_split="def"),
    }
    limits = Limits(cell_seconds=3.0)
    with Judge(of, limits) as fast, Judge(of, limits, fresh=True) as fresh:
        for what, answers in tried.items():
            ours, theirs = grade(fast, answers), grade(fresh, answers)
            assert messages(ours) == messages(theirs), what
            assert ours.notes == theirs.notes, what


def test_without_bubblewrap_nothing_is_run(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    of = assignment.load(course, WORDS)
    for fresh in (False, True):
        missing = pytest.raises(Problem, match="apt install bubblewrap.*--unsafe")
        with missing, Judge(of, LIMITS, fresh=fresh):
            raise AssertionError("it must not begin")
    with Judge(of, LIMITS, unsafe=True) as judge:
        assert grade(judge, solved(of)).points == 12


def test_what_refuses_a_namespace_is_said(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bubblewrap that cannot do its work, as where user namespaces are forbidden."""
    monkeypatch.setattr("exercises.grader.sandbox.TOGETHER", ("--no-such-option",))
    refuses = pytest.raises(Problem, match="no-such-option.*--unsafe")
    with refuses, Judge(assignment.load(course, WORDS), LIMITS):
        raise AssertionError("it must not begin")


def test_a_run_that_the_machine_refuses_is_said(course: Path) -> None:
    """Not by the run itself, which could say it to end the grading (``forged_refusal``)."""
    no_size = Limits(files="none")  # type: ignore[arg-type]
    before = below(os.getpid())
    refuses = pytest.raises(Problem, match="a run could not be isolated .*mount.*--unsafe")
    with refuses as caught, Judge(assignment.load(course, WORDS), no_size):
        raise AssertionError("it must not begin")
    assert caught.traceback and below(os.getpid()) <= before, "its container goes, too"


def test_no_isolation_leaves_no_process(course: Path) -> None:
    before = below(os.getpid())
    of = assignment.load(course, WORDS)
    daemon = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\n"
    with Judge(of, LIMITS, unsafe=True) as judge:
        warm = below(os.getpid())
        grade(judge, solved(of, a_count=daemon))
        assert below(os.getpid()) == warm
    assert below(os.getpid()) == before


@pytest.mark.parametrize("unsafe", [False, True])
def test_a_warm_interpreter_that_ended_is_started_anew(unsafe: bool) -> None:
    """Between two runs, and in the middle of one."""
    from exercises.grader.sandbox import DONE, Sandbox

    with Sandbox(["seven = 7"], [], LIMITS, unsafe=unsafe) as sandbox:
        for when in ("in a run", "after it"):
            with sandbox.run() as run:
                assert run.cell("print(seven)", answer=False, seconds=10).status == DONE
                if when == "in a run":
                    sandbox._process.kill()
            sandbox._process.kill()
            sandbox._process.wait()


def test_why_no_interpreter_is_ready_is_said() -> None:
    from exercises.grader.sandbox import Sandbox

    thread = "import threading, time\nthreading.Thread(target=time.sleep, args=(9,)).start()"
    with (
        pytest.raises(Problem, match="a given cell started a thread"),
        Sandbox([thread], [], LIMITS),
    ):
        pass


def test_limits_too_small_for_the_solution_leave_no_process(course: Path) -> None:
    from support.processes import below

    before = below(os.getpid())
    small = Judge(assignment.load(course, WORDS), replace(LIMITS, output=1), proven=True)
    with pytest.raises(Problem, match="prints too much"):
        small.__enter__()
    assert below(os.getpid()) == before


def test_a_course_that_runs_could_read_is_refused(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment that was made in the project's own folder, say."""
    monkeypatch.setattr(sys, "prefix", str(course.parent))
    seen = pytest.raises(Problem, match=f"{course} lies in {course.parent}, which .* move it")
    with seen, Judge(assignment.load(course, WORDS), LIMITS):
        raise AssertionError("it must not begin")


def test_the_container_shows_no_course(course: Path) -> None:
    """Neither this one's solutions, nor our own, nor what is beside the project's packages."""
    words = container()
    shown = {words[n + 1] for n, word in enumerate(words) if word == "--ro-bind"}
    root = Path(__file__).resolve().parent.parent
    for secret in (course, root / "exercises/solutions", root / "exercises/wrong", root / ".git"):
        assert not [place for place in shown if secret.is_relative_to(place)], secret
    assert str(root / "lomodel") in shown


STREAM = {"output_type": "stream", "name": "stdout", "text": "8\n"}
RESULT = {
    "output_type": "execute_result",
    "data": {"text/plain": "8"},
    "metadata": {},
    "execution_count": 1,
}
SHOWN = {"output_type": "display_data", "data": RESULT["data"], "metadata": {}}
PAIRS = {
    "equal": ([STREAM], [STREAM]),
    "in pieces": ([STREAM, STREAM], [{**STREAM, "text": "8\n8\n"}]),
    "other text": ([STREAM], [{**STREAM, "text": "9\n"}]),
    "other stream": ([{**STREAM, "name": "stderr"}], [STREAM]),
    "missing": ([], [STREAM]),
    "too many": ([STREAM, RESULT], [STREAM]),
    "other kind": ([SHOWN], [RESULT]),
    "a picture": ([{**RESULT, "data": {"text/plain": "8", "image/png": "x"}}], [RESULT]),
    "other order": ([RESULT, STREAM], [STREAM, RESULT]),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PAIRS)
def test_outputs_are_compared_as_nbval_does(
    name: str, tmp_path: Path, pytester: pytest.Pytester
) -> None:
    """The same outputs, given by a cell and stored: nbval's own run says whether they agree."""
    got, wanted = PAIRS[name]
    cell = nbformat.v4.new_code_cell(_gives(got), execution_count=1)
    cell.outputs = [nbformat.from_dict(output) for output in wanted]
    book = nbformat.v4.new_notebook(cells=[cell])
    path = pytester.path / "pair.ipynb"
    path.write_text(nbformat.writes(book))
    run = pytester.runpytest_subprocess("--nbval", "--nbval-current-env", "-p", "no:cacheprovider")
    assert (run.ret == 0) == (compare(got, wanted) == ""), run.stdout.str()


SHOWS = """class Shows:
    def __init__(self, data):
        self.data = data
    def _repr_mimebundle_(self, **_):
        return self.data"""


def _gives(outputs: list[dict]) -> str:
    """A cell that has these outputs."""
    lines = ["import sys", "from IPython.display import display", SHOWS]
    for output in outputs:
        if output["output_type"] == "stream":
            stream = f"file=sys.{output['name']}, flush=True"
            lines.append(f"print({output['text']!r}, end='', {stream})")
        elif output["output_type"] == "execute_result":
            lines.append(f"get_ipython().displayhook(Shows({output['data']!r}))")
        else:
            lines.append(f"display({output['data']!r}, raw=True)")
    return "\n".join(lines)


def test_a_name_of_a_cell_that_is_no_answer_is_pointed_out(words: Judge, course: Path) -> None:
    """Where a visible check says so; a hidden check's error says nothing of what it asked."""
    seen = "def count(text):\n    return len(re.split(' ', text))"
    hidden = "def longest(text):\n    if 'hedgehog' in text:\n        hidden_name\n    return 'the'"
    answers = solved(words.assignment, a_count=seen, a_longest=hidden)
    names = frozenset({"re", "hidden_name", "unused"})
    got = words.grade(Submission("ada", answers, (), names))
    assert messages(got)["h-longest-1"] == "raised NameError"
    assert got.notes == (
        "'re' is defined in a cell that is not an answer; only answer cells are graded",
    )
    assert words.grade(Submission("ada", answers)).notes == ()


def test_a_fresh_kernel_points_out_no_name(course: Path) -> None:
    """There an answer has seen hidden checks, and could say something by which name it lacks."""
    with Judge(assignment.load(course, WORDS), LIMITS, fresh=True) as fresh:
        answers = solved(fresh.assignment, a_count="def count(text):\n    return re")
        assert fresh.grade(Submission("ada", answers, (), frozenset({"re"}))).notes == ()
