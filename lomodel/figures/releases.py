"""What has changed between releases: the facts, and what each release says to some scenarios."""

from __future__ import annotations

import re
from itertools import pairwise

from lomodel.figures.picture import Picture
from lomodel.figures.show import Figure, escape
from lomodel.figures.table import table
from lomodel.probes import ASKED, SHOWN, changed, said
from lomodel.release import FACTS


def telling(older: str, newer: str) -> list[str]:
    """The scenarios to which the models of two releases say different things."""
    return [name for name in ASKED if said(name, older) != said(name, newer)]


def releases_changes() -> Picture:
    """A row for each step between releases: how many facts changed, how many scenarios tell."""
    steps = list(pairwise(SHOWN))
    rows = "".join(_step(older, newer) for older, newer in steps)
    title = "What changed, inside and as a program sees it"
    note = (
        f"A square on the left is one of the {len(FACTS)} facts that the model has about a "
        f"release, on the right one of the {len(ASKED)} scenarios below. What differs is filled."
    )
    html = (
        f'<figure class="lo-picture lo-changes"><dl>{rows}</dl>'
        f"<figcaption>{note}</figcaption></figure>"
    )
    counted = map(_of, steps)
    told = [f"{old} to {new}: {_facts(facts)}; {_seen(seen)}" for old, new, facts, seen in counted]
    return Picture(title, html, f"{title}:\n" + "\n".join(told))


def _of(step: tuple[str, str]) -> tuple[str, str, int, int]:
    return (*step, len(changed(*step)), len(telling(*step)))


def _facts(count: int) -> str:
    return f"{count} of {len(FACTS)} facts"


def _seen(count: int) -> str:
    return f"{count} of {len(ASKED)} scenarios differ"


def _step(older: str, newer: str) -> str:
    _, _, facts, seen = _of((older, newer))
    return (
        f"<div><dt>{older} → {newer}</dt><dd>{_squares(facts, len(FACTS))}{_facts(facts)}</dd>"
        f"<dd>{_squares(seen, len(ASKED))}{_seen(seen)}</dd></div>"
    )


def _squares(filled: int, of: int) -> str:
    """A row of squares, the first ones filled."""
    marks = "".join(f'<i class="{"on" if at < filled else "off"}"></i>' for at in range(of))
    return f'<span aria-hidden="true">{marks}</span>'


def releases_names() -> Picture:
    """The names of what changed, folded."""
    title = f"The {len(FACTS)} facts by name"
    steps = list(pairwise(SHOWN))
    rows = "".join(_names(older, newer) for older, newer in steps)
    html = (
        f'<details class="lo-changes lo-fact-names"><summary>{title}</summary><dl>{rows}</dl>'
        "<p>Each name is a field of the model’s table.</p></details>"
    )
    told = [f"{older} to {newer}: {', '.join(changed(older, newer))}" for older, newer in steps]
    return Picture(title, html, f"{title}:\n" + "\n".join(told))


def _names(older: str, newer: str) -> str:
    chips = "".join(f"<li>{escape(name)}</li>" for name in changed(older, newer))
    return f"<div><dt>{older} → {newer}</dt><dd><ul>{chips}</ul></dd></div>"


def releases_seen() -> Figure:
    """What the model of each release says to each scenario; of packets only how many there are."""
    rows = [[each.label, *(_short(name, r) for r in SHOWN)] for name, each in ASKED.items()]
    return table("What a program sees", ["scenario", *SHOWN], rows)


def _short(name: str, release: str) -> str:
    return re.sub(r", \d+ bytes", "", said(name, release))
