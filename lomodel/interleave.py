"""Every way in which a writer and a reader of lo's counters can run at the same time.

A thread is a generator that yields at each access to memory, ``load(...)`` or ``store(...)``, and
so lets others run in between. Its state is where it stands and what is in its local variables,
nothing more; together with the memory that is the state of the whole. ``explore`` visits every
state that any schedule can reach, each once, in the order of the length of the shortest schedule
that leads there. Because a reader that goes round its loop again comes back to a state that has
been seen, no bound on retries is needed: the search is over all schedules, the endless ones
included.

What is bounded: the number of updates, one writer for a CPU's counters (the kernel's own rule) and
one reader, and sequentially consistent memory. The barriers that the kernel needs where memory is
weaker are taken to do what they promise.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

Access = tuple[str, str, int]
Thread = Generator[Access, int, Any]
Program = Callable[[], Thread]
Schedule = tuple[str, ...]

WORD = 1 << 32


def load(name: str) -> Access:
    """Read the memory word ``name``: ``value = yield load(name)``."""
    return ("load", name, 0)


def store(name: str, value: int) -> Access:
    """Write the memory word ``name``: ``yield store(name, value)``."""
    return ("store", name, value)


# --- the programs: dev_lstats_add and one CPU's share of dev_lstats_read ------------------------


def read_u64(bits: int, name: str) -> Thread:
    """u64_stats_read: one load on 64 bits, two halves on 32, the low one first."""
    if bits == 64:
        return (yield load(name))
    low = yield load(f"{name}.low")
    high = yield load(f"{name}.high")
    return high * WORD + low


def add_u64(bits: int, name: str, value: int) -> Thread:
    """u64_stats_add. The writer is alone with its CPU's counters, so what it loads is its own."""
    total = (yield from read_u64(bits, name)) + value
    if bits == 64:
        yield store(name, total)
    else:
        yield store(f"{name}.low", total % WORD)
        yield store(f"{name}.high", total // WORD)


def writer(bits: int, sync: bool, lengths: tuple[int, ...]) -> Thread:
    """``dev_lstats_add`` for one packet after the other."""
    sequence = 0
    # The loop counter is a variable so that it is part of the thread's state.
    for _packet, len in enumerate(lengths):
        if sync:
            sequence += 1
            yield store("sequence", sequence)  # u64_stats_update_begin: odd
        yield from add_u64(bits, "bytes", len)
        yield from add_u64(bits, "packets", 1)
        if sync:
            sequence += 1
            yield store("sequence", sequence)  # u64_stats_update_end: even


def reader(bits: int, sync: bool, second_look: bool = True) -> Thread:
    """The loop of ``dev_lstats_read``; returns (packets, bytes).

    Without its ``second_look`` at the sequence counter it believes whatever it has read.
    """
    while True:
        start = 0
        if sync:
            start = yield load("sequence")
            if start % 2:  # u64_stats_fetch_begin: wait while a writer is at work
                continue
        tpackets = yield from read_u64(bits, "packets")
        tbytes = yield from read_u64(bits, "bytes")
        if not (sync and second_look):
            return tpackets, tbytes
        if (yield load("sequence")) == start:  # u64_stats_fetch_retry
            return tpackets, tbytes


# --- one run ------------------------------------------------------------------------------------


class Run:
    """Threads that have been run some steps by a schedule."""

    def __init__(self, programs: Mapping[str, Program], memory: Mapping[str, int]) -> None:
        self.memory = dict(memory)
        self.threads: dict[str, Thread] = {}
        self.pending: dict[str, Access] = {}
        self.results: dict[str, Any] = {}
        self.log: list[tuple[str, Access, int]] = []
        for name, program in programs.items():
            self.threads[name] = program()
            self._resume(name, None)

    def step(self, name: str) -> None:
        """Let the thread do the access that it stands at, and run on to its next one."""
        kind, word, value = access = self.pending[name]
        if kind == "load":
            value = self.memory[word]
        else:
            self.memory[word] = value
        self.log.append((name, access, value))
        self._resume(name, value if kind == "load" else None)

    def _resume(self, name: str, value: int | None) -> None:
        try:
            self.pending[name] = self.threads[name].send(value)
        except StopIteration as stop:
            del self.pending[name]
            self.results[name] = stop.value

    def state(self) -> tuple:
        """All that decides what can still happen."""
        frames = tuple(_frames(thread) for thread in self.threads.values())
        return frames, tuple(self.memory.values()), frozenset(self.results.items())


def _frames(thread: Thread | None) -> tuple:
    """Where a thread stands, in every function it is in, with the local variables there."""
    frames = []
    while thread is not None and thread.gi_frame is not None:
        frame = thread.gi_frame
        held = tuple((k, v) for k, v in frame.f_locals.items() if isinstance(v, int | str))
        frames.append((frame.f_code.co_name, frame.f_lasti, held))
        thread = thread.gi_yieldfrom
    return tuple(frames)


def play(programs: Mapping[str, Program], memory: Mapping[str, int], schedule: Schedule) -> Run:
    """Run the threads as ``schedule`` says, one name a step."""
    run = Run(programs, memory)
    for name in schedule:
        run.step(name)
    return run


# --- all runs -----------------------------------------------------------------------------------


@dataclass(slots=True)
class Exploration:
    """What ``explore`` found.

    ``results`` maps everything that the watched thread can return to a shortest schedule that makes
    it return that; ``edges`` every state, by number, to the numbers of its successors.
    """

    results: dict[Any, Schedule] = field(default_factory=dict)
    edges: list[list[int]] = field(default_factory=list)

    @property
    def states(self) -> int:
        """How many different states can be reached."""
        return len(self.edges)

    def schedules(self, steps: int) -> int:
        """How many different complete schedules there are of at most ``steps`` steps."""
        ways, complete = {0: 1}, 0
        for _ in range(steps + 1):
            after: dict[int, int] = {}
            for state, count in ways.items():
                complete += 0 if self.edges[state] else count
                for successor in self.edges[state]:
                    after[successor] = after.get(successor, 0) + count
            ways = after
        return complete


def explore(programs: Mapping[str, Program], memory: Mapping[str, int], watch: str) -> Exploration:
    """Every reachable state, breadth first, so that the first schedule to a result is a
    shortest."""
    found = Exploration()
    start = Run(programs, memory)
    numbers = {start.state(): 0}
    queue: deque[Schedule] = deque([()])
    while queue:
        schedule = queue.popleft()
        run = play(programs, memory, schedule)
        successors: list[int] = []
        found.edges.append(successors)
        if watch in run.results:
            found.results.setdefault(run.results[watch], schedule)
        for name in sorted(run.pending):
            longer = (*schedule, name)
            state = play(programs, memory, longer).state()
            if state not in numbers:
                numbers[state] = len(numbers)
                queue.append(longer)
            successors.append(numbers[state])
    return found


# --- what may be read ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Experiment:
    """A writer that counts packets of ``lengths`` and a reader, on a machine of ``bits`` bits.

    The counters start at ``packets`` and ``bytes``, just below where the high half changes.
    ``second_look`` is the reader's.
    """

    bits: int = 32
    sync: bool = True
    lengths: tuple[int, ...] = (1000, 1000)
    packets: int = WORD - 1
    bytes: int = WORD - 500
    second_look: bool = True

    def programs(self) -> dict[str, Program]:
        """The two threads."""
        return {
            "reader": lambda: reader(self.bits, self.sync, self.second_look),
            "writer": lambda: writer(self.bits, self.sync, self.lengths),
        }

    def memory(self) -> dict[str, int]:
        """The words that they share, as they are before."""
        words = {"sequence": 0} if self.sync else {}
        for name, value in (("packets", self.packets), ("bytes", self.bytes)):
            if self.bits == 64:
                words[name] = value
            else:
                words[f"{name}.low"], words[f"{name}.high"] = value % WORD, value // WORD
        return words

    def moments(self) -> list[tuple[int, int]]:
        """The pairs (packets, bytes) that are true at some moment: before, between and after."""
        pairs = [(self.packets, self.bytes)]
        for length in self.lengths:
            pairs.append((pairs[-1][0] + 1, pairs[-1][1] + length))
        return pairs

    def verdict(self, pair: tuple[int, int]) -> str:
        """What a reader got that read ``pair``: "true", "mixed" (each number was true, at different
        moments) or "torn" (a number that was never there)."""
        moments = self.moments()
        if pair in moments:
            return "true"
        packets, bytes = zip(*moments, strict=True)
        return "mixed" if pair[0] in packets and pair[1] in bytes else "torn"

    def run(self) -> Outcome:
        """Explore every interleaving."""
        return Outcome(self, explore(self.programs(), self.memory(), watch="reader"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What readers can get: every pair, with the shortest schedule that gives it."""

    experiment: Experiment
    found: Exploration

    @property
    def pairs(self) -> dict[tuple[int, int], Schedule]:
        """(packets, bytes) as read, each with its shortest schedule."""
        return self.found.results

    def verdicts(self) -> dict[str, int]:
        """How many different pairs are true, mixed and torn."""
        counts = {"true": 0, "mixed": 0, "torn": 0}
        for pair in self.pairs:
            counts[self.experiment.verdict(pair)] += 1
        return counts

    def shortest(self, verdict: str) -> tuple[tuple[int, int], Schedule] | None:
        """The pair of that kind that takes the fewest steps, and its schedule; None if there is
        none."""
        for pair, schedule in self.pairs.items():  # found in the order of their lengths
            if self.experiment.verdict(pair) == verdict:
                return pair, schedule
        return None

    def story(self, verdict: str = "torn") -> str:
        """The shortest schedule to such a pair, one access a line."""
        shortest = self.shortest(verdict)
        if shortest is None:
            return f"no schedule gives a {verdict} pair ({self.found.states} states)"
        (packets, bytes), schedule = shortest
        run = play(self.experiment.programs(), self.experiment.memory(), schedule)
        lines = [_line(*entry) for entry in run.log]
        lines.append(f"reader returns packets {packets:#x} bytes {bytes:#x}: {verdict}")
        return "\n".join(lines)


def _line(thread: str, access: Access, value: int) -> str:
    kind, word, _ = access
    arrow = "->" if kind == "load" else "<-"
    return f"{thread:6} {kind:5} {word:12} {arrow} {value:#x}"
