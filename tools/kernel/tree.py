"""The files that the machine begins with: Python, the player, the model, and nothing else."""

from __future__ import annotations

import gzip
import importlib.util
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.kernel import fetch, inputs, versions

PYTHON = "python3.11"
LIBRARY = Path("usr/lib") / PYTHON
I386_LIB = "lib/i386-linux-gnu"
LIBRARIES = ("libc.so.6", "libm.so.6", "libz.so.1", "libexpat.so.1", "libffi.so.8")
LOADER = "ld-linux.so.2"
EMPTY = ("proc", "sys", "dev", "tmp")
SHIM = inputs.HERE / "pyroute2.py"


def make(debs: Iterable[Path], work: Path) -> Path:
    """Unpack the packages and put the guest together; the initramfs. Missing when a part is not
    there."""
    system, ours, tree = work / "i386", work / "ours", work / "tree"
    for deb in debs:
        fetch.run(["dpkg-deb", "-x", deb, system])
    put_ours(ours)
    put_system(system, tree)
    modules = needed(ours)
    put_modules(modules, system / LIBRARY, ours, tree / LIBRARY)
    compile_all(tree / LIBRARY)
    shutil.copy(inputs.HERE / "guest.py", tree / "init")
    (tree / "init").chmod(0o755)
    shutil.copy(inputs.HERE / "warm.jsonl", tree)
    return pack(tree, work / "initrd.gz")


def put_ours(ours: Path) -> None:
    """lomodel as far as `inputs` names it, and the part of pyroute2 that the player uses."""
    for path in inputs.files([*inputs.MODEL, *inputs.PLAYER]):
        _copy(path, ours / path.relative_to(inputs.ROOT))
    pyroute2 = Path(importlib.util.find_spec("pyroute2").origin).parent
    for name in versions.read()["pyroute2"]["files"]:
        _copy(pyroute2 / name, ours / "pyroute2" / name)
        (ours / "pyroute2" / name).with_name("__init__.py").touch()
    _copy(SHIM, ours / "pyroute2/__init__.py")


def put_system(system: Path, tree: Path) -> None:
    """Python, the C library, and the libraries that Python's modules want."""
    _copy(system / "usr/bin" / PYTHON, tree / "usr/bin" / PYTHON)
    for name in (*LIBRARIES, LOADER):
        found = [path for path in system.rglob(name) if path.exists()]
        if not found:
            raise fetch.Missing(f"no {name} in Debian's packages for i386")
        place = "lib" if name == LOADER else I386_LIB
        _copy(found[0], tree / place / name)
    for name in EMPTY:
        (tree / name).mkdir()


def needed(ours: Path) -> list[str]:
    """The names of the modules that the guest imports."""
    script, guest = inputs.HERE / "needed.py", inputs.HERE / "guest.py"
    return fetch.run([PYTHON, "-IS", script, guest, ours]).split()


def put_modules(names: Iterable[str], system: Path, ours: Path, library: Path) -> None:
    """Copy every module that is a file here or there; the others are built into Python."""
    for name in [*names, "os"]:  # without os.py Python does not find its library
        for base in (ours, system):
            for path in _files(base, name):
                _copy(path, library / path.relative_to(base))


def _files(base: Path, name: str) -> Iterator[Path]:
    stem = name.replace(".", "/")
    yield from (
        path for path in (base / f"{stem}.py", base / stem / "__init__.py") if path.is_file()
    )
    yield from base.glob(f"lib-dynload/{name}.*.so")


def compile_all(library: Path) -> None:
    """Compiled modules in place of sources, without docstrings, which nobody reads there."""
    options = ["-q", "-b", "-o", "2", "-s", library, "--invalidation-mode", "unchecked-hash"]
    fetch.run([PYTHON, "-m", "compileall", *options, library])
    for path in library.rglob("*.py"):
        if path != library / "os.py":
            path.unlink()


def pack(tree: Path, archive: Path) -> Path:
    """The tree as the kernel wants it: a compressed cpio archive."""
    names = sorted(str(path.relative_to(tree)) for path in tree.rglob("*"))
    command = ["cpio", "--quiet", "-o", "-H", "newc", "--reproducible", "-R", "0:0"]
    listed = "\n".join(names).encode()
    done = subprocess.run(command, input=listed, capture_output=True, cwd=tree, check=True)
    archive.write_bytes(gzip.compress(done.stdout, 6, mtime=0))
    return archive


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
