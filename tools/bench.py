"""What things cost, as ratios measured in one run: ``make bench``.

Both sides of a ratio alternate in short turns on the same CPU, and each side counts with its best
turn, so that whatever else the machine does hits both or neither. Nothing here passes or fails.
"""

from __future__ import annotations

import gc
import os
import socket as real_socket
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from lomodel.desk import RELEASE
from lomodel.linux.drivers.net.loopback import dev_lstats_read
from lomodel.linux.include.linux.net import SOCK_DGRAM
from lomodel.linux.include.linux.socket import AF_INET
from lomodel.linux.include.uapi.asm_generic.socket import SO_RCVBUFFORCE, SOL_SOCKET
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_UDP
from lomodel.linux.include.uapi.linux.udp import UDP_SEGMENT
from lomodel.linux.net.core.dev_ioctl import set_up
from lomodel.linux.net.ethtool.ioctl import ethtool_set_features
from lomodel.linux.net.socket import bind, recv, sendto, setsockopt, socket_create
from lomodel.machine import Machine
from tools import bench_grader, bench_page
from tools.kernel import inputs
from tools.kernel.ask import ask

PAYLOAD = bytes(1000)
ROUNDS = 15
IN_A_TRACE = 50
ROOT = Path(__file__).resolve().parent.parent
CHAPTER = 10
"""Seconds that a page may take to run."""
TURN = 0.02
"""Seconds that one turn of one side takes, about."""


def best(*sides: Callable[[], object]) -> list[float]:
    """Seconds a call for each side, the best of alternating turns."""
    counts = [_calls_in_a_turn(side) for side in sides]
    times = [float("inf")] * len(sides)
    for _ in range(ROUNDS):
        for index, side in enumerate(sides):
            times[index] = min(times[index], _turn(side, counts[index]))
    return times


def _calls_in_a_turn(side: Callable[[], object]) -> int:
    _turn(side, 3)
    return max(1, int(TURN / _turn(side, 5)))


def _turn(side: Callable[[], object], count: int) -> float:
    gc.disable()
    start = time.perf_counter()
    for _ in range(count):
        side()
    spent = time.perf_counter() - start
    gc.enable()
    return spent / count


class Model:
    """A sender and a receiver on the model's lo."""

    def __init__(self) -> None:
        self.machine = Machine()
        net = self.machine.new_net()
        self.lo = net.loopback_dev
        set_up(self.lo, True)
        self.receiver = socket_create(net, AF_INET, SOCK_DGRAM)
        setsockopt(self.receiver, SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
        bind(self.receiver, "127.0.0.1", 7000)
        self.sender = socket_create(net, AF_INET, SOCK_DGRAM)

    def datagram(self) -> None:
        sendto(self.sender, PAYLOAD, "127.0.0.1", 7000)
        recv(self.receiver)

    def traced(self) -> None:
        with self.machine.trace():
            for _ in range(IN_A_TRACE):
                self.datagram()

    def watched(self) -> None:
        with self.machine.trace():
            pass

    def cut(self, count: int = 45) -> None:
        sendto(self.sender, bytes(64_000), "127.0.0.1", 7000)
        for _ in range(count):
            recv(self.receiver)


def real_datagram(payload: bytes = PAYLOAD) -> Callable[[], None]:
    """The same on this machine's lo, driven from Python."""
    receiver = real_socket.socket(real_socket.AF_INET, real_socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))
    address = receiver.getsockname()
    sender = real_socket.socket(real_socket.AF_INET, real_socket.SOCK_DGRAM)

    def datagram() -> None:
        sender.sendto(payload, address)
        receiver.recv(65536)

    return datagram


def scapy_datagram() -> Callable[[], None] | None:
    """The same datagram built and parsed with scapy, or None where there is none."""
    try:
        from scapy.layers.inet import IP, UDP
        from scapy.layers.l2 import Ether
    except ImportError:
        return None

    def datagram() -> None:
        frame = Ether() / IP(src="127.0.0.1", dst="127.0.0.1") / UDP(sport=1, dport=7000) / PAYLOAD
        frame.dst = frame.src = "00:00:00:00:00:00"
        Ether(bytes(frame))

    return datagram


def row(what: str, cost: float, against: str, other: float) -> None:
    print(f"{what:<46}{cost * 1e6:>10.2f} us  {cost / other:>9.3f} x  {against}")


def datagrams() -> None:
    model = Model()
    real = real_datagram()
    plain, sock = best(model.datagram, real)
    row("a datagram, no trace", plain, "sendto + recv on the real lo", sock)
    plain, traced, watched = best(model.datagram, model.traced, model.watched)
    row("a datagram, traced", (traced - watched) / IN_A_TRACE, "without a trace", plain)
    row("opening and closing a trace", watched, "a datagram without one", plain)
    scapy = scapy_datagram()
    if scapy is None:
        print("scapy is not installed: no comparison with it")
        return
    plain, built = best(model.datagram, scapy)
    row("a datagram, no trace", plain, "built and parsed with scapy", built)


def lengths() -> None:
    """What the bytes of a packet cost, where the MTU of the real lo lets them pass whole."""
    small, large = best(real_datagram(bytes(1_472)), real_datagram(bytes(65_507)))
    row("65,507 bytes on the real lo", large, "1,472 bytes there", small)


def segments() -> None:
    whole, cut = Model(), Model()
    ethtool_set_features(cut.lo, {"tx-udp-segmentation": False})
    for model in (whole, cut):
        setsockopt(model.sender, IPPROTO_UDP, UDP_SEGMENT, 1_423)
    passed, divided, one = best(whole.cut, cut.cut, whole.datagram)
    row("64,000 bytes in 45 datagrams, cut by the stack", divided, "passed whole", passed)
    row("one of those 45", divided / 45, "a datagram of its own", one)


def statistics() -> None:
    devices = {cpus: _lo_with(cpus) for cpus in (1, 16, 256, 4096)}
    times = best(*(lambda dev=dev: dev_lstats_read(dev) for dev in devices.values()))
    for cpus, cost in zip(devices, times, strict=True):
        row(
            f"dev_lstats_read, {cpus} CPUs",
            cost,
            "for each CPU, in units of 1 CPU",
            times[0] * cpus,
        )


def _lo_with(cpus: int):
    return Machine(possible_cpus=cpus).new_net().loopback_dev


def memory(count: int) -> None:
    model = Model()
    for _ in range(1000):
        model.datagram()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(count // 100):
        model.datagram()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    start = time.perf_counter()
    for _ in range(count):
        model.datagram()
    spent = time.perf_counter() - start
    packets, _ = dev_lstats_read(model.lo)
    traced = count // 100
    print(f"{count} datagrams in {spent:.1f} s; {traced} of them left {grown} bytes behind")
    assert packets == 1000 + count // 100 + count


def page_kernel() -> None:
    """The pages' kernel in node: from nothing to the first answer, and from one to the next."""
    folder = inputs.BUILT / RELEASE
    if inputs.recorded(folder) is None:
        print("no kernel for the pages was built (make kernel)")
        return
    steps = [{"do": "link", "up": True}, {"do": "udp", "family": "inet", "payload": 4000}]
    steps[1]["gso_size"] = 1400
    first, *later = (answer["ms"] / 1000 for answer in ask(folder, [{"steps": steps}] * 21))
    later.sort()
    print(f"kernel in the page, start and first answer: {first:.2f} s")
    print(f"  later answers: median {later[10]:.2f} s, longest {later[-1]:.2f} s")


def chapters() -> None:
    """How long each page takes to run, the tables of its explorers ready, against its limit."""
    subprocess.run([sys.executable, "-m", "lomodel.explore"], check=True, capture_output=True)
    times = {}
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        start = time.perf_counter()
        NotebookClient(notebook, resources={"metadata": {"path": str(ROOT / "chapters")}}).execute()
        times[path.stem] = time.perf_counter() - start
    slowest = max(times, key=lambda name: times[name])
    print(f"{len(times)} notebooks in {sum(times.values()):.0f} s, kernels' starts included")
    print(
        f"  the slowest is {slowest}: {times[slowest]:.1f} s, "
        f"{times[slowest] / CHAPTER:.2f} of the {CHAPTER} s that a page may take"
    )


@contextmanager
def one_cpu():
    """Both sides on one CPU, where the platform lets us choose."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def main() -> None:
    """Print the table. ``quick`` as an argument: a tenth of the million datagrams."""
    count = 100_000 if "quick" in sys.argv[1:] else 1_000_000
    with one_cpu():
        datagrams()
        lengths()
        segments()
        statistics()
        memory(count)
    page_kernel()
    bench_page.run()
    chapters()
    bench_grader.main(sys.argv[1:])


if __name__ == "__main__":
    main()
