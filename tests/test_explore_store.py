"""Tables are reckoned once: when, by whom, and for which changes anew.

``copy`` is the package in a folder of its own with one explorer, which CONTRIBUTING.md's recipe
declares; its functions leave a mark for each state that is played.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.recipes import boxes

from lomodel.explore import store
from lomodel.explore.imports import closure, files_of
from lomodel.explore.registry import declaration, module_of, names
from lomodel.explore.store import table_of
from lomodel.scenario import play

ROOT = Path(__file__).resolve().parent.parent
STATES = 4
MARK = """
import os
def marked(said, c):
    with open(os.environ["MARKS"], "a") as marks:
        print(os.getpid(), c, file=marks)
    return said
def summary(run, c, summary=summary):
    return marked(summary(run, c), c)
"""


@dataclass
class Copy:
    """The package elsewhere, with ``echo`` as its only explorer and an empty cache."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        own = {"XDG_CACHE_HOME": self.folder / "cache", "MARKS": self.folder / "marks"}
        own |= {"PYTHONPATH": self.folder, "PYTHONDONTWRITEBYTECODE": "1"}
        return os.environ | {name: str(value) for name, value in own.items()}

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen:
        command = [sys.executable, *arguments]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> tuple[str, str]:
        """What a Python process says on its two streams; it must succeed."""
        process = self.start(*arguments, **environment)
        try:
            out, err = process.communicate(timeout=120)
        finally:
            process.kill()
        assert process.returncode == 0, err
        return out, err

    def played(self) -> list[str]:
        """A line for each state played so far: by which process, and which state."""
        marks = self.folder / "marks"
        return marks.read_text().splitlines() if marks.exists() else []

    def add(self, path: str, text: str) -> None:
        with (self.folder / "lomodel" / path).open("a") as file:
            file.write(text)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lomodel", tmp_path / "lomodel", ignore=ignore)
    for path in (tmp_path / "lomodel/explorers").glob("[!_]*.py"):
        path.unlink()
    (text,) = boxes("An explorer", "python")
    text = text.replace("\nEXPLORER =", f"{MARK}\nEXPLORER =")
    (tmp_path / "lomodel/explorers/echo.py").write_text(text, encoding="utf-8")
    return Copy(tmp_path)


FILL = ("-m", "lomodel.explore")
FILL_ECHO = """
from lomodel.explore.registry import declaration
from lomodel.explore.store import table_of
if __name__ == "__main__":
    table_of(declaration("echo"))
"""
SHOWN = """
import json
from lomodel.explore import explorer
e = explorer("echo", family="inet6")
print(json.dumps([e.outcome.slots(), e.declaration.steps(dict(e.controls)), e._html]))
"""


@pytest.mark.slow
class TestRecipe:
    def test_followed_literally_it_makes_an_explorer(self, copy: Copy) -> None:
        """Red for a recipe that the engine no longer understands, whatever the explorer shows."""
        slots, steps, html = json.loads(copy.run("-c", SHOWN)[0])
        sent = play(steps)[-1]
        assert slots["value:rx_packets"] == sent["stats"]["rx_packets"] == 2
        assert slots["summary"] == "2 packets are received: request and answer."
        assert slots["answer:mtu"] == "no"
        assert slots["strip:sent"] == "2x118"
        lit = re.findall(r'class="node[^"]* lit" data-part="([^"]*)"', html)
        way = ["__dev_queue_xmit", "loopback_xmit"]  # the answer's is another: in the softirq
        assert sorted(lit) == sorted([*way, "__netif_receive_skb", *(f"{f}~2" for f in way)])
        assert ">2 packets are received: request and answer.</output>" in html

    def test_a_state_in_which_nothing_happens(self, copy: Copy) -> None:
        down = SHOWN.replace('family="inet6"', "up=False")
        slots, _, html = json.loads(copy.run("-c", down)[0])
        assert slots["summary"] == "0 packets are received: no request."
        assert not any(slot.startswith(("part:", "answer:")) for slot in slots)
        assert " lit" not in html


@pytest.mark.slow
class TestOnce:
    def test_every_state_is_played_once_by_helpers(self, copy: Copy) -> None:
        """Red where the process that waits for the table plays, or two processes the same."""
        filling = copy.start(*FILL)
        assert filling.communicate(timeout=120) == ("", "")
        pids = {line.partition(" ")[0] for line in copy.played()}
        assert len(copy.played()) == STATES
        assert str(filling.pid) not in pids

    def test_a_second_process_waits_for_the_first_ones_table(self, copy: Copy) -> None:
        both = [copy.start(*FILL) for _ in range(2)]
        assert [process.communicate(timeout=120) for process in both] == [("", "")] * 2
        assert [process.returncode for process in both] == [0, 0]
        assert len(copy.played()) == STATES

    def test_again_only_for_what_the_explorer_imports(self, copy: Copy) -> None:
        """Red where a change elsewhere costs a table, or one that matters does not."""
        (copy.folder / "fill.py").write_text(FILL_ECHO)
        copy.run("fill.py")
        for path, text in (
            ("lab/device.py", "\n# A comment.\n"),
            ("explore/core.js", "\n// A comment.\n"),
            ("explore/page.py", "\n# A comment.\n"),
            ("explorers/other.py", "EXPLORER = None\n"),
        ):
            copy.add(path, text)
            copy.run("fill.py")
            assert len(copy.played()) == STATES, path
        changed = ("explorers/echo.py", "linux/drivers/net/loopback.py", "explore/table.py")
        for times, path in enumerate(changed, start=2):
            copy.add(path, "\n# A comment.\n")
            copy.run("fill.py")
            assert len(copy.played()) == STATES * times, path

    def test_without_a_cache_it_is_reckoned_all_the_same(self, copy: Copy) -> None:
        for _ in range(2):
            slots, *_ = json.loads(copy.run("-c", SHOWN, XDG_CACHE_HOME="/dev/null")[0])
            assert slots["value:rx_packets"] == 2

    def test_a_script_without_a_main_guard_gets_its_table(self, copy: Copy) -> None:
        """The helpers import the script again; they must not wait for the one that started them."""
        script = copy.folder / "script.py"
        script.write_text(SHOWN)
        out, err = copy.run("script.py")
        assert json.loads(out)[0]["value:rx_packets"] == 2
        assert "if __name__ == '__main__':" in err  # what multiprocessing says of it


class TestImports:
    @pytest.mark.parametrize("name", names())
    def test_an_explorer_is_a_short_file(self, name: str) -> None:
        """What every explorer needs belongs to the engine."""
        (file,) = (ROOT / "lomodel/explorers").glob(f"{name}.py")
        assert len(file.read_text(encoding="utf-8").splitlines()) <= 190

    @pytest.mark.parametrize("name", names())
    def test_no_table_depends_on_how_it_is_shown_or_on_a_real_kernel(self, name: str) -> None:
        """Red for an explorer that imports from the package ``lomodel.explore`` itself."""
        needed = closure([module_of(name), store.__name__])
        shown = {"lomodel.explore", "lomodel.explore.page", "lomodel.explore.widget"}
        assert not needed & shown
        # lab.diff compares two runs that somebody else has made.
        assert not [m for m in needed if m.startswith("lomodel.lab") and m != "lomodel.lab.diff"]

    @pytest.mark.slow
    @pytest.mark.parametrize("name", names())
    def test_all_that_playing_a_state_imports_is_known(self, name: str) -> None:
        """But for what the packages of engine and figures import, which no explorer uses."""
        module = module_of(name)
        code = f"import sys; from {module} import EXPLORER as e\n"
        code += "from lomodel.explore.store import player_of; player_of(e)(e.initial())\n"
        code += "print(*(m for m in sys.modules if m.partition('.')[0] == 'lomodel'))"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
        assert run.returncode == 0, run.stderr
        loaded, known = set(run.stdout.split()), closure([module, store.__name__])
        known |= closure(["lomodel.explore", "lomodel.figures"])
        packages = {".".join(m.split(".")[:n]) for m in known for n in range(1, m.count(".") + 1)}
        assert len(loaded) > 20
        assert not loaded - known - packages

    @pytest.fixture
    def package(self, tmp_path: Path) -> Path:
        """A package ``p``: a, which imports in every way, and others."""
        files = {
            "__init__.py": "",
            "a.py": "import p.b.c\nfrom p import d\nfrom . import e\nfrom .f import x\n"
            "from p.g import y\nif TYPE_CHECKING:\n    from p import h\nelse:\n    import p.i\n"
            "def later():\n    import p.j, json, nowhere\n",
            "b/__init__.py": "import p.k",
            "g/__init__.py": "from p.l import y",
            "g/data.txt": "1",
            "a.txt": "1",
            "b/data.txt": "1",
        }
        files |= {f"{name}.py": "" for name in ("b/c", "d", "e", "f", "h", "i", "j", "k", "l")}
        for name, text in files.items():
            path = tmp_path / "p" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "p"

    def test_every_way_to_import(self, package: Path) -> None:
        """h is for type checkers; k is what the package b imports, of which a uses only c."""
        assert closure(["p.a"], package) == {
            f"p.{m}" for m in ["a", "b.c", "d", "e", "f", "g", "i", "j", "l"]
        }

    def test_files(self, package: Path) -> None:
        """Data beside a module of the same name, and beside the package that is imported."""
        found = {path.relative_to(package).as_posix() for path in files_of(["p.a"], package)}
        modules = {
            f"{m}.py"
            for m in [
                "a",
                "b/c",
                "d",
                "e",
                "f",
                "i",
                "j",
                "l",
                "__init__",
                "b/__init__",
                "g/__init__",
            ]
        }
        assert found == modules | {"a.txt", "g/data.txt"}


class TestCache:
    def test_two_who_ask_at_once_reckon_once(self, monkeypatch, tmp_path) -> None:
        """The second waits for the first one's table instead of taking its CPUs away."""
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        reckoned = []

        def slowly(controls, outcomes) -> dict:
            reckoned.append(1)
            time.sleep(0.3)
            return {"values": [], "nodes": [], "slots": {}}

        monkeypatch.setattr(store, "encode", slowly)
        monkeypatch.setattr(store, "_plays", lambda declared: ())
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(lambda _: table_of(declaration("gso")), range(2))
        assert first == second and len(reckoned) == 1

    def test_the_cache_forgets_what_is_old(self, monkeypatch, tmp_path) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.setattr(store, "_plays", lambda declared: ())
        monkeypatch.setattr(store, "encode", lambda controls, outcomes: {})
        folder = tmp_path / "lomodel"
        folder.mkdir()
        old, young, other = (letter * store.FINGERPRINT for letter in "oyn")
        ages = {f"gso-{old}": store.MONTH + 60, f"gso-{young}": 60}
        ages |= {f"other-{old}": 10**8, f"gso-more-{other}": 10**8}
        for name, age in ages.items():
            (folder / f"{name}.json").write_text("{}")
            os.utime(folder / f"{name}.json", (time.time() - age,) * 2)
        table_of(declaration("gso"))
        left = {path.stem for path in folder.glob("*.json")}
        assert left == {*ages, f"gso-{store.fingerprint('gso')}"} - {f"gso-{old}"}
