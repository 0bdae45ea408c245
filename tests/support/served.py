"""A folder over http, on this machine, as `make serve` serves it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import serve


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder's address, without the last slash, as long as the context lasts."""
    server = serve.bind(0, folder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
