"""Runs cells as a kernel does, with IPython's shell, and takes what they print and show.

Two namespaces keep a student's names from those of the assignment. Answers run in ``__main__``.
Given cells and checks run in one of their own, which takes over only the names that the solution's
answers define; so an answer that defines a ``print`` or rebinds a helper changes no check. What a
check leans on in the interpreter (built-ins, streams, traces) is put back before it runs.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import inspect
import linecache
import os
import random
import signal
import sys
import tempfile
import threading
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

Namespace = dict[str, Any]


class Outputs:
    """What the running cell printed and showed, in nbformat's form, up to a number of bytes."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.clear()

    def clear(self) -> None:
        self.list: list[dict[str, Any]] = []
        self.size = 0

    @property
    def flooded(self) -> bool:
        return self.size > self.most

    def add(self, output: dict[str, Any]) -> None:
        """An output; a stream's text goes to the end of the same stream's, as nbval joins them."""
        self.size += len(str(output.get("text") or output.get("data") or output))
        if self.flooded:
            return
        if output["output_type"] == "stream" and self.list:
            last = self.list[-1]
            if last["output_type"] == "stream" and last["name"] == output["name"]:
                last["text"] += output["text"]
                return
        self.list.append(output)

    def add_all(self, outputs: Iterable[dict[str, Any]]) -> None:
        for output in outputs:
            self.add(output)


class Printed:
    """What came to an open file that is not Python's: from a program, or from C."""

    def __init__(self, name: str, number: int, most: int) -> None:
        """Puts a file without a name in the place of the file with this number."""
        self._name, self._most = name, most
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the process)
        os.dup2(self._file.fileno(), number)
        self._seen = 0

    def new(self) -> list[dict[str, Any]]:
        """What came since the last look, as an output, up to the number of bytes."""
        data = os.pread(self._file.fileno(), self._most + 1, self._seen)
        self._seen += len(data)
        text = data.decode("utf-8", "replace")
        return [{"output_type": "stream", "name": self._name, "text": text}] if text else []


class Stream:
    """``sys.stdout`` or ``sys.stderr`` of a run."""

    encoding, errors, closed = "utf-8", "strict", False

    def __init__(self, name: str, outputs: Outputs, number: int) -> None:
        self.name, self._outputs, self._number = f"<{name}>", outputs, number
        self._stream = name

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            self._outputs.add({"output_type": "stream", "name": self._stream, "text": str(text)})
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return False

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def fileno(self) -> int:
        return self._number


class Shell(InteractiveShell):
    """IPython's shell without history, colours and a terminal."""

    def init_sys_modules(self) -> None:
        """``__main__`` is given where it is made."""

    def showtraceback(self, *_: object, **__: object) -> None:
        """A magic's own error: the cell's is raised."""

    def ask_exit(self) -> None:
        raise SystemExit

    def enable_gui(self, gui: str | None = None) -> None: ...


class Publisher(DisplayPublisher):
    """``display(...)``; an update of an earlier display is nothing, as for nbval."""

    outputs: Outputs

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **more: Any,
    ) -> None:
        if not update:
            shown = {"output_type": "display_data", "data": data, "metadata": metadata or {}}
            self.outputs.add(shown)

    def clear_output(self, wait: bool = False) -> None: ...


class Hook(DisplayHook):
    """What an expression in an answer's ``exec("...", "single")`` shows: nothing."""

    def __call__(self, result: Any = None) -> None: ...


class Cells:
    """A shell and its two namespaces, made once in the warm parent and used by each child."""

    def __init__(self, own: Iterable[str] | None, most: int) -> None:
        """``own`` are the names that answers define, None where checks share all of theirs;
        ``most``: bytes of output a cell."""
        self.own = None if own is None else frozenset(own)
        self.outputs = Outputs(most)
        self.main = ModuleType("__main__")
        self.checked: Namespace = {"__name__": "__main__", "__builtins__": builtins}
        sys.modules["__main__"] = self.main
        self.shell = Shell.instance(
            config=Config(HistoryManager={"enabled": False}),
            user_module=self.main,
            user_ns=self.main.__dict__,
            displayhook_class=Hook,
            display_pub_class=Publisher,
            colors="nocolor",
        )
        publisher, formatter = self.shell.display_pub, self.shell.display_formatter
        assert isinstance(publisher, Publisher) and formatter is not None
        publisher.outputs, self.formatter = self.outputs, formatter
        self.transformer = TransformerManager()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.number, self.settled = 0, False
        self.printed: list[Printed] = []
        builtins.input = _no_input
        if self.own is None:
            self.checked = self.main.__dict__
        self.checked["get_ipython"] = self.shell.get_ipython
        self._built_in = dict(vars(builtins))
        self._streams = Stream("stdout", self.outputs, 1), Stream("stderr", self.outputs, 2)
        self._sizes = sys.getrecursionlimit(), sys.getswitchinterval()

    def warm_up(self) -> None:
        """What the first cell of a run would wait for: lazy imports, regular expressions, caches of
        the transformer, the compiler and the formatter. Leaves no name and no output."""
        self.transformer.transform_cell("def first(n):\n    return [n]\n")
        for code, _ in _compiled("first = [1]\nfirst", "<warm>"):
            self.formatter.format(eval(code, {}, {"first": 1}))
        self.outputs.clear()

    def catch_printed(self) -> None:
        """From here on, what programs and C print is part of a cell's output."""
        most = self.outputs.most
        self.printed = [Printed("stdout", 1, most), Printed("stderr", 2, most)]

    def restore(self) -> None:
        """What a check leans on, as it was before any answer ran."""
        for name in vars(builtins).keys() - self._built_in.keys():
            delattr(builtins, name)
        vars(builtins).update(self._built_in)
        sys.stdout, sys.stderr = self._streams
        sys.displayhook, sys.excepthook = self.shell.displayhook, sys.__excepthook__
        sys.settrace(None)
        sys.setprofile(None)
        threading.settrace(None)
        threading.setprofile(None)
        sys.setrecursionlimit(self._sizes[0])
        sys.setswitchinterval(self._sizes[1])
        sys.modules["__main__"] = self.main
        signal.alarm(0)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def run(self, source: str, *, answer: bool) -> dict[str, Any]:
        """A cell's outputs and the name and text of what it raised, as a message to the outside."""
        self.outputs.clear()
        self.restore()
        if answer:
            error = self._execute(source, self.main.__dict__, answer=True)
        else:
            self._take_over()
            before = dict(self.checked)
            error = self._execute(source, self.checked, answer=False)
            self._hand_out(before)
        for printed in self.printed:
            self.outputs.add_all(printed.new())
        return {"outputs": self.outputs.list, "error": error, "flooded": self.outputs.flooded}

    def _take_over(self) -> None:
        """The names that answers define, as they are now."""
        for name in self.own or ():
            if name in self.main.__dict__:
                self.checked[name] = self.main.__dict__[name]
            else:
                self.checked.pop(name, None)

    def _hand_out(self, before: Namespace) -> None:
        """What a given cell or a check bound, to the answers."""
        for name, value in self.checked.items():
            if name not in before or before[name] is not value:
                self.main.__dict__[name] = value
        for name in before.keys() - self.checked.keys():
            self.main.__dict__.pop(name, None)

    def _execute(self, text: str, names: Namespace, *, answer: bool) -> list[str] | None:
        """Runs a cell. What is not an answer comes as Python, without IPython's own syntax."""
        try:
            self.number += 1
            name = f"<cell {self.number}>"
            if answer:
                text = self.transformer.transform_cell(text)
            if answer or not self.settled:
                # For inspect.getsource; a check is not to be found.
                lines = text.splitlines(keepends=True)
                linecache.cache[name] = (len(text), None, lines, name)
            for code, shown in _compiled(text, name):
                result = self._evaluate(code, names)
                if shown and result is not None:
                    self._show(result)
        except BaseException as error:  # SystemExit and KeyboardInterrupt end the cell only
            return _described(error)
        return None

    def _evaluate(self, code: Any, names: Namespace) -> Any:
        result = eval(code, names)
        if not code.co_flags & inspect.CO_COROUTINE:
            return result
        self.loop = self.loop or asyncio.new_event_loop()
        return self.loop.run_until_complete(result)

    def _show(self, result: Any) -> None:
        data, metadata = self.formatter.format(result)
        if data:
            shown = {"output_type": "execute_result", "data": data, "metadata": metadata}
            self.outputs.add({**shown, "execution_count": None})


def _compiled(text: str, name: str) -> list[tuple[Any, bool]]:
    """The statements of a cell, each compiled; the last is shown where it is an expression."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = ast.parse(text, name)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or text.rstrip().endswith(";"):
        return [(compile(tree, name, "exec", flags=flags, dont_inherit=True), False)]
    tree.body.pop()
    first = compile(tree, name, "exec", flags=flags, dont_inherit=True)
    value = compile(ast.Expression(last.value), name, "eval", flags=flags, dont_inherit=True)
    return [(first, False), (value, True)]


def _described(error: BaseException) -> list[str]:
    """Class and text; an exception whose text cannot be had has none."""
    try:
        return [str(type(error).__name__), str(error)[:10_000]]
    except BaseException:
        return ["Exception", ""]


def _no_input(prompt: object = "") -> str:
    raise StdinNotImplementedError("nobody is there to type an answer")


class Snapshot:
    """What a fork changes by itself, kept by the warm parent."""

    def __init__(self) -> None:
        self._random = random.getstate()

    def restore(self) -> None:
        """A child's random numbers go on where the given cells left them, as in a kernel."""
        random.setstate(self._random)


def only_stdio(channel: int) -> None:
    """No other open file than the run's channel and the standard streams; the first of them anew,
    since an open file that runs have in common would keep what one of them set."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.closerange(3, channel)
    os.closerange(channel + 1, 65536)
