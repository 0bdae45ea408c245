"""What the build takes in of the kernels that were built, and what it tells the pages.

What turned these red: ``identity`` without the files' contents; an old kernel taken in; the element
in the head of a page that cannot ask; the files copied while the style sheets are still to be cut.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tools import book, page_kernels, serve, sphinx_kernel
from tools.kernel import inputs

PLACE = "_static/kernel-0123456789ab"


def write(root: Path, release: str = "6.12", state: bytes = b"state", **others: Any) -> Path:
    """A kernel as `make kernel` leaves it, of this checkout's inputs, if no others are given."""
    folder = root / release
    (folder / "file").mkdir(parents=True, exist_ok=True)
    (folder / "state.zst").write_bytes(state)
    (folder / "file/state.0.js").write_bytes(state)
    said = {"version": f"{release}.1", "bits": 32, "inputs": inputs.of_state(release)} | others
    (folder / "kernel.json").write_text(json.dumps(said), encoding="utf-8")
    return folder


def test_what_was_built_is_told(tmp_path: Path) -> None:
    assert page_kernels.told(tmp_path) == {}
    assert "none was built (make kernel)" in page_kernels.note(tmp_path)
    write(tmp_path)
    assert page_kernels.told(tmp_path) == {"kernels": {"6.12": {"version": "6.12.1", "bits": 32}}}
    assert page_kernels.note(tmp_path) == "“Ask the kernel” asks Linux 6.12, in the page."
    write(tmp_path, "6.1")
    assert list(page_kernels.told(tmp_path)["kernels"]) == ["6.1", "6.12"]


@pytest.mark.parametrize("changed", ["model", "player", "config"])
def test_one_that_is_older_than_the_model_is_not_taken_in(tmp_path: Path, changed: str) -> None:
    write(tmp_path, inputs=inputs.of_state("6.12") | {changed: "another"})
    assert page_kernels.told(tmp_path) == {"why": page_kernels.OLD}
    assert "“make kernel”, then “make book”" in page_kernels.OLD
    assert "older than the model (make kernel)" in page_kernels.note(tmp_path)
    write(tmp_path, "6.1")
    assert list(page_kernels.told(tmp_path)["kernels"]) == ["6.1"]


def test_another_state_is_a_change_of_the_book(tmp_path: Path, monkeypatch: Any) -> None:
    seen = [page_kernels.identity(tmp_path)]
    for state in (b"state", b"other"):
        write(tmp_path, state=state)
        seen.append(page_kernels.identity(tmp_path))
    write(tmp_path, state=b"other", inputs={})
    seen.append(page_kernels.identity(tmp_path))
    assert len(set(seen)) == len(seen)
    before = book.fingerprint()
    monkeypatch.setattr(page_kernels, "identity", lambda: "another")
    assert book.fingerprint() != before


def head_of(body: str, told: dict[str, Any], monkeypatch: Any) -> str:
    """What stands in the head of a page with this body."""
    monkeypatch.setattr(page_kernels, "told", lambda: told)
    monkeypatch.setattr(sphinx_kernel, "place", lambda: PLACE)
    context = {"body": body, "metatags": "<meta>", "pathto": lambda path, _: f"../{path}"}
    sphinx_kernel.on_page(SimpleNamespace(), "chapters/a", "page.html", context, None)
    return context["metatags"]


def test_only_a_page_that_can_ask_is_told(tmp_path: Path, monkeypatch: Any) -> None:
    asks, other = "<p><lo-ask></lo-ask></p>", "<p>nothing</p>"
    write(tmp_path)
    told = page_kernels.told(tmp_path)
    assert head_of(asks, {}, monkeypatch) == "<meta>"
    assert head_of(other, told, monkeypatch) == "<meta>"
    head = head_of(asks, told, monkeypatch)
    said = json.loads(html.unescape(re.search('name="lo-kernels" content="(.*)"', head)[1]))
    assert said == told | {"base": f"../{PLACE}/"}


def test_the_files_are_copied_and_an_old_kernels_are_not(tmp_path: Path, monkeypatch: Any) -> None:
    write(tmp_path / "in")
    write(tmp_path / "in", "6.1", inputs={})
    found = page_kernels.current(tmp_path / "in")
    monkeypatch.setattr(page_kernels, "current", lambda: found)
    monkeypatch.setattr(sphinx_kernel, "place", lambda: PLACE)
    app = SimpleNamespace(builder=SimpleNamespace(format="html"), outdir=str(tmp_path / "out"))
    sphinx_kernel.finish(app, RuntimeError("the build has failed"))
    assert not (tmp_path / "out").exists()
    sphinx_kernel.finish(app, None)
    copied = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.*")}
    names = ("kernel.json", "state.zst", "file/state.0.js")
    put = f"{PLACE}/6.12"
    assert copied - {put} == {f"{put}/{name}" for name in names}


def test_another_state_has_another_place(monkeypatch: Any) -> None:
    """A browser keeps for ever what has a name with a hash in it. Red with one place for all."""
    places = set()
    for state in ("0" * 64, "1" * 64):
        monkeypatch.setattr(page_kernels, "identity", lambda state=state: state)
        sphinx_kernel.place.cache_clear()
        places.add(sphinx_kernel.place())
    sphinx_kernel.place.cache_clear()
    assert len(places) == 2 and all(serve.HASHED.search(f"/{each}/") for each in places)


def test_it_comes_after_what_goes_over_finished_files() -> None:
    """A state is no script whose words keep a rule of the theme's style sheets."""
    priorities: dict[str, int] = {}
    for name in ("sphinx_cut", "sphinx_kernel"):
        connected = lambda event, _, priority=500, name=name: priorities.update(  # noqa: E731
            {name: priority} if event == "build-finished" else {}
        )
        module = __import__(f"tools.{name}", fromlist=["setup"])
        module.setup(SimpleNamespace(connect=connected))
    assert priorities["sphinx_kernel"] > priorities["sphinx_cut"]
