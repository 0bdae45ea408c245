"""An executable model of the Linux loopback device."""

import sys

if sys.platform == "emscripten":  # Python in a web page
    from lomodel.as_linux import settle

    settle()
