"""Writer and reader of one CPU's counters, in every interleaving.

Mutations that turned these red are named in the docstrings.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from lomodel.interleave import (
    WORD,
    Experiment,
    Run,
    explore,
    load,
    play,
    store,
)
from lomodel.linux.drivers.net.loopback import dev_lstats_read
from lomodel.linux.include.linux.netdevice_stats import dev_lstats_add
from lomodel.machine import Machine


@pytest.mark.parametrize("updates", [1, 2, 3])
def test_with_the_sequence_counter_every_pair_is_true(updates: int) -> None:
    """Red when the reader does not wait for an even number, does not look again, or when the writer
    forgets to make it odd or even."""
    outcome = Experiment(bits=32, sync=True, lengths=(1000,) * updates).run()
    assert outcome.verdicts() == {"true": updates + 1, "mixed": 0, "torn": 0}
    assert set(outcome.pairs) == set(outcome.experiment.moments())
    assert outcome.shortest("torn") is None
    assert outcome.story("torn").startswith("no schedule gives a torn pair")


def test_without_it_some_are_torn() -> None:
    outcome = Experiment(bits=32, sync=False).run()
    assert outcome.verdicts() == {"true": 3, "mixed": 3, "torn": 6}


def test_one_look_is_as_good_as_none() -> None:
    """Red when the reader looks a second time all the same, or does not wait while it is odd."""
    edge = {"lengths": (4028,), "packets": 0, "bytes": WORD - 4000}
    once, bare = (
        Experiment(bits=32, sync=sync, second_look=False, **edge) for sync in (True, False)
    )
    assert set(once.run().pairs) == set(bare.run().pairs)
    inside = ("writer", "reader")  # the writer has made it odd
    run = play(once.programs(), once.memory(), inside)
    assert run.log[-1][2] == 1 and run.pending["reader"][1] == "sequence"


def test_the_shortest_torn_read() -> None:
    """Red when ``explore`` does not go breadth first."""
    outcome = Experiment(bits=32, sync=False).run()
    (packets, bytes), schedule = outcome.shortest("torn")
    assert len(schedule) == 7  # four loads of the reader, and the writer up to its first store
    assert (packets, bytes) == (WORD - 1, (WORD - 500 + 1000) % WORD)
    story = outcome.story().splitlines()
    assert len(story) == 8
    assert story[-1] == "reader returns packets 0xffffffff bytes 0x1f4: torn"
    run = play(outcome.experiment.programs(), outcome.experiment.memory(), schedule)
    assert run.results == {"reader": (packets, bytes)}


def test_on_64_bits_words_are_whole_but_pairs_may_be_mixed() -> None:
    """Bytes are added first and read last: a mixed pair has bytes of packets that are not counted
    yet, never packets without their bytes. Red when the writer counts packets first."""
    experiment = Experiment(bits=64, sync=False, packets=0, bytes=0)
    outcome = experiment.run()
    assert outcome.verdicts() == {"true": 3, "mixed": 3, "torn": 0}
    assert all(bytes >= 1000 * packets for packets, bytes in outcome.pairs)


def test_away_from_the_carry_nothing_is_torn_even_on_32_bits() -> None:
    """Which is why such a mistake hides: it takes 4 GiB of traffic to show itself once."""
    outcome = Experiment(bits=32, sync=False, packets=0, bytes=0).run()
    assert outcome.verdicts()["torn"] == 0


def brute_force(experiment: Experiment) -> tuple[Counter, int]:
    """All interleavings of two threads that do not wait for each other, one by one."""
    lengths = {}
    for name in ("reader", "writer"):
        run = Run(experiment.programs(), experiment.memory())
        steps = 0
        while name in run.pending:
            run.step(name)
            steps += 1
        lengths[name] = steps
    total = sum(lengths.values())
    results: Counter = Counter()
    for places in combinations(range(total), lengths["reader"]):
        chosen = set(places)
        schedule = tuple("reader" if at in chosen else "writer" for at in range(total))
        run = play(experiment.programs(), experiment.memory(), schedule)
        results[run.results["reader"]] += 1
    return results, results.total()


@pytest.mark.parametrize("bits", [32, 64])
def test_exploring_states_loses_no_interleaving(bits: int) -> None:
    """Red when the state leaves out local variables, or memory."""
    experiment = Experiment(bits=bits, sync=False)
    outcome = experiment.run()
    results, interleavings = brute_force(experiment)
    assert set(results) == set(outcome.pairs)
    assert outcome.found.schedules(100) == interleavings
    assert interleavings == (4845 if bits == 32 else 45)  # 16 + 4 steps, 8 + 2 steps


def retried(experiment: Experiment, tries: int) -> set:
    """Every pair that a reader can return within so many steps, by walking all schedules."""
    found, stack = set(), [()]
    while stack:
        schedule = stack.pop()
        run = play(experiment.programs(), experiment.memory(), schedule)
        if "reader" in run.results:
            found.add(run.results["reader"])
        elif len(schedule) < tries:
            stack += [(*schedule, name) for name in run.pending]
    return found


def test_exploring_with_retries_agrees_with_walking_all_short_schedules() -> None:
    # On 64 bits the writer takes 6 steps and the reader 4; the sequence counter is not needed there
    # for whole words, but it works.
    experiment = Experiment(bits=64, sync=True, lengths=(1000,))
    assert retried(experiment, 9) == {experiment.moments()[0]}
    assert retried(experiment, 11) == set(experiment.run().pairs) == set(experiment.moments())


def test_endless_schedules_are_states_that_come_again() -> None:
    """A reader may wait for ever for a writer that does not run: a cycle, not one more state."""
    outcome = Experiment(bits=32, sync=True).run()
    assert outcome.found.states < 1500
    # The writer takes 20 steps and the reader 6, if it never has to wait: all before, between the
    # two packets, or all after.
    assert [outcome.found.schedules(steps) for steps in (25, 26)] == [0, 3]
    assert outcome.found.schedules(40) > 1_000_000_000


def test_the_programs_are_those_of_the_model() -> None:
    """Run one after the other, the threads compute what dev_lstats_add and dev_lstats_read do."""
    for bits in (32, 64):
        experiment = Experiment(bits=bits, sync=bits == 32, lengths=(1000, 42))
        run = Run(experiment.programs(), experiment.memory())
        for name in ("writer", "reader"):
            while name in run.pending:
                run.step(name)
        machine = Machine(bits=bits, possible_cpus=1)
        lo = machine.new_net().loopback_dev
        lo.lstats[0].packets, lo.lstats[0].bytes = experiment.packets, experiment.bytes
        for length in experiment.lengths:
            dev_lstats_add(lo, length)
        assert run.results["reader"] == dev_lstats_read(lo) == experiment.moments()[-1]


def test_explore_finds_the_lost_update_of_two_writers() -> None:
    """The machinery on a classic: two CPUs that add to one plain counter can lose an update, which
    is why each has its own."""

    def adder():
        value = yield load("count")
        yield store("count", value + 1)

    def sum_up():
        return (yield load("count"))

    found = explore({"a": adder, "b": adder, "reader": sum_up}, {"count": 0}, watch="reader")
    assert set(found.results) == {0, 1, 2}
    finished = explore({"a": adder, "b": adder}, {"count": 0}, watch="a")
    assert finished.schedules(4) == 6
    last = play({"a": adder, "b": adder}, {"count": 0}, ("a", "b", "a", "b"))
    assert last.memory["count"] == 1


def test_states_differ_when_only_memory_differs() -> None:
    """Two threads that have ended the same way may have left different memory behind. Red when the
    state leaves out memory."""

    def adder(done: str):
        value = yield load("count")
        yield store("count", value + 1)
        yield store(done, 1)

    def wait_for_both():
        while not (yield load("a is done")):
            pass
        while not (yield load("b is done")):
            pass
        return (yield load("count"))

    programs = {
        "a": lambda: adder("a is done"),
        "b": lambda: adder("b is done"),
        "reader": wait_for_both,
    }
    memory = {"count": 0, "a is done": 0, "b is done": 0}
    assert set(explore(programs, memory, watch="reader").results) == {1, 2}
