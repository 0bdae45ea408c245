"""Runs a chapter's cells in a web page, and shows what they give as a notebook would.

The worker (`python_worker.mjs`) calls `start` once and `run` for every cell. What a cell shows goes
out through the function that `start` was given, as a kind and JSON.
"""

import ast
import builtins
import contextlib
import gzip
import io
import itertools
import json
import linecache
import re
import sys
import traceback

from lomodel_printing import MOST_SHOWN, TOO_MUCH, Printed

COMMAND = re.compile(r"[%!]{1,2}\s*\w+|\s+[%!]{1,2}\w+|\s*(?:\?+[\w.]+|[\w.]+\?+)\s*$")
CELL = re.compile(r"<cell (\d+)>")
NOT_HERE = {
    "exercises": "The grader runs on a machine of its own, not in a page.",
    "nbval": "nbval runs notebooks in a kernel, not in a page.",
    "nbclient": "A notebook's kernel cannot be started in a page.",
    "pytest": "pytest is not in the page; it runs where the book is built.",
}

WAITS = re.compile("'(?:await|async \\w+)' outside|Cannot stack switch")
NO_AWAIT = "A cell of a page cannot wait for a coroutine; in a notebook it can: “Open as notebook”."
HAS = "lomodel, and of Python's own library what needs no network and no other program"

names = {"__name__": "__main__", "__builtins__": builtins}
_main = sys.modules["__main__"]
_emit = print
_get = None


class NotInAPage(RuntimeError):
    """Something that no page can do, in one sentence."""


def start(emit, get):
    """`emit(kind, json)` takes what is shown; `get(name)` gives a table as JSON, or None."""
    global _emit, _get
    _emit, _get = emit, get
    sys.modules["lomodel_page"] = sys.modules[__name__]
    _main.__dict__.update(names)
    sys.stdout, sys.stderr = _Stream("stdout"), _Stream("stderr")
    _refuse_what_cannot_be()


class _Stream(Printed, io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, name):
        super().__init__(lambda text: _emit("stream", json.dumps({"name": name, "text": text})))


def _refuse_what_cannot_be():
    def no(sentence):
        def refuse(*args, **kwargs):
            raise NotInAPage(sentence)

        return refuse

    import socket
    import subprocess
    import threading

    threading.Thread.start = no("A page has one thread: this cell needs a Python of your own.")
    subprocess.Popen.__init__ = no("A page can start no other program.")
    socket.socket.__init__ = no("A page has no sockets: ask the model, or “Ask the kernel”.")
    builtins.breakpoint = no("A page has no debugger: print what you want to see.")
    builtins.input = no("Nothing can be typed into a cell of a page: write the value into it.")


def table_of(name):
    """What was kept of an explorer when the book was built; None where nothing was."""
    packed = _get(name)
    return None if packed is None else json.loads(gzip.decompress(packed.to_bytes()))


def side_by_side(scenario, release=None):
    """The model and the page's own kernel about a scenario."""
    from lomodel.explore.kernel_page import BESIDE, beside
    from lomodel.figures.show import Figure

    steps = scenario["steps"] if isinstance(scenario, dict) else list(scenario)
    return Figure(BESIDE, beside(steps, *([release] if release else [])), BESIDE)


_shown = 0


def display(*values, **_):
    """Show values as the end of a cell shows one."""
    global _shown
    for value in values:
        _shown += 1
        if _shown <= MOST_SHOWN:
            _show(value, "display_data")
        elif _shown == MOST_SHOWN + 1:
            sys.stderr.write(TOO_MUCH)


names["display"] = display


def bundle_of(value):
    """A value by type of content, as IPython has it."""
    from IPython.lib.pretty import pretty

    found = {}
    make = getattr(type(value), "_repr_mimebundle_", None)
    if make is not None:
        made = value._repr_mimebundle_()
        found = dict(made[0] if isinstance(made, tuple) else made or {})
    for kind, name in (("text/html", "_repr_html_"), ("image/svg+xml", "_repr_svg_")):
        if kind not in found and hasattr(type(value), name):
            said = getattr(value, name)()
            if said is not None:
                found[kind] = said
    found.setdefault("text/plain", pretty(value))
    return found


def _show(value, kind):
    _flush()
    _emit(kind, json.dumps(bundle_of(value)))


def _flush():
    for stream in (sys.stdout, sys.stderr):
        # A reader may have put anything in its place.
        with contextlib.suppress(Exception):
            getattr(stream, "tell" if isinstance(stream, _Stream) else "flush")()


def _begin():
    global _shown
    _shown = 0
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, _Stream):
            stream.begin()


def run(number, source):
    """Run one cell; whether it went well. What it shows has gone out."""
    name = f"<cell {number}>"
    _begin()
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    sys.modules["__main__"], main = _main, _main.__dict__
    try:
        tree = _parsed(source, name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), main)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), name, "eval"), main)
            if value is not None and not source.rstrip().endswith(";"):
                builtins._ = main["_"] = value
                _show(value, "execute_result")
    except BaseException as error:
        _flush()
        _emit("error", json.dumps({"text": _told(error)}))
        return False
    _flush()
    return True


def _parsed(source, name):
    try:
        return ast.parse(source, name)
    except SyntaxError as error:
        # Of that line alone: others may have such signs in a text.
        command = COMMAND.match((source.splitlines() or [""])[(error.lineno or 1) - 1])
        if command is None:
            raise
        line = command.group().strip()
        raise NotInAPage(f"“{line}” is a notebook's command: a page runs Python only.") from None


def _told(error):
    """As `told`, whatever the error's own text does."""
    try:
        return told(error)
    except BaseException:
        return f"{type(error).__name__}, whose text cannot be had"


def once(lines):
    """Lines, of which one that repeats is told with its number."""
    groups = [(line, len(list(same))) for line, same in itertools.groupby(lines)]
    return [line if count == 1 else f"{line} ({count} times)" for line, count in groups]


def told(error):
    """An error as the reader meets it: the cells' own lines, and the message."""
    if isinstance(error, NotInAPage):
        return str(error)
    if isinstance(error, SyntaxError | RuntimeError) and WAITS.search(str(error)):
        return NO_AWAIT
    if isinstance(error, ModuleNotFoundError):
        missing = (error.name or "").partition(".")[0]
        if missing in NOT_HERE:
            return NOT_HERE[missing]
        if missing not in sys.modules:
            return f"{error.name} is not in the page, which has {HAS}."
    if isinstance(error, SystemExit | KeyboardInterrupt):
        return f"{type(error).__name__}: {error}".rstrip(": ")
    lines = once(
        [
            f"cell {own[1]}, line {frame.lineno}: {frame.line}"
            for frame in traceback.extract_tb(error.__traceback__)
            if (own := CELL.fullmatch(frame.filename))
        ]
    )
    if isinstance(error, SyntaxError) and error.filename and CELL.fullmatch(error.filename):
        number = CELL.fullmatch(error.filename)[1]
        text = error.text or linecache.getline(error.filename, error.lineno or 0)
        lines.append(f"cell {number}, line {error.lineno}: {text.strip()}")
        return "\n".join([*lines, f"{type(error).__name__}: {error.msg}"])
    message = "".join(traceback.format_exception_only(error)).strip()
    return "\n".join([*lines, message])
