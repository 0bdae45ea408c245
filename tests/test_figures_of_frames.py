"""Feature words and frames as the chapters show them."""

from __future__ import annotations

import pytest

from lomodel.figures.frames import decode, frame_table, sniff
from lomodel.figures.part import part
from lomodel.figures.row import row
from lomodel.figures.table import table
from lomodel.figures.words import feature_table, mask_test
from lomodel.linux.include.linux.skbuff import SKB_GSO_TCP_ECN, SKB_GSO_TCPV4, SKB_GSO_UDP_L4
from lomodel.linux.net.packet.af_packet import packet_snd
from lomodel.machine import Machine
from lomodel.scenario import Player, tcp_frame_bytes

UP = {"do": "link", "up": True}
FRAME = {"do": "tcp_frame", "family": "inet", "payload": 3000, "gso_size": 1460, "flags": 0x18}


def played(*steps: dict) -> Player:
    player = Player("6.18")
    for step in (UP, *steps):
        assert player.step(step)["error"] is None
    return player


def cut(family: str) -> list[bytes]:
    """The frames of a TCP packet that lo may not segment."""
    tso = {"tx-tcp-segmentation": False, "tx-tcp6-segmentation": False}
    player = played({"do": "features", "set": tso})
    with sniff(player.lo) as frames:
        player.step(FRAME | {"family": family})
    return frames


def lines(figure: object) -> list[list[str]]:
    return [line.split() for line in str(figure).splitlines()]


def test_a_feature_row_has_a_bit_for_every_word() -> None:
    lo = Machine("6.18").new_net().loopback_dev
    rows = {row[0]: row[1:5] for row in lines(feature_table(lo))[1:]}
    assert rows["SG"] == ["0", "·", "·", "1"]
    assert rows["GSO_UDP_L4"] == ["33", "1", "1", "1"]
    assert rows["GRO_FRAGLIST"] == ["57", "1", "·", "·"]
    assert len(rows) == (lo.hw_features | lo.features).bit_count()


def test_named_features_are_shown_even_where_no_bit_is_set() -> None:
    lo = Machine("6.18").new_net().loopback_dev
    assert lines(feature_table(lo, "LRO"))[1][:5] == ["LRO", "15", "·", "·", "·"]


def test_the_mask_test_agrees_with_net_gso_ok() -> None:
    lo = Machine("6.18").new_net().loopback_dev
    assert str(mask_test(lo.netif_f, lo.features, SKB_GSO_UDP_L4)).endswith("yes")
    without = lo.features & ~lo.netif_f.TSO_ECN
    text = str(mask_test(lo.netif_f, without, SKB_GSO_TCPV4 | SKB_GSO_TCP_ECN))
    assert text.endswith("no")
    assert text.count("missing") == 1
    assert text.count("there") == 1


@pytest.mark.parametrize("family", ["inet", "inet6"])
def test_segments_are_read_from_their_bytes(family: str) -> None:
    fields = [decode(frame) for frame in cut(family)]
    assert [each["payload"] for each in fields] == ["1460", "1460", "80"]
    assert [each["seq"] for each in fields] == ["1000", "2460", "3920"]
    assert [each["flags"] for each in fields] == ["ACK", "ACK", "PSH ACK"]
    assert {each["checksum"] for each in fields} == {"pseudo-header only"}


def test_only_outgoing_frames_are_sniffed_and_only_inside_the_block() -> None:
    player = played()
    with sniff(player.lo) as frames:
        player.step(FRAME)
    assert len(frames) == 1
    player.step(FRAME)
    assert len(frames) == 1


@pytest.mark.parametrize(
    ("at", "field", "value"),
    [(24, "IP sum", "bad"), (50, "checksum", "wrong"), (14 + 20 + 13, "flags", "SYN PSH ACK")],
)
def test_a_changed_byte_shows(at: int, field: str, value: str) -> None:
    frame = bytearray(tcp_frame_bytes("inet", 100, 0x18))
    before = decode(bytes(frame))
    frame[at] ^= 0x02
    after = decode(bytes(frame))
    assert before[field] != after[field] == value


@pytest.mark.parametrize(
    "frame", [bytes(14) + bytes(46), b"\0" * 12 + b"\x08\0" + b"\x45" + bytes(60)]
)
def test_other_frames_are_refused(frame: bytes) -> None:
    with pytest.raises(ValueError, match="expected"):
        decode(frame)


def test_a_frame_table_has_a_row_for_every_frame() -> None:
    assert len(lines(frame_table(cut("inet")))) == 4


def test_a_table_escapes_what_it_shows() -> None:
    figure = table("T", ["a<b", "c"], [["<i>", "&"]], "x<y")
    assert "<i>" not in figure.html
    assert "&lt;i&gt;" in figure.html
    assert "x&lt;y" in figure.html


def traced() -> list:
    player = played()
    with player.machine.trace() as trace:
        packet_snd(player.lo, bytes(12) + b"\x88\xb5" + bytes(46))
    return list(trace)


def test_a_part_is_one_call_with_all_that_happened_in_it() -> None:
    records = part(traced(), "loopback_xmit")
    assert [(r.name, r.depth) for r in records if r.kind == "call"][:2] == [
        ("loopback_xmit", 0),
        ("eth_type_trans", 1),
    ]
    assert "netif_rx" in [r.name for r in records if r.kind == "event"]
    assert "xmit_one" not in [r.name for r in records if r.kind == "call"]


def test_a_part_can_do_without() -> None:
    whole = [r.name for r in part(traced(), "__dev_queue_xmit") if r.kind == "call"]
    less = part(traced(), "__dev_queue_xmit", without=["do_softirq"])
    names = [r.name for r in less if r.kind == "call"]
    assert "process_backlog" in whole
    assert names == whole[: whole.index("do_softirq")]
    assert "netif_receive_skb" not in [r.name for r in less if r.kind == "event"]


def test_a_part_can_do_without_one_name() -> None:
    """Red when a string is taken for its letters: then nothing is left out, without a word."""
    whole = traced()
    one = part(whole, "__dev_queue_xmit", without="do_softirq")
    assert one == part(whole, "__dev_queue_xmit", without=["do_softirq"])


def test_a_part_of_what_did_not_happen_is_an_error() -> None:
    with pytest.raises(ValueError, match="skb_segment was not called"):
        part(traced(), "skb_segment")


def test_columns_of_numbers_stand_at_the_right() -> None:
    figure = table("T", ["name", "n", "word"], [["a", 1, "x"], ["b", 22, "3"]])
    assert '<th scope="col" class="num">n</th>' in figure.html
    assert '<td class="word">3</td>' in figure.html


def test_a_column_without_a_name_has_no_heading() -> None:
    figure = table("T", ["", "n"], [["a", 1]])
    assert figure.html.count('<th scope="col"') == 1
    assert "<thead><tr><td></td>" in figure.html


def test_a_row_of_figures_holds_them_all_under_their_titles() -> None:
    one, two = (table(name, ["h"], [[name]]) for name in ("one", "two"))
    both = row({"first": one, "second": two})
    assert both.html.index("first") < both.html.index(one.html) < both.html.index("second")
    assert two.html in both.html
    assert str(both).split() == ["first", "h", "one", "second", "h", "two"]
