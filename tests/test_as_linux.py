"""Linux's errors and addresses in Python of another system.

Red when an error had another number or text; when `errorcode` named the second of two names;
without the dots of a mapped address. What a real page's Python shows, the pages' tests compare.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lomodel import as_linux

ROOT = Path(__file__).resolve().parent.parent
ELSEWHERE = """
import errno, json, os, socket, sys
errno.ENOMEM, errno.EDQUOT, errno.EBOGUS = 48, 19, 77
errno.errorcode.update({48: "ENOMEM", 77: "EBOGUS"})
mapped = bytes(10) + b"\\xff\\xff" + bytes([127, 0, 0, 1])
ipv4 = socket.inet_ntop

def ipv4_only(family, packed):
    assert family == socket.AF_INET
    return ipv4(family, packed)

socket.inet_ntop = ipv4_only
sys.platform = "emscripten"
import lomodel
names = {name: number for name, number in vars(errno).items() if name.startswith("E")}
texts = [os.strerror(number) for number in (12, 95, 4000)]
addresses = [socket.inet_ntop(socket.AF_INET, bytes(4)), *(
    socket.inet_ntop(socket.AF_INET6, each) for each in (bytes(15) + b"\\1", mapped)
)]
print(json.dumps([names, sorted(errno.errorcode.items()), texts, addresses]))
"""

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="compares with this machine's Linux")


@on_linux
def test_has_the_errors_of_linux() -> None:
    rows = as_linux.table()
    assert {name: number for number, name, _ in rows} == {
        name: number for name, number in vars(errno).items() if name.startswith("E")
    }
    assert {number: text for number, _, text in rows} == {
        number: os.strerror(number) for number in errno.errorcode
    }


@on_linux
def test_a_system_that_counts_otherwise_says_them_so() -> None:
    """Played in a process that calls itself what a web page's Python does."""
    program = [sys.executable, "-c", ELSEWHERE]
    run = subprocess.run(program, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    names, codes, texts, addresses = json.loads(run.stdout)
    assert names == {name: number for name, number in vars(errno).items() if name.startswith("E")}
    assert dict(map(tuple, codes)) == errno.errorcode
    assert texts == [os.strerror(12), os.strerror(95), "Unknown error 4000"]
    assert addresses == ["0.0.0.0", "::1", "::ffff:127.0.0.1"]


def test_here_nothing_has_changed() -> None:
    assert socket.inet_ntop.__module__ != as_linux.__name__
