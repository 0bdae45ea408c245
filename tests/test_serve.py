"""What `make serve` sends.

Seen red: no content type for .whl, for .ipynb; nothing compressed; a page kept for ever; a missing
file kept for ever; a page sent anew that the browser has.
"""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Iterator

import pytest
from support.served import served

from tools import serve

PAGE = b"<!DOCTYPE html>" + b"a page " * 1000
FILES = {
    "page.html": ("text/html", True),
    "code.mjs": ("text/javascript", True),
    "code-0123456789ab.wasm": ("application/wasm", True),
    "chapter.ipynb": ("application/json", True),
    "model.whl": ("application/zip", False),
    "library-0123456789ab.zip.gz": ("application/gzip", False),
}
KEPT = (
    "/_static/book.492ddcd0d6df.css",
    "/_static/kernel-0123456789ab/6.12/state.zst",
    "/lite/build/1.a8fa7b2.js",
    "/lite/extensions/anywidget/static/remoteEntry.698dcaf7.js?v=1",
)
ASKED_FOR = (
    "/chapters/that.defaced.html",
    "/a-defaced/page.html",
    "/lite/build/third-party-licenses.json",
    "/lite/extensions/lomodel/static/extension.js",
    "/lite/pygments-2.21.0-py3-none-any.whl",
)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("served")
    for name in FILES:
        (folder / name).write_bytes(PAGE)
    with served(folder) as address:
        yield int(address.rpartition(":")[2])


def get(port: int, name: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", f"/{name}", headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


@pytest.mark.parametrize("name", FILES)
def test_each_file_has_its_type_and_is_sent_small(port: int, name: str) -> None:
    kind, smaller = FILES[name]
    answer, body = get(port, name, **{"Accept-Encoding": "gzip"})
    assert answer.status == 200 and answer.getheader("Content-Type").startswith(kind)
    assert (answer.getheader("Content-Encoding") == "gzip") is smaller
    assert (gzip.decompress(body) if smaller else body) == PAGE
    assert int(answer.getheader("Content-Length")) == len(body)
    for_ever = "immutable" in answer.getheader("Cache-Control")
    assert for_ever is ("0123456789ab" in name)


def test_who_asks_for_no_compression_gets_none(port: int) -> None:
    answer, body = get(port, "page.html")
    assert answer.getheader("Content-Encoding") is None and body == PAGE


def test_what_the_browser_has_is_not_sent_again(port: int) -> None:
    first, _ = get(port, "page.html", **{"Accept-Encoding": "gzip"})
    known = {"Accept-Encoding": "gzip", "If-Modified-Since": first.getheader("Last-Modified")}
    again, body = get(port, "page.html", **known)
    assert (again.status, body) == (304, b"")


def test_what_is_not_there_is_not_kept(port: int) -> None:
    answer, _ = get(port, "gone-0123456789ab.wasm", **{"Accept-Encoding": "gzip"})
    assert answer.status == 404 and answer.getheader("Cache-Control") == "no-cache"


def test_what_a_hash_is() -> None:
    """Red with eight digits at least: JupyterLite's have seven; with words taken for hashes."""
    assert all(serve.HASHED.search(path) for path in KEPT)
    assert not any(serve.HASHED.search(path) for path in ASKED_FOR)
