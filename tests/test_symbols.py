"""The index of kernel names: what it finds, and that it is what the pages say.

What these are meant to catch (not replayed as a whole): outputs counted; English words in text
counted; a subsection's names counted for the section around it; the module looked up without the C
file; a page left out.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.core import publish_doctree

from lomodel.source_lines import permalink
from tools import sphinx_symbols

TEXT = """
Top
===

About ``net_gso_ok``.

One
---

loopback_xmit, in text; ``connect()`` in code.

.. code::

   skb_segment(skb)

.. container:: printed

   eth_type_trans

Two
---

``net_gso_ok`` and net_gso_ok, ``xmit`` and ``no_name_of_the_kernel``; maxcpus, in text.
"""


def page_of(text: str) -> nodes.document:
    """A page as Sphinx has it: its title heads a section; what a cell printed is in a container."""
    page = publish_doctree(text, settings_overrides={"doctitle_xform": False})
    for container in page.findall(nodes.container):
        container["classes"] = ["cell_output"]
    return page


def found() -> dict[str, list[str]]:
    places = sphinx_symbols.places({"page": page_of(TEXT)})
    return {name: list(at.values()) for name, at in places.items()}


def test_names_are_found_by_section() -> None:
    names = {"loopback_xmit": ["One"], "net_gso_ok": ["Top", "Two"], "skb_segment": ["One"]}
    assert {name: at for name, at in found().items() if name != "connect"} == names


def test_names_stand_in_the_order_of_the_alphabet_whatever_their_underscores() -> None:
    doctree = page_of("T\n=\n\n``udp_rcv`` ``__netif_rx`` ``netif_rx`` ``loopback_xmit``")
    names = list(sphinx_symbols.places({"page": doctree}))
    assert names == ["loopback_xmit", "__netif_rx", "netif_rx", "udp_rcv"]


@pytest.mark.parametrize(
    "name, file, module",
    [
        ("loopback_xmit", "drivers/net/loopback.c", "drivers.net.loopback"),
        ("net_gso_ok", "include/linux/netdevice.h", "include.linux.netdevice"),
        ("validate_xmit_skb", "net/core/dev.c", "net.core.dev_xmit"),
        ("net_rx_action", "net/core/dev.c", "net.core.dev_receive"),  # softirq.py names it too
        ("SKB_GSO_TCPV4", "include/linux/skbuff.h", "include.linux.skbuff"),
        (
            "NETIF_F_GSO_SOFTWARE",
            "include/linux/netdev_features.h",
            "include.linux.netdev_features",
        ),
        ("validate_xmit_skb_list", "net/core/dev.c", ""),
    ],
)
def test_the_module_that_has_a_name(name: str, file: str, module: str) -> None:
    assert sphinx_symbols.module_of(name, file) == module


def rows(html: Path) -> dict[str, list]:
    """The built table: name to its cells."""
    page = BeautifulSoup(
        (html / "chapters/symbols.html").read_text(encoding="utf-8"), "html.parser"
    )
    table = page.select_one("table.lo-symbols")
    return {row.td.get_text(strip=True): row.select("td") for row in table.select("tbody tr")}


def test_the_built_index_links_source_and_sections(html: Path) -> None:
    built = rows(html)
    assert len(built) > 20
    for name, (_, source, _, *sections) in built.items():
        assert source.a is None or source.a["href"] == permalink(name), name
        assert any(each.select("a") for each in sections), name


def test_every_place_names_the_symbol(html: Path) -> None:
    """The section that a row leads to has the name in its text."""
    for name, (*_, sections, exercises) in rows(html).items():
        for link in sections.select("a") + exercises.select("a"):
            page, _, anchor = link["href"].partition("#")
            text = (html / "chapters" / page).read_text(encoding="utf-8")
            place = BeautifulSoup(text, "html.parser").find(id=anchor)
            assert name in place.get_text(), (name, link["href"])


def test_a_name_in_a_chapter_is_in_the_index(html: Path) -> None:
    """Looked for in the built pages, not in what they were made of."""
    built = rows(html)
    unread = {Path(each).name for each in sphinx_symbols.UNREAD}
    pages = [page for page in (html / "chapters").glob("*.html") if page.stem not in unread]
    named = {
        code.get_text(strip=True)
        for page in pages
        for code in BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select(
            "article p code.literal"
        )
    }
    assert len(named & sphinx_symbols.known()) > 15
    assert named & sphinx_symbols.known() <= built.keys()


def test_exercises_have_a_column_of_their_own(html: Path) -> None:
    for *_, sections, exercises in rows(html).values():
        assert not any(a["href"].endswith("#exercises") for a in sections.select("a"))
        for link in exercises.select("a"):
            assert link["href"].endswith("#exercises") and link.get_text()[0].isdigit()
