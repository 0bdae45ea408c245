"""Isolation: a bubblewrap container with a warm Python in it, and a run for each submission.

The container sees the system's programs and libraries, this Python with its packages, and the
packages that notebooks import; all read-only. It has no network, no other process, none of the
user's files, no environment. Each run in it is caged once more (``inside/cage.py``).
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from exercises.grader.grade import ENDED, TOO_LONG
from exercises.grader.inside import wire
from exercises.grader.inside.place import HOME, STAGE
from exercises.grader.limits import MIB, Limits
from exercises.grader.problem import Problem

DONE, FLOODED = "done", "flooded"
START_SECONDS = 120.0
"""For the warm interpreter and the given cells at the top."""
HERE = Path(__file__).resolve().parent
SYSTEM = ("/lib", "/lib64", "/lib32", "/bin", "/sbin")
"""Folders of the system, or links into /usr."""
TOGETHER = ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": HOME,
    "TMPDIR": HOME,
    "LANG": "C.UTF-8",
    # Sets print alike for everybody, and one thread is one thread.
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "MALLOC_ARENA_MAX": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}
INSTALL = "install it (Debian, Ubuntu: apt install bubblewrap), or say --unsafe"
UNSAFE = "--unsafe runs what students wrote as you, with your files and network"


@dataclass(frozen=True)
class Result:
    """What running a cell gave: ``status`` is DONE, TOO_LONG, ENDED or FLOODED; ``raised`` is the
    name and the text of what it raised, as the process says."""

    status: str
    outputs: tuple[dict[str, Any], ...] = ()
    raised: tuple[str, str] | None = None


class Run:
    """One caged process: cells go in, results come out. What comes out may be forged."""

    def __init__(self, channel: socket.socket, limits: Limits) -> None:
        self._channel, self._limits = channel, limits
        self._number = 0

    def cell(self, source: str, *, answer: bool, seconds: float) -> Result:
        """Runs a cell. After TOO_LONG or ENDED the run is of no use any more."""
        deadline = time.monotonic() + seconds
        try:
            self._channel.settimeout(max(seconds, 0.001))
            self._number += 1
            wire.send(self._channel, {"n": self._number, "source": source, "answer": answer})
            return self._result(self._message(deadline))
        except TimeoutError:
            return Result(TOO_LONG)
        except (OSError, ValueError, RecursionError, EOFError):
            return Result(ENDED)

    def _message(self, deadline: float) -> Any:
        """The answer to this cell, in time. What is none, or too large to be one, is forged."""
        while True:
            (size,) = struct.unpack("!I", self._exactly(wire.HEAD.size, deadline))
            # JSON writes a character in up to six bytes.
            if size > 6 * self._limits.output + MIB:
                for _ in self._parts(size, deadline):
                    continue
                continue
            message = json.loads(self._exactly(size, deadline))
            if isinstance(message, dict) and message.get("n") == self._number:
                return message

    def _exactly(self, size: int, deadline: float) -> bytes:
        return b"".join(self._parts(size, deadline))

    def _parts(self, size: int, deadline: float) -> Iterator[bytes]:
        """So many bytes, as they come. TimeoutError, EOFError."""
        while size:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._channel.settimeout(left)
            part = self._channel.recv(min(size, MIB))
            if not part:
                raise EOFError
            size -= len(part)
            yield part

    def _result(self, message: Any) -> Result:
        error = message.get("error")
        raised = (str(error[0]), str(error[1])) if isinstance(error, list) and error[1:] else None
        if message.get("flooded"):
            return Result(FLOODED, (), raised)
        outputs = message.get("outputs")
        if not isinstance(outputs, list) or (error is not None and raised is None):
            return Result(ENDED)
        return Result(DONE, tuple(_output(each) for each in outputs), raised)


def _output(given: Any) -> dict[str, Any]:
    """An output that has the form of one, whatever was sent. ValueError if it cannot be."""
    if not isinstance(given, dict):
        raise ValueError("no output")
    kind = given.get("output_type")
    if kind == "stream" and given.get("name") in ("stdout", "stderr"):
        return {"output_type": kind, "name": given["name"], "text": str(given.get("text"))}
    data = given.get("data")
    if kind in ("display_data", "execute_result") and isinstance(data, dict):
        count = {"execution_count": None} if kind == "execute_result" else {}
        return {"output_type": kind, "data": data, "metadata": {}, **count}
    raise ValueError("no output")


class Sandbox:
    """A warm interpreter that has run the given cells at the top; every run starts from there."""

    def __init__(
        self,
        given: Iterable[str],
        own: Iterable[str] | None,
        limits: Limits,
        *,
        unsafe: bool = False,
    ) -> None:
        """``own``: the names that answers define; None: checks share all.
        ``unsafe``: without isolation."""
        self._limits, self._unsafe = limits, unsafe
        self._modules: list[str] = []
        self._settings = {
            "given": list(given),
            "own": None if own is None else sorted(own),
            "isolated": not unsafe,
            "output": limits.output,
            "files": limits.files,
            "processes": limits.processes,
            "memory": limits.memory,
        }

    def __enter__(self) -> Self:
        isolated = [] if self._unsafe else container()
        try:
            self._start(isolated)
        except Problem:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _start(self, isolated: list[str]) -> None:
        self._control, theirs = socket.socketpair()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        inside = [sys.executable, "-m", "exercises.grader.inside", str(theirs.fileno())]
        self._process = subprocess.Popen(
            [*isolated, *inside],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            pass_fds=[theirs.fileno()],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(search_path())}
            if self._unsafe
            else ENVIRONMENT,
            # Ctrl-C is the grader's, which ends this one.
            start_new_session=True,
        )
        theirs.close()
        self._control.settimeout(START_SECONDS)
        with suppress(OSError):  # it has ended: what it said last says why
            wire.send(self._control, self._settings)
        self._expect(wire.READY)

    def _expect(self, word: bytes) -> None:
        try:
            if self._control.recv(1) == word:
                return
        except OSError:
            pass
        self._process.kill()
        self._process.wait()
        self._log.seek(0)
        said = self._log.read().decode(errors="replace").strip().splitlines()
        why = said[-1] if said else "it said nothing"
        raise Problem(f"no isolated interpreter could be started ({why}); {UNSAFE}")

    def _stop(self) -> None:
        self._control.close()
        self._process.kill()
        self._process.wait()
        self._log.close()

    def warm(self, modules: list[str]) -> None:
        """Imports modules that every run will need."""
        self._modules = modules
        with suppress(OSError):
            self._control.sendall(wire.IMPORT)
            wire.send(self._control, modules)
        self._expect(wire.READY)

    @contextmanager
    def run(self) -> Iterator[Run]:
        """A run, and the end of every process of it."""
        if self._process.poll() is not None:
            self._renew()
        ours, theirs = socket.socketpair()
        with ours:
            with theirs, suppress(OSError):
                socket.send_fds(self._control, [wire.RUN], [theirs.fileno()])
            yield Run(ours, self._limits)
        refused = ""
        try:
            self._control.settimeout(START_SECONDS)
            self._control.sendall(wire.END)
            self._expect(wire.ENDED)
            # Said here and not by the run, which could say it at any time.
            refused = wire.receive(self._control)
        except (Problem, OSError):
            self._renew()
        if refused:
            raise Problem(f"a run could not be isolated ({refused}); {UNSAFE}")

    def _renew(self) -> None:
        """A new interpreter after the old one's end: the machine's memory was short, say."""
        self._stop()
        self._start([] if self._unsafe else container())
        self.warm(self._modules)


def container(writable: Path | None = None) -> list[str]:
    """The bubblewrap command, up to the program that it runs; a folder of ours that it may write.

    Problem where there is no bubblewrap.
    """
    bubblewrap = shutil.which("bwrap")
    if bubblewrap is None:
        raise Problem(f"bubblewrap is missing, which isolates what students wrote: {INSTALL}")
    command = [bubblewrap, *TOGETHER, "--die-with-parent", "--new-session", "--clearenv"]
    for name, value in ENVIRONMENT.items():
        command += ["--setenv", name, value]
    command += ["--setenv", "PYTHONPATH", os.pathsep.join(search_path())]
    command += ["--proc", "/proc", "--dev", "/dev", "--dir", STAGE]
    command += ["--perms", "1777", "--tmpfs", HOME]
    places = _outermost(visible())
    for place in places:
        command += [*_folders_above(place), "--ro-bind", str(place), str(place)]
    for link, target in _system_links():
        command += ["--symlink", target, link]
    # Where this project itself lies below /tmp, that is read-only.
    if not any(place.is_relative_to("/tmp") for place in [*places, writable or Path(STAGE)]):
        command += ["--symlink", HOME, "/tmp"]
    if writable:
        command += [*_folders_above(writable), "--bind", str(writable), str(writable)]
    return [*command, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", HOME]


@functools.cache
def search_path() -> list[str]:
    """Where Python looks for modules here, besides its own folders: this project, PYTHONPATH, what
    is installed in place. Not the folder of the program that was started, nor the current one."""
    asked = [sys.executable, "-I", "-c", "import json, sys; print(json.dumps(sys.path))"]
    installed = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
    named = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    own = (Path(sys.prefix), Path(sys.base_prefix))
    places = [Path(place).resolve() for place in (HERE.parent.parent, *named, *installed)]
    return [
        str(place)
        for place in dict.fromkeys(places)
        if place.is_dir() and not any(place.is_relative_to(one) for one in own)
    ]


def visible() -> Iterator[Path]:
    """Files and folders that a run can read."""
    for place in ("/usr", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/etc/alternatives"):
        yield Path(place)
    for place in SYSTEM:
        if not Path(place).is_symlink():
            yield Path(place)
    yield from (Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent)
    yield from (HERE, HERE.parent / "__init__.py")
    for place in search_path():
        yield from importable(Path(place))


def check_unseen(folder: Path) -> None:
    """Problem where runs could read a folder: in an environment's, say, or below /usr."""
    for place in visible():
        if folder.resolve().is_relative_to(place.resolve()):
            raise Problem(f"{folder} lies in {place}, which every submission can read: move it")


def importable(folder: Path) -> Iterator[Path]:
    """The packages in a folder of the search path: nothing else of it is seen, and of this project
    none that holds the grader, since solutions are beside it."""
    if any(part in ("site-packages", "dist-packages") for part in folder.parts):
        yield folder
        return
    for entry in sorted(folder.iterdir()):
        if (entry / "__init__.py").is_file() and not HERE.is_relative_to(entry):
            yield entry


def _outermost(places: Iterable[Path]) -> list[Path]:
    """Those that exist and are in no other; links stay what they are."""
    found: list[Path] = []
    for place in sorted({place for place in places if place.exists()}):
        if not any(place.is_relative_to(one) for one in found):
            found.append(place)
    return found


def _folders_above(place: Path) -> list[str]:
    """Makes the folders that lead to a place, so that everybody may go through."""
    words = []
    for folder in reversed(place.parents[:-1]):
        words += ["--perms", "0755", "--dir", str(folder)]
    return words


def _system_links() -> list[tuple[str, str]]:
    """/bin and its like, where they lead into /usr."""
    return [(name, os.readlink(name)) for name in SYSTEM if os.path.islink(name)]
