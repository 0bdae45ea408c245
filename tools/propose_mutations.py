"""Finds out which small changes of a file no test notices, and which test notices the others.

    python -m tools.propose_mutations FILE [--each N] [--all] > tests/mutations/NAME.toml

Prints mutations for `tools/mutate.py`'s list, at most N of each function. Each has the first test
that failed; a survivor has the reason "?", which is for people to find: mostly a test is missing.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tools.mutate import ROOT, Mutation, copied, made, run_tests

SWAPPED = {
    **{"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", " is ": " is not "},
    **{" and ": " or ", " or ": " and ", " in ": " not in ", "+": "-", "-": "+"},
    **{"&": "|", "|": "&", "<<": ">>", ">>": "<<", "//": "*", "*": "//", "%": "//"},
}
STAGES = (
    ("loopback_xmit", "transmit", "gso", "skb_segment", "features"),
    ("percpu", "torn_reads", "birth", "addresses", "eth", "icmp", "udp", "ip_fragments", "trace"),
    ("tcp_replay", "recorded"),
)
"""The tests to try, the likely and quick ones first."""
GUARD = re.compile(r"\btrace\.(on|tracepoints)\b")
"""What asks whether somebody traces."""
Change = tuple[int, int, str]
"""Where in the text something is replaced, from and to, and by what."""


class Source:
    """A file's text and where its syntax stands in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def place(self, node: ast.AST) -> tuple[int, int]:
        """From where to where a node's text is. (The model's code is ASCII.)"""
        begin = self.starts[node.lineno - 1] + node.col_offset
        return begin, self.starts[node.end_lineno - 1] + node.end_col_offset

    def between(self, left: ast.AST, right: ast.AST) -> Iterator[Change]:
        """The operator between two operands, exchanged."""
        begin, end = self.place(left)[1], self.place(right)[0]
        gap = self.text[begin:end]
        for operator in sorted(SWAPPED, key=len, reverse=True):
            if gap.count(operator) == 1 and re.fullmatch(r"[\s()]*", gap.replace(operator, "")):
                at = begin + gap.index(operator)
                yield at, at + len(operator), SWAPPED[operator]
                return


def changes(source: Source, function: ast.AST) -> Iterator[Change]:
    """The small changes of one function's body."""
    for statement in function.body:
        for node in _walk(statement):
            yield from _change(source, node)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes in a statement, without annotations, docstrings and what only traces do."""
    if isinstance(node, ast.If) and GUARD.search(ast.unparse(node.test)):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _walk(child)


def _change(source: Source, node: ast.AST) -> Iterator[Change]:
    begin, end = source.place(node) if hasattr(node, "lineno") else (0, 0)
    match node:
        case ast.Expr(value=ast.Call()) | ast.Assign(targets=[ast.Attribute()]):
            yield begin, end, "pass"
        case ast.AugAssign():
            yield begin, end, "pass"
        case ast.Constant(value=bool(value)):
            yield begin, end, str(not value)
        case ast.Constant(value=int(value)):
            yield begin, end, str(value + 1)
        case ast.Compare(left=left, comparators=[right]):
            yield from source.between(left, right)
        case ast.BoolOp(values=[left, right]) | ast.BinOp(left=left, right=right):
            yield from source.between(left, right)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield begin, source.place(operand)[0], ""


def functions(tree: ast.Module) -> Iterator[ast.AST]:
    """Every function of a module, methods included."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def unique(text: str, change: Change) -> tuple[str, str] | None:
    """Whole lines around a change that stand in the text once, and what becomes of them."""
    begin, end, new = change
    first = text.rfind("\n", 0, begin) + 1
    last = text.find("\n", end)
    for _ in range(6):
        old = text[first:last]
        if text.count(old) == 1:
            return old, text[first:begin] + new + text[end:last]
        first = text.rfind("\n", 0, max(0, first - 1)) + 1
    return None


def propose(file: str, each: int) -> list[Mutation]:
    """Up to ``each`` mutations of each function of a file, spread over it."""
    text = (ROOT / file).read_text(encoding="utf-8")
    source, found = Source(text), []
    for function in functions(ast.parse(text)):
        pairs = [unique(text, change) for change in changes(source, function)]
        known = [Mutation(file, *pair) for pair in pairs if pair]
        step = max(1, -(-len(known) // each))
        found += known[::step]
    return found


def first_red(mutation: Mutation, copy: Path, options: list[str]) -> str:
    """The first test that notices; empty when none does."""
    with made(mutation, copy):
        for stage in STAGES:
            # What only random examples find is not always found.
            tests = [f"tests/test_{name}.py" for name in stage]
            run = run_tests(copy, "-m", "not hypothesis", *options, *tests)
            if run.status is None:
                return "(for ever)"
            failed = re.search(r"^(?:FAILED|ERROR) (\S+)", run.output, re.M)
            if failed:
                return failed.group(1)
    return ""


def entry(mutation: Mutation, test: str) -> str:
    """One mutation as a table of the list."""
    last = f"test = '{test}'" if test else "survives = '?'"
    return f"[[mutation]]\nold = '''\n{mutation.old}'''\nnew = '''\n{mutation.new}'''\n{last}\n"


def main() -> None:
    """Print the proposed list of one file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--each", type=int, default=4, help="of a function (%(default)s)")
    parser.add_argument("--all", action="store_true", help="all recordings, not one in twenty")
    options = parser.parse_args()
    print(f'file = "{options.file}"\n')
    with copied(ROOT) as copy:
        for mutation in propose(options.file, options.each):
            print(
                entry(mutation, first_red(mutation, copy, [] if options.all else ["--quick"])),
                flush=True,
            )


if __name__ == "__main__":
    main()
