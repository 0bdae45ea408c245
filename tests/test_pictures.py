"""Pictures: every number and name in them is the model's.

Changes that turned these red: ``ip_rcv`` before ``process_backlog`` in UP; net/core under
"protocol"; IPv6's header 20 bytes long; the payload of ``_joined`` that of the first piece; no box
marked as the place; every place the bend; a name's line one too high; ``fixed`` and ``on``
exchanged; a shift of 15, in the picture and in the model; ``features | asked``; nothing dropped;
another mask of the fragment's offset; the rule of TSO_MANGLEID left out of the model; releases
compared by place; a turn that is always on; ``_needs`` from two switches up; a payload left out.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from lomodel.desk import RELEASE, counters, lo_up, new_lo, send
from lomodel.explore.panel import Panel, panel
from lomodel.figures import (
    FEATURE_WORDS,
    Picture,
    bits,
    feature_words,
    here,
    packet_bar,
    packet_bars,
    ruler,
    sent,
    shift,
    shift_of,
    stack,
    strip,
    udp_packet,
)
from lomodel.figures.frames import sniff
from lomodel.figures.layers import LAYERS
from lomodel.figures.packet import Packet, packet_of, story
from lomodel.figures.ruler import stretches
from lomodel.figures.shift import QUESTION
from lomodel.linux.net.ethtool.ioctl import ethtool_set_features, feature_states
from lomodel.machine import Machine

UDP_OFF = ["tx-udp-segmentation"]


def pictures() -> dict[str, Picture]:
    lo = lo_up()
    return {
        "stack": here("validate_xmit_skb"),
        "device": here("lo", FEATURE_WORDS, "ethtool -K writes"),
        "packet": packet_bar(udp_packet(4000, 1400)),
        "bars": packet_bars(sent(lo_up(off=UDP_OFF), 4000, 1400)),
        "words": feature_words(new_lo()),
        "two": feature_words({"6.1": new_lo("6.1"), "6.18": new_lo("6.18")}),
        "strip": strip(lo.features, lo.netif_f, "features"),
        "shift": shift(0x20000, lo.features),
        "ruler": ruler(range(65490, 65496)),
    }


@pytest.mark.parametrize("name", list(pictures()))
def test_a_picture_says_in_words_what_it_shows(name: str) -> None:
    """For who cannot see it, and in a terminal; twice the same."""
    shown, again = pictures()[name], pictures()[name]
    bundle = shown._repr_mimebundle_()
    assert bundle == again._repr_mimebundle_()
    assert bundle["text/plain"] == str(shown) and len(str(shown)) > 20
    labels = re.findall(r'role="img" aria-label="([^"]+)"', shown.html)
    assert labels and all(len(label) > 20 for label in labels)
    assert not re.search(r"0x[0-9a-f]{9,}>|object at", str(shown) + shown.html)


# --- the stack ------------------------------------------------------------------------------------


@pytest.mark.parametrize("release", ["6.1", "6.12", "6.18"])
def test_every_function_of_the_stack_is_called_in_that_order(release: str) -> None:
    functions = [name for name, _ in stack.calls(release)]
    drawn = [*stack.DOWN, stack.BEND, *stack.UP]
    assert [name for name in functions if name in drawn] == drawn


def test_a_place_has_the_layer_of_its_file() -> None:
    layers = {name: place.layer for name, place in stack.places().items()}
    assert layers["sendto"] == layers["recv"] == "program"
    assert layers["udp_sendmsg"] == layers["ip_output"] == "protocol"
    assert layers["validate_xmit_skb"] == layers["__netif_rx"] == "core"
    assert layers["process_backlog"] == layers["udp_rcv"] == "receiver"
    assert dict(stack.calls())[stack.BEND] == "device"


def test_every_layer_has_its_sign_in_the_drawing_and_in_the_legend() -> None:
    shown = here("lo").html
    for layer in LAYERS:
        assert f'<g class="lo-k-{layer}' in shown
        assert f">{LAYERS[layer].sign}<" not in shown  # drawn, not a letter of some font
        assert shown.count(f'<svg class="{layer}"') == 1


def test_the_flag_stands_at_the_place() -> None:
    assert "You are here: validate_xmit_skb." in str(here("validate_xmit_skb"))
    flags = [re.findall(r'class="flag" d="([^"]+)"', here(p).html) for p in (*stack.UP, "lo")]
    assert all(len(each) == 1 for each in flags) and len({each[0] for each in flags}) == 6
    assert here("udp_rcv").html.count(" here") == here("lo").html.count(" here") + 1


def test_a_function_without_a_box_has_the_flag_at_the_last_one_before_it() -> None:
    assert stack.station("net_gso_ok") == "validate_xmit_skb"
    assert stack.station("eth_type_trans") == "loopback_xmit" == stack.station("lo")
    assert "net_gso_ok, which comes after validate_xmit_skb" in str(here("net_gso_ok"))


def test_a_place_that_is_not_on_the_way_is_refused() -> None:
    with pytest.raises(ValueError, match="'tcp_rcv' is not on the datagram's way; expected 'lo'"):
        here("tcp_rcv")


def test_what_is_opened_stands_inside() -> None:
    shown = here("lo", FEATURE_WORDS, "ethtool -K writes")
    for name, says in FEATURE_WORDS.items():
        assert f">{name}<" in shown.html and f">{says}<" in shown.html
        assert f"{name} ({says})" in str(shown)
    assert "ethtool -K writes" in str(shown)
    assert "backlog" in str(here("lo", ["backlog"]))


# --- packets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("family", "headers"), [("inet", 42), ("inet6", 62)])
def test_a_packet_is_what_its_frame_is(family: str, headers: int) -> None:
    lo = lo_up()
    with sniff(lo) as frames:
        send(lo, 1000, family=family)
    (packet,) = map(packet_of, frames)
    assert packet == udp_packet(1000, family=family)
    assert (packet.overhead, packet.length) == (headers, headers + 1000)
    assert f"{headers + 1000} bytes: Ethernet 14" in str(packet_bar(frames[0]))


def test_a_packet_whole() -> None:
    seen = sent(lo_up(), 4000, 1400)
    assert seen.before == seen.after == (udp_packet(4000, 1400),)
    assert seen.before[0].segments == [1400, 1400, 1200]
    shown = packet_bar(seen)
    assert "Passes whole." in str(shown) and "2 × 1400, 1200" in str(shown)
    assert shown.html.count("left:") == 2 and "skb-&gt;len 4042" in shown.html


def test_a_packet_cut() -> None:
    lo = lo_up(off=UDP_OFF)
    seen = sent(lo, 4000, 1400)
    assert [packet.length for packet in seen.after] == [1442, 1442, 1242]
    assert seen.before == (udp_packet(4000, 1400),)
    assert len(seen.after) == counters(lo)["tx_packets"]
    shown = packet_bars(seen)
    assert "What lo carries: 3 packets of 2 × 1442, 1242 bytes" in str(shown)
    assert "Cut into 3." in str(shown) and shown.html.count('class="lo-piece"') == 3


def test_fragments_have_their_headers_and_no_second_udp() -> None:
    for family, inner in (("inet", ["IPv4"]), ("inet6", ["IPv6", "fragment"])):
        seen = sent(lo_up(), 4000, family=family)
        names = [[header.name for header in packet.headers] for packet in seen.after]
        assert names == [["Ethernet", *inner, "UDP"]] + 2 * [["Ethernet", *inner]]
        assert sum(packet.payload for packet in seen.after) == 4000
        assert seen.before == seen.after


def test_a_packet_refused() -> None:
    seen = sent(lo_up(mtu=1427), 4000, 1400)
    assert (seen.after, seen.error) == ((), "EMSGSIZE")
    shown = packet_bar(seen)
    assert "Refused: EMSGSIZE." in str(shown) and 'lo-told refused"' in shown.html


def test_packets_dropped() -> None:
    lo = lo_up(off=UDP_OFF)
    lo.machine.netdev_max_backlog = 0
    seen = sent(lo, 4000, 1400)
    assert [packet.dropped for packet in seen.after] == [False, True, True]
    assert counters(lo)["rx_dropped"] == 2
    shown = packet_bar(seen)
    assert "Cut into 3, 2 dropped." in str(shown)
    assert shown.html.count('class="lo-piece dropped"') == 2


def test_fates_that_are_given() -> None:
    for fate in ("whole", "dropped", "refused"):
        assert f'lo-told {fate}"' in packet_bar(udp_packet(10), fate).html
    assert story([udp_packet(1), udp_packet(1)]).fate == "cut"
    assert story(replace(udp_packet(1), dropped=True)).fate == ""
    with pytest.raises(ValueError, match="fate 'lost': expected one of whole, cut"):
        packet_bar(udp_packet(10), "lost")


def test_what_is_no_packet_is_refused() -> None:
    with pytest.raises(ValueError, match="a frame of type 0x0806, expected IPv4 or IPv6"):
        packet_of(bytes(12) + b"\x08\x06" + bytes(50))
    with pytest.raises(ValueError, match="no packet to draw"):
        packet_bar([])
    with pytest.raises(TypeError, match="expected what became of the packet"):
        packet_bars(udp_packet(10))


def test_an_empty_payload_has_no_cut_marks() -> None:
    assert Packet((), 0, 1400).segments == [0]
    assert "payload 0." in str(packet_bar(udp_packet(0, 1400)))


# --- feature words --------------------------------------------------------------------------------


def test_the_words_are_the_devices() -> None:
    lo = new_lo("6.12")
    text = str(feature_words(lo))
    for word in FEATURE_WORDS:
        assert f"{getattr(lo, word):#018x}" in text
    features = bits.features_of(lo)
    assert [feature.bit for feature in features] == list(range(63, -1, -1))
    states = feature_states(lo)
    for feature in (f for f in features if f.ethtool):
        string, _, state = feature.ethtool.partition(": ")
        assert states[string] == state
    assert sum(f.on for f in features) == 17 and sum(f.on and f.hw for f in features) == 9


def test_signs() -> None:
    lo = lo_up(off=["tx-tcp-segmentation"], on=["tx-tcp-mangleid-segmentation"])
    signs = {feature.name: list(feature.signs.values()) for feature in bits.features_of(lo)}
    assert signs["TSO6"] == ["slot", "up", "on"]
    assert signs["TSO"] == ["slot", "down", ""]
    assert signs["TSO_MANGLEID"] == ["slot", "up", "wish"]
    assert signs["SG"] == ["", "", "fixed"]
    assert signs["GSO_ROBUST"] == ["", "", ""]
    assert "Requested, but off: 19." in bits.sentence(bits.features_of(lo))


@pytest.mark.parametrize("release", ["5.14", "6.12", "6.18"])
@pytest.mark.parametrize("everything", [False, True])
def test_no_leader_crosses_a_name(release: str, everything: bool) -> None:
    words = bits.features_of(new_lo(release))
    if everything:
        words = [replace(feature, on=True) for feature in words]
    line = bits.lines(words)
    assert set(line) == {feature.bit for feature in words if feature.shown}
    for feature in (f for f in words if f.shown):
        end = bits.middle(feature.bit) - bits.TURN - 4
        start = end - bits.LETTER * len(bits.label(feature))
        for other in line:
            if other != feature.bit and start <= bits.middle(other) <= end + bits.TURN:
                assert line[other] < line[feature.bit], f"{other} crosses {feature.name}"


def test_a_line_that_is_free_is_taken() -> None:
    """Not one below the other down to the 19th."""
    assert max(bits.lines(bits.features_of(new_lo("6.12"))).values()) < 12


def test_two_releases_differ_by_name_and_not_by_place() -> None:
    one, other = (bits.features_of(new_lo(release)) for release in ("6.12", "6.18"))
    assert bits.difference(one, other) == ["GSO_ACCECN"]
    places = [next(f.bit for f in words if f.name == "SCTP_CRC") for words in (one, other)]
    assert places == [36, 37]
    shown = feature_words({"6.12": new_lo("6.12"), "6.18": new_lo("6.18")})
    assert "They differ in GSO_ACCECN." in str(shown)
    assert shown.html.count("class=differs") == 1


def test_two_devices_that_are_equal_say_so() -> None:
    shown = feature_words({"a": new_lo(), "b": new_lo()})
    assert str(shown).endswith("All equal.") and "class=differs" not in shown.html
    with pytest.raises(ValueError, match="0 devices, expected one or two"):
        feature_words({})


def test_a_strip() -> None:
    lo = new_lo("6.12")
    shown = strip(0x21, lo.netif_f, "asked")
    assert str(shown) == "asked 0x0000000000000021: HIGHDMA 5, SG 0"
    assert shown.html.count("<i class=on>") == 2 and shown.html.count("<i") == 64
    with pytest.raises(ValueError, match="expected a word of 64 bits"):
        strip(1 << 64, lo.netif_f)


# --- the shift ------------------------------------------------------------------------------------


def test_the_shift_is_the_decision_of_the_trace() -> None:
    lo = lo_up("6.12")
    shown = str(shift_of(send(lo, 4000, 1400), "6.12"))
    assert "gso_type is 0x20000: bit 17 (SKB_GSO_UDP_L4)" in shown
    assert "0x200000000: bit 33 (NETIF_F_GSO_UDP_L4)" in shown
    assert shown.endswith("all that was asked for: yes.")
    assert shown == str(shift(0x20000, lo.features, "6.12"))


@pytest.mark.parametrize("off", [[], ["tx-udp-segmentation"], ["tx-tcp-segmentation"]])
def test_the_shift_says_what_the_model_decided(off: list[str]) -> None:
    trace = send(lo_up(off=off), 4000, 1400)
    decision = next(d for d in trace.decisions() if d.question == QUESTION)
    said = "yes" if decision.answer else "no"
    assert str(shift_of(trace, RELEASE)).endswith(f": {said}.")


def test_the_shift_names_what_is_missing() -> None:
    asked = 1 << 0 | 1 << 2
    text = str(shift(asked, 1 << 16, "6.12"))
    assert "bit 0 (SKB_GSO_TCPV4), bit 2 (SKB_GSO_TCP_ECN)" in text
    assert "bit 18 (NETIF_F_TSO_ECN) is off: no" in text


def test_a_shift_of_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="gso_type 0x1000000: expected less than 0x1000000"):
        shift(1 << 24, 0)
    with pytest.raises(ValueError, match="expected a word of 64 bits"):
        shift(0, 1 << 64)
    with pytest.raises(ValueError, match="net_gso_ok decided nothing"):
        shift_of(send(lo_up(), 100))


# --- the panel ------------------------------------------------------------------------------------

TSO = ["TSO6", "TSO_MANGLEID", "TSO_ECN", "GSO_ROBUST", "TSO"]


@pytest.fixture(scope="module")
def five() -> Panel:
    return panel(new_lo("6.12"), TSO)


def test_every_turn_is_what_a_new_device_answers(five: Panel) -> None:
    """In whatever order the panel has played them."""
    for number in range(len(five.positions)):
        for at, each in enumerate(five.switches):
            lo = Machine("6.12").new_net().loopback_dev
            string = lo.netif_f.string
            before = number ^ 1 << at
            for n, switch in enumerate(five.switches):
                ethtool_set_features(lo, {string[switch.name]: bool(before >> n & 1)})
            answer = ethtool_set_features(lo, {string[each.name]: bool(number >> at & 1)})
            assert five.turns[number][at].answer == answer
            states = feature_states(lo)
            for feature in five.features:
                seen = five.positions[number].words[feature.name]
                assert seen.ethtool == f"{string[feature.name]}: {states[string[feature.name]]}"


def test_why_is_read_off_the_positions(five: Panel) -> None:
    names = [each.name for each in five.switches]
    assert names == ["TSO6", "TSO_MANGLEID", "TSO_ECN", "TSO"]
    off = five.turns[0b0111][3]
    assert (off.answer, off.why) == (
        0,
        "As wished. The lamp of TSO_MANGLEID went out too, unasked: it needs TSO.",
    )
    ecn = five.turns[0b0100][2]
    assert ecn.answer == 2
    assert ecn.why.endswith("the lamp of TSO_ECN stays off: it needs TSO6 or TSO.")
    on = five.turns[0b1110][3]
    assert "TSO_MANGLEID came on too: its switch was up already." in on.why


def test_the_panel_starts_where_the_device_is() -> None:
    lo = lo_up(off=["tx-tcp-segmentation", "tx-udp-segmentation"])
    words = lo.features
    made = panel(lo, ["TSO", "TSO_MANGLEID"])
    assert made.start == 0b01 and lo.features == words
    assert not made.positions[0].words["GSO_UDP_L4"].on
    assert "off [requested on]" in made.html()
    assert made._repr_mimebundle_()["text/plain"] == str(made)
    assert "TSO on: ETHTOOL_SFEATURES returns 0." in str(made)
    assert repr(made) == "<panel TSO_MANGLEID TSO>"


def test_a_panel_of_what_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="LLTX: expected names of features of Linux 6.12"):
        panel(new_lo("6.12"), ["TSO", "LLTX"])
    with pytest.raises(ValueError, match="no feature: expected names"):
        panel(new_lo(), [])
    lo = new_lo("6.12")
    with pytest.raises(ValueError, match="11 switches; expected 6 at most"):
        panel(lo, lo.netif_f.names(lo.hw_features))


# --- the ruler ------------------------------------------------------------------------------------


def test_the_cliffs() -> None:
    text = str(ruler(release="6.12"))
    assert "IPv4: 65464 to 65493 bytes: 1 packet; 65494 to 65507 bytes: 47 packets;" in text
    assert "65508 to 65511 bytes: EMSGSIZE." in text
    assert "IPv6: 65464 to 65473 bytes: 1 packet; 65474 to 65511 bytes: 47 packets." in text


def test_another_release_has_other_cliffs() -> None:
    text = str(ruler(range(65490, 65509), families=["inet"], release="5.14"))
    assert text == "IPv4: 65490 to 65507 bytes: 1 packet; 65508 bytes: EMSGSIZE."


def test_each_family_may_have_payloads_of_its_own() -> None:
    shown = ruler({"inet": range(65492, 65495), "inet6": range(65472, 65475)}, release="6.12")
    assert str(shown).splitlines() == [
        "IPv4: 65492 to 65493 bytes: 1 packet; 65494 bytes: 47 packets.",
        "IPv6: 65472 to 65473 bytes: 1 packet; 65474 bytes: 47 packets.",
    ]
    with pytest.raises(ValueError, match=r"family 'ax25': expected one of inet, inet6"):
        ruler([1], families=["ax25"])
    with pytest.raises(ValueError, match="inet6: no payload"):
        ruler({"inet6": []})


def test_payloads_that_end_alike_are_one_stretch() -> None:
    found = stretches([5, 3, 4, 9, 4], lambda payload: (payload > 4, ""))
    assert [(each.first, each.last, each.count) for each in found] == [(3, 4, 2), (5, 9, 2)]
    with pytest.raises(ValueError, match="no payload"):
        ruler([])
