"""Loopback on other systems: what each answers to the same five questions.

Linux's answers are the model's where it has a number. The others were read in the file that each
names, at that commit, and nowhere else: what the file does not say stays empty. None was run.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from lomodel.desk import RELEASE, new_lo
from lomodel.figures.picture import Picture
from lomodel.figures.show import Figure, escape
from lomodel.figures.table import table
from lomodel.source_lines import TAGS, permalink

GITHUB = "https://github.com"

QUESTIONS = {
    "called": "what it is called",
    "header": "the link header of a packet",
    "mtu": "MTU in bytes",
    "counted": "when it is counted",
    "sums": "who finishes the checksum",
    "queue": "what it waits in, and who empties that",
}
"""What is asked of each, by the field that holds the answer."""


SILENT = "its file does not say"


@dataclass(frozen=True)
class System:
    """One system's loopback; "" where its file does not say.

    ``repository``, ``commit`` and ``file`` say what was read; ``dated`` is the date that the file
    itself bears. ``mtu`` is a number of bytes, and ``more`` what comes on top of it, in words.
    """

    name: str
    repository: str
    commit: str
    file: str
    called: str
    header: str
    mtu: int
    counted: str
    sums: str
    queue: str
    more: str = ""
    dated: str = ""

    @property
    def address(self) -> str:
        """Where the file is read."""
        return f"{GITHUB}/{self.repository}/blob/{self.commit}/{self.file}"

    def answer(self, question: str) -> str:
        """What it answers to one of QUESTIONS."""
        text = str(getattr(self, question)) or SILENT
        return f"{text} {self.more}".rstrip() if question == "mtu" else text


ELSEWHERE = (
    System(
        name="FreeBSD",
        repository="gmshake/freebsd-src",
        commit="ee45148ac5c565c0e91e071d40f5c5ea114f127d",
        file="sys/net/if_loop.c",
        called="lo0; more can be made",
        header="none; 4 bytes in captures: the family",
        mtu=16384,
        counted="sent: before it is tried; received: before it is queued",
        sums="nobody: marked as checked",
        queue="netisr's queue; netisr",
    ),
    System(
        name="NetBSD",
        repository="NetBSD/src",
        commit="00b60c8b83b7348fcf27dd4a5e44e79c185a0073",
        file="sys/net/if_loop.c",
        dated="2017-12-06",
        called="lo0; more can be made",
        header="none; 4 bytes in captures: the family",
        mtu=32768,
        more="+ MHLEN + MLEN",
        counted="sent: before it is queued; received: once it is queued",
        sums="nobody, unless a setting asks for it",
        queue="the protocol's queue",
    ),
    System(
        name="OpenBSD",
        repository="openbsd/src",
        commit="ef980ed66cafe544c740bf3411db2a71c0663b81",
        file="sys/net/if_loop.c",
        dated="2015-01-27",
        called="lo0; more can be made",
        header="none; 4 bytes in captures: the family",
        mtu=32768,
        counted="sent: before it is queued; received: once it is queued",
        sums="",
        queue="the protocol's queue; netisr",
    ),
    System(
        name="XNU (macOS)",
        repository="apple-oss-distributions/xnu",
        commit="8d741a5de7ff4191bf97d57b9f54c2f6d4a15585",
        file="bsd/net/if_loop.c",
        called="lo0, and no other",
        header="4 bytes, the family",
        mtu=16384,
        counted="both at once, as it is handed up",
        sums="nobody: marked as checked",
        queue="",
    ),
    System(
        name="gVisor",
        repository="google/gvisor",
        commit="000c0679d9fb518dcbf3dfd716c16cbc7b99aed6",
        file="pkg/tcpip/link/loopback/loopback.go",
        called="",
        header="none",
        mtu=65536,
        counted="",
        sums="nobody: it claims a device that does",
        queue="nothing: the sender's call delivers it",
    ),
    System(
        name="smoltcp",
        repository="smoltcp-rs/smoltcp",
        commit="8639c6677f5f4b3d06c447ecd2808daaba284457",
        file="src/phy/loopback.rs",
        called="",
        header="what its program chooses",
        mtu=65535,
        counted="nobody counts",
        sums="",
        queue="its own queue; the program that polls",
    ),
)


def linux(release: str = RELEASE) -> System:
    """Linux's lo, with the model's numbers."""
    lo = new_lo(release)
    return System(
        name=f"Linux {release}",
        repository="",
        commit=TAGS.get(release, release),
        file="drivers/net/loopback.c",
        called="lo, one in each namespace",
        header=f"Ethernet's {lo.hard_header_len} bytes",
        mtu=lo.mtu,
        counted="both at once, when it is queued",
        sums="nobody: begun and believed",
        queue="this CPU's backlog; the softirq",
    )


def systems(release: str = RELEASE) -> tuple[System, ...]:
    """Linux, and what was read of the others."""
    return (linux(release), *ELSEWHERE)


def answers(question: str, sort: bool = False) -> Figure:
    """What each answers to one question; sorted by the answer where ``sort``.

    ValueError for a question that is not one of QUESTIONS.
    """
    if question not in QUESTIONS:
        raise ValueError(f"{question!r}: expected one of {', '.join(QUESTIONS)}")
    found = list(systems())
    if sort:
        found.sort(key=lambda each: getattr(each, question))
    rows = [[each.name, each.answer(question)] for each in found]
    return table(QUESTIONS[question], ["", QUESTIONS[question]], rows)


def lo_answers(release: str = RELEASE) -> Picture:
    """Linux's answers to all five questions, and its name."""
    lo = linux(release)
    said = {QUESTIONS[each]: lo.answer(each) for each in QUESTIONS}
    cards = "".join(
        f"<div><dt>{escape(question)}</dt><dd>{escape(answer)}</dd></div>"
        for question, answer in said.items()
    )
    caption = f"What lo answers in Linux {release}. Which of it could be otherwise?"
    html = (
        f'<figure class="lo-picture lo-answers"><dl>{cards}</dl>'
        f"<figcaption>{caption}</figcaption></figure>"
    )
    text = "; ".join(f"{question}: {answer}" for question, answer in said.items())
    return Picture("lo's answers", html, f"{caption} {text}.")


def sources() -> Picture:
    """What was read of each, with its address."""
    rows = "".join(_source(each) for each in systems())
    html = f'<div class="lo-picture lo-sources"><ul>{rows}</ul></div>'
    text = "; ".join(f"{each.name}: {_place(each)}" for each in systems())
    return Picture("What was read", html, f"{text}.")


def _place(each: System) -> str:
    at = each.commit if not each.repository else f"{each.repository} at {each.commit[:12]}"
    return f"{each.file}, {at}{f', dated {each.dated}' if each.dated else ''}"


def _source(each: System) -> str:
    address = each.address if each.repository else permalink("loopback_xmit")
    link = f'<a href="{escape(address)}">{escape(each.file)}</a>'
    rest = escape(_place(each).removeprefix(each.file))
    return f"<li><b>{escape(each.name)}</b> {link}{rest}</li>"


def agree_with_linux(question: str) -> list[str]:
    """Who answers a question as Linux does."""
    lo, *others = systems()
    return [each.name for each in others if each.answer(question) == lo.answer(question)]


assert {field.name for field in fields(System)} >= set(QUESTIONS)
