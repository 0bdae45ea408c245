"""The settings of the contract, and what `link` changes beyond version 1: limits, flags, the name.

Each expectation was played on Linux 6.18.44, too. Mutations that turned these red: a byte's
greatest value 256; ip_default_ttl from 0; ``all`` that leaves a device alone; a second error of a
step; a limit set again that moves IPv4's; the least limit 192; PROMISC counted twice; a device
called "default".
"""

from __future__ import annotations

from typing import Any

import pytest

from lomodel.linux.fs.proc.proc_sysctl import proc_sys_call_handler
from lomodel.scenario import Player

SHOW = {"do": "show", "more": True}
LIMITS = ("gso_max_size", "gso_max_segs", "gso_ipv4_max_size")


def played(*steps: dict[str, Any]) -> list[dict[str, Any]]:
    player = Player()
    return [player.step(step) for step in steps]


def sysctl(**settings: int) -> dict[str, Any]:
    return {"do": "sysctl", "set": {f"net.{name}": value for name, value in settings.items()}}


def link(**change: Any) -> dict[str, Any]:
    return {"do": "link", **change}


def taken(name: str, values: range | tuple[int, ...]) -> list[int]:
    seen = played(*({"do": "sysctl", "set": {f"net.{name}": value}} for value in values))
    assert {each["error"] for each in seen} <= {None, "EINVAL"}
    return [value for value, each in zip(values, seen, strict=True) if each["error"] is None]


EDGES = (-(2**31), -1, 0, 1, 2, 255, 256, 2**31 - 1, 2**31, 2**32 - 1)
INT = [-(2**31), -1, 0, 1, 2, 255, 256, 2**31 - 1]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ipv6.conf.all.disable_ipv6", INT),
        ("ipv6.conf.default.disable_ipv6", INT),
        ("ipv6.conf.lo.disable_ipv6", INT),
        ("ipv4.conf.all.route_localnet", INT),
        ("ipv4.conf.lo.accept_local", INT),
        ("ipv4.conf.lo.rp_filter", INT),
        ("ipv4.ip_default_ttl", [1, 2, 255]),
        ("ipv6.conf.lo.hop_limit", [1, 2, 255]),
        ("ipv4.ip_no_pmtu_disc", [0, 1, 2, 255]),
        ("ipv4.icmp_echo_ignore_all", [0, 1]),
        ("ipv4.icmp_echo_ignore_broadcasts", [0, 1]),
        ("ipv6.icmp.echo_ignore_all", [0, 1, 2, 255]),
        ("ipv6.bindv6only", [0, 1, 2, 255]),
    ],
)
def test_what_a_setting_takes(name: str, expected: list[int]) -> None:
    assert taken(name, EDGES) == expected


def test_settings_are_written_up_to_the_first_error() -> None:
    player = Player()
    settings = {"net.ipv4.ip_default_ttl": 9, "net.ipv4.icmp_echo_ignore_all": 2}
    step = {"do": "sysctl", "set": {**settings, "net.ipv6.bindv6only": 1}}
    assert player.step(step)["error"] == "EINVAL"
    assert player.net.ipv4.sysctl_ip_default_ttl == 9
    assert player.net.ipv6.sysctl_bindv6only == 0


def test_each_namespace_and_device_has_its_own() -> None:
    player = Player()
    net, other = player.net, player.machine.new_net()
    for step in (sysctl(**{"ipv4.conf.lo.rp_filter": 2}), sysctl(**{"ipv4.conf.all.rp_filter": 1})):
        assert player.step(step)["error"] is None
    assert (player.lo.ip_ptr.cnf.rp_filter, net.ipv4.devconf_all.rp_filter) == (2, 1)
    assert (other.loopback_dev.ip_ptr.cnf.rp_filter, other.ipv4.devconf_all.rp_filter) == (0, 0)


def test_a_device_is_found_by_its_name_of_today() -> None:
    player = Player()
    player.step(link(name="a.b"))
    assert player.step(sysctl(**{"ipv6.conf.lo.hop_limit": 9}))["error"] is None
    assert player.lo.ip6_ptr.cnf.hop_limit == 9
    for path in (("ipv4", "conf", "lo", "rp_filter"), ("ipv4", "nothing"), ("ipv5", "x")):
        with pytest.raises(FileNotFoundError):
            proc_sys_call_handler(player.net, ("net", *path), 0)


def test_without_ipv4_a_device_has_no_settings_of_it() -> None:
    seen = played(link(mtu=67), sysctl(**{"ipv4.conf.lo.rp_filter": 1}), link(mtu=68))
    assert [each["error"] for each in seen] == [None, "ENOENT", None]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], (65536, 65535, 65536)),
        ([("gso_max_size", 3000)], (3000, 65535, 3000)),
        ([("gso_max_size", 70000)], (70000, 65535, 65536)),
        ([("gso_ipv4_max_size", 70000)], (65536, 65535, 70000)),
        # 65536 is no change, and so IPv4's limit stays.
        ([("gso_ipv4_max_size", 3000), ("gso_max_size", 65536)], (65536, 65535, 3000)),
        ([("gso_max_segs", 0)], (65536, 0, 65536)),
    ],
)
def test_limits(changes: list[tuple[str, int]], expected: tuple[int, int, int]) -> None:
    *seen, shown = played(*(link(**{name: value}) for name, value in changes), SHOW)
    assert [each["error"] for each in seen] == [None] * len(changes)
    assert tuple(shown[name] for name in LIMITS) == expected
    assert (shown["tso_max_size"], shown["tso_max_segs"]) == (524280, 65535)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("gso_max_size", 192, "ERANGE"),
        ("gso_max_size", 193, None),
        ("gso_max_size", 524280, None),
        ("gso_max_size", 524281, "EINVAL"),
        ("gso_max_size", 2**32 - 1, "EINVAL"),
        ("gso_ipv4_max_size", 0, "ERANGE"),
        ("gso_ipv4_max_size", 524281, "EINVAL"),
        ("gso_max_segs", 65535, None),
        ("gso_max_segs", 65536, "EINVAL"),
    ],
)
def test_limits_that_are_refused(name: str, value: int, expected: str | None) -> None:
    assert played(link(**{name: value}))[0]["error"] == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, "EINVAL") for name in ("", ".", "..", "a/b", "a:b", "a b", "a\tb", "all")),
        *((name, None) for name in ("lo", "x", "a.b", "...", "fifteen-letters", "a\x1fb")),
        ("default", "EINVAL"),
    ],
)
def test_names(name: str, expected: str | None) -> None:
    changed, shown = played(link(name=name), SHOW)
    assert changed["error"] == expected
    assert shown["name"] == ("lo" if expected else name)


def test_a_refused_name_leaves_the_settings_where_they_were() -> None:
    seen = played(link(name="all"), sysctl(**{"ipv6.conf.lo.disable_ipv6": 1}))
    assert [each["error"] for each in seen] == ["EINVAL", None]


def test_flags_in_the_order_of_their_bits() -> None:
    flags = ("promisc", "allmulticast", "multicast")
    *_, shown = played(
        link(up=True), link(arp=False), *(link(**{name: True}) for name in flags), SHOW
    )
    assert shown["flags"] == [
        *("UP", "LOOPBACK", "RUNNING", "NOARP", "PROMISC", "ALLMULTI", "MULTICAST", "LOWER_UP")
    ]
    assert (shown["operstate"], shown["qdisc"]) == ("UNKNOWN", "noqueue")


def test_a_flag_is_taken_away_again_once() -> None:
    twice = [link(promisc=True), link(promisc=True), link(promisc=False)]
    *_, shown = played(*twice, SHOW)
    assert shown["flags"] == ["LOOPBACK"]
    assert (shown["operstate"], shown["qdisc"]) == ("DOWN", "noop")
    *_, shown = played(link(up=True), link(up=False), link(arp=False), link(arp=True), SHOW)
    assert (shown["flags"], shown["qdisc"]) == (["LOOPBACK"], "noqueue")
