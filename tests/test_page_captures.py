"""The page about captures of lo: its picture, its explorer in every state, one option of a kernel.

Seen red: an ear at the first function above the tap, not the nearest; a picture without the softirq
as context; verdicts of the outgoing frames in tcpdump's list; a challenge that a ping meets; a
frame's length compared with the MTU alone; a martian source expected where the destination is
asked first.
"""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from lomodel.explorers import _ears
from lomodel.explorers.ears import EXPLORER
from lomodel.figures import ears
from lomodel.scenario import play

IGNORE_OUTGOING = """
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("127.0.0.1", 9))  # lo is up
tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
tap.bind(("lo", 3))
tap.setsockopt(263, 23, 1)  # SOL_PACKET, PACKET_IGNORE_OUTGOING
inbox = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
inbox.bind(("127.0.0.1", 7000))
inbox.sendto(bytes(100), ("127.0.0.1", 7000))
tap.settimeout(0.3)
try:
    while True:
        frame, address = tap.recvfrom(2000)
        print(address[2], len(frame), frame[40:42].hex())
except TimeoutError:
    pass
"""

MARTIAN = """
import socket
def counted():
    names, *rows = open("/proc/net/stat/rt_cache").read().splitlines()
    columns = zip(names.split(), zip(*(row.split() for row in rows)))
    return {name: sum(int(each, 16) for each in column) for name, column in columns}
frame = bytes.fromhex(
    "000000000000000000000000080045000021000040004011"
    "3cca7f0000017f0000011b591b59000d00004142434445"
)
tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
tap.bind(("lo", 0))
for name in "", "route_localnet":
    if name:
        with open(f"/proc/sys/net/ipv4/conf/lo/{name}", "w") as setting:
            setting.write("1")
    before = counted()
    tap.send(frame)
    after = counted()
    print(*(n for n in ("in_martian_dst", "in_martian_src") if after[n] > before[n]))
"""


def test_where_the_ears_are() -> None:
    places = ears.way()
    assert [place.name for place in places] == list(ears.SHOWN)
    heard = {place.name: place.hears for place in places if place.hears}
    assert heard == {
        "dev_queue_xmit_nit": ("outgoing", 4042),
        "__netif_receive_skb": ("host", 4042),
    }
    layers = {place.name: place.layer for place in places}
    assert layers["loopback_xmit"] == "device" and layers["ip_output"] == "protocol"
    assert layers["dev_queue_xmit_nit"] == "core"
    assert layers["process_backlog"] == layers["ip_rcv"] == "receiver"


def test_the_picture_says_what_it_shows() -> None:
    picture = ears.ears()
    assert picture.html.count("<p>") == 2 and picture.html.count("4042 bytes") == 2
    for name in ears.SHOWN:
        assert name in picture.text and f"<code>{name}</code>" in picture.html
    down, up = picture.html.index("dev_queue_xmit_nit"), picture.html.index("__netif_receive_skb")
    assert down < picture.html.index("lo-ears-leg up") < up


@pytest.mark.parametrize(
    "state, frames, listed, order, says",
    [
        ({}, 2, 1, "outgoing, host", "1 × bad udp cksum"),
        ({"tx-udp-segmentation": False}, 6, 3, "3 × outgoing, 3 × host", "3 × bad udp cksum"),
        ({"packet": "ping"}, 4, 2, "outgoing, host, outgoing, host", "–"),
        ({"packet": "tcp"}, 2, 1, "outgoing, otherhost", "1 × cksum ... incorrect"),
        ({"packet": "long"}, 6, 3, ", ".join(["outgoing, host"] * 3), "–"),
        ({"packet": "long", "mtu": 65536}, 2, 1, "outgoing, host", "1 × bad udp cksum"),
        ({"tap": False}, 0, 0, "–", "–"),
    ],
)
def test_known_states(state: dict, frames: int, listed: int, order: str, says: str) -> None:
    slots = EXPLORER.run(state)
    assert (slots["value:frames"], slots["value:listed"]) == (frames, listed)
    assert (slots["value:order"], slots["value:says"]) == (order, says)


def test_a_listing_has_class_and_bytes_in_order() -> None:
    cut, long = EXPLORER.run({"tx-udp-segmentation": False}), EXPLORER.run({"packet": "long"})
    assert cut["value:listing"] == "outgoing 2 × 1442, 1242; host 2 × 1442, 1242"
    assert long["value:listing"].startswith("outgoing 1514; host 1514; outgoing 1514; ")


def test_every_state() -> None:
    lit, parts, met = set(), set(_ears.union()[1].values()), []
    for state in EXPLORER.states():
        slots = EXPLORER.run(state)
        frames, packets = slots["value:frames"], slots["value:packets"]
        assert frames == (2 * packets if state["tap"] else 0)
        assert slots["value:listed"] == frames // 2
        unwanted = state["packet"] == "unknown" and not state["tap"]
        assert slots["value:dropped"] == unwanted and ("rx_dropped" in slots["summary"]) == unwanted
        bad = sum(int(word) for word in slots["value:says"].split() if word.isdigit())
        partial = slots["value:sums"].partition(" × pseudo-header")
        assert 2 * bad == (int(partial[0].split()[-1]) if partial[1] else 0)
        if "met" in slots:
            met.append((state["packet"], state["mtu"]))
            assert not bad and state["tap"]
        if "passes an MTU" in slots["summary"]:
            assert state["packet"] in ("riddle", "riddle6", "tcp") and packets == 1
        lit |= {name.removeprefix("part:") for name in slots if name.startswith("part:")}
    assert lit == parts
    assert set(met) == {("long", 1500)}


def test_a_state_with_a_tap_ends_with_what_it_captured() -> None:
    steps = EXPLORER.steps(EXPLORER.initial())
    assert len(play(steps)[-1]["frames"]) == 2
    assert not any(
        step["do"] == "tap" for step in EXPLORER.steps(EXPLORER.initial() | {"tap": False})
    )


def in_a_namespace(*command: str) -> str:
    """What a command prints in a network namespace of its own with a lo that is up."""
    inside = ["unshare", "-rn", "sh", "-c", 'ip link set lo up; exec "$@"', "sh", *command]
    try:
        return subprocess.run(inside, capture_output=True, text=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no namespace of one's own on this machine: {error}")


@pytest.mark.skipif(not hasattr(socket, "AF_PACKET"), reason="no packet sockets")
def test_ignore_outgoing_leaves_one_ear() -> None:
    out = in_a_namespace(sys.executable, "-c", IGNORE_OUTGOING)
    kept = [line for line in out.splitlines() if line.split()[1] == "142"]
    assert kept == ["0 142 fe7f"]


@pytest.mark.skipif(not hasattr(socket, "AF_PACKET"), reason="no packet sockets")
def test_a_martian_is_a_destination_first() -> None:
    """The counters are the whole machine's, so somebody else's martian may be among them."""
    first, second = in_a_namespace(sys.executable, "-c", MARTIAN).splitlines()
    assert "in_martian_dst" in first and "in_martian_src" in second
