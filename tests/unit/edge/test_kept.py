"""Connections that stay open, seen by a server on loopback that counts them."""

from __future__ import annotations

import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest

from attest.edge.proxy import ProxyDownloads
from attest.errors import LimitError, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Handler(BaseHTTPRequestHandler):
    """Each path is a way to behave; every request is kept with the port that it came from."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[tuple[int, str, str]]] = []
    together: ClassVar[threading.Barrier] = threading.Barrier(12)

    def do_GET(self) -> None:
        self._note()
        name = self.path.rpartition("/")[2]
        if name == "missing":
            self._answer(404, b"not here")
        elif name == "long-missing":
            self._answer(404, b"x" * 100_000)
        elif name == "away":
            self._answer(302, b"there", Location="good")
        elif name == "chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"7\r\ncontent\r\n0\r\n\r\n")
        elif name == "last":
            self._answer(200, b"content")
            self.close_connection = True  # without saying so
        elif name == "closing":
            self._answer(200, b"content", Connection="close")
        elif name == "together":
            self.together.wait(10)
            self._answer(200, b"content")
        else:
            self._answer(200, b"large" * 1_000_000 if name == "large" else b"content")

    def do_CONNECT(self) -> None:
        self._note()
        self._answer(403, b"no")

    def _note(self) -> None:
        login = self.headers.get("Proxy-Authorization", "")
        self.asked.append((self.client_address[1], self.path, login))

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        del format, args


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    thread = threading.Thread(target=httpd.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("no_proxy", raising=False)
    Handler.asked.clear()


def get(downloads: ProxyDownloads, url: str, limit: int = 1000) -> bytes | None:
    with downloads.open(url, limit) as file:
        return None if file is None else bytes(file.data)


def ports() -> int:
    return len({port for port, _, _ in Handler.asked})


def test_one_connection_serves_all_that_is_asked_one_after_another(server: str) -> None:
    downloads = ProxyDownloads()
    for path in ("good", "missing", "chunked", "away", "good"):
        expected = None if path == "missing" else b"content"
        assert get(downloads, f"{server}/{path}") == expected
    assert len(Handler.asked) == 6
    assert ports() == 1


@pytest.mark.parametrize(
    ("path", "why"),
    [("last", "the server closed it"), ("closing", "it says so"), ("long-missing", "not all was read")],
)
def test_a_connection_that_cannot_be_used_again_is_replaced(server: str, path: str, why: str) -> None:
    downloads = ProxyDownloads(pauses=())
    get(downloads, f"{server}/{path}")
    assert get(downloads, f"{server}/good") == b"content", why
    assert ports() == 2


def test_what_was_not_read_is_never_taken_for_the_next_answer(server: str) -> None:
    downloads = ProxyDownloads()
    with pytest.raises(LimitError, match="more than the 10 bytes"):
        get(downloads, f"{server}/large", limit=10)
    assert get(downloads, f"{server}/good") == b"content"
    assert ports() == 2


def test_few_are_kept(server: str) -> None:
    downloads = ProxyDownloads()
    with ThreadPoolExecutor(12) as pool:
        for found in pool.map(lambda _: get(downloads, f"{server}/together"), range(12)):
            assert found == b"content"
    assert ports() == 12
    assert downloads._kept is not None
    assert len(downloads._kept._idle) == 8


def test_a_connection_of_another_process_is_left_alone(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    downloads = ProxyDownloads()
    get(downloads, f"{server}/good")
    monkeypatch.setattr("os.getpid", lambda: 1)
    get(downloads, f"{server}/good")
    assert ports() == 2


def test_the_proxy_of_the_environment_is_asked(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    login = f"Basic {b64encode(b'u:p').decode()}"
    for scheme in ("http", "https"):
        monkeypatch.setenv(f"{scheme}_proxy", server.replace("//", "//u:p@"))
    monkeypatch.delenv("NO_PROXY")
    downloads = ProxyDownloads(pauses=())
    for _ in range(2):
        assert get(downloads, "http://a.b/good") == b"content"
    with pytest.raises(ServiceError, match="Tunnel connection failed: 403"):
        get(downloads, "https://a.b/good")
    plain = ("http://a.b/good", login)
    assert [asked[1:] for asked in Handler.asked] == [plain, plain, ("a.b:443", login)]
    assert ports() == 2


def test_what_is_not_used_any_more_is_closed(server: str) -> None:
    downloads = ProxyDownloads()
    get(downloads, f"{server}/good")
    kept = downloads._kept
    assert kept is not None
    del downloads
    assert kept._idle == []
