"""Builds `_kernel/RELEASE/`, as far as its inputs have changed."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.kernel import fetch, image, inputs, pack, tree, versions
from tools.kernel.image import Image
from tools.kernel.pack import Built

DOC = "usr/share/doc"


def build(release: str) -> None:
    """Build what is not there, or no longer what it is made from. Missing when something fails."""
    folder = inputs.BUILT / release
    changed = inputs.changed(folder)
    if not changed:
        print(f"The kernel of Linux {release} is up to date.")
    elif set(changed) == {"page"}:
        print(f"Linux {release}: changed is page; the state stays.", flush=True)
        pack.put_page(_built(folder), folder)
    else:
        known = inputs.recorded(folder) is not None
        why = f"changed is {', '.join(changed)}" if known else "nothing built yet"
        print(f"Linux {release}: {why}.", flush=True)
        _build(release, folder)
    print(f"\n  {folder}\n\n{_summary(folder)}")


def _build(release: str, folder: Path) -> None:
    fetch.install(release)
    for note in _notes(release):
        print(note, flush=True)
    inputs.BUILT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=inputs.BUILT, prefix=".new-") as name:
        work, new = Path(name), Path(name, "built")
        new.mkdir()
        _put(release, work, new)
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)


def _notes(release: str) -> list[str]:
    """What is another file here than `versions.toml` says."""
    bios = versions.read()["seabios"]["sha256"]
    checked = [fetch.check(fetch.SEABIOS / name, bios[name]) for name in bios]
    checked.append(fetch.check(fetch.archive(release), versions.source(release).sha256))
    return list(filter(None, checked))


def _put(release: str, work: Path, new: Path) -> None:
    kernel = image.get(release)
    v86, debs = fetch.v86(inputs.cache()), fetch.I386(inputs.cache() / "i386").get()
    initrd = tree.make(debs, work)
    print("Booting it once and keeping its state (about a minute) ...", flush=True)
    first = _boot(v86, kernel, initrd, work / "state")
    pack.put_state(work / "state", new)
    pack.put_emulator(v86, new)
    made_from = _made_from(release, debs)
    built = Built(release, kernel.version, first["features"], first["limits"], made_from)
    pack.put_notices(_licences(kernel, v86, work / "i386"), kernel.folder / "config", new)
    pack.put_page(built, new)


def _boot(v86: Path, kernel: Image, initrd: Path, state: Path) -> dict[str, Any]:
    """Boot, keep the state in a file; what the guest first said of itself."""
    script, lib = inputs.HERE / "state.mjs", v86 / "build"
    bios = [fetch.SEABIOS / name for name in versions.read()["seabios"]["sha256"]]
    files = [lib / "libv86.mjs", lib / "v86.wasm", *bios, kernel.bzimage, initrd, state]
    return json.loads(fetch.run(["node", script, *files]))


def _made_from(release: str, debs: list[Path]) -> dict[str, str]:
    """The packages that were taken, with the versions that they have here."""
    source = versions.source(release).package
    query = ["dpkg-query", "--show", "--showformat", "${Version}"]
    taken = {source: fetch.run([*query, source]), "seabios": fetch.run([*query, "seabios"])}
    for deb in debs:
        name = fetch.run(["dpkg-deb", "--field", deb, "Package"]).strip()
        taken[f"{name}:i386"] = fetch.run(["dpkg-deb", "--field", deb, "Version"]).strip()
    taken["v86 (npm)"] = versions.read()["v86"]["version"]
    taken["pyroute2 (PyPI)"] = importlib.metadata.version("pyroute2")
    taken["gcc"] = fetch.run(["gcc", "--version"]).splitlines()[0]
    return taken


def _licences(kernel: Image, v86: Path, system: Path) -> Iterator[tuple[str, str]]:
    yield "Linux", (kernel.folder / "COPYING").read_text()
    yield "v86", (v86 / "LICENSE").read_text()
    for package in versions.i386():
        path = system / DOC / package.package / "copyright"
        yield package.package, path.read_text(errors="replace")
    for path in importlib.metadata.files("pyroute2") or []:
        if "licenses" in path.parts:
            yield f"pyroute2: {path.name}", path.read_text()


def _built(folder: Path) -> Built:
    """What `kernel.json` says of a kernel that was built before."""
    about = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
    names = ("release", "version", "features", "limits", "made_from")
    return Built(**{name: about[name] for name in names})


def _summary(folder: Path) -> str:
    about = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
    http = sum(about["files"][name] for name in ("state.zst", "v86.wasm.gz", "libv86.mjs"))
    scripts = sum(about["file_variant"].values())
    return (
        f"Linux {about['version']}: {http / 1e6:.1f} MB over http, {scripts / 1e6:.1f} MB more for "
        "file://. Take it into the book: make book"
    )
