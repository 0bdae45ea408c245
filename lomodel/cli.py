"""`python -m lomodel predict | capture | compare`: scenarios in, observations out (JSON Lines);
`explain`: why a scenario went as it did, in words; `quiz`: questions about lo, and their answers.

The exit status is 0, or 1 when `compare` found a difference, 2 when the command or some of its
input could not be used, 130 after Ctrl-C. (Where standard input is a folder, Python itself gives up
before it comes to this module, with a 1 of its own.)
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from textwrap import fill, indent
from typing import Any, NoReturn

from lomodel import desk, lab
from lomodel.contract import Scenario, ScenarioError, dumps, read, shown
from lomodel.explain import explain as explanation
from lomodel.lab import diff
from lomodel.lab.worker import worker
from lomodel.linux.include.linux.netdev_features import netdev_features
from lomodel.quiz import TOPICS, questions
from lomodel.release import DEFAULT, RELEASES
from lomodel.scenario import play

DIFFERENT, INVALID, INTERRUPTED = 1, 2, 130

READS = 'Reads one scenario a line, in JSON, from standard input ("Ask a kernel" in README.md).'
"""What is said of the commands that take scenarios, in their help."""
WIDTH = 90
"""Columns of a question."""


class Failure(Exception):
    """The command cannot do its work; the text says why, in one line."""


# The streams. Each may be closed (Python has None for it then), full, or of a poor encoding.


def _open_streams() -> None:
    """Make sure of the three descriptors and of how text that they cannot write is written.

    A closed one would be given to the next file that is opened, which then gets our messages.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
        with suppress(OSError, AttributeError):
            # Where reading or writing does not wait, the rest would be lost.
            os.set_blocking(descriptor, True)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _say(text: object) -> None:
    """One line on standard error, as far as there is one."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(shown(str(text)), file=sys.stderr, flush=True)


def _write(text: str, end: str = "\n") -> None:
    """Write a line of output now. Raises Failure."""
    if sys.stdout is None:
        raise Failure("standard output is closed")
    try:
        print(text, end=end, flush=True)
    except OSError as error:
        gone = isinstance(error, BrokenPipeError)
        why = "the reader of the output is gone" if gone else f"writing failed: {error.strerror}"
        raise Failure(why) from None


class Input:
    """The scenarios on standard input; remembers whether a line was none, or was not played."""

    def __init__(self, features: Collection[str] | None):
        self.features = features
        self.invalid = False

    def complain(self, about: object) -> None:
        """Say what is wrong with a line, and go on."""
        self.invalid = True
        _say(about)

    def _lines(self) -> Iterator[bytes]:
        if sys.stdin is None:
            raise Failure("standard input is closed")
        try:
            yield from sys.stdin.buffer
        except OSError as error:
            raise Failure(f"reading standard input failed: {error.strerror}") from None

    def __iter__(self) -> Iterator[tuple[int, Scenario]]:
        """Every valid scenario with the number of its line."""
        for number, line in enumerate(self._lines(), start=1):
            for scenario in read([line], self.features):
                if isinstance(scenario, ScenarioError):
                    self.complain(scenario.at(number))
                else:
                    yield number, scenario

    @contextmanager
    def line(self, number: int) -> Iterator[None]:
        """Whatever goes wrong with one line costs that line only."""
        try:
            yield
        except ScenarioError as error:
            self.complain(error.at(number))
        except lab.NotPlayed as error:
            self.complain(f"line {number}: {error}")
        except (Failure, lab.LabUnavailable):
            raise
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{os.path.basename(place.filename)}, line {place.lineno}"
            self.complain(f"line {number}: not played: {type(error).__name__}: {error} ({where})")


# The commands.


def _no_more_interrupts() -> None:
    """Ignore Ctrl-C until `main` ends, so that what was found is told; raises one that came before.

    Where a read that ends and a Ctrl-C come together, the read wins, and the exception comes later.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _play_all(given: Input, play_one: Callable[[list], Any]) -> int:
    for number, scenario in given:
        with given.line(number):
            _write(dumps(scenario | {"observed": play_one(scenario["steps"])}))
    return INVALID if given.invalid else 0


def predict(options: argparse.Namespace) -> int:
    """Play the scenarios on the model."""
    release = options.release
    given = Input(netdev_features(release).by_string)
    return _play_all(given, lambda steps: play(steps, release))


def explain(options: argparse.Namespace) -> int:
    """Say why the scenarios went as they did on the model: who refused, dropped or cut what."""
    release = options.release
    given = Input(netdev_features(release).by_string)
    for number, scenario in given:
        with given.line(number):
            told = explanation(scenario["steps"], release)
            _write(f"{shown(scenario['id'])}\n{indent(str(told), '  ')}\n")
    return INVALID if given.invalid else 0


def capture(options: argparse.Namespace) -> int:
    """Play the scenarios on this machine's kernel."""
    try:
        first = worker()
        if first.no_events:
            _say(f"without events: {first.no_events.reason}")
        # Asked for each time: a scenario that ended the player leaves the next one a new player.
        return _play_all(Input(first.features), lambda steps: worker().play(steps))
    except lab.LabUnavailable as error:
        raise Failure(error) from None


class Tally:
    """What `compare` has found so far. Differences are printed as they are found."""

    def __init__(self, first: int):
        self.first = first
        self.count = self.different = 0
        self.without: list[int] = []
        self.sources: Counter[str] = Counter()
        self.notes: dict[str, None] = {}
        self.uncompared: Counter[str] = Counter()

    def add(self, result: lab.Comparison) -> None:
        """Count one scenario, and print its first differences."""
        self.count += 1
        self.sources[f"model {result.release}, {result.source}"] += 1
        self.notes |= dict.fromkeys(result.notes)
        if result.uncompared:
            self.uncompared[result.uncompared] += 1
        if not result.equal:
            self.different += 1
            self._print(result)

    def _print(self, result: lab.Comparison) -> None:
        rows = result.rows()
        shown_rows = rows[: self.first]
        if len(shown_rows) < len(rows):
            shown_rows.append([result.scenario["id"], "...", f"{len(rows) - self.first} more"])
        heading = self.different == 1
        _write(diff.table(shown_rows, diff.WIDTHS, heading))

    def summary(self, done: bool) -> str:
        """How many were compared, with what, how far that can be trusted, and what was not."""
        found = f"{self.count} scenarios, {self.different} different"
        if not done:
            found += " so far"
        if len(self.sources) == 1:
            found += f" ({next(iter(self.sources))})"
        elif self.sources:
            parts = [f"{count}: {source}" for source, count in self.sources.items()]
            found += f" ({'; '.join(parts)})"
        missing = [f"not compared: {what}, of {n}" for what, n in self.uncompared.items()]
        if self.without:
            missing.append(f"not compared: {len(self.without)} scenarios without a kernel's run")
        return "\n".join(map(shown, [found, *missing, *self.notes]))


def compare(options: argparse.Namespace) -> int:
    """Play the scenarios on both; print a table of the first differences."""
    given, tally = Input(None), Tally(options.first)
    try:
        _compare_all(given, tally, options.release)
        _no_more_interrupts()
    except (KeyboardInterrupt, Failure):
        if tally.count:
            _no_more_interrupts()
            with suppress(Failure):
                _write(tally.summary(done=False))
        raise
    _write(tally.summary(done=True))
    return INVALID if given.invalid else DIFFERENT if tally.different else 0


def _compare_all(given: Input, tally: Tally, release: str | None) -> None:
    without = lab.unavailable()
    told: set[str] = set()

    def say(text: object) -> None:
        if str(text) not in told:
            told.add(str(text))
            _say(text)

    for number, scenario in given:
        with given.line(number):
            try:
                tally.add(lab.compare(scenario, release, without, say))
            except lab.NotPlayed:
                raise
            except lab.LabUnavailable as error:
                # No news after the first line of it: the summary has the number.
                given.invalid = True
                tally.without.append(number)
                say(f"{error}; only a scenario with its recorded run (observed) can be compared")


def quiz(options: argparse.Namespace) -> int:
    """Questions about lo, with numbers; the working on request."""
    _write(f"Linux {options.release}, seed {options.seed}")
    asked = questions(options.seed, options.release, options.topic)
    for number, question in enumerate(islice(asked, options.count), start=1):
        text = f"{number}. ({question.topic}) {question.text}"
        _write("\n" + fill(text, WIDTH, subsequent_indent="   ", break_on_hyphens=False))
        if options.answers:
            _write("\n".join(f"   {line}" for line in question.working))
            _write(f"   Answer: {question.answer}")
    if not options.answers:
        _write("\nThe same command with --answers shows the working.")
    return 0


def _integer(text: str, least: int | None = None) -> int:
    try:
        number = int(text)
    except ValueError:
        number = None
    if number is None or (least is not None and number < least):
        expected = "a whole number" if least is None else f"a number from {least}"
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text[:40]!r}")
    return number


class _Parser(argparse.ArgumentParser):
    """A mistake in the options is told in one line."""

    def error(self, message: str) -> NoReturn:
        _say(f"{self.prog}: {message}")
        self.exit(INVALID)


def _release(command: argparse.ArgumentParser, default: str | None) -> None:
    help_ = "the kernel release that the model plays (%(default)s)"
    command.add_argument("--release", choices=RELEASES, default=default, help=help_)


def _parser() -> argparse.ArgumentParser:
    description = " ".join(__doc__.partition("\n\n")[0].split())
    parser = _Parser(prog="python -m lomodel", description=description)
    functions = (predict, explain, capture, compare, quiz)
    names = " | ".join(function.__name__ for function in functions)
    commands = parser.add_subparsers(required=True, metavar=names)
    for function in functions:
        says = function.__doc__ if function is quiz else f"{function.__doc__} {READS}"
        command = commands.add_parser(function.__name__, help=function.__doc__, description=says)
        command.set_defaults(run=function)
        OPTIONS.get(function, lambda command: None)(command)
    return parser


def _predict_options(command: argparse.ArgumentParser) -> None:
    _release(command, DEFAULT)


def _compare_options(command: argparse.ArgumentParser) -> None:
    _release(command, None)
    help_ = "at most so many differences of one scenario (%(default)s)"
    at_least_none = partial(_integer, least=0)
    command.add_argument("--first", type=at_least_none, default=5, metavar="N", help=help_)


def _quiz_options(command: argparse.ArgumentParser) -> None:
    _release(command, desk.RELEASE)
    add = command.add_argument
    help_ = "the same seed asks the same questions (%(default)s)"
    add("--seed", type=_integer, default=0, metavar="N", help=help_)
    add("--topic", choices=TOPICS, help="ask about this only")
    at_least_one = partial(_integer, least=1)
    add("--count", type=at_least_one, default=5, metavar="N", help="so many (%(default)s)")
    add("--answers", action="store_true", help="show the working and the answers")


OPTIONS = {
    predict: _predict_options,
    explain: _predict_options,
    compare: _compare_options,
    quiz: _quiz_options,
}


def _run(arguments: list[str] | None) -> int:
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as end:  # help, or a mistake in the arguments, and said
        if sys.stdout is not None:
            _write("", end="")
        return int(end.code or 0)
    if sys.stdout is None:
        raise Failure("standard output is closed")
    return options.run(options)


def main(listening: bool = False, arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status.

    `listening`: whether Ctrl-C is for us; it is a KeyboardInterrupt only while this runs.
    """
    before = signal.getsignal(signal.SIGINT)
    _open_streams()
    try:
        if listening:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return _run(arguments)
        finally:
            # A Ctrl-C that came before this line is raised here, and none after it.
            signal.signal(signal.SIGINT, before)
    except (Failure, MemoryError) as failure:
        _say(failure if isinstance(failure, Failure) else "out of memory")
        return INVALID
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
