"""The options of sockets that a scenario may set and read: what their values are.

No numbers of a kernel are here: who plays them has those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lomodel.contract.errors import ScenarioError, quoted
from lomodel.contract.fields import INT_MAX, INT_MIN, Field, choice, integer, is_address, is_int

#: IP_MTU_DISCOVER's and IPV6_MTU_DISCOVER's values: each word's place is its number.
PMTUDISC = ("dont", "want", "do", "probe", "interface", "omit")

_FAMILIES = {"inet": "IPv4", "inet6": "IPv6"}


def _device(value: Any) -> bool:
    # What no C string can hold is no name: a byte of 0, half a surrogate pair.
    if not isinstance(value, str) or "\0" in value:
        return False
    return not any("\ud800" <= each <= "\udfff" for each in value)


def _multicast_if(value: Any) -> bool:
    return is_int(value) or is_address("inet", value)


def _membership(family: str) -> Callable[[Any], bool]:
    def accepts(value: Any) -> bool:
        pair = isinstance(value, list) and len(value) == 2
        # struct ipv6_mreq has no room for a scope.
        return pair and is_address(family, value[0], scoped=False) and is_int(value[1])

    return accepts


INT = integer(INT_MIN, INT_MAX, "a value (a C int)")
WORD = choice(*PMTUDISC)
#: A `struct in_addr` or a `struct ip_mreqn`.
ADDRESS_OR_INDEX = Field(
    'expected an inet address such as "127.0.0.1" or an index (a C int)', _multicast_if
)
DEVICE = Field('expected the name of a device, or ""', _device)
MEMBERSHIP = {
    family: Field(f"expected [group, index], an {name} address and a C int", _membership(family))
    for family, name in _FAMILIES.items()
}


@dataclass(frozen=True, slots=True)
class Option:
    """One option: what its value must be (None: it is read only), and whether it can be read."""

    name: str
    value: Field | None
    readable: bool = True

    @property
    def sized(self) -> bool:
        """Whether it is a C int, of which a program may give fewer or more bytes."""
        return self.value is INT or self.value is WORD


_INTS = (
    "SO_RCVBUF",
    "SO_SNDBUF",
    "SO_BROADCAST",
    "SO_REUSEADDR",
    "SO_NO_CHECK",
    "UDP_SEGMENT",
    "UDP_GRO",
    "UDP_NO_CHECK6_TX",
    "UDP_NO_CHECK6_RX",
    "IP_RECVERR",
    "IPV6_RECVERR",
    "IP_TTL",
    "IPV6_UNICAST_HOPS",
    "IP_MULTICAST_LOOP",
    "IPV6_MULTICAST_LOOP",
    "IP_MULTICAST_TTL",
    "IPV6_MULTICAST_HOPS",
    "IP_MULTICAST_ALL",
    "IPV6_MULTICAST_ALL",
    "IPV6_V6ONLY",
    "IPV6_MULTICAST_IF",
)
_ALL = (
    *(Option(name, INT) for name in _INTS),
    Option("IP_MTU_DISCOVER", WORD),
    Option("IPV6_MTU_DISCOVER", WORD),
    Option("IP_MULTICAST_IF", ADDRESS_OR_INDEX, readable=False),
    Option("SO_BINDTODEVICE", DEVICE, readable=False),
    Option("IP_ADD_MEMBERSHIP", MEMBERSHIP["inet"], readable=False),
    Option("IP_DROP_MEMBERSHIP", MEMBERSHIP["inet"], readable=False),
    Option("IPV6_ADD_MEMBERSHIP", MEMBERSHIP["inet6"], readable=False),
    Option("IPV6_DROP_MEMBERSHIP", MEMBERSHIP["inet6"], readable=False),
    Option("SO_ERROR", None),
    Option("IP_MTU", None),
    Option("IPV6_MTU", None),
    Option("SO_MEMINFO", None),
)

#: Every option, by its name.
OPTIONS = {option.name: option for option in _ALL}
_SETTABLE = [option.name for option in _ALL if option.value is not None]
_READABLE = [option.name for option in _ALL if option.readable]


def check_set(step: dict[str, Any], where: str) -> None:
    """Refuse a `setsockopt` whose option is unknown or read only, or whose value is none of it.

    Raises ScenarioError.
    """
    option = _known(step["option"], _SETTABLE, where)
    if option.value is None:
        expected = f"expected {quoted(_SETTABLE)}, got {option.name}, which is read only"
        raise ScenarioError(f"{where}.option", expected)
    option.value.check(step["value"], f"{where}.value")
    if "length" in step and not option.sized:
        expected = f"expected none: only options whose value is a C int have it, {option.name} not"
        raise ScenarioError(f"{where}.length", expected)


def check_get(step: dict[str, Any], where: str) -> None:
    """Refuse a `getsockopt` whose option is unknown or set only. Raises ScenarioError."""
    option = _known(step["option"], _READABLE, where)
    if not option.readable:
        expected = f"expected {quoted(_READABLE)}, got {option.name}, which is set only"
        raise ScenarioError(f"{where}.option", expected)


def _known(name: str, fitting: list[str], where: str) -> Option:
    option = OPTIONS.get(name)
    if option is None:
        expected = f'unknown option, expected {quoted(fitting)}, got "{name}"'
        raise ScenarioError(f"{where}.option", expected)
    return option
