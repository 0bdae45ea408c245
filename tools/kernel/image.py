"""Compiles the kernel, or takes it from the user's cache, where each is kept by its inputs."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.kernel import fetch, inputs

ARCH = "ARCH=i386"
#: Names and times that would otherwise be this machine's.
ENVIRONMENT = {
    "KBUILD_BUILD_USER": "lomodel",
    "KBUILD_BUILD_HOST": "lo",
    "KBUILD_BUILD_TIMESTAMP": "Thu Jan 1 00:00:00 UTC 1970",
    "KBUILD_BUILD_VERSION": "1",
    "LC_ALL": "C",
}
COPYING = ("COPYING", "LICENSES/preferred/GPL-2.0", "LICENSES/exceptions/Linux-syscall-note")
COPYING += ("LICENSES/preferred/LGPL-2.1",)  # which the C library only names


@dataclass(frozen=True)
class Image:
    """A compiled kernel: the folder with `bzImage`, `config`, `version` and its licence."""

    folder: Path

    @property
    def bzimage(self) -> Path:
        """What boots."""
        return self.folder / "bzImage"

    @property
    def version(self) -> str:
        """As in "6.12.117"."""
        return (self.folder / "version").read_text().strip()


def get(release: str) -> Image:
    """The kernel of a release, compiled unless it was before. Missing when something fails."""
    archive = fetch.archive(release)
    compiler = fetch.run(["gcc", "--version"]).splitlines()[0]
    key = inputs.text_digest((inputs.of_image(release), fetch.sha256(archive), compiler))
    kept = inputs.cache() / f"{release}-{key[:16]}"
    if not (kept / "bzImage").is_file():
        print(f"Compiling Linux {release} (some minutes) ...", flush=True)
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as unfinished:
            done = _compile(archive, Path(unfinished))
            shutil.rmtree(kept, ignore_errors=True)
            done.rename(kept)
    return Image(kept)


def _compile(archive: Path, folder: Path) -> Path:
    """Unpack, configure and compile in a folder; the folder with what is kept."""
    fetch.run(["tar", "-xJf", archive, "-C", folder])
    (source,) = folder.iterdir()
    _make(source, "tinyconfig")
    merge = source / "scripts/kconfig/merge_config.sh"
    (config,) = inputs.files(inputs.CONFIG)
    fetch.run([merge, "-m", ".config", config], cwd=source)
    _make(source, "olddefconfig")
    _check_config(config.read_text(), (source / ".config").read_text())
    _make(source, f"-j{os.cpu_count() or 1}", "bzImage")
    return _keep(source, folder / "kept")


def _make(source: Path, *targets: str) -> str:
    environment = {**os.environ, **ENVIRONMENT}
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):  # of the make that runs this
        environment.pop(name, None)
    return fetch.run(["make", "-s", ARCH, *targets], cwd=source, env=environment)


def _check_config(wanted: str, got: str) -> None:
    """Missing when Kconfig left an option out, which it does without a word."""
    lines = set(got.splitlines())
    set_names = {line.partition("=")[0] for line in lines if line.startswith("CONFIG_")}
    for line in filter(lambda line: line.startswith("CONFIG_"), wanted.splitlines()):
        name, _, value = line.partition("=")
        if (name in set_names) if value == "n" else (line not in lines):
            raise fetch.Missing(f"Kconfig did not grant {line} of lo.config")


def _keep(source: Path, kept: Path) -> Path:
    kept.mkdir()
    shutil.copy(source / "arch/x86/boot/bzImage", kept)
    shutil.copy(source / ".config", kept / "config")
    (kept / "version").write_text(_make(source, "kernelversion"))
    (kept / "COPYING").write_text("\n\n".join((source / name).read_text() for name in COPYING))
    return kept
