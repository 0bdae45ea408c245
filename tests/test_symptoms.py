"""The indices of errnos and of features: what they find, and what they say of it.

Seen red: an errno of a cell's output counted; `[fixed]` said of a feature with a switch; a string
that is part of a longer one; the driver's name taken for a feature; a fold under "Exercises"; a
symptom outside its section; a function without a place in the source; two symptoms of
one name; by the search that did not know symptoms, 12 of 69 reports without their page; and what
stands in tests/mutations/tools_sphinx_symptoms.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from docutils import nodes
from docutils.core import publish_doctree
from support.settled import found

from lomodel.desk import new_lo
from lomodel.pages import PAGES
from lomodel.source_lines import permalink
from tools import sphinx_symbols, sphinx_symptoms

ROOT = Path(__file__).parents[1]
SEEN = sphinx_symptoms.SEEN


def test_errnos_are_found_in_text_and_code() -> None:
    page = publish_doctree("EINVAL, ``OSError: ENETDOWN`` and EVERYTHING, E2BIG or ENOTSUPP.")
    assert sphinx_symptoms.errnos_in(page) == {"EINVAL", "ENETDOWN", "E2BIG", "ENOTSUPP"}


def test_an_errno_may_have_two_names() -> None:
    """Python says ENOTSUP of 95, the kernel EOPNOTSUPP."""
    assert sphinx_symptoms.errnos_in(publish_doctree("EOPNOTSUPP")) == {"EOPNOTSUPP"}
    assert "rtnl_delete_link" in sphinx_symptoms.raised()["EOPNOTSUPP"]


def test_features_are_found_by_both_names() -> None:
    text = (
        "tx-gso-list, ``NETIF_F_TSO``, tx-tcp6-segmentation. NETIF_F_LOOPBACK, highdma, rx-allmulti"
    )
    found = sphinx_symptoms.features_in(publish_doctree(text))
    assert found == {"tx-gso-list", "loopback", "tx-tcp-segmentation", "tx-tcp6-segmentation"}


def test_a_word_is_a_feature_only_behind_ethtool() -> None:
    driver = "The driver ``loopback``: ethtool knows\n\nit. ``ethtool -i lo``\n\n``loopback.c``"
    assert sphinx_symptoms.features_in(publish_doctree(driver)) == set()
    for text in ("``ethtool -K lo loopback off``", "ethtool says highdma"):
        assert len(sphinx_symptoms.features_in(publish_doctree(text))) == 1


def test_a_fold_has_its_own_title() -> None:
    html = ".. raw:: html\n\n   "
    fold = html + "<details><summary>{}</summary>\n\n{}\n\n" + html + "</details>"
    parts = ["Exercises", "=========", "EINVAL", fold.format("Solutions", "EPERM")]
    parts += [fold.format("Other releases", "EEXIST"), "EACCES"]
    page = publish_doctree("\n\n".join(parts).replace("Exercises\n\n=", "Exercises\n="))
    section = nodes.section("", nodes.title("", "Exercises"), *page.children, ids=["exercises"])
    whole = publish_doctree("")
    whole += section
    found = sphinx_symbols.places({"page": whole}, sphinx_symptoms.errnos_in)
    assert {name: at["page", "exercises"] for name, at in found.items()} == {
        **dict.fromkeys(("EINVAL", "EPERM", "EACCES"), "Exercises"),
        "EEXIST": "Other releases",
    }


def test_symptoms_are_found_in_their_section_alone() -> None:
    item = "- **A {}** Its answer, with a `link <page.html>`_.\n\n- No symptom.\n"
    text = f"{SEEN}\n{'=' * len(SEEN)}\n\n{item.format('puzzle')}\nOther\n{'=' * 5}\n\n"
    page = publish_doctree("Top\n===\n\nText.\n\n" + text + item.format("thing"))
    found = sphinx_symptoms.symptoms_in(page)
    assert [(anchor, symptom.astext()) for anchor, symptom, _ in found] == [
        ("if-you-came-with-a-puzzle", "A puzzle")
    ]
    answer = nodes.paragraph("", "", *sphinx_symptoms._unlinked(found[0][2].children[1:]))
    assert answer.astext() == " Its answer, with a link." and not list(
        answer.findall(nodes.reference)
    )


def test_a_symptom_has_a_name_of_its_own() -> None:
    item = "- **One two three four five six {}** Its answer.\n\n"
    items = "".join(item.format(each) for each in ("seven", "eight", "nine"))
    page = publish_doctree(f"Top\n===\n\nText.\n\n{SEEN}\n{'=' * len(SEEN)}\n\n{items}")
    sphinx_symptoms.mark(None, page)
    name = "puzzle-one-two-three-four-five-six"
    assert [anchor for anchor, _, _ in sphinx_symptoms.symptoms_in(page)] == [
        name,
        f"{name}--2",
        f"{name}--3",
    ]


def test_a_symptom_may_stand_behind_nothing() -> None:
    """MyST puts an empty text in front of what is set off."""
    symptom = nodes.strong("", "", nodes.Text("A puzzle"))
    item = nodes.list_item("", nodes.paragraph("", "", nodes.Text(""), symptom))
    page = publish_doctree("")
    page += nodes.section("", nodes.title("", SEEN), nodes.bullet_list("", item), ids=["seen"])
    assert [at for at, _, _ in sphinx_symptoms.symptoms_in(page)] == ["seen"]


def test_a_table_takes_nothing_from_the_page() -> None:
    text = nodes.Text("an answer")
    page = nodes.paragraph("", "", text)
    (copy,) = sphinx_symptoms._unlinked(page.children)
    assert copy is not text and copy.astext() == "an answer"


def test_a_row_names_four_functions() -> None:
    """Those that the kernel has; of the others it says how many."""
    row = sphinx_symptoms._functions("EINVAL")
    linked = [link.astext() for link in row.findall(nodes.reference)]
    assert len(linked) == sphinx_symptoms.MOST == 4
    assert not [name for name in linked if name.startswith("_") and name[1] != "_"]
    known = [each for each in sphinx_symptoms.raised()["EINVAL"] if permalink(each)]
    assert row.astext().endswith(f" and {len(known) - 4} more")
    assert sphinx_symptoms._functions("EPIPE").astext() == "–"


def test_what_raises_an_errno() -> None:
    raised = sphinx_symptoms.raised()
    assert "ethtool_set_features" in raised["EINVAL"]
    assert "udp_sendmsg" in raised["EDESTADDRREQ"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("TSO", "on"),
        ("SG", "on [fixed]"),
        ("GRO_FRAGLIST", "off"),
        ("NOCACHE_COPY", "off [fixed]"),
    ],
)
def test_what_ethtool_says_of_a_new_lo(name: str, said: str) -> None:
    assert sphinx_symptoms.said_of(name) == said


def test_every_feature_of_lo_has_a_string() -> None:
    lo = new_lo()
    known = set(sphinx_symptoms.features().values())
    switches = {name for name in lo.netif_f.names(lo.hw_features)}
    assert switches <= known


def tables(html: Path) -> list[Tag]:
    """The tables of what is seen, of errnos and of features."""
    text = (html / "chapters/symptoms.html").read_text(encoding="utf-8")
    return BeautifulSoup(text, "html.parser").select("table.lo-symbols")


def test_the_built_tables_lead_to_what_they_name(html: Path) -> None:
    _, errnos, features = tables(html)
    assert len(errnos.select("tbody tr")) > 5 and len(features.select("tbody tr")) > 10
    for row in errnos.select("tbody tr") + features.select("tbody tr"):
        name = row.td.find("code").get_text()
        for link in row.select("td:last-child a"):
            page, _, anchor = link["href"].partition("#")
            text = (html / "chapters" / page).read_text(encoding="utf-8")
            place = BeautifulSoup(text, "html.parser").find(id=anchor).get_text()
            full = row.td.find_all("code")[-1].get_text()
            assert name in place or full in place, (name, link["href"])


REPORTS = tomllib.loads((ROOT / "tests/support/reports.toml").read_text(encoding="utf-8"))["report"]
"""Symptoms of public reports, in our words, and the pages that answer them."""


def test_every_symptom_of_a_page_is_in_the_index(html: Path) -> None:
    """Each row leads to the section of the page that has the symptom: two clicks from anywhere."""
    seen = tables(html)[0]
    rows = [row.select("td") for row in seen.select("tbody tr")]
    assert len(rows) > 60
    counted = 0
    for name in PAGES:
        text = (html / f"chapters/{name}.html").read_text(encoding="utf-8")
        section = BeautifulSoup(text, "html.parser").find(id="if-you-came-with-a-puzzle")
        counted += len(section.select("li > p > strong:first-child")) if section else 0
    assert counted == len(rows)
    for symptom, answer, page in rows:
        target, _, anchor = page.a["href"].partition("#")
        text = (html / "chapters" / target).read_text(encoding="utf-8")
        place = BeautifulSoup(text, "html.parser").find(id=anchor)
        assert " ".join(symptom.get_text().split()) in " ".join(place.get_text().split())
        assert answer.get_text().strip()


def test_every_report_has_a_page_that_answers_symptoms(html: Path) -> None:
    answering = {
        row.select("td")[2].a["href"].partition(".")[0]
        for row in tables(html)[0].select("tbody tr")
    }
    for report in REPORTS:
        assert set(report["pages"]) & answering, report["words"]


FIRST = 8
"""Results that a reader looks at."""


@pytest.mark.browser
def test_every_report_finds_its_page_in_one_search(html: Path, visit) -> None:
    seen = visit()
    missed = []
    for report in REPORTS:
        page = seen.page
        page.goto(f"{html.as_uri()}/search.html?{urlencode({'q': report['words']})}")
        addresses = found(page).evaluate_all("(all) => all.map((e) => e.href)")[:FIRST]
        pages = {Path(urlsplit(address).path).stem for address in addresses}
        if not pages & set(report["pages"]):
            missed.append((report["words"], addresses))
    assert not missed
    assert seen.errors == []
