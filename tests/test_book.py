"""The book as a whole: every question has its section, every page its place, every number a proof.

Seen red: a heading reworded; a chapter outside the table of contents; a number changed in a page's
text; a page's key left out of the map.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
import yaml

from lomodel.desk import RELEASE
from lomodel.explore import foretell
from lomodel.explore.foretell import pages
from lomodel.figures import book_map
from lomodel.figures.book_map import stops
from lomodel.figures.riddle import Numbers, numbers, open_questions
from lomodel.pages import APART, PAGES, PARTS, QUESTIONS
from tools.stated import stated, unproven

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"

ASKED: tuple[tuple[str, str, str], ...] = (
    # What the annotation asks, in its order and words; the page; the beginning of the section.
)


def sections(name: str) -> list[str]:
    """The headings of a page, its title first, without the signs of code."""
    cells = nbformat.read(CHAPTERS / f"{name}.ipynb", as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return [line.replace("`", "") for line in re.findall(r"^#+ (.*)$", text, re.MULTILINE)]


def listed() -> list[str]:
    """The pages of the table of contents, by their files' names."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [each["file"] for part in toc["parts"] for each in part["chapters"]]
    return [Path(each).name for each in [toc["root"], *files]]


def test_every_page_is_in_the_table_of_contents_once() -> None:
    written = {path.stem for path in CHAPTERS.iterdir() if path.suffix in (".ipynb", ".md")}
    assert sorted(written) == sorted(listed())


def test_the_table_of_contents_numbers_pages_as_they_number_themselves() -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    found = {}
    for part in toc["parts"]:
        if caption := re.fullmatch(r"(\d+) (.*)", part["caption"]):
            assert PARTS[int(caption[1])] == caption[2]
            for place, each in enumerate(part["chapters"], 1):
                name = Path(each["file"]).name
                found[name] = f"{caption[1]}.{place}"
                assert each["title"] == PAGES[name].short
    assert found == {name: page.number for name, page in PAGES.items()}
    assert not APART.keys() & PAGES.keys()


def test_the_map_has_every_page_once() -> None:
    links = re.findall(r'href="(\w+)\.ipynb" data-page=""', book_map().html)
    assert sorted(links) == sorted(PAGES)
    assert stops()["validate_xmit_skb"] == ["whole_or_cut", "gso_limits"]


def test_the_riddle_is_what_the_model_says() -> None:
    assert numbers() == Numbers(4000, 4042, 1, 4028, (1400, 1400, 1200))
    assert numbers("6.1") == numbers("6.18") == numbers()
    assert list(QUESTIONS.values()) == re.findall(r'href="(\w+)\.ipynb"', open_questions().html)


@pytest.mark.parametrize("name", PAGES)
def test_every_number_of_a_page_is_proven(name: str) -> None:
    assert unproven(name) == []


def test_what_counts_as_a_number() -> None:
    text = "1. In 6.12, page 3.2, 4028 bytes (0x10) of 127.0.0.1 and ::1 in 2018: 14, not 1,400."
    assert stated(text) == ["4028", "0x10", "14", "1,400"]
    assert stated("[here](a.html#s128), 12 IPv4 packets of 64 bits, `x17`") == []


@pytest.mark.parametrize("release", [RELEASE], indirect=True)
def test_the_bibliography_names_documents_that_there_are(tree: Path) -> None:
    """Each page of the kernel's documentation has its source in the tree, where that is there."""
    text = (CHAPTERS / "bibliography.md").read_text(encoding="utf-8")
    address = rf"kernel\.org/doc/html/v{re.escape(RELEASE)}/([\w/-]+)\.html"
    cited = re.findall(address, text)
    assert len(cited) > 10
    folder = tree / "Documentation"
    here = [each for each in cited if (folder / each).parent.is_dir()]
    assert len(here) > 5
    assert [each for each in here if not (folder / f"{each}.rst").is_file()] == []


def test_every_correction_leads_to_the_page_that_makes_it() -> None:
    """Eighteen, each with a link to a page whose margin note speaks of the annotation."""
    cells = nbformat.read(CHAPTERS / "corrections.ipynb", as_version=4).cells
    texts = [cell.source for cell in cells if cell.source.startswith("## ")]
    assert [int(text[3:].partition(".")[0]) for text in texts] == list(range(1, 19))
    for text in texts:
        (link,) = re.findall(r"Page \[([\d.]+)\]\((\w+)\.ipynb\)", text)
        assert PAGES[link[1]].number == link[0]
        assert "```{margin}" in (CHAPTERS / f"{link[1]}.ipynb").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_prediction_is_asked_on_its_page(page: foretell.Page) -> None:
    cells = nbformat.read(CHAPTERS / f"{page.name}.ipynb", as_version=4).cells
    asked = re.findall(r'predict\("([\w-]+)"\)', "\n".join(cell.source for cell in cells))
    assert sorted(asked) == sorted(each.name for each in page.predictions)
    assert f"{page.number[0]}.{page.number[1]}" == PAGES[page.name].number
    assert page.title == PAGES[page.name].short
