"""Text that a submission had a hand in, made harmless for where it is shown.

A name, a note or an output may hold HTML, Markdown, a formula, an escape code, or characters that
turn the reading direction. Jinja2 escapes HTML; the rest is here.
"""

from __future__ import annotations

import re
import unicodedata

from exercises.grader.utf8 import encodable

MOST = 4000
"""Characters of an output that a report shows."""
_JOINERS = "\u200c\u200d"
"""They do not show, and names in some scripts need them."""
_FORMULA = frozenset("=+-@\t\r\n")


def visible(text: str, keep: str = "") -> str:
    """Each character that would not show, or would act (controls, escape codes, marks of reading
    direction, halves of surrogates), is written as Python writes it, but for those in ``keep``."""
    if text.isprintable():
        return text
    return "".join(c if _shows(c) or c in keep else _written(c) for c in text)


def _shows(character: str) -> bool:
    if character.isprintable() or character in _JOINERS:
        return True
    return unicodedata.category(character) == "Zs"


def _written(character: str) -> str:
    return character.encode("unicode_escape").decode()


def cut(text: str, most: int = MOST) -> str:
    """At most so many characters, and how many are left out."""
    if len(text) <= most:
        return text
    return f"{text[:most]}\n[{len(text) - most} more characters are left out]"


def lines(text: str) -> str:
    """An output as it may stand in a block of text: lines and tabs stay."""
    return visible(cut(text).replace("\r\n", "\n"), keep="\n\t")


def defused(text: str) -> str:
    """A table's cell that no spreadsheet takes for a formula; its lines stay.

    Blanks, marks that do not show and full-width forms before or of the first character count too.
    """
    shown = unicodedata.normalize("NFKC", encodable(text))
    first = next((c for c in shown if c in _FORMULA or (c.isprintable() and not c.isspace())), "")
    return ("'" if first in _FORMULA else "") + visible(text, keep="\t\r\n")


class Markdown(str):
    """Is Markdown already."""


def code(text: object) -> Markdown:
    """A code span: nothing in it is a link, a heading or HTML."""
    if isinstance(text, Markdown):
        return text
    shown = visible(str(text)) or " "
    ticks = "`" * (_longest_run(shown) + 1)
    pad = " " if not shown.isspace() and (shown[0] in "` " or shown[-1] in "` ") else ""
    return Markdown(f"{ticks}{pad}{shown}{pad}{ticks}")


def escaped(text: str) -> Markdown:
    """Text in a line of Markdown, where no character of it marks anything up."""
    return Markdown(re.sub(r"[\\`*\[\]<>#|~&]|(?<!\w)_|_(?!\w)", r"\\\g<0>", visible(text)))


def place(section: str) -> str:
    """``chapters/a.html#b`` in words: ``chapters/a, section b``."""
    page, _, anchor = section.partition("#")
    return ", ".join(filter(None, (page.removesuffix(".html"), anchor and f"section {anchor}")))


def cell(text: object) -> Markdown:
    """A code span in a table, where a bar would end the cell."""
    return Markdown(code(text).replace("|", "\\|"))


def fence(text: str) -> Markdown:
    """A block of text that nothing in it can end."""
    ticks = "`" * max(3, _longest_run(text) + 1)
    return Markdown(f"{ticks}text\n{lines(text).rstrip()}\n{ticks}")


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
