"""The names that the answers of an assignment define: what checks take over from them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from IPython.core.inputtransformer2 import TransformerManager

from exercises.grader.assignment import Assignment
from exercises.grader.problem import Problem


def names_of_answers(assignment: Assignment) -> set[str] | None:
    """What the solution's answers define, and what their stubs do.

    None where one declares a name global: it may change in the middle of a check, so checks must
    share the answers' names, all of them.
    """
    names: set[str] = set()
    for cell in assignment.answers:
        for source in (cell.source, cell.stub):
            tree = _parsed(source, cell.id)
            if any(isinstance(node, ast.Global) for node in ast.walk(tree)):
                return None
            names.update(_names(tree))
    return names


def _parsed(source: str, where: str) -> ast.Module:
    try:
        return ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError as error:
        raise Problem(f"{where}: the solution's answer is not Python ({error})") from None


def _names(tree: ast.Module) -> Iterator[str]:
    """The names that a cell binds in its own namespace."""
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        yield from _bound(node)
        inner = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
        if not isinstance(node, inner):
            pending.extend(ast.iter_child_nodes(node))


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.alias(name=name, asname=asname):
            yield asname or name.partition(".")[0]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield name
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name
