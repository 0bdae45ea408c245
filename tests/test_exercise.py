"""What an assignment's cells are made with: a check that explains itself, a function taken out.

Mutations that turned this red: values compared with ``==`` (True passed for 1); only the module
itself looked at (the name that another had imported still worked); ``__wrapped__`` kept; tables
unplugged always, or never.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from lomodel.exercise import expect

TAKEN_OUT = """
import lomodel.linux.drivers.net.loopback as loopback
from lomodel.exercise import take_out
take_out("lomodel.linux.net.ethernet.eth", "eth_type_trans")
for place in ("lomodel.linux.net.ethernet.eth", "lomodel.linux.drivers.net.loopback"):
    function = __import__(place, fromlist=["eth_type_trans"]).eth_type_trans
    assert not hasattr(function, "__wrapped__") and function.__name__ == "eth_type_trans"
    try:
        function(None, None)
    except NotImplementedError as error:
        print(error)
"""


def test_what_is_wanted_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    expect("a full header", 14, 14, see="header_ops.html#a")
    assert capsys.readouterr().out == "a full header: 14\n"


@pytest.mark.parametrize("got", [13, True, "14"])
def test_what_is_not_wanted_is_explained(got: object) -> None:
    with pytest.raises(AssertionError) as found:
        expect("a full header", got, 1 if got is True else 14, see="header_ops.html#a")
    for part in ("a full header", repr(got), "header_ops.html#a"):
        assert part in str(found.value)
    assert found.value._render_traceback_() == [f"AssertionError: {found.value}"]


def test_a_function_taken_out_is_nowhere_in_the_model() -> None:
    run = subprocess.run([sys.executable, "-c", TAKEN_OUT], capture_output=True, text=True)
    assert run.stdout == "eth_type_trans is your task\n" * 2, run.stderr


IN_A_TABLE = """
from lomodel.desk import counters, lo_up, send
from lomodel.exercise import take_out
take_out("lomodel.linux.net.ethernet.eth", "eth_header", tables={tables})
try:
    send(lo := lo_up(), 10)
    print(counters(lo)["tx_packets"])
except NotImplementedError as error:
    print(error)
"""


@pytest.mark.parametrize("tables, said", [(False, "1"), (True, "eth_header is your task")])
def test_a_table_keeps_it_unless_told(tables: bool, said: str) -> None:
    script = IN_A_TABLE.format(tables=tables)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.stdout == f"{said}\n", run.stderr
