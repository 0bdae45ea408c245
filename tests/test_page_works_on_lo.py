"""The page about lo and other devices: its table, its two panels, and its explorer in every state.

Seen red: a card without its own words; the release left out of the send; the challenge met by lo;
the table with lo in both of its columns.
"""

from __future__ import annotations

from lomodel.desk import new_lo
from lomodel.explorers.card import EXPLORER
from lomodel.figures.bits import difference, features_of
from lomodel.figures.card import PLAIN, as_card, beside_a_card, card_of, said_of_both
from lomodel.release import RELEASES


def test_a_plain_card() -> None:
    lo = new_lo()
    card = card_of(lo)
    names = lo.netif_f.names(card.features)
    assert set(names) == {*PLAIN, "GSO", "GRO"} and card.name == "eth0"
    assert {"HW_CSUM", "GSO_UDP_L4"} <= set(difference(features_of(lo), features_of(card)))
    assert "a plain card" in beside_a_card().html
    assert as_card().features == card.features


def test_the_table_says_where_they_differ() -> None:
    head, *rows, _ = said_of_both().text.splitlines()
    assert head.split() == ["ethtool", "-k", "lo", "a", "plain", "card"]
    signs = {row.split()[0]: row.split()[-1] for row in rows}
    assert [name for name, sign in signs.items() if sign == "="] == [
        "tx-generic-segmentation",
        "rx-gro",
    ]
    assert "tx-checksum-ip-generic   on [fixed]  off [fixed]   ≠" in rows


def test_every_state() -> None:
    fates, met = set(), 0
    for state in EXPLORER.states():
        slots = EXPLORER.run(state)
        fates.add(slots["fate"])
        old = RELEASES[state["release"]].udp_gso_needs_partial
        sums = state["sums"] in ("both", "generic")
        sums = sums or (state["sums"], state["family"]) == ("v4", "inet")
        if state["device"] == "lo":
            assert slots["fate"] == "whole" and "met" not in slots
            continue
        assert (slots["fate"] == "refused") == (old and not sums)
        assert (slots["value:error"] == "EIO") == (slots["fate"] == "refused")
        assert slots["value:tx_packets"] == {"refused": 0, "cut": 3, "whole": 1}[slots["fate"]]
        assert ("met" in slots) == (old and slots["fate"] == "cut")
        met += "met" in slots
    assert fates == {"refused", "cut", "whole"} and met
