"""How a state of the explorer ``torn`` is played, and the figure of what each thread does.

``lomodel.interleave``'s reader is stopped somewhere, its writer goes on for a while, then the
reader runs to its end. Where it has to wait for the writer, the writer finishes.
"""

from __future__ import annotations

from typing import Any

from lomodel.figures.show import escape
from lomodel.interleave import WORD, Experiment, Run

LENGTH = 4028
PAIRS = {"bytes": (0, WORD - 4000), "both": (WORD - 1, WORD - 4000), "none": (0, 0)}
"""(packets, bytes) before the packet is counted."""
STOPS = ("begin", "packets.high", "bytes.low", "bytes.high", "end")
"""Where the reader is stopped: before its first load, before these, after it has both numbers."""
LOADS = {"32": (0, 2, 3, 4, 5), "bare": (0, 1, 2, 3, 4), "64": (0, 0, 1, 1, 2)}
"""How many loads it has made there. On 64 bits a load has no middle."""
STORES = ("up", "bytes.low", "bytes.high", "packets.low", "packets.high", "down")
"""The writer's stores on 32 bits, with the sequence counter's first and last."""


class Played:
    """One chosen schedule, run to the end of the reader.

    ``pair`` is what it returns, and ``verdict`` the word for that; ``looks`` what it saw of the
    sequence counter: (first or second look, the number at the first look, the number seen).
    """

    def __init__(self, c: dict[str, Any]) -> None:
        machine = c["machine"]
        self.bits, self.sync = 64 if machine == "64" else 32, machine == "32"
        packets, bytes = PAIRS[c["start"]]
        self.experiment = Experiment(self.bits, self.sync, (LENGTH,), packets, bytes)
        self.run = Run(self.experiment.programs(), self.experiment.memory())
        self.looks: list[tuple[str, int, int]] = []
        for _ in range(LOADS[machine][STOPS.index(c["stop"])]):
            self._read()
        self._write({"32": c["done"], "bare": c["done"] - 1, "64": (c["done"] - 1) // 2}[machine])
        while "reader" in self.run.pending:
            self._read()
            if self.looks and self.looks[-1][0] == "first" and self.looks[-1][2] % 2:
                self._write(len(STORES))
        self.pair: tuple[int, int] = self.run.results["reader"]
        self.verdict = self.experiment.verdict(self.pair)

    def _read(self) -> None:
        """One load of the reader."""
        self.run.step("reader")
        _, (_, word, _), value = self.run.log[-1]
        if word != "sequence":
            return
        which, start, seen = self.looks[-1] if self.looks else ("second", 0, 0)
        inside = which == "first" and not seen % 2
        self.looks.append(("second", seen, value) if inside else ("first", value, value))

    def _write(self, stores: int) -> None:
        """The writer's next stores, as many as it has."""
        while stores > 0 and "writer" in self.run.pending:
            self.run.step("writer")
            _, (kind, _, _), _ = self.run.log[-1]
            stores -= kind == "store"

    def parts(self) -> dict[str, str]:
        """The accesses that were made, by the names of the figure, each with the value moved."""
        lit: dict[str, str] = {}
        looks = iter(self.looks)
        for thread, (kind, word, _), value in self.run.log:
            if (thread, kind) == ("writer", "load"):
                continue
            if word == "sequence":
                sign = "up" if value % 2 else "down"
                word = sign if thread == "writer" else next(looks)[0]
            for half, part in self._halves(word, value):
                lit[f"{thread} {half}"] = part
        return lit

    def _halves(self, word: str, value: int) -> list[tuple[str, str]]:
        if self.bits == 64:
            halves = {"low": value % WORD, "high": value // WORD}
            return [(f"{word}.{half}", f"{part:#x}") for half, part in halves.items()]
        return [(word, f"{value:#x}" if "." in word else str(value))]


def figure() -> str:
    """Two columns: what the writer stores and what the reader loads, each from top to bottom."""
    reader = ("first", "packets.low", "packets.high", "bytes.low", "bytes.high", "second")
    boxes = [_box("writer", name, 0, row) for row, name in enumerate(STORES)]
    boxes += [_box("reader", name, 1, row) for row, name in enumerate(reader)]
    heads = "".join(
        f'<text x="{_x(column)}" y="14" style="font:700 13px var(--lo-sans);fill:var(--lo-ink)">'
        f"{words}</text>"
        for column, words in enumerate(("the writer stores", "the reader loads"))
    )
    return (
        '<svg class="lo-svg" role="img" aria-label="What each thread does" width="480" '
        'height="212" viewBox="0 0 480 212" xmlns="http://www.w3.org/2000/svg"><desc>Left the '
        "stores of the writer, right the loads of the reader, both in their order; those that are "
        f"lit were made, with the value that moved.</desc>{heads}{''.join(boxes)}</svg>"
    )


NAMES = {
    "up": "sequence + 1: odd",
    "down": "sequence + 1: even",
    "first": "sequence: wait while odd",
    "second": "sequence: still the same?",
}
WIDTH, HEIGHT, PITCH = 228, 24, 31


def _x(column: int) -> int:
    return 1 + column * (WIDTH + 22)


def _box(thread: str, name: str, column: int, row: int) -> str:
    x, y = _x(column), 24 + row * PITCH
    right, bottom = x + WIDTH, y + HEIGHT
    return (
        f'<g class="node {"device" if thread == "writer" else "core"}" '
        f'data-part="{thread} {name}"><polygon points="{x},{y} {right},{y} {right},{bottom} '
        f'{x},{bottom}"/><text class="name" x="{x + 8}" y="{y + 16}" '
        f'style="font-size:12px">{escape(NAMES.get(name, name))}</text>'
        f'<text class="note" text-anchor="end" x="{right - 8}" y="{y + 16}" '
        f'style="font-size:12px"></text></g>'
    )
