"""Serves the built book on this machine only.

    python tools/serve.py [PORT]

Without a port, or with 0, the system picks a free one. What is worth it is sent over gzip.
"""

from __future__ import annotations

import errno
import gzip
import io
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

HTML = Path(__file__).resolve().parent.parent / "_build" / "html"


HASHED = re.compile(r"[-.](?=[a-f]*[0-9])[0-9a-f]{7,}[./]")
"""A name with its content's hash in it: what it names never changes. JupyterLite's have 7 digits;
without one from 0 to 9 among them it is a word."""

FOR_EVER = "public, max-age=31536000, immutable"
TYPES = {
    ".gz": "application/gzip",
    ".ipynb": "application/json",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".whl": "application/zip",
    ".woff2": "font/woff2",
    ".zip": "application/zip",
}
SMALLER = {".css", ".html", ".ipynb", ".js", ".json", ".mjs", ".svg", ".txt", ".wasm", ".xml"}
"""What is worth compressing; archives and fonts are compressed as they are."""


@lru_cache(maxsize=256)
def compressed(path: Path, changed: float) -> bytes:
    """A file over gzip; it is done once for each state of the file."""
    return gzip.compress(path.read_bytes(), 6, mtime=0)


class Handler(SimpleHTTPRequestHandler):
    """Files as they are now: a rebuilt page must not come from the browser's cache."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **TYPES}
    status = 0

    def send_response(self, code: int, message: str | None = None) -> None:
        self.status = int(code)
        super().send_response(code, message)

    def end_headers(self) -> None:
        kept = self.status in (200, 304) and HASHED.search(self.path)
        self.send_header("Cache-Control", FOR_EVER if kept else "no-cache")
        super().end_headers()

    def send_head(self) -> BinaryIO | None:
        """The answer's head, and its body over gzip where that is smaller and wanted."""
        path = Path(self.translate_path(self.path))
        asked = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (asked and path.suffix in SMALLER and path.is_file()):
            return super().send_head()
        changed = path.stat().st_mtime
        when = self.date_time_string(int(changed))
        if self.headers.get("If-Modified-Since") == when:
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.end_headers()
            return None
        data = compressed(path, changed)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Last-Modified", when)
        self.send_header("Vary", "Accept-Encoding")
        self.end_headers()
        return io.BytesIO(data)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def bind(
    port: int, folder: Path = HTML, handler: Callable[..., Handler] = Handler
) -> ThreadingHTTPServer:
    """A server on 127.0.0.1; the program ends with one line where the port cannot be had."""
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(handler, directory=folder))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sys.exit(f"Port {port} is taken: choose another (make serve PORT=8001) or none.")
        if error.errno == errno.EACCES:
            sys.exit(f"Port {port} is not yours to open: choose one above 1023, or none.")
        raise


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[str]:
    """The server's address, without the last slash, as long as the context lasts."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def port_number(word: str) -> int:
    """The number, or one line on what is wrong with it."""
    if not word.isdecimal() or int(word) > 65535:
        sys.exit(f"{word!r} is no port: give a number from 1 to 65535, or none for a free one.")
    return int(word)


def main(arguments: list[str]) -> None:
    if not (HTML / "index.html").is_file():
        sys.exit("There is no built book yet: run make book.")
    server = bind(port_number(arguments[0]) if arguments and arguments[0] else 0)
    print(f"http://127.0.0.1:{server.server_address[1]}/   (Ctrl-C ends it)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main(sys.argv[1:])
