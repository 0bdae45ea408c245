"""Compiles the modules of Python's library that a page's first cell loads. Run by `compiled.mjs`.

More than half of the seconds until a first result are the compiler's. The whole library, compiled,
would be a megabyte more to load; so what few cells ask for stays as it is.
"""

import sys
import zipfile
from importlib import _bootstrap_external as external

sys.path.insert(0, "/lib/site")
sys.dont_write_bytecode = True

import lomodel_page  # noqa: E402

lomodel_page.start(lambda kind, data: None, lambda name: None)

import lomodel.desk  # noqa: E402
import lomodel.explore  # noqa: E402
import lomodel.figures  # noqa: E402, F401

EPOCH = (2026, 1, 1, 0, 0, 0)


def loaded() -> set[str]:
    """The paths in the library's archive of what has been imported."""
    files = (getattr(module, "__file__", None) or "" for module in sys.modules.values())
    return {file.partition(".zip/")[2] for file in files if ".zip/" in file}


def compiled(name: str, source: bytes) -> bytes:
    """A module as Python would keep it, without its docstrings: nobody's time is compared."""
    code = compile(source, f"/lib/{name}", "exec", dont_inherit=True, optimize=2)
    return bytes(external._code_to_hash_pyc(code, bytes(8), checked=False))


wanted = loaded()
with zipfile.ZipFile("/library.zip") as given, zipfile.ZipFile("/out.zip", "w") as made:
    for name in given.namelist():
        data = given.read(name)
        if name in wanted:
            name, data = f"{name}c", compiled(name, data)
        made.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED, 9)
