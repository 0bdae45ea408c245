"""Tracepoints as tables: one line an event, and two runs side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from lomodel.figures.show import Figure, escape
from lomodel.trace import Event, Trace

Named = Sequence  # the contract's [name, fields]

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


def event_line(event: Named, full: bool = False) -> str:
    """``[name, fields]`` on one line; short unless ``full``: what is 0 is left out."""
    name, fields = event
    if full:
        return f"{name:<18} " + " ".join(f"{k}={v}" for k, v in fields.items())
    words = [f"{fields.get('len', ''):>5}", *_words(fields)]
    return f"{name:<18} {' '.join(words)}".rstrip()


def _words(fields: dict) -> list[str]:
    rest = {k: v for k, v in fields.items() if k not in ("len", "gso_segs") and v}
    words = {"protocol": "{}", "ip_summed": "{}", "gso_size": "gso {}"}
    parts = [words.get(k, f"{k} {{}}").format(field_text(k, v)) for k, v in rest.items()]
    segments = fields.get("gso_segs")
    return parts + ([f"in {segments}"] if segments else [])


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


def numeric(rows: list[list[str]]) -> list[bool]:
    """For each column, whether there is nothing but numbers below its heading."""
    return [all(c.isdigit() or not c for c in column[1:]) for column in zip(*rows, strict=True)]


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


def side_by_side(
    model: Iterable[Named],
    kernel: Iterable[Named],
    titles: tuple[str, str] = ("model", "kernel"),
) -> Figure:
    """Two runs' events (the contract's ``[name, fields]``) beside each other.

    Equal lines are quiet and stand there once, for both; a line that differs, or that only one side
    has, is marked ``≠``.
    """
    pairs = [_lines(*p) for p in pair(list(model), list(kernel))]
    different = sum(left != right for left, right in pairs)
    verdict = "all equal" if not different else f"{different} of {len(pairs)} lines differ"
    return Figure(
        f"{titles[0]} beside {titles[1]}: {verdict}",
        _pairs_html(pairs, titles, verdict),
        _pairs_text(pairs, titles, verdict),
    )


def pair(left: list[Named], right: list[Named]) -> list[tuple[Named | None, Named | None]]:
    """The events of two lists beside each other, aligned where they are equal."""
    keys = [[event_line(e, full=True) for e in side] for side in (left, right)]
    pairs = []
    for _, a, b, c, d in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        pairs += zip_longest(left[a:b], right[c:d])
    return pairs


def _lines(left: Named | None, right: Named | None) -> tuple[str, str]:
    """The two sides' lines; in full where the short ones would hide a difference."""
    short = [event_line(e) if e else "" for e in (left, right)]
    if short[0] == short[1] and list(left) != list(right):
        short = [event_line(e, full=True) for e in (left, right)]
    return short[0], short[1]


def _pairs_text(pairs: list[tuple[str, str]], titles: tuple[str, str], verdict: str) -> str:
    width = max([len(titles[0]), *(len(left) for left, _ in pairs)])
    head = f"  {titles[0]:<{width}} | {titles[1]}"
    lines = [f"{'=' if a == b else '≠'} {a:<{width}} | {b}".rstrip() for a, b in pairs]
    return "\n".join([head, *lines, verdict])


def _pairs_html(pairs: list[tuple[str, str]], titles: tuple[str, str], verdict: str) -> str:
    rows = "".join(_pair_html(left, right, titles) for left, right in pairs)
    left, right = (f'<th scope="col">{escape(title)}</th>' for title in titles)
    return (
        f'<div class="lo-figure" role="group" aria-label="{escape(" beside ".join(titles))}" '
        f'tabindex="0"><table class="lo-pairs"><caption>{escape(verdict)}</caption>'
        f'<thead><tr><th scope="col" class="mark">≟</th>{left}{right}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _pair_html(left: str, right: str, titles: tuple[str, str]) -> str:
    if left == right:
        mark, cells = "=", f'<td colspan="2">{escape(left)}</td>'
    else:
        mark, sides = "≠", zip(titles, (left, right), strict=True)
        cells = "".join(
            f'<td data-side="{escape(title)}">{escape(line or "–")}</td>' for title, line in sides
        )
    kind = "same" if left == right else "differs"
    return f'<tr class="{kind}"><td class="mark">{mark}</td>{cells}</tr>'
