"""Call chains: what is nested, in which layer it is, and where it leads.

Mutations that turned these red: STEP 0; the only call of a function below it, not inside it; the
softirq part nested in its sender; net/ipv6 taken out of FOLDERS; a legend of all layers; the last
part of a path as a layer; the name outside the link; a width that does not grow with the names.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from lomodel.desk import lo_up, send
from lomodel.explorers.gso import EXPLORER
from lomodel.figures import call_chain
from lomodel.figures.chain import GAP, STEP, Row, lay_out, names
from lomodel.figures.layers import LAYERS, layer_of
from lomodel.figures.part import part
from lomodel.figures.tree import call_tree
from lomodel.trace import Call, Symbol, Trace

SVG = "{http://www.w3.org/2000/svg}"
Box = tuple[float, float, float, float]


@pytest.fixture(scope="module")
def whole() -> Trace:
    return send(lo_up("6.12"), 4000, gso_size=1400)


def rows_of(trace: Trace) -> list[Row]:
    return lay_out(call_tree(trace), names({"enqueue_to_backlog"}))


def boxes(html: str) -> dict[str, tuple[Box, set[str]]]:
    """Every box of a figure: left, top, right, bottom, and its classes."""
    found = {}
    for group in ET.fromstring(html).iter(f"{SVG}g"):
        if "node" in group.get("class", "").split():
            corners = group.find(f".//{SVG}polygon").get("points").split()
            xs, ys = zip(*(map(float, corner.split(",")) for corner in corners), strict=True)
            box = min(xs), min(ys), max(xs), max(ys)
            found[group.get("data-part")] = box, set(group.get("class").split())
    return found


def test_a_call_stands_inside_its_caller(whole: Trace) -> None:
    """Below it and one step to the right, until the caller's line ends."""
    rows = rows_of(whole)
    assert len(rows) > 40
    for row in rows:
        if row.parent is not None and not row.later:
            assert row.x == row.parent.x + STEP > row.parent.x, row.node.name
            assert row.y >= row.parent.y + row.parent.height + GAP


def test_what_the_softirq_does_is_not_inside_its_sender(whole: Trace) -> None:
    later = [row for row in rows_of(whole) if row.later]
    assert [row.node.name for row in later] == ["do_softirq"]
    (row,) = later
    ended = row is not None and row.node is row.parent.node.children[-1]
    assert row.x == row.parent.x + (0 if ended else STEP)


def test_the_drawing_is_as_it_was_laid_out(whole: Trace) -> None:
    """Graphviz keeps every box where it belongs."""
    way = part(whole, "__dev_queue_xmit")
    drawn = boxes(call_chain(way).html)
    for inner, outer in (
        ("validate_xmit_skb", "__dev_queue_xmit"),
        ("netif_needs_gso", "validate_xmit_skb"),
        ("skb_gso_ok", "netif_needs_gso"),
        ("net_gso_ok", "skb_gso_ok"),
        ("loopback_xmit", "xmit_one"),
        ("__netif_rx", "loopback_xmit"),
    ):
        (left, top, right, _), (at, _, end, bottom) = drawn[inner][0], drawn[outer][0]
        assert left == pytest.approx(at + STEP), inner
        assert top > bottom and right == pytest.approx(end), inner


@pytest.mark.parametrize(
    "file, context, layer",
    [
        ("drivers/net/loopback.c", "", "device"),
        ("net/core/dev.c", "", "core"),
        ("include/linux/netdevice.h", "", "core"),
        ("net/ethernet/eth.c", "", "core"),
        ("net/packet/af_packet.c", "", "core"),
        ("net/ipv4/udp.c", "", "protocol"),
        ("net/ipv6/ip6_output.c", "", "protocol"),
        ("net/core/dev.c", "later, in the softirq", "receiver"),
        ("net/ipv4/udp.c", "later, in the softirq", "receiver"),
    ],
)
def test_a_layer_is_the_folders_or_the_softirqs(file: str, context: str, layer: str) -> None:
    assert layer_of(file, context) == layer


def test_a_box_has_its_layers_class_and_sign(whole: Trace) -> None:
    html = call_chain(part(whole, "__dev_queue_xmit")).html
    drawn = boxes(html)
    for name, layer in (
        ("loopback_xmit", "device"),
        ("netif_needs_gso", "core"),
        ("process_backlog", "receiver"),
        ("udp_rcv", "receiver"),
    ):
        assert layer in drawn[name][1], name
        group = html[html.index(f'data-part="{name}"') :]
        assert f'd="{LAYERS[layer].path}"' in group[: group.index("</g>")], name


def test_the_key_names_what_the_figure_has(whole: Trace) -> None:
    def lines(html: str) -> list[str]:
        return [re.sub("<.*?>", "", line) for line in re.findall("<li>(.*?)</li>", html)]

    everything = lines(call_chain(whole).html)
    assert [layer.words for layer in LAYERS.values()] == everything[:4]
    assert "nobody above called what follows" in everything
    small = lines(call_chain(part(whole, "netif_needs_gso")).html)
    assert small == [LAYERS["core"].words, "calls; time runs downwards"]


def test_a_box_leads_to_its_source(whole: Trace) -> None:
    way = part(whole, "netif_needs_gso")
    html = call_chain(way, href_of={"net_gso_ok": "#net_gso_ok"}.get).html
    links = re.findall(r'<a data-source="net_gso_ok" href="([^"]*)">(.*?)</a>', html)
    assert [href for href, _ in links] == ["#net_gso_ok"]
    assert ">net_gso_ok</text>" in links[0][1]
    assert 'role="group"' in html.partition("<desc")[0]
    pinned = re.findall(r'<a [^>]*href="([^"]*)">', call_chain(way).html)
    assert len(pinned) == 3
    assert all("/v6.12.117/source/include/linux/netdevice.h#L" in href for href in pinned)


def test_a_long_name_makes_room_for_itself() -> None:
    name = "a_function_of_a_name_that_is_much_too_long_for_a_box"
    rows = lay_out(call_tree([Call(Symbol(name, "net/a.c", None), 0, None)]), frozenset())
    assert rows[0].width >= 7.2 * len(name) + 22


@pytest.mark.slow
def test_the_explorers_figure_is_nested_and_has_a_key() -> None:
    figure = EXPLORER.figure()
    drawn = boxes(f"<div>{figure}</div>")
    left = {name: box[0] for name, (box, _) in drawn.items()}
    for inner, outer in (
        ("__dev_queue_xmit", "udp_sendmsg"),
        ("__dev_queue_xmit", "packet_snd"),
        ("validate_xmit_skb", "__dev_queue_xmit"),
        ("skb_gso_ok", "netif_needs_gso"),
        ("net_gso_ok", "skb_gso_ok"),
        ("__netif_rx", "loopback_xmit"),
    ):
        assert left[inner] == pytest.approx(left[outer] + STEP), inner
    for layer in LAYERS.values():
        assert layer.words in figure
    assert "not passed in this state" in figure
