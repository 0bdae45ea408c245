"""What `make python` is made of, as far as it can be tested without npm.

Seen red: a version of `versions.toml` that is not requirements.txt's; `_kept` taking any file of
the version; `needs` without asking a requirement's conditions; the lock naming a package that has
no wheel; the wheel built without its time; npm not looked for; `needs` without
`cell.reads & made`; a bundle in the order of its names; `identity` of a stale build; the sentence
given to every page; frames that are no cell's in `told`, and a SyntaxError without its line.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from tools import sphinx_python
from tools.npm import Missing
from tools.python import build, fetch, inputs, lock, wheels
from tools.python.needs import needs

ROOT = Path(__file__).resolve().parent.parent
RUN = """
import sys
import IPython
sys.path.insert(0, "tools/python/site")
import lomodel_page
out, said = sys.stdout, []
lomodel_page.start(lambda kind, data: said.append(f'["{kind}", {data}]'), lambda name: None)
assert lomodel_page.run(1, "print('one')\\n{2, 1}")
assert not lomodel_page.run(2, "def f():\\n    return 1 / 0\\n\\nf()")
assert not lomodel_page.run(3, "1\\nreturn 1")
out.write("\\n".join(said) + "\\n")
"""
METADATA = """Metadata-Version: 2.1
Name: Some_Thing
Version: 1.2
License-Expression: MIT
Requires-Dist: other.thing>=1
Requires-Dist: third
Requires-Dist: for-windows; sys_platform == "win32"
Requires-Dist: for-tests; extra == "test"
"""


@pytest.fixture
def thing(tmp_path: Path) -> Path:
    """A small wheel."""
    path = tmp_path / "some_thing-1.2-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("some_thing-1.2.dist-info/METADATA", METADATA)
        archive.writestr("some_thing/__init__.py", "")
        archive.writestr("some_thing/inner/__init__.py", "")
        archive.writestr("alone.py", "")
        archive.writestr("some_thing-1.2.data/data/share/a.py", "")
    return path


def test_a_page_has_the_versions_that_the_tests_had() -> None:
    pins = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.txt").read_text(), re.M)
    table = fetch.versions()["wheels"]
    both = {wheels.spelt(name): version for name, version in pins}
    shared = table.keys() & both.keys()
    assert len(shared) > 10
    assert {name: table[name]["version"] for name in shared} == {
        name: both[name] for name in shared
    }


def test_a_wheel_says_what_it_needs_here(thing: Path) -> None:
    said = wheels.read(thing)
    assert (said.name, said.version, said.licence) == ("some-thing", "1.2", "MIT")
    assert said.needs == ("other-thing", "third")
    assert said.imports == ("alone", "some_thing")


def test_the_list_has_what_lies_beside_it(thing: Path, tmp_path: Path) -> None:
    (tmp_path / "pyodide-lock.json").write_text('{"info": {"python": "3.14.2"}, "packages": {}}')
    said = wheels.read(thing)
    third = wheels.Wheel(thing, "third", "3", (), ("third",), "MIT")
    whole = lock.lock(tmp_path, [said, third], {"third": ["some-thing", "nowhere"]})
    assert whole["info"] == {"python": "3.14.2"}
    assert whole["packages"]["some-thing"]["depends"] == ["third"]
    assert whole["packages"]["third"]["depends"] == ["some-thing"]
    assert whole["packages"]["third"]["sha256"] == hashlib.sha256(thing.read_bytes()).hexdigest()


def test_our_wheel_is_the_same_from_the_same_files(tmp_path: Path) -> None:
    first, second = (fetch.our_wheel(tmp_path / each) for each in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2026, 1, 1, 0, 0, 0)}


def test_only_the_wheel_with_the_hash_is_kept(monkeypatch: pytest.MonkeyPatch, thing: Path) -> None:
    found = hashlib.sha256(thing.read_bytes()).hexdigest()
    asked = {"version": "1.2", "sha256": found}
    assert fetch._kept(thing.parent, asked) == thing
    assert fetch._kept(thing.parent, asked | {"sha256": "0" * 64}) is None


def test_without_npm_it_says_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(fetch.shutil, "which", lambda name: None)
    with pytest.raises(Missing, match="apt install npm") as caught:
        fetch.npm_package("pyodide")
    assert "\n" not in str(caught.value)


def test_only_what_a_cell_needs_runs_before_it() -> None:
    sources = [
        "from a import lo_up, send\nlo = lo_up()",
        "from b import explorer\nexplorer('gso')",
        "send(lo, 100)",
        "def twice(x):\n    return 2 * x",
        "lo.stats",
        "explorer('limits'), twice(1)",
    ]
    assert needs(sources) == [[], [], [0], [0, 2], [0, 2], [0, 1, 2, 3, 4]]


def test_a_bundle_is_read_as_it_is_written() -> None:
    files = {"b.py": b"bb", "a/c.txt": b"", "a/b.py": b"\xff"}
    packed = build.bundle(files)
    end = 4 + int.from_bytes(packed[:4], "little")
    names = json.loads(packed[4:end])
    assert names == [["a/b.py", 1], ["b.py", 2], ["a/c.txt", 0]]
    assert packed[end:] == b"\xffbb"


def test_a_build_of_other_files_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not inputs.is_current(tmp_path) and "none was built" in inputs.note(tmp_path)
    (tmp_path / "python.json").write_text(json.dumps({"inputs": inputs.fingerprint()}))
    assert inputs.is_current(tmp_path) and inputs.identity(tmp_path)
    monkeypatch.setattr(inputs, "SOURCES", ("README.md",))
    assert not inputs.is_current(tmp_path) and not inputs.identity(tmp_path)
    assert "older than the book" in inputs.note(tmp_path)


@pytest.mark.parametrize("built", [True, False])
def test_a_page_has_its_cells_or_a_sentence(monkeypatch: pytest.MonkeyPatch, built: bool) -> None:
    monkeypatch.setattr(sphinx_python.inputs, "is_current", lambda: built)
    linked: list[str] = []
    app = SimpleNamespace(
        env=SimpleNamespace(
            doc2path=lambda name: str(ROOT / "chapters" / "xmit.ipynb"),
            found_docs={"chapters/xmit"},
        ),
        add_css_file=linked.append,
        add_js_file=lambda name, **how: linked.append(name),
    )
    context = {"body": '<div class="cell lo-cell-4">', "pathto": lambda path, _: f"../{path}"}
    sphinx_python.on_page(app, "chapters/xmit", "page.html", context, None)
    assert ("make python" in context["body"]) is not built
    assert ("run.js" in linked) is built is ('id="lo-cells"' in context["body"])
    assert ('"base":"../_python/"' in context["body"]) is built


@pytest.fixture
def printing(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, with a clock that stands still."""
    monkeypatch.syspath_prepend(str(ROOT / "tools/python/site"))
    module = importlib.import_module("lomodel_printing")
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 0.0))
    return module


def test_first_lines_go_out_at_once_and_later_ones_together(printing: ModuleType) -> None:
    """Red where every line goes out by itself."""
    out: list[str] = []
    printed = printing.Printed(out.append)
    printed.write("no line yet")
    assert not out
    for n in range(printing.AT_ONCE + 50):
        printed.write(f"{n}\n")
    assert len(out) == printing.AT_ONCE - 1 and out[0] == "no line yet0\n"
    printed.begin()
    assert "".join(out).endswith(f"{printing.AT_ONCE + 49}\n")
    printed.write("the next cell\n")
    assert out[-1] == "the next cell\n"


def test_no_more_is_shown_than_a_reader_reads(printing: ModuleType) -> None:
    """Red where the last part waits for a next line."""
    out: list[str] = []
    printed = printing.Printed(out.append)
    for _ in range(printing.MOST // 100 + 10):
        assert printed.write(f"{'x' * 99}\n") == 100
    assert len("".join(out)) == printing.MOST + len(printing.TOO_MUCH)
    assert out[-1].endswith(printing.TOO_MUCH)


def test_what_the_page_runs_is_told_by_the_readers_own_lines() -> None:
    """In a process of its own: it changes Python's own modules."""
    done = subprocess.run([sys.executable, "-c", RUN], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, second, third, fourth = map(json.loads, done.stdout.splitlines())
    assert first == ["stream", {"name": "stdout", "text": "one\n"}]
    assert second == ["execute_result", {"text/plain": "{1, 2}"}]
    told = third[1]["text"].splitlines()
    assert told == ["cell 2, line 4: f()", "cell 2, line 2: return 1 / 0", told[-1]]
    assert told[-1] == "ZeroDivisionError: division by zero"
    assert fourth[1]["text"] == "cell 3, line 2: return 1\nSyntaxError: 'return' outside function"
