"""What happened in a step that a person may wonder about, with what decided it.

A finding is read off the tree of calls and off what is observed, the same way for every step: who
gave the errno back, before which packet was freed what was asked, and so on. None is looked up.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lomodel.explain.calls import NOT_HERE, Decided, Span, before, failed, last_of, refusal
from lomodel.explain.played import Played
from lomodel.linux.include.uapi.linux.if_ether import ETH_HLEN

CUTTERS = ("__skb_gso_segment",)
FRAGMENTERS = ("ip_fragment", "ip6_fragment")
ENQUEUERS = ("__udp_enqueue_schedule_skb",)
Key = tuple[str, str, str, bool]
"""A finding's kind, the function that decided, its question with what must be told apart, and the
answer."""
UNSUPPORTED, WISH = 1, 2
"""Bits of what ETHTOOL_SFEATURES returns."""


@dataclass(frozen=True)
class Finding:
    """One thing that happened: what ``kind`` of, how often, and what decided it.

    ``about`` has the name of an errno, an address, or the length of the packet, in words.
    """

    kind: str
    decided: Decided
    about: str = ""
    times: int = 1

    @property
    def key(self) -> Key:
        """What is the same of findings that are told as one."""
        condition = self.decided.condition
        asked = "" if condition is None else condition.question
        name = self.about if self.kind in NAMED else ""
        return self.kind, self.decided.function, asked + name, bool(condition and condition.answer)


NAMED = ("refused", "left", "lost")


def findings(played: Played) -> list[Finding]:
    """Everything of a step that is worth a word, equal things once."""
    told: dict[Key, Finding] = {}
    for look in LOOKS:
        for found in look(played):
            known = told.get(found.key)
            told[found.key] = found if known is None else replace(known, times=known.times + 1)
    return list(told.values())


def _bytes(length: object) -> str:
    return "" if length is None else f"{length} bytes"


def _refused(played: Played) -> Iterator[Finding]:
    """The errors: of each of several sends its own."""
    results = played.observed.get("results")
    sends = [each for each in played.calls.calls if each.name == "sendto"]
    if results is not None and len(sends) == len(results):
        for span, name in zip(sends, results, strict=True):
            if name is not None:
                yield Finding("refused", refusal(span, _number(name)), name)
    elif name := played.observed["error"]:
        yield Finding("refused", refusal(played.calls, _number(name)), name)


def _number(name: str) -> int:
    number: int = getattr(errno, name)
    return number


def _dropped(played: Played) -> Iterator[Finding]:
    for span, event in played.calls.events("kfree_skb"):
        if not failed(span):
            yield Finding("dropped", before(span, event), _bytes(event.fields["len"]))


def _called(*names: str) -> Callable[[Played], Iterator[tuple[Span, Span]]]:
    def found(played: Played) -> Iterator[tuple[Span, Span]]:
        for span in played.calls.walk():
            if span.name in names and span.parent is not None:
                yield span.parent, span

    return found


def _cut(played: Played) -> Iterator[Finding]:
    """Packets that stood for many and were cut in software; where is in the deciding function."""
    for parent, span in _called(*CUTTERS)(played):
        # None: only the headers had to be looked at.
        if span.call is not None and isinstance(span.call.result, list):
            yield Finding("cut", _cut_over(parent, span), _bytes(span.call.len))


def _cut_over(parent: Span, span: Span) -> Decided:
    """Why a packet is cut: what took features away from it has decided, not that they lack then."""
    asking = _calls_before(span)
    for asked in asking:
        if asked.name == "netif_skb_features":
            took = [d for d in asked.decisions() if d.answer]
            if took:
                return last_of(asked, took)
    decided = before(parent, span)
    if decided.condition is not None and not decided.condition.operands:
        # It sums up the one before it, which has the numbers.
        numbers = [d for each in asking for d in each.decisions() if d.operands]
        same = [d for d in numbers if d.function == decided.function]
        return replace(decided, condition=same[-1] if same else decided.condition)
    return decided


def _calls_before(span: Span) -> list[Span]:
    """The calls that a call's caller had made before it."""
    parent = span.parent
    if parent is None:
        return []
    return [each for each in parent.within[: parent.place(span)] if isinstance(each, Span)]


def _fragmented(played: Played) -> Iterator[Finding]:
    for parent, span in _called(*FRAGMENTERS)(played):
        # A packet below a call that failed is the ICMP error about it.
        if any(span.events("net_dev_queue")) and not failed(span):
            yield Finding("fragmented", before(parent, span))


def _whole(played: Played) -> Iterator[Finding]:
    """Packets that went to the driver in one piece although they stand for many."""
    for span, event in played.calls.events("net_dev_start_xmit"):
        if event.fields["gso_size"]:
            yield Finding("whole", _let_through(span), _bytes(event.fields["len"]))


def _let_through(span: Span) -> Decided:
    """What was asked last before a packet went to the driver, by whom asks about its segments."""
    at = span
    while at.parent is not None:
        asked = [d for each in _calls_before(at) for d in each.decisions()]
        if any("cut in software" in d.question for d in asked):
            return before(at.parent, at)
        at = at.parent
    return NOT_HERE


def _undelivered(played: Played) -> Iterator[Finding]:
    """A send that the kernel took, of which nothing was dropped, and yet no socket got anything, or
    nobody answered."""
    do = played.step["do"]
    if played.observed["error"] or any(played.calls.events("kfree_skb")):
        return
    if do == "send" and not delivered(played):
        yield Finding("undelivered", last_of(played.calls, played.calls.decisions()))
    if do == "ping" and not any("OutEchoRep" in name for name in played.counted):
        yield Finding("unanswered", last_of(played.calls, played.calls.decisions()))


def delivered(played: Played) -> int:
    """How many datagrams were put into a socket's queue."""
    found = _called(*ENQUEUERS)(played)
    return sum(span.call is not None and span.call.result == 0 for _, span in found)


def _read(played: Played) -> Iterator[Finding]:
    """What a read shows beside the bytes: that some are missing, or that several came at once."""
    datagrams = played.observed.get("datagrams", ())
    reads = [each for each in played.calls.calls if each.name == "udp_recvmsg"] or [
        each for each in played.calls.walk() if each.name == "udp_recvmsg"
    ]
    for datagram, span in zip(datagrams, reads, strict=False):
        if datagram.get("truncated"):
            yield Finding("truncated", _asked(span, "too small"), _bytes(datagram["length"]))
        if "gso_size" in datagram:
            yield Finding("joined", _asked(span, "stand for"), _bytes(datagram["length"]))


def is_drained(played: Played, found: Finding) -> bool:
    """Whether a read came to the end of what was there; no read of errors is one.

    Nor is that of a packet socket: a capture without frames is no error.
    """
    reads = played.step["do"] == "recv" and not played.step.get("errqueue")
    return reads and found.about == "EAGAIN"


def hears(played: Played) -> bool:
    """Whether a socket is told of an ICMP error."""
    return any(d.answer for d in played.calls.decisions() if " hear " in d.question)


def _asked(span: Span, words: str) -> Decided:
    """The condition of a call that has these words, else its last one."""
    own = span.decisions()
    fitting = [d for d in own if words in d.question] or own
    file = "" if span.call is None else span.call.symbol.file
    return Decided(span.name, file, fitting[-1] if fitting else None)


def _captured(played: Played) -> Iterator[Finding]:
    """Frames that look wrong to whoever captures them: without a sum, or longer than the MTU.

    What decided that was asked when they were sent: in a step before.
    """
    frames = played.observed.get("frames", ())
    unsummed = [each for each in frames if "partial" in _sums(each)]
    if unsummed:
        yield Finding("unsummed", NOT_HERE, f"{len(unsummed)} of {len(frames)}")
    longest = max((each["length"] - ETH_HLEN for each in frames), default=0)
    if longest > played.before.mtu:
        yield Finding("oversized", NOT_HERE, _bytes(longest))


UNSUMMED = ("may the device sum it?", "is the sum inside the packet?")
"""Who says yes to one of them leaves the sum to others, and on lo nobody computes it."""


def left_unsummed(played: Played) -> Decided | None:
    """What decided, in a step that sends, that a checksum is not computed."""
    asked = [d for d in played.calls.decisions() if d.answer and d.question in UNSUMMED]
    return last_of(played.calls, asked) if asked else None


def _sums(frame: dict[str, Any]) -> list[str]:
    return [frame[name]["sum"] for name in ("udp", "tcp", "icmp") if name in frame]


def _left(played: Played) -> Iterator[Finding]:
    """Errors that wait on a socket since this step."""
    for name, number in played.left_errors.items():
        asked = [d for d in played.calls.decisions() if " hear " in d.question]
        about = f"{errno.errorcode[number]} on {name}"
        yield Finding("left", last_of(played.calls, asked), about)


def _lost(played: Played) -> Iterator[Finding]:
    if played.step["do"] == "address" or not played.lost:
        return
    takers = ("addrconf_ifdown", "inetdev_destroy", "inet_del_ifa")
    for parent, span in _called(*takers)(played):
        asked = before(parent, span)
        inside = _asked(span, "is the address kept")
        # Its caller may have asked nothing, and the answer is what it does with each address.
        own = asked.condition is not None and asked.condition.function == parent.name
        if own or inside.condition is not None:
            yield Finding("lost", asked if own else inside, ", ".join(played.lost))
            return


def _unchanged(played: Played) -> Iterator[Finding]:
    """Features that stay as they were although the call succeeded."""
    rc = played.observed.get("rc", 0)
    if rc & (UNSUPPORTED | WISH):
        decided = last_of(played.calls, played.calls.decisions())
        yield Finding("unchanged", decided, f"rc {rc}")


LOOKS = (
    _refused,
    _left,
    _dropped,
    _fragmented,
    _cut,
    _whole,
    _undelivered,
    _read,
    _captured,
    _lost,
    _unchanged,
)
