"""Packs Python for the reader's page: `make python`.

Pyodide (Python in WebAssembly), the few packages that the book's cells need, and `lomodel` as a
wheel. The steps, each a module:

    fetch    what is not in this repository: npm's Pyodide, pure wheels, our own
    wheels   what a wheel says of itself
    lock     Pyodide's list of packages, from wheels

`versions.toml` has all versions and hashes.
"""
