"""Puts together what a page loads, and what must stand beside it.

Over http a page loads `kernel.json`, `state.zst`, `v86.wasm.gz`, the emulator's script and `vm.js`
or `vm.mjs`. From file:// it may load scripts only, so everything is there once more as scripts, in
`file/`, which nobody loads over http.
"""

from __future__ import annotations

import base64
import gzip
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.kernel import fetch, inputs

PART = 3 << 20  # bytes of a file in one script; a multiple of 3, so that base64 pads the last only
LOADED = ("kernel.json", "state.zst", "v86.wasm.gz")
SCRIPTS = ("libv86.js", "libv86.mjs")
MODULE = "\nexport const { open } = globalThis.loVm;\n"


@dataclass(frozen=True)
class Built:
    """What was built, before it is packed: the kernel, the emulator, what the guest is made of."""

    release: str
    version: str
    features: list[str]
    limits: dict[str, int]
    made_from: dict[str, str]


def put_state(state: Path, folder: Path) -> None:
    """The state, compressed as v86 reads it (some seconds)."""
    fetch.run(["zstd", "-q", "-f", "-19", state, "-o", folder / "state.zst"])


def put_emulator(v86: Path, folder: Path) -> None:
    """v86's scripts, and its WebAssembly, compressed for servers that compress nothing."""
    for name in SCRIPTS:
        shutil.copy(v86 / "build" / name, folder)
    wasm = (v86 / "build/v86.wasm").read_bytes()
    (folder / "v86.wasm.gz").write_bytes(gzip.compress(wasm, 9, mtime=0))


def put_page(built: Built, folder: Path) -> None:
    """What a page drives the machine by, `kernel.json`, and everything once more as scripts."""
    script = (inputs.HERE / "vm.js").read_text(encoding="utf-8")
    (folder / "vm.js").write_text(script, encoding="utf-8")
    (folder / "vm.mjs").write_text(script + MODULE, encoding="utf-8")
    shutil.rmtree(folder / "file", ignore_errors=True)
    (folder / "file").mkdir()
    about = _about(built)
    (folder / "kernel.json").unlink(missing_ok=True)
    about["files"] = _sizes(folder)
    _write(folder / "kernel.json", about)
    for name in LOADED:
        _put_scripts(folder / name)
    about["file_variant"] = _sizes(folder / "file")
    _write(folder / "kernel.json", about)


def _about(built: Built) -> dict[str, Any]:
    machine = json.loads((inputs.HERE / "machine.json").read_text(encoding="utf-8"))
    return {
        "release": built.release,
        "version": built.version,
        "bits": 32,
        "machine": machine,
        "limits": built.limits,
        "features": built.features,
        "made_from": built.made_from,
        "inputs": inputs.of_state(built.release),
    }


def _sizes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in sorted(folder.iterdir()) if path.is_file()}


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def _put_scripts(path: Path) -> None:
    data = path.read_bytes()
    parts = [data[start : start + PART] for start in range(0, len(data), PART)]
    for number, part in enumerate(parts):
        text = base64.b64encode(part).decode()
        call = f'loVm.put("{path.name}", {number}, {len(parts)}, "{text}");\n'
        (path.parent / "file" / f"{path.name}.{number}.js").write_text(call)


def put_notices(texts: Iterable[tuple[str, str]], config: Path, folder: Path) -> None:
    """What is handed out here, under which licences, and where the sources are."""
    intro = (inputs.HERE / "NOTICES.txt").read_text(encoding="utf-8")
    rule = "\n" + "-" * 78 + "\n"
    parts = [intro, *(f"{title}\n\n{text.strip()}\n" for title, text in texts)]
    (folder / "NOTICES.txt").write_text(rule.join(parts), encoding="utf-8")
    shutil.copy(config, folder / "linux-config.txt")
