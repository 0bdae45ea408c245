"""Records what a kernel answers in the boxes "On a real lo".

    python -m tools.recording.boxes hw_features

runs the box's commands as an ordinary user in a namespace of their own, on a terminal (there a
program's errors stand where a reader sees them), and writes lomodel/boxes/hw_features.json.
Without a name: every box.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from lomodel import boxes

FOLDER = Path(boxes.__file__).parent
PATH = "/usr/local/bin:/usr/bin:/bin"
"""Where Debian's ordinary users look for programs; boxes add what they need."""
SBIN = f"{PATH}:/usr/sbin:/sbin"
NOBODY = 65534
SECONDS = 60

MARK = "\x1e"
PROLOGUE = f"mark() {{ status=$?; printf '{MARK}'; return $status; }}\n"
"""Ends each command's output, and leaves its status to the next one."""

VERSIONS = {
    "ethtool": ["ethtool", "--version"],
    "ip": ["ip", "-V"],
    "python3": ["python3", "--version"],
}


def ordinary() -> dict[str, object]:
    """How a process becomes an ordinary user's, whoever starts it."""
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    return user | {"cwd": "/", "env": {"PATH": PATH, "TERM": "dumb", "LC_ALL": "C"}}


def on_a_terminal(command: list[str]) -> str:
    """What an ordinary user sees of a command; TimeoutError after a minute."""
    ours, theirs = pty.openpty()
    streams = {"stdin": subprocess.DEVNULL, "stdout": theirs, "stderr": theirs}
    process = subprocess.Popen(command, start_new_session=True, **streams, **ordinary())
    os.close(theirs)
    previous = signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(SECONDS)
    try:
        return _read(ours).decode().replace("\r\n", "\n")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(ours)


def _too_long(_signal: int, _frame: object) -> None:
    raise TimeoutError(f"the commands took longer than {SECONDS} s")


def _read(terminal: int) -> bytes:
    parts = []
    with suppress(OSError):  # EIO: nobody has the other side open any more
        while part := os.read(terminal, 65536):
            parts.append(part)
    return b"".join(parts)


def play(box: boxes.Box) -> list[str]:
    """One output for each command; RuntimeError when the box did not come to its end."""
    script = PROLOGUE + "".join(f"{command}\nmark\n" for command in box.commands)
    said = on_a_terminal(["sh", "-c", f'{box.enter} sh -c "$0"', script])
    *outputs, rest = said.split(MARK)
    if len(outputs) != len(box.commands) or rest:
        raise RuntimeError(f"{box.name}: {len(outputs)} of {len(box.commands)} commands: {said}")
    return outputs


def missing(box: boxes.Box) -> list[str]:
    """The box's programs that this machine has not."""
    return [program for program in box.programs if not shutil.which(program, path=SBIN)]


def version(program: str) -> str:
    """A program's own version, such as "6.1"; ValueError where it does not say one."""
    env = {"PATH": SBIN}
    said = subprocess.run(VERSIONS[program], env=env, capture_output=True, text=True, check=True)
    found = re.search(r"\d+(\.\d+)+", said.stdout)
    if found is None:
        raise ValueError(f"{program} says no version: {said.stdout!r}")
    return found[0]


def masked(output: str, box: boxes.Box) -> str:
    """An output without what no two runs share."""
    for pattern in box.varies:
        output = re.sub(pattern, "...", output)
    return output


def record(name: str) -> None:
    """Run a box here, and store what this machine's kernel answered."""
    box = boxes.read(name)
    versions = {program: version(program) for program in box.programs}
    kernel = os.uname().release.partition("-")[0]
    recording = boxes.Recording(kernel, versions, play(box))
    text = json.dumps(asdict(recording), indent=2)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Record the boxes that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(boxes.names()))
    for name in parser.parse_args().names or boxes.names():
        record(name)


if __name__ == "__main__":
    main()
