"""What the Makefile runs, above all where it cannot do its work: one line, and what to do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from tools import book, environment, notebooks, serve, sphinx_house

ROOT = Path(__file__).resolve().parent.parent


def shell(*command: object, **environ: str) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(
        words, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True
    )


class TestPython:
    def fake(self, folder: Path, version: str) -> Path:
        path = folder / "python"
        path.write_text(f"#!/bin/sh\necho {version}\n")
        path.chmod(0o755)
        return path

    def test_too_old(self, tmp_path: Path) -> None:
        run = shell("sh", "tools/python.sh", PYTHON=str(self.fake(tmp_path, "3.9")))
        assert run.returncode == 1
        assert run.stderr.count("\n") == 1
        assert "needs Python 3.11 to 3.14" in run.stderr and "is 3.9" in run.stderr

    def test_not_there(self) -> None:
        run = shell("sh", "tools/python.sh", PYTHON="no-such-python")
        assert run.returncode == 1
        assert run.stderr.startswith("No working Python found") and run.stderr.count("\n") == 1

    def test_good(self, tmp_path: Path) -> None:
        path = self.fake(tmp_path, "3.14")
        assert shell("sh", "tools/python.sh", PYTHON=str(path)).stdout == f"{path}\n"


class TestEnvironment:
    @pytest.fixture
    def venv(self, tmp_path: Path, monkeypatch) -> Path:
        """Looks like a finished environment."""
        monkeypatch.setattr(environment, "VENV", tmp_path)
        monkeypatch.setattr(environment, "UNFINISHED", tmp_path / "unfinished")
        monkeypatch.setattr(environment, "venv_python", lambda: Path(sys.executable))
        (tmp_path / "made").write_text(str(environment.ROOT))
        (tmp_path / "ready-book").write_text(environment.fingerprint("book"))
        return tmp_path

    def test_finished(self, venv: Path) -> None:
        assert environment.is_ready("book")
        assert not environment.is_ready("test")

    def test_interrupted(self, venv: Path) -> None:
        (venv / "unfinished").touch()
        assert not environment.is_ready("book")

    def test_moved(self, venv: Path) -> None:
        (venv / "made").write_text("/elsewhere")
        assert not environment.is_ready("book")

    def test_python_gone(self, venv: Path, monkeypatch) -> None:
        monkeypatch.setattr(environment, "venv_python", lambda: venv / "bin" / "python")
        assert not environment.is_ready("book")

    def test_other_requirements(self, venv: Path, monkeypatch, tmp_path_factory) -> None:
        other = tmp_path_factory.mktemp("root")
        for name in ("requirements.txt", "pyproject.toml"):
            (other / name).write_bytes((ROOT / name).read_bytes())
        monkeypatch.setattr(environment, "ROOT", other)
        (venv / "made").write_text(str(other))
        (venv / "ready-book").write_text(environment.fingerprint("book"))
        assert environment.is_ready("book")
        with (other / "requirements.txt").open("a") as file:
            file.write("six==1.17.0\n")
        assert not environment.is_ready("book")

    @pytest.mark.parametrize(
        "log, says",
        [
            (
                "x\nNewConnectionError('no route')\nERROR: No matching d.",
                "cannot reach the package",
            ),
            ("ERROR: [Errno 28] No space left on device", "is full"),
            ("noise\nERROR: Cannot install a and b\nmore", "pip failed: ERROR: Cannot install a"),
            ("", "pip failed: it said nothing"),
        ],
    )
    def test_failures_take_one_line(self, log: str, says: str) -> None:
        assert says in environment.explain(log)
        assert "\n" not in environment.explain(log)

    def test_no_venv_module(self, venv: Path, monkeypatch) -> None:
        monkeypatch.setitem(sys.modules, "ensurepip", None)
        monkeypatch.setattr(environment.shutil, "rmtree", lambda path: None)
        with pytest.raises(SystemExit, match="no ensurepip: install it .*python3-venv"):
            environment.make()

    def test_without_a_network(self, venv: Path, monkeypatch) -> None:
        """What was there before stays good."""
        monkeypatch.setattr(environment, "LOG", venv / "install.log")
        for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
            monkeypatch.delenv(name, raising=False)
        nowhere = ["--index-url=http://127.0.0.1:9/simple", "no-such-package"]
        (venv / "unfinished").touch()
        with pytest.raises(SystemExit, match="cannot reach the package index"):
            environment.pip("--dry-run", *nowhere)
        assert environment.is_ready("book")


class TestServe:
    def test_taken_port(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(SystemExit, match=f"^Port {port} is taken: .*$"):
                serve.bind(port)

    @pytest.mark.parametrize("word", ["80a", "-1", "65536", "1.5"])
    def test_no_port(self, word: str) -> None:
        with pytest.raises(SystemExit, match="is no port: give a number"):
            serve.port_number(word)

    def test_no_book(self, tmp_path: Path, monkeypatch) -> None:
        monkeypatch.setattr(serve, "HTML", tmp_path)
        with pytest.raises(SystemExit, match="run make book"):
            serve.main([])


class TestBook:
    @pytest.fixture
    def root(self, tmp_path: Path, monkeypatch) -> Path:
        """A small project, built."""
        monkeypatch.setattr(book, "ROOT", tmp_path)
        monkeypatch.setattr(book, "HTML", tmp_path / "html")
        monkeypatch.setattr(book, "STAMP", tmp_path / "stamp")
        for name in (
            "_config.yml",
            "chapters/a.md",
            "lomodel/linux/mm/slab.py",
            "html/index.html",
        ):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
        book.STAMP.write_text(book.fingerprint())
        return tmp_path

    def test_nothing_changed(self, root: Path) -> None:
        os.utime(root / "chapters/a.md", (0, 0))
        (root / "lomodel/__pycache__").mkdir()
        (root / "lomodel/__pycache__/dev.pyc").touch()
        assert book.is_built(book.fingerprint())

    @pytest.mark.parametrize("name", ["_config.yml", "chapters/a.md", "lomodel/linux/mm/slab.py"])
    def test_a_changed_file_is_noticed(self, root: Path, name: str) -> None:
        (root / name).write_text(name[::-1])  # no longer, no shorter
        assert not book.is_built(book.fingerprint())

    def test_a_new_and_a_renamed_file_are_noticed(self, root: Path) -> None:
        (root / "chapters/b.md").touch()
        assert not book.is_built(book.fingerprint())
        (root / "chapters/b.md").unlink()
        (root / "chapters/a.md").rename(root / "chapters/c.md")
        assert not book.is_built(book.fingerprint())

    def test_pages_gone(self, root: Path) -> None:
        (root / "html/index.html").unlink()
        assert not book.is_built(book.fingerprint())

    def test_warnings_are_named(self, tmp_path: Path) -> None:
        log = tmp_path / "build.log"
        log.write_text("reading\nchapters/a.md:3: WARNING: no such page\ndone\n")
        assert book.explain(log).splitlines()[0] == "  chapters/a.md:3: WARNING: no such page"


class TestNotebooks:
    def test_normalised_twice_is_normalised_once(self) -> None:
        made = v4.new_notebook(
            metadata={"widgets": {"state": {}}, "title": "kept"},
            cells=[
                v4.new_markdown_cell("# How does `hw_features` work?", id="0a1b2c3d"),
                v4.new_code_cell(
                    "1 + 1",
                    id="chosen",
                    execution_count=7,
                    metadata={"tags": ["hide-input"], "execution": {"iopub.status.busy": "now"}},
                    outputs=[v4.new_output("execute_result", {"text/plain": "2"})],
                ),
                v4.new_code_cell("", id="0a1b2c3e"),
            ],
        )
        once = nbformat.writes(notebooks.normalise(made))
        again = nbformat.reads(once, as_version=4)
        assert nbformat.writes(notebooks.normalise(again)) == once
        assert [cell.id for cell in made.cells] == ["how-does-hw-features-work", "chosen", "empty"]
        assert made.cells[1].metadata == {"tags": ["hide-input"]}
        assert made.cells[1].execution_count is made.cells[1].outputs[0].execution_count is None
        assert made.metadata.keys() == {"kernelspec", "language_info", "title"}

    def test_equal_cells_have_different_ids(self) -> None:
        cells = [v4.new_code_cell("show(lo)", id=each) for each in ("0a1b2c3d", "0a1b2c3e")]
        notebooks.name_cells(cells)
        assert [cell.id for cell in cells] == ["show-lo", "show-lo-2"]

    def test_frames_of_a_traceback_are_not_stored(self) -> None:
        error = v4.new_output("error", ename="OSError", evalue="[Errno 22]", traceback=["/a/b.py"])
        assert notebooks.normalise_output(error).traceback == ["OSError: [Errno 22]"]

    @pytest.mark.parametrize("text", ["<object at 0x7f00deadbeef>", f"{ROOT}/lomodel"])
    def test_what_another_machine_would_not_show_is_refused(self, text: str) -> None:
        shown = v4.new_output("execute_result", {"text/plain": text})
        made = v4.new_notebook(cells=[v4.new_code_cell("x", id="x", outputs=[shown])])
        with pytest.raises(notebooks.Unfit, match="cell 'x' shows"):
            notebooks.check(made)

    @pytest.mark.parametrize(
        "source, says",
        [("1 / 0", "a cell failed: ZeroDivisionError"), ("object()", "an address in memory")],
    )
    def test_a_notebook_that_cannot_be_stored_stays(
        self, source: str, says: str, tmp_path: Path, monkeypatch
    ) -> None:
        monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
        path = tmp_path / "a.ipynb"
        nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(source)]), path)
        before = path.read_bytes()
        assert says in notebooks.renew(path)
        assert path.read_bytes() == before


class TestPages:
    ICONS = 'x={"arrow-up":[384,512,[],"f062","M1"],bars:[448,512,["navicon"],"f0c9","M2"]}'

    def test_an_icon_is_drawn(self) -> None:
        draw = sphinx_house.drawer(sphinx_house.icons(self.ICONS))
        drawn = sphinx_house.ICON.sub(draw, '<i class="fas fa-bars fa-lg" data-mode="a"></i>')
        assert 'data-mode="a"' in drawn and 'd="M2"' in drawn and 'viewBox="0 0 448 512"' in drawn

    def test_an_unknown_icon_fails_the_build(self) -> None:
        draw = sphinx_house.drawer(sphinx_house.icons(self.ICONS))
        with pytest.raises(sphinx_house.ExtensionError, match="fa-moon"):
            sphinx_house.ICON.sub(draw, '<i class="fas fa-moon"></i>')

    def test_a_changed_theme_fails_the_build(self, tmp_path: Path) -> None:
        page = tmp_path / "a.html"
        page.write_text("<html></html>")
        with pytest.raises(sphinx_house.ExtensionError, match="the theme no longer has"):
            sphinx_house.edit(page, sphinx_house.EDITS, str)
