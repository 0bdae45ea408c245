"""Python of JupyterLite, made to be this book's: an extension of IPython, loaded at its start.

Graphs of the package `graphviz` go to the page, which draws them: here no program can be started.
What cannot be had here says so in one line, below the traceback. In an assignment an answer that
is not written yet says so in one line, and a check that fails stops none below it. The model asks
this module, as it asks a page's own Python (`lomodel_page`), for the explorers' tables and for a
kernel.
"""

from __future__ import annotations

import builtins
import getpass
import json
import re
import sys
from collections.abc import Callable
from functools import cache, partial
from types import TracebackType
from typing import Any

from lomodel_printing import Printed

GRAPHS = {"Digraph": "graphviz.graphs", "Graph": "graphviz.graphs", "Source": "graphviz.sources"}
MIME = "text/vnd.graphviz"

AT_HOME = "On your own machine it works: “make lab” opens this notebook there."
NOT_HERE = {
    "exercises": f"The grader starts programs, and is not here. {AT_HOME}",
    "nbval": f"nbval starts kernels, and is not here; the checks below the answers are. {AT_HOME}",
    "pyroute2": f"There is no kernel here that could be asked. {AT_HOME}",
    "pytest": f"pytest is not here; the checks below the answers are. {AT_HOME}",
    "tree_sitter": "The kernel's C is in the book's page, beside the model's Python.",
}
"""What is said of a module that is not here."""
NO_THREADS = f"Python in a web page has no threads. {AT_HOME}"
ASKS = "a cell asks its reader for input"
NO_KERNEL = (
    "A notebook in the browser has no kernel to ask: the book's page “Ask the kernel” has one. "
    + AT_HOME
)
NO_INPUT = f"Nothing can be typed into a cell that runs in a web page. {AT_HOME}"
NO_PROCESSES = f"Python in a web page starts no programs. {AT_HOME}"


def load_ipython_extension(shell: Any) -> None:
    """What IPython calls at its start."""
    formatter = shell.display_formatter.mimebundle_formatter
    for name, module in GRAPHS.items():
        formatter.for_type_by_name(module, name, graph)
    shell.set_custom_exc((ImportError, OSError, RuntimeError), say_more)
    sys.modules["lomodel_page"] = sys.modules[__name__]
    tell = hold_back(shell)
    shell.events.register("pre_run_cell", refuse_input)
    shell.system = lambda command: print(NO_PROCESSES, file=sys.stderr)
    shell._showtraceback = partial(show_error, tell, shell._showtraceback)


def refuse_input(*_: Any) -> None:
    """Let `input` fail in the cell that runs next: JupyterLite's, which it sets anew for each cell,
    gives None, since nothing here waits for a reader."""
    builtins.input = getpass.getpass = cannot_ask


def cannot_ask(*_: Any, **__: Any) -> str:
    """In place of `input`."""
    raise RuntimeError(ASKS)


def hold_back(shell: Any) -> Callable[[], None]:
    """What is printed without an end leaves the page time for "Restart" (`lomodel_printing`).

    Returns what shows at once what has been printed.
    """
    from pyodide_kernel.display import LiteStream

    streams: dict[Any, Printed] = {}
    plain = LiteStream.write

    def write(stream: Any, text: str) -> int:
        if stream not in streams:
            streams[stream] = Printed(partial(plain, stream))
        return streams[stream].write(text)

    def each(method: str, *_: Any) -> None:
        for printed in streams.values():
            getattr(printed, method)()

    LiteStream.write = write
    shell.events.register("pre_run_cell", partial(each, "begin"))
    shell.events.register("post_run_cell", partial(each, "tell"))
    # In their order: what was printed before a picture stands above it.
    tell = partial(each, "tell")
    shell.display_pub.publish = after(tell, shell.display_pub.publish)
    return tell


def after(first: Callable[[], None], then: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is called after another."""

    def both(*positional: Any, **named: Any) -> Any:
        first()
        return then(*positional, **named)

    return both


def graph(drawn: Any, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
    """A graph as its own text; the page draws it."""
    data = {MIME: drawn.source, "text/plain": repr(drawn)}
    return data, {MIME: {"engine": drawn.engine}}


def table_of(name: str) -> Any:
    """What is kept of an explorer: its table, and what its figure is made of.

    None without a network: then an explorer asks the model for each of its states.
    """
    return tables().get(name)


@cache
def tables() -> dict[str, Any]:
    """The book's, from beside Python's own files."""
    import pyodide_js
    from pyodide.ffi import JsException
    from pyodide.http import open_url

    try:
        return json.load(open_url(f"{pyodide_js._api.config.packageBaseUrl}tables.json"))
    except (JsException, OSError, ValueError):
        return {}


def side_by_side(*_: Any) -> None:
    """In place of a kernel's answer."""
    print(NO_KERNEL, file=sys.stderr)


def say_more(
    shell: Any, kind: type[Exception], error: Exception, trace: TracebackType, tb_offset: int | None
) -> None:
    """The traceback as ever, and one line where this Python is the reason."""
    if isinstance(error, NotImplementedError) and is_assignment():
        tell_task(error, raised_in(trace))
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
    if line := hint(error):
        print(line, file=sys.stderr)


def is_assignment() -> bool:
    """Whether the notebook is one: its checks have been imported."""
    return "lomodel.exercise" in sys.modules


def raised_in(trace: TracebackType) -> str:
    """The name of the function that raised."""
    while trace.tb_next:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_name


def tell_task(error: Any, name: str) -> None:
    """Let the error of an answer that is not written be shown in a line, not as a traceback."""
    if not error.args or {name, "task"} <= set(re.findall(r"\w+", str(error))):
        told = [f"NotImplementedError: {name} is your task; its cell has no answer yet."]
        error._render_traceback_ = lambda: told  # IPython's hook


def show_error(
    tell: Callable[[], None], as_ever: Any, kind: Any, error: Any, lines: list[str]
) -> None:
    """Show an error below what was printed before it; in an assignment it ends no "Run All Cells".

    JupyterLite drops the cells that wait behind one whose answer is an error, whatever asked for
    it; nbval drops none, and tasks can be done in any order.
    """
    tell()
    if is_assignment():
        print("\n".join(lines), file=sys.stderr)
    else:
        as_ever(kind, error, lines)


def hint(error: Exception) -> str:
    """What to say of an error that there is only here, or ""."""
    if isinstance(error, ImportError):
        return NOT_HERE.get((error.name or "").partition(".")[0], "")
    text = str(error)
    if isinstance(error, RuntimeError):
        return NO_INPUT if text == ASKS else NO_THREADS if "start new thread" in text else ""
    return NO_PROCESSES if "does not support processes" in text else ""
