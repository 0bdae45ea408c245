"""Prints the modules that a page's cells import of one package, one a line.

    python needed.py PACKAGE MODULE...

A mapping of hundreds of languages to their lexers comes with two of them.
"""

import importlib
import sys

package, *modules = sys.argv[1:]
for name in modules:
    importlib.import_module(name)
print("\n".join(sorted(name for name in sys.modules if name.partition(".")[0] == package)))
