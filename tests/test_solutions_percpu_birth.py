"""What the solutions of assignments 1 and 3 say is what the model does.

A hidden check compares with what the solution printed, so a solution that is wrong would make every
right answer wrong. Mutations of the solutions that turned this red: devices before subsystems;
``IFF_UP`` on a registered lo; a subsystem written behind the first device; what refused undone; the
device not freed; nosmp left out; the model reading digits of other scripts; an octal number read as
decimal; no alignment; 4 bytes of a reference count forgotten; the loop ended one id early.
"""

from __future__ import annotations

import errno
import random
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest

from lomodel.desk import boot
from lomodel.figures.form import stages
from lomodel.linux.drivers.net import loopback
from lomodel.linux.include.linux import cpumask
from lomodel.linux.kernel import smp
from lomodel.linux.mm import percpu
from lomodel.linux.net.core import net_namespace as ns
from lomodel.linux.net.core.dev import alloc_netdev

SOLUTIONS = Path(__file__).parents[1] / "exercises" / "solutions"


def answers(name: str) -> dict[str, Any]:
    """What the cells of a solution define, checks aside, with nothing taken out of the model."""
    defined: dict[str, Any] = {}
    for cell in nbformat.read(SOLUTIONS / f"{name}.ipynb", as_version=4).cells:
        if cell.cell_type == "code" and "check" not in cell.metadata.get("tags", []):
            exec("" if cell.id == "g-taken" else cell.source, defined)
    return defined


@pytest.fixture(scope="module")
def birth() -> dict[str, Any]:
    return answers("01_birth_certificate")


@pytest.fixture(scope="module")
def lockers() -> dict[str, Any]:
    return answers("03_ids_and_lockers")


@pytest.mark.parametrize("kinds", ["", "D", "SSD", "DSDS", "DDSSDS", "SDSDSSD"])
def test_promises_in_order(birth: dict[str, Any], kinds: str) -> None:
    logs: list[list[object]] = []
    for functions in (birth, vars(ns)):
        log: list[object] = []
        kernel = birth["new_kernel"]("init_net", "net:1")
        for number, kind in enumerate(kinds):
            register = "register_pernet_" + {"D": "device", "S": "subsys"}[kind]
            begins = _writes(log, f"init {number}")
            ends = _writes(log, f"{number}")
            functions[register](kernel, ns.PernetOperations(f"{number}", begins, exit=ends))
        log.append(birth["written"](kernel))
        logs.append(log)
    assert logs[0] == logs[1]
    log.clear()
    ns.ops_undo_list(kernel.pernet_list, ["net:1"])
    pairs = [({"D": "device", "S": "subsys"}[kind], f"{n}") for n, kind in enumerate(kinds)]
    ended = [name for name, _ in log]
    assert birth["order"](pairs) == ([ops.name for ops in kernel.pernet_list], ended)


def _writes(log: list[object], what: str) -> Callable[[object], None]:
    return lambda net: log.append((what, net))


@pytest.mark.parametrize("device", ["lo", "blackhole_dev"])
def test_the_form(birth: dict[str, Any], device: str) -> None:
    _, after, last = stages(device).values()
    setup = {"lo": loopback.loopback_setup, "blackhole_dev": loopback.blackhole_netdev_setup}
    made = alloc_netdev(boot(), 0, device, 0, setup[device])
    for moment, dev in {"setup": after, "alloc": made, "end": last}.items():
        wanted = (dev.mtu, dev.type, dev.flags, dev.tx_queue_len)
        assert birth["form"](device, moment) == wanted, moment


@pytest.mark.parametrize("refuses", [None, 0, 1, 2, 3])
def test_a_namespace_is_set_up_or_undone(birth: dict[str, Any], refuses: int | None) -> None:
    assert _set_up(birth, birth["setup_net"], refuses) == _set_up(birth, ns.setup_net, refuses)


def _set_up(birth: dict[str, Any], setup_net: Callable[[Any], None], refuses: int | None) -> object:
    log: list[str] = []
    errors = [errno.EPERM if number == refuses else None for number in range(4)]
    promises = [birth["promise"](f"{n}", log, error) for n, error in enumerate(errors)]
    net = birth["new_net"](*promises, ns.PernetOperations("empty"))
    try:
        setup_net(net)
    except OSError as error:
        log.append(errno.errorcode[error.errno or 0])
    return log, net in net.machine.net_namespace_list


@pytest.mark.parametrize("fail", [None, *range(1, 11)])
def test_a_birth(birth: dict[str, Any], fail: int | None) -> None:
    for killed in (False, True):
        ends = [
            birth["attempt"](each, fail, killed)
            for each in (birth["net_init"], loopback.loopback_net_init)
        ]
        assert ends[0] == ends[1]


LINES = (
    *("", "quiet", "nr_cpus=1", "nr_cpus=4", "nr_cpus=5", "nr_cpus=0", "nr_cpus=12", "maxcpus=2"),
    *("nr_cpus=6 nr_cpus=3 nr_cpus=5", "nr_cpus=3 nr_cpus=6 maxcpus=1", "nosmp", "maxcpus=0"),
    *("nr_cpus=0 maxcpus=2", "maxcpus=4 nr_cpus=7 ro", "nr_cpus=300", "nosmp nr_cpus=4"),
)


@pytest.mark.parametrize("line", LINES)
def test_ids(lockers: dict[str, Any], line: str) -> None:
    for ids in (list(range(8)), [0, 1, 4, 5], [0, 2, 200]):
        machine = boot(possible_cpus=ids, cmdline=line)
        assert lockers["nr_cpu_ids"](ids, line) == machine.nr_cpu_ids


@pytest.mark.parametrize("ids", [[], [2], [0, 1, 4, 5], [63, 64, 200]])
def test_both_loops(lockers: dict[str, Any], ids: list[int]) -> None:
    mask = cpumask.cpumask_of(ids)
    for name, size in [(n, s) for n in ("since_6_1", "up_to_6_0") for s in (3, 5, 201)]:
        form = {"since_6_1": "for_each_set_bit", "up_to_6_0": "cpumask_next"}[name]
        machine = SimpleNamespace(release=SimpleNamespace(for_each_cpu=form), nr_cpu_ids=size)
        wanted = list(cpumask.for_each_cpu(machine, mask))
        assert list(lockers[name](mask, size)) == wanted


OPTIONS = (
    *("3", "2x", "8", "12", "0", "-3", "", "x4", "5,6", "1-2", "010", "017x", "019", "09"),
    *("+4", " 4", "-+4", "- 4", "\u0664", "4\u0664"),
)


@pytest.mark.parametrize("option", [*OPTIONS, "0x3", "0X1f", "0x1g", "-010", "00", "0x", "-"])
def test_the_boot_option(lockers: dict[str, Any], option: str) -> None:
    for before in (8, 256):
        ours, models = (SimpleNamespace(nr_cpu_ids=before) for _ in range(2))
        assert lockers["nrcpus"](ours, option) == smp.nrcpus(models, option)
        assert ours == models


def test_places(lockers: dict[str, Any]) -> None:
    chance = random.Random(1)
    for _ in range(500):
        chunk = percpu.PcpuChunk(0, 128)
        at = chance.choice((0, 4, 16))
        while (end := at + chance.choice((4, 8, 16, 32))) <= 128:
            chunk.areas.append((at, end - at))
            at = end + chance.choice((0, 0, 4, 8, 16, 28))
        for size, align in ((4, 4), (16, 16), (24, 8), (32, 16)):
            found = lockers["find_block_fit"](list(chunk.areas), size, align, 128)
            assert found == chunk.find_block_fit(size, align), chunk.areas
    machine = boot(possible_cpus=4)
    pointer = machine.init_net.loopback_dev.lstats
    units = percpu.FIRST_UNIT, machine.percpu.unit_size
    for cpu in range(4):
        wanted = percpu.per_cpu_address(machine, pointer, cpu)
        assert lockers["per_cpu_address"](pointer.ptr, cpu, *units) == wanted


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize(
    "ids, line", [([0], ""), ([0, 1, 5, 6], ""), (list(range(64)), "maxcpus=2")]
)
def test_what_all_los_cost(lockers: dict[str, Any], bits: int, ids: list[int], line: str) -> None:
    machine = boot(possible_cpus=ids, bits=bits, cmdline=line)
    with machine.memory.recording() as made:
        machine.new_net()
    each = sum(one.size for one in made if one.what in ("int", "pcpu_lstats"))
    online = list(cpumask.for_each_online_cpu(machine))
    for namespaces in (1, 7):
        assert lockers["cost"](namespaces, ids, online, bits) == namespaces * each
