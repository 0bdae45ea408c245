"""What has changed between releases: the facts, and what each release says to some scenarios."""

from __future__ import annotations

import re
from itertools import pairwise

from lomodel.figures.picture import Picture
from lomodel.figures.show import Figure, escape
from lomodel.figures.table import table
from lomodel.probes import ASKED, SHOWN, changed, said
from lomodel.release import FACTS


def releases_changes() -> Picture:
    """A row for each step from one release to the next, with the names of what changed."""
    steps = list(pairwise(SHOWN))
    rows = "".join(_step(older, newer) for older, newer in steps)
    title = f"What changed, of the {len(FACTS)} facts that the model has about a release"
    html = (
        f'<figure class="lo-picture lo-changes"><dl>{rows}</dl>'
        f"<figcaption>{title}. Each name is a field of the model’s table.</figcaption></figure>"
    )
    said = [f"{older} to {newer}: {', '.join(changed(older, newer))}" for older, newer in steps]
    return Picture(title, html, f"{title}:\n" + "\n".join(said))


def _step(older: str, newer: str) -> str:
    names = changed(older, newer)
    chips = "".join(f"<li>{escape(name)}</li>" for name in names)
    return f"<div><dt>{older} → {newer}<b>{len(names)}</b></dt><dd><ul>{chips}</ul></dd></div>"


def releases_seen() -> Figure:
    """What the model of each release says to each scenario; of packets only how many there are."""
    rows = [[each.label, *(_short(name, r) for r in SHOWN)] for name, each in ASKED.items()]
    return table("What a program sees", ["scenario", *SHOWN], rows)


def _short(name: str, release: str) -> str:
    return re.sub(r", \d+ bytes", "", said(name, release))
