"""The command line: JSON Lines in and out, exit statuses, messages of one line.

What turned these red, tried one at a time: dropping keys of the input, status 0 after a bad line,
not catching KeyboardInterrupt, not catching BrokenPipeError; printing to a standard error that is
None or full, no `_open_streams` or any part of it, `shown` returning its text, no handler of SIGINT
while modules load, one that does not ask who ignores it, no summary after Ctrl-C, a summary that
Ctrl-C ends, a NotPlayed or
another exception that ends the loop, `capture` keeping its first player, `--first -1` accepted, no
line about tracepoints or tables, a complaint of every line without a laboratory, whole payloads,
payloads beyond MAX_RW_COUNT, no look at /proc before playing, a player without its own standard
error, a pasted block without its backslashes or with another program, no pin of pyroute2.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import grimp
import pytest
from recorded import runs

from lomodel import cli, lab
from lomodel.lab import diff
from lomodel.lab.worker import Worker, worker

# Most start a process or two.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = "\n".join(runs.examples()) + "\n"
LINES = EXAMPLES.splitlines(keepends=True)
UP = '{"id": "up", "steps": [{"do": "link", "up": true}], "remark": {"kept": [1, null]}}\n'
SHOWN = '{"id": "shown", "steps": [{"do": "show"}]}\n'
EXPECTED = list(map(json.loads, LINES))
OBSERVED = [each["observed"] for each in EXPECTED]
TCP_FRAME = {"do": "tcp_frame", "family": "inet", "payload": 65495, "gso_size": 1, "flags": 16}
CUT = {"do": "features", "set": {"tx-tcp-segmentation": False}}
SLOW = {"id": "slow", "steps": [{"do": "link", "up": True}, CUT, *[TCP_FRAME] * 60]}
BAD = {
    "rubbish\n": "line 2: scenario: expected one JSON object",
    '{"id": "a", "steps": [{"do": "link", "mtu": "x"}]}\n': "line 2: steps[0].mtu: expected an MTU",
    '{"id": "a", "steps": [{"do": "features", "set": {"warp": true}}]}\n': "steps[0].set.warp",
    b'{"id": "\xff"}\n': "line 2: scenario",
}


def run(*arguments: str, given: str | bytes = "") -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    data = given.encode() if isinstance(given, str) else given
    command = [sys.executable, "-m", "lomodel", *arguments]
    done = subprocess.run(command, input=data, capture_output=True, cwd=ROOT, timeout=120)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_predict_is_what_was_recorded() -> None:
    status, out, err = run("predict", given=EXAMPLES)
    assert (status, err) == (0, "")
    assert list(map(json.loads, out.splitlines())) == list(map(json.loads, LINES))


def test_explain_says_who_refused_what() -> None:
    """In words, a scenario after the other; a bad line costs that line only."""
    step = '{"do": "udp", "family": "inet", "payload": 9, "gso_size": null}'
    refused = f'{{"id": "nobody", "steps": [{step}]}}\n'
    status, out, err = run("explain", given=UP + "rubbish\n" + refused)
    assert status == 2 and err.startswith("line 2: scenario: expected one JSON object")
    up, _, nobody = out.partition("\n\n")
    assert up.splitlines() == ["up", "  Nothing was refused, dropped, cut or lost."]
    assert nobody.startswith("nobody\n  step 0: udp family inet payload 9")
    assert "ENETUNREACH" in nobody and '"is there a route?" no (daddr 127.0.0.1)' in nobody
    assert "ip link set lo up" in nobody
    status, out, err = run("explain", "--release", "6.1", given=UP)
    assert (status, out, err) == (0, "up\n  Nothing was refused, dropped, cut or lost.\n\n", "")


@pytest.mark.parametrize("command", ["predict", "explain", "capture", "compare", "quiz"])
def test_help_says_what_a_command_reads(command: str) -> None:
    """And where it is described: under a heading that the README has."""
    status, out, err = run(command, "--help")
    said = " ".join(out.split())
    reads = 'one scenario a line, in JSON, from standard input ("Ask a kernel" in README.md)'
    assert (status, err, reads in said) == (0, "", command != "quiz")
    summary = getattr(cli, command).__doc__
    assert summary in said
    assert "\n## Ask a kernel\n" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_capture_is_what_was_recorded(as_root: None) -> None:
    status, out, err = run("capture", given=EXAMPLES)
    assert (status, err) == (0, "")
    assert list(map(json.loads, out.splitlines())) == list(map(json.loads, LINES))


@pytest.mark.parametrize("command", ["predict", "capture"])
def test_input_is_kept_and_observed_replaced(as_root: None, command: str) -> None:
    line = json.loads(UP) | {"observed": "rubbish"}
    status, out, _ = run(command, given=json.dumps(line))
    assert status == 0
    assert json.loads(out) == json.loads(UP) | {"observed": [{"error": None}]}


@pytest.mark.parametrize("command", ["predict", "capture", "compare"])
@pytest.mark.parametrize("bad", BAD, ids=["json", "field", "feature", "utf-8"])
def test_a_bad_line_is_named_and_the_others_played(
    as_root: None, command: str, bad: str | bytes
) -> None:
    data = bad if isinstance(bad, bytes) else bad.encode()
    status, out, err = run(command, given=UP.encode() + data + b"\n" + UP.encode())
    assert status == 2
    assert BAD[bad] in err and len(err.splitlines()) == 1 and "line 2" in err
    assert "2 scenarios" in out if command == "compare" else len(out.splitlines()) == 2


def test_predict_another_release() -> None:
    status, out, _ = run("predict", "--release", "6.12", given=LINES[0])
    features = json.loads(out)["observed"][0]["features"]
    assert status == 0 and "tx-tcp-accecn-segmentation" not in features


def test_a_feature_that_the_release_has_not() -> None:
    name = "tx-tcp-accecn-segmentation"
    line = json.dumps({"id": "a", "steps": [{"do": "features", "set": {name: False}}]})
    assert run("predict", given=line)[0] == 0
    status, out, err = run("predict", "--release", "6.12", given=line)
    assert (status, out) == (2, "") and name in err


def test_an_unknown_release_is_refused() -> None:
    status, _, err = run("predict", "--release", "2.4")
    assert status == 2 and "6.18" in err


def test_compare_equal(as_root: None) -> None:
    status, out, _ = run("compare", given=EXAMPLES)
    assert status == 0, out
    assert "16 scenarios, 0 different" in out and "Linux" in out


def test_compare_different(as_root: None) -> None:
    status, out, _ = run("compare", "--release", "5.14", given="".join(LINES))
    assert status == 1
    assert "fresh-namespace" in out and "features.tx-tcp-accecn-segmentation" in out


def test_an_empty_input() -> None:
    assert run("predict") == (0, "", "")


def test_a_reader_that_leaves() -> None:
    command = [sys.executable, "-m", "lomodel", "predict"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    process.stdout.close()
    process.stdin.write(UP.encode() * 3)
    process.stdin.close()
    err = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait() != 0
    assert len(err.splitlines()) == 1 and "Traceback" not in err


def shell(command: str, given: bytes = b"", **environ: str) -> tuple[int, str, str]:
    """As `run`, in a shell in which $LO is the program."""
    program = f"{sys.executable} -m lomodel"
    done = subprocess.run(
        ["sh", "-c", command],
        input=given,
        capture_output=True,
        cwd=ROOT,
        env=os.environ | {"LO": program} | environ,
        timeout=120,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("command", ["predict", "compare"])
@pytest.mark.parametrize(
    ("redirection", "message"),
    [
        (">/dev/full", "writing failed: No space left on device\n"),
        (">&-", "standard output is closed\n"),
        ("<&-", "standard input is closed\n"),
        ("0>/dev/null", "reading standard input failed: Bad file descriptor\n"),
        ("</proc/self/mem", "reading standard input failed: Input/output error\n"),
        (">&- 2>&-", ""),
        (">/dev/full 2>/dev/full", ""),
        ("<&- >&- 2>&-", ""),
    ],
)
def test_standard_streams_that_are_no_use(
    as_root: None, command: str, redirection: str, message: str
) -> None:
    """Status 1 would say that `compare` has found a difference."""
    status, out, err = shell(f"$LO {command} {redirection}", LINES[0].encode())
    assert (status, err) == (2, message)
    if "<" in redirection or "0>" in redirection:
        assert out == ""


@pytest.mark.parametrize("command", ["predict", "capture", "compare"])
@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_a_complaint_that_nobody_hears(as_root: None, command: str, redirection: str) -> None:
    """The output has only what belongs there, and the status tells."""
    heard = shell(f"$LO {command}", f"bad\n{UP}".encode())
    assert heard[0] == 2 and heard[2].startswith("line 1: ") and heard[2].count("\n") == 1
    assert shell(f"$LO {command} {redirection}", f"bad\n{UP}".encode()) == (2, heard[1], "")


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("$LO --help >/dev/full", 2),
        ("$LO --help >&-", 0),
        ("$LO compare --help 2>&-", 0),
        ("$LO compare --first x 2>/dev/full", 2),
        ("$LO compare --first x 2>&-", 2),
        ("$LO", 2),
        ("$LO predict --release 2.4 >&-", 2),
    ],
)
def test_help_and_usage_on_poor_streams(command: str, status: int) -> None:
    found, _, err = shell(command)
    assert found == status and "Traceback" not in err and "Exception" not in err


@pytest.mark.parametrize("closed", ["<&- 2>&-", "2>&-", "<&- >&- 2>&-"])
def test_no_file_is_opened_where_a_stream_was_closed(closed: str, tmp_path: Path) -> None:
    """Messages, and what Ctrl-C writes, would go into it."""
    script = "import os; from lomodel.cli import _open_streams as f; f(); n = os.open('/', 0)"
    write = f"os.write(os.open({str(tmp_path / 'n')!r}, 66), str(n).encode())"
    shell(f'{sys.executable} -c "{script}; {write}" {closed}')
    assert (tmp_path / "n").read_text() == "3"


def test_reading_and_writing_wait(tmp_path: Path) -> None:
    """What comes late is not lost where the descriptor says that nobody waits for it."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    process = subprocess.Popen(
        [sys.executable, "-m", "lomodel", "predict"], stdin=reading, stdout=subprocess.PIPE
    )
    os.close(reading)
    time.sleep(0.5)
    os.write(writing, UP.encode())
    os.close(writing)
    assert process.communicate(timeout=60)[0].count(b"\n") == 1


# What an input has in it is text, whatever the terminal makes of it.

WILD = r'"\ud800\u001b[31m\n\u202e\u009b \u00e9"'
TAME = r"\ud800\u001b[31m\n\u202e\u009b "
SHOW = '{{"id": {0}, "steps": [{{"do": "show"}}], "release": {1}, "observed": {2}}}'
FEATURES = '{{"id": "a", "observed": [], "steps": [{{"do": "features", "set": {{{0}: true}}}}]}}'
WILD_LINES = {
    "id": SHOW.format(WILD, '"6.18"', "[]"),
    "observed": SHOW.format('"a"', '"6.18"', f'[{{{WILD}: {WILD}, "error": {WILD}}}]'),
    "release": SHOW.format('"a"', WILD, "[]"),
    "field": f'{{"id": "a", "steps": [{{"do": "show", {WILD}: 1}}]}}',
    "feature": FEATURES.format(WILD),
    "value": f'{{"id": "a", "steps": [{{"do": {WILD}}}]}}',
    "twice": f'{{"id": "a", {WILD}: 1, {WILD}: 2, "steps": []}}',
}


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
@pytest.mark.parametrize("kind", WILD_LINES)
def test_names_stay_text(kind: str, encoding: str) -> None:
    """Without its packages (-S) there is no laboratory, and so the recorded run is looked at."""
    program = f"{sys.executable} -S -m lomodel compare"
    line = WILD_LINES[kind].encode()
    done = subprocess.run(
        program.split(),
        input=line,
        capture_output=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": encoding},
    )
    said = (done.stdout + done.stderr).decode(encoding)
    assert done.returncode == (1 if kind in ("id", "observed") else 2), said
    assert kind == "release" or TAME in said
    assert all(each.isprintable() or each == "\n" for each in said)
    assert "Traceback" not in said


# Ctrl-C.

SELF = """
import os, runpy, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
sys.argv = ["lomodel", "predict"]
runpy.run_module("lomodel", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(
    "name", ["lomodel.cli", "argparse", "lomodel.lab", "subprocess", "lomodel.machine", "ipaddress"]
)
def test_ctrl_c_while_modules_are_loaded(name: str) -> None:
    command = [sys.executable, "-c", SELF.format(name=name)]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, input=b"", timeout=60)
    assert (done.returncode, done.stderr.decode()) == (130, "interrupted\n")


def test_ctrl_c_is_not_for_who_was_told_to_ignore_it() -> None:
    process = subprocess.Popen(
        ["sh", "-c", "trap '' INT; exec \"$0\" -m lomodel predict", sys.executable],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    process.stdin.write(UP.encode())
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(UP.encode(), timeout=60)
    assert (process.returncode, out.count(b"\n"), err) == (0, 1, b"")


@pytest.mark.parametrize("stderr", ["", "2>&-", "2>/dev/full"])
def test_ctrl_c_loses_nothing_that_was_found(as_root: None, stderr: str) -> None:
    process = subprocess.Popen(
        ["sh", "-c", f'exec "$0" -m lomodel compare --release 5.14 {stderr}', sys.executable],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    process.stdin.write(UP.encode() + SHOWN.encode())
    process.stdin.flush()
    rows = [process.stdout.readline().decode() for _ in range(3)]  # before the input ends
    assert rows[0].split() == diff.HEAD and "fcoe-mtu" in rows[2]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and err.decode() == ("" if stderr else "interrupted\n")
    assert "2 scenarios, 1 different so far (model 5.14, Linux " in out.decode()


@pytest.mark.parametrize("command", ["predict", "capture"])
def test_ctrl_c(as_root: None, command: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "lomodel", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    process.stdin.write(UP.encode())
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["id"] == "up"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and err.decode() == "interrupted\n"


# One line's failure.


def main(
    monkeypatch: pytest.MonkeyPatch, *arguments: str, given: str, listening: bool = False
) -> int:
    """The command in this process."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
    monkeypatch.setattr(cli, "_open_streams", lambda: None)
    return cli.main(listening, list(arguments))


def _dying(self: Worker, steps: list, *more: object) -> object:
    if steps == json.loads(SHOWN)["steps"]:
        self._process.kill()
    return PLAY(self, steps, *more)


PLAY = Worker.play


@pytest.mark.parametrize("command", ["capture", "compare"])
def test_a_scenario_that_ends_the_player_costs_its_own_line(
    as_root: None,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.setattr(Worker, "play", _dying)
    assert main(monkeypatch, command, given=UP + SHOWN + UP + SHOWN + UP) == 2
    out, err = capsys.readouterr()
    assert "3 scenarios, 0 different" in out if command == "compare" else out.count("\n") == 3
    assert [line[:19] for line in err.splitlines()] == [
        "line 2: not played:",
        "line 4: not played:",
    ]


def test_a_scenario_that_is_too_long_costs_its_own_line(
    as_root: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(Worker, "patience", 1)
    assert main(monkeypatch, "capture", given=UP + json.dumps(SLOW) + "\n" + UP) == 2
    out, err = capsys.readouterr()
    assert out.count("\n") == 2
    assert err.startswith("line 2: not played:") and "not done after 1 seconds" in err


def test_ctrl_c_while_the_summary_is_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """It comes too late to be one: all was compared."""
    summary = cli.Tally.summary

    def interrupted(self: cli.Tally, done: bool) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return summary(self, done)

    monkeypatch.setattr(cli.Tally, "summary", interrupted)
    handler = signal.getsignal(signal.SIGINT)
    assert main(monkeypatch, "compare", given=EXAMPLES, listening=True) == 0
    assert "16 scenarios, 0 different (" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is handler


def test_no_player_ends_the_command(
    as_root: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """A laboratory that was there and is gone is no matter of one line."""
    monkeypatch.setattr(Worker, "play", _dying)
    given = UP + SHOWN + UP + UP
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["lomodel.lab.worker"], "_worker", Worker())
        patch.setattr(Worker, "__init__", _refuse)
        assert main(patch, "capture", given=given) == 2
    out, err = capsys.readouterr()
    assert out.count("\n") == 1 and err.splitlines()[1:] == [
        "no laboratory here: gone failed: gone"
    ]


def _refuse(self: Worker) -> None:
    raise lab.LabUnavailable("gone", "gone")


@pytest.mark.parametrize("error", [MemoryError(), RecursionError("deep"), KeyError("\x1b")])
def test_a_model_that_breaks_costs_its_own_line(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def broken(steps: list, release: str) -> list:
        if steps == json.loads(SHOWN)["steps"]:
            raise error
        return []

    monkeypatch.setattr(cli, "play", broken)
    assert main(monkeypatch, "predict", given=UP + SHOWN + UP) == 2
    out, err = capsys.readouterr()
    assert out.count("\n") == 2 and err.count("\n") == 1 and "\x1b" not in err
    assert err.startswith(f"line 2: not played: {type(error).__name__}")


HUGE = 2**31 - 1
STEPS_HUGE = [
    {"do": "ping", "family": "inet", "payload": HUGE},
    {"do": "ping", "family": "inet6", "payload": HUGE},
    {"do": "frame", "dst": "other", "ethertype": 0x0800, "payload": HUGE},
    *(
        {"do": "udp", "family": family, "payload": HUGE, "gso_size": size, "pmtudisc": how}
        for family in ("inet", "inet6")
        for size in (None, 1000, 65535)
        for how in ("want", "do")
    ),
]
#: lo down; up; with the longest MTU; with an MTU between what is asked and what a call takes.
BEGINNINGS: list[list[dict]] = [
    [],
    [{"do": "link", "up": True}],
    *([{"do": "link", "up": True}, {"do": "link", "mtu": mtu}] for mtu in (HUGE, HUGE - 4000)),
]


def test_a_long_payload_takes_no_memory(as_root: None) -> None:
    """The kernel's errno, within 200 MB of address space: it is not the model that runs out."""
    given = "".join(
        json.dumps({"id": "huge", "steps": beginning + STEPS_HUGE}) + "\n"
        for beginning in BEGINNINGS
    ).encode()
    status, out, err = shell("ulimit -v 200000; $LO predict", given)
    assert (status, err) == (0, "")
    errors = [[step["error"] for step in json.loads(line)["observed"]] for line in out.splitlines()]
    assert {each for line in errors for each in line} > {"EMSGSIZE", "ENOBUFS", "ENETDOWN"}
    if worker().host.choose().exactness != "none":
        assert shell("$LO compare", given)[0] == 0


# What `compare` says of itself.


def test_what_could_not_be_compared_is_said(
    as_root: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    reason = lab.LabUnavailable("mounting tracefs", "not permitted")
    monkeypatch.setattr(worker(), "no_events", reason)
    assert main(monkeypatch, "compare", given=UP + EXAMPLES) == 0
    out, err = capsys.readouterr()
    sending = sum(any("stats" in step for step in each) for each in OBSERVED)
    assert (
        f"not compared: tracepoints (mounting tracefs failed: not permitted), of {sending}" in out
    )
    assert err == "" and "17 scenarios, 0 different" in out


def test_which_table_and_how_sure(
    as_root: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    host = replace(worker().host, release="5.14.0-427.el9.x86_64", build="")
    monkeypatch.setattr(worker(), "host", host)
    main(monkeypatch, "compare", given=UP)
    out, err = capsys.readouterr()
    assert (
        "model 5.14, Linux " in out
        and "a distribution's 5.14 has much of later kernels and is not" in out
        and err == ""
    )
    main(monkeypatch, "compare", "--release", "6.1", given=UP)
    assert "compared with the model's 6.1, as asked" in capsys.readouterr().out


def test_recorded_and_live_runs_are_told_apart(
    as_root: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(Worker, "play", _dying)
    recorded = json.dumps(json.loads(SHOWN) | {"observed": [], "release": "6.1.192"}) + "\n"
    main(monkeypatch, "compare", given=UP + recorded + UP)
    out = capsys.readouterr().out
    assert f"(2: model {worker().host.choose().release}, Linux " in out
    assert "1: model 6.1, a recorded Linux 6.1.192)" in out


@pytest.mark.parametrize(
    ("first", "rows", "more"), [("0", 0, "4 more"), ("3", 3, "1 more"), ("4", 4, ""), ("9", 4, "")]
)
def test_first(as_root: None, first: str, rows: int, more: str) -> None:
    status, out, _ = run("compare", "--release", "5.14", "--first", first, given=SHOWN)
    assert status == 1 and "1 scenarios, 1 different (model 5.14" in out
    assert out.count("features.") == rows and more in out and ("more" in out) == bool(more)


def test_a_negative_first_is_refused() -> None:
    status, out, err = run("compare", "--first", "-1", given=SHOWN)
    assert (status, out) == (2, "") and "expected a number from 0, got '-1'" in err


# Where things are missing.


def test_without_pyroute2_it_is_said_once() -> None:
    program = f"{sys.executable} -S -m lomodel"
    status, out, err = shell(f"{program} compare", (UP + SHOWN + UP).encode())
    assert status == 2 and err.count("\n") == 1 and "pyroute2 failed: it is not installed" in err
    assert "not compared: 3 scenarios without a kernel's run" in out
    status, out, err = shell(f"{program} compare", EXAMPLES.encode())
    assert (status, err.count("\n")) == (0, 1) and "16 scenarios, 0 different" in out
    status, out, err = shell(f"{program} capture", (UP + UP).encode())
    assert (status, out, err.count("\n")) == (2, "", 1) and "pyroute2" in err


def test_a_pyroute2_that_cannot_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "pyroute2.py").write_text("raise ImportError('out of order')")
    status, out, err = shell("$LO capture", UP.encode(), PYTHONPATH=str(tmp_path))
    assert (status, out, err.count("\n")) == (2, "", 1) and "ImportError: out of order" in err


def test_without_proc(as_root: None) -> None:
    hidden = "unshare -m sh -c 'umount -l /proc && $LO {}'"
    status, out, err = shell(hidden.format("predict"), EXAMPLES.encode())
    assert (status, err) == (0, "") and list(map(json.loads, out.splitlines())) == EXPECTED
    status, out, err = shell(hidden.format("capture"), EXAMPLES.encode())
    assert (status, out, err.count("\n")) == (2, "", 1) and "reading the counters failed" in err
    status, out, err = shell(hidden.format("compare"), UP.encode())
    assert status == 2 and err.count("\n") == 1 and "reading the counters failed" in err


# The README.


def test_the_readme_as_it_is_pasted(as_root: None, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    (pasted,) = [block for block in blocks if "lomodel" in block]
    assert max(map(len, pasted.splitlines())) <= 80
    done = subprocess.run(
        ["sh"], input=pasted, cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines[:4]] == ["whole", "cut"] * 2
    assert lines[:2] == lines[2:4] and lines[4].startswith("2 scenarios, 0 different")


def test_the_book_installs_what_the_package_imports() -> None:
    """`make book` is all that the README asks for before its commands."""
    graph = grimp.build_graph("lomodel", include_external_packages=True, cache_dir=None)
    modules = {name for name in graph.modules if graph.is_module_squashed(name)}
    foreign = modules - sys.stdlib_module_names
    assert {"pyroute2", "graphviz"} <= foreign
    names = importlib.metadata.packages_distributions()
    pins = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.M))
    missing = {name for name in foreign if not pins & {each.lower() for each in names[name]}}
    assert not missing
