"""Hypothesis strategies: valid scenarios, drawn towards the places where something changes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from lomodel.contract import TCP_PAYLOAD_MAX

Step = dict[str, Any]

FAMILIES = st.sampled_from(["inet", "inet6"])
IP_AND_UDP = {"inet": 28, "inet6": 48}
#: What user space can change of lo, and some that it cannot.
CHANGEABLE = [
    "rx-gro",
    "rx-gro-list",
    "rx-udp-gro-forwarding",
    "tx-generic-segmentation",
    "tx-gso-list",
    "tx-sctp-segmentation",
    "tx-tcp-ecn-segmentation",
    "tx-tcp-mangleid-segmentation",
    "tx-tcp-segmentation",
    "tx-tcp6-segmentation",
    "tx-udp-segmentation",
]
FIXED = ["tx-scatter-gather", "highdma", "rx-checksum", "tx-gso-robust", "vlan-challenged"]
FIXED += ["tx-nocache-copy", "loopback", "tx-gso-partial", "rx-lro"]
MTUS = [-1, 0, 1, 67, 68, 69, 100, 150, 228, 296, 576, 1279, 1280, 1281, 1492, 1500, 9000]
MTUS += [16384, 65535, 65536, 65537, 70000, 2**31 - 1]
ADDRESSES = ["00:00:00:00:00:00", "02:00:00:00:00:01", "02:00:00:00:00:99", "01:00:5e:00:00:01"]
ADDRESSES += ["ff:ff:ff:ff:ff:ff", "fe:00:00:00:00:01"]
ETHERTYPES = [0, 1, 4, 46, 1500, 1535, 1536, 2048, 2054, 33024, 34525, 34887, 34984, 34997, 65535]
#: More packets than this from one step would only make it slow.
MOST_PACKETS = 1200


def around(values: list[int], low: int, high: int) -> st.SearchStrategy[int]:
    """Those values, their neighbours, and now and then any other; from `low` to `high`."""
    known = [value for value in values if low <= value <= high] or [low]
    near = st.tuples(st.sampled_from(known), st.integers(-9, 9)).map(sum)
    clamped = near.map(lambda value: min(max(value, low), high))
    return st.one_of(st.sampled_from(known), clamped, clamped, st.integers(low, high))


def links() -> st.SearchStrategy[tuple[str, Any]]:
    """A change of lo itself."""
    return st.one_of(
        st.tuples(st.just("up"), st.booleans()),
        st.tuples(st.just("mtu"), st.sampled_from(MTUS)),
        st.tuples(st.just("mtu"), st.integers(68, 70000)),
        st.tuples(st.just("address"), st.sampled_from(ADDRESSES)),
        st.just(("delete", True)),
    )


def features() -> st.SearchStrategy[Step]:
    """One call that turns features on and off."""
    names = st.sampled_from(CHANGEABLE * 3 + FIXED)
    wanted = st.dictionaries(names, st.booleans(), max_size=5)
    return wanted.map(lambda names: {"do": "features", "set": names})


@st.composite
def udps(draw: st.DrawFn, mtu: int) -> Step:
    """One datagram send; its payload likes the MTU, the segment size and the limits."""
    family = draw(FAMILIES)
    fits = mtu - IP_AND_UDP[family]
    size = draw(st.none() | around([0, 1, 10, 500, 1000, 1400, fits, 65535], 0, 65540))
    marks = [0, 1, 100, fits, 2 * fits, 65507, 65527, 65494, 65474, 24568]
    if size:
        marks += [size, 2 * size, 3 * size, 64 * size, 128 * size]
    payload = draw(around(marks, 0, 65600))
    step = {"do": "udp", "family": family, "payload": payload, "gso_size": size}
    if draw(st.booleans()):
        step["pmtudisc"] = draw(st.sampled_from(["dont", "want", "do"]))
    if draw(st.integers(0, 3)) == 0:
        step["listening"] = draw(st.booleans())
    return step


@st.composite
def pings(draw: st.DrawFn, mtu: int) -> Step:
    """One echo request."""
    family = draw(FAMILIES)
    fits = mtu - IP_AND_UDP[family]
    payload = draw(around([0, 56, fits, 2 * fits, 3 * fits, 65507, 65488, 65527], 0, 65600))
    return {"do": "ping", "family": family, "payload": payload}


@st.composite
def frames(draw: st.DrawFn, mtu: int) -> Step:
    """One raw frame."""
    return {
        "do": "frame",
        "dst": draw(st.sampled_from(["zero", "other", "broadcast", "multicast"])),
        "ethertype": draw(st.sampled_from(ETHERTYPES) | st.integers(0, 65535)),
        "payload": draw(around([0, 1, 4, 46, mtu], 0, 70000)),
    }


@st.composite
def tcp_frames(draw: st.DrawFn, mtu: int) -> Step:
    """One TCP packet with a virtio header; not cut into more than the backlog and some."""
    family = draw(FAMILIES)
    fits = mtu - IP_AND_UDP[family] - 12
    size = draw(st.none() | around([0, 1, 8, 100, 1000, 1448, 1460, 65535], 0, 65535))
    limit = TCP_PAYLOAD_MAX[family]
    if size:
        limit = min(limit, MOST_PACKETS * size)
    marks = [0, 1, fits, 4000, 65482, 65462, limit] + [(size or 0) * n for n in (1, 2, 3, 45, 1001)]
    flags = draw(st.sampled_from([0, 2, 16, 17, 24, 0x98, 0xC2]) | st.integers(0, 255))
    return {
        "do": "tcp_frame",
        "family": family,
        "payload": draw(around(marks, 0, limit)),
        "gso_size": size,
        "flags": flags,
    }


def _sends(mtu: int) -> st.SearchStrategy[Step]:
    return st.one_of(udps(mtu), udps(mtu), pings(mtu), frames(mtu), tcp_frames(mtu))


@st.composite
def steps(draw: st.DrawFn, most: int = 7) -> list[Step]:
    """The steps of one scenario; nearly always lo is brought up first."""
    played: list[Step] = [{"do": "link", "up": True}] if draw(st.integers(0, 7)) else []
    mtu = 65536
    for _ in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from(["send"] * 5 + ["link"] * 2 + ["features"] * 2 + ["show"]))
        if kind == "link":
            what, value = draw(links())
            played.append({"do": "link", what: value})
            mtu = value if what == "mtu" and value >= 68 else mtu
        elif kind == "send":
            played.append(draw(_sends(min(mtu, 70000))))
        else:
            played.append(draw(features()) if kind == "features" else {"do": "show"})
    return played
