"""The working of an answer: sentences, decisions of the model, and equations that are computed."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from lomodel.trace import Decision, Trace

OPERATORS: dict[type, Callable[..., int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.Invert: operator.invert,
    ast.USub: operator.neg,
}


def evaluate(expression: str) -> int:
    """The value of whole numbers and ``+ - * // % & | ^ ~``, or of min(...) or max(...) of them.

    ValueError for anything else.
    """
    return _value(ast.parse(expression, mode="eval").body, expression)


def _value(node: ast.expr, expression: str) -> int:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        sides = (_value(side, expression) for side in (node.left, node.right))
        return OPERATORS[type(node.op)](*sides)
    if isinstance(node, ast.UnaryOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](_value(node.operand, expression))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if function := {"min": min, "max": max}.get(node.func.id):
            return function(_value(each, expression) for each in node.args)
    raise ValueError(f"{expression!r}: expected whole numbers and operators between them")


class Working:
    """The lines of a working, in order. What they say is computed here, from what they show."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        """A sentence."""
        self.lines.append(text)

    def equation(self, meaning: str, expression: str, as_hex: bool = False) -> int:
        """``meaning: expression = value``; returns the value. ValueError as ``evaluate``."""
        value = evaluate(expression)
        self.lines.append(f"{meaning}: {expression} = {hex(value) if as_hex else value}")
        return value

    def decision(self, trace: Trace, question: str, last: bool = False) -> Decision | None:
        """What the model asked itself, with the operands that it saw; None if it did not ask.

        Of several times the first is taken, or the ``last``.
        """
        found = [each for each in trace.decisions() if each.question == question]
        if not found:
            return None
        decision = found[-1 if last else 0]
        operands = ", ".join(f"{name} {_shown(name, v)}" for name, v in decision.operands.items())
        answer = "yes" if decision.answer else "no"
        self.lines.append(f"{decision.function}: {question} {answer} ({operands})")
        return decision


def _shown(name: str, value: Any) -> str:
    return hex(value) if name in ("features", "gso_type") else str(value)
