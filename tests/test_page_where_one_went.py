"""The page about where ::1 went: its map, and its explorer in every state.

Seen red: a longer MTU taken for a way back; a way tried before the door; a way out that is not
played; the sentence about IPv6's own MTU said at 65536; a challenge that lo meets while it is
down; a union of one change only; EADDRNOTAVAIL whatever the other devices have.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from lomodel.explorers import doors as explorer
from lomodel.figures import doors

EXPLORER = explorer.EXPLORER
V4, V6 = "127.0.0.1/8", "::1/128"
FOUR = tuple(way.typed for way in doors.WAYS)


@pytest.mark.parametrize("release", ["6.1", "6.12", "6.18"])
def test_what_the_map_shows(release: str) -> None:
    down, setting, short, removed = doors.played(release)
    assert {door.left for door in (down, setting, short, removed)} == {(V4,)}
    assert down.undone and setting.undone and not (down.back or setting.back)
    assert not short.undone and (short.back, short.vain) == (FOUR, ())
    assert (removed.undo, removed.back, removed.vain) == ("", FOUR[:3], ("multicast on",))


def test_the_map_says_it_in_html_and_in_text() -> None:
    shown = doors.doors()
    assert shown.html.count('class="door"') == shown.html.count("<s>") == 4
    assert shown.text.count("::1 is back") == 2 and shown.text.count("::1 stays away") == 1
    for way in FOUR:
        assert f"<code>{way}</code>" in shown.html and way in shown.text


ALL_WELL = {"bind": "bound", "connect": "connected", "send": "1300 bytes", "read": "1300"}
GONE = dict.fromkeys(("bind", "connect", "send"), "EADDRNOTAVAIL") | {"read": "EAGAIN"}


@pytest.mark.parametrize(
    "changes, values",
    [
        ((), ALL_WELL | {"mtu6": 65536, "frames": 1}),
        (("down", "up"), ALL_WELL),
        (("1000", "65536"), GONE | {"mtu6": "ENOTCONN", "last": "done"}),
        (("1000", "65536", "up"), GONE),
        (("1000", "65536", "multicast"), ALL_WELL),
        (("remove", "multicast"), GONE),
        (("1000", "add"), ALL_WELL | {"mtu": 1000, "mtu6": 65536, "frames": 1}),
        (("1000", "add", "multicast"), GONE),
        (("off", "on"), ALL_WELL),
        (("off", "add"), GONE | {"last": "EACCES"}),
        (("off", "down", "up"), GONE),
        (("add",), ALL_WELL | {"last": "EEXIST"}),
        (("down", "add"), ALL_WELL | {"read": "EAGAIN", "frames": 0}),
        (("down", "add", "up"), ALL_WELL),
    ],
)
def test_known_states(changes: tuple[str, ...], values: dict) -> None:
    slots = EXPLORER.run(dict(zip(explorer.CONTROLS, changes, strict=False)))
    assert {name: slots[f"value:{name}"] for name in values} == values


def test_what_the_last_change_called_is_lit() -> None:
    off, add, remove, raised = (
        EXPLORER.run(state)
        for state in (
            {"first": "off"},
            {"first": "1000", "second": "add"},
            {"first": "remove"},
            {"first": "1000", "second": "65536"},
        )
    )
    assert "part:dev_disable_change" in off and "part:addrconf_ifdown~2" in off
    assert "part:inet6_rtm_newaddr" in add and "part:inet6_rtm_deladdr" in remove
    assert "part:init_loopback" not in raised and "part:addrconf_notify" in raised


def test_every_state() -> None:
    parts, lit = set(explorer.union()[1].values()), set()
    for state in EXPLORER.states():
        slots = EXPLORER.run(state)
        there, up = V6 in slots["value:found"], slots["value:up"] == "up"
        works = slots["value:read"] == "1300"
        assert V4 in slots["value:found"]
        assert (slots["value:bind"] == "bound") == there == (slots["value:connect"] == "connected")
        assert works == (there and up) == (slots["value:frames"] == 1)
        assert ("met" in slots) == (works and slots["value:mtu"] == 1000)
        assert slots["value:mtu6"] == (65536 if there else "ENOTCONN")
        said = slots["summary"]
        assert ("without ::1" in said) != there and ("has not heard" in said) == ("met" in slots)
        assert ("fails with" in said) == (slots["value:last"] != "done")
        lit |= {name.removeprefix("part:") for name in slots if name.startswith("part:")}
    assert lit == parts


def in_a_namespace(*lines: str) -> list[str]:
    """The words that lines for a shell print in a network namespace of their own."""
    ran = ["unshare", "-rn", "sh", "-c", "\n".join(lines)]
    try:
        done = subprocess.run(ran, capture_output=True, text=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no namespace of one's own, or no ip, on this machine: {error}")
    return done.stdout.split()


def typed(*lines: str) -> list[str]:
    """lo's addresses after what is typed, on this machine."""
    return in_a_namespace("ip link set lo up", *lines, "ip -br addr show lo")[2:]


BACK = ("ip link set lo mtu 1279", "ip link set lo mtu 65536")


@pytest.mark.parametrize(
    "line, brings",
    [("ip link set lo up", False), ("ip link set lo multicast on", True),
     ("ip link set lo multicast off", False), ("ip link set lo alias x", True),
     ("ip link set lo promisc on", False), ("ip link set lo mtu 65535", False)],
)  # fmt: skip
def test_this_kernel_after_a_short_mtu(line: str, brings: bool) -> None:
    """What no step says, and what a reader would type first."""
    assert typed(*BACK, line) == ([V4, V6] if brings else [V4])


def test_root_without_net_admin_has_the_setting_only() -> None:
    """Exercise 2: the file belongs to the namespace's root."""
    path = "/proc/sys/net/ipv6/conf/lo/disable_ipv6"
    without = "setpriv --bounding-set=-net_admin --inh-caps=-net_admin sh -c"
    ip = "ip addr add ::1/128 dev lo; ip link set lo multicast on; ip link set lo down"
    assert typed(*BACK, f"{without} '{ip}; ip link set lo up' || true") == [V4]
    assert typed(*BACK, f"{without} 'echo 1 > {path}; echo 0 > {path}'") == [V4, V6]


CONNECT = """
import errno, socket
client = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
print(errno.errorcode.get(client.connect_ex(("::1", 9)), "connected"))
"""
VETH = ("ip link add v0 type veth peer v1", "ip link set v1 up", "ip link set v0 up")
NEAR = "ip addr add 2001:db8::1/64 dev v0 nodad"
FAR = "ip -6 route add default via 2001:db8::2 dev v0"


@pytest.mark.parametrize(
    "lines, said",
    [
        ((), "EADDRNOTAVAIL"),
        ((*VETH, NEAR), "ENETUNREACH"),
        ((*VETH, NEAR, FAR), "connected"),
    ],
)
def test_this_kernel_beside_another_device(lines: tuple[str, ...], said: str) -> None:
    """Without ::1 the error of a connect depends on what other devices have."""
    connect = f"{sys.executable} - <<'END'\n{CONNECT}END"
    assert in_a_namespace("set -e", "ip link set lo up", *BACK, *lines, connect)[-1] == said
