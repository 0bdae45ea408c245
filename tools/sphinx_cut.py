"""The theme's style sheets, cut to what the book's pages use.

A Sphinx extension (see `_config.yml`). A selector stays where every class, id and element that it
asks for is a word of a built page or of a script that a page loads, whatever the word is there for:
what a script may add to a page keeps its style. A variable stays where something reads it. Icons
are drawn into the pages, so the fonts that were icons go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import tinycss2
from sphinx.application import Sphinx

SHEETS = ("styles/*.css", "mystnb*.css", "sphinx-design*.css", "togglebutton.css", "copybutton.css")
"""Style sheets below `_static` that are not ours."""

NOT_LOADED = ("bootstrap.js", "fontawesome.js", "sphinx-book-theme.js")
"""Scripts that stay in the folder but are linked by no page (``sphinx_house``)."""

NESTED = {"media", "supports", "layer", "container"}
WORD = re.compile(r"[\w-]+")
READ = re.compile(r"--[\w-]+")


def words(out: Path) -> set[str]:
    """Every word of the pages and of the scripts that they load."""
    scripts = [
        path
        for path in out.glob("_static/**/*.js")
        if path.name not in NOT_LOADED and path.name != "searchindex.js"
    ]
    pages = [path for path in out.rglob("*.html") if "_static" not in path.parts]
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in [*scripts, *pages])
    return {word for text in texts for word in WORD.findall(text)}


def split(tokens: list, at: str = ",") -> list[list]:
    """A list of tokens, cut at every comma."""
    parts: list[list] = [[]]
    for token in tokens:
        if token == at:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def asked(selector: Iterable) -> set[str]:
    """The classes, ids and elements that must be there for a selector to match.

    What stands in a functional pseudo-class such as ``:not()`` is not asked for.
    """
    found, before = set(), None
    for token in selector:
        if token.type == "hash" or (token.type == "ident" and before != ":"):
            found.add(token.value)
        before = token.value if token.type == "literal" else None
    return found


def is_used(selector: list, known: set[str]) -> bool:
    """Whether something in the book may match a selector."""
    return asked(selector) - {"from", "to"} <= known


def cut_rules(rules: list, known: set[str]) -> list:
    """The rules whose selectors may match, with the selectors that may."""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [each for each in split(rule.prelude) if is_used(each, known)]
            rule.prelude = [
                token
                for at, each in enumerate(selectors)
                for token in ([*COMMA, *each] if at else each)
            ]
            kept += [rule] if selectors else []
        elif rule.type == "at-rule" and rule.lower_at_keyword in NESTED and rule.content:
            inside = tinycss2.parse_rule_list(
                rule.content, skip_comments=True, skip_whitespace=True
            )
            rule.content = tokens_of(cut_rules(inside, known))
            kept += [rule] if rule.content else []
        elif rule.type != "at-rule" or rule.lower_at_keyword != "font-face":
            kept.append(rule)
    return kept


COMMA = tinycss2.parse_component_value_list(",")


def tokens_of(rules: list) -> list:
    """Rules as the tokens of another rule's block."""
    return tinycss2.parse_component_value_list(tinycss2.serialize(rules), skip_comments=True)


def without_variables(rules: list, read: set[str]) -> None:
    """Take the variables that nobody reads out of the rules, in place."""
    for rule in rules:
        if rule.type == "at-rule" and rule.lower_at_keyword in NESTED and rule.content:
            inside = tinycss2.parse_rule_list(
                rule.content, skip_comments=True, skip_whitespace=True
            )
            without_variables(inside, read)
            rule.content = tokens_of(inside)
        elif rule.type == "qualified-rule":
            parts = tinycss2.parse_blocks_contents(rule.content, True, True)
            kept = [p for p in parts if not unread(p, read)]
            if len(kept) < len(parts):
                text = ";".join(tinycss2.serialize([part]).rstrip(";") for part in kept)
                rule.content = tinycss2.parse_component_value_list(text, skip_comments=True)


def unread(part: object, read: set[str]) -> bool:
    """Whether a declaration sets a variable that nobody reads."""
    return part.type == "declaration" and part.name.startswith("--") and part.name not in read


def read_variables(texts: Iterable[str]) -> set[str]:
    """The variables that are read: named anywhere but before a colon."""
    return {
        match[0]
        for text in texts
        for match in READ.finditer(text)
        if not text[match.end() : match.end() + 2].lstrip().startswith(":")
    }


def cut(texts: dict[Path, str], known: set[str], others: set[str]) -> dict[Path, str]:
    """Style sheets cut to what is used; ``others``: the variables that are read elsewhere."""
    sheets = {
        path: cut_rules(tinycss2.parse_stylesheet(text, True, True), known)
        for path, text in texts.items()
    }
    read: set[str] = set()
    while (now := others | read_variables(map(tinycss2.serialize, sheets.values()))) != read:
        read = now
        for rules in sheets.values():
            without_variables(rules, read)
    return {
        path: "\n".join(tinycss2.serialize([rule]) for rule in rules)
        for path, rules in sheets.items()
    }


def sheets_of(out: Path) -> dict[Path, str]:
    """The text of every style sheet that is not ours."""
    paths = {path for each in SHEETS for path in (out / "_static").glob(each)}
    return {path: path.read_text(encoding="utf-8") for path in sorted(paths)}


def finish(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    texts = sheets_of(out)
    ours = [path for path in out.glob("_static/**/*.css") if path not in texts]
    elsewhere = [*ours, *out.glob("_static/**/*.js"), *out.rglob("*.html")]
    others = read_variables(
        path.read_text(encoding="utf-8", errors="replace") for path in elsewhere
    )
    for path, text in cut(texts, words(out), others).items():
        path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    # After the pages and our own style sheets are finished (``sphinx_house``, ``sphinx_look``).
    app.connect("build-finished", finish, priority=970)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
