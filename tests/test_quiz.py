"""The quiz: every stated answer beside another play of its scenario, every equation once more.

What turned these red, tried one at a time: ``agree`` that compares nothing, alone and together
with pieces rounded down, a fragment's room not rounded to 8, a backlog without its one more, a
segment without UDP's header, ETH_HLEN left out of the longest, ``WISH`` from the whole words, the
packets of a counter's step taken for one; an equation that says one more than it computes;
another ``pick``; a seed that is not in the text; usage before the error; ``--count 0`` let
through; "Answer" without --answers; 1.5 let through.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from lomodel import lab, scenario
from lomodel.contract import Step
from lomodel.desk import RELEASE
from lomodel.quiz import TOPICS, questions
from lomodel.quiz.question import Draw, Question, agree
from lomodel.quiz.working import Working, evaluate
from lomodel.release import RELEASES
from lomodel.scenario import Observed

ROOT = Path(__file__).resolve().parents[1]
SEEDS, EACH = 6, 4
every_topic = pytest.mark.parametrize("topic", TOPICS)

Play = Callable[[list[Step]], Observed]
UP = {"do": "link", "up": True}


def asked(topic: str, release: str, seeds: int = SEEDS) -> Iterator[Question]:
    for seed in range(seeds):
        yield from islice(questions(seed, release, topic), EACH)


# --- what was observed, read another way than the quiz does --------------------------------------


def stats(observed: Observed, name: str) -> int:
    return sum(each["stats"][name] for each in observed if "stats" in each)


def counted(question: Question, observed: Observed, play: Play, way: str = "tx") -> str:
    packets = stats(observed, f"{way}_packets")
    plural = "packets" if packets != 1 else "packet"
    return f"{packets} {plural}, {stats(observed, f'{way}_bytes')} bytes"


def total(question: Question, observed: Observed, play: Play) -> str:
    return counted(question, observed, play, "rx")


def header_bytes(question: Question, observed: Observed, play: Play) -> str:
    return f"{stats(observed, 'tx_bytes') - question.steps[-1]['payload']} bytes"


def listed(lengths: list[int]) -> str:
    # Only neighbours are equal here: full ones, and the last.
    return ", ".join(f"{n} of {length}" for length, n in Counter(lengths).items()) + " bytes"


def received(question: Question, observed: Observed, play: Play) -> str:
    return listed(observed[-1]["received"])


def lengths(question: Question, observed: Observed, play: Play) -> str:
    return listed([f["len"] for name, f in observed[-1]["events"] if name == "netif_receive_skb"])


def stated(question: Question) -> int:
    return int(question.answer.split()[0])


def longest(question: Question, observed: Observed, play: Play) -> str:
    """The stated one is whole, as are shorter ones; whatever is longer is not."""
    family, size, most = question.asked["family"], question.asked["size"], stated(question)
    tried = [*range(most - 300, most, 37), most, *range(most + 1, 65600, 701)]
    sends = [
        {"do": "udp", "family": family, "payload": payload, "gso_size": size} for payload in tried
    ]
    whole = [not o["error"] and o["stats"]["tx_packets"] == 1 for o in play([UP, *sends])[1:]]
    return f"{max(n for n, passed in zip(tried, whole, strict=True) if passed)} bytes"


def lowest(question: Question, observed: Observed, play: Play) -> str:
    mtus = range(stated(question) - 12, stated(question) + 13)
    steps = [step for mtu in mtus for step in ({"do": "link", "mtu": mtu}, question.asked["send"])]
    errors = [each["error"] for each in play([UP, *steps])[2::2]]
    return str(min(mtu for mtu, error in zip(mtus, errors, strict=True) if error is None))


def unfragmented(question: Question, observed: Observed, play: Play) -> str:
    tried = range(stated(question) - 12, stated(question) + 13)
    family = question.asked["family"]
    sends = [
        {"do": "udp", "family": family, "payload": payload, "gso_size": None} for payload in tried
    ]
    played = play([UP, {"do": "link", "mtu": question.asked["mtu"]}, *sends])[2:]
    packets = [each["stats"]["tx_packets"] for each in played]
    return f"{max(n for n, count in zip(tried, packets, strict=True) if count == 1)} bytes"


def follows(question: Question, observed: Observed, play: Play) -> str:
    on = [{n for n, s in o["features"].items() if s[:2] == "on"} for o in observed[::2]]
    return ", ".join(sorted(on[0] - on[1])) or "none"


READERS: dict[str, Callable[[Question, Observed, Play], str]] = {
    "counted": counted,
    "headers": header_bytes,
    "received": received,
    "lengths": lengths,
    "longest": longest,
    "lowest": lowest,
    "unfragmented": unfragmented,
    "follows": follows,
    "total": total,
    "unwanted": lambda q, observed, play: str(stats(observed, "rx_dropped")),
    "dropped": lambda q, observed, play: f"{stats(observed, 'rx_dropped')} packets",
    "kept": lambda q, observed, play: f"{stats(observed, 'rx_packets')} packets",
    "errno": lambda q, observed, play: observed[-1]["error"] or "none",
    "addresses": lambda q, observed, play: ", ".join(observed[-1]["addresses"]) or "none",
    "state": lambda q, observed, play: observed[-1]["features"][q.asked["shown"]],
    "returns": lambda q, observed, play: str(observed[1]["rc"]),
}


def read(question: Question, play: Play) -> str:
    return READERS[question.kind](question, play(question.steps), play)


@pytest.mark.slow
@pytest.mark.parametrize("release", ["5.14", "6.12", "6.18"])
@every_topic
def test_another_play_gives_the_stated_answer(topic: str, release: str) -> None:
    found = set()
    for question in asked(topic, release):
        played = read(question, lambda steps, q=question: scenario.play(steps, release, q.sysctl))
        assert question.answer == played, question.text
        found.add(question.answer)
    assert len(found) > 3, "a topic with hardly more than one answer"


def test_every_kind_comes_up() -> None:
    kinds = {question.kind for topic in TOPICS for question in asked(topic, RELEASE, 8)}
    assert kinds == set(READERS)


@pytest.mark.slow
@every_topic
def test_a_real_kernel_gives_the_stated_answer(topic: str) -> None:
    """But for the backlog: its length is the machine's, and not ours to change."""
    if reason := lab.unavailable(events=True):
        pytest.skip(str(reason))
    release = ".".join(lab.worker().release.split(".")[:2])
    if release not in RELEASES:
        pytest.skip(f"recorded from 6.18, this is {lab.worker().release}")
    for question in asked(topic, release, 4):
        if not question.sysctl:
            played = read(question, lambda steps: lab.worker().play(steps, events=True))
            assert question.answer == played, question.text


@every_topic
@pytest.mark.parametrize("release", RELEASES)
def test_every_release_can_be_asked_about(topic: str, release: str) -> None:
    assert len(list(asked(topic, release, 2))) == 2 * EACH


# --- the working ----------------------------------------------------------------------------------

EQUATION = re.compile(r": ([^:]+) = (-?\w+)$")
ARITHMETIC = re.compile(r"(?:0x[0-9a-f]+|\d+|min|[-+*/%&|^~(), ])+")


@every_topic
def test_every_equation_is_true(topic: str) -> None:
    seen = 0
    for question in asked(topic, RELEASE):
        for line in question.working:
            if found := EQUATION.search(line):
                assert ARITHMETIC.fullmatch(found[1]), line
                assert eval(found[1], {}) == int(found[2], 0), line
                seen += 1
    assert seen > SEEDS * EACH


@every_topic
def test_every_number_of_an_answer_was_computed_or_given(topic: str) -> None:
    for question in asked(topic, RELEASE):
        results = {int(m[2], 0) for line in question.working if (m := EQUATION.search(line))}
        given = {int(n) for n in re.findall(r"\b\d+\b", question.text)}
        if question.kind in ("counted", "headers", "longest", "lowest", "unfragmented", "total"):
            numbers = {int(n) for n in re.findall(r"\d+", question.answer)}
            assert numbers - {1} <= results, (question.answer, question.working)
        elif question.kind in ("received", "lengths", "dropped", "kept", "unwanted"):
            numbers = {int(n) for n in re.findall(r"\d+", question.answer)}
            assert numbers - {1} <= results | given | {n - 1 for n in results}, question.answer


def test_decisions_are_the_models() -> None:
    """With the operands that the model saw: the length with 14 more than IP's own."""
    lines = [line for question in asked("gso", "6.12") for line in question.working]
    shown = [
        line for line in lines if line.startswith("gso_features_check: is the packet too long")
    ]
    assert shown and all(re.search(r"\((len \d+), gso_(ipv4_)?max_size 65536\)$", s) for s in shown)


def test_a_working_that_ends_elsewhere_is_nobodys() -> None:
    agree("gso", 3, 3)
    with pytest.raises(RuntimeError, match="gso: worked out 2, but the model played 3"):
        agree("gso", 2, 3)


def test_an_equation_says_what_it_computes() -> None:
    working = Working()
    assert working.equation("bytes", "4000 + 3 * (20 + 8)") == 4084
    assert working.equation("out", "0xf0 & ~0x30", as_hex=True) == 0xC0
    assert working.lines == ["bytes: 4000 + 3 * (20 + 8) = 4084", "out: 0xf0 & ~0x30 = 0xc0"]
    assert evaluate("min(7, 6 // 4, 9) - -2") == 3


@pytest.mark.parametrize(
    "text", ["a", "2 ** 9", "1.5", "len(3)", "'a'", "True", "min(x for x in 3)"]
)
def test_only_arithmetic_is_computed(text: str) -> None:
    with pytest.raises(ValueError, match="expected whole numbers"):
        evaluate(text)


# --- the seed -------------------------------------------------------------------------------------


def test_draws_are_the_same_on_every_python() -> None:
    draw = Draw("7 gso 1")
    assert [draw.number(0, 999) for _ in range(6)] == PINNED
    assert [Draw(f"{n}").pick("abcdef") for n in range(8)] == PICKED


PINNED = [112, 616, 390, 391, 443, 329]
PICKED = list("ccdfacce")


def test_a_draw_stays_between_its_ends() -> None:
    draw = Draw("ends")
    assert {draw.number(-1, 1) for _ in range(99)} == {-1, 0, 1}


def ask(*options: str, hash_seed: str = "0") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "lomodel", "quiz", *options],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
def test_the_same_seed_asks_the_same() -> None:
    options = ("--seed", "5", "--answers", "--count", "12")
    status, out, err = ask(*options)
    assert (status, err) == (0, "") and out.count("Answer: ") == 12
    assert ask(*options, hash_seed="1") == (0, out, "")
    assert out.startswith(f"Linux {RELEASE}, seed 5\n")
    assert (
        ask("--seed", "6", "--answers", "--count", "12")[1].splitlines()[1:] != out.splitlines()[1:]
    )


@pytest.mark.slow
def test_fewer_questions_are_the_first_ones_and_answers_are_asked_for() -> None:
    long, short = (ask("--topic", "gso", "--count", n)[1] for n in ("4", "2"))
    told = "\nThe same command with --answers shows the working.\n"
    assert short.endswith(told) and long.startswith(short.removesuffix(told))
    assert "Answer" not in long and " = " not in long
    assert len(re.findall(r"^\d+\. \(gso\) ", long, re.M)) == 4


def test_another_release_is_another_kernel() -> None:
    old, new = (
        {each.answer for each in asked("mtu", release, 20) if each.kind == "errno"}
        for release in ("5.14", "6.12")
    )
    assert (old, new) == ({"EINVAL", "none"}, {"EMSGSIZE", "none"})


@pytest.mark.slow
@pytest.mark.parametrize(
    "options, said",
    [
        (("--seed", "x"), "argument --seed: expected a whole number, got 'x'"),
        (("--seed", "9" * 5000), "argument --seed: expected a whole number, got '999"),
        (("--seed",), "argument --seed: expected one argument"),
        (("--topic", "warp"), "argument --topic: invalid choice: 'warp'"),
        (("--count", "0"), "argument --count: expected a number from 1, got '0'"),
        (("--count", "many"), "argument --count: expected a number from 1, got 'many'"),
        (("--release", "2.4"), "argument --release: invalid choice: '2.4'"),
        (("--answer-me",), "unrecognized arguments: --answer-me"),
    ],
)
def test_bad_options_cost_one_line(options: tuple[str, ...], said: str) -> None:
    status, out, err = ask(*options)
    assert (status, out) == (2, "") and said in err and err.count("\n") == 1
    assert err.startswith("python -m lomodel")
