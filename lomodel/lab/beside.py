"""The model's run and the kernel's beside each other, for a notebook or a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import Any

from lomodel.contract import shown
from lomodel.lab.diff import Comparison

Pair = tuple[str, str]

STYLE = """<style>
.lab-pairs {border-collapse:collapse;font-size:85%}
.lab-pairs caption {text-align:left;font-weight:bold}
.lab-pairs td {padding:0 .6em;text-align:left;font-family:monospace;white-space:pre}
.lab-pairs th {padding:.3em .6em 0;text-align:left}
.lab-pairs .differs td {background:#b00020;color:#fff;font-weight:bold}
</style>"""


#: Lists of which each thing is a line, with its kind in one word.
LISTS = {"datagrams": "datagram", "results": "result"}
#: Of these, lines that are equal and follow each other are one.
REPEATED = ("datagrams[", "results[")
WIDEST = 60  # characters of one field of a step's title


def _fields(fields: dict[str, Any]) -> str:
    return " ".join(f"{key}={json.dumps(value)}" for key, value in fields.items())


def _flat(fields: dict[str, Any], before: str = "") -> dict[str, Any]:
    """The fields of objects in an object as its own: ``ip.ttl``."""
    flat: dict[str, Any] = {}
    for key, value in fields.items():
        inner = isinstance(value, dict)
        flat |= _flat(value, f"{before}{key}.") if inner else {f"{before}{key}": value}
    return flat


def _thing(value: Any) -> str:
    return _fields(_flat(value)) if isinstance(value, dict) else json.dumps(value)


def _frame(key: str, frame: Any) -> dict[str, str]:
    """A captured frame: a line for what is known of it as a whole, one for each of its headers."""
    if not isinstance(frame, dict):
        return {key: f"frame: {_thing(frame)}"}
    headers = {name: header for name, header in frame.items() if isinstance(header, dict)}
    whole = {name: value for name, value in frame.items() if name not in headers}
    lines = {f"{key}.{name}": f"  {name}: {_thing(header)}" for name, header in headers.items()}
    return {key: f"frame: {_fields(whole)}"} | lines


def _lines(step: dict[str, Any]) -> dict[str, str]:
    """What one step observed, one line a thing; the key tells what belongs beside what."""
    lines: dict[str, str] = {}
    for key, value in step.items():
        if key == "events":
            lines |= {f"events[{n}]": f"{e[0]} {_fields(e[1])}" for n, e in enumerate(value)}
        elif key == "features":
            lines |= {f"features.{name}": f"{name}: {state}" for name, state in value.items()}
        elif key == "counters" and isinstance(value, dict):
            lines |= {f"counters.{name}": f"{name}: {_thing(n)}" for name, n in value.items()}
        elif key == "frames" and isinstance(value, list):
            for number, frame in enumerate(value):
                lines |= _frame(f"frames[{number}]", frame)
        elif key in LISTS and isinstance(value, list):
            lines |= {f"{key}[{n}]": f"{LISTS[key]}: {_thing(e)}" for n, e in enumerate(value)}
        else:
            lines[key] = f"{key}: {_thing(value)}"
    return lines


def _pairs(model: dict[str, Any], kernel: dict[str, Any]) -> Iterator[Pair]:
    if "events" not in kernel:
        model = {key: value for key, value in model.items() if key != "events"}
    left, right = _lines(model), _lines(kernel)
    pairs = [(key, left.get(key, ""), right.get(key, "")) for key in dict.fromkeys([*left, *right])]
    # Sixty features that agree say nothing; one that does not is not lost among them.
    pairs = [row for row in pairs if not row[0].startswith("features.") or row[1] != row[2]]
    for (repeated, *pair), same in groupby(pairs, _kind):
        number = len(list(same))
        if repeated and number > 1:
            yield (_times(pair[0], number), _times(pair[1], number))
        else:
            yield from [(pair[0], pair[1])] * number


def _kind(row: tuple[str, str, str]) -> tuple[str, str, str]:
    """What makes lines that follow each other one; all others are one of a kind."""
    key, *pair = row
    return (key.partition("[")[0] if key.startswith(REPEATED) else "", *pair)


def _times(text: str, number: int) -> str:
    return f"{text} ({number} times)" if text else ""


def _title(step: dict[str, Any]) -> str:
    fields = {key: json.dumps(value) for key, value in step.items() if key != "do"}
    return " ".join(f"{key}={_short(value)}" for key, value in fields.items())


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."


class Beside:
    """A comparison to look at; `comparison` holds what it shows."""

    def __init__(self, comparison: Comparison):
        self.comparison = comparison

    def steps(self) -> Iterator[tuple[str, list[Pair]]]:
        """Every step's title, and its lines: the model's, the kernel's."""
        runs = self.comparison
        for number, step in enumerate(runs.scenario["steps"]):
            sides = [run[number] if number < len(run) else {} for run in (runs.model, runs.kernel)]
            yield f"{step['do']} {_title(step)}".rstrip(), list(_pairs(*sides))

    @property
    def verdict(self) -> str:
        """One line: equal, or how much differs."""
        number = len(self.comparison.differences)
        verdict = "all equal" if number == 0 else f"differences: {number}"
        missing = self.comparison.uncompared
        return verdict if missing is None else f"{verdict}; not compared: {missing}"

    def __str__(self) -> str:
        steps = list(self.steps())
        width = max([5, *(len(left) for _, pairs in steps for left, _ in pairs)])
        text = [f"  {'model':<{width}} | kernel"]
        for title, pairs in steps:
            text.append(f"{title}")
            for left, right in pairs:
                mark = " " if left == right else "≠"
                text.append(f"{mark} {left:<{width}} | {right}".rstrip())
        return "\n".join(map(shown, [*text, self.verdict]))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        body = []
        for title, pairs in self.steps():
            body.append(f'<tr><th colspan="3" scope="rowgroup">{_html(title)}</th></tr>')
            body += [_row(*pair) for pair in pairs]
        caption = f"model and kernel, {self.comparison.scenario['id']}: {self.verdict}"
        return (
            f'{STYLE}<table class="lab-pairs"><caption>{_html(caption)}</caption>'
            '<tr><th scope="col">model</th><th></th><th scope="col">kernel</th></tr>'
            f"{''.join(body)}</table>"
        )


def _row(left: str, right: str) -> str:
    equal = left == right
    kind, mark = ("same", "=") if equal else ("differs", "≠")
    return f'<tr class="{kind}"><td>{_html(left)}</td><td>{mark}</td><td>{_html(right)}</td></tr>'


def _html(text: str) -> str:
    return escape(shown(text))
