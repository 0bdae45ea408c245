"""Small changes of the model, each of which must turn a named test red: replays the list.

    python -m tools.mutate [--sample EVERY] [--jobs N] [PART OF A FILE'S PATH ...]

The list is `tests/mutations/*.toml`. Each file of it names a source file and its mutations: `old`,
a text that stands there exactly once, `new`, and either `test`, the test that must fail, or
`survives`, the reason why none can. A mutation is made in a copy of the project, never in the
project. The exit status is 1 when a test stayed green or could not run, when a text is gone or
stands there twice, and when more than one mutation in twenty survives.

Generators of mutations (cosmic-ray, mutmut) say that some test fails; the list says which one, and
what it names is chosen by people.
"""

from __future__ import annotations

import argparse
import compileall
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parent.parent
LIST = "tests/mutations"
TREES = "_build/trees"
"""Where a project has the kernel's sources that its tests read."""
NOT_COPIED = shutil.ignore_patterns(
    *(".*_cache", ".git", ".hypothesis", ".venv", "__pycache__", "_build", "dist")
)
TIMEOUT = 60
"""Seconds for one test: what changes for ever is not caught."""
LEAST = 0.95
"""The share of the list that must be caught."""


class Unfit(Exception):
    """A list that cannot be replayed as it stands, in a sentence."""


@dataclass(frozen=True)
class Mutation:
    """One change of one file. ``test`` is a pytest node, or empty where ``survives`` says why."""

    file: str
    old: str
    new: str
    test: str = ""
    survives: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {_short(self.old)} -> {_short(self.new)}"

    def apply(self, root: Path) -> str:
        """The changed text. Unfit when the old one does not stand there exactly once."""
        text = (root / self.file).read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise Unfit(f"{self}: the old text stands there {text.count(self.old)} times, not once")
        return text.replace(self.old, self.new)


def _short(text: str) -> str:
    return repr(" ".join(text.split()))


def read(root: Path = ROOT) -> list[Mutation]:
    """The whole list, in the order of its files. Unfit when a mutation is not well said."""
    found: list[Mutation] = []
    for path in sorted((root / LIST).glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        for entry in content["mutation"]:
            try:
                mutation = Mutation(content["file"], **entry)
            except TypeError as error:
                raise Unfit(f"{path.name}: {error}") from None
            if bool(mutation.test) == bool(mutation.survives):
                raise Unfit(f"{mutation}: needs a test, or the reason why it survives")
            found.append(mutation)
    return found


@contextmanager
def copied(root: Path) -> Iterator[Path]:
    """A copy of the project, compiled, for one process to change."""
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        copy = Path(folder, "project")
        shutil.copytree(root, copy, ignore=NOT_COPIED)
        if (trees := root / TREES).is_dir():
            (copy / TREES).parent.mkdir()
            (copy / TREES).symlink_to(trees)  # too large to copy, and nothing writes there
        compileall.compile_dir(copy, quiet=2)
        yield copy


@contextmanager
def made(mutation: Mutation, copy: Path) -> Iterator[None]:
    """The mutation in a copy, for a while. Unfit when its text is not there."""
    path = copy / mutation.file
    before, changed = path.read_bytes(), mutation.apply(copy)
    times = path.stat()
    path.write_text(changed, encoding="utf-8")
    # Python compiles a file anew when its size or the second of its change is another.
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + 10**10))
    try:
        yield
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@dataclass(frozen=True)
class Run:
    """How tests ended: pytest's exit status (None: they did not) and what it printed."""

    status: int | None
    output: str

    def last_line(self) -> str:
        """The last line that says something."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        return lines[-1] if lines else "it said nothing"


def run_tests(copy: Path, *options: str, times: int = 1) -> Run:
    """Run tests in a copy, up to the first that fails, for at most ``times`` TIMEOUT seconds."""
    with tempfile.NamedTemporaryFile(mode="r") as output:
        process = SERVER.Process(target=_be_pytest, args=(copy, output.name, options))
        process.start()
        process.join(times * TIMEOUT)
        status = process.exitcode
        if status is None:
            process.kill()
            process.join()
        return Run(status, output.read())


# A process that has pytest and what it needs, and forks: starting anew takes longer than a test.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["pytest", "hypothesis", "nbval.plugin", "playwright.sync_api"])
OURS = ("lomodel", "tests", "tools")


def _be_pytest(copy: Path, output: str, options: tuple[str, ...]) -> None:
    """Become the process that runs the tests, of the copy and nothing else."""
    multiprocessing.current_process().name = "MainProcess"  # as whoever is tested may ask
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    with open(output, "w") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    os.chdir(copy)
    sys.path.insert(0, str(copy))
    # A changed file is compiled for its own run only.
    sys.dont_write_bytecode = True
    os.environ |= {"PYTHONDONTWRITEBYTECODE": "1", "LOMODEL_REQUIRE_ALL": "1"}
    import pytest

    # pyproject.toml's own options are for the whole suite.
    alone = ["-q", "-x", "-o", "addopts=", "-p", "no:cacheprovider", "-p", "no:xdist"]
    sys.exit(pytest.main([*alone, *options]))


def replay(mutation: Mutation, copy: Path) -> str:
    """What becomes of one mutation, made in ``copy``: empty when its test fails, else a sentence.

    Unfit when its text is not there.
    """
    with made(mutation, copy):
        run = run_tests(copy, mutation.test)
    if run.status is None:
        return f"{mutation.test} did not end within {TIMEOUT} s"
    if run.status == 0:
        return f"{mutation.test} stays green"
    if run.status != 1:
        return f"{mutation.test} could not run: {run.last_line()}"
    return ""


def check_green(tests: Collection[str], copy: Path) -> None:
    """Unfit unless all of the tests pass where nothing is changed."""
    run = run_tests(copy, *tests, times=max(1, len(tests)))
    if run.status != 0:
        failed = re.findall(r"^(?:FAILED|ERROR) .*", run.output, re.M) or [run.last_line()]
        raise Unfit(f"not green before any change: {failed[0]}")


def replay_all(mutations: list[Mutation], root: Path, jobs: int) -> dict[Mutation, str]:
    """``replay`` of each, in ``jobs`` copies at once; those with an answer other than empty.

    Unfit when the list does not fit the project.
    """
    for mutation in mutations:
        mutation.apply(root)
    tried = [mutation for mutation in mutations if mutation.test]
    free: SimpleQueue[Path] = SimpleQueue()

    def one(mutation: Mutation) -> str:
        copy = free.get()
        try:
            return replay(mutation, copy)
        finally:
            free.put(copy)

    with ExitStack() as stack, ThreadPoolExecutor(jobs) as pool:
        copies = [stack.enter_context(copied(root)) for _ in range(jobs)]
        check_green(sorted({mutation.test for mutation in tried}), copies[0])
        for copy in copies:
            free.put(copy)
        answers = dict(zip(tried, pool.map(one, tried), strict=True))
    return {mutation: answer for mutation, answer in answers.items() if answer}


def report(mutations: list[Mutation], missed: dict[Mutation, str]) -> int:
    """Print what became of them; the exit status."""
    listed = {each: f"survives: {each.survives}" for each in mutations if each.survives}
    for mutation, answer in (listed | missed).items():
        print(f"{mutation}\n    {answer}")
    caught = len(mutations) - len(listed) - len(missed)
    print(f"{caught} of {len(mutations)} mutations caught, {len(listed)} listed as survivors")
    return 1 if missed or caught < LEAST * len(mutations) else 0


def main() -> int:
    """Replay; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", help="only files whose path has one of these")
    parser.add_argument("--sample", type=int, default=1, help="only each such (%(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="at once (%(default)s)")
    options = parser.parse_args()
    try:
        chosen = [
            each
            for each in read()
            if not options.parts or any(part in each.file for part in options.parts)
        ][:: options.sample]
        return report(chosen, replay_all(chosen, ROOT, options.jobs))
    except Unfit as error:
        print(error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
