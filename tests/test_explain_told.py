"""`lomodel.explain`: what is told beside who decided: settings, counters, words, and where to read.

What turned these red stands in tests/mutations, in the files that begin with ``explain``.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import pytest
from test_explain import NEW, none_at_all, scene_of

from lomodel import trace
from lomodel.contract import Step
from lomodel.contract.making import bind, connect, put, recv, send, sock
from lomodel.explain import Explanation, Told, explain
from lomodel.explain.calls import Decided, Span, before, refusal, span_of
from lomodel.explain.candidates import Change, Scene, changes
from lomodel.explain.findings import Finding
from lomodel.explain.played import Played, State, play_step
from lomodel.explain.sections import section
from lomodel.explain.told import ToldStep
from lomodel.explain.trial import MOST, Case, Help, Outcome, Purse, help_for, outcome_of
from lomodel.explain.words import operand
from lomodel.scenario import Player
from lomodel.trace import Call, Decision

UP: Step = {"do": "link", "up": True}
HOME = "127.0.0.1"
RECEIVER = (sock("r"), bind("r", HOME))


def told(steps: list[Step], kind: str) -> Told:
    """What is told of the last step that has a finding of that kind."""
    return [each for _, each in explain(steps) if each.found.kind == kind][-1]


@cache
def new(name: str) -> Explanation:
    return explain(NEW[name][0])


def lines(told: Told) -> dict[str, str]:
    return dict(told.lines())


# --- who decided ----------------------------------------------------------------------------------


def call(name: str, result: object = None) -> Callable[[int], Call]:
    symbol = trace.Symbol(name, f"net/{name}.c", call)  # type: ignore[arg-type]
    return lambda depth: Call(symbol, depth, None, result)


def asked(question: str, function: str) -> Callable[[int], Decision]:
    return lambda depth: Decision(question, True, {}, depth, function)


def tree(*records: tuple[int, Callable[[int], Any]]) -> Span:
    return span_of([made(depth) for depth, made in records])  # type: ignore[arg-type]


def test_the_last_call_that_failed_is_who_refused() -> None:
    """A first try may fail with the same errno, and be tried again."""
    no = OSError(errno.EINVAL, "")
    span = tree(
        *((0, call("send", no)), (1, call("first", no)), (2, asked("early?", "first"))),
        *((1, call("second", no)), (2, asked("late?", "second"))),
    )
    decided = refusal(span, errno.EINVAL)
    assert (decided.function, decided.file) == ("second", "net/second.c")
    assert decided.condition is not None and decided.condition.question == "late?"


def test_what_is_asked_later_has_not_decided() -> None:
    """Where a call has asked nothing, whoever made it has: before, not after."""
    span = tree(
        *((0, call("send")), (1, asked("before?", "send")), (1, call("drop"))),
        (1, asked("after?", "send")),
    )
    (send_,) = span.calls
    (drop,) = send_.calls
    event = trace.Event("kfree_skb", "", {}, 2)
    drop.within.append(event)
    decided = before(drop, event).condition
    assert decided is not None and decided.question == "before?"


def test_what_is_told_as_one() -> None:
    """Drops of other lengths are the same, errors with other names are not."""
    decided = Decided("f", "", None)
    one, two = (Finding("dropped", decided, f"{n} bytes") for n in (1, 2))
    assert one.key == two.key
    no, never = (Finding("refused", decided, name) for name in ("EINVAL", "EPERM"))
    assert no.key != never.key


def test_an_error_is_left_once() -> None:
    """By the step that it is new after."""
    before_, after = (State({}, {}, errors, (), 0) for errors in ({"a": 111}, {"a": 111, "b": 113}))
    assert Played(0, UP, {}, Span(), before_, after, 0).left_errors == {"b": 113}


# --- what comes of an earlier step ----------------------------------------------------------------


def test_what_a_capture_shows_was_sent_before() -> None:
    """A packet that went whole is longer than the MTU in the capture; one that fits it is not."""
    tap, look = {"do": "tap", "name": "t"}, {"do": "captured", "tap": "t"}
    small = {"do": "link", "mtu": 1500}
    begin = [UP, small, tap, *RECEIVER, sock("a")]
    whole = told([*begin, send("a", 4000, HOME, gso_size=1000), look], "oversized")
    assert whole.earlier == "step 6, which sent such a packet"
    assert whole.found.decided.function == "netif_needs_gso"
    just = explain([*begin, send("a", 1472, HOME), look])
    assert "oversized" not in [each.found.kind for _, each in just]


def test_what_a_read_misses_was_lost_before() -> None:
    steps = [UP, *RECEIVER, put("r", "SO_RCVBUF", 0), sock("a"), send("a", 1, HOME, count=9)]
    empty = told([*steps, recv("r", count=99)], "refused")
    assert empty.earlier == "step 5, which lost what was sent"


def missed(*steps: Step) -> Told:
    """What is told of the read at the end of some steps on a lo that is up."""
    return told([UP, *steps, recv("r")], "refused")


SENDER, SENDER6 = sock("a"), sock("a", "inet6")
R6 = sock("r", "inet6")
ELSEWHERE: dict[str, Sequence[Step]] = {
    "another port": (*RECEIVER, SENDER, send("a", 1, (HOME, 9999))),
    "the sender's own read": (sock("r"), connect("r", HOME, 9), send("r", 1), send("r", 1)),
    "another family": (R6, bind("r", "::1"), SENDER, send("a", 1, HOME)),
    "an address that it is not bound to": (*RECEIVER, SENDER, send("a", 1, "127.0.0.2")),
    "IPv6 only": (R6, put("r", "IPV6_V6ONLY", 1), bind("r", "::"), SENDER, send("a", 1, HOME)),
    "a socket that no name is known of": (
        *RECEIVER,
        {"do": "udp", "family": "inet", "payload": 9, "gso_size": None, "listening": False},
    ),
    "a ping": (*RECEIVER, {"do": "ping", "family": "inet", "payload": 9, "to": "10.0.0.9"}),
    "nothing had left": (*RECEIVER, SENDER, send("a", 65508, HOME)),
    "what left has come": (
        *(*RECEIVER, SENDER, connect("a", HOME, 9), send("a", 1), connect("a", HOME)),
        *(send("a", 1, count=2), recv("r")),
    ),
    "not bound": (sock("r"), SENDER, send("a", 1, (HOME, 0)), send("a", 1, (HOME, 9))),
}
"""Reads that come to an end, where what was lost was not for them."""


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """None are tried: that takes long, and is not what is looked at."""
    monkeypatch.setattr("lomodel.explain.help_for", lambda case, purse: Help())


@pytest.mark.usefixtures("no_settings")
@pytest.mark.parametrize("case", ELSEWHERE)
def test_what_was_lost_elsewhere_is_not_missed(case: str) -> None:
    empty = missed(*ELSEWHERE[case])
    assert (empty.found.about, empty.earlier, empty.section) == ("EAGAIN", "", None)


LATE = (SENDER, send("a", 1, HOME))
LATE6 = (SENDER6, send("a", 1, "::1"))
FRAME = bytes(12) + bytes.fromhex("0800 45000020 00000000 4011 0000 7f000001 7f000001")
MISSED: dict[str, tuple[int, Sequence[Step]]] = {
    "its address": (2, (*LATE, *RECEIVER)),
    "any address": (2, (*LATE, sock("r"), bind("r", "0.0.0.0"))),
    "any address of IPv6": (2, (*LATE6, R6, bind("r", "::"))),
    "IPv4, too": (2, (*LATE, R6, bind("r", "::"))),
    "IPv4 as IPv6": (2, (*LATE, R6, bind("r", "::ffff:127.0.0.1"))),
    "a mapped destination": (2, (SENDER6, send("a", 1, "::ffff:127.0.0.1"), *RECEIVER)),
    "a peer": (3, (SENDER, connect("a", HOME), send("a", 1), *RECEIVER)),
    "nobody's address": (2, (SENDER, send("a", 1, "0.0.0.0"), *RECEIVER)),
    "a group": (5, (SENDER, put("a", "IP_MULTICAST_IF", 1), *RECEIVER, send("a", 1, "239.1.1.1"))),
    "a broadcast": (
        *(5, (SENDER, put("a", "SO_BROADCAST", 1), *RECEIVER, send("a", 1, "127.255.255.255"))),
    ),
    "a frame": (
        *(
            3,
            (*RECEIVER, {"do": "frame", "hex": (FRAME + bytes.fromhex("1b591b59000c0001")).hex()}),
        ),
    ),
}
"""Steps in which one loses what the read at the end would have got."""


@pytest.mark.usefixtures("no_settings")
@pytest.mark.parametrize("case", MISSED)
def test_what_was_lost_of_a_reader(case: str) -> None:
    number, steps = MISSED[case]
    empty = missed(*steps)
    assert empty.earlier == f"step {number}, which lost what was sent"


@pytest.mark.usefixtures("no_settings")
def test_the_page_of_an_empty_read_is_that_of_the_loss() -> None:
    """Nothing speaks of an empty queue, and udp_recvmsg is shown for something else."""
    lost = [UP, *LATE, *RECEIVER, recv("r")]
    dropped, empty = told(lost, "dropped"), told(lost, "refused")
    assert empty.section == dropped.section and empty.section is not None
    assert empty.section.page == "where_drops"
    assert "explained on" not in lines(missed(*RECEIVER))


# --- which settings are tried and named -----------------------------------------------------------


def test_a_setting_in_time_for_a_step_before_says_so() -> None:
    """When it is read it is too late for the bigger buffer: it must stand before the send."""
    steps = [UP, *RECEIVER, sock("a"), send("a", 3000, HOME, gso_size=1000), recv("r", count=3)]
    named = [
        change.named(5)
        for change in changes(scene_of(steps, 5))
        if change.words.startswith("UDP_GRO 1 on r")
    ]
    assert named == ["UDP_GRO 1 on r", "UDP_GRO 1 on r, before step 4"]


def test_nothing_is_tried_that_is_so_already() -> None:
    steps = [UP, *RECEIVER, put("r", "UDP_GRO", 1), sock("a"), send("a", 1, HOME)]
    words = {change.words for change in changes(scene_of(steps, 5))}
    assert "UDP_GRO 0 on r" in words and "UDP_GRO 1 on r" not in words
    assert "ip link set lo mtu 65536" not in words and "ip link set lo up" not in words
    assert "ethtool -K lo tx-scatter-gather off" not in words  # fixed
    assert "ethtool -K lo tx-udp-segmentation off" in words


MARTIANS = (SENDER, put("a", "SO_BROADCAST", 1), send("a", 1, "239.1.2.3"))
LIMITED = (SENDER, put("a", "IP_MTU_DISCOVER", "do"), send("a", 3000, HOME))


def settings(*steps: Step) -> list[tuple[str, ...] | None]:
    """What is told of each refused step to help, in order."""
    told = explain([UP, {"do": "link", "mtu": 1500}, *steps])
    return [each.settings for _, each in told if each.found.kind == "refused"]


def test_another_cure_is_told() -> None:
    """Equal refusals, of which what was told lifts the first only."""
    group, everybody = settings(*MARTIANS, send("a", 1, "255.255.255.255"))
    assert group == ('IP_MULTICAST_IF "127.0.0.1" on a', 'SO_BINDTODEVICE "lo" on a')
    assert everybody == ('SO_BINDTODEVICE "lo" on a',)
    short, long = settings(*LIMITED, send("a", 65508, HOME))
    assert short is not None and 'IP_MTU_DISCOVER "dont" on a' in short
    assert long == ("a payload of at most 1472 bytes",)


def test_the_same_cure_is_not_told_again() -> None:
    """Neither of an equal step, nor of another one that it helps, nor of one like that one."""
    group = send("a", 1, "239.1.2.3")
    assert settings(*MARTIANS, group, send("a", 9, "239.1.2.4", count=2), group)[1:] == [None] * 3
    long = send("a", 65508, HOME)
    known = settings(*LIMITED, long, long, send("a", 65507, HOME))
    assert known[1:] == [("a payload of at most 1472 bytes",), None, None]


def test_another_cure_of_the_same_step() -> None:
    """What was told of it helps no more when something else was set meanwhile."""
    first, then = settings(*LIMITED, {"do": "link", "mtu": 1000}, LIMITED[-1])
    assert first is not None and first[-1] == "a payload of at most 1472 bytes"
    assert then is not None and then[-1] == "a payload of at most 972 bytes"


def test_at_most_three_settings_are_named() -> None:
    steps = [UP, {"do": "link", "mtu": 1500}, *RECEIVER, sock("a"), put("a", "UDP_SEGMENT", 2000)]
    refused = told([*steps, send("a", 4000, HOME)], "refused")
    assert refused.settings is not None and len(refused.settings) == MOST == 3


def test_a_receiver_helps_only_where_there_is_none() -> None:
    """One more socket at the port would take the datagrams away, and lift every drop."""
    steps = [UP, *RECEIVER, put("r", "SO_REUSEADDR", 1), put("r", "SO_RCVBUF", 0), sock("a")]
    full = told([*steps, send("a", 1, HOME, count=9)], "dropped")
    assert full.settings == ("SO_RCVBUF 4194304 on r",)
    nobody = told([UP, sock("a"), send("a", 1, HOME)], "dropped")
    assert f"a socket that is bound to {HOME} port 7001" in (nobody.settings or ())


def test_what_is_not_sent_any_more_is_no_help() -> None:
    """Nothing is dropped where nothing is sent."""
    found = Finding("dropped", Decided("f", "", None))
    drops = none_at_all({found.key: 1})
    sent = Outcome(drops.times, 0, 1, 0, 0, ())
    quiet, still = none_at_all(), Outcome(none_at_all().times, 0, 1, 0, 0, ())
    assert still.better(sent, found) and not quiet.better(sent, found)
    fewer, more = none_at_all({found.key: 1}), none_at_all({found.key: 2})
    assert not fewer.better(more, found)


def test_the_work_is_bounded() -> None:
    """What is not there to be spent is not played."""
    steps = NEW["in the way"][0]
    number = len(steps) - 1
    player = Player()
    for step in steps[:number]:
        player.step(step)
    played = play_step(player, number, steps[number])
    (_, first), *_ = new("in the way")
    none: list[str | None] = [None] * number
    records = [0] * number + [played.records]
    case = Case(scene_of(steps, number), first.found, outcome_of(played), none, records, "6.18")
    assert help_for(case, Purse(1)).words == ()
    assert help_for(case, Purse(100_000)).words


def test_a_scenario_with_many_puzzles_is_not_played_for_ever(monkeypatch: Any) -> None:
    """Where the work has run out, it is not said that no setting helps."""
    monkeypatch.setattr("lomodel.explain.WORK", 30_000)
    steps: list[Step] = [UP]
    for number in range(3):
        steps += [sock(f"s{number}"), send(f"s{number}", 1, "10.9.9.9")]
    (_, first), *_, (_, last) = explain(steps)
    assert first.settings and last.settings == ()
    assert lines(last)["changed by"].startswith("nothing was found; the step is too long")


def test_where_a_change_stands() -> None:
    steps = [UP, sock("a"), send("a", 1, HOME), recv("a")]
    early = Change("x", ((2, put("a", "IP_TTL", 9)),))
    assert early.apply(steps, 3) == ([UP, sock("a"), put("a", "IP_TTL", 9), *steps[2:]], 4)
    assert early.named(3) == "x, before step 2" and early.named(2) == "x"
    other = Change("y", instead=recv("a", size=9))
    assert other.apply(steps, 3) == ([*steps[:3], recv("a", size=9)], 3)


def test_where_a_step_sends_to() -> None:
    steps = [UP, sock("a"), connect("a", "127.0.0.9", 9), send("a", 1), send("a", 1, HOME)]
    scenes = [scene_of(steps, number) for number in range(len(steps))]
    assert [scene.destination for scene in scenes] == [
        *(None, None, ("127.0.0.9", 9), ("127.0.0.9", 9), (HOME, 7001)),
    ]
    assert isinstance(scenes[0], Scene)


# --- the numbers ----------------------------------------------------------------------------------

LONG6 = (UP, {"do": "link", "mtu": 1500}, sock("a", "inet6"))
COMPARED: dict[str, tuple[Sequence[Step], Callable[[dict[str, Any]], bool]]] = {
    "is it too long?": (
        (UP, *RECEIVER, sock("a"), send("a", 65507, HOME), send("a", 65508, HOME)),
        lambda n: n["length"] > n["most"],
    ),
    "is it too long? ": (
        (*LONG6, send("a", 65527, "::1"), send("a", 65528, "::1")),
        lambda n: n["length"] > n["most"],
    ),
    "is it too long?  ": (
        (
            *(*LONG6, put("a", "IPV6_MTU_DISCOVER", "do")),
            *(send("a", 1452, "::1"), send("a", 1453, "::1")),
        ),
        lambda n: n["length"] > n["most"],
    ),
    "is the send buffer full?": (
        (UP, {"do": "link", "mtu": 100}, sock("a"), send("a", 9000, HOME), send("a", 60000, HOME)),
        lambda n: n["allocated"] > n["twice_sk_sndbuf"],
    ),
    "is the send buffer full? ": (
        (*LONG6, put("a", "SO_SNDBUF", 0), send("a", 3000, "::1"), send("a", 30000, "::1")),
        lambda n: n["allocated"] > n["twice_sk_sndbuf"],
    ),
    "is so little memory kept for now?": (
        (UP, *RECEIVER, sock("a"), send("a", 9000, HOME, count=9), recv("r", count=9)),
        lambda n: n["queued"] > 0 and n["deficit"] < n["forward_threshold"],
    ),
    "is the packet complete?": (
        (UP, {"do": "link", "mtu": 1500}, *RECEIVER, sock("a"), send("a", 3000, HOME)),
        lambda n: n["meat"] == n["len"] and n["flags"] == 3,
    ),
    "is the packet complete? ": (
        (*LONG6, send("a", 3000, "::1")),
        lambda n: n["meat"] == n["len"] and n["flags"] == 3,
    ),
    "may the network have this address, too?": (
        ({"do": "address", "add": "127.0.0.1/8"}, {"do": "address", "add": "127.0.0.2/8"}, UP),
        lambda n: n["scope"] == n["others"] and n["address"] != n["other"],
    ),
}
"""Questions, steps in which each is answered with yes and with no, and what is compared."""


@pytest.mark.parametrize("question", COMPARED)
def test_the_numbers_are_those_that_were_compared(question: str) -> None:
    """Whoever compares them again comes to the same answer."""
    steps, compare = COMPARED[question]
    player = Player()
    with player.machine.trace() as traced:
        for step in steps:
            player.step(step)
    asked = [d for d in traced if isinstance(d, Decision) and d.question == question.rstrip()]
    assert {d.answer for d in asked} == {True, False}
    assert all(compare(d.operands) == d.answer for d in asked), [d.operands for d in asked]


def test_a_limit_without_fragments() -> None:
    """No step can write IPV6_DONTFRAG; then the MTU is the limit, whatever could be cut."""
    player = Player()
    for step in LONG6:
        player.step(step)
    player.named["a"].sk.dontfrag = 1
    with player.machine.trace() as traced:
        assert player.step(send("a", 1453, "::1"))["error"] == "EMSGSIZE"
    (asked,) = (d for d in traced.decisions("__ip6_append_data") if "long" in d.question)
    assert asked.answer and asked.operands == {"length": 1461, "most": 1460}


# --- counters and words ---------------------------------------------------------------------------


def test_whether_the_sender_is_told() -> None:
    nobody = told([UP, sock("a"), send("a", 1, HOME)], "dropped")
    assert nobody.follows == "ICMP answers, and the sender does not hear it"
    steps = [UP, sock("a"), connect("a", HOME), send("a", 1)]
    assert told(steps, "dropped").follows == "its sender is told by ICMP"
    (_, full), *_ = new("full")
    assert full.follows == "nobody is told"


def test_counters_that_say_nothing_of_a_loss_are_not_told() -> None:
    (_, full), *_ = new("full")
    assert list(full.counters) == [
        "Udp.InErrors +18 (/proc/net/snmp)",
        "Udp.RcvbufErrors +18 (/proc/net/snmp)",
        "drops of r +18 (d in skmem of ss -uamn)",
    ]


def test_what_it_means_for_the_packets() -> None:
    (_, refused), *_ = new("too long for the MTU, with DF")
    assert refused.follows == "nothing went to the driver"
    steps = [UP, {"do": "link", "mtu": 1500}, *RECEIVER, sock("a"), send("a", 3000, HOME)]
    assert told(steps, "fragmented").follows == "lo carried 3 packets in this step"
    four = [UP, sock("a"), connect("a", HOME), send("a", 1, count=4)]
    assert told(four, "refused").follows == ""


def test_how_often_something_happened() -> None:
    (_, full), *_ = new("full")
    assert lines(full)["what"] == "a packet of 2000 bytes was dropped, 18 times"


def test_a_new_scenario_in_words() -> None:
    (_, route), *_ = new("another address of the other host")
    assert '"is there a route?" no (daddr 10.1.2.3)' in lines(route)["decided by"]
    *_, (_, down) = new("down again")
    assert "(flags 0x8)" in lines(down)["decided by"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("saddr", 0x7F000001, "127.0.0.1"),
        ("saddr", 0, "0"),
        ("daddr", "00" * 15 + "01", "::1"),
        ("len", 0x7F000001, "2130706433"),
        ("features", 255, "0xff"),
        ("gso_type", 255, "255"),
    ],
)
def test_an_operand_in_words(name: str, value: Any, said: str) -> None:
    assert operand(name, value) == said


# --- what is no cure ------------------------------------------------------------------------------


def cures(steps: list[Step], kind: str) -> tuple[str, ...]:
    return told(steps, kind).settings or ()


def test_another_refusal_is_no_cure() -> None:
    """With "probe" it is ip_fragment that says EMSGSIZE, in an ICMP error that lo carries."""
    long = [UP, sock("a"), send("a", 65508, HOME)]
    assert not any("probe" in each for each in cures(long, "refused"))
    probing = [UP, sock("a"), put("a", "IP_MTU_DISCOVER", "probe"), send("a", 65508, HOME)]
    assert "fragmented" not in [each.found.kind for _, each in explain(probing)]


def test_a_loss_of_which_nobody_is_told_is_no_cure() -> None:
    """A datagram without a checksum is dropped, too; and its sender hears of nothing."""
    steps = [UP, sock("a", "inet6"), connect("a", "::1"), send("a", 10)]
    assert cures(steps, "left") == ("a socket that is bound to ::1 port 7001",)


def test_to_be_cut_elsewhere_is_no_cure() -> None:
    """Where the receiver cuts, to cut before lo sends more packets; the other way round helps."""
    steps = [UP, *RECEIVER, sock("a"), send("a", 4000, HOME, gso_size=1400)]
    assert not any("tx-udp-segmentation" in each for each in cures(steps, "cut"))
    off = {"do": "features", "set": {"tx-udp-segmentation": False}}
    assert "ethtool -K lo tx-udp-segmentation on" in cures([off, *steps], "cut")


def test_a_receiver_with_another_peer() -> None:
    """It is let go, and not the sender connected to itself."""
    steps = [UP, *RECEIVER, connect("r", HOME, 7009), sock("a"), send("a", 10, HOME)]
    assert "r connected to nobody" in cures(steps, "dropped")
    own = [UP, *RECEIVER, sock("a"), bind("a", HOME, 7005), connect("a", "127.0.0.2", 7002)]
    found = cures([*own, send("a", 10)], "left")
    assert found and not any("7005" in each for each in found)


def test_an_address_that_was_removed() -> None:
    """The sender's, which was chosen when it was connected."""
    add, remove = ({"do": "address", do: "10.0.0.1/32"} for do in ("add", "remove"))
    steps = [UP, add, sock("a"), connect("a", "10.0.0.1"), remove, send("a", 10, HOME)]
    found = cures(steps, "refused")
    assert {"ip address add 10.0.0.1/32 dev lo", "a connected to nobody"} <= set(found)


def test_a_read_that_is_told_of_a_refusal() -> None:
    """What helps is a listener, and the page is that of old news."""
    steps = [UP, sock("a"), connect("a", HOME), send("a", 10), recv("a")]
    read = told(steps, "refused")
    assert read.settings and read.settings[0].startswith("a socket that is bound to 127.0.0.1")
    assert read.section is not None and read.section.page == "send_errors"


def test_what_helps_another_destination() -> None:
    """That nothing helps one ping says nothing of another one."""
    ping = {"do": "ping", "family": "inet", "payload": 56}
    remove = {"do": "address", "remove": "127.0.0.1/8"}
    steps = [UP, ping | {"to": "224.0.0.1"}, remove, ping]
    assert "ip address add 127.0.0.1/8 dev lo" in cures(steps, "refused")


def test_a_loss_is_missed_once() -> None:
    """Who has been told of it is not told again at the next empty read."""
    small = put("r", "SO_RCVBUF", 2304)
    lose = [UP, *RECEIVER, small, sock("a"), send("a", 1000, HOME, count=3), recv("r", count=3)]
    *_, first = [each for _, each in explain(lose)]
    assert "which lost what was sent" in first.earlier
    again = [*lose, send("a", 1, HOME), recv("r", count=2)]
    assert told(again, "refused").earlier == ""


def test_sums_that_look_bad_are_explained_with_captures() -> None:
    tap, captured = {"do": "tap", "name": "t"}, {"do": "captured", "tap": "t"}
    it = told([UP, tap, *RECEIVER, sock("a"), send("a", 10, HOME), captured], "unsummed")
    assert it.section is not None and it.section.page == "captures"


def a_told(found: Finding, turned: Any = None) -> Told:
    return Told(found, None, (), (), turned, None, {})


def test_who_decided_without_a_condition() -> None:
    silent = Finding("refused", Decided("f", "net/f.c", None, "it is too late"), "EINVAL")
    assert lines(a_told(silent)) == {
        "what": "refused with EINVAL (Invalid argument)",
        "decided by": "f (net/f.c): it is too late",
        "shown by": "no counter",
        "changed by": "no setting that a scenario can write makes it better",
    }


def test_a_condition_is_not_told_twice() -> None:
    """What turns is told where it is another one than what decided."""
    (_, own), *_ = new("too long for the MTU, with DF")
    assert own.settings and "which turns" not in lines(own)
    *_, (_, other) = new("no IPv6")
    assert lines(other)["which turns"].startswith('ip6_dst_lookup_flow: "is there a route?" no')


def test_the_page_of_it_is_escaped_and_linked() -> None:
    found = Finding("refused", Decided("f", "a<b", None), "EINVAL")
    it = Told(found, "https://example.org/?a&b", (), (), None, None, {})
    page = Explanation("6.18", (ToldStep(3, "a < b", (it,)),))._repr_html_()
    assert "<b>Step 3</b>: a &lt; b</p>" in page and "f (a&lt;b)" in page
    link = "https://example.org/?a&amp;b"
    assert f'<a href="{link}">{link}</a>' in page
    assert Explanation("6.18", ())._repr_html_().startswith("<p>Nothing was refused")


def test_the_section_that_explains_it() -> None:
    found = section(["no such name", "netif_needs_gso", "loopback_xmit"])
    assert found is not None and section(["no such name"]) is None
    assert str(found) == (
        'page 3.2, "Whole or cut", section "Who calls net_gso_ok" '
        "(chapters/whole_or_cut.html#who-calls-net-gso-ok)"
    )
