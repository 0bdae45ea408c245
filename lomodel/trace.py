"""What happened while a trace was open: calls, decisions and tracepoints.

The kernel's function tracer leaves a no-op at the entry of every function and patches a call to
the tracer over it only while somebody traces. This module does the same with Python functions:
``@kernel_function`` notes where the C function lives and leaves the Python function alone;
opening a trace exchanges the code of every noted function for a recording one, and closing the
last trace puts the old code back. A packet that nobody watches pays nothing for the tracing, and
a trace that looks at no packets pays nothing for those that do.

A trace is a witness. It reads what passes by and never changes it, and its records are plain
data: call chains, tables and the comparison with a real kernel are all made from them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import CodeType, FunctionType
from typing import Any, ClassVar, Literal, Protocol, TypeVar

Function = Callable[..., Any]
"""A function of any signature."""

F = TypeVar("F", bound=Function)


class Traced(Protocol):
    """What a trace can be of: a machine."""

    tracer: Trace | None


class Device(Protocol):
    """What a tracepoint is about: a device of a machine."""

    @property
    def name(self) -> str:
        """As the machine calls it."""

    @property
    def machine(self) -> Traced:
        """Whose trace hears of it."""


Watch = Callable[[tuple[object, ...]], object]
"""Looks at what a call was given and, once it has returned, gave back (first); says what it saw of
a packet there, as plain data, or None. It must call no kernel function."""

on = False
"""True while any trace of calls is open in the process: the guard before ``decide``."""

tracepoints = False
"""True while any trace is open in the process: the guard before ``tracepoint``."""

_patch_lock = threading.Lock()
_open_traces = _open_call_traces = _open_watches = 0


class _Thread(threading.local):
    """The trace that each thread is writing to, and what the traces that it opens watch by."""

    trace: Trace | None = None
    watch: Watch | None = None


_thread = _Thread()


@dataclass(slots=True)
class Call:
    """One call of a kernel function.

    ``len`` is the length in bytes of the ``sk_buff`` that the call was about, at entry, or None;
    ``result`` is what the function returned (an exception that passed through counts as result).
    """

    symbol: Symbol
    depth: int
    len: int | None
    result: object = None

    kind: ClassVar[Literal["call"]] = "call"

    @property
    def name(self) -> str:
        """The kernel's name of the function."""
        return self.symbol.name


@dataclass(slots=True)
class Decision:
    """A condition that the kernel tested, with the operands it saw."""

    question: str
    answer: bool
    operands: dict[str, object]
    depth: int
    function: str

    kind: ClassVar[Literal["decision"]] = "decision"


@dataclass(slots=True)
class Event:
    """A tracepoint that fired; names and fields are the kernel's."""

    name: str
    fields: dict[str, object]
    depth: int
    dev: str

    kind: ClassVar[Literal["event"]] = "event"


@dataclass(slots=True)
class Moment:
    """The entry of a call, or its return, and what the trace's ``watch`` saw of a packet then."""

    call: Call
    returned: bool
    packet: Any


@dataclass(slots=True)
class Trace:
    """What was recorded, in order, between opening and closing.

    ``calls=False`` records only the tracepoints, which is what a real kernel can be compared with.
    With ``watch`` every call leaves two ``moments``, in the order of time; without it there are
    none.
    """

    calls: bool = True
    records: list[Call | Decision | Event] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)
    watch: Watch | None = None
    moments: list[Moment] = field(default_factory=list)

    def look(self, call: Call, returned: bool, given: tuple[object, ...]) -> None:
        """Note a moment of a call, if this trace watches packets."""
        if self.watch is not None:
            self.moments.append(Moment(call, returned, self.watch(given)))

    @property
    def depth(self) -> int:
        """How many of the recorded calls have not returned yet."""
        return len(self.stack)

    def events(self, dev: str | None = "lo") -> list[list[Any]]:
        """The tracepoints that named device ``dev`` (None: any), each as ``[name, fields]``."""
        return [
            [r.name, r.fields]
            for r in self.records
            if isinstance(r, Event) and (dev is None or r.dev == dev)
        ]

    def functions(self) -> list[str]:
        """The names of the functions called, in order of their entry."""
        return [r.name for r in self.records if r.kind == "call"]

    def decisions(self, function: str | None = None) -> list[Decision]:
        """The decisions, all of them or those taken in one function."""
        found = [r for r in self.records if r.kind == "decision"]
        return found if function is None else [r for r in found if r.function == function]

    def __iter__(self) -> Iterator[Call | Decision | Event]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def __str__(self) -> str:
        return "\n".join(format_record(r) for r in self.records)


def format_record(record: Call | Decision | Event) -> str:
    """One line for one record, indented by its depth in the call tree."""
    indent = "  " * record.depth
    if record.kind == "call":
        length = "" if record.len is None else f"len {record.len}"
        return f"{indent}{record.name}({length}) = {brief(record.result)}"
    if record.kind == "decision":
        operands = ", ".join(f"{k} {brief(v)}" for k, v in record.operands.items())
        return f"{indent}? {record.question}: {'yes' if record.answer else 'no'}  [{operands}]"
    fields = " ".join(f"{k}={v}" for k, v in record.fields.items())
    return f"{indent}* {record.name}: dev={record.dev} {fields}"


def brief(value: object) -> str:
    """A value as a reader wants it in a trace: numbers plain, objects by their kind."""
    if value is None or isinstance(value, bool | int | str):
        return str(value)
    if isinstance(value, BaseException):
        return repr(value)
    if isinstance(value, list):
        return f"{len(value)} x {brief(value[0])}" if value else "none"
    return type(value).__name__


@dataclass(frozen=True, slots=True)
class Symbol:
    """A kernel function that the model has: its name and the C file it is defined in."""

    name: str
    file: str
    function: FunctionType
    syscall: bool = False


class _Probe:
    """The place in one function where tracing is switched on and off."""

    __slots__ = ("symbol", "function", "plain", "recording", "recorders")

    def __init__(self, symbol: Symbol) -> None:
        self.symbol = symbol
        self.function = symbol.function
        self.plain: CodeType = symbol.function.__code__
        self.recorders: dict[bool, Function] = {}
        self.watch(False)
        self.recording = _recording_code(symbol)

    def watch(self, watching: bool) -> None:
        """Let the recorder look at packets, or not. One that does is made when it is needed."""
        if watching not in self.recorders:
            self.recorders[watching] = _recorder(self.symbol, self.plain, watching)
        self.function.__globals__[_key(self.function)] = self.recorders[watching]


class _Probes(dict[tuple[str, str], _Probe]):
    """Probes by file and name, all of them switched at once."""

    armed = watching = False

    def switch(self, armed: bool, watching: bool) -> None:
        """Let the functions record their calls, or not, and the packets with them, or not."""
        if watching != self.watching:
            self.watching = watching
            for probe in self.values():
                probe.watch(watching)
        if armed != self.armed:
            self.armed = armed
            for probe in self.values():
                probe.function.__code__ = probe.recording if armed else probe.plain


_RECORDER = """
def recorder(symbol, body):
    name = symbol.name

    def record({arguments}):
        trace = _thread.trace
        if trace is None or not trace.calls:
            return body({arguments})
        stack = trace.stack
        call = Call(symbol, len(stack), {length})
        trace.records.append(call)
        stack.append(name)
        {entered}
        try:
            call.result = result = body({arguments})
            return result
        except BaseException as error:
            call.result = error
            raise
        finally:
            stack.pop()
            {returned}

    return record
"""
"""What makes the function that stands in for ``body`` while a trace is open.

It is called for every function of a traced packet, so it does without helpers, and is written out
for every number of arguments: to pass ``*args`` on would cost as much as all the rest. Packets are
looked at by another function, in the place of this one while a trace that watches is open.
"""


@cache
def _recorder_of(count: int, watching: bool) -> Callable[[Symbol, FunctionType], Function]:
    arguments = ", ".join(f"arg{number}" for number in range(count))
    length = "getattr(arg0, 'len', None)" if count else "None"
    entered = f"trace.look(call, False, (None, {arguments}))" if watching else ""
    returned = f"trace.look(call, True, (call.result, {arguments}))" if watching else ""
    namespace: dict[str, Any] = {"_thread": _thread, "Call": Call}
    source = _RECORDER.format(
        arguments=arguments, length=length, entered=entered, returned=returned
    )
    exec(source, namespace)
    recorder: Callable[[Symbol, FunctionType], Function] = namespace["recorder"]
    return recorder


def _recorder(symbol: Symbol, code: CodeType, watching: bool) -> Function:
    function = symbol.function
    body = FunctionType(code, function.__globals__, function.__name__, function.__defaults__)
    record = _recorder_of(code.co_argcount, watching)(symbol, body)
    return _switching(record) if symbol.syscall else record


def _key(function: FunctionType) -> str:
    """The name of a function's recorder among the globals of its module."""
    return f"_probe_{function.__name__}"


def _recording_code(symbol: Symbol) -> CodeType:
    """The code that hands the arguments of a function to its recorder."""
    # A code object can only stand in for one with as many free variables, and kernel functions
    # have none; so the recorder is found through the function's own globals.
    function = symbol.function
    key = _key(function)
    parameters = ", ".join(function.__code__.co_varnames[: function.__code__.co_argcount])
    namespace: dict[str, Any] = {}
    exec(f"def stub({parameters}): return {key}({parameters})", namespace)
    stub: FunctionType = namespace["stub"]
    return stub.__code__.replace(co_name=function.__name__)


def _switching(record: Function) -> Function:
    """A system call belongs to one machine: while it runs, only that machine's trace is written."""

    def enter(*args: Any) -> Any:
        before = _thread.trace
        _thread.trace = args[0].machine.tracer
        try:
            return record(*args)
        finally:
            _thread.trace = before

    return enter


_probes = _Probes()


class Decorator(Protocol):
    """What notes a function and hands it back as it was, its signature included."""

    def __call__(self, function: F) -> F: ...


def kernel_file(path: str) -> Decorator:
    """A decorator for the functions of one C file: ``f = kernel_file("net/core/dev.c")``."""

    def kernel_function(function: F) -> F:
        _note(path, function, False)
        return function

    return kernel_function


def system_call(path: str) -> Decorator:
    """Like ``kernel_file`` for an entry from user space; its first argument has a ``.machine``."""

    def kernel_function(function: F) -> F:
        _note(path, function, True)
        return function

    return kernel_function


def _note(path: str, function: object, syscall: bool) -> None:
    if not isinstance(function, FunctionType):
        raise TypeError(f"{function!r} is no plain function; only those can be traced")
    symbol = Symbol(function.__name__.removesuffix("_"), path, function, syscall)
    code = function.__code__
    if code.co_freevars:
        raise TypeError(f"{symbol.name} is a closure; only plain functions can be traced")
    if code.co_kwonlyargcount or code.co_flags & (CO_VARARGS | CO_VARKEYWORDS):
        raise TypeError(f"{symbol.name} has parameters that no C function has")
    with _patch_lock:
        _probes[symbol.file, symbol.name] = probe = _Probe(symbol)
        if _probes.watching:
            probe.watch(True)
        if _probes.armed:
            function.__code__ = probe.recording


def symbols() -> list[Symbol]:
    """Every kernel function that the imported modules define, sorted by file and name."""
    return [_probes[key].symbol for key in sorted(_probes)]


def current() -> Trace | None:
    """The trace that this thread is writing to, or None."""
    return _thread.trace


@contextmanager
def open_trace(machine: Traced, calls: bool = True, watch: Watch | None = None) -> Iterator[Trace]:
    """Record what ``machine`` does until the block ends. Use ``machine.trace()``.

    Traces may be nested: what the inner one saw is in the outer one too, once the inner one closes.
    Only a trace of calls can watch packets.
    """
    outer = machine.tracer
    calls = calls or (outer is not None and outer.calls)
    trace = Trace(calls=calls, watch=_watch(watch, outer) if calls else None)
    machine.tracer = trace
    before, _thread.trace = current(), trace
    _count(1, trace)
    try:
        yield trace
    finally:
        _count(-1, trace)
        trace.watch = None  # What it holds is no plain data.
        _thread.trace = before
        machine.tracer = outer
        if outer is not None:
            _append(outer, trace)


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """The traces of calls that this thread opens until the block ends look at packets."""
    before, _thread.watch = _thread.watch, watch
    try:
        yield
    finally:
        _thread.watch = before


def _watch(watch: Watch | None, outer: Trace | None) -> Watch | None:
    """What a trace looks at packets by: as it was told, as the one around it, as its thread."""
    if watch is None and outer is not None:
        watch = outer.watch
    return watch if watch is not None else _thread.watch


def _append(outer: Trace, inner: Trace) -> None:
    """Take over the records and moments of a nested trace, as deep as it was opened."""
    calls: dict[int, Call] = {}
    for record in inner.records:
        if outer.calls or record.kind == "event":
            deeper = replace(record, depth=record.depth + outer.depth)
            outer.records.append(deeper)
            if isinstance(deeper, Call):
                calls[id(record)] = deeper
    if outer.watch is not None:
        outer.moments += [replace(m, call=calls[id(m.call)]) for m in inner.moments]


def _count(traces: int, trace: Trace) -> None:
    """Count an opened (1) or closed (-1) trace, and arm what the open ones need."""
    # A trace of tracepoints only needs nothing: a tracepoint's device says whose trace it is.
    global _open_traces, _open_call_traces, _open_watches, on, tracepoints
    with _patch_lock:
        _open_traces += traces
        _open_call_traces += traces if trace.calls else 0
        _open_watches += traces if trace.watch is not None else 0
        tracepoints = _open_traces > 0
        on = _open_call_traces > 0
        watched = _open_watches > 0
        _probes.switch(on, watched)


def decide(question: str, answer: object, **operands: object) -> None:
    """Record a condition and what it saw. Guard the call with ``if trace.on:``."""
    trace = _thread.trace
    if trace is not None and trace.calls:
        stack = trace.stack
        function = stack[-1] if stack else ""
        trace.records.append(Decision(question, bool(answer), operands, len(stack), function))


def tracepoint(name: str, dev: Device, **fields: object) -> None:
    """Record a tracepoint, in the trace of the device's machine. Guard the call with
    ``if trace.tracepoints:``."""
    trace = dev.machine.tracer
    if trace is not None:
        trace.records.append(Event(name, fields, len(trace.stack), dev.name))


def tracepoint_without_device(name: str, **fields: object) -> None:
    """Record a tracepoint that names no device, in the trace that this thread is writing to."""
    trace = _thread.trace
    if trace is not None:
        trace.records.append(Event(name, fields, len(trace.stack), ""))
