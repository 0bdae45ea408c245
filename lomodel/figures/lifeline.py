"""What there is of lo from its birth to its end: bars that run down a list of functions.

Everything is read off the device while the model makes a namespace and lets it go: a row is the
return of a function, a bar runs through the rows after which its thing is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lomodel.desk import RELEASE
from lomodel.figures.picture import Picture
from lomodel.figures.show import escape
from lomodel.linux.include.linux.netdevice import NETREG_RELEASED, NetDevice
from lomodel.linux.net.core.net_namespace import put_net
from lomodel.machine import Machine
from lomodel.source_lines import TAGS, source_line
from lomodel.trace import Trace, watching

THINGS = {
    "struct": "the struct net_device",
    "counters": "the counters of each CPU",
    "list": "its place in the lists",
    "pointer": "net->loopback_dev",
}
"""What is drawn, in the order of the columns: heading, and what it is."""

BIRTH = (
    "alloc_netdev_mqs",
    "loopback_dev_init",
    "netdev_do_alloc_pcpu_stats",
    "list_netdevice",
    "loopback_net_init",
)
LISTS = ("unlist_netdevice", "unregister_netdevice_many")
END = (*LISTS, "netdev_do_free_pcpu_stats", "loopback_dev_free", "free_netdev")
ADDED = ("netdev_do_alloc_pcpu_stats", "netdev_do_free_pcpu_stats")
"""Functions that the oldest release has not: the core did not handle a driver's counters then."""

LIVES = "lo lives"
LATER = "netdev_run_todo"

CAPTION = (
    "What there is of lo when a function has returned: its struct net_device, its counters, its "
    "place in the lists of devices, the namespace's pointer to it. Dashed: in an order that the "
    "page shows."
)


@dataclass(frozen=True)
class Moment:
    """A row: a function that has returned, and which of ``THINGS`` are there then."""

    name: str
    there: frozenset[str]


def there(lo: NetDevice) -> frozenset[str]:
    """Which of ``THINGS`` there are of a device."""
    net = lo.nd_net
    found = {
        "struct": lo.reg_state != NETREG_RELEASED,
        "counters": lo.lstats is not None,
        "list": any(each is lo for each in net.dev_base_head),
        "pointer": net.loopback_dev is lo,
    }
    return frozenset(name for name, is_there in found.items() if is_there)


def life(release: str = RELEASE) -> list[Moment]:
    """The life of the lo of a namespace that is made and let go at once, function by function."""
    machine = Machine(release)
    seen: list[NetDevice] = []

    def look(given: tuple[object, ...]) -> frozenset[str] | None:
        seen.extend(each for each in given if isinstance(each, NetDevice))
        return there(seen[-1]) if seen else None

    with watching(look), machine.trace() as trace:
        put_net(machine.new_net())
    return [each for each in _returns(trace) if has(release, each.name)]


def has(release: str, function: str) -> bool:
    """Whether a release has a function that is drawn; the model calls some that came later, too."""
    return (
        function not in ADDED or release not in TAGS or source_line(function, release) is not None
    )


def _returns(trace: Trace) -> Iterator[Moment]:
    for moment in trace.moments:
        name = moment.call.name
        if moment.returned and name in (*BIRTH, *END):
            yield Moment(name, moment.packet)


def lifeline(releases: Sequence[str] = (RELEASE,), whole: bool = True) -> Picture:
    """What there is of lo, row by row, in one or more releases: the end of it, or all its life.

    ``whole`` shows the birth as well, and leaves open in which order the last things go.
    """
    rows = {release: life(release) for release in releases}
    said = " ".join(describe(name, each, whole) for name, each in rows.items())
    draw = _opened if whole else _ended
    panels = "".join(
        f'<div class="lo-life-of">{_title(name, len(rows))}{draw(each)}</div>'
        for name, each in rows.items()
    )
    html = (
        f'<figure class="lo-picture lo-life"><div role="img" aria-label="{escape(said)}">{panels}'
        f"</div>{_caption(whole)}</figure>"
    )
    return Picture(f"A life of lo, Linux {' and '.join(rows)}", html, said)


def _caption(whole: bool) -> str:
    return f"<figcaption>{escape(CAPTION)}</figcaption>" if whole else ""


def _title(release: str, panels: int) -> str:
    return f"<p>Linux {escape(release)}</p>" if panels > 1 else ""


def describe(release: str, rows: Sequence[Moment], whole: bool) -> str:
    """A life in words: after which function what is there."""
    names = (*BIRTH, *LISTS) if whole else END
    told = "; ".join(f"after {row.name}: {_told(row)}" for row in rows if row.name in names)
    rest = f". In {LATER} the rest goes; in which order, the page shows." if whole else "."
    return f"Linux {release}: {told}{rest}"


def _told(row: Moment) -> str:
    return ", ".join(THINGS[name] for name in THINGS if name in row.there) or "nothing"


def _opened(rows: Sequence[Moment]) -> str:
    born = [row for row in rows if row.name in BIRTH]
    gone = [row for row in rows if row.name in LISTS]
    lives, open_end = Moment(LIVES, born[-1].there), Moment(LATER, gone[-1].there)
    return _grid([*born, lives, *gone, open_end], frozenset(), open_end)


def _ended(rows: Sequence[Moment]) -> str:
    first = next(at for at, row in enumerate(rows) if row.name in END)
    return _grid(rows[first:], rows[first - 1].there)


def _grid(rows: Sequence[Moment], before: frozenset[str], open_end: Moment | None = None) -> str:
    """``before``: what was there before the first row."""
    heads = "".join(f"<b>{name}</b>" for name in THINGS)
    body = ""
    for row in rows:
        tag = "em" if row.name == LIVES else "code"
        cells = "".join(f'<i class="{_bar(n, row, before, open_end)}"></i>' for n in THINGS)
        body += f"<{tag}>{row.name}</{tag}>{cells}"
        before = row.there
    return f'<div class="lo-life-rows"><span></span>{heads}{body}</div>'


def _bar(name: str, row: Moment, before: frozenset[str], open_end: Moment | None) -> str:
    """How a bar looks in a row: it begins, it is there, it ends, its end is open, or none."""
    if name not in row.there:
        return "ends" if name in before else "none"
    if row is open_end:
        return "open"
    return "is" if name in before else "begins"
