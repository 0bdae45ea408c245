"""The house is the kernel's tree: paths, circles, constants, faces, and what finds modules.

Mutations that turned these red: ``udp_rcv`` noted under net/ipv4/raw.c; ``icmp_send`` imported
inside ``ip_fragment``; ``ip_output`` importing ``icmp`` again; IPV6_HLEN defined in
net/ipv6/udp.py once more; IFF_NOARP with another value; ``netif_rx`` missing in the face;
``walk_packages`` exchanged for ``iter_modules`` in tools/modules.py; the row of ``udp_rcv`` taken
out of the table of lines; ``gso`` importing ``net.ipv4``; a function that nobody calls.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import grimp
import pytest

from lomodel import source_lines, trace
from lomodel.linux.net.core import dev
from tools import kernel_trees, modules

ROOT = Path(__file__).resolve().parent.parent
LINUX = ROOT / "lomodel/linux"

PARTS = {
    "net/core/dev_change": "net/core/dev.c",
    "net/core/dev_features": "net/core/dev.c",
    "net/core/dev_init": "net/core/dev.c",
    "net/core/dev_name": "net/core/dev.c",
    "net/core/dev_notifier": "net/core/dev.c",
    "net/core/dev_receive": "net/core/dev.c",
    "net/core/dev_register": "net/core/dev.c",
    "net/core/dev_xmit": "net/core/dev.c",
    "net/core/skbuff_errqueue": "net/core/skbuff.c",
    "net/core/skbuff_segment": "net/core/skbuff.c",
    "net/packet/af_packet_socket": "net/packet/af_packet.c",
    "net/ipv4/devinet_ifa": "net/ipv4/devinet.c",
    "net/ipv4/fib_frontend_table": "net/ipv4/fib_frontend.c",
    "net/ipv4/devinet_netlink": "net/ipv4/devinet.c",
    "net/ipv4/devinet_select": "net/ipv4/devinet.c",
    "net/ipv4/devinet_sysctl": "net/ipv4/devinet.c",
    "net/ipv4/fib_frontend_source": "net/ipv4/fib_frontend.c",
    "net/ipv4/icmp_rcv": "net/ipv4/icmp.c",
    "net/ipv4/igmp_socket": "net/ipv4/igmp.c",
    "net/ipv4/ip_options_echo": "net/ipv4/ip_options.c",
    "net/ipv4/ip_sockglue_error": "net/ipv4/ip_sockglue.c",
    "net/ipv4/route_exception": "net/ipv4/route.c",
    "net/ipv4/ip_output_append": "net/ipv4/ip_output.c",
    "net/ipv4/ip_output_fragment": "net/ipv4/ip_output.c",
    "net/ipv4/route_input": "net/ipv4/route.c",
    "net/ipv4/udp_hash4": "net/ipv4/udp.c",
    "net/ipv4/udp_options": "net/ipv4/udp.c",
    "net/ipv4/udp_receive": "net/ipv4/udp.c",
    "net/ipv4/udp_send": "net/ipv4/udp.c",
    "net/ipv4/udp_table": "net/ipv4/udp.c",
    "net/ipv6/addrconf_addr": "net/ipv6/addrconf.c",
    "net/ipv6/addrconf_dev": "net/ipv6/addrconf.c",
    "net/ipv6/addrconf_netlink": "net/ipv6/addrconf.c",
    "net/ipv6/addrconf_sysctl": "net/ipv6/addrconf.c",
    "net/ipv6/datagram_error": "net/ipv6/datagram.c",
    "net/ipv6/mcast_socket": "net/ipv6/mcast.c",
    "net/ipv6/route_pmtu": "net/ipv6/route.c",
    "net/ipv6/af_inet6_init": "net/ipv6/af_inet6.c",
    "net/ipv6/addrconf_saddr": "net/ipv6/addrconf.c",
    "net/ipv6/udp_receive": "net/ipv6/udp.c",
    "net/ipv6/udp_send": "net/ipv6/udp.c",
    "net/ipv6/ip6_output_forward": "net/ipv6/ip6_output.c",
    "include/linux/netdevice_softnet": "include/linux/netdevice.h",
    "include/linux/netdevice_stats": "include/linux/netdevice.h",
}
"""Modules that are a part of a long C file."""

RENAMED = {
    "net/_8021q/vlan": "net/8021q/vlan.c",
    "net/core/net_procfs": "net/core/net-procfs.c",
    "include/uapi/linux/if_": "include/uapi/linux/if.h",
    "include/linux/in_": "include/linux/in.h",
    "include/uapi/linux/in_": "include/uapi/linux/in.h",
    "include/uapi/asm_generic/socket": "include/uapi/asm-generic/socket.h",
    "mm/slab": "mm/slab.h",
}
"""Names that Python cannot have, and one that would read as a header's."""

GUESTS = {
    # Inline functions of headers, beside what they are about.
    "neigh_hh_output": "include/net/neighbour.h",
    "ip6_route_get_saddr": "include/net/ip6_route.h",
    "dev_queue_xmit": "include/linux/netdevice.h",
    "sock_queue_rcv_skb": "include/net/sock.h",
    # Allocated where the statistics are declared, since both change between releases.
    "netdev_core_stats_alloc": "net/core/dev.c",
    # rtnl_unlock ends with dev.c's list of things to do, which in C the linker finds.
    "rtnl_lock": "net/core/rtnetlink.c",
    "rtnl_lock_killable": "net/core/rtnetlink.c",
    "rtnl_unlock": "net/core/rtnetlink.c",
}
"""Traced functions that stand in another file's module: what they are of in C."""


def c_file(module: str) -> str:
    """The C file that a module below ``lomodel.linux`` stands for."""
    path = module.removeprefix("lomodel.linux.").replace(".", "/")
    suffix = ".h" if f"/{path}".count("/include/") else ".c"
    return (PARTS | RENAMED).get(path, path + suffix)


@pytest.fixture(scope="module")
def linux() -> list[ModuleType]:
    return modules.import_all("lomodel.linux")


def test_a_function_stands_where_its_c_file_says(linux: list[ModuleType]) -> None:
    homes = {
        symbol: c_file(symbol.function.__module__)
        for symbol in trace.symbols()
        if symbol.function.__module__.startswith("lomodel.linux.")
    }
    assert len(homes) > 300
    guests = {symbol.name: symbol.file for symbol, home in homes.items() if symbol.file != home}
    assert guests == GUESTS


def test_every_module_is_found_and_has_a_c_file(linux: list[ModuleType]) -> None:
    """Those in packages below packages, too; and each says at its top what it stands for."""
    files = [path for path in LINUX.rglob("*.py") if path.name != "__init__.py"]
    found = [module for module in linux if not hasattr(module, "__path__")]
    assert len(found) == len(files) > 90
    for module in found:
        assert c_file(module.__name__) in module.__doc__, module.__name__


def test_no_part_is_listed_that_is_not_there() -> None:
    for path in PARTS | RENAMED:
        assert (LINUX / f"{path}.py").is_file(), path


# --- imports --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    graph = grimp.build_graph("lomodel", exclude_type_checking_imports=True, cache_dir=None)
    return {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}


def circles(imports: dict[str, set[str]]) -> set[str]:
    """The modules that cannot be put in an order: take out who imports nobody, until none is."""
    left = dict(imports)
    while free := [name for name, found in left.items() if not found & left.keys()]:
        for name in free:
            del left[name]
    while ends := left.keys() - set().union(*left.values(), set()):
        for name in ends:
            del left[name]
    return set(left)


def test_no_import_goes_round(imports: dict[str, set[str]]) -> None:
    assert circles(imports) == set()
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == {"b", "c"}


def parsed() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(LINUX.rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def is_import(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def test_imports_are_absolute_and_at_the_top() -> None:
    wrong = []
    for path, tree in parsed():
        wrong += [
            f"{path}:{inner.lineno} inside {outer.name}"
            for outer in ast.walk(tree)
            if isinstance(outer, ast.FunctionDef | ast.ClassDef)
            for inner in ast.walk(outer)
            if is_import(inner)
        ]
        wrong += [f"{path}:{n.lineno} relative" for n in ast.walk(tree) if getattr(n, "level", 0)]
    assert not wrong


def test_outside_net_core_only_the_face_of_dev_is_imported(imports: dict[str, set[str]]) -> None:
    parts = {
        f"lomodel.linux.{part.replace('/', '.')}"
        for part, file in PARTS.items()
        if file == "net/core/dev.c"
    } - {"lomodel.linux.net.core.dev_init"}
    strangers = {
        f"{name} imports {part}"
        for name, found in imports.items()
        if name.startswith("lomodel.linux.") and not name.startswith("lomodel.linux.net.core.")
        for part in found & parts
    }
    assert not strangers


def test_the_face_shows_every_function_of_its_parts(linux: list[ModuleType]) -> None:
    """But what runs at boot, and what ``dev.c`` keeps to itself."""
    traced = {
        symbol.function.__name__
        for symbol in trace.symbols()
        if symbol.function.__module__.startswith("lomodel.linux.net.core.dev_")
        and c_file(symbol.function.__module__) == "net/core/dev.c"
        and not symbol.function.__module__.endswith("dev_init")
    }
    assert traced and traced <= set(dev.__all__)
    assert all(hasattr(dev, name) for name in dev.__all__)


# --- constants ------------------------------------------------------------------------------------


def constants(tree: ast.Module) -> Iterator[str]:
    """The names in capitals that a module assigns, but for those of its own (``_NAME``)."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if re.fullmatch(r"[A-Z][A-Z0-9_]+", name := node.targets[0].id):
                yield name


def test_a_constant_stands_once() -> None:
    places = Counter(name for _, tree in parsed() for name in constants(tree))
    # How far each of two files moves its data is its own affair.
    assert {name for name, times in places.items() if times > 1} == {"HEADROOM"}


NO_NAMES_OF_C = {
    # sizeof or offsetof in C; a bit that 6.18 has first.
    "include/linux/skbuff": {
        "SK_BUFF_SIZE",
        "SKB_SHARED_INFO_SIZE",
        "NOT_SET",
        "SKB_MAX_ALLOC",
        "SKB_GSO_TCP_ACCECN",
    },
    "include/linux/icmpv6": {"ICMP6_HLEN"},
    "include/linux/tcp": {"TCP_HLEN", "TCP_CHECK"},
    "include/linux/udp": {"UDP_HLEN", "UDP_CHECK"},
    "include/net/ip": {"IP_HLEN"},
    "include/net/ipv6": {"IPV6_HLEN", "FRAG_HLEN", "IN6ADDR_ANY"},
    "include/uapi/linux/if_arp": {"USERS"},
    "include/uapi/linux/ipv6": {"PAYLOAD_LEN", "NEXTHDR"},
}
"""What C has no name for, or another kind of name."""


def header_constants() -> list[tuple[str, str]]:
    """(module path, name) of every constant in a header's module."""
    found = []
    for path, tree in parsed():
        module = path.removeprefix("lomodel/linux/").removesuffix(".py")
        if "include/" in module and module not in PARTS:
            found += [(module, name) for name in constants(tree)]
    return [(m, name) for m, name in found if name not in NO_NAMES_OF_C.get(m, ())]


def header_names(tree: Path, file: str) -> set[str]:
    """Every word of a header, and of the headers that it is split over."""
    text = "\n".join(kernel_trees.lines_of(tree, file) or ())
    return set(re.findall(r"\w+", text))


def test_a_constant_is_in_the_header_that_c_has_it_in() -> None:
    found = kernel_trees.find_tree("6.12")
    if found is None:
        pytest.skip(kernel_trees.how_to_get_one("6.12"))
    listed = header_constants()
    assert len(listed) > 150
    strangers = [
        f"{module}: {name}"
        for module, name in listed
        if name not in header_names(found, c_file(module.replace("/", ".")))
    ]
    assert not strangers


def test_every_function_is_used_somewhere() -> None:
    """By its name in the model, the tests, the tools or the chapters; the face names everything."""
    paths = [
        path for room in ("lomodel", "tests", "tools") for path in ROOT.glob(f"{room}/**/*.py")
    ]
    paths.remove(LINUX / "net/core/dev.py")
    texts = [path.read_text(encoding="utf-8") for path in [*paths, *ROOT.glob("chapters/*.ipynb")]]
    words = Counter(word for text in texts for word in re.findall(r"\w+", text))
    defined = {
        node.name
        for path in ROOT.glob("lomodel/**/*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    assert len(defined) > 600
    assert not [name for name in sorted(defined) if words[name] == 1]


def test_the_number_of_permalinks_does_not_fall(linux: list[ModuleType]) -> None:
    linked = [row for row in source_lines.TABLE_ROWS if source_lines.permalink(row.symbol)]
    assert len(source_lines.TABLE_ROWS) >= 399 and len(linked) >= 390
    known = {(row.symbol, row.file) for row in source_lines.TABLE_ROWS}
    missing = {
        symbol.name
        for symbol in trace.symbols()
        if symbol.function.__module__.startswith("lomodel.linux.")
        and not symbol.syscall  # SYSCALL_DEFINE hides the names
        and (symbol.name, symbol.file) not in known
    }
    assert not missing
