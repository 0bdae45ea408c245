"""The explorer ``fresh``: what do bind, connect and send say in a namespace whose lo is new?

A new lo comes up, or up and down again, or stays as it is; it may be given an address. Then one
call is made. The receiver of a send has tried to bind to the address that is sent to.
"""

from __future__ import annotations

from typing import Any

from lomodel.contract import Step
from lomodel.explore.asked import Asks
from lomodel.explore.chain import Chain
from lomodel.explore.controls import Choice
from lomodel.explore.declaration import Main
from lomodel.explore.from_trace import from_trace
from lomodel.explore.run import Run
from lomodel.figures.fresh import HISTORIES, PORT, bound, family, sent
from lomodel.figures.two_questions import local_table
from lomodel.scenario import addresses

BIND, CONNECT, SEND = "bind", "connect", "send"
NONE = ""
ADDED = {NONE: "none", "10.0.0.1/24": "10.0.0.1/24", "::1/128": "::1/128"}
ADDRESSES = {
    "127.0.0.1": "127.0.0.1",
    "10.0.0.1": "10.0.0.1",
    "10.0.0.77": "10.0.0.77",
    "8.8.8.8": "8.8.8.8",
    "::1": "::1",
    "2001:db8::1": "2001:db8::1",
    "::ffff:8.8.8.8": "::ffff:8.8.8.8: an IPv6 socket speaks IPv4",
}
MAPPED = "::ffff:"
CALLS = {BIND: "bind", CONNECT: "connect", SEND: "send"}

CHAIN = Chain(
    roots=(
        *("inet_bind", "inet6_bind"),
        "inet_dgram_connect",
        *("inet_sendmsg", "inet6_sendmsg"),
    ),
    shows={
        *("ip4_datagram_connect", "__ip6_datagram_connect", "udp_sendmsg", "udpv6_sendmsg"),
        *("__inet_dev_addr_type", "fib_get_table"),
        *("ip_route_output_key_hash_rcu", "ip6_dst_lookup_flow", "ipv6_dev_get_saddr"),
        *("__dev_queue_xmit", "noop_enqueue", "loopback_xmit"),
    },
    goals=("loopback_xmit",),
    title="What a call asks",
    description="bind, connect and send of a UDP socket, and whom they ask about an address.",
)
ASKS: Asks = {
    "__inet_dev_addr_type": ("__inet_dev_addr_type",),
    "__inet_bind": ("__inet_bind",),
    "__inet6_bind": ("__inet6_bind",),
    "route": ("ip_route_output_key_hash_rcu", "ip6_dst_lookup_flow"),
    "ipv6_dev_get_saddr": ("ipv6_dev_get_saddr",),
}


def steps(c: dict[str, Any]) -> list[Step]:
    """A state as a scenario."""
    done = list(HISTORIES[c["lo"]][1])
    if c["added"]:
        done.append({"do": "address", "add": c["added"]})
    return done + call(c["call"], c["address"])


def call(name: str, address: str) -> list[Step]:
    """One of the three calls."""
    if name == BIND:
        return list(bound(address))
    if name == SEND:
        return [*bound(address), *sent(address), {"do": "recv", "socket": "server"}]
    socket: Step = {"do": "socket", "name": "client", "family": family(address), "type": "dgram"}
    to: Step = {"address": address, "port": PORT}
    return [socket, {"do": "connect", "socket": "client"} | to]


def dropped(run: Run) -> int:
    """Datagrams that a lo that is down has counted."""
    return int(run.observed.get("stats", {}).get("tx_dropped", 0))


def fate(run: Run) -> tuple[str, str]:
    """What the call is told, and what becomes of its datagram."""
    if run.observed["error"]:
        return "refused", run.observed["error"]
    if dropped(run):
        return "dropped", "succeeds, is lost"
    return "whole", "arrives" if "stats" in run.observed else "succeeds"


def summary(run: Run, c: dict[str, Any]) -> str:
    """The outcome in a sentence."""
    error, address, name = run.observed["error"], c["address"], c["call"]
    said = f"{name} fails with {error}" if error else f"{name} succeeds"
    return f"{said}: {why(run, error, address, name)}."


def why(run: Run, error: str | None, address: str, name: str) -> str:
    """Why the call is told that."""
    ipv4 = ":" not in address or address.startswith(MAPPED)
    if name == BIND:
        if not ipv4:
            return f"{'no device' if error else 'lo'} has {address}"
        address = address.removeprefix(MAPPED)
        if error:
            return f"the table local is there, and has no route for {address}"
        if table(run):
            return f"the table local has a route for {address}"
        return f"there is no table local, and {address} counts as broadcast, as all others do"
    if error == "EADDRNOTAVAIL":
        return "IPv6 finds no address to send from"
    if error:
        return f"there is no route to {address}"
    if dropped(run):
        return "there is a route. lo is down, drops the datagram and counts it in tx_dropped"
    if name == SEND:
        return "the datagram goes over lo and arrives"
    return f"there is a route to {address}, and nothing is sent yet"


def table(run: Run) -> list[str]:
    """The IPv4 routes of the table local."""
    return [route for route in local_table(run.device) if ":" not in route]


def met(run: Run, c: dict[str, Any]) -> bool:
    """Whether a state is what the challenge asks for."""
    others = not run.observed["error"] and c["address"] != "127.0.0.1"
    return c["call"] == BIND and others and ":" not in c["address"] and not table(run)


EXPLORER = from_trace(
    name="fresh",
    title="Fresh, up, down",
    intro="Make one call in a namespace, and see what it is told, and what was asked.",
    controls=[
        Choice("lo", "lo", {name: said for name, (said, _) in HISTORIES.items()}),
        Choice("added", "Then added", ADDED, initial=NONE),
        Choice("call", "Call", CALLS),
        Choice("address", "Address", ADDRESSES),
    ],
    steps=steps,
    summary=summary,
    chain=CHAIN,
    asks=ASKS,
    values={
        "routes": ("local IPv4 routes", lambda run: len(table(run))),
        "table": ("which", lambda run: ", ".join(table(run)) or "none"),
        "addresses": ("addresses of lo", lambda run: " ".join(addresses(run.device)) or "none"),
        "lost": ("tx_dropped", dropped),
    },
    main=Main("routes", "local IPv4 route to ask", "local IPv4 routes to ask", lengths="table"),
    fate=fate,
    presets={
        "A server": {},
        "Its client": {"call": SEND},
        "IPv6": {"address": "::1"},
        "Up": {"lo": "up", "call": SEND},
        "Down again": {"lo": "down", "call": SEND},
    },
    challenge="Bind an address of somebody else.",
    met=met,
)
