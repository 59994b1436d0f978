"""A checksum database, or a proxy that passes it on, over HTTP on loopback; it serves what it is told to."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class LogServer:
    """`files` by path (404 for others), `statuses` that are answered instead, and what was asked."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[str, tuple[int, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)

    def serve(self, prefix: str, files: dict[str, bytes]) -> None:
        """Serve these files below `prefix` and nothing else."""
        self.files = {f"{prefix}/{name}": data for name, data in files.items()}
        self.asked.clear()


@contextmanager
def running() -> Iterator[LogServer]:
    """A server for as long as the context lasts."""
    log = LogServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = unquote(self.path)
            log.asked.append(path)
            log.passwords.append(self.headers.get("Authorization", ""))
            status, location = log.statuses.get(path, (200 if path in log.files else 404, ""))
            body = log.files.get(path, b"") if status == 200 else b""
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            del format, args

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    log.url = f"http://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield log
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()
