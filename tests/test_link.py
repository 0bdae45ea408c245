"""Whether lo has a link, as ``ethtool lo`` says it, on the model and on this machine's kernel.

Seen red: the driver asked whether the device runs or not; a device without get_link taken for one
without a link.
"""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from lomodel import lab
from lomodel.linux.include.uapi.linux.netdevice import NET_NAME_UNKNOWN
from lomodel.linux.net.core.dev import alloc_netdev, free_netdev
from lomodel.linux.net.core.dev_ioctl import set_mtu, set_up
from lomodel.linux.net.ethtool.ioctl import ethtool_get_link, link_detected
from lomodel.machine import Machine
from lomodel.release import RELEASES

ROOT = Path(__file__).resolve().parents[1]
STEPS = ("down", "up", "mtu 60", "down", "mtu 70000", "up", "down")
KERNEL = """
import json, sys
from lomodel.lab import device, namespace
namespace.unshare(namespace.CLONE_NEWNET)
said = [device.get_link()]
for step in json.loads(sys.argv[1]):
    what, _, mtu = step.partition(" ")
    device.set_mtu(int(mtu)) if mtu else device.set_up(what == "up")
    said.append(device.get_link())
print(json.dumps(said))
"""


def model(release: str) -> list[int]:
    lo = Machine(release).new_net().loopback_dev
    said = [ethtool_get_link(lo)]
    for step in STEPS:
        what, _, mtu = step.partition(" ")
        set_mtu(lo, int(mtu)) if mtu else set_up(lo, what == "up")
        said.append(ethtool_get_link(lo))
    return said


def test_the_link_is_what_this_kernel_says() -> None:
    if reason := lab.unavailable():
        pytest.skip(str(reason))
    command = [sys.executable, "-c", KERNEL, json.dumps(STEPS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert model("6.18") == json.loads(done.stdout)


@pytest.mark.parametrize("release", RELEASES)
def test_lo_has_a_link_while_it_runs(release: str) -> None:
    assert model(release) == [0, 0, 1, 1, 0, 0, 1, 0]


def test_the_driver_is_asked_only_while_lo_runs() -> None:
    lo = Machine().new_net().loopback_dev
    for up, calls, answer in ((False, 0, "no"), (True, 1, "yes")):
        set_up(lo, up)
        with lo.machine.trace() as trace:
            assert link_detected(lo) == answer
        assert trace.functions().count("always_on") == calls


def test_a_driver_that_cannot_say() -> None:
    machine = Machine()
    dev = alloc_netdev(machine, 0, "x", NET_NAME_UNKNOWN, lambda dev: None)
    with pytest.raises(OSError) as caught:
        ethtool_get_link(dev)
    assert caught.value.errno == errno.EOPNOTSUPP
    free_netdev(dev)
