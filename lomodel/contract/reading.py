"""Scenarios as text: one JSON object a line."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from lomodel.contract.errors import ScenarioError, short
from lomodel.contract.steps import check_steps

Scenario = dict[str, Any]


def check_scenario(scenario: Any, features: Collection[str] | None = None) -> None:
    """Refuse an object that is no valid scenario. Keys beside `id` and `steps` are let through.

    `features` are the known feature names (None: any name). Raises ScenarioError.
    """
    if not isinstance(scenario, dict):
        raise ScenarioError("scenario", f"expected an object, got {short(scenario)}")
    for name in ("id", "steps"):
        if name not in scenario:
            raise ScenarioError(name, "missing")
    if not isinstance(scenario["id"], str):
        raise ScenarioError("id", f"expected a string, got {short(scenario['id'])}")
    check_steps(scenario["steps"], features)


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


_HOOKS: dict[str, Any] = {
    "object_pairs_hook": _object,
    "parse_constant": _constant,
    "parse_float": _float,
}


def parse(text: str | bytes, features: Collection[str] | None = None) -> Scenario:
    """The scenario on one line. Raises ScenarioError when there is none, or no valid one."""
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        scenario: Scenario = json.loads(decoded, **_HOOKS)
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
