"""The pages of the book: number, short name, what a reader needs and takes along, where it plays.

One table for everything that speaks of pages: the opening of each, the sidebar, links to the next.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page: its ``number`` and ``short`` name, what it presumes (``need``) and gives
    (``able``), how many ``minutes`` it takes, the function of the datagram's way that it is ``at``
    ("lo": the device), and what is shown ``inside`` the device there."""

    number: str
    short: str
    need: tuple[str, ...]
    able: tuple[str, ...]
    minutes: int
    at: str
    inside: tuple[str, ...] = ()


PAGES = {
    "registered": Page(
        number="1.1",
        short="A promise, registered",
        need=("what a function pointer is",),
        able=(
            "say what is registered at boot, and in which order a new namespace is set up",
            "say why `lo` has index 1 in every namespace",
        ),
        minutes=15,
        at="lo",
    ),
    "net_init": Page(
        number="1.2",
        short="Birth",
        need=("what a pernet operation is (page 1.1)",),
        able=(
            "name the steps of a birth in their order, and what a failure at each undoes",
            "read `name_assign_type`",
        ),
        minutes=15,
        at="lo",
    ),
    "setup": Page(
        number="1.3",
        short="The form, field by field",
        need=(
            "how `lo` is born (page 1.2)",
            "hexadecimal numbers",
        ),
        able=(
            "say who wrote the lengths and flags that `ip -d link show lo` prints",
            "say what the fields that stay 0 decide",
        ),
        minutes=20,
        at="lo",
    ),
    "ops": Page(
        number="1.4",
        short="The plug board",
        need=("what setup writes (page 1.3)",),
        able=("say which function of `lo` the core calls, when, and what happens without it",),
        minutes=15,
        at="lo",
    ),
    "header_ops": Page(
        number="1.5",
        short="Fourteen bytes",
        need=("what setup leaves at 0 (page 1.3)",),
        able=(
            "read the 14 bytes in front of a packet",
            "say which class a frame gets on its way back, and who takes it",
        ),
        minutes=20,
        at="lo",
    ),
    "dev_free": Page(
        number="1.6",
        short="The end, and who frees what",
        need=(
            "a namespace and its promises (page 1.1)",
            "the steps of a birth (page 1.2)",
        ),
        able=("say who frees what, and in which order, when a namespace ends",),
        minutes=15,
        at="lo",
    ),
    "percpu": Page(
        number="2.1",
        short="A pointer to nowhere",
        need=(
            "C pointers",
            "who owns the counters (page 1.6)",
        ),
        able=(
            "turn a per-CPU pointer and a CPU into an address",
            "say what a variable costs on a machine of any size",
        ),
        minutes=20,
        at="lo",
    ),
    "pcpu_stats": Page(
        number="2.2",
        short="One pair for each CPU",
        need=("what a per-CPU pointer is (page 2.1)",),
        able=(
            "compute the size of a counter pair on 64 and 32 bits",
            "say what each layout of counters costs in cache lines",
        ),
        minutes=20,
        at="lo",
    ),
    "for_each_cpu": Page(
        number="2.3",
        short="Ids are not counts",
        need=("what a per-CPU pointer is (page 2.1)",),
        able=(
            "tell `nr_cpu_ids`, the number of CPUs and `NR_CPUS` apart",
            "say which CPUs a loop visits after any boot line",
        ),
        minutes=15,
        at="lo",
    ),
    "lstats_read": Page(
        number="2.4",
        short="The sum",
        need=("counters of each CPU (pages 2.1 to 2.3)",),
        able=("read lo's line of `/proc/net/dev`, and say who counted each column",),
        minutes=20,
        at="lo",
    ),
    "torn_reads": Page(
        number="2.5",
        short="Torn reads",
        need=("how the sum is taken (page 2.4)",),
        able=(
            "tell true, mixed and torn numbers apart, and say which may be read on which machine",
        ),
        minutes=25,
        at="lo",
    ),
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
        inside=("hw_features", "wanted_features", "features"),
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
    "xmit": Page(
        number="3.4",
        short="The turn",
        need=(
            "the 14 bytes (page 1.5)",
            "how `lo` counts (page 2.4)",
        ),
        able=("name the seven acts of `loopback_xmit` in order, and what another order breaks",),
        minutes=20,
        at="loopback_xmit",
    ),
    "netif_rx": Page(
        number="3.5",
        short="The tray",
        need=("the turn (page 3.4)",),
        able=(
            "say when a packet is received, on which CPU, and how many a backlog loses",
            "say who counts a loss",
        ),
        minutes=25,
        at="__netif_rx",
    ),
    "arphrd": Page(
        number="4.1",
        short="Who asks for 772",
        need=("the device's type and flags (page 1.3)",),
        able=(
            "name three ways in which the kernel asks whether a device is `lo`, and who asks which",
        ),
        minutes=15,
        at="lo",
    ),
    "init_loopback": Page(
        number="4.2",
        short="Two addresses, two questions",
        need=(
            "operations of a device (page 1.4)",
            "type and flag (page 4.1)",
        ),
        able=("say which addresses `lo` has after up, down and any MTU, and who gave them",),
        minutes=20,
        at="lo",
    ),
    "how_do_you_know": Page(
        number="5.1",
        short="How do you know?",
        need=("any page of part 3",),
        able=(
            "write a scenario, and ask the model, your own kernel and the page's kernel",
            "read a difference",
        ),
        minutes=15,
        at="lo",
    ),
    "elsewhere": Page(
        number="5.2",
        short="Loopback elsewhere",
        need=("the turn and the tray (pages 3.4 and 3.5)",),
        able=("say which of `lo`'s properties are Linux's own choice",),
        minutes=10,
        at="lo",
    ),
    "releases": Page(
        number="5.3",
        short="5.14 to 6.18",
        need=("any page of part 3",),
        able=(
            "say what a program can see of the changes from 5.14 to 6.18",
            "tell releases apart from outside",
        ),
        minutes=15,
        at="lo",
    ),
    "whole_driver": Page(
        number="5.4",
        short="The whole driver",
        need=("parts 1 to 3",),
        able=("say of every function of the driver when it runs",),
        minutes=20,
        at="loopback_xmit",
    ),
    "send_errors": Page(
        number="6.1",
        short="Errors of a send",
        need=("what a datagram passes on its way (page 3.2)",),
        able=("say which test of a send speaks first, and what each errno means on `lo`",),
        minutes=20,
        at="udp_sendmsg",
    ),
    "where_one_went": Page(
        number="6.2",
        short="Where ::1 went",
        need=("the two addresses of `lo` (page 4.2)",),
        able=("say which change takes ::1 away, and the shortest way back",),
        minutes=15,
        at="lo",
    ),
    "captures": Page(
        number="6.3",
        short="Captures",
        need=("14 bytes in front of a packet (page 1.5)", "whole or cut (page 3.2)"),
        able=('read a capture of `lo`: why twice, why "bad", why longer than the MTU',),
        minutes=20,
        at="lo",
    ),
    "several_in_one_read": Page(
        number="6.4",
        short="Several in one read",
        need=("whole or cut (page 3.2)", "who cuts it on arrival (page 3.5)"),
        able=(
            "say when one read returns several datagrams, and how to tell them apart",
            "name the way to lose bytes that no counter counts",
        ),
        minutes=15,
        at="udp_rcv",
    ),
    "where_drops": Page(
        number="6.5",
        short="Where drops are counted",
        need=("the sum (page 2.4)", "the tray (page 3.5)"),
        able=("find the file that counts a lost datagram",),
        minutes=20,
        at="lo",
    ),
    "new_namespaces": Page(
        number="6.6",
        short="New namespaces",
        need=("a new `lo` (page 1.2)",),
        able=("say what works in a namespace whose `lo` was never up",),
        minutes=15,
        at="lo",
    ),
    "multicast": Page(
        number="6.7",
        short="Multicast, broadcast",
        need=("14 bytes in front of a packet (page 1.5)", "the two addresses (page 4.2)"),
        able=("send to a group over `lo`, and say who gets it",),
        minutes=10,
        at="lo",
    ),
    "works_on_lo": Page(
        number="6.8",
        short="It works on lo",
        need=("three words (page 3.1)",),
        able=("say what a probe on `lo` proves",),
        minutes=15,
        at="lo",
    ),
}
"""By the name of the notebook, in the order of the book."""

PARTS = {
    1: "The device",
    2: "Counting",
    3: "A packet",
    4: "Elsewhere in the kernel",
    5: "Beyond",
    6: "When lo surprises you",
}
"""What the parts are called, by their numbers."""

QUESTIONS = {
    "Whose 14 bytes?": "header_ops",
    "Who counted?": "lstats_read",
    "Why one?": "whole_or_cut",
    "When did it arrive?": "netif_rx",
    "Can I trust this?": "how_do_you_know",
}
"""What is open at the first page, and the page that settles it."""

APART = {"ask_the_kernel": "Ask the kernel"}
"""Pages that answer no question of the book, and so have a form of their own: their short names."""


def page_named(name: str) -> Page:
    """The page of a notebook; ValueError for one that has none."""
    if name not in PAGES:
        raise ValueError(f"{name!r}: no such page, expected one of {', '.join(PAGES)}")
    return PAGES[name]
