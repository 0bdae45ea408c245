"""Panels of source: what is stored, what a build puts in, and what it says when it cannot.

What these are meant to catch (not replayed as a whole): the C put into ``_html``; ``_marked``
without its error; ``fill`` without the copy of the model's file; ``named`` always true;
``identity`` without the files' contents; the answer to JupyterLab kept as a trait.
"""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest
from jupyter_book.config import get_final_config
from support import kernel_tree_demo, source_build
from support.kernel_tree_demo import NETDEVICE_H

from lomodel import kernel_tree
from lomodel.explore import c_source, href_of, python_source, source, source_panel
from lomodel.explore.source_widget import filled
from lomodel.source_lines import QUOTED, TABLE_ROWS, TAGS, permalink
from tools import book, kernel_trees, quoted, sphinx_source

ROOT = Path(__file__).resolve().parent.parent
TAG = re.compile(r"<[^>]+>")
C_LINE = NETDEVICE_H.split("\n")[22]
"""A line of the tree's net_gso_ok."""


def text(html: str) -> str:
    return unescape(TAG.sub("", html))


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = kernel_tree_demo.make(tmp_path / "tree")
    monkeypatch.setenv(kernel_tree.variable(QUOTED), str(made))
    return made


# --- what is stored -------------------------------------------------------------------------------


def test_what_is_stored_is_the_same_with_and_without_a_tree(demo: Path, monkeypatch) -> None:
    with_tree = source_build.outputs()
    monkeypatch.setenv(kernel_tree.variable(QUOTED), str(demo / "nowhere"))
    keep = ("text/html", "text/plain")
    for one, other in zip(with_tree, source_build.outputs(), strict=True):
        assert [one[mime] for mime in keep] == [other[mime] for mime in keep]
    assert C_LINE.strip() not in text(with_tree[0]["text/html"])


def test_it_holds_the_python_and_both_links() -> None:
    html = source("net_gso_ok")._html
    python = python_source.find("net_gso_ok")
    file = (ROOT / python.file).read_text().split("\n")
    assert tuple(file[python.first - 1 : python.last]) == python.lines
    assert python.lines[0].startswith("def net_gso_ok(")
    assert "\n".join(python.lines) + "\n" in text(html)
    assert f'data-n="{python.last}"' in html and f'data-n="{python.last + 1}"' not in html
    assert f'href="../{python.file}#L{python.first}"' in html
    assert f'href="{permalink("net_gso_ok", QUOTED)}"' in html
    assert 'id="source-net_gso_ok"' in html


def test_every_python_function_of_the_table_is_found() -> None:
    """But for what the model has not, or as a part of something else."""
    found = 0
    for row in TABLE_ROWS:
        try:
            made = python_source.find(row.symbol, file=row.file)
        except ValueError as error:
            assert f"the model has no {row.symbol!r}" in str(error)
        else:
            found += 1
            # The lines are a whole statement by themselves.
            compile("\n".join(made.lines), made.file, "exec")
    assert found > 370


def test_what_is_long_is_folded() -> None:
    longer = python_source.find("validate_xmit_skb")
    assert len(longer.lines) > source_panel.FOLD >= len(python_source.find("net_gso_ok").lines)
    assert "<details><summary>" in source("validate_xmit_skb")._html
    assert "<details" not in source("net_gso_ok")._html


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        ((), {}, "expected a symbol"),
        (("no_such",), {}, "expected a symbol of lomodel/source_lines.txt"),
        (("NETIF_F_SG_BIT",), {}, "the model has no 'NETIF_F_SG_BIT'"),
        (("net_gso_ok",), {"python": "Nobody.at_home"}, "expected 'Nobody.at_home'"),
        (("net_gso_ok",), {"marks": [("not in it", 1)]}, "in Python has no 'not in it' to mark"),
        (("net_gso_ok",), {"marks": [(99, 1)]}, "in Python has no 99 to mark"),
        (("net_gso_ok",), {"marks": [("", 1)]}, "has no '' to mark"),
        (("net_gso_ok",), {"marks": [(1, "x" * 30)]}, "at most 29 characters"),
        (("net_gso_ok", "netif_rx"), {"marks": [(1, 1)]}, "are of one symbol"),
    ],
)
def test_what_cannot_be_shown(arguments: tuple, options: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        source(*arguments, **options)


def test_a_class_or_method_by_its_name() -> None:
    assert "class NetDevice:" in text(source("net_gso_ok", python="NetDevice")._html)
    method = python_source.find("netdev_queue", "NetdevQueue.__init__")
    assert method.lines[0] == "    def __init__(self) -> None:"


# --- the C, when somebody looks -------------------------------------------------------------------


def test_the_c_comes_with_its_lines_and_its_origin(demo: Path) -> None:
    request = source_panel.ask("net_gso_ok", marks=source_build.MARKS)
    html = source_panel.panel(request, source_panel.read_c(request), when="read just now")
    read = c_source.read("net_gso_ok")
    assert "\n".join(read.lines) + "\n" in text(html)
    numbers = re.findall(r'data-n="(\d+)"', html.partition('lo-column lo-c"')[2])
    assert list(map(int, numbers)) == list(range(read.first, read.first + len(read.lines)))
    origin = "include/linux/netdevice.h of Linux 6.12.5, under GPL-2.0-or-later, read just now."
    assert f"{origin} The link leads to 6.12.117." in text(html)


def test_corresponding_lines_are_marked(demo: Path) -> None:
    request = source_panel.ask("net_gso_ok", marks=[("return", "return"), (1, 2)])
    html = source_panel.panel(request, source_panel.read_c(request))
    marked = re.findall(r'<span class="lo-line lo-hit" data-n="(\d+)" data-pair="(\d)"', html)
    python, c = python_source.find("net_gso_ok"), c_source.read("net_gso_ok")
    of_c = next(n for n, line in enumerate(c.lines, c.first) if "return" in line)
    assert {(str(python.first), "2"), (str(python.last), "1")} <= set(marked)
    assert {(str(c.first + 1), "2"), (str(of_c), "1")} <= set(marked)
    assert len(marked) == 4


def test_a_mark_that_the_c_has_not(demo: Path) -> None:
    request = source_panel.ask("net_gso_ok", marks=[(1, "not in it")])
    with pytest.raises(ValueError, match="net_gso_ok in include.* of Linux 6.12.5 has no 'not in"):
        source_panel.panel(request, source_panel.read_c(request))
    assert "Not shown here: net_gso_ok in include" in text(filled(request))


def test_a_widget_sends_the_c_and_keeps_none(demo: Path, monkeypatch) -> None:
    """What JupyterLab may store of a widget is its state."""
    made = source("net_gso_ok")
    sent = []
    monkeypatch.setattr(made, "send", sent.append)
    made._answer(made, {"source": "read"}, [])
    assert C_LINE.strip() in text(sent[0]["source"])
    state = json.dumps({"state": made.get_state(), "bundle": made._repr_mimebundle_()})
    assert "net_gso_ok" in state and C_LINE.strip() not in text(state)


def test_a_widget_says_why_there_is_no_c(monkeypatch, tmp_path: Path) -> None:
    request = source_panel.ask("net_gso_ok")
    monkeypatch.setenv(kernel_tree.variable(QUOTED), str(tmp_path))
    assert "Not shown here: no tree of Linux 6.12: run make trees" in text(filled(request))
    kernel_tree_demo.make(tmp_path, "6.1.9")
    assert "is Linux 6.1.9; expected 6.12." in text(filled(request))


# --- links ----------------------------------------------------------------------------------------


def test_a_link_leads_to_the_panel_or_to_the_line() -> None:
    line = permalink("net_gso_ok", QUOTED)
    assert href_of("net_gso_ok") == line
    assert href_of("net_gso_ok", ["net_gso_ok"]) == "#source-net_gso_ok"
    assert href_of("no_such") is None
    box = source_build.link("net_gso_ok", "<text>x</text>")
    assert source_panel.lead_to_panels(box, ["netif_rx"]) == box
    assert 'href="#source-net_gso_ok"' in source_panel.lead_to_panels(box, ["net_gso_ok"])


# --- the build ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> dict[str, Path]:
    """A page built with a tree, without one, and with another release's."""
    pages = {}
    for name, version in (("with", "6.12.5"), ("other", "6.1.5"), ("without", "")):
        folder: Path = tmp_path_factory.mktemp(name)
        tree = kernel_tree_demo.make(folder / "tree", version) if version else None
        done = source_build.build(folder, tree)
        assert done.returncode == 0, done.stderr
        pages[name] = folder / "html/chapters/page.html"
    return pages


@pytest.mark.slow
def test_a_build_fills_the_c_in(built: dict[str, Path]) -> None:
    page = built["with"].read_text()
    assert C_LINE.strip() in text(page)
    assert "demo(skb, dev) ? 1 : 0;" in text(page)
    assert "read from the kernel’s tree when this book was built" in page
    assert "14 of C</summary>" not in page and "4 lines of Python" not in page


@pytest.mark.slow
@pytest.mark.parametrize("name", ["without", "other"])
def test_without_its_tree_the_python_and_the_link_stay(built: dict[str, Path], name: str) -> None:
    page = built[name].read_text()
    assert C_LINE.strip() not in text(page) and "demo(skb" not in text(page)
    assert "def net_gso_ok(" in text(page)
    assert f'href="{permalink("net_gso_ok", QUOTED)}"' in page
    assert "this book was built without a kernel’s tree" in page


@pytest.mark.slow
def test_a_page_names_a_panel_once_and_leads_to_it(built: dict[str, Path]) -> None:
    page = built["with"].read_text()
    for name in ("net_gso_ok", "loopback_xmit", "netif_keep_dst"):
        assert page.count(f'id="source-{name}"') == 1
    assert '<a data-source="net_gso_ok" href="#source-net_gso_ok">' in page
    assert f'<a data-source="netif_rx" href="{permalink("netif_rx", QUOTED)}">' in page


@pytest.mark.slow
def test_the_models_files_are_there(built: dict[str, Path]) -> None:
    page = built["with"]
    (link,) = set(re.findall(r'href="(\.\./_sources/[^"]*netdevice\.py\.txt)"', page.read_text()))
    file = ROOT / python_source.find("net_gso_ok").file
    assert (page.parent / link).read_bytes() == file.read_bytes()


@pytest.mark.slow
def test_in_a_repository_the_links_lead_there(tmp_path: Path) -> None:
    where = {"repository_url": "https://github.com/example/lo", "repository_branch": "trunk"}
    done = source_build.build(tmp_path, None, where)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "html/chapters/page.html").read_text()
    source_ = python_source.find("net_gso_ok")
    lines = f"#L{source_.first}-L{source_.last}"
    assert f'href="https://github.com/example/lo/blob/trunk/{source_.file}{lines}"' in page


@pytest.mark.slow
def test_a_mark_that_is_not_there_stops_the_build(tmp_path: Path) -> None:
    tree = kernel_tree_demo.make(tmp_path / "tree")
    stored = source_build.outputs([("return", "nowhere in it")])
    done = source_build.build(tmp_path, tree, stored=stored)
    assert done.returncode != 0
    assert "chapters/page: net_gso_ok in include/linux/netdevice.h" in done.stderr
    assert "has no 'nowhere in it' to mark" in done.stderr


def test_two_panels_of_one_symbol_share_no_id(demo: Path) -> None:
    twice = source_panel.element([source_panel.ask("net_gso_ok")] * 2)
    body, seen = sphinx_source.fill(twice, source_panel.relative)
    assert body.count('id="source-net_gso_ok"') == 1 and seen == {"net_gso_ok"}
    assert body.count("<pre") == 4


# --- what make book takes for a change ------------------------------------------------------------


@pytest.fixture
def chapters(tmp_path: Path) -> Path:
    folder = tmp_path / "chapters"
    folder.mkdir()
    source_build.write_notebook(folder / "page.ipynb", source_build.outputs())
    return folder


def test_a_tree_that_appears_or_changes_is_a_change(chapters: Path, demo: Path, monkeypatch):
    seen = [quoted.identity(chapters)]
    assert seen[0] == quoted.identity(chapters) and quoted.note(chapters) == ""
    (demo / "drivers/net/loopback.c").write_text(kernel_tree_demo.LOOPBACK_C + "\n")
    seen.append(quoted.identity(chapters))
    (demo / "net/core/dev.c").write_text("/* not quoted */")
    assert quoted.identity(chapters) == seen[-1]
    kernel_tree_demo.make(demo, "6.12.6")
    seen.append(quoted.identity(chapters))
    kernel_tree_demo.make(demo, "6.6.6")
    seen.append(quoted.identity(chapters))
    assert quoted.note(chapters).endswith("is Linux 6.6.6; expected 6.12.")
    monkeypatch.setenv(kernel_tree.variable(QUOTED), str(demo / "nowhere"))
    seen.append(quoted.identity(chapters))
    assert "have no C in them: no tree of Linux 6.12" in quoted.note(chapters)
    assert len(set(seen)) == len(seen)


def test_the_books_fingerprint_has_the_tree(chapters: Path, demo: Path, monkeypatch) -> None:
    monkeypatch.setattr(book, "ROOT", chapters.parent)
    before = book.fingerprint()
    monkeypatch.setenv(kernel_tree.variable(QUOTED), str(demo / "nowhere"))
    assert book.fingerprint() != before


def test_pages_without_panels_need_no_tree(tmp_path: Path) -> None:
    assert quoted.note(tmp_path) == ""


# --- the real thing -------------------------------------------------------------------------------


def test_every_panel_of_the_real_tree() -> None:
    """Each symbol that has both is shown whole: all lines of C, in order, with their numbers."""
    tree = kernel_trees.find_tree(QUOTED)
    if tree is None:
        pytest.skip(kernel_trees.how_to_get_one(QUOTED))
    shown = 0
    for row in TABLE_ROWS[:120]:
        try:
            request = source_panel.ask(row.symbol, file=row.file)
            c = source_panel.read_c(request)
        except ValueError:
            continue
        html = source_panel.panel(request, c)
        lines = kernel_trees.lines_of(tree, row.file)[c.first - 1 : c.first - 1 + len(c.lines)]
        assert "\n".join(lines) + "\n" in text(html)
        assert ("The link leads to" in html) == (f"v{c.version}" != TAGS[QUOTED])
        shown += 1
    assert shown > 70


def test_the_book_does_not_lead_to_another_projects_repository() -> None:
    """Seen red: without ``repository: url`` jupyter-book fills in its own."""
    settings = {"user_yaml": ROOT / "_config.yml", "sourcedir": ROOT}
    config, _ = get_final_config(**settings, cli_config={"latex_individualpages": False})
    assert "executablebooks" not in str(config["html_theme_options"])
