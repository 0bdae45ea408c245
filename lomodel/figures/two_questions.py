"""Where lo's two addresses come from: the two questions, and the bell with those who hear it.

Everything is read off a lo that comes up in the model; nothing is written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from ipaddress import IPv6Address

from lomodel import trace
from lomodel.desk import RELEASE, new_lo
from lomodel.figures.picture import Picture
from lomodel.figures.plate import plate
from lomodel.figures.show import escape
from lomodel.linux.include.linux.netdevice import NETDEV_UP, NetDevice
from lomodel.linux.include.linux.notifier import NotifierBlock
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK
from lomodel.linux.include.uapi.linux.rtnetlink import RT_TABLE_LOCAL, RTN_BROADCAST, RTN_LOCAL
from lomodel.linux.net.core.dev_ioctl import set_up
from lomodel.linux.net.ipv4.fib_frontend_table import fib_get_table
from lomodel.scenario import addresses
from lomodel.source_lines import permalink

KINDS = {RTN_LOCAL: "local", RTN_BROADCAST: "broadcast"}


def local_table(lo: NetDevice) -> list[str]:
    """The routes of the table local over lo, as ``ip route`` names them: IPv4's, then IPv6's."""
    net = lo.nd_net
    table = fib_get_table(net, RT_TABLE_LOCAL)
    groups = table.routes.values() if table is not None else ()
    v4 = [fi for group in groups for fi in group if fi.fib_type in KINDS]
    lines = [f"{KINDS[fi.fib_type]} {_v4(fi.prefix, fi.plen)}" for fi in v4]
    v6 = [key for key, rt in net.ipv6.fib6_local.routes.items() if rt.dev is lo]
    return lines + [f"local {IPv6Address(int.from_bytes(address, 'big'))}" for _, address in v6]


def _v4(prefix: int, plen: int) -> str:
    dots = ".".join(str(prefix >> shift & 255) for shift in (24, 16, 8, 0))
    return dots if plen == 32 else f"{dots}/{plen}"


def state(lo: NetDevice) -> list[str]:
    """lo's addresses, and the routes that came with them."""
    return [*addresses(lo), *local_table(lo)]


@dataclass(frozen=True)
class Heard:
    """A listener of the chain: its function's name, its priority, and what lo has by it."""

    name: str
    priority: int
    brings: tuple[str, ...]


def _listening(block: NotifierBlock, lo: NetDevice, heard: list[Heard]) -> NotifierBlock:
    """The same listener; what lo has after NETDEV_UP and had not before is noted."""

    def call(_: NotifierBlock, event: int, info: object) -> int:
        before = state(lo)
        answer = block.notifier_call(block, event, info)
        if event == NETDEV_UP:
            brings = tuple(each for each in state(lo) if each not in before)
            heard.append(Heard(block.notifier_call.__name__, block.priority, brings))
        return answer

    return NotifierBlock(call, block.priority)


@cache
def ring(release: str = RELEASE) -> tuple[Heard, ...]:
    """Who hears that a new lo comes up, in this order."""
    heard: list[Heard] = []
    lo = new_lo(release)
    chain = lo.machine.netdev_chain
    chain[:] = [_listening(block, lo, heard) for block in chain]
    set_up(lo, True)
    return tuple(heard)


def bell(release: str = RELEASE) -> Picture:
    """The bell NETDEV_UP, who hears it in which order, and what drops out where."""
    heard = ring(release)
    rows = "".join(map(_row, heard))
    title = "The bell rings: NETDEV_UP"
    said = [
        f"{each.name} (priority {each.priority}): {', '.join(each.brings) or 'nothing new'}"
        for each in heard
    ]
    text = "In this order. " + "; ".join(said) + "."
    body = f'<ol class="lo-bell" aria-label="{escape(title)}">{rows}</ol>'
    html = plate("Figure", title, body, origin=f"model, Linux {release}", solid=False)
    return Picture(title, html, text)


def _row(each: Heard) -> str:
    href = permalink(each.name)
    name = f'<a href="{escape(href)}">{escape(each.name)}</a>' if href else escape(each.name)
    brings = "".join(_brought(what) for what in each.brings)
    return (
        f"<li{' class=brings' if brings else ''}><code>{name}</code>"
        f"<span>priority {each.priority}</span><div>{brings}</div></li>"
    )


def _brought(what: str) -> str:
    """An address in a frame of its own, a route without."""
    return f"<code>{escape(what)}</code>" if " " in what else f"<b>{escape(what)}</b>"


@dataclass(frozen=True)
class Asked:
    """What one protocol asks: function, condition, the field's value, and the address it gives."""

    protocol: str
    function: str
    question: str
    value: str
    gives: str


def questions(release: str = RELEASE) -> tuple[Asked, ...]:
    """What IPv4 and IPv6 ask of a lo that comes up, and what each gives it."""
    lo = new_lo(release)
    with lo.machine.trace() as seen:
        set_up(lo, True)
    v4, v6 = addresses(lo)
    (kind,) = seen.decisions("addrconf_init_auto_addrs")
    flag = lo.flags & IFF_LOOPBACK
    return (
        Asked("IPv4", _called(seen, "inetdev_event"), "IFF_LOOPBACK in dev->flags?", hex(flag), v4),
        Asked("IPv6", kind.function, "dev->type ARPHRD_LOOPBACK?", str(kind.operands["type"]), v6),
    )


def _called(seen: trace.Trace, name: str) -> str:
    """A function's name, if it was called; ValueError otherwise."""
    if name not in seen.functions():
        raise ValueError(f"{name} was not called")
    return name


def two_questions(release: str = RELEASE) -> Picture:
    """Both questions below the bell, with what each gives."""
    asked = questions(release)
    columns = "".join(_column(each) for each in asked)
    caption = "Nobody gives lo an address. Two listeners do, each after a question of its own."
    html = (
        '<figure class="lo-picture lo-two-questions"><div class="lo-two-bell"><b>lo comes up</b>'
        f"<code>NETDEV_UP</code></div>{columns}<figcaption>{caption}</figcaption></figure>"
    )
    said = " ".join(
        f"{each.protocol} asks in {each.function}: {each.question} ({each.value}), and gives "
        f"{each.gives}."
        for each in asked
    )
    return Picture("Two addresses, two questions", html, f"lo comes up: NETDEV_UP. {said}")


def _column(each: Asked) -> str:
    return (
        f'<div class="lo-two-asks lo-k-protocol"><b>{each.protocol}</b>'
        f"<code>{escape(each.function)}</code><p>{escape(each.question)}</p>"
        f'<p class="value">{escape(each.value)}: yes</p></div>'
        f'<div class="lo-two-gives"><code>{escape(each.gives)}</code></div>'
    )
