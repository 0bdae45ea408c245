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

ASKED = (
    # What the annotation asks or names, in its order and words; the page, and the beginning of the
    # section that answers it.
    ("Where is loopback registered?", "registered", "Where is loopback registered?"),
    ("What does loopback_net_init do?", "net_init", "What does loopback_net_init do?"),
    ("alloc_netdev: allocate a new net_device structure", "net_init", "A device that nobody knows"),
    ("NET_NAME_UNKNOWN", "net_init", "Where a name comes from"),
    ("What does loopback_setup do?", "setup", "What does loopback_setup do?"),
    ("loopback_ops: What does this do?", "ops", "loopback_ops: What does this do?"),
    ("loopback_ethtool_ops: implement ethtool_ops API", "ops", "The other table"),
    ("ndo_init", "ops", "ndo_init"),
    ("ndo_start_xmit", "ops", "ndo_start_xmit"),
    ("ndo_get_stats64", "ops", "ndo_get_stats64"),
    ("ndo_set_mac_address", "ops", "ndo_set_mac_address"),
    ("What is eth_header_ops?", "header_ops", "What is eth_header_ops?"),
    ("What does loopback_dev_free do?", "dev_free", "What does loopback_dev_free do?"),
    ("What does netdev_alloc_pcpu_stats do?", "pcpu_stats", "Two steps"),
    ("How is the per-cpu variable allocated?", "percpu", "How is the per-CPU variable allocated?"),
    (
        "How does netdev_alloc_pcpu_stats works?",
        "pcpu_stats",
        "How does netdev_alloc_pcpu_stats work?",
    ),
    ("How to loop through CPU?", "for_each_cpu", "How to loop through CPUs?"),
    ("nr_cpu_ids is defined here", "for_each_cpu", "The boot line"),
    ("How does loopback read cpu status?", "lstats_read", "How does loopback read CPU status?"),
    ("how the dev->lstats is initiated", "lstats_read", "The sum"),
    ("per_cpu_ptr function can also be a point for exploration", "percpu", "Adding"),
    ("What is pcpu_lstats data structure?", "pcpu_stats", "Two numbers"),
    (
        "How does dev->hw_features inside gen_lo_setup works?",
        "hw_features",
        "How does dev->hw_features inside gen_lo_setup work?",
    ),
    ("Where is NETIF_F_GSO_SOFTWARE defined?", "hw_features", "From a mask down to a bit"),
    ("Where is NETIF_F_ALL_TSO defined?", "hw_features", "From a mask down to a bit"),
    ("Where is NETIF_F_TSO defined?", "hw_features", "From a mask down to a bit"),
    ("What logic is using NETIF_F_TSO?", "whole_or_cut", "What logic is using NETIF_F_TSO?"),
    ("What is calling net_gso_ok?", "whole_or_cut", "Who calls net_gso_ok"),
    ("What is calling skb_gso_ok?", "whole_or_cut", "Who calls net_gso_ok"),
    ("What is calling netif_needs_gso?", "whole_or_cut", "Who calls net_gso_ok"),
    ("What is calling validate_xmit_skb?", "gso_limits", "What is calling validate_xmit_skb?"),
    ("What does loopback_xmit do?", "xmit", "What does loopback_xmit do?"),
    ("netif_rx", "netif_rx", "What does netif_rx do?"),
    (
        "How is ARPHRD_LOOPBACK used in other parts of the kernel?",
        "arphrd",
        "How is ARPHRD_LOOPBACK used in other parts of the kernel?",
    ),
    ("locate files which use ARPHRD_LOOPBACK", "arphrd", "The command, then and now"),
    ("addrconf_notify", "init_loopback", "IPv6 asks the type"),
    ("ipv6_dev_notf", "init_loopback", "The bell"),
    ("init_loopback", "init_loopback", "IPv6 asks the type"),
)


def sections(name: str) -> list[str]:
    """The headings of a page, its title first, without the signs of code."""
    cells = nbformat.read(CHAPTERS / f"{name}.ipynb", as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return [line.replace("`", "") for line in re.findall(r"^#+ (.*)$", text, re.MULTILINE)]


@pytest.mark.parametrize(("asked", "name", "heading"), ASKED, ids=[each[0] for each in ASKED])
def test_every_question_of_the_annotation_has_its_section(
    asked: str, name: str, heading: str
) -> None:
    """And whatever kernel name a question has stands on the page."""
    assert any(each.startswith(heading) for each in sections(name))
    text = (CHAPTERS / f"{name}.ipynb").read_text(encoding="utf-8")
    assert [word for word in re.findall(r"\w+_\w+", asked) if word not in text] == []


def test_every_page_of_the_annotations_parts_answers_a_question() -> None:
    """2.5 goes on where 2.4 stops; part 5 goes on where the annotation stops."""
    pages_ = {name for _, name, _ in ASKED} | {"torn_reads"}
    assert pages_ == {name for name, page in PAGES.items() if page.number < "5"}


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
    """Eighteen, each with a link to a page whose margin note speaks of the annotation.

    The site numbers the headings, and that number is the correction's: none has one of its own.
    """
    cells = nbformat.read(CHAPTERS / "corrections.ipynb", as_version=4).cells
    texts = [cell.source for cell in cells if cell.source.startswith("## ")]
    assert len(texts) == 18 and not any(text[3].isdigit() for text in texts)
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
