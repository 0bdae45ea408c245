"""Who can be asked the same question, and whether they say the same."""

from __future__ import annotations

from dataclasses import dataclass

from lomodel.desk import RELEASE
from lomodel.figures.picture import Picture
from lomodel.figures.plate import sign
from lomodel.figures.show import escape
from lomodel.probes import ASKED
from lomodel.scenario import Observed
from lomodel.witnesses import answer, recordings

SCENARIO = "riddle"


@dataclass(frozen=True)
class Witness:
    """Who was asked, whether that is a kernel, and what was observed."""

    name: str
    kernel: bool
    observed: Observed

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The last step in a few lines."""
        last = self.observed[-1]
        stats = last["stats"]
        return [
            ("error", last["error"] or "none"),
            ("counted", f"{stats['tx_packets']} packet, {stats['tx_bytes']} bytes"),
            ("read", " ".join(map(str, last["received"]))),
            ("tracepoints", str(len(last["events"]))),
        ]


def witnesses() -> list[Witness]:
    """The model of the book's release, and the kernels that were recorded with the scenario."""
    recorded = [line for (name, _), line in recordings().items() if name == SCENARIO]
    recorded.sort(key=lambda line: line["release"])
    kernels = [Witness(f"Linux {line['kernel']}", True, line["observed"]) for line in recorded]
    return [Witness(f"model, Linux {RELEASE}", False, answer(SCENARIO, RELEASE)), *kernels]


def three_witnesses() -> Picture:
    """The riddle's scenario, three that have answered it, and one that is open."""
    asked = witnesses()
    cards = "".join(
        _sign(before, each) + _card(each)
        for before, each in zip([None, *asked], asked, strict=False)
    )
    label = ASKED[SCENARIO].label
    title = f"One question, {label}, and who has answered it"
    html = (
        f'<figure class="lo-picture lo-witnesses"><p class="lo-question">{escape(label)}</p>'
        f'<div class="lo-cards">{cards}</div>'
        f'<p class="lo-witness-open">your own kernel: not asked yet</p>'
        f"<figcaption>{title}. Between them: whether all that was observed is the same. Dashed is "
        f"open.</figcaption></figure>"
    )
    said = [f"{w.name}: " + "; ".join(f"{k} {v}" for k, v in w.lines) for w in asked]
    same = all(each.observed == asked[0].observed for each in asked)
    verdict = "All that was observed is the same." if same else "They differ."
    return Picture(title, html, "\n".join([title, *said, verdict]))


def _sign(before: Witness | None, each: Witness) -> str:
    if before is None:
        return ""
    same = before.observed == each.observed
    return f'<b class="lo-same">{"=" if same else "≠"}</b>'


def _card(witness: Witness) -> str:
    rows = "".join(
        f"<div><dt>{key}</dt><dd>{escape(said)}</dd></div>" for key, said in witness.lines
    )
    return (
        f'<div class="lo-card"><p>{sign(witness.kernel)}{escape(witness.name)}</p>'
        f"<dl>{rows}</dl></div>"
    )
