"""A book of one page with panels of source, built with the project's extensions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from nbformat import v4, write

from lomodel import kernel_tree
from lomodel.explore import source
from lomodel.source_lines import QUOTED, permalink

ROOT = Path(__file__).resolve().parent.parent.parent
MARKS = [("return", "return"), (1, 2)]

CONF = """
import sys
sys.path.insert(0, {tools!r})
extensions = ["myst_nb", "sphinx_source", "lomodel.explore.page_assets"]
html_theme = "sphinx_book_theme"
html_context = {{"default_mode": "auto"}}
html_theme_options = {options!r}
html_static_path = [{assets!r}]
html_css_files = ["book.css"]
nb_execution_mode = "off"
nb_ipywidgets_js = {{}}
nb_mime_priority_overrides = [["html", "text/html", 5]]
root_doc = "index"
"""


def outputs(marks: list[tuple[str | int, str | int]] = MARKS) -> list[dict[str, str]]:
    """What three cells store: one panel, two panels, and a link that leads to the first."""
    shown = [source("net_gso_ok", marks=marks), source("loopback_xmit", "netif_keep_dst")]
    bundles = [each._repr_mimebundle_() for each in shown]
    links = [link(name, f"<code>{name}</code>") for name in ("net_gso_ok", "netif_rx")]
    return [*bundles, {"text/html": f"<p>{' '.join(links)}</p>", "text/plain": "links"}]


def link(symbol: str, html: str) -> str:
    """A link as a figure's boxes have it (``graph.Dress``)."""
    return f'<a data-source="{symbol}" href="{permalink(symbol)}">{html}</a>'


def write_notebook(path: Path, stored: list[dict[str, str]]) -> None:
    """A notebook with these outputs, as the project stores them."""
    keep = ("text/html", "text/plain")
    cells = [v4.new_markdown_cell("# Source")]
    for number, bundle in enumerate(stored):
        data = {mime: bundle[mime] for mime in keep}
        output = v4.new_output("execute_result", data=data)
        cells.append(v4.new_code_cell("...", id=f"cell-{number}", outputs=[output]))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    language = {"name": "python", "pygments_lexer": "ipython3"}
    metadata = {"kernelspec": kernel, "language_info": language}
    write(v4.new_notebook(cells=cells, metadata=metadata), path)


def build(
    folder: Path,
    tree: Path | None,
    options: dict[str, str] | None = None,
    stored: list[dict[str, str]] | None = None,
) -> subprocess.CompletedProcess[str]:
    """The page as ``folder/html/chapters/page.html``; ``tree`` is the kernel's, None for none."""
    pages = folder / "pages"
    (pages / "chapters").mkdir(parents=True, exist_ok=True)
    (pages / "index.md").write_text("# Book\n\n```{toctree}\nchapters/page\n```\n")
    write_notebook(pages / "chapters/page.ipynb", stored or outputs())
    tools, assets = str(ROOT / "tools"), str(ROOT / "assets")
    conf = CONF.format(tools=tools, assets=assets, options=options or {})
    (pages / "conf.py").write_text(conf)
    where = {kernel_tree.variable(QUOTED): str(tree or folder / "nowhere")}
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-q", "-W", pages, folder / "html"]
    return subprocess.run(
        list(map(str, command)), env=os.environ | where, capture_output=True, text=True
    )
