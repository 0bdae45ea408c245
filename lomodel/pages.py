"""The pages of the book: number, short name, what a reader needs and takes along, where it plays.

One table for everything that speaks of pages: the opening of each, the sidebar, links to the next.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page: its ``number`` and ``short`` name, what it presumes (``need``) and gives
    (``able``), how many ``minutes`` it takes, and the function of the datagram's way that it is
    ``at``."""

    number: str
    short: str
    need: tuple[str, ...]
    able: tuple[str, ...]
    minutes: int
    at: str


PAGES = {
    "hw_features": Page(
        number="3.1",
        short="Three words and ethtool",
        need=("hexadecimal numbers, bits", "what a network device is"),
        able=(
            "read every line of `ethtool -k lo`",
            "say which word changes when a switch is turned, and which bit follows by itself",
        ),
        minutes=25,
        at="lo",
    ),
    "whole_or_cut": Page(
        number="3.2",
        short="Whole or cut",
        need=("three words and their bits (page 3.1)", "what a packet's headers are"),
        able=(
            "say whether `lo` takes a packet whole, and how many it counts if not",
            "find in a trace who cut it, and why",
        ),
        minutes=25,
        at="validate_xmit_skb",
    ),
    "gso_limits": Page(
        number="3.3",
        short="Limits and distrust",
        need=("what `netif_needs_gso` asks (page 3.2)",),
        able=(
            "compute the longest packet that passes whole, to the byte",
            "name three reasons why a packet meets the code that cuts though its feature is on",
        ),
        minutes=20,
        at="validate_xmit_skb",
    ),
}
"""By the name of the notebook, in the order of the book."""


def page_named(name: str) -> Page:
    """The page of a notebook; ValueError for one that has none."""
    if name not in PAGES:
        raise ValueError(f"{name!r}: no such page, expected one of {', '.join(PAGES)}")
    return PAGES[name]
