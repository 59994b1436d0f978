"""Calls of services, seen by servers on loopback; time passes only where a test says so."""

from __future__ import annotations

import http.client
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from attest.edge.kept import Connections
from attest.edge.services import Patience, ServiceCalls
from attest.errors import LimitError, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Handle = "Callable[[BaseHTTPRequestHandler], None]"


@contextmanager
def server(*handlers: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[tuple[str, list[bytes]]]:
    """A server whose requests are answered by one handler after the other, the last for all that follow."""
    bodies: list[bytes] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Stay silent."""

        def do_POST(self) -> None:
            with lock:
                bodies.append(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
                handle = handlers[min(len(bodies), len(handlers)) - 1]
            handle(self)

        def do_GET(self) -> None:
            self.do_POST()

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{httpd.server_address[1]}/x", bodies
    finally:
        httpd.shutdown()
        httpd.server_close()


def answer(status: int, body: bytes = b"ok", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return handle


def cut(request: BaseHTTPRequestHandler) -> None:
    """The connection ends in the middle of the answer."""
    answer(200, b"ok", Content_Length="10")(request)
    request.close_connection = True


class World:
    """Time, and how long was waited for."""

    def __init__(self, patience: Patience | None = None) -> None:
        self.time = 0.0
        self.pauses: list[float] = []
        self.calls = ServiceCalls(
            connections=Connections(),
            patience=patience or Patience(),
            sleep=self.sleep,
            clock=lambda: self.time,
            now=lambda: NOW,
            spread=lambda: 0.5,
        )

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds

    def post(self, url: str, limit: int = 100) -> tuple[int, bytes, bool]:
        found = self.calls.post(url, b"asked", {"Content-Type": "a/b"}, limit)
        return found.status, found.body, found.repeated


def test_an_answer() -> None:
    world = World()
    with server(answer(201, b"made", X_Log_Index="7")) as (url, bodies):
        found = world.calls.post(url, b"asked", {"Content-Type": "a/b"}, 100)
        assert (found.status, found.body, found.repeated) == (201, b"made", False)
        assert found.headers["x-log-index"] == "7"
        assert world.calls.get(url, 100).body == b"made"
    assert bodies == [b"asked", b""]
    assert world.pauses == []


def test_refusals_are_answers() -> None:
    for status in (400, 401, 404, 409, 501):
        world = World()
        with server(answer(status)) as (url, bodies):
            assert world.post(url) == (status, b"ok", False)
        assert len(bodies) == 1


@pytest.mark.parametrize(
    ("handlers", "pauses", "repeated"),
    [
        ([answer(500), answer(502)], [0.5, 1.0], True),
        ([answer(429), answer(429), answer(429)], [0.5, 1.0, 2.0], False),
        ([answer(429, Retry_After="7")], [7], False),
        ([answer(429, Retry_After="7000")], [30], False),
        ([answer(503, Retry_After="Thu, 01 Jan 2026 00:00:09 GMT")], [9], True),
        ([answer(503, Retry_After="Thu, 01 Jan 2015 00:00:09 GMT")], [0.5], True),
        ([answer(429, Retry_After="soon")], [0.5], False),
        ([cut], [0.5], True),
    ],
)
def test_what_is_tried_again(
    handlers: list[Callable[[BaseHTTPRequestHandler], None]], pauses: list[float], repeated: bool
) -> None:
    world = World()
    with server(*handlers, answer(200, b"good")) as (url, bodies):
        assert world.post(url) == (200, b"good", repeated)
    assert world.pauses == pauses
    assert set(bodies) == {b"asked"}


def test_a_service_that_goes_on_failing() -> None:
    world = World()
    with server(answer(500, b"out of\norder")) as (url, bodies):
        with pytest.raises(ServiceError, match=r"127\.0\.0\.1:\d+ answered 500: out of order$") as caught:
            world.post(url)
        assert len(bodies) == Patience().attempts
    assert caught.value.hint
    assert sum(world.pauses) < Patience().altogether


def test_no_attempt_begins_after_the_deadline() -> None:
    world = World(Patience(altogether=40, longest=100))
    with server(answer(429, Retry_After="30")) as (url, bodies):
        with pytest.raises(ServiceError, match="answered 429"):
            world.post(url)
        assert len(bodies) == 2


def test_a_server_that_says_nothing() -> None:
    world = World(Patience(silence=0.1, attempts=2))
    done = threading.Event()

    def wait(_: BaseHTTPRequestHandler) -> None:
        done.wait(5)

    with server(wait) as (url, bodies):
        with pytest.raises(ServiceError, match=r"cannot reach 127\.0\.0\.1:\d+ \(TimeoutError\)"):
            world.post(url)
        done.set()
        assert len(bodies) == 2


def test_a_server_that_drips() -> None:
    world = World(Patience(attempt=1, attempts=1))

    def drip(request: BaseHTTPRequestHandler) -> None:
        world.time += 2
        answer(200)(request)

    with server(drip) as (url, _), pytest.raises(ServiceError, match=r"\(TimeoutError\)"):
        world.post(url)


def test_nobody_there() -> None:
    world = World(Patience(attempts=2))
    with pytest.raises(ServiceError, match=r"cannot reach localhost:9 \(ConnectionRefusedError\)"):
        world.post("http://localhost:9/x")


def test_no_redirect_is_followed() -> None:
    world = World()
    with server(answer(307, Location="http://elsewhere.example/")) as (url, bodies):
        with pytest.raises(ServiceError, match=r"redirects to 'http://elsewhere\.example/', which is not"):
            world.post(url)
        assert len(bodies) == 1


def test_no_more_than_the_limit_is_read() -> None:
    with server(answer(200, b"x" * 101)) as (url, _), pytest.raises(LimitError, match="more than 100 bytes"):
        World().post(url)


def test_a_connection_is_used_again_and_what_was_sent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that closes a kept connection may have done what was asked."""
    world = World()

    def last(request: BaseHTTPRequestHandler) -> None:
        answer(200)(request)
        request.close_connection = True

    def closed(request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True

    made = 0
    before = http.client.HTTPConnection.connect

    def connect(self: http.client.HTTPConnection) -> None:
        nonlocal made
        made += 1
        before(self)

    monkeypatch.setattr(http.client.HTTPConnection, "connect", connect)
    with server(answer(200), answer(200), closed, answer(200)) as (url, _):
        assert world.post(url) == (200, b"ok", False)
        assert world.post(url) == (200, b"ok", False)
        assert made == 1
        assert world.post(url) == (200, b"ok", True)
        assert made == 2


def test_proxies_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(answer(200, b"by the proxy")) as (url, _):
        monkeypatch.setenv("http_proxy", url.removesuffix("/x"))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert World().post("http://somewhere.example/x") == (200, b"by the proxy", False)


def test_a_certificate_that_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()

    def fail(*_: object) -> None:
        error = ssl.SSLCertVerificationError("no")
        error.verify_message = "self-signed certificate"
        raise error

    monkeypatch.setattr(Connections, "open", fail)
    with pytest.raises(
        ServiceError, match="its certificate is not trusted: self-signed certificate"
    ) as caught:
        world.post("https://localhost/x")
    assert "SSL_CERT_FILE" in (caught.value.hint or "")
    assert world.pauses == []


def test_authorities_of_the_environment(tmp_path: Path) -> None:
    absent = str(tmp_path / "absent.pem")
    with pytest.raises(ServiceError, match=r"cannot read the certificates of authorities in .*absent\.pem"):
        ServiceCalls.of({"REQUESTS_CA_BUNDLE": absent})
    assert ServiceCalls.of({}).patience == Patience()


def test_failures_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("Tunnel connection failed: 407")

    monkeypatch.setattr(Connections, "open", fail)
    with pytest.raises(ServiceError, match=r"cannot reach localhost \(Tunnel connection failed: 407\)"):
        World(Patience(attempts=1)).post("http://localhost/x")
