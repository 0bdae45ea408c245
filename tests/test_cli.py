"""The command line: JSON Lines in and out, exit statuses, messages of one line.

What turned these red, tried one at a time: dropping keys of the input, status 0 after a bad line,
not catching KeyboardInterrupt, not catching BrokenPipeError.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from recorded import runs

from lomodel import lab

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = "\n".join(runs.examples()) + "\n"
LINES = EXAMPLES.splitlines(keepends=True)
UP = '{"id": "up", "steps": [{"do": "link", "up": true}], "remark": {"kept": [1, null]}}\n'
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


@pytest.fixture
def as_root() -> None:
    if reason := lab.unavailable(events=True):
        pytest.skip(str(reason))


def test_predict_is_what_was_recorded() -> None:
    status, out, err = run("predict", given=EXAMPLES)
    assert (status, err) == (0, "")
    assert list(map(json.loads, out.splitlines())) == list(map(json.loads, LINES))


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


@pytest.mark.parametrize("command", ["predict", "compare"])
@pytest.mark.parametrize(
    ("redirection", "message"),
    [
        (">/dev/full", "writing failed: No space left on device\n"),
        (">&-", "standard output is closed\n"),
        ("<&-", "standard input is closed\n"),
    ],
)
def test_standard_streams_that_are_no_use(command: str, redirection: str, message: str) -> None:
    """Status 1 would say that `compare` has found a difference."""
    shell = f'exec "$0" -m lomodel {command} {redirection}'
    done = subprocess.run(
        ["sh", "-c", shell, sys.executable], input=LINES[0].encode(), capture_output=True, cwd=ROOT
    )
    assert (done.returncode, done.stderr.decode()) == (2, message)


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
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130 and err.decode() == "interrupted\n"
