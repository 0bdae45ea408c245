"""Builds `_build/python/`: what a page loads of Python, small, and `python.json` that names it.

A name with a hash in it is a content's: it can be kept for ever. What a server would not compress
is compressed here (`.gz`), and the worker unpacks it. The same inputs give the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lomodel.explore import store
from lomodel.explore.registry import declaration, names
from tools import npm
from tools.python import ahead, fetch, inputs, wheels

RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
PACKAGES = ("traitlets", "graphviz", "pygments")
"""The wheels whose modules a page has; of IPython it has one module."""

AT_FIRST = (
    *("lomodel_page", "lomodel.desk", "lomodel.figures", "lomodel.explore"),
    *("IPython.lib.pretty", "socket", "subprocess", "threading"),
)
"""What a page's first cells import."""

PRETTY = "IPython/lib/pretty.py"
LEXERS = ("pygments", "pygments.lexers", "pygments.lexers.c_cpp", "pygments.lexers.python")
USELESS = re.compile(
    r"(ftplib|imaplib|poplib|smtplib|mailbox|turtle|webbrowser|_pyrepl/(?!__init__|pager)|pdb|bdb|cmd"
    r"|idlelib|ensurepip|tkinter|venv|wsgiref|xmlrpc|curses|sqlite3|dbm|lib2to3|pydoc_data|cProfile|profile|pstats"
    r"|socketserver|http/(server|client|cookie\w*)|urllib/(request|robotparser)|unittest/mock|distutils"
    r"|pickletools|doctest|compileall|modulefinder|tabnanny|trace|optparse|plistlib|wave|uuid|tarfile"
    r"|xml/(dom|sax)|logging/(handlers|config)|ctypes/_aix|asyncio/(windows\w*|proactor\w*)"
    r"|email/(_header_value_parser|headerregistry|generator|contentmanager|mime)"
    r"|multiprocessing/(managers|pool|shared\w*|forkserver|heap|popen\w*|resource\w*|spawn|dummy)"
    r"|_pyio|encodings/(cp(?!437)|mac_|koi|iso|big5|gb|euc|shift|johab|hz|hp|tis|ptcp)\w*)\b"
)
"""Of Python's library, what needs a terminal, a window, a network, a database or processes, and
what a cell that changes a send has no use for.
"""

ZIP_TIME = (2026, 1, 1, 0, 0, 0)


def build() -> Path:
    """Everything anew, in a folder that takes the old one's place when it is whole."""
    print("Packing Python for the page ...", flush=True)
    pyodide = fetch.npm_package("pyodide")
    found = [wheels.read(path) for path in fetch.wheels([*PACKAGES, "ipython"])]
    new = inputs.BUILT.with_name("python.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as place:
        found.append(wheels.read(fetch.our_wheel(Path(place))))
        put_notices(found, new)
        files = site(found)
        standard = compiled(pyodide, library(pyodide), files, Path(place))
    loaded = {
        "runtime": put_runtime(pyodide, new),
        "library": put(new, "library", "zip", standard),
        "site": put(new, "site", "pack.gz", packed(bundle(files))),
        "tables": {name: put(new, name, "json.gz", packed(table(name))) for name in names()},
    }
    about = loaded | {
        "info": json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))["info"],
        "pyodide": fetch.versions()["npm"]["pyodide"]["version"],
        "packages": {each.name: each.version for each in found},
        "files": sizes(new),
        "inputs": inputs.fingerprint(),
    }
    text = json.dumps(about, indent=1, sort_keys=True) + "\n"
    (new / "python.json").write_text(text, encoding="utf-8")
    shutil.rmtree(inputs.BUILT, ignore_errors=True)
    new.rename(inputs.BUILT)
    return inputs.BUILT


def put(folder: Path, stem: str, suffix: str, data: bytes) -> str:
    """A file named by its content; its name."""
    name = f"{stem}-{hashlib.sha256(data).hexdigest()[:12]}.{suffix}"
    (folder / name).write_bytes(data)
    return name


def runtime(pyodide: Path) -> str:
    """The name, by content, of the folder for npm's files, whose own names are fixed."""
    total = hashlib.sha256(b"".join((pyodide / name).read_bytes() for name in RUNTIME))
    return f"pyodide-{total.hexdigest()[:12]}"


def put_runtime(pyodide: Path, folder: Path) -> str:
    """npm's files, for the cells of a page and for JupyterLite."""
    place = folder / runtime(pyodide)
    place.mkdir()
    for name in RUNTIME:
        # Its comment leads a browser's tools to a map that is not here.
        data = (pyodide / name).read_bytes()
        if name.endswith(".mjs"):
            data = re.sub(rb"\n//# sourceMappingURL=.*\s*$", b"\n", data)
        (place / name).write_bytes(data)
    return f"{place.name}/"


def packed(data: bytes) -> bytes:
    """Compressed, without the time of doing so."""
    return gzip.compress(data, 9, mtime=0)


def library(pyodide: Path) -> dict[str, bytes]:
    """The files of Python's own library."""
    with zipfile.ZipFile(pyodide / "python_stdlib.zip") as whole:
        names = [name for name in sorted(whole.namelist()) if not name.endswith("/")]
        return {name: whole.read(name) for name in names if not USELESS.match(name)}


def compiled(
    pyodide: Path, standard: dict[str, bytes], files: dict[str, bytes], place: Path
) -> bytes:
    """The library as an archive, compiled as far as a first cell needs it."""
    (place / ahead.LIBRARY).write_bytes(archive(standard))
    (place / "site.zip").write_bytes(archive(files))
    plan = ahead.Plan(AT_FIRST, ["site.zip"], [ahead.LIBRARY], bare=True)
    ahead.carry_out(plan, pyodide, place)
    return (place / ahead.LIBRARY).read_bytes()


def archive(files: dict[str, bytes]) -> bytes:
    """Files as a zip archive, without the time of doing so."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in files.items():
            made.writestr(zipfile.ZipInfo(name, ZIP_TIME), data)
    return out.getvalue()


def site(found: Iterable[wheels.Wheel]) -> dict[str, bytes]:
    """The files of the packages, ours, and what stands in for what a page has not got."""
    files: dict[str, bytes] = {}
    kept = pygments_files()
    for wheel in found:
        with zipfile.ZipFile(wheel.path) as archive:
            for name in archive.namelist():
                if wheel.name == "ipython" and name != PRETTY:
                    continue
                if wheel.name == "pygments" and name not in kept:
                    continue
                if not name.endswith("/") and ".dist-info/" not in name and ".data/" not in name:
                    files[name] = archive.read(name)
    own = fetch.VERSIONS.with_name("site")
    for path in sorted(own.rglob("*.py")):
        files[path.relative_to(own).as_posix()] = path.read_bytes()
    return files


def pygments_files() -> set[str]:
    """The modules of Pygments that two languages need."""
    script = fetch.VERSIONS.with_name("needed.py")
    said = npm.run([sys.executable, script, "pygments", *LEXERS]).split()
    paths = [name.replace(".", "/") for name in said]
    return {f"{path}.py" for path in paths} | {f"{path}/__init__.py" for path in paths}


def bundle(files: dict[str, bytes]) -> bytes:
    """Many files as one: the length of a list, the list of paths and sizes, then all contents.

    What is alike stands together, for the compression's sake.
    """
    order = sorted(files, key=lambda name: (name.rpartition(".")[2], name))
    listed = json.dumps(
        [[name, len(files[name])] for name in order], separators=(",", ":")
    ).encode()
    return len(listed).to_bytes(4, "little") + listed + b"".join(files[name] for name in order)


def table(name: str) -> bytes:
    """An explorer's table of all states, and what its figure is made of."""
    kept = store.kept_of(declaration(name))
    # In their order: a stored output has them in it.
    return json.dumps(kept, separators=(",", ":")).encode()


def sizes(folder: Path) -> dict[str, dict[str, Any]]:
    """Of every file its bytes, its bytes over gzip, and its hash."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        sent = len(data) if path.suffix in (".gz", ".zip") else len(packed(data))
        found[path.relative_to(folder).as_posix()] = {
            "bytes": len(data),
            "gzip": sent,
            "sha256": npm.sha256(path),
        }
    return found


def put_notices(found: Iterable[wheels.Wheel], folder: Path) -> None:
    """What is handed out here, and under which licences."""
    version = fetch.versions()["npm"]["pyodide"]["version"]
    intro = fetch.VERSIONS.with_name("NOTICES.txt").read_text(encoding="utf-8")
    lines = [f"Pyodide {version}: MPL-2.0; the Python in it: PSF-2.0"]
    lines += [f"{each.name} {each.version}: {each.licence}" for each in found]
    parts = [intro, *(f"  {line}\n" for line in lines)]
    for wheel in found:
        with zipfile.ZipFile(wheel.path) as archive:
            for name in archive.namelist():
                if ".dist-info/" in name and re.search(r"(?i)/(licen[cs]e|copying)", name):
                    text = archive.read(name).decode()
                    parts.append(f"\n{'-' * 78}\n{wheel.name}\n\n{text.strip()}\n")
    (folder / "NOTICES.txt").write_text("".join(parts), encoding="utf-8")


def first_result(about: dict[str, Any]) -> int:
    """Bytes over gzip that a page loads before its first result, of what is built here."""
    wanted = [about["library"], about["site"]]
    files = about["files"]
    runtime = [name for name in files if name.startswith(about["runtime"])]
    return sum(files[name]["gzip"] for name in [*wanted, *runtime])


def summary(built: Path) -> str:
    """What was built, in a line."""
    about = inputs.manifest(built)
    return (
        f"Python in the page: {first_result(about) / 1e6:.2f} MB over gzip before the first "
        "result. Take it into the book: make book"
    )
