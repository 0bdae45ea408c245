"""The steps of a scenario: the fields of each, and what holds beyond a single field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from lomodel.contract import options, settings
from lomodel.contract.errors import ScenarioError, quoted, short
from lomodel.contract.fields import (
    ADDRESS,
    BOOLEAN,
    DESTINATION,
    DEVICE_NAME,
    FAMILY,
    HEX,
    INT_MAX,
    INT_MIN,
    INTERFACE_ADDRESS,
    MAC,
    NAME,
    OBJECT,
    PAYLOAD,
    PORT,
    TRUE,
    U8_MAX,
    U16_MAX,
    U32_MAX,
    Field,
    Step,
    anything,
    check_fields,
    choice,
    integer,
    nullable,
    optional,
)
from lomodel.contract.names import Names

#: The largest TCP payload whose length still fits the IP header (tot_len, payload_len: 16 bits).
TCP_PAYLOAD_MAX = {"inet": U16_MAX - 20 - 20, "inet6": U16_MAX - 20}

#: What a `link` step may change; of these, several may stand together.
LINK_TOGETHER: dict[str, Field] = {
    "up": BOOLEAN,
    "mtu": integer(INT_MIN, INT_MAX, "an MTU in bytes (a C int)"),
    "address": MAC,
    "delete": TRUE,
}
_LIMIT = integer(0, U32_MAX, "a limit (32 bits)")
#: All that a `link` step may change.
LINK: dict[str, Field] = LINK_TOGETHER | {
    "gso_max_size": _LIMIT,
    "gso_max_segs": _LIMIT,
    "gso_ipv4_max_size": _LIMIT,
    "name": DEVICE_NAME,
    "promisc": BOOLEAN,
    "multicast": BOOLEAN,
    "allmulticast": BOOLEAN,
    "arp": BOOLEAN,
}
#: What an `address` step may do, and what a `close` step may close; exactly one of them.
ADDRESS_CHANGES = {"add": INTERFACE_ADDRESS, "remove": INTERFACE_ADDRESS}
CLOSE = {"socket": NAME, "tap": NAME}

_PEER = {family: nullable(address) for family, address in ADDRESS.items()}
_ZEROS = optional(integer(0, 70000, "a number of zero bytes"))
_U8, _U16 = integer(0, U8_MAX, "a number of 8 bits"), integer(0, U16_MAX, "a number of 16 bits")
#: A `frame` whose bytes are given.
FREE_FRAME = {"hex": HEX, "zeros": _ZEROS}
#: The fields of a `vnet_frame`'s header.
VNET = {
    "flags": optional(_U8),
    "gso_type": optional(_U8),
    "hdr_len": optional(_U16),
    "gso_size": optional(_U16),
    "csum_start": optional(_U16),
    "csum_offset": optional(_U16),
}
#: The fields of every step but those that are one of several fields.
STEPS: dict[str, dict[str, Field]] = {
    "features": {
        "set": Field("expected an object of feature names", lambda value: isinstance(value, dict))
    },
    "show": {"more": optional(BOOLEAN)},
    "udp": {
        "family": FAMILY,
        "payload": PAYLOAD,
        "gso_size": nullable(integer(INT_MIN, INT_MAX, "a segment size (a C int)")),
        "pmtudisc": optional(choice("dont", "want", "do")),
        "listening": optional(BOOLEAN),
    },
    "ping": {"family": FAMILY, "payload": PAYLOAD, "to": optional(anything("expected an address"))},
    "frame": {
        "dst": choice("zero", "other", "broadcast", "multicast"),
        "ethertype": integer(0, U16_MAX, "a protocol number"),
        "payload": PAYLOAD,
    },
    "tcp_frame": {
        "family": FAMILY,
        "payload": PAYLOAD,
        "gso_size": nullable(integer(0, U16_MAX, "a segment size (16 bits)")),
        "flags": integer(0, U8_MAX, "the TCP header's flags"),
    },
    "socket": {"name": NAME, "family": FAMILY, "type": choice("dgram")},
    "bind": {"socket": NAME, "address": anything("expected an address"), "port": PORT},
    "connect": {
        "socket": NAME,
        "address": anything("expected an address or null"),
        "port": optional(PORT),
    },
    "setsockopt": {
        "socket": NAME,
        "option": NAME,
        "value": anything("expected the option's value"),
        "length": optional(integer(0, 8, "a number of bytes")),
    },
    "getsockopt": {"socket": NAME, "option": NAME},
    "send": {
        "socket": NAME,
        "payload": integer(0, 100_000, "a number of bytes"),
        "to": optional(anything("expected [address, port]")),
        "gso_size": optional(integer(0, U16_MAX, "a segment size (16 bits)")),
        "count": optional(integer(1, 400, "a number of sends")),
    },
    "recv": {
        "socket": NAME,
        "size": optional(integer(0, 262_144, "a buffer's size in bytes")),
        "count": optional(integer(1, 1000, "a number of datagrams")),
        "errqueue": optional(BOOLEAN),
    },
    "sysctl": {"set": Field("expected an object of settings", OBJECT.accepts)},
    "vnet_frame": {**FREE_FRAME, "vnet": OBJECT},
    "tap": {"name": NAME},
    "captured": {"tap": NAME},
    "counters": {},
}
#: Every step's name.
KNOWN = ("link", *STEPS, "close", "address")


@dataclass(slots=True)
class Given:
    """What a step is looked at with: the known features (None: any), and the names so far."""

    features: Collection[str] | None = None
    names: Names = field(default_factory=Names)


def _check_one(step: Step, fields: dict[str, Field], where: str) -> str:
    """The one field of those that the step has."""
    check_fields(step, {name: fields[name] for name in fields if name in step}, where, fields)
    got = [name for name in fields if name in step]
    if len(got) != 1:
        _refuse_several(fields, got, where)
    return got[0]


def _refuse_several(fields: Iterable[str], got: list[str], where: str) -> None:
    found = quoted(got) or "none"
    raise ScenarioError(where, f"expected exactly one of {quoted(fields)}, got {found}")


def _check_link(step: Step, where: str, given: Given) -> None:
    check_fields(step, {name: LINK[name] for name in LINK if name in step}, where, LINK)
    got = [name for name in LINK if name in step]
    if not got or (len(got) > 1 and not LINK_TOGETHER.keys() >= set(got)):
        _refuse_several(LINK, got, where)


def _check_address(step: Step, where: str, given: Given) -> None:
    _check_one(step, ADDRESS_CHANGES, where)


def _check_close(step: Step, where: str, given: Given) -> None:
    kind = _check_one(step, CLOSE, where)
    if kind == "tap":
        given.names.check_tap(step["tap"], f"{where}.tap")
    else:
        given.names.family(step["socket"], f"{where}.socket")
    given.names.close(step[kind])


def _check_frame(step: Step, where: str, given: Given) -> None:
    check_fields(step, FREE_FRAME if "hex" in step else STEPS["frame"], where)


def _check_features(step: Step, where: str, given: Given) -> None:
    known = given.features
    for name, wanted in step["set"].items():
        if known is not None and name not in known:
            raise ScenarioError(
                f"{where}.set.{name}", "unknown feature, expected a name that `ethtool -k` knows"
            )
        BOOLEAN.check(wanted, f"{where}.set.{name}")


def _check_tcp_payload(step: Step, where: str, given: Given) -> None:
    limit = TCP_PAYLOAD_MAX[step["family"]]
    if step["payload"] > limit:
        expected = f"expected at most {limit}, what one IP packet can hold, got {step['payload']}"
        name = {"inet": "IPv4", "inet6": "IPv6"}[step["family"]]
        reason = f"one {name} packet holds at most {limit} bytes of TCP payload"
        raise ScenarioError(f"{where}.payload", expected, reason=reason)


def _check_ping(step: Step, where: str, given: Given) -> None:
    if "to" in step:
        ADDRESS[step["family"]].check(step["to"], f"{where}.to")


def _check_socket(step: Step, where: str, given: Given) -> None:
    given.names.open(step["name"], step["family"], f"{where}.name")


def _check_tap(step: Step, where: str, given: Given) -> None:
    given.names.open(step["name"], None, f"{where}.name")


def _check_captured(step: Step, where: str, given: Given) -> None:
    given.names.check_tap(step["tap"], f"{where}.tap")


def _family(step: Step, where: str, given: Given) -> str:
    return given.names.family(step["socket"], f"{where}.socket")


def _check_bind(step: Step, where: str, given: Given) -> None:
    ADDRESS[_family(step, where, given)].check(step["address"], f"{where}.address")


def _check_connect(step: Step, where: str, given: Given) -> None:
    family = _family(step, where, given)
    if step["address"] is None:
        if "port" in step:
            raise ScenarioError(f"{where}.port", "expected none beside an address that is null")
        return
    _PEER[family].check(step["address"], f"{where}.address")
    if "port" not in step:
        raise ScenarioError(f"{where}.port", f"missing, {PORT.expected}")


def _check_setsockopt(step: Step, where: str, given: Given) -> None:
    _family(step, where, given)
    options.check_set(step, where)


def _check_getsockopt(step: Step, where: str, given: Given) -> None:
    _family(step, where, given)
    options.check_get(step, where)


def _check_send(step: Step, where: str, given: Given) -> None:
    family = _family(step, where, given)
    if "to" in step:
        DESTINATION[family].check(step["to"], f"{where}.to")


def _check_recv(step: Step, where: str, given: Given) -> None:
    _family(step, where, given)


def _check_sysctl(step: Step, where: str, given: Given) -> None:
    settings.check_settings(step["set"], f"{where}.set")


def _check_vnet(step: Step, where: str, given: Given) -> None:
    vnet = step["vnet"]
    if "do" in vnet:
        # The one name that a step's own fields may have beside them.
        raise ScenarioError(f"{where}.vnet.do", f"unknown field, expected {quoted(VNET)}")
    check_fields(vnet, VNET, f"{where}.vnet")


#: What is looked at once a step's fields are what they must be; steps with one of several fields
#: are looked at by these alone. Each may raise ScenarioError.
_RULES: dict[str, Callable[[Step, str, Given], None]] = {
    "link": _check_link,
    "address": _check_address,
    "close": _check_close,
    "frame": _check_frame,
    "features": _check_features,
    "tcp_frame": _check_tcp_payload,
    "ping": _check_ping,
    "socket": _check_socket,
    "tap": _check_tap,
    "captured": _check_captured,
    "bind": _check_bind,
    "connect": _check_connect,
    "setsockopt": _check_setsockopt,
    "getsockopt": _check_getsockopt,
    "send": _check_send,
    "recv": _check_recv,
    "sysctl": _check_sysctl,
    "vnet_frame": _check_vnet,
}
#: Steps whose fields depend on which of them are there.
_VARYING = ("link", "address", "close", "frame")
#: For each step: its fields, unless they vary, and its rule.
_CHECKS = {do: (None if do in _VARYING else STEPS[do], _RULES.get(do)) for do in KNOWN}


def _check(step: Any, where: str, given: Given) -> None:
    if not isinstance(step, dict):
        raise ScenarioError(where, f"expected an object, got {short(step)}")
    do = step.get("do")
    if not isinstance(do, str) or do not in _CHECKS:
        got = f"got {short(do)}" if "do" in step else "which is missing"
        raise ScenarioError(f"{where}.do", f"expected {quoted(KNOWN)}, {got}")
    fields, rule = _CHECKS[do]
    if fields is not None:
        check_fields(step, fields, where)
    if rule is not None:
        rule(step, where, given)


def check_step(
    step: Any, where: str, features: Collection[str] | None = None, names: Names | None = None
) -> None:
    """Refuse a step that cannot be played; `where` is its place, as in ``steps[2]``.

    `features` are the known feature names (None: any name). `names` are those that the steps before
    it left open (None: none are); they are changed by a step that opens or closes one.
    Raises ScenarioError.
    """
    _check(step, where, Given(features, Names() if names is None else names))


def check_steps(steps: Any, features: Collection[str] | None = None) -> None:
    """Refuse a list of steps that cannot be played in a new namespace. Raises ScenarioError."""
    if not isinstance(steps, list):
        raise ScenarioError("steps", f"expected a list, got {short(steps)}")
    given = Given(features)
    for index, step in enumerate(steps):
        _check(step, f"steps[{index}]", given)
