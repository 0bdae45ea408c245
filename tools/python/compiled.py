"""Compiles what Python loads before a first result. Run by `in_pyodide.mjs`, in that Python.

More than half of the seconds until a first result are the compiler's. Everything compiled would be
some megabytes more to load; so what is not loaded at first stays as it is.

`/given/plan.json` says what is loaded at first (`imports`), which archives have it beside Python's
own (`archives`), which ones to compile (`compile`), whether without docstrings (`bare`), which
packages keep their source as well (`keep`), and what is left out where it is not loaded (`drop`:
parts of paths).
"""

import json
import sys
import zipfile
from importlib import _bootstrap_external as external
from importlib import import_module
from pathlib import Path

GIVEN = Path("/given")
SITE = "/lib/site"
EPOCH = (2026, 1, 1, 0, 0, 0)


def load(plan):
    """Import what is loaded at first."""
    for archive in plan["archives"]:
        with zipfile.ZipFile(GIVEN / archive) as whole:
            whole.extractall(SITE)
    sys.path.insert(0, SITE)
    sys.dont_write_bytecode = True
    for name in plan["imports"]:
        import_module(name)


def loaded():
    """The files of what has been imported, as their archives name them."""
    files = (getattr(module, "__file__", None) or "" for module in list(sys.modules.values()))
    return {file.rpartition(".zip/")[2].removeprefix(f"{SITE}/") for file in files}


def compiled(name, source, bare):
    """A module as Python keeps it; nobody compares it with its source."""
    code = compile(source, f"/lib/{name}", "exec", dont_inherit=True, optimize=2 if bare else 0)
    return bytes(external._code_to_hash_pyc(code, bytes(8), checked=False))


def rewrite(path, wanted, plan):
    """An archive anew, with the wanted modules compiled."""
    with zipfile.ZipFile(path) as given:
        files = {name: given.read(name) for name in given.namelist()}
    made = {}
    for name, data in files.items():
        if name not in wanted:
            if not any(part in name for part in plan["drop"]):
                made[name] = data
        elif name.partition("/")[0] in plan["keep"]:
            folder, _, base = name.rpartition("/")
            kept = f"{folder}/__pycache__/{base[:-3]}.{sys.implementation.cache_tag}.pyc"
            made |= {name: data, kept: compiled(name, data, False)}
        else:
            made[f"{name}c"] = compiled(name, data, plan["bare"])
    with zipfile.ZipFile(path, "w") as new:
        for name, data in made.items():
            new.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED, 9)


plan = json.loads((GIVEN / "plan.json").read_text())
load(plan)
wanted = loaded()
for archive in plan["compile"]:
    rewrite(GIVEN / archive, wanted, plan)
