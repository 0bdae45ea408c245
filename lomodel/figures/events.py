"""Tracepoints as a table, one line an event; how a field and a column of numbers are written."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lomodel.figures.show import Figure, escape
from lomodel.trace import Event, Trace

OUT = frozenset({"net_dev_queue", "net_dev_start_xmit", "net_dev_xmit"})
"""Tracepoints of a packet that leaves through the device; the others see it come in."""

RESULTS = ("ret", "rc")
"""Fields of the few tracepoints that say how a call ended; they have no room for a column each."""

IP_SUMMED = {0: "NONE", 1: "UNNECESSARY", 2: "COMPLETE", 3: "PARTIAL"}


def field_text(name: str, value: object) -> str:
    """A tracepoint's field for a reader: the number, and its name where it has one."""
    if name == "protocol" and isinstance(value, int):
        return f"0x{value:04x}"
    if name == "ip_summed" and value in IP_SUMMED:
        return f"{value} {IP_SUMMED[value]}"
    if name == "gso_type" and isinstance(value, int):
        return hex(value)
    return str(value)


def trace_table(trace: Trace | Iterable[Event], dev: str | None = "lo") -> Figure:
    """The tracepoints of a trace: one line an event, its fields in columns.

    ``dev=None`` shows every device's. Where there is one device only, no column says so.
    """
    events = [r for r in trace if r.kind == "event" and (dev is None or r.dev == dev)]
    fields = dict.fromkeys(key for event in events for key in event.fields)
    names = [name for name in fields if name not in RESULTS]
    where = ["dev"] if len({event.dev for event in events}) > 1 else []
    head = ["#", *where, "way", "tracepoint", *names]
    rows = [_cells(number, event, where, names) for number, event in enumerate(events, 1)]
    return Figure(f"Trace: {len(events)} events", _html(head, rows), align([head, *rows]))


def _cells(number: int, event: Event, where: list[str], names: list[str]) -> list[str]:
    way = "Out" if event.name in OUT else "In"
    results = [f"{name} {event.fields[name]}" for name in RESULTS if name in event.fields]
    fields = [field_text(n, event.fields[n]) if n in event.fields else "" for n in names]
    name = " ".join([event.name, *results])
    return [str(number), *([event.dev] if where else []), way, name, *fields]


def align(rows: list[list[str]]) -> str:
    """A heading and rows as aligned columns: numbers to the right, words to the left."""
    columns = [
        [cell.rjust(width) if number else cell.ljust(width) for cell in column]
        for column, number in zip(zip(*rows, strict=True), numeric(rows), strict=True)
        for width in [max(map(len, column))]
    ]
    return "\n".join("  ".join(row).rstrip() for row in zip(*columns, strict=True))


NUMBER = re.compile(
    r"""[-+−]?\s*(0[xX][0-9a-fA-F]+(\.\.0[xX][0-9a-fA-F]+)?   # 0x800, 0x1..0x3
    |\d[\d,_ ]*(\.\d+)?(\.\.\d+)?)                        # 4042, 1.5, 0..2
    (\s?(%|[A-Z]+|bytes?|packets?|µs|us|ms|s))?""",  # 3 PARTIAL, 10 µs
    re.VERBOSE,
)
"""A number for a reader: in any base, a span of two, with a unit or the number's name."""

BLANK = frozenset({"", "–", "-", "·", "none", "?"})
"""What stands in a column of numbers where there is none."""


def numeric(rows: list[list[str]]) -> list[bool]:
    """For each column, whether numbers stand below its heading, and beside them only blanks."""
    return [_is_numeric(column[1:]) for column in zip(*rows, strict=True)]


def _is_numeric(cells: Iterable[str]) -> bool:
    told = [cell for cell in cells if cell not in BLANK]
    return bool(told) and all(NUMBER.fullmatch(cell) for cell in told)


def _html(head: list[str], rows: list[list[str]]) -> str:
    kinds = ["num" if number else "word" for number in numeric([head, *rows])]
    top = _row(head, kinds, "th")
    way = head.index("way")
    body = "".join(_row(row, kinds, "td", row[way].lower()) for row in rows)
    return (
        '<div class="lo-figure" role="group" aria-label="Trace" tabindex="0">'
        f'<table class="lo-events"><thead>{top}</thead><tbody>{body}</tbody></table></div>'
    )


def _row(cells: list[str], kinds: list[str], tag: str, cls: str = "") -> str:
    inside = "".join(
        f'<{tag} class="{kind}">{escape(cell)}</{tag}>'
        for kind, cell in zip(kinds, cells, strict=True)
    )
    return f'<tr class="{cls}">{inside}</tr>' if cls else f"<tr>{inside}</tr>"
