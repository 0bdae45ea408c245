"""Record the corpus on another kernel: boot it in qemu, without disk or network, and play there.

    dpkg-deb -x linux-image-6.1.0-56-cloud-amd64_6.1.192-2_amd64.deb /tmp/linux
    python -m tools.recording.guest /tmp/linux --times 3 --tries 15 > 6.1.jsonl
    gzip -9n < 6.1.jsonl > tests/recorded/6.1/corpus.jsonl.gz

The guest is the package's kernel and llc module, this Python, pyroute2 and the model, in an
initramfs. It runs `capture.py`, whose options may follow the folder, or the module that --run
names. With --given, standard input has the scenarios. Needs qemu-system-x86_64 and cpio, no root:
the guest has a root of its own. An emulated CPU is some fifty times slower than this one; --accel
kvm where there is a real one.
"""

from __future__ import annotations

import argparse
import importlib.util
import lzma
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODEL = Path("/model")  # where the guest has the repository
CAPTURE = ["tools.recording.capture", "--stdout"]
UNUSED = shutil.ignore_patterns(
    *("test", "tests", "site-packages", "idlelib", "ensurepip", "tkinter", "lib2to3", "config-*"),
    *("*.a", "*.jsonl", "*.gz"),
)
#: The guest's first process. What is recorded leaves by the second serial port.
INIT = """#!{python}
import ctypes, os, subprocess, sys, tty
libc = ctypes.CDLL(None)
for kind, place in (b"proc", b"/proc"), (b"sysfs", b"/sys"), (b"devtmpfs", b"/dev"):
    os.makedirs(place, exist_ok=True)
    libc.mount(kind, place, kind, 0, None)
port = os.open("/dev/ttyS1", os.O_WRONLY | os.O_NOCTTY)
tty.setraw(port)
if os.path.exists("/llc.ko"):
    module = os.open("/llc.ko", os.O_RDONLY)
    loaded = libc.syscall(313, module, b"", 0)  # finit_module
    print("llc.ko", "loaded" if loaded == 0 else "not loaded", file=sys.stderr)
for thread in filter(str.isdigit, os.listdir("/proc")):
    if open(f"/proc/{{thread}}/comm").read().startswith("ksoftirqd"):
        os.sched_setscheduler(int(thread), os.SCHED_FIFO, os.sched_param(50))
command = [sys.executable, "-m", *{run!r}]
streams = {{"stdin": open("/given.jsonl"), "stdout": port}}
done = subprocess.run(command, env={{"PYTHONPATH": {model!r}}}, **streams)
print(os.uname().release, "ended with", done.returncode, file=sys.stderr)
libc.tcdrain(port)
libc.reboot(0x01234567)
"""


def libraries(binary: Path) -> list[Path]:
    """The shared libraries of a program or of a module of Python's, the loader included."""
    out = subprocess.run(["ldd", binary], capture_output=True, text=True).stdout
    return [Path(word) for word in out.split() if word.startswith("/")]


def put(tree: Path, source: Path, place: Path | None = None) -> None:
    """Copy a file or a folder into the guest, to the place that it has here or to another."""
    target = tree / (place or source).relative_to("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=UNUSED, dirs_exist_ok=True)
    else:
        shutil.copy(source, target)


def put_python(tree: Path) -> Path:
    """Copy this Python and what it needs; where it is."""
    python, library = Path(sys.executable).resolve(), Path(sysconfig.get_path("stdlib"))
    put(tree, python)
    put(tree, library)
    needed = {lib for each in library.glob("lib-dynload/*.so") for lib in libraries(each)}
    for each in needed.union(libraries(python)):
        put(tree, each)
    return python


def build(tree: Path, kernel: Path, run: list[str], given: bytes) -> None:
    """Put the guest's whole file system into `tree`."""
    pyroute2 = Path(importlib.util.find_spec("pyroute2").origin).parent
    put(tree, pyroute2, MODEL / "pyroute2")
    for part in ("lomodel", "tests/recorded", "tools/__init__.py", "tools/recording"):
        put(tree, ROOT / part, MODEL / part)
    for module in kernel.glob("**/net/llc/llc.ko*"):
        data = module.read_bytes()
        (tree / "llc.ko").write_bytes(lzma.decompress(data) if module.suffix == ".xz" else data)
    (tree / "given.jsonl").write_bytes(given)
    init = INIT.format(python=put_python(tree), model=str(MODEL), run=run)
    (tree / "init").write_text(init)
    (tree / "init").chmod(0o755)


def boot(image: Path, tree: Path, answer: Path, accel: str) -> None:
    """Run the guest until it reboots; `answer` gets what it writes. Raises CalledProcessError."""
    initrd = tree.with_suffix(".cpio")
    names = "\n".join(str(each.relative_to(tree)) for each in tree.rglob("*"))
    with initrd.open("wb") as out:
        command = ["cpio", "--quiet", "-o", "-H", "newc"]
        subprocess.run(command, input=names.encode(), stdout=out, cwd=tree, check=True)
    command = ["qemu-system-x86_64", "-accel", accel, "-cpu", "max", "-smp", "2", "-m", "3G"]
    command += ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]
    command += ["-serial", "stdio", "-serial", f"file:{answer}", "-kernel", str(image)]
    # What a mitigation costs is multiplied by fifty, and none of them concerns lo. On so slow a CPU
    # ksoftirqd is woken often; it runs at once, so that no packet is sent before it is through.
    append = "console=ttyS0 quiet panic=-1 mitigations=off init_on_alloc=0 random.trust_cpu=on"
    # So slow a CPU may miss what the kernel tries its timer with, and the kernel then gives up.
    append += " preempt=full no_timer_check"
    command += ["-initrd", str(initrd), "-append", append]
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=True)


def main() -> int:
    """Boot and print; the exit status is 1 when the guest recorded nothing."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("kernel", type=Path, help="where the kernel's package is unpacked")
    parser.add_argument("--accel", default="tcg,thread=multi", help="qemu's (%(default)s)")
    parser.add_argument("--run", metavar="MODULE", help="run this in place of capture.py")
    options, rest = parser.parse_known_args()
    (image,) = options.kernel.glob("boot/vmlinuz-*")
    given = sys.stdin.buffer.read() if "--given" in rest else b""
    with tempfile.TemporaryDirectory() as folder:
        tree, answer = Path(folder, "tree"), Path(folder, "answer")
        tree.mkdir()
        run = [options.run] if options.run else CAPTURE
        build(tree, options.kernel, [*run, *rest], given)
        boot(image, tree, answer, options.accel)
        recorded = answer.read_text()
    print(recorded, end="")
    return 0 if recorded else 1


if __name__ == "__main__":
    sys.exit(main())
