"""The kinds of a step's fields: what each must be, in words and as a test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any

from lomodel.contract.errors import ScenarioError, quoted, short

Step = dict[str, Any]

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
U8_MAX, U16_MAX, U32_MAX = 2**8 - 1, 2**16 - 1, 2**32 - 1
#: The last port below those that a kernel picks: what it picked can be told from what was asked.
PORT_MAX = 32767
#: The most bytes that a frame's `hex` may give: more than lo takes at any MTU that IP knows.
HEX_MAX = 2**20


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a step: what it must be, in words and as a test; whether it may be left out."""

    expected: str
    accepts: Callable[[Any], bool]
    required: bool = True

    def check(self, value: Any, where: str) -> None:
        """Refuse a value that is none of this field's. Raises ScenarioError."""
        if not self.accepts(value):
            raise ScenarioError(where, f"{self.expected}, got {short(value)}")


def is_int(value: Any, low: int = INT_MIN, high: int = INT_MAX) -> bool:
    """Whether it is a whole number in that range."""
    # bool is a subclass of int, but true is no number in JSON.
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def integer(low: int, high: int, meaning: str) -> Field:
    """A whole number from ``low`` to ``high``."""
    expected = f"expected {meaning}, an integer from {low} to {high}"
    return Field(expected, lambda value: is_int(value, low, high))


def nullable(field: Field) -> Field:
    """That field, or null."""
    accepts = field.accepts
    return Field(f"{field.expected}, or null", lambda value: value is None or accepts(value))


def optional(field: Field) -> Field:
    """That field, which may be left out."""
    return replace(field, required=False)


def choice(*names: str) -> Field:
    """One of those words."""
    expected = "expected " + " or ".join(f'"{name}"' for name in names)
    return Field(expected, lambda value: isinstance(value, str) and value in names)


def anything(expected: str) -> Field:
    """What another rule than the field's own looks at."""
    return Field(expected, lambda value: True)


_MAC = re.compile(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")


def _is_mac(value: Any) -> bool:
    return isinstance(value, str) and _MAC.fullmatch(value) is not None


def _is_hex(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > 2 * HEX_MAX:
        return False
    try:
        # It lets blanks between bytes through, which then are too few for the text.
        return 2 * len(bytes.fromhex(value)) == len(value)
    except ValueError:
        return False


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_device_name(value: Any) -> bool:
    # A byte of 0 would end the name, a longer one not fit the ioctl. The rest is for the kernel.
    good = isinstance(value, str) and value.isascii() and len(value) <= 15
    return good and not {"%", "\0"} & set(value)


def is_address(family: str, value: Any, scoped: bool = True) -> bool:
    """Whether it is an address of the family, as text; ``scoped``: whether ``%1`` may follow."""
    if not isinstance(value, str):
        return False
    address, percent, scope = value.partition("%")
    try:
        IPv4Address(address) if family == "inet" else IPv6Address(address)
    except AddressValueError:
        return False
    return not percent or (scoped and family == "inet6" and scope == "1")


_EXAMPLES = {"inet": '"127.0.0.2"', "inet6": '"::1" or "ff02::5%1"'}

#: An address, by the family that it must be of.
ADDRESS = {
    family: Field(
        f"expected an {family} address such as {example}",
        lambda value, family=family: is_address(family, value),  # type: ignore[misc]
    )
    for family, example in _EXAMPLES.items()
}


def _is_destination(family: str, value: Any) -> bool:
    pair = isinstance(value, list) and len(value) == 2
    return pair and is_address(family, value[0]) and is_int(value[1], 0, PORT_MAX)


#: Where a datagram goes, by the family that it must be of.
DESTINATION = {
    family: Field(
        f"expected [address, port], an {family} address such as {example} and an integer from 0 to"
        f" {PORT_MAX}",
        lambda value, family=family: _is_destination(family, value),  # type: ignore[misc]
    )
    for family, example in _EXAMPLES.items()
}

_PREFIX = re.compile(r"0|[1-9][0-9]{0,2}")


def _is_interface_address(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    address, slash, length = value.partition("/")
    if not slash or not _PREFIX.fullmatch(length) or int(length) > U8_MAX:
        return False
    # A length that is too long for the family fits ifa_prefixlen: the kernel has an answer to it.
    return any(is_address(family, address, scoped=False) for family in _EXAMPLES)


BOOLEAN = Field("expected true or false", lambda value: isinstance(value, bool))
TRUE = Field("expected true", lambda value: value is True)
OBJECT = Field("expected an object", lambda value: isinstance(value, dict))
FAMILY = choice("inet", "inet6")
PAYLOAD = integer(0, INT_MAX, "a number of bytes")
NAME = Field("expected a name, a string that is not empty", _is_name)
PORT = integer(0, PORT_MAX, "a port")
MAC = Field('expected an address such as "02:00:00:00:00:01"', _is_mac)
HEX = Field(f"expected an even number of hex digits, for at most {HEX_MAX} bytes", _is_hex)
DEVICE_NAME = Field('expected at most 15 ASCII characters, none of them "%"', _is_device_name)
INTERFACE_ADDRESS = Field(
    f'expected an address with a prefix length from 0 to {U8_MAX}, such as "127.0.0.2/8"',
    _is_interface_address,
)


def check_fields(
    step: Step, fields: dict[str, Field], where: str, known: Iterable[str] | None = None
) -> None:
    """Refuse an object with a field too many, too few or wrong. Raises ScenarioError.

    ``known`` are the names to name in a message about an unknown one (None: those of ``fields``).
    """
    for name in step:
        if name != "do" and name not in fields:
            names = quoted(known or fields) or "no field but do"
            raise ScenarioError(f"{where}.{name}", f"unknown field, expected {names}")
    for name, field in fields.items():
        if name in step:
            if not field.accepts(step[name]):
                field.check(step[name], f"{where}.{name}")
        elif field.required:
            raise ScenarioError(f"{where}.{name}", f"missing, {field.expected}")
