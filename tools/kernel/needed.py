"""Prints the modules that the guest imports, one a line: run by the Python that the guest has.

    python3.11 -IS needed.py GUEST_PY FOLDER...     (FOLDER: where lomodel and pyroute2 are)

Only the imports at the top of `guest.py` are executed; what they import, and what that imports, is
what the guest needs.
"""

import ast
import sys

program, *folders = sys.argv[1:]
sys.path[:0] = folders
with open(program) as source:
    tree = ast.parse(source.read())
imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
exec(compile(ast.Module(imports, []), program, "exec"))
print("\n".join(sorted(sys.modules)))
