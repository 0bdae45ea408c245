"""Gets what is not in this repository: programs, Debian's packages for i386, npm's v86.

    python -m tools.kernel.fetch RELEASE

Everything comes from where the machine's own apt and npm get it. What is missing and may not be
installed here is said in one line (`Missing`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import npm
from tools.kernel import inputs, versions
from tools.kernel.versions import Package
from tools.npm import Missing, run, sha256

#: What is run here, and Debian's package that has it.
PROGRAMS = {
    "make": "make",
    "gcc": "gcc",
    "flex": "flex",
    "bison": "bison",
    "bc": "bc",
    "xz": "xz-utils",
    "cpio": "cpio",
    "zstd": "zstd",
    "python3.11": "python3.11",
    "node": "nodejs",
    "npm": "npm",
}
SEABIOS = Path("/usr/share/seabios")
SOURCES = Path("/usr/src")


def archive(release: str) -> Path:
    """Where Debian's package puts a release's source."""
    return SOURCES / f"{versions.source(release).package}.tar.xz"


def missing_packages(release: str) -> list[str]:
    """Debian's packages that are not installed here and are needed."""
    missing = [each for name, each in PROGRAMS.items() if shutil.which(name) is None]
    if not (SEABIOS / "bios.bin").is_file():
        missing.append("seabios")
    if not Path("/usr/include/linux/types.h").is_file():
        missing.append("libc6-dev")
    if not archive(release).is_file():
        missing.append(versions.source(release).package)
    return missing


def install(release: str) -> None:
    """Installs what is missing, as root on Debian; Missing says what to install elsewhere."""
    missing = missing_packages(release)
    if not missing:
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise Missing(f"as root on Debian 12: apt install {' '.join(missing)}")
    print(f"Installing {' '.join(missing)} ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "-q", "update"], env=environment)
    wanted = [_offered(name, release) for name in missing]
    run(["apt-get", "-q", "install", "-y", "--no-install-recommends", *wanted], env=environment)


def _offered(name: str, release: str) -> str:
    """The package with the version of `versions.toml`, if it is the source and still offered."""
    source = versions.source(release)
    listed = run(["apt-cache", "madison", name])
    pinned = name == source.package and f"| {source.version} |" in listed
    return f"{name}={source.version}" if pinned else name


def check(path: Path, wanted: str) -> str:
    """A sentence when a file is another than `versions.toml` says, else an empty text."""
    same = sha256(path) == wanted
    return "" if same else f"{path.name} is not the one of versions.toml; it is taken as it is here"


def v86(into: Path) -> Path:
    """npm's package of the emulator, unpacked. Missing when it is not the one that is wanted."""
    return npm.package("v86", **versions.read()["v86"], into=into)


class I386:
    """Debian's packages for i386, by an apt with lists of its own, which needs no root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("lists/partial", "cache/archives/partial", "debs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()

    def _apt(self, program: str, *arguments: str) -> list[str]:
        own = {
            "APT::Architecture": "i386",
            "APT::Architectures::": "i386",
            "APT::Get::List-Cleanup": "0",
            "Acquire::Languages": "none",
            "Dir::State": str(self.folder),
            "Dir::State::lists": str(self.folder / "lists"),
            "Dir::State::status": str(self.folder / "status"),
            "Dir::Cache": str(self.folder / "cache"),
        }
        return [program, *(f"-o{name}={value}" for name, value in own.items()), *arguments]

    def get(self) -> list[Path]:
        """The files of all packages. Missing when apt has not got one of them."""
        wanted = versions.i386()
        if not all(self._file(each) for each in wanted):
            print("Getting Debian's packages for i386 ...", flush=True)
            # One list that cannot be had is no reason not to look into the others.
            subprocess.run(self._apt("apt-get", "-q", "update"), capture_output=True)
        return [self._file(each) or self._download(each) for each in wanted]

    def _file(self, wanted: Package) -> Path | None:
        found = self.folder.glob(f"debs/{wanted.package}_*.deb")
        return next((path for path in found if sha256(path) == wanted.sha256), None)

    def _download(self, wanted: Package) -> Path:
        for old in self.folder.glob(f"debs/{wanted.package}_*.deb"):
            old.unlink()
        listed = run(self._apt("apt-cache", "madison", wanted.package))
        versions_offered = [line.split("|")[1].strip() for line in listed.splitlines()]
        if not versions_offered:
            raise Missing(f"apt offers no {wanted.package} for i386; Debian 12 has it")
        pinned = wanted.version in versions_offered
        version = wanted.version if pinned else versions_offered[0]
        if not pinned:
            print(f"{wanted.package} {version} stands in for {wanted.version}.", flush=True)
        name = f"{wanted.package}:i386={version}"
        run(self._apt("apt-get", "-q", "download", name), cwd=self.folder / "debs")
        (path,) = self.folder.glob(f"debs/{wanted.package}_*.deb")
        return path


def everything(release: str) -> None:
    """All that a kernel is made of; Missing with the first that this machine cannot get."""
    install(release)
    v86(inputs.cache())
    I386(inputs.cache() / "i386").get()


if __name__ == "__main__":
    try:
        everything(*sys.argv[1:])
    except Missing as error:
        sys.exit(f"Not to be had here: {error}")
