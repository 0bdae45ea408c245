"""The model's Python beside the kernel's C, as HTML; with the C, or with an empty place for it.

What is stored never holds the C. A panel knows what it asks for (``data-panel``), so that who has a
tree can fill it: the book's build, or JupyterLab while somebody looks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from html import unescape

from pygments import lex
from pygments.lexers import CLexer, PythonLexer
from pygments.token import Comment, Keyword, String, _TokenType

from lomodel.explore import c_source, python_source
from lomodel.explore.c_source import CSource, SourceError
from lomodel.explore.python_source import PythonSource
from lomodel.figures.plate import plate, sign
from lomodel.figures.show import escape
from lomodel.source_lines import QUOTED, TAGS, permalink, source_line

FOLD = 14
"""Lines; what is longer is folded."""
TAB = 8
LONGEST_C_MARK = 29
"""Characters. A longer one would be a line of the kernel's source, which has no place here."""

Mark = str | int
"""A text that the marked lines have, or the number of one line, from 1 in the definition."""
Href = Callable[[PythonSource], str]

CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment.Preproc, ""),
    (Comment, "lo-comment"),
    (Keyword, "lo-keyword"),
    (String, "lo-string"),
)
BREAKS = re.compile(r"<[^>]*>|[^\s<]*?[-!~?|\]](?=[^\s<])[^\s<]+")
"""A tag, or what has no blank, but a place where a browser may break a line: "->", or "!("."""
ELEMENT = re.compile(r'<lo-source data-panel="([^"]*)">.*?</lo-source>', re.S)
LINK = re.compile(r'<a [^>]*?data-source="(\w+)"[^>]*>')
NOT_HERE = (
    "The C is in the kernel’s tree. Where there is one, it is shown here when this cell runs or "
    "the book is built; until then the link leads to it."
)


@dataclass(frozen=True)
class Request:
    """What a panel shows: a symbol, by the file that it has in C, and what is marked in it.

    ``python`` is what the model calls it where that is another name; each of ``marks`` is a place
    in the Python and the one in the C that corresponds to it. ``folded``: however short it is.
    """

    symbol: str
    file: str
    python: str | None = None
    marks: tuple[tuple[Mark, Mark], ...] = ()
    release: str = QUOTED
    folded: bool = False


def ask(
    symbol: str,
    python: str | None = None,
    file: str | None = None,
    marks: Iterable[tuple[Mark, Mark]] = (),
    folded: bool = False,
) -> Request:
    """A checked request. ValueError for a symbol that the table of lines or the model has not, for
    marks that the Python has not, and for a mark that is a line of C itself."""
    place = source_line(symbol, QUOTED, file)
    if place is None:
        raise ValueError(
            f"no line of {symbol!r} in Linux {QUOTED} is known: expected a symbol of "
            "lomodel/source_lines.txt"
        )
    pairs = tuple((here, there) for here, there in marks)
    request = Request(symbol, place[0], python, pairs, folded=folded)
    _marked(_python(request).lines, [here for here, _ in request.marks], f"{symbol} in Python")
    for _, there in request.marks:
        if isinstance(there, str) and len(there.strip()) > LONGEST_C_MARK:
            raise ValueError(
                f"{there!r} is a line of the kernel's source: expected at most {LONGEST_C_MARK} "
                "characters, or the line's number in the definition"
            )
    return request


def _python(request: Request) -> PythonSource:
    return python_source.find(request.symbol, request.python, request.file)


def read_c(request: Request) -> CSource:
    """The C of a request, from this machine's tree. SourceError when there is none."""
    return c_source.read(request.symbol, request.release, request.file)


def _marked(lines: Iterable[str], marks: Iterable[Mark], what: str) -> dict[int, int]:
    """The index of each marked line, with the number of its mark, from 1."""
    found: dict[int, int] = {}
    lines = list(lines)
    for number, mark in enumerate(marks, 1):
        if isinstance(mark, int):
            at = [mark - 1] if 1 <= mark <= len(lines) else []
        else:
            at = [n for n, line in enumerate(lines) if mark.strip() and mark in line]
        if not at:
            raise SourceError(f"{what} has no {mark!r} to mark; it has {len(lines)} lines")
        found |= dict.fromkeys(at, number)
    return found


def relative(source: PythonSource) -> str:
    """Where a page of ``chapters/`` finds the model's file in the project."""
    return f"../{source.file}#L{source.first}"


def element(requests: Iterable[Request], inner: str = "") -> str:
    """The custom element around its panels; without ``inner`` the C's place is empty."""
    requests = list(requests)
    wanted = json.dumps(list(map(_said, requests)), separators=(",", ":"))
    inner = inner or "".join(map(panel, requests))
    return f'<lo-source data-panel="{escape(wanted)}">{inner}</lo-source>'


def _said(request: Request) -> dict[str, object]:
    """A request as JSON data; what is not folded does not say so."""
    said = asdict(request)
    return said if request.folded else {k: v for k, v in said.items() if k != "folded"}


def requests_of(data: str) -> list[Request]:
    """``data-panel`` read back; from a page's text, so HTML's escapes are undone."""
    wanted = json.loads(unescape(data))
    return [Request(**each | {"marks": tuple(map(tuple, each["marks"]))}) for each in wanted]


def panel(
    request: Request,
    c: CSource | None = None,
    *,
    when: str = "",
    absent: str = NOT_HERE,
    href: Href = relative,
    named: bool = True,
) -> str:
    """One panel. ``when`` says when the C was read, ``absent`` why there is none; ``href`` where
    the Python is. A page names (``id``) the first panel of a symbol only."""
    python = _python(request)
    longest = max(len(python.lines), len(c.lines) if c else 0)
    body = f'<div class="lo-columns">{_left(request, python, href)}' + (
        f"{_right(request, c, when)}</div>" if c else f"{_empty(request, absent)}</div>"
    )
    if longest > FOLD or request.folded:
        body = f"<details><summary>{_sizes(python, c)}</summary>{body}</details>"
    name = f' id="source-{escape(request.symbol)}"' if named else ""
    return f'<div class="lo-source lo-wide"{name}>{plate("Source", request.symbol, body)}</div>'


def _sizes(python: PythonSource, c: CSource | None) -> str:
    return f"{len(python.lines)} lines of Python" + (f", {len(c.lines)} of C" if c else "")


def _left(request: Request, python: PythonSource, href: Href) -> str:
    marks = _marked(python.lines, [here for here, _ in request.marks], request.symbol)
    head = f'{sign(False)}model · <a href="{escape(href(python))}">{escape(python.file)}</a>'
    code = _code(python.lines, python.first, PythonLexer(), _letters(marks, request))
    return _column("py", head, f"Python of {request.symbol}", code)


def _right(request: Request, c: CSource, when: str) -> str:
    what = f"{request.symbol} in {c.file} of Linux {c.version}"
    marks = _marked(c.lines, [there for _, there in request.marks], what)
    code = _code(c.lines, c.first, CLexer(), _letters(marks, request))
    pinned = TAGS[request.release].removeprefix("v")
    link = "" if c.version == pinned else f" The link leads to {pinned}."
    origin = f"{c.file} of Linux {c.version}, under {c.licence}, {when}.{link}"
    head = _c_head(request, c.version)
    return _column("c", head, f"C of {request.symbol}", code, escape(origin))


def _c_head(request: Request, version: str) -> str:
    address = escape(permalink(request.symbol, request.release, request.file))
    return f'{sign(True)}Linux {version} · <a href="{address}">{escape(request.file)}</a>'


def _empty(request: Request, absent: str) -> str:
    head = _c_head(request, request.release)
    return (
        f'<div class="lo-column lo-c"><p class="lo-source-head">{head}</p>'
        f'<p class="lo-origin">{escape(absent)}</p></div>'
    )


def _column(kind: str, head: str, label: str, code: str, origin: str = "") -> str:
    below = f'<p class="lo-origin">{origin}</p>' if origin else ""
    return (
        f'<div class="lo-column lo-{kind}"><p class="lo-source-head">{head}</p>'
        f'<pre role="group" aria-label="{escape(label)}">{code}</pre>{below}</div>'
    )


def _letters(marks: dict[int, int], request: Request) -> dict[int, str]:
    """What stands beside a marked line: nothing where there is one pair, else the pair's number."""
    return {line: str(mark) if len(request.marks) > 1 else "" for line, mark in marks.items()}


def _code(lines: tuple[str, ...], first: int, lexer: object, marks: dict[int, str]) -> str:
    html = _highlighted(lines, lexer)
    return "".join(
        _line(text, code, first + at, marks.get(at))
        for at, (text, code) in enumerate(zip(lines, html, strict=True))
    )


def _line(text: str, html: str, number: int, mark: str | None) -> str:
    """A line that knows its indentation: what does not fit goes on below its first letter."""
    blank = text[: len(text) - len(text.lstrip())]
    width = len(blank.expandtabs(TAB))
    style, indent = "", ""
    if blank:
        style = f' style="--in:{width}"'
        indent = f'<span class="lo-in">{blank}</span>'
    name = "lo-line" if mark is None else "lo-line lo-hit"
    pair = f' data-pair="{mark}"' if mark else ""
    return f'<span class="{name}" data-n="{number}"{pair}{style}>{indent}{html}\n</span>'


def _highlighted(lines: tuple[str, ...], lexer: object) -> list[str]:
    """Each line as HTML, without its indentation: keywords, comments and strings by weight and
    slope, nothing coloured."""
    lexer.stripnl, lexer.ensurenl = False, False
    done = [""]
    for token, text in lex("\n".join(lines), lexer):
        name = next((name for kind, name in CLASSES if token in kind), "")
        for at, part in enumerate(text.split("\n")):
            if at:
                done.append("")
            shown = escape(part if done[-1] else part.lstrip())
            done[-1] += f'<span class="{name}">{shown}</span>' if name and shown else shown
    return [BREAKS.sub(_whole, line) for line in done]


def _whole(match: re.Match[str]) -> str:
    found = match[0]
    return found if found[0] == "<" else f'<span class="lo-whole">{found}</span>'


def href_of(symbol: str, panels: Iterable[str] = ()) -> str | None:
    """Where a symbol's source is read: its panel, where ``panels`` (those of the page) has it, else
    its line in the pinned C; None for a symbol that the table has not."""
    return f"#source-{symbol}" if symbol in panels else permalink(symbol)


def lead_to_panels(body: str, panels: Iterable[str]) -> str:
    """A page's body whose links with ``data-source`` lead to the page's own panels."""
    known = set(panels)

    def lead(match: re.Match[str]) -> str:
        address = escape(href_of(match[1], known) or "")
        return re.sub(r'(?<!-)\bhref="[^"]*"', f'href="{address}"', match[0])

    return LINK.sub(lead, body)
