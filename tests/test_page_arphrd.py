"""The page about who asks for a device's type: its picture, and its explorer in every state.

Seen red: a file of the picture left out; the lock counted as a no; LLC's 0 taken for a no; IFE
asked for a packet going out in every state; ::1 while lo is down; MCTP without ARPHRD_NONE; another
number than the type's in the middle of the picture; ::1 asked of lo itself, whatever its type.
"""

from __future__ import annotations

from typing import Any

import pytest

from lomodel.desk import RELEASE, new_lo
from lomodel.explorers import types_of_lo
from lomodel.figures import asked_by_type
from lomodel.linux.drivers.net.loopback import loopback_setup
from lomodel.linux.include.uapi.linux.if_arp import USERS
from lomodel.linux.include.uapi.linux.if_ether import ETH_HLEN, ETH_P_IP
from lomodel.linux.include.uapi.linux.netdevice import NET_NAME_UNKNOWN
from lomodel.linux.net.core.dev import alloc_netdev, dev_net_set, register_netdev
from lomodel.linux.net.core.skbuff import alloc_skb
from lomodel.linux.net.ethernet.eth import eth_header
from lomodel.source_lines import TAGS

EXPLORER = types_of_lo.EXPLORER
ANSWERS = {
    "init_loopback": "yes",
    "netdev_lock_name": "_xmit_LOOPBACK",
    "pktgen_setup_dev": "yes",
    "llc_mac_hdr_init": "yes",
    "llc_mac_header_len": "16",
    "atif_ioctl": "yes",
    "mctp_known": "yes",
    "tcf_ife_is_eth_skb": "yes",
    "siw_dev_qualified": "yes",
    "ksmbd_lists_interface": "no",
}


def answers(slots: dict[str, Any]) -> dict[str, str]:
    """What the table of a state says, by function."""
    return {n.removeprefix("answer:"): s for n, s in slots.items() if n.startswith("answer:")}


def lit(slots: dict[str, Any]) -> set[str]:
    return {name.removeprefix("part:") for name in slots if name.startswith("part:")}


def test_every_file_that_names_the_type_stands_around_lo() -> None:
    picture = asked_by_type.around()
    files = [asked_by_type.HEADER, *(user.file for user in USERS if RELEASE in user.lines)]
    for file in files:
        assert file.rpartition("/")[2] in picture.html and file in picture.text
    assert picture.html.count("<b>") == len(files) + 1
    assert f"<code>type {new_lo().type}</code>" in picture.html
    assert picture.text.startswith(f"{len(files)} files of Linux {TAGS[RELEASE][1:]} name")
    assert set(asked_by_type.AREAS) == set(files)


def test_the_picture_of_a_release_that_was_not_read_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'5\.15' was not read"):
        asked_by_type.around("5.15")


def test_what_each_says_of_lo() -> None:
    slots = EXPLORER.run({})
    assert answers(slots) == ANSWERS
    assert lit(slots) == {types_of_lo.in_c(n) for n in ANSWERS if n != "ksmbd_lists_interface"}
    assert "netdev_lock_pos" in lit(slots) and "part:netdev_lock_name" not in slots
    assert (slots["value:yes"], slots["what"]) == (9, "of ten treat it as one of theirs")
    assert slots["operands:pktgen_setup_dev"] == "type 772, running yes"


def test_ethernet_is_told_from_lo_by_four() -> None:
    found = asked_by_type.otherwise(1)
    assert found == {
        "init_loopback": ("yes", "no"),
        "netdev_lock_name": ("_xmit_LOOPBACK", "_xmit_ETHER"),
        "mctp_known": ("yes", "no"),
        "ksmbd_lists_interface": ("no", "yes"),
    }
    assert {n: (ANSWERS[n], s) for n, s in answers(EXPLORER.run({"type": 1})).items()
            if s != ANSWERS[n]} == found  # fmt: skip


def test_a_lo_that_is_down() -> None:
    found = answers(EXPLORER.run({"up": False}))
    assert {n: s for n, s in found.items() if s != ANSWERS[n]} == {
        "init_loopback": "no",
        "pktgen_setup_dev": "ENETDOWN",
    }


def test_ife_wants_the_header_of_what_comes_in_only() -> None:
    ife = {f: answers(EXPLORER.run({"frame": f}))["tcf_ife_is_eth_skb"] for f in types_of_lo.FRAMES}
    assert ife == {"out": "yes", "framed": "yes", "bare": "no"}


def test_others_who_ask_for_the_flag() -> None:
    lo = new_lo()
    bare = alloc_netdev(lo.machine, 0, "bare", NET_NAME_UNKNOWN, loopback_setup)
    bare.flags = 0
    dev_net_set(bare, lo.nd_net)
    register_netdev(bare)
    nocache = lo.netif_f.by_string["tx-nocache-copy"]
    assert bare.hw_features & nocache and not lo.hw_features & nocache
    skbs = (alloc_skb(headroom=ETH_HLEN) for _ in range(2))
    lengths = [eth_header(next(skbs), dev, ETH_P_IP, None, None, 0) for dev in (lo, bare)]
    assert lengths == [ETH_HLEN, -ETH_HLEN]


def test_every_state() -> None:
    for state in EXPLORER.states():
        slots = EXPLORER.run(state)
        found = answers(slots)
        assert (found["init_loopback"] == "yes") == (state["type"] == 772 and state["up"])
        assert (found["ksmbd_lists_interface"] == "no") == (state["type"] == 772)
        assert (found["llc_mac_hdr_init"] == "yes") == (found["llc_mac_header_len"] == "16")
        assert slots["value:yes"] == len(lit(slots)) >= 1
        assert ("met" in slots) == (state["type"] in (290, 65534))
        assert slots["summary"].endswith(".")
