"""Serves the built book on this machine only.

    python tools/serve.py [PORT]

Without a port, or with 0, the system picks a free one.
"""

from __future__ import annotations

import errno
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HTML = Path(__file__).resolve().parent.parent / "_build" / "html"


class Handler(SimpleHTTPRequestHandler):
    """Files as they are now: a rebuilt page must not come from the browser's cache."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def bind(port: int, folder: Path = HTML) -> ThreadingHTTPServer:
    """A server on 127.0.0.1; the program ends with one line where the port cannot be had."""
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=folder))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sys.exit(f"Port {port} is taken: choose another (make serve PORT=8001) or none.")
        if error.errno == errno.EACCES:
            sys.exit(f"Port {port} is not yours to open: choose one above 1023, or none.")
        raise


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
