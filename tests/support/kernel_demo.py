"""A page with everything that can ask a kernel, and a stand-in for the kernel that it asks.

The stand-in has the same face as the real `vm.js`; its kernel is the model, so that nothing is
asked of the emulator here. `tests/test_kernel_book.py` asks the real one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support import predict_demo

from lomodel.desk import RELEASE
from lomodel.explore import page, page_assets
from lomodel.explore.controls import Choice, Range, Switch
from lomodel.explore.declaration import Declaration, Outcome
from lomodel.explore.kernel_page import element, examples
from lomodel.explore.predict_html import made
from lomodel.explore.prediction import Answers, Prediction
from lomodel.figures.ask import ask_all
from lomodel.figures.chain import draw, lay_out
from lomodel.figures.compare import side_by_side
from lomodel.figures.show import escape
from lomodel.figures.tree import Node
from lomodel.scenario import play

UP = {"do": "link", "up": True}
VERSION = f"{RELEASE}.999"
SEVERAL = {"A": 100, "B": 4000, "C": 100}
"""Scenarios that one button asks about."""


def udp(payload: int, gso_size: int | None = None) -> dict[str, Any]:
    return {"do": "udp", "family": "inet", "payload": payload, "gso_size": gso_size}


def steps(c: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Sends, or what no scenario can say; one state has no step at all."""
    if c["what"] == "none":
        return None if c["up"] else []
    return [*([UP] if c["up"] else []), udp(c["payload"], 1400 if c["what"] == "cut" else None)]


ASKED = Declaration(
    name="asked",
    title="A send",
    intro="Send something.",
    controls=[
        Choice("what", "What", {"whole": "whole", "cut": "cut", "none": "nothing"}),
        Switch("up", "up"),
        Range("payload", "Payload", (100, 4000)),
    ],
    outcome=lambda c: Outcome("sent", values={"bytes": c["payload"]}),
    figure=lambda: draw(lay_out([Node("a", "a.c")], frozenset({"a"})), "A", "a"),
    values={"bytes": "bytes"},
    steps=steps,
)
ODD = [{"a/b": {"c~d": None, "~1": [1, {"x": 2}]}, "e": {}, "f": True, "g": 'say "no" </script>'}]
"""Steps as no explorer has them: names that a pointer escapes, lists, nothing, more than ten."""


def odd_steps(c: dict[str, Any]) -> list[dict[str, Any]] | None:
    if c["many"] == "none":
        return None
    return [*ODD, {}, *({"n": n, "on": c["on"]} for n in range(c["many"]))]


ODDITIES = Declaration(
    name="oddities",
    title="Odd steps",
    intro="",
    controls=[Choice("many", "Many", {0: "0", 12: "12", "none": "none"}), Switch("on", "on")],
    outcome=lambda c: Outcome("odd"),
    figure=lambda: draw(lay_out([Node("a", "a.c")], frozenset({"a"})), "A", "a"),
    values={},
    steps=odd_steps,
)

VM = """
globalThis.seen ??= [];
globalThis.loVm = (() => {
  const ANSWERS = %s;
  const sorted = (value) => JSON.stringify(value, (_, inside) =>
    inside && typeof inside === "object" && !Array.isArray(inside)
      ? Object.fromEntries(Object.entries(inside).sort()) : inside);
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  async function open(base, { onstate }) {
    seen.push("open");
    onstate({ doing: "loading", bytes: 3100000, of: 7400000 });
    await pause(globalThis.slow ?? 0);
    onstate({ doing: "starting" });
    await pause(globalThis.slow ?? 0);
    let ended = false, busy = false;
    return {
      async ask(steps, { model, signal }) {
        if (ended) throw new Error("it has ended");
        if (busy) throw new Error("two questions at a time");
        busy = true;
        signal.addEventListener("abort", () => { busy = false; });
        try {
          return await answer(steps, signal);
        } finally {
          busy = false;
        }
      },
      async stop() { ended = true; seen.push("stop"); },
    };
    async function answer(steps, signal) {
        const text = typeof steps === "string";
        seen.push(text ? "text" : "steps");
        onstate({ doing: "playing", step: 2 });
        await pause(globalThis.slow ?? 0);
        if (signal.aborted) throw new DOMException("given up", "AbortError");
        if (globalThis.breaks) throw new Error("a wheel came off");
        const key = sorted(text ? JSON.parse(steps).steps : steps);
        const answer = structuredClone(ANSWERS[key]);
        const refusal = new Error("steps[0].do: expected a step");
        if (!answer) throw Object.assign(refusal, { refused: true });
        onstate({ doing: "idle" });
        return globalThis.bend ? globalThis.bend(answer) : answer;
    }
  }
  return { open };
})();
"""


def vm() -> str:
    """The stand-in: it knows the answers to the questions of this page only."""
    known = [s for c in ASKED.states() if (s := steps(c))]
    known += [list(each.source.steps) for each in (predict_demo.NUMBER, predict_demo.ORDER)]
    known += [scenario["steps"] for scenario in examples().values()]
    answers = {}
    for asked in known:
        observed = play(asked, RELEASE)
        key = json.dumps(asked, separators=(",", ":"), sort_keys=True)
        answers[key] = {"kernel": observed, "model": observed}
    return VM % json.dumps(answers)


def comparison() -> str:
    """A recorded comparison, as a figure of a page is."""
    events = play([UP, udp(4000, 1400)], RELEASE)[-1]["events"]
    figure = side_by_side(events, events, steps=[UP, udp(4000, 1400)])
    several = [{"id": name, "steps": [UP, udp(size)]} for name, size in SEVERAL.items()]
    below = f'<div class="lo-plate lo-below">{ask_all(several)}</div>'
    return figure._repr_mimebundle_()["text/html"] + below


def prediction(each: Prediction) -> str:
    said = each.source.model(RELEASE)
    return page.wrap(made(each, Answers(RELEASE, said, "6.12.1", said), "demo"))


def write(folder: Path, told: dict[str, Any] | None = None) -> Path:
    """The page in a folder below ``folder``, with the stand-in; ``told`` is what it is told."""
    parts = [page.wrap(page.element(ASKED)), page.wrap(page.element(ODDITIES)), comparison()]
    parts += [prediction(predict_demo.NUMBER), prediction(predict_demo.CHOICE)]
    body, needed = page_assets.link_once("".join([*parts, page.wrap(element())]))
    assert needed == {page_assets.SCRIPT, page_assets.STYLE}
    static = folder / "_static"
    for release in (told or {}).get("kernels", ()):
        (static / "kernel" / release).mkdir(parents=True)
        (static / "kernel" / release / "vm.js").write_text(vm(), encoding="utf-8")
    static.mkdir(exist_ok=True)
    (static / page_assets.SCRIPT).write_text(page.classic_script(), encoding="utf-8")
    (static / page_assets.STYLE).write_text(page.stylesheet(), encoding="utf-8")
    said = json.dumps({"base": "../_static/kernel/", **told}) if told else ""
    meta = f'<meta name="lo-kernels" content="{escape(said)}">' if told else ""
    chapters = folder / "chapters"
    chapters.mkdir()
    (chapters / "ask_the_kernel.html").write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>demo</title>{meta}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="../_static/{page_assets.STYLE}">'
        f'<script defer src="../_static/{page_assets.SCRIPT}"></script>'
        f'<body style="margin: 0"><main><h1>demo</h1>{body}</main>',
        encoding="utf-8",
    )
    return chapters / "ask_the_kernel.html"


ONE = {"kernels": {RELEASE: {"version": VERSION, "bits": 32}}}
TWO = {"kernels": {**ONE["kernels"], "6.1": {"version": "6.1.999", "bits": 32}}}


STEPS = """(name) => {
    const element = document.querySelector(`lo-explorer[name="${name}"]`);
    const { controls } = element.data;
    const found = [];
    const visit = (axis, state) => {
        if (axis < controls.length)
            for (const point of controls[axis].points)
                visit(axis + 1, { ...state, [controls[axis].name]: point });
        else {
            element.state = state;
            found.push(element.steps);
        }
    };
    visit(0, {});
    return JSON.stringify(found);
}"""
"""The steps of every state of an explorer, in the order of its declaration, as JSON."""
