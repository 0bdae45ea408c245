"""What `make python` is made of, as far as it can be tested without npm.

Seen red: a version of `versions.toml` that is not requirements.txt's; `_kept` taking any file of
the version; `needs` without asking a requirement's conditions; the lock naming a package that has
no wheel; the wheel built without its time; npm not looked for.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path

import pytest

from tools.npm import Missing
from tools.python import fetch, lock, wheels

ROOT = Path(__file__).resolve().parent.parent
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
