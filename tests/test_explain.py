"""`lomodel.explain`: why a scenario went as it did, from the trace's own decisions.

EXPECTED says of each of the contracts' examples which step, what happened, and the function that
decided. The list was printed by the package and then gone through row by row against the examples;
rows that a reader of the kernel would not have said were bugs, and were mended in the package.
Thirty rows of eleven examples were derived again, from the examples and the source of 6.12: what
happened is the same in all. The function is the model's, which has some of the kernel's in their
callers: __udp4_lib_rcv in udp_rcv, sock_alloc_send_pskb in __ip_append_data, __skb_recv_udp in
udp_recvmsg, do_ip_setsockopt and do_ip_getsockopt in those without do_, eth_prepare_mac_addr_change
in eth_mac_addr, addrconf_sysctl_register in addrconf_notify, __netif_receive_skb_core in
__netif_receive_skb.

What turned these red, tried one at a time: the first decision of a call in place of its last, no
look at a call that failed since, none below a function without a decision of its own, headers
that were only looked at taken for a cut, packets of a refused send told as dropped too, changes
kept that are refused or spoil an earlier step, less harm not asked for, no two settings together,
one finding's settings told again, no feature named, features that were taken away not asked
about, errors that were left not remembered, a silent kfree_skb, a decision taken away before a
drop, a receiver that is in no group, an address of a group offered to lo, nothing told where a
change leads to the next trouble only, no setting before the step that left an error, everything
said to be tried where the work ran out, a function that two pages show.
"""

from __future__ import annotations

import ast
import json
import random
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lomodel import trace
from lomodel.contract.making import bind, put, send, sock
from lomodel.explain import Explanation, explain, now_of
from lomodel.explain.calls import Decided
from lomodel.explain.candidates import Change, Scene, changes, pairs
from lomodel.explain.findings import Finding
from lomodel.explain.sections import TABLE, table
from lomodel.explain.trial import Case, Outcome, replay
from lomodel.pages import PAGES
from lomodel.scenario import Player, play
from tools import explained

ROOT = Path(__file__).resolve().parents[1]
RECORDED = ROOT / "tests/recorded"
EXAMPLES: dict[str, list[dict[str, Any]]] = {
    line["id"]: line["steps"]
    for name in ("examples-2.jsonl", "examples.jsonl")
    for line in map(json.loads, (RECORDED / name).read_text().splitlines())
}
UP = {"do": "link", "up": True}

EXPECTED = {
    "2-two-sockets": (
        (6, "refused", "udp_recvmsg"),
        (8, "dropped", "udp_rcv"),
    ),
    "2-two-sockets-ipv6": ((5, "truncated", "udp_recvmsg"),),
    "2-connected-refused": (
        (3, "left", "__udp4_lib_err"),
        (3, "dropped", "udp_rcv"),
        (4, "refused", "__ip_append_data"),
        (5, "refused", "__ip_append_data"),
        (5, "dropped", "udp_rcv"),
        (6, "refused", "udp_recvmsg"),
    ),
    "2-error-queue": (
        (4, "left", "__udp4_lib_err"),
        (4, "dropped", "udp_rcv"),
        (5, "refused", "__ip_append_data"),
        (6, "refused", "ip_recv_error"),
        (8, "refused", "__ip_append_data"),
    ),
    "2-reconnect": (
        (4, "refused", "udp_sendmsg"),
        (8, "refused", "udp_sendmsg"),
        (9, "refused", "ip_route_output_key_hash_rcu"),
        (10, "refused", "udp_sendmsg"),
        (11, "refused", "udp_recvmsg"),
    ),
    "2-bind-errors": (
        (3, "refused", "__inet_bind"),
        (5, "refused", "udp_lib_lport_inuse"),
        (6, "refused", "udp_lib_lport_inuse"),
        (7, "refused", "__inet_bind"),
        (10, "refused", "udp_lib_lport_inuse"),
        (11, "refused", "__inet6_bind"),
    ),
    "2-gro-receiver": (
        (5, "whole", "netif_needs_gso"),
        (7, "joined", "udp_recvmsg"),
        (9, "whole", "netif_needs_gso"),
        (10, "truncated", "udp_recvmsg"),
        (10, "joined", "udp_recvmsg"),
        (12, "cut", "netif_needs_gso"),
        (13, "refused", "udp_recvmsg"),
    ),
    "2-cut-on-arrival": (
        (5, "cut", "udp_queue_rcv_skb"),
        (5, "whole", "netif_needs_gso"),
        (7, "refused", "udp_recvmsg"),
    ),
    "2-small-buffer": (
        (6, "dropped", "__udp_enqueue_schedule_skb"),
        (8, "refused", "udp_recvmsg"),
        (9, "dropped", "__udp_enqueue_schedule_skb"),
        (11, "refused", "udp_recvmsg"),
    ),
    "2-buffer-freed-late": (
        (5, "dropped", "__udp_enqueue_schedule_skb"),
        (10, "dropped", "__udp_enqueue_schedule_skb"),
        (11, "refused", "udp_recvmsg"),
    ),
    "2-send-buffer": (
        (1, "lost", "addrconf_notify"),
        (4, "dropped", "udp_rcv"),
        (4, "fragmented", "ip_finish_output"),
        (5, "refused", "__ip_append_data"),
    ),
    "2-no-check": ((7, "refused", "udp_send_skb"),),
    "2-zero-sum-ipv6": (
        (5, "dropped", "udpv6_rcv"),
        (6, "refused", "udp_recvmsg"),
    ),
    "2-option-errors": (
        (2, "refused", "udp_lib_setsockopt"),
        (5, "refused", "udp_lib_setsockopt"),
        (6, "refused", "udp_lib_setsockopt"),
        (7, "refused", "ip_setsockopt"),
        (8, "refused", "sock_setbindtodevice"),
        (9, "refused", "ip_setsockopt"),
        (11, "refused", "ip_getsockopt"),
    ),
    "2-mtu-discovery": (
        (6, "fragmented", "ip_finish_output"),
        (8, "fragmented", "ip_finish_output"),
        (10, "refused", "__ip_append_data"),
        (12, "refused", "__ip_append_data"),
        (14, "refused", "__ip_append_data"),
        (16, "fragmented", "ip_finish_output"),
    ),
    "2-addresses": (
        (2, "refused", "inet_rtm_newaddr"),
        (7, "dropped", "udp_rcv"),
        (9, "refused", "ip_route_output_key_hash_rcu"),
        (10, "refused", "inet_rtm_deladdr"),
        (11, "refused", "rtm_to_ifaddr"),
    ),
    "2-without-ipv6": (
        (1, "lost", "addrconf_ifdown"),
        (4, "refused", "__inet6_bind"),
        (5, "refused", "ipv6_dev_get_saddr"),
        (6, "refused", "ipv6_dev_get_saddr"),
        (7, "refused", "addrconf_add_dev"),
    ),
    "2-settings": (
        (5, "unanswered", "icmp_echo"),
        (6, "refused", "proc_dointvec_minmax"),
        (7, "refused", "proc_dou8vec_minmax"),
    ),
    "2-tap-whole-and-cut": (
        (5, "cut", "udp_queue_rcv_skb"),
        (5, "whole", "netif_needs_gso"),
        (7, "cut", "netif_needs_gso"),
        (8, "unsummed", "__ip_append_data"),
    ),
    "2-tap-fragments": (
        (6, "fragmented", "ip6_finish_output"),
        (7, "fragmented", "ip_finish_output"),
    ),
    "2-tap-down": (
        (0, "left", "packet_do_bind"),
        (1, "refused", "packet_recvmsg"),
        (4, "left", "packet_notifier"),
        (4, "lost", "addrconf_ifdown"),
        (5, "refused", "packet_recvmsg"),
        (8, "dropped", "__netif_receive_skb"),
    ),
    "2-tap-tcp": (
        (2, "dropped", "ip_rcv"),
        (2, "whole", "tcp_gso_segment"),
        (4, "dropped", "ip_rcv"),
        (4, "cut", "netif_needs_gso"),
        (5, "unsummed", "virtio_net_hdr_to_skb"),
    ),
    "2-limits": (
        (5, "cut", "gso_features_check"),
        (7, "cut", "udp_queue_rcv_skb"),
        (7, "whole", "netif_needs_gso"),
        (11, "cut", "gso_features_check"),
        (12, "refused", "rtnl_setlink"),
        (13, "refused", "validate_linkmsg"),
        (14, "refused", "validate_linkmsg"),
    ),
    "2-device": ((8, "refused", "addrconf_notify"),),
    "2-frame-martian": (
        (4, "dropped", "ip_route_input_slow"),
        (5, "refused", "udp_recvmsg"),
        (7, "dropped", "fib_validate_source"),
        (8, "refused", "udp_recvmsg"),
        (12, "dropped", "udp_rcv"),
        (13, "dropped", "ip_rcv"),
        (14, "dropped", "udp_rcv"),
    ),
    "2-frame-ipv6": (
        (5, "dropped", "udpv6_rcv"),
        (6, "refused", "udp_recvmsg"),
        (7, "refused", "packet_snd"),
    ),
    "2-vnet-udp": (
        (6, "cut", "udp_queue_rcv_skb"),
        (6, "whole", "__udp_gso_segment"),
        (7, "refused", "virtio_net_hdr_to_skb"),
        (9, "dropped", "udp_rcv"),
        (10, "refused", "packet_snd"),
        (11, "refused", "udp_recvmsg"),
        (12, "unsummed", "virtio_net_hdr_to_skb"),
    ),
    "2-vnet-tcp-refused": (
        (2, "refused", "inet_gso_segment"),
        (3, "refused", "tcp4_gso_segment"),
    ),
    "2-multicast": (
        (4, "refused", "ip_mc_join_group"),
        (6, "refused", "ip_route_output_key_hash_rcu"),
        (10, "dropped", "ip_rcv_finish"),
        (11, "refused", "udp_recvmsg"),
        (12, "unsummed", "__ip_append_data"),
        (14, "refused", "ip_mc_leave_group"),
    ),
    "2-broadcast": (
        (4, "refused", "udp_sendmsg"),
        (7, "refused", "ip_route_output_key_hash_rcu"),
        (8, "refused", "udp_recvmsg"),
        (9, "refused", "raw_sendmsg"),
    ),
    "2-multicast-ipv6": ((4, "refused", "ip6_dst_lookup_flow"),),
    "2-families": (
        (3, "refused", "ip6_dst_lookup_flow"),
        (7, "refused", "ip_getsockopt"),
        (8, "refused", "ip_getsockopt"),
        (9, "refused", "ip_setsockopt"),
        (10, "refused", "ip4_datagram_connect"),
        (12, "refused", "__ip6_datagram_connect"),
    ),
    "2-mapped": ((8, "refused", "udpv6_sendmsg"),),
    "bind-before-the-first-up": (
        (5, "refused", "__inet6_bind"),
        (6, "refused", "ip_route_output_key_hash_rcu"),
        (9, "refused", "__inet_bind"),
    ),
    "an-address-makes-the-table": (
        (4, "refused", "__inet_bind"),
        (8, "refused", "__inet_bind"),
    ),
    "fresh-namespace": (),
    "udp-passes-whole": (
        (2, "cut", "udp_queue_rcv_skb"),
        (2, "whole", "netif_needs_gso"),
    ),
    "udp-cut-in-software": ((3, "cut", "netif_needs_gso"),),
    "ip-fragments": ((2, "fragmented", "ip6_finish_output"),),
    "too-long": ((2, "refused", "__ip_append_data"),),
    "nobody-listens": ((1, "dropped", "udp_rcv"),),
    "ping": (),
    "tcp-tso-on": (
        (1, "dropped", "ip_rcv"),
        (1, "whole", "tcp_gso_segment"),
    ),
    "tcp-tso-off": (
        (3, "dropped", "ip_rcv"),
        (3, "cut", "netif_needs_gso"),
    ),
    "fixed-feature": (
        (1, "unchanged", "ethtool_set_features"),
        (2, "refused", "ethtool_set_features"),
    ),
    "unknown-protocol": ((1, "dropped", "__netif_receive_skb"),),
    "foreign-destination": ((1, "dropped", "ip_rcv"),),
    "mtu-and-addresses": ((1, "lost", "addrconf_notify"),),
    "down": (
        (1, "lost", "addrconf_ifdown"),
        (2, "dropped", "noop_enqueue"),
    ),
    "mac": (
        (4, "refused", "eth_mac_addr"),
        (5, "refused", "eth_mac_addr"),
    ),
    "delete": ((0, "refused", "rtnl_delete_link"),),
}


@cache
def explained_example(name: str) -> Explanation:
    return explain(EXAMPLES[name])


@pytest.mark.parametrize("name", EXAMPLES)
def test_who_decided(name: str) -> None:
    found = [(n, t.found.kind, t.found.decided.function) for n, t in explained_example(name)]
    assert found == list(EXPECTED[name])


def test_every_example_is_expected() -> None:
    assert EXPECTED.keys() == EXAMPLES.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_answer_has_its_parts(name: str) -> None:
    explanation = explained_example(name)
    for _, each in explanation:
        assert each.found.decided.condition is not None, each
        assert each.link and each.found.decided.function
        for label, text in each.lines():
            assert label and text
    assert explanation._repr_html_()


def test_it_is_told_again_the_same() -> None:
    for name in ("2-error-queue", "2-multicast", "udp-passes-whole"):
        assert str(explain(EXAMPLES[name])) == str(explained_example(name))


NEW = {
    "too long for the MTU, with DF": (
        [
            UP,
            {"do": "link", "mtu": 1500},
            sock("a"),
            put("a", "IP_MTU_DISCOVER", "do"),
            send("a", 1600, ("127.0.0.1", 5000)),
        ],
        (4, "refused", "__ip_append_data"),
        {"length": 1608, "most": 1480},
        "a payload of at most 1472 bytes",
    ),
    "a segment longer than the MTU": (
        [
            UP,
            {"do": "link", "mtu": 1427},
            {"do": "udp", "family": "inet", "payload": 4000, "gso_size": 1400},
        ],
        (2, "refused", "udp_send_skb"),
        {"segment": 1428, "fragsize": 1427},
        "no UDP_SEGMENT",
    ),
    "another address of the other host": (
        [UP, sock("a"), send("a", 10, ("10.1.2.3", 5000))],
        (2, "refused", "ip_route_output_key_hash_rcu"),
        {"daddr": 0x0A010203},
        "ip address add 10.1.2.3/32 dev lo",
    ),
    "full": (
        [
            UP,
            sock("r"),
            bind("r", "127.0.0.1", 5000),
            put("r", "SO_RCVBUF", 5000),
            sock("a"),
            send("a", 2000, ("127.0.0.1", 5000), count=20),
        ],
        (5, "dropped", "__udp_enqueue_schedule_skb"),
        {"rcvbuf": 10000},
        "SO_RCVBUF 4194304 on r",
    ),
    "a group without a device": (
        [UP, sock("a"), send("a", 10, ("239.9.9.9", 5000))],
        (2, "refused", "ip_route_output_key_hash_rcu"),
        {"daddr": 0xEF090909},
        'IP_MULTICAST_IF "127.0.0.1" on a',
    ),
    "in the way": (
        [UP, sock("a"), bind("a", "0.0.0.0", 5000), sock("b"), bind("b", "127.0.0.9", 5000)],
        (4, "refused", "udp_lib_lport_inuse"),
        {"same_address": True, "both_reuse": False},
        "a closed before",
    ),
    "no IPv6": (
        [UP, {"do": "link", "mtu": 1000}, {"do": "ping", "family": "inet6", "payload": 8}],
        (2, "refused", "ipv6_dev_get_saddr"),
        {},
        None,
    ),
    "down again": (
        [UP, {"do": "link", "up": False}, {"do": "ping", "family": "inet", "payload": 8}],
        (2, "dropped", "noop_enqueue"),
        {"flags": 8},
        "ip link set lo up",
    ),
    "echo is ignored": (
        [
            UP,
            {"do": "sysctl", "set": {"net.ipv4.icmp_echo_ignore_all": 1}},
            {"do": "ping", "family": "inet", "payload": 8},
        ],
        (2, "unanswered", "icmp_echo"),
        {"icmp_echo_ignore_all": 1},
        "sysctl net.ipv4.icmp_echo_ignore_all=0",
    ),
}
"""Scenarios that stand nowhere else: what decided, numbers that it compared, a setting."""


@pytest.mark.parametrize("name", NEW)
def test_a_new_scenario(name: str) -> None:
    steps, expected, numbers, setting = NEW[name]
    found = {(n, t.found.kind, t.found.decided.function): t for n, t in explain(steps)}
    assert expected in found, found.keys()
    each = found[expected]
    assert each.found.decided.condition is not None
    assert numbers.items() <= each.found.decided.condition.operands.items()
    if setting is not None:
        assert setting in (each.settings or ()), each.settings


def test_settings_help() -> None:
    """A setting that is named changes the outcome, played by hand."""
    steps = NEW["too long for the MTU, with DF"][0]
    assert play(steps)[-1]["error"] == "EMSGSIZE"
    assert play([*steps[:-1], steps[-1] | {"payload": 1472}])[-1]["error"] is None
    assert play([*steps[:-1], steps[-1] | {"payload": 1473}])[-1]["error"] == "EMSGSIZE"
    steps = NEW["in the way"][0]
    closed = [*steps[:-1], {"do": "close", "socket": "a"}, steps[-1]]
    assert (play(steps)[-1]["error"], play(closed)[-1]["error"]) == ("EADDRINUSE", None)


def scene_of(steps: list[dict[str, Any]], number: int) -> Scene:
    player = Player()
    for step in steps[:number]:
        player.step(step)
    return Scene(steps, number, now_of(player))


def cause_of(earlier: str) -> int | None:
    """The step that left the error, as it is told."""
    found = re.match(r"step (\d+), which left", earlier)
    return int(found[1]) if found else None


REFUSED = [(name, n) for name, rows in EXPECTED.items() for n, kind, _ in rows if kind == "refused"]


def test_the_settings_of_refusals_lift_them() -> None:
    """Each change that is named of a refused step, in a play of its own: no error, or fewer."""
    tried = 0
    for name, number in REFUSED:
        steps = EXAMPLES[name]
        for n, told in explained_example(name):
            if (n, told.found.kind) != (number, "refused") or not told.settings:
                continue
            scene = replace(scene_of(steps, number), cause=cause_of(told.earlier))
            known = {c.named(number): c for c in (*pairs(scene), *changes(scene))}
            before = play(steps[: number + 1])[number]
            for words in told.settings:
                words, _, _ = words.partition(" (then: ")
                if words not in known:
                    assert words.startswith("a payload of at most"), words
                    continue
                changed, last = known[words].apply(steps, number)
                after = play(changed)[last]
                assert after["error"] != before["error"] or after.get("datagrams"), (name, words)
                tried += 1
    assert tried > 25


def test_two_settings_where_one_is_not_enough() -> None:
    first = dict(explained_example("2-frame-martian").steps[0].told[0].lines())
    both = first["changed by"]
    assert "route_localnet=1 together with" in both and "accept_local=1" in both


def test_what_is_told_once() -> None:
    """The second step that is full for the same reason has no settings: they were told."""
    drops = [t for _, t in explained_example("2-small-buffer") if t.found.kind == "dropped"]
    assert drops[0].settings == ("SO_RCVBUF 4194304 on r",)
    assert drops[1].settings is None


def test_a_change_that_is_refused_or_does_harm_is_no_help() -> None:
    steps = NEW["in the way"][0]
    (_, told), *_ = explain(steps)
    number = len(steps) - 1
    case = Case(scene_of(steps, number), told.found, none_at_all(), [None] * number, [1], "6.18")
    fine = Change("", ((number, {"do": "close", "socket": "a"}),))
    refused = Change("", ((number, bind("a", "127.0.0.1", 7)),))
    spoils = Change("", ((1, sock("c")), (1, bind("c", "0.0.0.0", 5000))))
    assert replay(case, fine) is not None
    assert replay(case, refused) is None and replay(case, spoils) is None
    was = none_at_all({("dropped", "f", "?", False): 1})
    found = Finding("dropped", Decided("f", "", trace.Decision("?", False, {}, 0, "f")))
    assert none_at_all().better(was, found)
    assert not none_at_all({("refused", "g", "", False): 1}).better(was, found)


def none_at_all(times: dict[tuple[str, str, str, bool], int] | None = None) -> Outcome:
    return Outcome(Counter(times or {}), 0, 0, 0, 0, ())


def test_the_counters_and_their_places() -> None:
    (_, each), *_ = explain(NEW["full"][0])
    assert "Udp.RcvbufErrors +18 (/proc/net/snmp)" in each.counters
    assert "drops of r +18 (d in skmem of ss -uamn)" in each.counters


def test_the_feature_is_named() -> None:
    text = str(explained_example("udp-cut-in-software"))
    assert "without tx-udp-segmentation" in text
    assert "ethtool -K lo tx-udp-segmentation on" in text


def test_an_error_comes_from_an_earlier_step() -> None:
    text = str(explained_example("2-connected-refused"))
    assert "because of: step 3, which left the error on a" in text


def tricky(*steps: dict[str, Any]) -> list[Any]:
    """What is told of the last of some steps on a lo that is up."""
    told = explain([UP, *steps])
    return [each for number, each in told if number == len(steps)]


CLOSED = {"do": "connect", "socket": "a", "address": "127.0.0.1", "port": 9}
LO_GROUP = put("a", "IP_MULTICAST_IF", 1)


def test_a_change_that_leads_to_the_next_trouble() -> None:
    """An error waits below the length: whoever allows fragments is given that one."""
    [refused] = tricky(
        {"do": "link", "mtu": 1500},
        *(sock("a"), CLOSED, {"do": "send", "socket": "a", "payload": 1}),
        put("a", "IP_MTU_DISCOVER", "do"),
        {"do": "send", "socket": "a", "payload": 2000},
    )
    next_one = "(then: refused with ECONNREFUSED (Connection refused))"
    assert refused.settings[0] == f'IP_MTU_DISCOVER "dont" on a {next_one}'
    again = {"do": "link", "up": False}, {"do": "address", "add": "::1/128"}
    down = tricky(sock("a", "inet6"), *again, send("a", 1, ("::1", 9)))
    assert down[0].settings == (
        "ip link set lo up (then: a packet of 9 bytes was dropped by udpv6_rcv)",
    )


def test_an_error_is_undone_where_it_was_left() -> None:
    [told, *_] = tricky(
        *(sock("a"), put("a", "IP_RECVERR", 1)),
        *(send("a", 1, ("127.0.0.1", 9)), send("a", 1, ("127.0.0.1", 10))),
    )
    assert told.settings == (
        "IP_RECVERR 0 on a, before step 3",
        "a socket that is bound to 127.0.0.1 port 9, before step 3",
    )


def test_a_group_wants_a_member() -> None:
    [nobody] = tricky(sock("a"), LO_GROUP, send("a", 1, ("239.1.1.1", 7000)))
    assert nobody.counters == ("Ip.InReceives +1, Ip.InDelivers not (/proc/net/snmp)",)
    at = "a socket that is bound to 239.1.1.1 port 7000"
    assert nobody.settings == (f"{at} and a member of that group on lo",)
    assert nobody.section.page == "multicast"
    [no_route] = tricky(sock("a"), send("a", 1, ("239.1.1.1", 7000)))
    assert not any("address add" in words for words in no_route.settings)
    assert no_route.section.page == "multicast"


def test_a_receiver_of_everything() -> None:
    """No socket can bind to 8.8.8.8, which SO_BINDTODEVICE brings to lo all the same."""
    [told] = tricky(sock("a"), put("a", "SO_BINDTODEVICE", "lo"), send("a", 1, ("8.8.8.8", 7)))
    assert told.settings == ("a socket that is bound to 0.0.0.0 port 7",)


def test_a_step_that_is_too_long_to_try_everything() -> None:
    burst = {"do": "tcp_frame", "family": "inet", "payload": 11000, "gso_size": 10, "flags": 16}
    full, _, cut = tricky({"do": "features", "set": {"tx-tcp-segmentation": False}}, burst)
    assert "softnet.dropped +99 (/proc/net/softnet_stat)" in full.counters
    other = "rx_otherhost_dropped +1001 (otherhost in ip -s -s link show lo)"
    assert other in full.counters
    assert ("changed by", "nothing was found; the step is too long to try every setting") in [
        *full.lines()
    ]
    assert cut.settings == ("ethtool -K lo tx-tcp-segmentation on",)


def test_more_segments_than_the_device_takes() -> None:
    """The features that are missing then are the packet's: ethtool shows them on."""
    riddle = {"do": "udp", "family": "inet6", "payload": 4000, "gso_size": 1400}
    [cut] = tricky({"do": "link", "gso_max_segs": 2}, riddle)
    asked = cut.found.decided.condition
    assert cut.found.decided.function == "gso_features_check"
    assert asked.operands == {"gso_segs": 3, "gso_max_segs": 2}
    assert "ip link set lo gso_max_segs 65535" in cut.settings


def test_nobody_is_named_any_more() -> None:
    apart = {"do": "connect", "socket": "a", "address": None}
    [told] = tricky(sock("a"), CLOSED, apart, {"do": "send", "socket": "a", "payload": 1})
    assert told.settings == ("a connected to 127.0.0.1 port 9",)


def test_the_page_of_a_setting() -> None:
    """Two pages show udp_send_skb, and the one about batches is meant."""
    told = explain(NEW["a segment longer than the MTU"][0]).steps[0].told[0]
    assert told.section is not None and told.section.page == "send_errors"
    martian = explained_example("2-frame-martian").steps[0].told[0]
    assert martian.section is not None and martian.section.page == "captures"
    off = {"do": "sysctl", "set": {"net.ipv6.conf.lo.disable_ipv6": 1}}
    assert tricky(off)[0].section.page == "where_one_went"


def test_nothing_to_explain() -> None:
    assert str(explain([UP, {"do": "ping", "family": "inet", "payload": 56}])).startswith("Nothing")


def test_other_releases() -> None:
    for release in ("6.1", "6.12"):
        assert "udp_send_skb" in str(explain(NEW["a segment longer than the MTU"][0], release))


@pytest.mark.slow
def test_many_puzzles_are_told_the_same_again() -> None:
    """Also where there is not enough work left to try settings for all of them."""
    rng = random.Random(1)
    steps: list[dict[str, Any]] = [UP]
    for n in range(12):
        steps += [sock(f"s{n}"), send(f"s{n}", rng.randrange(9), "10.9.9.9", count=50)]
    assert str(explain(steps)) == str(explain(steps))


def test_explaining_changes_nothing() -> None:
    """What is looked at beside the steps leaves no trace in what they observe."""
    for name in ("2-error-queue", "2-small-buffer", "2-multicast", "2-tap-down"):
        before = play(EXAMPLES[name])
        explain(EXAMPLES[name])
        assert play(EXAMPLES[name]) == before


def test_the_table_of_sections_is_up_to_date() -> None:
    assert TABLE.read_text(encoding="utf-8") == explained.lines()
    assert {section.page for section in table().values()} <= PAGES.keys()
    names = explained.names()
    assert table().keys() <= names
    assert table()["netif_needs_gso"].page == "whole_or_cut"


def test_no_known_cases() -> None:
    """No scenario, errno or function of a protocol is spoken of in the package, but for EAGAIN."""
    functions = {symbol.name for symbol in trace.symbols()}
    verbs = {
        *("__skb_gso_segment", "ip_fragment", "ip6_fragment", "__udp_enqueue_schedule_skb"),
        *("addrconf_ifdown", "inetdev_destroy", "inet_del_ifa", "netif_needs_gso"),
        *("netif_skb_features", "udp_recvmsg", "ethtool_set_features", "sendto"),
        *("bind", "connect", "setsockopt", "getsockopt", "recv", "close"),
    }
    for path in (ROOT / "lomodel/explain").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
        said = {text for text in texts if isinstance(text, str)}
        assert not said & {name for name in EXAMPLES if "-" in name}
        assert {text for text in said if text.startswith("E") and text.isupper()} <= {"EAGAIN"}
        assert said & functions <= verbs, path


RAISES = ("sock_error_raise", "_append_error", "_refused", "OSError")


def test_a_decision_before_every_refusal() -> None:
    """Who refuses or drops says over which condition, but for those that pass on a refusal."""
    lacking = [
        f"{path.relative_to(ROOT / 'lomodel/linux')}: {function.name}"
        for path in sorted((ROOT / "lomodel/linux/net").rglob("*.py"))
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and _refuses(function) and not _asks(function)
    ]
    assert lacking == PASSES_ON


def _calls(function: ast.FunctionDef) -> set[str]:
    called = (n.func for n in ast.walk(function) if isinstance(n, ast.Call))
    return {func.id for func in called if isinstance(func, ast.Name)}


def _refuses(function: ast.FunctionDef) -> bool:
    raised = [n.exc for n in ast.walk(function) if isinstance(n, ast.Raise)]
    new = (e.func.id for e in raised if isinstance(e, ast.Call) and isinstance(e.func, ast.Name))
    return "kfree_skb" in _calls(function) or any(name in RAISES for name in new)


def _asks(function: ast.FunctionDef) -> bool:
    return "decide" in _calls(function)


PASSES_ON = [
    "net/_8021q/vlan.py: vlan_check_real_dev",
    "net/bridge/br_if.py: br_add_if",
    "net/core/dev_ioctl.py: dev_ioctl",
    "net/core/dev_ioctl.py: _set_txqlen",
    "net/core/dev_register.py: rtnl_lock_killable",
    "net/core/dev_register.py: netdev_name_node_head_alloc",
    "net/core/dev_register.py: call_ndo_init",
    "net/core/dev_register.py: netdev_do_alloc_pcpu_stats",
    "net/core/dev_register.py: __dev_change_net_namespace",
    "net/core/dev_register.py: _name_there",
    "net/core/dev_xmit.py: validate_xmit_skb",
    "net/core/net_namespace.py: copy_net_ns",
    "net/core/rtnetlink.py: rtnetlink_rcv_msg",
    "net/core/rtnetlink.py: rtnl_setlink",
    "net/ipv4/af_inet.py: find_protosw",
    "net/ipv4/af_inet.py: inet_autobind",
    "net/ipv4/devinet.py: inetdev_init",
    "net/ipv4/devinet_sysctl.py: ipv4_devconf",
    "net/ipv4/ip_fragment.py: _discard",
    "net/ipv4/ip_output_append.py: ip_flush_pending_frames",
    "net/ipv4/ip_output_fragment.py: _fraglist",
    "net/ipv4/ip_sockglue_error.py: ip_icmp_error",
    "net/ipv4/ip_sockglue_error.py: ip_local_error",
    "net/ipv4/udp_receive.py: udp_drop",
    "net/ipv4/udp_receive.py: udp_rcv_segment",
    "net/ipv4/udp_receive.py: udp_queue_rcv_one_skb",
    "net/ipv4/udp_send.py: udp_send_skb",
    "net/ipv4/udp_table.py: udp_lib_get_port",
    "net/ipv6/addrconf_sysctl.py: ipv6_devconf",
    "net/ipv6/datagram_error.py: ipv6_icmp_error",
    "net/ipv6/datagram_error.py: ipv6_local_error",
    "net/ipv6/ip6_icmp.py: icmpv6_param_prob",
    "net/ipv6/ip6_input.py: _drop",
    "net/ipv6/ip6_output.py: _fraglist_output",
    "net/ipv6/reassembly.py: _discard",
    "net/ipv6/udp_send.py: udp_v6_send_skb",
    "net/packet/af_packet.py: _sent",
    "net/socket.py: _parse",
    "net/socket.py: sock_register",
    "net/socket.py: recvmsg",
]
"""Their callers have decided, or they fail where no step of a scenario comes to."""
