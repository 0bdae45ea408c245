"""Traces: a witness that costs nothing while nobody looks."""

from __future__ import annotations

import pytest

from lomodel import trace as tracing
from lomodel.linux.include.linux.netdevice import net_gso_ok
from lomodel.machine import Machine
from lomodel.scenario import Player

UP = {"do": "link", "up": True}
FRAME = {"do": "frame", "dst": "zero", "ethertype": 0x88B5, "payload": 46}


def test_the_code_of_a_kernel_function_is_its_own_while_nobody_traces():
    plain = net_gso_ok.__code__
    with Machine().trace():
        assert net_gso_ok.__code__ is not plain
    assert net_gso_ok.__code__ is plain
    assert tracing.on is False


def test_an_exception_closes_the_trace_and_is_recorded_where_it_passed():
    player = Player()
    with pytest.raises(RuntimeError), player.machine.trace() as trace:
        net_gso_ok(0, 1)
        raise RuntimeError
    assert tracing.on is False and tracing.current() is None
    assert [(call.name, call.result) for call in trace] == [("net_gso_ok", False)]


def test_a_nested_trace_is_part_of_the_one_around_it():
    player = Player()
    player.step(UP)
    with player.machine.trace() as outer, player.machine.trace(calls=False) as inner:
        player.step(FRAME)
    assert outer.events() == inner.events() != []
    assert "loopback_xmit" in outer.functions()


def test_two_machines_traced_at_once_write_each_to_its_own():
    one, two = Player(), Player()
    one.step(UP), two.step(UP)
    with one.machine.trace() as first, two.machine.trace() as second:
        one.step(FRAME)
    assert first.events() and not second.events()


def test_depth_follows_the_calls():
    player = Player()
    player.step(UP)
    with player.machine.trace() as trace:
        player.step(FRAME)
    calls = {record.name: record.depth for record in trace if record.kind == "call"}
    assert calls["packet_snd"] < calls["__dev_queue_xmit"] < calls["xmit_one"]
    assert calls["loopback_xmit"] == calls["xmit_one"] + 1


def test_tracepoints_carry_the_fields_of_the_kernel():
    player = Player()
    player.step(UP)
    with player.machine.trace(calls=False) as trace:
        player.step(FRAME)
    assert trace.events()[0] == ["net_dev_queue", {"len": 60}]
    assert trace.functions() == []


def test_every_function_is_in_a_c_file_and_a_room_named_after_one():
    symbols = tracing.symbols()
    assert len(symbols) > 100
    for symbol in symbols:
        assert symbol.file.endswith((".c", ".h")), symbol
        assert symbol.function.__module__.startswith("lomodel.linux."), symbol


def test_a_closure_cannot_be_traced():
    captured = 1

    def closure():
        return captured

    with pytest.raises(TypeError, match="closure"):
        tracing.kernel_file("net/core/dev.c")(closure)
