"""What an assignment's cells are made with: a check that explains itself, a function taken out.

Mutations that turned this red: values compared with ``==`` (True passed for 1); only the module
itself looked at (the name that another had imported still worked); ``__wrapped__`` kept.
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


def test_a_function_taken_out_is_nowhere_in_the_model() -> None:
    run = subprocess.run([sys.executable, "-c", TAKEN_OUT], capture_output=True, text=True)
    assert run.stdout == "eth_type_trans is your task\n" * 2, run.stderr
