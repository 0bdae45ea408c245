"""What a scenario is: the contract between the model, the laboratory and the recorded kernels.

A scenario is a JSON object ``{"id": ..., "steps": [...]}``, one a line. This module reads such
lines and refuses what nobody could put to a kernel: a wrong type, a number that does not fit the
C type it travels in, an unknown name. Everything else is for the kernel to answer, with its errno.
"""

from __future__ import annotations

import errno
import json
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
U8_MAX, U16_MAX = 2**8 - 1, 2**16 - 1
#: The largest TCP payload whose length still fits the IP header (tot_len, payload_len: 16 bits).
TCP_PAYLOAD_MAX = {"inet": U16_MAX - 20 - 20, "inet6": U16_MAX - 20}

#: The counters that a sending step reports, in the contract's order.
STATS = ("rx_packets", "rx_bytes", "tx_packets", "tx_bytes", "rx_dropped", "tx_dropped")
#: The tracepoints that a sending step reports, each with its fields.
EVENTS: dict[str, tuple[str, ...]] = {
    "net_dev_queue": ("len",),
    "net_dev_start_xmit": ("len", "protocol", "ip_summed", "gso_size", "gso_segs", "gso_type"),
    "netif_rx": ("len",),
    "net_dev_xmit": ("len", "rc"),
    "netif_receive_skb": ("len",),
}
#: The steps that send something, and so report counters and events.
SENDING = ("udp", "ping", "frame", "tcp_frame")

Scenario = dict[str, Any]
Step = dict[str, Any]


def shown(text: str) -> str:
    """Text of an input, fit to be printed: what is no visible character is written as in JSON.

    A newline would begin a line of its own, an escape sequence would command the terminal, and half
    a surrogate pair cannot be encoded at all.
    """
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)


class ScenarioError(ValueError):
    """A scenario that nobody can play: which line (from 1), which field, what was expected.

    ``reason`` says why in words for a reader, where that is more than what was expected.
    """

    def __init__(self, field: str, expected: str, line: int | None = None, reason: str = ""):
        self.field, self.expected, self.line = field, expected, line
        self.reason = reason or expected
        super().__init__(field, expected, line)

    def __str__(self) -> str:
        where = "" if self.line is None else f"line {self.line}: "
        field = self.field if len(self.field) <= 100 else f"{self.field[:97]}..."
        return shown(f"{where}{field}: {self.expected}")

    def at(self, line: int) -> ScenarioError:
        """The same complaint, on that line of the input."""
        return ScenarioError(self.field, self.expected, line, self.reason)


@dataclass(frozen=True)
class Field:
    """One field of a step: what it must be, in words and as a test; whether it may be left out."""

    expected: str
    accepts: Callable[[Any], bool]
    required: bool = True


def _is_int(value: Any, low: int, high: int) -> bool:
    # bool is a subclass of int, but true is no number in JSON.
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _integer(low: int, high: int, meaning: str) -> Field:
    expected = f"expected {meaning}, an integer from {low} to {high}"
    return Field(expected, lambda value: _is_int(value, low, high))


def _nullable(field: Field) -> Field:
    accepts = field.accepts
    return Field(f"{field.expected}, or null", lambda value: value is None or accepts(value))


def _choice(*names: str, required: bool = True) -> Field:
    expected = "expected " + " or ".join(f'"{name}"' for name in names)
    return Field(expected, lambda value: isinstance(value, str) and value in names, required)


def _boolean(required: bool = True) -> Field:
    return Field("expected true or false", lambda value: isinstance(value, bool), required)


_MAC = re.compile(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")


def _is_mac(value: Any) -> bool:
    return isinstance(value, str) and _MAC.fullmatch(value) is not None


_FAMILY = _choice("inet", "inet6")
_PAYLOAD = _integer(0, INT_MAX, "a number of bytes")

#: What one `link` step may change; exactly one of them.
LINK: dict[str, Field] = {
    "up": _boolean(),
    "mtu": _integer(INT_MIN, INT_MAX, "an MTU in bytes (a C int)"),
    "address": Field('expected an address such as "02:00:00:00:00:01"', _is_mac),
    "delete": Field("expected true", lambda value: value is True),
}
#: The fields of every other step.
STEPS: dict[str, dict[str, Field]] = {
    "features": {
        "set": Field("expected an object of feature names", lambda value: isinstance(value, dict))
    },
    "show": {},
    "udp": {
        "family": _FAMILY,
        "payload": _PAYLOAD,
        "gso_size": _nullable(_integer(INT_MIN, INT_MAX, "a segment size (a C int)")),
        "pmtudisc": _choice("dont", "want", "do", required=False),
        "listening": _boolean(required=False),
    },
    "ping": {"family": _FAMILY, "payload": _PAYLOAD},
    "frame": {
        "dst": _choice("zero", "other", "broadcast", "multicast"),
        "ethertype": _integer(0, U16_MAX, "a protocol number"),
        "payload": _PAYLOAD,
    },
    "tcp_frame": {
        "family": _FAMILY,
        "payload": _PAYLOAD,
        "gso_size": _nullable(_integer(0, U16_MAX, "a segment size (16 bits)")),
        "flags": _integer(0, U8_MAX, "the TCP header's flags"),
    },
}


def _names(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _check_fields(
    step: Step, fields: dict[str, Field], where: str, known: Iterable[str] | None = None
) -> None:
    for name in step:
        if name != "do" and name not in fields:
            known = _names(known or fields) or "no field but do"
            raise ScenarioError(f"{where}.{name}", f"unknown field, expected {known}")
    for name, field in fields.items():
        if name not in step:
            if field.required:
                raise ScenarioError(f"{where}.{name}", f"missing, {field.expected}")
        elif not field.accepts(step[name]):
            raise ScenarioError(f"{where}.{name}", f"{field.expected}, got {_short(step[name])}")


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _check_link(step: Step, where: str) -> None:
    _check_fields(step, {name: LINK[name] for name in LINK if name in step}, where, LINK)
    changes = [name for name in LINK if name in step]
    if len(changes) != 1:
        got = _names(changes) or "none"
        raise ScenarioError(where, f"expected exactly one of {_names(LINK)}, got {got}")


def _check_features(step: Step, where: str, known: Collection[str] | None) -> None:
    for name, wanted in step["set"].items():
        if known is not None and name not in known:
            raise ScenarioError(
                f"{where}.set.{name}", "unknown feature, expected a name that `ethtool -k` knows"
            )
        if not isinstance(wanted, bool):
            raise ScenarioError(
                f"{where}.set.{name}", f"expected true or false, got {_short(wanted)}"
            )


def _check_tcp_payload(step: Step, where: str) -> None:
    limit = TCP_PAYLOAD_MAX[step["family"]]
    if step["payload"] > limit:
        expected = f"expected at most {limit}, what one IP packet can hold, got {step['payload']}"
        name = {"inet": "IPv4", "inet6": "IPv6"}[step["family"]]
        reason = f"one {name} packet holds at most {limit} bytes of TCP payload"
        raise ScenarioError(f"{where}.payload", expected, reason=reason)


def check_step(step: Any, where: str, features: Collection[str] | None = None) -> None:
    """Refuse a step that cannot be played; `where` is its place, as in ``steps[2]``.

    `features` are the known feature names (None: any name). Raises ScenarioError.
    """
    if not isinstance(step, dict):
        raise ScenarioError(where, f"expected an object, got {_short(step)}")
    do = step.get("do")
    if do == "link":
        return _check_link(step, where)
    if not isinstance(do, str) or do not in STEPS:
        expected = f"expected {_names(['link', *STEPS])}"
        got = f"got {_short(do)}" if "do" in step else "which is missing"
        raise ScenarioError(f"{where}.do", f"{expected}, {got}")
    _check_fields(step, STEPS[do], where)
    if do == "features":
        _check_features(step, where, features)
    elif do == "tcp_frame":
        _check_tcp_payload(step, where)


def check_steps(steps: Any, features: Collection[str] | None = None) -> None:
    """Refuse a list of steps that cannot be played. Raises ScenarioError."""
    if not isinstance(steps, list):
        raise ScenarioError("steps", f"expected a list, got {_short(steps)}")
    for index, step in enumerate(steps):
        check_step(step, f"steps[{index}]", features)


def check_scenario(scenario: Any, features: Collection[str] | None = None) -> None:
    """Refuse an object that is no valid scenario. Keys beside `id` and `steps` are let through.

    `features` are the known feature names (None: any name). Raises ScenarioError.
    """
    if not isinstance(scenario, dict):
        raise ScenarioError("scenario", f"expected an object, got {_short(scenario)}")
    for name in ("id", "steps"):
        if name not in scenario:
            raise ScenarioError(name, "missing")
    if not isinstance(scenario["id"], str):
        raise ScenarioError("id", f"expected a string, got {_short(scenario['id'])}")
    check_steps(scenario["steps"], features)


def _is_event(event: Any) -> bool:
    shape = [str, dict]
    return isinstance(event, list) and [type(part) for part in event] == shape


def check_observed(observed: Any) -> None:
    """Refuse what nobody could have observed; whether it is right is not asked.

    Raises ScenarioError.
    """
    if not isinstance(observed, list):
        raise ScenarioError("observed", f"expected a list, got {_short(observed)}")
    for index, step in enumerate(observed):
        where = f"observed[{index}]"
        if not isinstance(step, dict):
            raise ScenarioError(where, f"expected an object, got {_short(step)}")
        events = step.get("events", [])
        if not isinstance(events, list):
            raise ScenarioError(f"{where}.events", f"expected a list, got {_short(events)}")
        if bad := [event for event in events if not _is_event(event)]:
            expected = f"expected [name, fields] of each event, got {_short(bad[0])}"
            raise ScenarioError(f"{where}.events", expected)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        # Python would silently keep the last one; another reader might keep the first.
        raise ScenarioError(twice, "given twice in one object, expected once")
    return result


def _constant(name: str) -> Any:
    raise ScenarioError("scenario", f"expected JSON, which has no {name}")


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        # It would be written back as Infinity, which is no JSON.
        raise ScenarioError("scenario", f"expected numbers of a double's range, got {text[:60]}")
    return value


_HOOKS = {"object_pairs_hook": _object, "parse_constant": _constant, "parse_float": _float}


def parse(text: str | bytes, features: Collection[str] | None = None) -> Scenario:
    """The scenario on one line. Raises ScenarioError when there is none, or no valid one."""
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        scenario = json.loads(decoded, **_HOOKS)
    except ScenarioError:
        raise
    except RecursionError:
        raise ScenarioError("scenario", "expected JSON, nested less deeply") from None
    except json.JSONDecodeError as error:
        # json's own text counts lines, too, and means others than we do.
        why = f"{error.msg}, column {error.pos + 1}"
        raise ScenarioError("scenario", f"expected one JSON object a line ({why})") from None
    except ValueError as error:
        raise ScenarioError("scenario", f"expected one JSON object a line ({error})") from None
    check_scenario(scenario, features)
    return scenario


def read(
    lines: Iterable[str | bytes], features: Collection[str] | None = None
) -> Iterator[Scenario | ScenarioError]:
    """Every scenario of a JSON Lines input, in order; a ScenarioError for a line that has none.

    Blank lines are skipped. The error is yielded, not raised, so that the other lines still play.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield parse(line, features)
        except ScenarioError as error:
            yield error.at(number)


def dumps(scenario: Scenario) -> str:
    """One output line, without its newline."""
    return json.dumps(scenario)


def errno_name(error: OSError) -> str:
    """The errno's name, as in the contract."""
    if error.errno == errno.EOPNOTSUPP:
        return "EOPNOTSUPP"  # ENOTSUP is the same number, and Python's choice
    return errno.errorcode.get(error.errno, str(error.errno))
