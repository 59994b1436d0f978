"""Downloads against a server on loopback that misbehaves in every way there is."""

from __future__ import annotations

import base64
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

import pytest

from attest.edge.proxy import ProxyDownloads
from attest.errors import AttestError, LimitError, ServiceError
from attest.model.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attest.edge.files import MappedFile


class Handler(BaseHTTPRequestHandler):
    """Each path is a way to behave; what was asked with which Authorization is kept."""

    asked: ClassVar[list[tuple[str, str, str]]] = []
    other: ClassVar[str] = ""

    def do_GET(self) -> None:
        self.asked.append((self.headers["Host"], self.path, self.headers.get("Authorization", "")))
        name = self.path.strip("/")
        getattr(self, f"go_{name}", lambda: self.answer(int(name)))()

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def go_good(self) -> None:
        self.answer(200, b"content")

    def go_empty(self) -> None:
        self.answer(200)

    def go_away(self) -> None:
        self.answer(302, Location=f"{self.other}/good")

    def go_near(self) -> None:
        self.answer(307, Location="good")

    def go_round(self) -> None:
        self.answer(301, Location="/round")

    def go_file(self) -> None:
        self.answer(302, Location="file:///etc/passwd")

    def go_nowhere(self) -> None:
        self.answer(302)

    def go_short(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"only this")

    def go_endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        with_what = b"x" * 65536
        try:
            while True:
                self.wfile.write(with_what)
        except OSError:
            self.close_connection = True

    def go_slow(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(50):
                self.wfile.write(b"x")
                time.sleep(0.05)
        except OSError:
            self.close_connection = True

    def go_hang(self) -> None:
        time.sleep(1)

    def go_flaky(self) -> None:
        if [path for _, path, _ in self.asked].count("/flaky") < 3:
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"x" * 10)
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self.answer(200, b"content")

    def go_junk(self) -> None:
        self.wfile.write(b"this is no HTTP\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        del format, args


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    thread = threading.Thread(target=httpd.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    Handler.other = f"http://localhost:{httpd.server_port}"
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    Handler.asked.clear()


def content(file: MappedFile | None) -> bytes | None:
    return None if file is None else bytes(file.data)


def get(url: str, *, limit: int = 1000, downloads: ProxyDownloads | None = None) -> bytes | None:
    with (downloads or ProxyDownloads()).open(url, limit) as file:
        return content(file)


def test_what_is_there_and_what_is_not(server: str) -> None:
    assert get(f"{server}/good") == b"content"
    assert get(f"{server}/empty") == b""
    assert get(f"{server}/404") is None
    assert get(f"{server}/410") is None
    assert get(f"{server}/near") == b"content"
    assert get(f"{server}/away") == b"content"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("500", "answered 500"),
        ("403", "answered 403"),
        ("204", "answered 204"),
        ("round", "redirects more than 10 times"),
        ("nowhere", "redirects more than 10 times"),
        ("file", "redirects to what is no http address"),
        ("short", "ends 91 bytes early"),
        ("junk", "cannot be asked: "),
    ],
)
def test_every_failure_is_one_error(server: str, path: str, said: str) -> None:
    with pytest.raises(ServiceError) as caught:
        get(f"{server.replace('//', '//user:secret@')}/{path}")
    assert said in caught.value.message
    assert caught.value.hint
    assert "secret" not in caught.value.message


def test_a_body_without_end_is_cut_off(server: str) -> None:
    with pytest.raises(LimitError, match="more than the 1000 bytes"):
        get(f"{server}/endless")


def test_a_slow_body_ends_at_the_deadline_and_its_host_is_not_asked_again(server: str) -> None:
    downloads = ProxyDownloads(deadline=0.3)
    for _ in range(2):
        with pytest.raises(ServiceError, match=r"no whole answer within 0\.3 seconds"):
            get(f"{server}/slow", downloads=downloads)
    assert [path for _, path, _ in Handler.asked] == ["/slow"]


def test_a_server_that_says_nothing(server: str) -> None:
    with pytest.raises(ServiceError, match="cannot be asked: timed out"):
        get(f"{server}/hang", downloads=ProxyDownloads(timeout=0.1))


def test_a_connection_that_breaks_is_tried_again(server: str) -> None:
    assert get(f"{server}/flaky", downloads=ProxyDownloads(pauses=(0.01, 0.01))) == b"content"
    Handler.asked.clear()
    with pytest.raises(ServiceError, match="cannot be asked: "):
        get(f"{server}/flaky", downloads=ProxyDownloads(pauses=(0.01,)))
    assert [path for _, path, _ in Handler.asked] == ["/flaky"] * 2


def test_nobody_listens() -> None:
    with pytest.raises(ServiceError, match=r"127\.0\.0\.1:1 cannot be asked: "):
        get("http://127.0.0.1:1/x")


def test_passwords_go_to_their_host_alone(server: str) -> None:
    downloads = ProxyDownloads(passwords={"127.0.0.1": ("u", "p"), "localhost": ("other", "other")})
    get(f"{server}/near", downloads=downloads)
    get(f"{server}/away", downloads=downloads)
    get(f"{server.replace('//', '//me:a%40b@')}/good", downloads=downloads)
    own = f"Basic {base64.b64encode(b'u:p').decode()}"
    named = f"Basic {base64.b64encode(b'me:a@b').decode()}"
    assert [(urlsplit(f"//{host}").hostname, path, sent) for host, path, sent in Handler.asked] == [
        ("127.0.0.1", "/near", own),
        ("127.0.0.1", "/good", own),
        ("127.0.0.1", "/away", own),
        ("localhost", "/good", ""),
        ("127.0.0.1", "/good", named),
    ]


def test_passwords_do_not_travel_in_the_clear() -> None:
    downloads = ProxyDownloads(passwords={"a.b": ("u", "p")})
    assert downloads._password(urlsplit("http://a.b/x")) == ""
    assert downloads._password(urlsplit("http://u:p@a.b/x")) == ""
    assert downloads._password(urlsplit("https://a.b/x")) == f"Basic {base64.b64encode(b'u:p').decode()}"
    assert downloads._password(urlsplit("https://c.d/x")) == ""


def test_an_error_of_the_user_closes_the_download(server: str) -> None:
    def use(url: str) -> None:
        with ProxyDownloads().open(url, 10) as file:
            raise AttestError(f"mine: {content(file)!r}")

    with pytest.raises(AttestError, match="mine: b'content'"):
        use(f"{server}/good")


def test_a_folder_is_a_proxy_too(tmp_path: Path) -> None:
    (tmp_path / "a b.zip").write_bytes(b"zip")
    url = tmp_path.as_uri()
    assert get(f"{url}/a%20b.zip") == b"zip"
    assert get(f"{url}/none.zip") is None
    with pytest.raises(LimitError, match="larger than 2 bytes"):
        get(f"{url}/a%20b.zip", limit=2)
    with pytest.raises(ServiceError, match="is a directory, not a file"):
        get(url)


def test_redirects_are_counted(server: str) -> None:
    with pytest.raises(ServiceError, match="more than 0 times"):
        get(f"{server}/near", downloads=ProxyDownloads(limits=Limits(proxy_redirects=0)))
