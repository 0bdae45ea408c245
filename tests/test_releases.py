"""The release tables against the history of each fact, and which table stands for a kernel.

``HISTORY`` was written down from the kernel's commits and the stable series' lists of commits, not
from the tables. What it says of 5.14, 6.1 and 6.12 is checked by those tables, which have other
tests (recorded kernels, unpacked trees); so 5.15 and 6.6 follow from what is known otherwise.

Mutations that turned these red, one at a time: each fact of 5.15 and of 6.6 set to another value
(``test_a_wrong_table_is_found`` does it in every run); a patch level in ``earlier`` one too high;
an entry of ``earlier`` left out; 6.6's version 6.6.157; ``DEFAULT`` "6.12"; 6.6 behind 6.12 in the
table; ``at`` with ``<=`` for ``<``; ``_build`` that takes "-rc1" for a build's name;
``netif_rx`` that calls ``__netif_rx``, or that never turns bottom halves off; 5.15's
``xmit_calls_netif_rx`` "__netif_rx".
"""

from __future__ import annotations

import errno
import inspect
import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from recorded import runs

from lomodel import cli, scenario
from lomodel.linux.include.linux.net import SOCK_DGRAM
from lomodel.linux.include.linux.socket import AF_INET
from lomodel.linux.net.core.dev import netif_rx
from lomodel.linux.net.core.dev_ioctl import set_up
from lomodel.linux.net.core.skbuff import alloc_skb, skb_put
from lomodel.linux.net.socket import sendto, socket_create
from lomodel.machine import Machine
from lomodel.release import DEFAULT, FACTS, RELEASES, Release, release_of

SERIES = ("5.14", "5.15", "6.1", "6.6", "6.12")
RECORDED = ("6.1", "6.12", "6.18")


def number(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


@dataclass(frozen=True)
class Change:
    """A commit that gave a fact another value: in mainline with ``mainline``, and in stable series
    with a patch level."""

    fact: str
    old: Any
    new: Any
    mainline: str
    commit: str
    stable: dict[str, int] = field(default_factory=dict)

    def level(self, series: str) -> int | None:
        """The first patch level of a series that has it; None where it has not come."""
        if number(self.mainline) <= number(series):
            return 0
        return self.stable.get(series)


EINVAL, EMSGSIZE, ENETDOWN, ENOMEM = errno.EINVAL, errno.EMSGSIZE, errno.ENETDOWN, errno.ENOMEM
PMTU = {"5.15": 179, "6.1": 129, "6.6": 78, "6.12": 14}
LIMIT = {"5.15": 222, "6.1": 189, "6.6": 158, "6.12": 111}
# In the order of mainline, for each fact.
HISTORY = (
    Change(
        "gso_length_limit",
        "none",
        "device",
        "6.7",
        "24ab059d2ebd",
        {"5.15": 146, "6.1": 70, "6.6": 9},
    ),
    Change("gso_length_limit", "device", "family", "6.12", "e609c959a939", {"6.6": 55}),
    Change("has_gso_ipv4_max_size", False, True, "6.3", "9eefedd58ae1"),
    Change("udp_l4_needs_csum", False, True, "6.11", "2b2bc3bab158"),
    Change(
        "xmit_down_errno",
        ENETDOWN,
        ENOMEM,
        "7.0",
        "7aa767d0d3d0",
        {"5.15": 202, "6.1": 165, "6.6": 128, "6.12": 75},
    ),
    Change("bad_gso_header_einval", False, True, "7.1", "7fb4c1967011", {"6.12": 114}),
    Change(
        "tcp_min_gso_size",
        1,
        8,
        "7.2",
        "c27c449d455a",
        {"5.15": 221, "6.1": 188, "6.6": 157, "6.12": 110},
    ),
    Change("netif_rx_disables_bh", False, True, "5.18", "baebdf48c360"),
    Change("xmit_calls_netif_rx", "netif_rx", "__netif_rx", "5.18", "baebdf48c360"),
    Change("noop_counts_drop", False, True, "6.11", "net_sched, 29 May 2024"),
    Change("mac_same_skips_ndo", False, True, "6.5", "net, June 2023"),
    Change("otherhost_counter", False, True, "5.19", "net, April 2022"),
    Change("backlog_down_softnet", True, False, "6.10", "net, March 2024"),
    Change(
        "udp_max_segments", 64, 128, "6.9", "1382e3b6a350", {"5.15": 167, "6.1": 107, "6.6": 29}
    ),
    Change("udp_gso_counts_payload", False, True, "5.16", "158390e45612", {"5.15": 13}),
    Change("udp_gso_fits_payload", False, True, "6.14", "235174b2bed8", PMTU),
    Change("udp_gso_too_long", EINVAL, EMSGSIZE, "6.14", "235174b2bed8", PMTU),
    Change("udp_gso_needs_partial", True, False, "6.11", "10154dbded6d"),
    Change("udp_gso_whole_without_sum", True, False, "6.11", "30b03f2a0592"),
    Change("ip6_mtu_limited", True, False, "5.15", "427faee167bc"),
    Change("ip6_mtu_limited", False, True, "7.2", "199271ebc71c", LIMIT),
    Change("udp6_mtu_limited", False, True, "7.2", "0ae10b6be49b", {"6.6": 158, "6.12": 111}),
    Change("packet_page_order", 0, 3, "6.6", "ae6db08f8b56"),
    Change("virtio_udp_l4", False, True, "6.2", "860b7f27b8f7"),
    Change("virtio_csum_start_checked", False, True, "6.12", "49d14b54a527", {"6.6": 55}),
    Change("tap_tells_gso_tcp", False, True, "6.3", "net, January 2023"),
    Change("skb_small_head", 0, 640, "6.3", "bf9f1baa279f"),
    Change("ip_counts_transmits", False, True, "6.7", "b4a11b2033b7", {"6.6": 24}),
    Change("lo_name_assign_type", 0, 2, "6.1", "31d929de5a11", {"5.15": 85}),
    Change("netdev_state", (), ("ethtool_netdev_state",), "6.11", "net, June 2024"),
    Change("lstats_owner", "driver", "core", "6.10", "net, 29 April 2024"),
    Change("core_stats_percpu", False, True, "5.18", "625788b58445"),
    Change("for_each_cpu", "cpumask_next", "for_each_set_bit", "6.1", "33e67710beda"),
    Change("has_tso_max_size", False, True, "6.0", "14d7b8122fd5"),
    Change("mangleid_features", False, True, "7.0", "31c5a71d982b", {"6.12": 81}),
    Change(
        "blackhole_neigh",
        False,
        True,
        "6.14",
        "0e4427f8f587",
        {"5.15": 179, "6.1": 130, "6.6": 81, "6.12": 18},
    ),
    Change("rename_while_up", False, True, "6.2", "bd039b5ea2a9"),
    Change("has_pre_uninit", False, True, "6.2", "net, November 2022"),
    Change("kernel_lo_proto", 0, 1, "5.18", "net, February 2022"),
)


def history(fact: str) -> list[Change]:
    return [change for change in HISTORY if change.fact == fact]


def expected(fact: str, series: str, patch: int) -> Any:
    """What the history gives a fact in a patch level; the value of 5.14 where nothing changed."""
    value = getattr(RELEASES["5.14"], fact)
    for change in history(fact):
        level = change.level(series)
        if level is not None and level <= patch:
            assert value == change.old, (fact, series, patch)
            value = change.new
    return value


def wrong(release: Release) -> list[str]:
    """The facts of a table that its history does not give."""
    return [
        fact
        for fact in FACTS
        if getattr(release, fact) != expected(fact, release.name, release.patch)
    ]


@pytest.mark.parametrize("name", SERIES)
def test_the_table_is_what_the_history_gives(name: str) -> None:
    assert wrong(RELEASES[name]) == []


@pytest.mark.parametrize("name", ["5.15", "6.6"])
@pytest.mark.parametrize("fact", FACTS)
def test_a_wrong_table_is_found(name: str, fact: str) -> None:
    release = RELEASES[name]
    value = getattr(release, fact)
    other = not value if isinstance(value, bool) else value + "x" if isinstance(value, str) else -1
    assert wrong(replace(release, **{fact: other})) == [fact]


@pytest.mark.parametrize("name", SERIES)
def test_what_other_patch_levels_have(name: str) -> None:
    """``earlier`` is the history again: in each patch level, every fact."""
    release = RELEASES[name]
    for patch in range(release.patch + 1):
        there = release.at(patch)
        assert there.patch == patch and there.name == name
        assert {fact: getattr(there, fact) for fact in FACTS} == {
            fact: expected(fact, name, patch) for fact in FACTS
        }, (name, patch)


@pytest.mark.parametrize("name", RELEASES)
def test_an_entry_is_about_a_fact_and_changes_it(name: str) -> None:
    release = RELEASES[name]
    assert set(release.read or ()) <= set(FACTS)
    assert all(each.since > release.patch for each in release.later)
    after = {fact: getattr(release, fact) for fact in FACTS}
    for entry in (*release.later, *reversed(release.earlier)):
        assert entry.value != after[entry.field], entry
        if entry in release.earlier:
            after[entry.field] = entry.value


def test_a_fact_that_the_neighbours_agree_in_is_the_same_between_them() -> None:
    """Unless a change and its revert are known, or a change that this series took over and the
    later one did not. A list of structs may grow twice."""
    names = list(RELEASES)
    for before, name, after in zip(names, names[1:], names[2:], strict=False):
        for fact in FACTS:
            low, value, high = (getattr(RELEASES[each], fact) for each in (before, name, after))
            if low == high != value:
                changes = history(fact)
                if name in changes[0].stable:
                    continue
                assert len(changes) > 1, (name, fact)
            between = isinstance(value, tuple) and set(low) <= set(value) <= set(high)
            assert between or value in (low, high), (name, fact)


@pytest.mark.parametrize("name", RECORDED)
def test_the_recorded_patch_level(name: str) -> None:
    """A table stands for the very kernel that was recorded."""
    lines = (json.loads(line) for _, line in runs.lines(name))
    kernels = {line["kernel"] for line in lines if "kernel" in line}
    assert {kernel.partition("-")[0] for kernel in kernels} <= {RELEASES[name].version}


def test_every_table_says_what_it_rests_on() -> None:
    for release in RELEASES.values():
        assert release.basis and release.version.startswith(release.name)
        assert release.basis in release.rests_on
        assert all(fact in release.rests_on for fact in release.inferred)
    assert RELEASES["6.18"].inferred == () != RELEASES["5.15"].inferred
    assert "udp_max_segments" not in RELEASES["6.6"].inferred
    assert "sysctl_mem_max" in RELEASES["6.6"].inferred


def test_the_default_is_named_and_not_the_last_of_the_table() -> None:
    assert DEFAULT == "6.18" and DEFAULT in RELEASES
    for function in (Machine, scenario.Player, scenario.play):
        assert inspect.signature(function).parameters["release"].default == DEFAULT
    assert cli._parser().parse_args(["predict"]).release == DEFAULT
    assert sorted(RELEASES, key=number) == list(RELEASES)


# --- which table stands for a kernel --------------------------------------------------------------


@pytest.mark.parametrize(
    ("uname", "release", "exactness", "said"),
    [
        ("6.18.44", "6.18", "same", "recordings of 6.18.44"),
        ("6.1.192", "6.1", "same", "this very version"),
        ("6.18.44-fc-v657", "6.18", "build", "the very patch level; its builder"),
        (
            "6.18.0-rc1+",
            "6.18",
            "series",
            "differs in xmit_down_errno, mangleid",
        ),
        ("6.18.50", "6.18", "series", "is newer"),
        ("6.18.53", "6.18", "series", "differs in tcp_min_gso_size, ip6_mtu_limited, udp6"),
        ("6.12.116", "6.12", "series", "no difference of 6.12.116 is known"),
        ("6.12.113", "6.12", "series", "differs in bad_gso_header_einval"),
        ("6.1.106", "6.1", "series", "tcp_min_gso_size, udp_max_segments, udp_gso_fits"),
        ("6.1.0-32-amd64", "6.1", "build", "is not in its name, and gso_length_limit"),
        ("6.12.117+deb13-amd64", "6.12", "build", "the very patch level"),
        ("5.14.0-427.el9.x86_64", "5.14", "build", "may have patched more"),
        ("5.15.0-91-generic", "5.15", "build", "blackhole_neigh depend on it"),
        ("6.6.87.2-microsoft-standard-WSL2", "6.6", "build", "differs in xmit_down_errno"),
        ("6.17.3", "6.12", "none", "no table of Linux 6.17.3; the nearest older one"),
        ("7.0", "6.18", "none", "the nearest older one"),
        ("5.10.13", "5.14", "none", "the oldest one"),
    ],
)
def test_release_of(uname: str, release: str, exactness: str, said: str) -> None:
    choice = release_of(uname)
    assert (choice.release, choice.exactness) == (release, exactness)
    assert said in choice.remark and RELEASES[release].basis in choice.remark


def test_a_name_that_is_no_version() -> None:
    with pytest.raises(
        ValueError, match="'linux' is no kernel's version; expected one as 6.12.117"
    ):
        release_of("linux")


# --- what a trace calls ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", RELEASES)
def test_a_trace_calls_what_the_release_has(name: str) -> None:
    net = Machine(name).new_net()
    set_up(net.loopback_dev, True)
    with net.machine.trace() as trace:
        sendto(socket_create(net, AF_INET, SOCK_DGRAM), b"abc", "127.0.0.1", 7000)
    functions = trace.functions()
    called = functions[functions.index("loopback_xmit") :]
    other = {"netif_rx": "__netif_rx", "__netif_rx": "netif_rx"}[RELEASES[name].xmit_calls_netif_rx]
    assert RELEASES[name].xmit_calls_netif_rx in called and other not in functions
    events = [name for name, _ in trace.events()]
    at = events.index("netif_rx_entry")
    assert events[at : at + 3] == ["netif_rx_entry", "netif_rx", "netif_rx_exit"]


@pytest.mark.parametrize("name", RELEASES)
def test_netif_rx_is_a_function_of_its_own(name: str) -> None:
    """In no release does it call ``__netif_rx``. Since 5.18 it turns bottom halves off, and their
    return lets the packet in before it returns itself."""
    net = Machine(name).new_net()
    lo = net.loopback_dev
    set_up(lo, True)
    skb = alloc_skb(0, 46)
    skb_put(skb, 46)
    skb.dev, skb.protocol = lo, 0x1234
    with net.machine.trace() as trace:
        netif_rx(skb)
    functions = trace.functions()
    assert functions[:2] == ["netif_rx", "netif_rx_internal"] and "__netif_rx" not in functions
    assert ("process_backlog" in functions) == (name not in ("5.14", "5.15"))
