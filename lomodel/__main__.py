"""`python -m lomodel predict | capture | compare`: scenarios in, observations out (JSON Lines)."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Collection, Iterator
from typing import Any

from lomodel.contract import Scenario, ScenarioError, dumps, read
from lomodel.linux.include.linux.netdev_features import netdev_features
from lomodel.release import DEFAULT, RELEASES

DIFFERENT, INVALID, INTERRUPTED = 1, 2, 130


class Failure(Exception):
    """The command cannot do its work; the text says why, in one line."""


class Input:
    """The scenarios on standard input; remembers whether a line was none."""

    def __init__(self, features: Collection[str] | None):
        self.features = features
        self.invalid = False

    def complain(self, error: ScenarioError) -> None:
        """Say what is wrong with a line, and go on."""
        self.invalid = True
        print(error, file=sys.stderr, flush=True)

    def __iter__(self) -> Iterator[tuple[int, Scenario]]:
        """Every valid scenario with the number of its line."""
        if sys.stdin is None:
            raise Failure("standard input is closed")
        for number, line in enumerate(sys.stdin.buffer, start=1):
            for scenario in read([line], self.features):
                if isinstance(scenario, ScenarioError):
                    self.complain(scenario.at(number))
                else:
                    yield number, scenario


def _write(text: str) -> None:
    """Write a line of output now. Raises Failure."""
    try:
        print(text, flush=True)
    except OSError as error:
        # Keep Python from complaining when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        gone = isinstance(error, BrokenPipeError)
        why = "the reader of the output is gone" if gone else f"writing failed: {error.strerror}"
        raise Failure(why) from None


def _play_all(given: Input, play: Callable[[list], Any]) -> int:
    for _, scenario in given:
        _write(dumps(scenario | {"observed": play(scenario["steps"])}))
    return INVALID if given.invalid else 0


def predict(options: argparse.Namespace) -> int:
    """Play the scenarios on the model."""
    from lomodel.scenario import play

    release = options.release
    given = Input(netdev_features(release).by_string)
    return _play_all(given, lambda steps: play(steps, release))


def capture(options: argparse.Namespace) -> int:
    """Play the scenarios on this machine's kernel."""
    from lomodel.lab import LabUnavailable
    from lomodel.lab.worker import worker

    try:
        lab = worker()
        if lab.no_events:
            print(f"without events: {lab.no_events.reason}", file=sys.stderr)
        return _play_all(Input(lab.features), lab.play)
    except LabUnavailable as error:
        raise Failure(error) from None


def compare(options: argparse.Namespace) -> int:
    """Play the scenarios on both; print a table of the first differences."""
    from lomodel import lab
    from lomodel.lab.diff import table

    given = Input(None)
    rows: list[list[str]] = []
    count = different = 0
    source = ""
    without = lab.unavailable()
    for number, scenario in given:
        try:
            result = lab.compare(scenario, options.release, without)
        except ScenarioError as error:
            given.complain(error.at(number))
            continue
        except lab.LabUnavailable as error:
            given.complain(ScenarioError("observed", f"missing, and {error}", number))
            continue
        count += 1
        different += not result.equal
        rows += result.rows()[: options.first]
        source = f"model {result.release}, {result.source}"
    if rows:
        _write(table(rows))
    _write(f"{count} scenarios, {different} different ({source})")
    return INVALID if given.invalid else DIFFERENT if different else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lomodel", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="predict | capture | compare")
    for function in (predict, capture, compare):
        command = commands.add_parser(function.__name__, help=function.__doc__)
        command.set_defaults(run=function)
        if function is not capture:
            default = DEFAULT if function is predict else None
            help_ = "the kernel release that the model plays (%(default)s)"
            command.add_argument("--release", choices=RELEASES, default=default, help=help_)
        if function is compare:
            help_ = "at most so many differences of one scenario (%(default)s)"
            command.add_argument("--first", type=int, default=5, help=help_)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        if sys.stdout is None:
            raise Failure("standard output is closed")
        status = options.run(options)
        # A Ctrl-C at the end of the input is raised by the next call, which had better be here.
        sys.stdout.flush()
        return status
    except Failure as failure:
        print(failure, file=sys.stderr)
        return INVALID
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
