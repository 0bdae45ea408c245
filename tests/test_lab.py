"""The laboratory: what it captures, what it refuses, and that nothing is left of it.

What turned these red, tried one at a time: `select` keeping every event, no wait in `_settle`, no
`die_with_parent`, no `namespace.fresh` before a scenario, no "[requested ...]" in `show`, no ECN
in the virtio header, a softirq that does not end an answer, every differing event reported; rows
and pages with raw names, half an answer taken for one, SIGALRM told as a signal, no search for
pyroute2, `start` without a drain, Debian's build or a kept number not looked at, a model without
the machine's settings or sockets without them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyroute2 import IPRoute
from recorded import runs

from lomodel import lab
from lomodel.contract import ScenarioError
from lomodel.lab import _usual, device, diff, hosts, namespace, tracepoints
from lomodel.lab.beside import Beside
from lomodel.lab.hosts import Host
from lomodel.lab.player import Player
from lomodel.lab.worker import Worker, worker
from lomodel.linux.include.linux.net import SOCK_DGRAM
from lomodel.linux.include.linux.socket import AF_INET
from lomodel.linux.net.socket import socket_create
from lomodel.machine import Machine
from lomodel.scenario import SYSCTL, play

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = [json.loads(line) for line in runs.examples()]
SEND = next(each for each in EXAMPLES if each["id"] == "udp-cut-in-software")


def _without_events(observed: list[dict]) -> list[dict]:
    return [{key: value for key, value in step.items() if key != "events"} for step in observed]


@pytest.mark.slow
def test_the_recordings_are_what_this_kernel_does(as_root: None) -> None:
    host = worker().host
    if host.choose().exactness == "none" or host.choose().release != "6.18":
        pytest.skip(f"recorded from 6.18, this is {host.release}")
    if set(_usual("6.18").items()) - set(host.sysctl.items()):
        pytest.skip(f"recorded with {_usual('6.18')}, this machine has {host.sysctl}")
    for scenario in runs.scenarios("6.18"):
        found = diff.differences(scenario["observed"], lab.capture(scenario))
        assert not found, f"{scenario['id']}: recorded, now: {found[0]}"


@pytest.mark.parametrize("scenario", EXAMPLES, ids=lambda each: each["id"])
def test_without_events(as_anyone: None, scenario: dict) -> None:
    found = lab.capture(scenario, events=False)
    assert found == _without_events(scenario["observed"])


def test_steps_alone_are_enough(as_root: None) -> None:
    assert lab.capture(SEND["steps"]) == SEND["observed"]


def test_what_cannot_be_played_is_refused() -> None:
    with pytest.raises(ScenarioError):
        lab.capture([{"do": "link", "mtu": "big"}])


def test_feature_names_are_the_kernels(as_anyone: None) -> None:
    with pytest.raises(ScenarioError, match="warp-drive"):
        lab.capture([{"do": "features", "set": {"warp-drive": True}}])


# Others on the machine.

NOISE = """
import os, socket, sys
from lomodel.lab import device
device.set_up(True)
os.sched_setaffinity(0, {int(sys.argv[1])})
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", 0))
print("ready", flush=True)
while True:
    sock.sendto(b"noise", sock.getsockname())
    sock.recv(100)
    __import__("time").sleep(0.0005)
"""


@pytest.fixture
def noise() -> Iterator[None]:
    """Somebody else's datagrams over the lo of another namespace, on the CPU of the player."""
    cpu = max(os.sched_getaffinity(0))
    command = ["unshare", "-n", sys.executable, "-c", NOISE, str(cpu)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
    process.stdout.readline()
    yield
    process.kill()
    process.wait()
    process.stdout.close()


def test_others_do_not_leak_in(as_root: None, noise: None) -> None:
    other = Worker()  # claims a CPU of its own, so that both are tried
    try:
        for _ in range(20):
            for lab_worker in (worker(), other):
                assert lab_worker.play(SEND["steps"]) == SEND["observed"]
    finally:
        other.close()


def test_the_machine_keeps_its_network(as_anyone: None) -> None:
    def network() -> list:
        keep = [line.split(":")[0] for line in Path("/proc/net/dev").read_text().splitlines()[2:]]
        with IPRoute() as route:
            links = [
                (link.get_attr("IFLA_IFNAME"), link["flags"], link.get_attr("IFLA_MTU"))
                for link in route.get_links()
            ]
        return [*keep, *links, device.show(device.feature_names())]

    before = network()
    for scenario in EXAMPLES:
        lab.capture(scenario)
    assert network() == before


# Nothing is left, however it ends. (A namespace lives as long as its processes and mounts do; its
# number says nothing, as the next one gets it again.)

PARENT = """
import json, os, signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell ignores it
sys.path.insert(0, {root!r})
from lomodel.lab.worker import Worker
steps = json.loads({steps!r})
def run():
    lab = Worker()
    print("playing", lab._process.pid, flush=True)
    while True:
        lab.play(steps)
{how}
"""
HOWS = {
    # The child keeps the other end of the player's input open, so no end of input tells it.
    "with-a-fork": """
lab = Worker()
print("playing", lab._process.pid, flush=True)
if os.fork():
    while True:
        lab.play(steps)
time.sleep(100)
""",
    "main-thread": "run()",
    "other-thread": "threading.Thread(target=run).start()",
    "exception": "lab = Worker(); print('playing', lab._process.pid, flush=True); 1 / 0",
}


def _processes(session: int) -> list[int]:
    """Those that were started from there, however far down, and still run."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(process.name))
    return found


def _outside() -> tuple[str, list[str]]:
    """The mounts that everybody sees, and the namespaces with a name."""
    named = Path("/run/netns")
    names = sorted(each.name for each in named.iterdir()) if named.exists() else []
    return Path("/proc/self/mountinfo").read_text(), names


def _gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def _eventually(test: Any, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not test():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.slow
@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left(as_anyone: None, how: str, end: signal.Signals) -> None:
    before = _outside()
    script = PARENT.format(root=str(ROOT), steps=json.dumps(SEND["steps"]), how=HOWS[how])
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    player = int(parent.stdout.readline().split()[1])
    time.sleep(0.05)
    parent.send_signal(end)
    if how == "other-thread" and end is signal.SIGINT:
        parent.kill()  # only the main thread hears of Ctrl-C; the other plays on
    try:
        parent.wait(timeout=60)
    finally:
        parent.kill()
    parent.stdout.close()
    gone = _eventually(lambda: _gone(player))
    if how == "with-a-fork":
        os.killpg(parent.pid, signal.SIGKILL)
    assert gone and _eventually(lambda: not _processes(parent.pid))
    assert _outside() == before


def test_closing_ends_it(as_anyone: None) -> None:
    lab_worker = Worker()
    pid = lab_worker._process.pid
    lab_worker.close()
    assert _gone(pid)
    with pytest.raises(ValueError):
        lab_worker.play([])


def test_a_killed_player_is_replaced(as_anyone: None) -> None:
    worker()._process.kill()
    worker()._process.wait()
    assert lab.capture(SEND, events=False) == _without_events(SEND["observed"])


def test_a_player_that_dies_is_reported(as_anyone: None) -> None:
    lab_worker = Worker()
    lab_worker._process.kill()
    lab_worker._process.wait()
    with pytest.raises(lab.LabUnavailable, match="process of its own failed"):
        lab_worker.play(SEND["steps"])
    lab_worker.close()


A_FORK = """
import json, os, sys
from lomodel import lab
from lomodel.lab.worker import worker
steps, expected = json.load(sys.stdin)
lab.capture(steps, events=False)
mine = worker()
child = os.fork()
if child == 0:
    good = lab.capture(steps, events=False) == expected
    other = worker()
    different = other is not mine
    mine.close()  # as at the child's exit
    other.close()
    os._exit(0 if good and different else 1)
assert os.waitpid(child, 0)[1] == 0
assert mine.usable()
assert lab.capture(steps, events=False) == expected
"""


@pytest.mark.slow
def test_a_fork_has_a_player_of_its_own(as_anyone: None) -> None:
    given = json.dumps([SEND["steps"], _without_events(SEND["observed"])])
    _run_alone(A_FORK, given)


def _run_alone(script: str, given: str) -> str:
    """What a script prints that runs in a process of its own: this one has threads, and a fork of
    it may wait for ever for a lock that one of them held."""
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command, cwd=ROOT, input=given, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_waits_for_the_backlog(as_root: None, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = [3, 2, 1, 0]
    monkeypatch.setattr(device, "backlog", lambda cpu: waiting.pop(0))
    player = Player.__new__(Player)
    player.cpu = 0
    player._settle()
    assert waiting == []
    monkeypatch.setattr(device, "backlog", lambda cpu: 1)
    monkeypatch.setattr("lomodel.lab.player.SETTLE", 0.01)
    with pytest.raises(tracepoints.Disturbed):
        player._settle()


# Who may, and who may not.


AN_ORDINARY_USER = """
import ctypes, json, os, sys
from lomodel.lab import LabUnavailable
from lomodel.lab.player import Player
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
# Who changes his user may not write to his own /proc files until he says so.
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
try:
    player = Player()
except LabUnavailable as error:
    sys.exit(print(json.dumps([str(error), None])))
observed = [player.play(steps, events=False) for steps in json.load(sys.stdin)]
print(json.dumps([player.no_events.reason, observed]))
"""


def test_an_ordinary_user(as_root: None) -> None:
    given = json.dumps([each["steps"] for each in EXAMPLES])
    reason, observed = json.loads(_run_alone(AN_ORDINARY_USER, given))
    if observed is None and "making a user namespace failed" in reason:
        pytest.skip(f"ordinary users may not, on this machine: {reason}")
    assert "tracefs" in reason and "not permitted" in reason
    assert observed == [_without_events(each["observed"]) for each in EXAMPLES]


def test_where_namespaces_are_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(flags: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(namespace, "unshare", refuse)
    affinity = os.sched_getaffinity(0)
    try:
        with pytest.raises(lab.LabUnavailable) as caught:
            Player()
    finally:
        os.sched_setaffinity(0, affinity)
    assert caught.value.step == "making a user namespace"
    assert "not permitted" in str(caught.value)


def test_where_there_is_no_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(lab.LabUnavailable, match="looking for a Linux kernel failed: .*darwin"):
        Worker()


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise lab.LabUnavailable("making a network namespace", "because")

    monkeypatch.setattr(lab, "worker", refuse)
    lab._say.cache_clear()


def test_the_recorded_run_stands_in(nowhere: None, capsys: pytest.CaptureFixture) -> None:
    result = lab.compare(SEND)
    assert result.kernel == SEND["observed"] and "recorded" in result.source
    assert "making a network namespace failed: because" in capsys.readouterr().err
    assert not lab.available()


def test_the_recorded_run_is_told_once(nowhere: None, capsys: pytest.CaptureFixture) -> None:
    without = lab.unavailable()
    assert [lab.compare(SEND, without=without).equal for _ in range(3)] == [True] * 3
    assert capsys.readouterr().err.count("recorded run of Linux 6.18") == 1


@pytest.mark.parametrize(
    ("observed", "field"),
    [
        (7, "observed"),
        ([{}, None], "observed[1]"),
        ([{}, {"events": {}}], "observed[1].events"),
        ([{"events": [["netif_rx", {"len": 1}], ["netif_rx"]]}], "observed[0].events"),
    ],
)
def test_a_recorded_run_that_is_none(nowhere: None, observed: object, field: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        lab.compare(SEND | {"observed": observed})
    assert caught.value.field == field


def test_no_laboratory_and_no_recorded_run(nowhere: None) -> None:
    with pytest.raises(lab.LabUnavailable):
        lab.compare(SEND["steps"])


# Events.

FORMAT = """name: netif_rx
ID: 2302
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:unsigned char common_flags;	offset:2;	size:1;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:void * skbaddr;	offset:8;	size:8;	signed:0;
	field:unsigned int len;	offset:16;	size:4;	signed:0;
	field:__data_loc char[] name;	offset:20;	size:4;	signed:0;
"""


def test_a_format_is_read() -> None:
    found = tracepoints.parse_format(FORMAT, ("len", "skbaddr"))
    raw = bytes.fromhex("fe08 10 00 01000000 8877665544332211 2a000000 00000000")
    assert (found.number, found.name) == (2302, "netif_rx")
    fields = found.read(raw)
    assert fields["len"] == 42 and fields["skbaddr"] == 0x1122334455667788
    assert fields["common_flags"] == tracepoints.TRACE_FLAG_SOFTIRQ


def test_a_format_without_the_field_is_refused() -> None:
    with pytest.raises(lab.LabUnavailable, match="gso_type"):
        tracepoints.parse_format(FORMAT, ("gso_type",))


ME, OTHER, SOFTIRQ = 100, 200, tracepoints.TRACE_FLAG_SOFTIRQ


def _event(name: str, tid: int, skb: int, flags: int = 0) -> tracepoints.Event:
    fields = {"skbaddr": skb, "common_flags": flags, "len": 1, "rc": 0}
    return tracepoints.Event(name, tid, fields)


def _own(*events: tracepoints.Event) -> list[bool]:
    sorter = tracepoints.Sorter(ME)
    return [sorter.own(event) for event in events]


def test_a_packet_is_followed_into_another_thread() -> None:
    sent = _event("netif_rx", ME, 1)
    assert _own(sent, _event("netif_receive_skb", OTHER, 1, SOFTIRQ)) == [True, True]
    assert _own(sent, _event("netif_receive_skb", OTHER, 2, SOFTIRQ)) == [True, False]


def test_an_answer_belongs_to_what_was_received() -> None:
    mine, theirs = _event("netif_rx", ME, 1), _event("netif_rx", OTHER, 2)
    answer = _event("net_dev_queue", ME, 3, SOFTIRQ)
    received = [_event("netif_receive_skb", ME, skb, SOFTIRQ) for skb in (1, 2)]
    assert _own(mine, received[0], answer) == [True, True, True]
    assert _own(mine, theirs, received[1], answer) == [True, False, False, False]


def test_a_timer_between_is_nobodys_answer() -> None:
    events = [
        _event("netif_rx", ME, 1),
        _event("netif_receive_skb", ME, 1, SOFTIRQ),
        tracepoints.Event(tracepoints.SOFTIRQ, ME, {"common_flags": SOFTIRQ, "vec": 1}),
        _event("net_dev_queue", ME, 9, SOFTIRQ),
    ]
    assert _own(*events) == [True, True, False, False]


def test_an_address_used_again_is_not_mistaken() -> None:
    dropped, reused = _event("netif_rx", ME, 1), _event("netif_rx", OTHER, 1)
    assert _own(dropped, reused, _event("netif_receive_skb", OTHER, 1, SOFTIRQ))[1:] == [False] * 2


def test_others_events_disturb() -> None:
    with pytest.raises(tracepoints.Disturbed):
        tracepoints.select([_event("netif_rx", OTHER, 1)], ME)


def test_missing_events_disturb() -> None:
    events, stats = SEND["observed"][-1]["events"], SEND["observed"][-1]["stats"]
    tracepoints.check_complete(events, stats)
    for index in range(1, len(events)):  # the first is net_dev_queue, which nothing counts
        with pytest.raises(tracepoints.Disturbed):
            tracepoints.check_complete(events[:index] + events[index + 1 :], stats)


# Comparing and showing.

MODEL = [
    {"error": None},
    {
        "error": None,
        "stats": {"rx_packets": 1, "tx_packets": 1},
        "events": [["netif_rx", {"len": 1}]],
    },
]


def _changed(**changes: Any) -> list[dict]:
    return [MODEL[0], MODEL[1] | changes]


@pytest.mark.parametrize(
    ("kernel", "fields"),
    [
        (MODEL, []),
        (_changed(error="EINVAL"), ["error"]),
        (_changed(stats={"rx_packets": 2, "tx_packets": 1}), ["stats.rx_packets"]),
        (_changed(events=[]), ["events[0]"]),
        (_changed(events=[["netif_rx", {"len": 1}], ["netif_rx", {"len": 1}]]), ["events[1]"]),
        (_changed(events=[["netif_rx", {"len": 2}]]), ["events[0]"]),
        (_changed(events=[["netif_rx", {"len": 2}], ["net_dev_queue", {"len": 1}]]), ["events[0]"]),
        (_changed(received=[]), ["received"]),
        (MODEL[:1], [""]),
        ([MODEL[0], {"error": "EINVAL"}], ["error", "stats", "events"]),
    ],
)
def test_differences(kernel: list, fields: list) -> None:
    assert [each.field for each in diff.differences(MODEL, kernel)] == fields
    assert [each.field for each in diff.differences(kernel, MODEL)] == fields


def test_a_kernel_without_events_is_compared_without() -> None:
    kernel = _without_events(MODEL)
    assert not diff.has_events(kernel) and diff.has_events(MODEL) and diff.has_events(MODEL[:1])
    assert diff.differences(MODEL, kernel, events=False) == []


@pytest.mark.parametrize(
    ("kernel", "build", "model", "exactness"),
    [
        ("6.18.44", "", "6.18", "same"),
        ("6.18.44-local", "", "6.18", "build"),
        ("6.18.3", "", "6.18", "series"),
        ("6.1.0-56-cloud-amd64", "#1 SMP Debian 6.1.192-2 (2026-08-01)", "6.1", "build"),
        ("6.12.117+deb13-cloud-amd64", "#1 SMP Debian 6.12.117-1", "6.12", "build"),
        ("5.14.0-427.13.1.el9_4.x86_64", "#1 SMP", "5.14", "build"),
        ("5.15.0-91-generic", "#101-Ubuntu SMP", "5.15", "build"),
        ("6.17.3", "", "6.12", "none"),
        ("5.10.13", "", "5.14", "none"),
    ],
)
def test_table_of_a_kernel(kernel: str, build: str, model: str, exactness: str) -> None:
    choice = Host(kernel, build).choose()
    assert (choice.release, choice.exactness) == (model, exactness)
    assert model in choice.remark


def test_debian_tells_its_patch_level_in_its_build() -> None:
    name = "6.1.0-56-cloud-amd64"
    assert "not in its name" in Host(name).choose().remark
    told = Host(name, "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-08-01)").choose().remark
    assert "6.1.192-2 has the very patch level" in told
    early = Host("6.1.0-9-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.27-1 (2023-05-08)").choose()
    assert "6.1.27-1 differs in" in early.remark and "udp_max_segments" in early.remark


@pytest.mark.parametrize(
    ("kernel", "number"),
    [
        ("5.14.0-427.13.1.el9_4.x86_64", "5.14"),
        ("6.12.0-55.el10.x86_64", "6.12"),
        ("5.15.0-200.131.27.el8uek.x86_64", "5.15"),
        ("5.14.21-150500.55.52-default", "5.14"),
        ("6.4.0-150600.21-default", "6.4"),
    ],
)
def test_a_number_that_is_kept_is_not_believed(
    kernel: str, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f"is not Linux {number}" in Host(kernel).choose().remark
    for other in ("6.1.102-111.182.amzn2023.x86_64", "6.18.44-200.fc43.x86_64", "6.8.12-4-pve"):
        assert "is not Linux" not in Host(other).choose().remark


def test_what_is_no_kernel_has_no_table() -> None:
    for name in ("", "Linux", "5", f"{'9' * 5000}.1"):
        with pytest.raises(ValueError):
            Host(name).choose()


# The machine's own settings.

BURST = [{"do": "link", "up": True}, {"do": "features", "set": {"tx-udp-segmentation": False}}]
BURST += [{"do": "udp", "family": "inet", "payload": 4000, "gso_size": 100}]
FRAGMENTS = [{"do": "link", "up": True}, {"do": "link", "mtu": 68}]
FRAGMENTS += [{"do": "udp", "family": "inet", "payload": 4800, "gso_size": None}]


def test_the_machines_settings_change_the_models_answer() -> None:
    assert play(BURST, sysctl={"net.core.netdev_max_backlog": 30})[-1]["stats"]["rx_dropped"] == 9
    assert play(FRAGMENTS, sysctl={"net.core.wmem_default": 4608})[-1]["error"] == "ENOBUFS"
    assert play(FRAGMENTS)[-1]["error"] is None and play(BURST)[-1]["stats"]["rx_dropped"] == 0
    with pytest.raises(KeyError):
        play(BURST, sysctl={"net.core.somaxconn": 1})


def test_a_socket_begins_with_the_machines_settings() -> None:
    machine = Machine()
    machine.sysctl_rmem_default, machine.sysctl_wmem_default = 10_000, 20_000
    sock = socket_create(machine.new_net(), AF_INET, SOCK_DGRAM)
    assert (sock.sk.sk_rcvbuf, sock.sk.sk_sndbuf) == (10_000, 20_000)


def test_the_machines_settings_are_those_that_the_model_has(as_anyone: None) -> None:
    assert tuple(SYSCTL) == hosts.SYSCTL
    for name, value in worker().host.sysctl.items():
        assert Path("/proc/sys", *name.split(".")).read_text() == f"{value}\n"


def test_compare_takes_the_machines_settings_over(
    as_anyone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lab.compare(BURST).equal
    settings = dict.fromkeys(SYSCTL, 30)
    monkeypatch.setattr(worker(), "host", replace(worker().host, sysctl=settings))
    result = lab.compare(BURST)
    assert "stats.rx_dropped" in [each.field for each in result.differences]
    assert sum("is 30 here" in note for note in result.notes) == 3
    monkeypatch.setattr(worker(), "host", replace(worker().host, sysctl={}))
    result = lab.compare(BURST)
    assert result.equal and sum("cannot be read" in note for note in result.notes) == 3


# One scenario, and the next.

UP = [{"do": "link", "up": True}]
TCP_FRAME = {"do": "tcp_frame", "family": "inet", "payload": 65495, "gso_size": 1, "flags": 16}
SLOW = [*UP, {"do": "features", "set": {"tx-tcp-segmentation": False}}, *[TCP_FRAME] * 60]


def test_what_takes_too_long_costs_itself_only(
    as_anyone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Worker, "patience", 1)
    with pytest.raises(lab.NotPlayed, match="it was not done after 1 seconds"):
        lab.capture(SLOW)
    assert lab.capture(UP) == [{"error": None}]


BREAKING = """
import sys
from lomodel.lab import device, player
def broken(up):
    raise {error}
device.set_up = broken
player.main()
"""


@pytest.mark.parametrize("error", ["MemoryError()", "RuntimeError('oh')", "SystemExit('oh')"])
def test_a_player_that_breaks_says_why(
    as_anyone: None, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    popen = subprocess.Popen

    def start(command: list[str], **options: Any) -> subprocess.Popen:
        script = BREAKING.format(error=error)
        return popen([command[0], "-c", script, *command[3:]], **options)

    monkeypatch.setattr(subprocess, "Popen", start)
    lab_worker = Worker()
    with pytest.raises(lab.NotPlayed, match="MemoryError|oh"):
        lab_worker.play(UP)
    assert not lab_worker.usable()
    lab_worker.close()


def test_half_an_answer_is_none(as_anyone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    lab_worker = Worker()
    monkeypatch.setattr(lab_worker._process.stdout, "readline", lambda: '{"observed": [{"err')
    lab_worker._process.kill()
    with pytest.raises(lab.NotPlayed, match="signal 9 ended it"):
        lab_worker.play(UP)
    lab_worker.close()


def test_what_an_attempt_has_left_is_thrown_away(as_root: None) -> None:
    lab_tracepoints = tracepoints.Tracepoints.__new__(tracepoints.Tracepoints)
    done: list[str] = []
    lab_tracepoints._drain = lambda: done.append("drained") or b""
    lab_tracepoints.fds = []
    lab_tracepoints.start()
    assert done == ["drained"]


def test_without_pyroute2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(lab.LabUnavailable, match="pyroute2 failed: it is not installed"):
        Worker()


def _comparison(kernel: list, name: str = "a<b") -> diff.Comparison:
    scenario = {"id": name, "steps": [{"do": "link", "up": True}, {"do": "udp", "payload": 1}]}
    return diff.Comparison(
        scenario, "6.18", MODEL, kernel, "Linux", diff.differences(MODEL, kernel)
    )


def test_equal_lines_are_quiet_and_different_ones_loud() -> None:
    same, other = Beside(_comparison(MODEL)), Beside(_comparison(_changed(error="EINVAL")))
    assert "≠" not in str(same) and str(same).endswith("all equal")
    loud = [line for line in str(other).splitlines() if line.startswith("≠")]
    assert len(loud) == 1 and "EINVAL" in loud[0]
    assert 'class="differs"' not in same._repr_html_()
    assert other._repr_html_().count('class="differs"') == 1
    assert "a&lt;b" in other._repr_html_() and "a<b" not in other._repr_html_()


def test_a_table_of_differences() -> None:
    text = str(_comparison(_changed(events=[["netif_rx", {"len": 7}]])))
    assert "1 udp" in text and "events[0]" in text and "netif_rx len=7" in text


WILD = "\ud800\x1b[31m\n\u202e\x9b\x7f"
TAME = "\\ud800\\u001b[31m\\n\\u202e\\u009b\\u007f"


@pytest.mark.parametrize("kernel", [MODEL, _changed(error="EINVAL")], ids=["equal", "different"])
def test_what_an_input_has_in_it_stays_text(kernel: list) -> None:
    result = _comparison(kernel, WILD)
    for text in (str(result), Beside(result)._repr_html_()):
        assert TAME in text and not any(each in text for each in WILD[:1] + WILD[1:2] + WILD[7:])


def test_names_of_a_recorded_run_stay_text() -> None:
    result = _comparison(_changed(**{WILD: {WILD: 1}, "events": [[WILD, {WILD: WILD}]]}))
    for text in (str(result), str(Beside(result)), Beside(result)._repr_html_()):
        assert TAME in text and "\x1b" not in text and "\ud800" not in text


def test_long_names_are_cut() -> None:
    assert max(map(len, str(_comparison(_changed(error=1), "x" * 10_000)).splitlines())) < 300
