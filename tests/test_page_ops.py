"""The page about ``loopback_ops``: its picture, the board of sockets, and its explorer.

Seen red: a function that the board leaves out; ``WITHOUT`` without a socket; a socket lit that the
core did not look into; ``busy`` answering NETDEV_TX_OK; ``met`` with the counters' plug in; the
plug of ``ndo_open`` not put in.
"""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from lomodel.contract import STATS
from lomodel.desk import lo_up, plug, switch
from lomodel.explorers import plugs as explorer
from lomodel.figures.plugs import WHEN, WITHOUT, board, plugged
from lomodel.linux.drivers.net.loopback import loopback_ops
from lomodel.linux.include.linux.netdevice import NetDeviceOps
from lomodel.linux.net.core.dev_ioctl import set_mtu

EXPLORER = explorer.EXPLORER
STATES = list(EXPLORER.states())


class TestBoard:
    def test_every_socket_of_the_table_is_on_it_once(self) -> None:
        sockets = {each.name for each in fields(NetDeviceOps)}
        assert set(WHEN) | set(WITHOUT) == sockets and not set(WHEN) & set(WITHOUT)
        items = re.findall(r'<li class="(\w+)"><code>(.*?)</code>.*?<b>(.*?)</b>', board().html)
        shown = {name.replace("<wbr>", ""): (kind, inside) for kind, name, inside in items}
        assert set(shown) == sockets and len(items) == len(sockets)

    def test_what_is_plugged_in_is_the_drivers(self) -> None:
        items = re.findall(r'<li class="filled"><code>(.*?)</code>.*?<b>(.*?)</b>', board().html)
        shown = {name.replace("<wbr>", ""): to.replace("<wbr>", "") for name, to in items}
        assert (
            shown
            == plugged(loopback_ops)
            == {
                "ndo_init": "loopback_dev_init",
                "ndo_start_xmit": "loopback_xmit",
                "ndo_get_stats64": "loopback_get_stats64",
                "ndo_set_mac_address": "eth_mac_addr",
            }
        )

    def test_the_core_writes_what_a_plug_would_keep_it_from_writing(self) -> None:
        """Seen red: "the core writes features" without ndo_set_features; it does with it, too."""
        kept = set()
        for name, step in (
            ("ndo_change_mtu", lambda lo: set_mtu(lo, 1400)),
            ("ndo_set_features", lambda lo: switch(lo, "tx-udp-segmentation", False)),
        ):
            lo = plug(lo_up(), **{name: lambda *_: 0})
            before = lo.mtu, lo.features
            step(lo)
            if (lo.mtu, lo.features) == before:
                kept.add(name)
        assert kept == {name for name, said in WITHOUT.items() if "the core writes" in said}

    def test_the_text_says_the_same(self) -> None:
        lines = board().text.splitlines()
        assert lines[0] == "ndo_init: loopback_dev_init, when it is registered"
        assert sum(": empty, " in line for line in lines) == len(WITHOUT) == len(lines) - 4


def lit(seen: dict) -> dict[str, str]:
    return {name[5:]: note for name, note in seen.items() if name.startswith("part:")}


class TestExplorer:
    def test_a_send_asks_three_sockets(self) -> None:
        seen = EXPLORER.run({})
        assert seen["value:asked"] == 3 and seen["value:received"] == "1400 1400 1200"
        assert lit(seen) == {
            **dict.fromkeys(("netif_skb_features", "xmit_one", "dev_get_stats"), ""),
            "ndo_features_check": "empty",
            "ndo_start_xmit": "loopback_xmit",
            "ndo_get_stats64": "loopback_get_stats64",
        }

    @pytest.mark.parametrize(
        ("state", "error", "received", "counted"),
        [
            ({}, "none", "1400 1400 1200", {"tx_packets": 1, "tx_bytes": 4028}),
            ({"ndo_get_stats64": "none"}, "none", "1400 1400 1200", {}),
            ({"ndo_start_xmit": "swallow"}, "none", "nothing", {}),
            ({"ndo_start_xmit": "busy"}, "ENETDOWN", "nothing", {"tx_dropped": 1}),
        ],
    )
    def test_what_a_send_comes_to(self, state, error, received, counted) -> None:
        seen = EXPLORER.run(state)
        assert (seen["value:error"], seen["value:received"]) == (error, received)
        sent = {name: seen[f"value:{name}"] for name in ("tx_packets", "tx_bytes", "tx_dropped")}
        assert sent == {"tx_packets": 0, "tx_bytes": 0, "tx_dropped": 0} | counted
        assert ("asks to queue" in seen["value:log"]) == (error == "ENETDOWN")

    @pytest.mark.parametrize(
        ("state", "error"),
        [
            ({"action": "address"}, "none"),
            ({"action": "address", "ndo_set_mac_address": "none"}, "EOPNOTSUPP"),
            ({"action": "mtu"}, "none"),
            ({"action": "again"}, "none"),
            ({"action": "again", "ndo_open": "refuse"}, "EBUSY"),
        ],
    )
    def test_what_else_is_asked(self, state, error) -> None:
        seen = EXPLORER.run(state)
        assert seen["value:error"] == error
        assert seen["value:mtu"] == (16000 if state["action"] == "mtu" else 1500)
        changed = state["action"] == "address" and error == "none"
        assert (seen["value:address"] == explorer.ADDRESS) == changed

    def test_a_socket_is_lit_with_who_looks_into_it_and_no_other(self) -> None:
        for state in STATES:
            seen = EXPLORER.run(state)
            parts = lit(seen)
            assert all((core in parts) == (socket in parts) for core, socket in explorer.ASKS)
            assert seen["value:asked"] == sum(socket in parts for _, socket in explorer.ASKS)
            sending = state["action"] == "send"
            assert ("ndo_start_xmit" in parts) == sending == ("ndo_get_stats64" in parts), state

    def test_the_challenge_is_a_drop_that_the_core_counted(self) -> None:
        found = [state for state in STATES if "met" in EXPLORER.run(state)]
        assert found and EXPLORER.initial() not in found
        assert not any(EXPLORER.initial() | each in found for each in EXPLORER.presets.values())
        for state in found:
            seen = EXPLORER.run(state)
            assert (state["ndo_start_xmit"], state["action"]) == ("busy", "send")
            assert [name for name in STATS if seen[f"value:{name}"]] == ["tx_dropped"]

    def test_a_packet_that_nobody_misses(self) -> None:
        seen = EXPLORER.run({"ndo_start_xmit": "swallow"})
        assert seen["value:error"] == "none" and seen["value:received"] == "nothing"
        assert not any(seen[f"value:{name}"] for name in STATS)

    def test_no_state_is_a_scenario_and_all_are_said_in_a_sentence(self) -> None:
        assert EXPLORER.steps is None
        assert all(EXPLORER.run(state)["summary"].endswith(".") for state in STATES)
