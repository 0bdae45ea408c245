"""Predictions of the page about the form that ``gen_lo_setup`` fills in."""

from __future__ import annotations

from lomodel.explore.prediction import Choice, Number, Played, Prediction, Reckoned
from lomodel.figures.form import stages
from lomodel.linux.include.uapi.linux.if_arp import ARPHRD_LOOPBACK
from lomodel.machine import Machine
from lomodel.predictions._steps import SHOW, UP, mtu, udp
from lomodel.scenario import Observed

NUMBER = (1, 3)
TITLE = "The form, field by field"

LONGEST = 65507
"""Bytes of payload: one more does not fit the length field of an IPv4 header."""
GREATEST = 2**31 - 1
"""The largest int of C."""


def longest_packet(observed: Observed) -> int:
    """The bytes of the longest packet that was sent, where one byte more was refused.

    ValueError where the steps do not show that it is the longest.
    """
    *_, fitting, refused = observed
    if refused["error"] != "EMSGSIZE":
        raise ValueError(f"one byte more: {refused['error'] or 'sent'}, expected EMSGSIZE")
    return int(fitting["stats"]["tx_bytes"])


def answered(observed: Observed) -> str:
    """What became of a new MTU: taken, taken in part, or refused."""
    asked, shown = observed
    if asked["error"]:
        return "refused"
    return "taken" if shown["mtu"] == GREATEST else "cut"


def of_that_type(release: str) -> int:
    """The devices of lo's type in a machine that has booted, the one in no list included."""
    machine = Machine(release)
    everyone = [*machine.init_net.dev_base_head, machine.blackhole_netdev]
    return sum(dev.type == ARPHRD_LOOPBACK for dev in everyone)


def writer(release: str) -> str:
    """Who wrote the queue's length: when was it there for the first time?

    The blackhole device has been allocated and was never registered.
    """
    before, after, _ = (dev.tx_queue_len for dev in stages("lo", release).values())
    if before:
        return "before"
    if after:
        return "setup"
    return "alloc" if Machine(release).blackhole_netdev.tx_queue_len else "register"


PREDICTIONS = (
    Prediction(
        name="longest-packet",
        title="the longest packet",
        question="The MTU of `lo` is 65536. How many bytes, with its IPv4 header, does the longest "
        "packet have that IPv4 can send over it?",
        kind=Number("bytes", 1, 100000),
        source=Played((UP, udp(LONGEST), udp(LONGEST + 1)), longest_packet),
        expected=65535,
        why="The length field of an IPv4 header has 16 bits and counts the header too, so it ends "
        "at 65535. The last byte of the MTU is out of reach.",
    ),
    Prediction(
        name="greatest-mtu",
        title="a very large MTU",
        question="`ip link set lo mtu 2147483647`: what happens?",
        kind=Choice(
            {
                "taken": "it is accepted",
                "cut": "it is accepted, and the MTU becomes 65536",
                "refused": "it is refused with `EINVAL`",
            }
        ),
        source=Played((mtu(GREATEST), SHOW), answered),
        expected="taken",
        why="`dev_validate_mtu` compares with `min_mtu` and `max_mtu`. Nobody has filled them in, "
        "and a `max_mtu` of 0 means no limit.",
    ),
    Prediction(
        name="of-its-type",
        title="devices of one type",
        question="A machine has booted, and nobody has made a namespace. How many of its devices "
        "have the type of `lo`?",
        kind=Number("devices", 0, 64),
        source=Reckoned(
            of_that_type,
            "A kernel shows a program the devices that are registered, and no others.",
        ),
        expected=2,
        why="`lo`, and the blackhole device, where packets end whose route has become invalid. "
        "`gen_lo_setup` fills in the form for both. The second is in no list and has no index.",
    ),
    Prediction(
        name="queue-length",
        title="the length of the queue",
        question="`ip link show lo` prints `qlen 1000`. Who wrote the 1000?",
        kind=Choice(
            {
                "before": "`alloc_netdev_mqs`, before it calls setup",
                "setup": "`gen_lo_setup`",
                "alloc": "`alloc_netdev_mqs`, after setup",
                "register": "`register_netdevice`",
            }
        ),
        source=Reckoned(
            writer,
            "A program sees a device only when it is registered, with the 1000 in place.",
        ),
        expected="alloc",
        why="Setup leaves `tx_queue_len` at 0. When it is back, `alloc_netdev_mqs` writes the "
        "default wherever it finds a 0, and marks the device as one without a queue.",
    ),
)
