"""What the built pages need beyond the theme: less to load, silence, and better markup.

A Sphinx extension (see `_config.yml`) that goes over the finished pages. Every change names what it
expects to find and fails the build where the theme no longer has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

Edit = tuple[re.Pattern[str], str]

# One inline SVG for an icon instead of 1.5 MB of Font Awesome's JavaScript, which would draw the
# same SVG in the reader's browser.
ICON = re.compile(r'<(i|span) class="([^"]*\bfa-[^"]*)"([^>]*)></\1>')
ICON_STYLES = {"fa", "fas", "fa-solid"}
ICON_SIZES = {"fa-lg", "fa-sm", "fa-fw"}
ICONS_SCRIPT = "_static/scripts/fontawesome.js"

# The theme tells the console what it does.
TALKATIVE = [
    "_static/scripts/pydata-sphinx-theme.js",
    "_static/searchtools.js",
    "_static/togglebutton.js",
]
# A page that was opened as a file may not read other files for the results' summaries.
SUMMARIES = ("SHOW_SEARCH_SUMMARY: true", 'SHOW_SEARCH_SUMMARY: location.protocol !== "file:"')
TALK = re.compile(r"console\.(log|info|debug)\(")

REDIRECT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={page}">
<link rel="icon" href="data:,">
<title>{title}</title>
</head>
<body>
<main><h1>{title}</h1><p><a href="{page}">Go to the first page</a></p></main>
</body>
</html>
"""

# On every page of the theme.
EDITS: list[Edit] = [
    # Icons are inline.
    (re.compile(r"\s*<!-- So that users can add custom icons -->\s*<script [^>]*></script>"), ""),
    # A landmark for the book's title and the search button.
    (
        re.compile(r'<div id="pst-primary-sidebar" class="([^"]*)">'),
        r'<div id="pst-primary-sidebar" class="\1" role="region" aria-label="Book">',
    ),
    # A form that can be sent without knowing that Enter does it.
    (
        re.compile(r'(<input type="search"[^>]*>)(?=.*?</form>)', re.DOTALL),
        r'\1<button type="submit" class="visually-hidden-focusable btn btn-sm">Search</button>',
    ),
    # The first stop of the Tab key leads past the bar, too.
    (
        re.compile(r'<div id="pst-skip-link".*?</div>', re.DOTALL),
        '<a class="lo-skip" href="#lo-page">Skip to the page</a>',
    ),
    # Its buttons and its notes are not ours, and its contents list is in assets/book.js.
    (re.compile(r'\s*<script src="[^"]*sphinx-book-theme\.js[^"]*"></script>'), ""),
    # The only thing that the theme asks of Bootstrap's script is a sidebar that we do not have.
    (re.compile(r'\s*<(?:link rel="preload"|script)[^>]*bootstrap\.js[^>]*>(?:</script>)?'), ""),
    # A style sheet that only imports another one: the other one at once.
    (re.compile(r'(<link href="[^"]*_static/)styles/theme\.css\?'), r"\1basic.css?"),
    # The viewport is said once, not three times.
    (re.compile(r'<meta name="viewport" content="width=device-width, initial-scale=1" ?/>'), ""),
    # Our script runs before the theme's first one.
    (
        re.compile(r'(data-content_root="([^"]*)".*?)(<script data-cfasync="false">)', re.DOTALL),
        r'\1<script src="\2_static/before_the_theme.js"></script>\n  \3',
    ),
    # A button is called what it shows, its shortcut included.
    (re.compile(r'(<button class="btn search-button-field[^>]*) aria-label="Search"'), r"\1"),
]
# What a page loads only where it has what the script works on: its mark, and the script.
ONLY_WITH = {
    "sd-tab-set": re.compile(r'\s*<script [^>]*src="[^"]*design-tabs\.js[^"]*"></script>'),
    'class="toggle': re.compile(
        r"\s*<script>(?:let toggle|var togglebutton)[^<]*</script>"
        r'|\s*<script src="[^"]*togglebutton\.js[^"]*"></script>'
    ),
}
# Where a page has a folded cell: the words that fold it are its name.
FOLDED = re.compile(r'<summary aria-label="Toggle hidden content">')
# Only the search page needs the index of every word in the book.
NOT_FOR_SEARCH: list[Edit] = [
    (
        re.compile(r'\s*<script src="[^"]*(searchtools|language_data|searchindex)\.js"></script>'),
        "",
    ),
]
FOR_SEARCH: list[Edit] = [
    # Where the link that leads past the bar ends here.
    (
        re.compile(r'<div class="bd-search-container">'),
        '<div class="bd-search-container" id="lo-page" tabindex="-1">',
    ),
    (re.compile(r'\s*console\.log\("\[PST\]: Set focus on search field\."\);'), ""),
]


def icons(script: str) -> dict[str, tuple[str, str, str]]:
    """Name to width, height and path; of an icon in several styles the last is the solid one."""
    entry = re.compile(r'[,{]"?([a-z0-9-]+)"?:\[(\d+),(\d+),\[[^\]]*\],"[0-9a-f]+","([^"]+)"\]')
    return {name: (width, height, path) for name, width, height, path in entry.findall(script)}


def drawer(known: dict[str, tuple[str, str, str]]) -> Callable[[re.Match[str]], str]:
    """What to put in the place of an icon's element."""

    def draw(match: re.Match[str]) -> str:
        classes = match[2].split()
        names = [c for c in classes if c.startswith("fa-") and c not in ICON_STYLES | ICON_SIZES]
        if len(names) != 1 or names[0][3:] not in known or not ICON_STYLES & set(classes):
            raise ExtensionError(f"no icon for {match[0]}")
        width, height, path = known[names[0][3:]]
        attributes = re.sub(r'\s+title="[^"]*"', "", match[3])
        return (
            f'<svg class="svg-inline--fa {" ".join(classes)}"{attributes} aria-hidden="true" '
            f'focusable="false" viewBox="0 0 {width} {height}">'
            f'<path fill="currentColor" d="{path}"/></svg>'
        )

    return draw


def edit(page: Path, edits: list[Edit], draw: Callable[[re.Match[str]], str]) -> None:
    """The page with every edit made."""
    text = page.read_text(encoding="utf-8")
    for pattern, replacement in edits:
        text, count = pattern.subn(replacement, text)
        if not count:
            raise ExtensionError(f"{page.name}: the theme no longer has {pattern.pattern!r}")
    for mark, script in ONLY_WITH.items():
        if mark not in text:
            text = script.sub("", text)
    text = FOLDED.sub("<summary>", text)
    page.write_text(ICON.sub(draw, text), encoding="utf-8")


def silence(script: Path) -> None:
    """Errors and warnings still reach the console."""
    text = script.read_text(encoding="utf-8")
    script.write_text(TALK.sub("void (() => {})(", text), encoding="utf-8")


def replace(script: Path, old: str, new: str) -> None:
    text = script.read_text(encoding="utf-8")
    if old not in text:
        raise ExtensionError(f"{script.name}: the theme no longer has {old!r}")
    script.write_text(text.replace(old, new), encoding="utf-8")


def finish(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    script = out / ICONS_SCRIPT
    draw = drawer(icons(script.read_text(encoding="utf-8")))
    for page in sorted(out.rglob("*.html")):
        if page.is_relative_to(out / "_static") or page == out / "index.html":
            continue
        special = FOR_SEARCH if page.name == "search.html" else NOT_FOR_SEARCH
        edit(page, EDITS + special, draw)
    for name in TALKATIVE:
        silence(out / name)
    replace(out / "_static/documentation_options.js", *SUMMARIES)
    first = f"{app.config.root_doc}.html"
    redirect = REDIRECT.format(page=first, title=app.config.html_title)
    (out / "index.html").write_text(redirect, encoding="utf-8")
    for unused in [script, *out.glob("_static/scripts/*.map"), *out.glob("_static/**/*.js.map")]:
        unused.unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, bool]:
    # After the table of contents has written its own index.html.
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
