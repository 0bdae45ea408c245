"""JupyterLite, in which the book's notebooks open in the reader's browser.

    python -m tools.python.lite

Its build is JupyterLite's own (`requirements-python.txt`, in an environment that nothing else
uses); what is ours is in the folder `lite/`. The notebooks are not in it: they come with the book
(`tools/sphinx_lite.py`), so that a changed chapter needs no new build.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lomodel.explore import store
from lomodel.explore.registry import declaration, names
from tools import page_lite
from tools.npm import Missing, run
from tools.python import ahead, build, fetch, inputs, lock, wheels

ROOT = Path(__file__).resolve().parents[2]
OURS = Path(__file__).with_name("lite")
PINS = ROOT / "requirements-python.txt"
OUT = page_lite.BUILT
BUILD = OUT.parent
ENVIRONMENT = BUILD / "lite.venv"

TABLES = "tables.json"
"""The explorers' tables: Python in a page would take minutes to make them."""
PYTHON = "static/python"
"""Where Python's library, its packages and the tables are; the folder's content names it."""
LIBRARY = "python_stdlib.zip"
AT_FIRST = (
    *("micropip", "piplite", "IPython", "ipykernel", "comm", "lomodel_notebook"),
    *("ipywidgets", "anywidget", "graphviz", "lomodel.desk", "lomodel.figures", "lomodel.explore"),
    *("IPython.core.interactiveshell", "IPython.core.completer", "IPython.core.magics"),
    *build.LEXERS,
)
"""What a notebook's Python imports at its start, and the first cells of a chapter."""
DROP = ("pygments/lexers/", "/tests/", "/labextension/", ".data/data/share/")
"""What few ask for: hundreds of languages; what JupyterLab has of a package already."""
KERNEL_PLUGIN = "@jupyterlite/pyodide-kernel-extension:kernel"

KERNEL = ("piplite", "pyodide_kernel", "ipykernel")
"""Wheels that the kernel's extension brings."""

LEFT_OUT = frozenset({"jedi", "parso", "prompt-toolkit", "wcwidth"})
"""What IPython asks for and a notebook does not need: jedi has 5 MB, and completes from what is
defined without it; the others are for terminals."""

MORE = {
    "lomodel": ("anywidget", "graphviz", "ipython", "ipywidgets", "pygments"),
    "lomodel-notebook": ("ipython",),
    "micropip": ("packaging",),
}
"""What a package needs in a notebook, beside what it says."""

ICONS = ("busy-1", "busy-2", "busy-3", "file", "notebook")

#: Below what JupyterLite's build leaves: what no notebook of ours asks for.
UNNEEDED = (
    *(
        "*.map",
        "doc",
        "package.json",
        "*/package.json",
        "rspack.config*.js",
        "jupyterlite.schema.v0.json",
    ),
    *("build/fa-*.eot", "build/fa-*.svg", "build/fa-*.ttf", "build/fa-*.woff"),
    "extensions/@jupyterlite/pyodide-kernel-extension/static/pypi",
)


# --- JupyterLite's own build ----------------------------------------------------------------------


def environment() -> Path:
    """The Python that has JupyterLite's build. Missing when pip cannot get it."""
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = ENVIRONMENT / "ready"
    wanted = hashlib.sha256(PINS.read_bytes() + str(ENVIRONMENT).encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return python
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    run([sys.executable, "-m", "venv", ENVIRONMENT])
    # Whole lists of pins: nothing is resolved. JupyterLab's extensions come without their Python.
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    run([*pip, "--no-input", "-r", PINS])
    stamp.write_text(wanted)
    return python


def app(out: Path) -> None:
    """JupyterLite with the extensions for Python and widgets, as its build makes it."""
    place = out.with_name("lite.work")
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(OURS, place)
    python = environment()
    # In a folder of its own: the build remembers what it has done, and would leave it out.
    command = [python, "-m", "jupyterlite_core", "build", "--output-dir", out]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, errors="replace")
    (BUILD / "lite.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    shutil.rmtree(place)
    if done.returncode:
        raise Missing(f"JupyterLite was not built: {BUILD / 'lite.log'} says why")


def cut(out: Path) -> None:
    """Remove what nobody asks for."""
    for pattern in UNNEEDED:
        for path in out.rglob(pattern) if pattern == "*.map" else out.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


# --- ours -----------------------------------------------------------------------------------------


def python(out: Path) -> list[wheels.Wheel]:
    """Python for the notebooks: its library, wheels, and the list of them.

    Pyodide itself is the one of the pages' cells: who has run a cell has it.
    """
    folder = out / PYTHON
    folder.mkdir(parents=True)
    pyodide = fetch.npm_package("pyodide")
    shutil.copyfile(pyodide / LIBRARY, folder / LIBRARY)
    wanted = fetch.wheels(set(fetch.versions()["wheels"]) - LEFT_OUT)
    brought = out / "extensions/@jupyterlite/pyodide-kernel-extension/static/pypi"
    wanted += [path for name in KERNEL for path in brought.glob(f"{name}-*.whl")]
    here = [Path(shutil.copy(path, folder)) for path in wanted]
    here += [fetch.our_wheel(folder), notebook_wheel(folder), no_wheel(folder, "jedi")]
    compile_in(folder, pyodide, here)
    found = [wheels.read(path) for path in here]
    lock.write(folder / "pyodide-lock.json", lock.lock(pyodide, found, MORE))
    return found


def compile_in(folder: Path, pyodide: Path, here: list[Path]) -> None:
    """The library and the wheels with what is loaded at first compiled."""
    names = [path.name for path in here]
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        for path in here:
            shutil.copy(path, place)
        shutil.copyfile(folder / LIBRARY, place / ahead.LIBRARY)
        plan = ahead.Plan(AT_FIRST, names, [*names, ahead.LIBRARY], drop=DROP)
        ahead.carry_out(plan, pyodide, place)
        for path in here:
            shutil.copyfile(place / path.name, path)
        shutil.copyfile(place / ahead.LIBRARY, folder / LIBRARY)


def notebook_wheel(folder: Path) -> Path:
    """What IPython loads at its start here (`lite/lomodel_notebook.py`), as a wheel."""
    data = "lomodel_notebook-0.1.0.data/data/etc/ipython/ipython_config.py"
    files = {
        "lomodel_notebook.py": (OURS / "lomodel_notebook.py").read_bytes(),
        "lomodel_printing.py": (OURS.with_name("site") / "lomodel_printing.py").read_bytes(),
        data: (OURS / "ipython_config.py").read_bytes(),
    }
    return _wheel(folder, "lomodel-notebook", "0.1.0", files)


def no_wheel(folder: Path, name: str) -> Path:
    """A package with nothing in it, for one that is asked for by name and is not needed."""
    return _wheel(folder, name, "0", {})


def _wheel(folder: Path, name: str, version: str, files: dict[str, bytes]) -> Path:
    """A wheel of these files, the same from the same files."""
    stem = f"{name.replace('-', '_')}-{version}"
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense: GPL-2.0-or-later\n"
    kind = "Wheel-Version: 1.0\nGenerator: lomodel\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = files | {
        f"{stem}.dist-info/METADATA": about.encode(),
        f"{stem}.dist-info/WHEEL": kind.encode(),
        f"{stem}.dist-info/RECORD": b"",
    }
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, content in files.items():
            archive.writestr(zipfile.ZipInfo(inside), content)
    return path


def tables(out: Path) -> None:
    """What the explorers show in each of their states, as this machine's Python reckons it."""
    kept = {name: store.kept_of(declaration(name)) for name in names()}
    (out / PYTHON / TABLES).write_text(json.dumps(kept, separators=(",", ":")), encoding="utf-8")


def extension(out: Path) -> None:
    """Our extension of JupyterLab, and what draws its graphs."""
    folder = out / "extensions" / "lomodel"
    (folder / "static").mkdir(parents=True)
    shutil.copyfile(OURS / "package.json", folder / "package.json")
    shutil.copyfile(OURS / "extension.js", folder / "static" / "extension.js")
    viz = fetch.npm_package("@viz-js/viz") / "dist" / "viz.js"
    shutil.copyfile(viz, folder / "static" / "viz.js")
    said = json.loads((folder / "package.json").read_text(encoding="utf-8"))["jupyterlab"]["_build"]
    with changed(out / "jupyter-lite.json") as config:
        config["federated_extensions"].append({"name": "lomodel", **said})


def named(out: Path) -> str:
    """Python's folder with its content's hash in its name: a browser keeps what it has of it."""
    digest = inputs.hashed(["**/*"], out / PYTHON)
    name = f"{PYTHON}-{digest[:12]}"
    (out / PYTHON).rename(out / name)
    return name


def addresses(out: Path, folder: str) -> None:
    """Where JupyterLite finds Python, from its own folder beside the pages'."""
    runtime = build.runtime(fetch.npm_package("pyodide"))
    with changed(out / "jupyter-lite.json") as config:
        kernel = config["litePluginSettings"][KERNEL_PLUGIN]
        # Only what begins with "./" is read as seen from JupyterLite's folder.
        kernel["pyodideUrl"] = f"./../{inputs.PLACE}/{runtime}/pyodide.mjs"
        kernel["loadPyodideOptions"] |= {
            "lockFileURL": f"{folder}/pyodide-lock.json",
            "stdLibURL": f"{folder}/{LIBRARY}",
        }


@contextmanager
def changed(path: Path) -> Iterator[dict[str, Any]]:
    """JupyterLite's settings, to be changed."""
    whole = json.loads(path.read_text(encoding="utf-8"))
    yield whole["jupyter-config-data"]
    path.write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def icons(out: Path) -> None:
    """JupyterLab's notebook shows by the page's icon that it is at work; here none came along."""
    folder = out / "static" / "favicons"
    folder.mkdir(parents=True)
    for name in ICONS:
        shutil.copyfile(out / "notebooks" / "favicon.ico", folder / f"favicon-{name}.ico")


def notices(out: Path, found: Iterable[wheels.Wheel]) -> None:
    """What is shipped, whose it is, and under which licence; `lite/NOTICES.txt` says the rest."""
    head = (OURS / "NOTICES.txt").read_text(encoding="utf-8")
    lines = [f"  {each.name} {each.version}: {each.licence}" for each in found if each.imports]
    (out / "NOTICES.txt").write_text(head + "\n".join(sorted(lines)) + "\n", encoding="utf-8")


def make(out: Path = OUT) -> None:
    """All of it, anew."""
    shutil.rmtree(out, ignore_errors=True)
    BUILD.mkdir(parents=True, exist_ok=True)
    app(out)
    found = python(out)
    tables(out)
    extension(out)
    addresses(out, named(out))
    icons(out)
    notices(out, found)
    cut(out)
    (out / page_lite.STAMP).write_text(page_lite.made_from(), encoding="utf-8")


if __name__ == "__main__":
    if page_lite.current():
        print("JupyterLite is up to date.")
        sys.exit(0)
    print("Packing JupyterLite for the notebooks ...", flush=True)
    try:
        make()
    except (Missing, OSError) as error:
        sys.exit(f"No JupyterLite: {error}")
