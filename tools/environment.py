"""Makes `.venv` and keeps it as the requirements files say.

    python tools/environment.py book|test

`book` is enough to build the book; `test` adds the tests, the linter and JupyterLab. An environment
that was interrupted half-way, moved, or left by another Python is made anew.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
REQUIREMENTS = {"book": ["requirements.txt"], "test": ["requirements.txt", "requirements-test.txt"]}
# Present while pip works: what is found with it inside was interrupted.
UNFINISHED = VENV / "unfinished"
LOG = VENV / "install.log"
NO_NETWORK = re.compile(
    r"NewConnectionError|name resolution|Max retries|ConnectTimeout|ReadTimeout|ProxyError"
    r"|Network is unreachable|Connection refused|getaddrinfo"
)


def venv_python() -> Path:
    """The environment's Python."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint(group: str) -> str:
    """What an environment depends on: its pins, what it installs of us, and where it lies."""
    # Not at the top: an older Python must get as far as being told so.
    import tomllib

    digest = hashlib.sha256(str(ROOT).encode())
    for name in REQUIREMENTS[group]:
        digest.update((ROOT / name).read_bytes())
    package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    digest.update(repr((package["project"], package["build-system"])).encode())
    return digest.hexdigest()


def is_ready(group: str) -> bool:
    """Whether nothing is left to do."""
    stamp = VENV / f"ready-{group}"
    return is_whole() and stamp.is_file() and stamp.read_text() == fingerprint(group)


def is_whole() -> bool:
    """Whether it was made here, no installation was interrupted, and its Python still runs."""
    made = VENV / "made"
    if UNFINISHED.exists() or not made.is_file() or made.read_text() != str(ROOT):
        return False
    try:
        run = subprocess.run([venv_python(), "-c", "import pip"], capture_output=True)
    except OSError:
        return False
    return run.returncode == 0


def make() -> None:
    """A new, empty environment."""
    if VENV.is_symlink() or VENV.is_file():
        sys.exit(f"{VENV} is not a folder: move it away and run this again.")
    if VENV.exists():
        shutil.rmtree(VENV)
    try:
        import ensurepip  # noqa: F401  Debian's Python has it in a package of its own.
        import venv  # noqa: F401
    except ImportError as error:
        sys.exit(
            f"{sys.executable} has no {error.name}: install it "
            f"(on Debian or Ubuntu: apt install python3-venv) and run this again."
        )
    print(f"Making .venv with Python {sys.version.split()[0]} ...", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"No virtual environment could be made: {last_line(made.stdout + made.stderr)}")
    (VENV / "made").write_text(str(ROOT))


def install(group: str) -> None:
    """Brings the environment to what the requirements files say."""
    files = REQUIREMENTS[group]
    print(f"Installing {' and '.join(files)} (a minute or two) ...", flush=True)
    UNFINISHED.touch()
    pip(*[word for name in files for word in ("-r", name)])
    # In place, so that a chapter sees a changed model without another installation.
    pip("--no-deps", "--no-build-isolation", "--editable", ".")
    for done in REQUIREMENTS:
        if set(REQUIREMENTS[done]) <= set(files):
            (VENV / f"ready-{done}").write_text(fingerprint(done))
    UNFINISHED.unlink()


def pip(*arguments: str) -> None:
    """`pip install`, with its output in a log and its failure in one line."""
    # Modules are compiled when they are first imported: most never are.
    command = [venv_python(), "-m", "pip", "install", "--no-compile", "--no-input", "--retries=2"]
    with LOG.open("w") as log:
        run = subprocess.run([*command, *arguments], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    if not run.returncode:
        return
    log = LOG.read_text(errors="replace")
    if NO_NETWORK.search(log):
        # pip fetches everything before it installs anything: what was there is as it was.
        UNFINISHED.unlink()
    sys.exit(explain(log))


def explain(log: str) -> str:
    """One line on why pip failed."""
    if NO_NETWORK.search(log):
        return (
            "pip cannot reach the package index: check the network connection and run this again."
        )
    if "No space left on device" in log:
        return f"The disk with {ROOT} is full: make about 1 GB of room and run this again."
    errors = [line for line in log.splitlines() if line.startswith("ERROR:")]
    return f"pip failed: {errors[0] if errors else last_line(log)} (all of it in {LOG})"


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def lock() -> None:
    """Lets one command at a time work on the environment; held until the program ends."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(os.open(ROOT, os.O_RDONLY), fcntl.LOCK_EX)


def main(arguments: list[str]) -> None:
    if len(arguments) != 1 or arguments[0] not in REQUIREMENTS:
        sys.exit("usage: python tools/environment.py book|test")
    if not (3, 11) <= sys.version_info[:2] < (3, 15):
        sys.exit(f"This needs Python 3.11 to 3.14, and this is {sys.version.split()[0]}.")
    lock()
    if is_ready(arguments[0]):
        return
    try:
        if not is_whole():
            make()
        install(arguments[0])
    except OSError as error:
        sys.exit(f"The environment could not be made: {error}")
    except KeyboardInterrupt:
        sys.exit("Interrupted: the next run starts the environment anew.")


if __name__ == "__main__":
    main(sys.argv[1:])
