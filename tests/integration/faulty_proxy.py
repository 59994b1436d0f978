"""A proxy on loopback in front of Rekor and the timestamp authority, for the faults that they do not have."""

from __future__ import annotations

import http.client
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tests.sigstack.instance import TIMESTAMPS
from tests.sigstack.stack import ENTRIES, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.real_sigstore import RealSigstore

_HEADERS: Final = ("Content-Type", "X-Log-Index", "Retry-After")
_FAILURES: Final = (OSError, http.client.HTTPException)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: clients are killed, and give up."""


class FaultyProxy:
    """`faults` are met by the requests for a path, one by each; `calls` counts the requests for a path.

    `sent` is called with the number of entries that Rekor was sent, before its answer is read. Where it
    `shows` them, checkpoint and tiles come from the folder that Rekor writes, as those of public logs do: the
    server itself answers 501.
    """

    def __init__(self, real: RealSigstore) -> None:
        self.real = real
        self.server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://localhost:{self.server.server_address[1]}"
        self.lock = threading.Lock()
        self.faults: dict[str, list[Fault]] = {}
        self.calls: dict[str, int] = {ENTRIES: 0, TIMESTAMPS: 0}
        self.shows = True
        self.sent: Callable[[int], None] = lambda _: None

    def next_fault(self, path: str) -> Fault | None:
        """The fault that this request meets."""
        with self.lock:
            planned = self.faults.get(path)
            return planned.pop(0) if planned else None

    def forward(self, path: str, body: bytes, kind: str) -> tuple[int, dict[str, str], bytes] | None:
        """What the server behind answers; None where it is gone."""
        behind = urlsplit(self.real.timestamping if path == TIMESTAMPS else self.real.rekor)
        connection = http.client.HTTPConnection(behind.netloc, timeout=60)
        try:
            connection.request("POST", path, body, {"Content-Type": kind} if kind else {})
            with self.lock:
                self.calls[path] += 1
                number = self.calls[path]
            if path == ENTRIES:
                self.sent(number)
            answer = connection.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.title() in _HEADERS}
            return answer.status, headers, answer.read()
        except _FAILURES:
            return None
        finally:
            connection.close()


@contextmanager
def proxied(real: RealSigstore) -> Iterator[FaultyProxy]:
    """The proxy, serving until the end of the block."""
    proxy = FaultyProxy(real)
    threading.Thread(target=proxy.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.server.shutdown()
        proxy.server.server_close()


def _handler(proxy: FaultyProxy) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one way to behave after another
    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Stay silent."""

        def do_GET(self) -> None:
            file = proxy.real.storage / self.path.removeprefix("/api/v2/")
            found = proxy.shows and file.is_file()
            self._send(200 if found else 404, {}, file.read_bytes() if found else b"{}")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            fault = proxy.next_fault(self.path)
            if fault is None:
                self._pass(body)
                return
            if fault.late:
                assert proxy.forward(self.path, body, self.headers.get("Content-Type", ""))
            if fault.status:
                self._send(
                    fault.status, {"Retry-After": fault.retry_after} if fault.retry_after else {}, b"{}"
                )
            else:
                self._cut()

        def _pass(self, body: bytes) -> None:
            answer = proxy.forward(self.path, body, self.headers.get("Content-Type", ""))
            if answer is None:
                self._cut()
            else:
                self._send(*answer)

        def _cut(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def _send(self, status: int, headers: dict[str, str], data: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

    return Handler
