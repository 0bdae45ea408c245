"""Packs Python for the reader's page: `make python`.

Pyodide (Python in WebAssembly), the few packages that the book's cells need, and `lomodel` as a
wheel. The steps, each a module:

    fetch    what is not in this repository: npm's Pyodide, pure wheels, our own
    wheels   what a wheel says of itself
    lock     Pyodide's list of packages, from wheels
    ahead    compiles what is loaded at first: `compiled.py`, run by that Python in node
    build    packs all that a page loads into `_build/python/`; `python.json` there names it
    inputs   what a build was made from, and whether that is still so
    lite     JupyterLite, with the same Pyodide
    needs    which cells of a notebook must run before another

`versions.toml` has all versions and hashes. `site/` is what stands in for packages that a page has
not got, and `lomodel_page.py`, which runs the cells. `assets/run.js` is the page's side,
`assets/python_worker.mjs` the worker's.

**Why not PyScript's editor** (npm's `@pyscript/core` 0.7.31 was measured, not built in). It
loads 201 KB over gzip beside Pyodide: 48 for its core, 3 for the editor, 150 for CodeMirror;
its core names a public host for what it is not told to find elsewhere. It knows no cells that
need others, no output by type of content, which is what the book's cells give. What its worker
offers beyond ours (`input`, the DOM from Python, an interrupt) rests on SharedArrayBuffer: on
headers that a static host may not let one set, or a service worker that adds them. A text area
over the printed code, a tokenizer of six lines and a small worker do what the pages need in 7
KB over gzip.
"""
