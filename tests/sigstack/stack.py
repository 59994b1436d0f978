"""The four services behind one loopback HTTP server, and the faults that a test wants of them."""

from __future__ import annotations

import json
import socket
import threading
import time
from base64 import b64decode
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.sigstack.authority import spki
from tests.sigstack.instance import EMAIL_CLAIMS, GITHUB_CLAIMS, TIMESTAMPS, WORKFLOW, Instance
from tests.sigstack.log import text
from tests.sigstack.old_log import OldLog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "CERTIFICATES",
    "EMAIL_CLAIMS",
    "ENTRIES",
    "GITHUB_CLAIMS",
    "OLD_ENTRIES",
    "TIMESTAMPS",
    "WORKFLOW",
    "Sigstack",
]

CERTIFICATES: Final = "/api/v2/signingCert"
ENTRIES: Final = "/api/v2/log/entries"
OLD_ENTRIES: Final = "/api/v1/log/entries"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What one request meets: an answer with this status, or (0) a connection that is cut.

    `late` does what was asked before that. `seconds` pass before any of it.
    """

    status: int = 0
    retry_after: str = ""
    late: bool = False
    seconds: float = 0


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: clients are killed, and give up."""


class Sigstack(Instance):
    """All services; `failing` and `hanging` hold the paths of those that answer 500, or not at all.

    `faults` are met by the requests for a path, one by each. `interval` is what the log waits for before it
    answers, `version` that of the log. It `deduplicates` entries and `shows` its tiles, as Rekor 2 does.
    """

    def __init__(self) -> None:
        self.server = _Server(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.server.socket.listen(256)
        self.url = url = f"http://localhost:{self.server.server_address[1]}"
        super().__init__(fulcio=url, rekor=url, ct=url, timestamping=url, issuers=f"{url}/oidc")
        self.old_log = OldLog("localhost")
        self.failing: set[str] = set()
        self.faults: dict[str, list[Fault]] = {}
        self.interval = 0.0
        self.version = 2
        self.deduplicates = True
        self.shows = True
        self.hanging: set[str] = set()
        self.released = threading.Event()
        self.calls: list[str] = []
        self.issuer = self.issuers
        # Rekor's own entry 0 is never a client's: the first index would be left out of its JSON.
        self.log.add({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {}})

    def healthy(self) -> None:
        """What is so as long as no test wants something else."""
        self.interval = 0.0
        self.version = 2
        self.deduplicates = True
        self.shows = True
        self.old_log.offset = 0
        self.faults.clear()

    def fault(self, path: str) -> Fault | None:
        """The fault that the next request for a path meets."""
        with self.log.lock:
            planned = self.faults.get(path)
            return planned.pop(0) if planned else None

    def trusted_root(self, **windows: dict[str, str]) -> dict[str, Any]:
        root = super().trusted_root(**windows)
        (log,) = root["tlogs"]
        key = {
            "rawBytes": text(spki(self.old_log.key.public_key())),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": log["publicKey"]["validFor"],
        }
        root["tlogs"].append({**log, "publicKey": key, "logId": {"keyId": text(self.old_log.id)}})
        return root

    def signing_config(self) -> dict[str, Any]:
        config = super().signing_config()
        config["rekorTlogUrls"][0]["majorApiVersion"] = self.version
        return config

    def reset(self) -> None:
        """Make every service healthy again."""
        self.healthy()
        self.failing.clear()
        self.hanging.clear()
        self.timestamps.offset = timedelta()
        self.authority.backdated = timedelta()
        self.authority.sct_key = None
        self.calls.clear()

    def serve(self) -> Iterator[Sigstack]:
        thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        thread.start()
        try:
            yield self
        finally:
            self.released.set()
            self.server.shutdown()
            self.server.server_close()

    def issuer_of(self, claims: Mapping[str, str]) -> str:  # noqa: ARG002 - one for all of them
        return self.issuer

    def certify(self, request: dict[str, Any], authorization: str) -> dict[str, Any]:
        """Fulcio's CreateSigningCertificate: token and signing request in, chain out."""
        claims = jwt.decode(
            authorization.removeprefix("Bearer "),
            self.token_key.public_key(),
            algorithms=["RS256"],
            audience="sigstore",
            issuer=self.issuer,
        )
        csr = x509.load_pem_x509_csr(b64decode(request["certificateSigningRequest"]))
        assert csr.is_signature_valid
        leaf = self.authority.issue(csr.public_key(), claims)
        chain = (leaf, self.authority.certificate, self.authority.root)
        return {
            "signedCertificateEmbeddedSct": {
                "chain": {"certificates": [each.public_bytes(Encoding.PEM).decode() for each in chain]}
            }
        }


def _handler(stack: Sigstack) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one way to behave after another
    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Stay silent."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            stack.calls.append(self.path)
            fault = stack.fault(self.path)
            if fault:
                time.sleep(fault.seconds)
                if fault.late:
                    self._serve(body, silent=True)
                if fault.status:
                    headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
                    self._send(fault.status, {"code": 13, "message": "a fault"}, headers)
                    return
                if not fault.seconds:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
            if self.path in stack.hanging:
                stack.released.wait(30)
                self.close_connection = True
                return
            if self.path in stack.failing:
                self._send(500, {"code": 13, "message": "out of order"})
                return
            self._serve(body)

        def do_GET(self) -> None:
            if self.path.startswith(OLD_ENTRIES):
                uuid = self.path.rpartition("/")[2]
                self._send(200, {uuid: stack.old_log.entry(uuid)})
                return
            found = stack.log.resource(self.path.removeprefix("/api/v2/")) if stack.shows else None
            if found is None:
                self._send(501 if not stack.shows else 404, {"code": 5, "message": "not found"})
            else:
                self._send(200, found)

        def _serve(self, body: bytes, *, silent: bool = False) -> None:
            def answer(status: int, content: dict[str, Any] | bytes, **headers: str) -> None:
                if not silent:
                    self._send(status, content, headers)

            try:
                match self.path:
                    case "/api/v2/signingCert":
                        authorization = self.headers["Authorization"]
                        answer(201, stack.certify(json.loads(body), authorization))
                    case "/api/v2/log/entries":
                        request = json.loads(body)
                        known = stack.log.find(request) if stack.deduplicates else None
                        if known is not None:
                            answer(409, {"code": 6}, **{"X-Log-Index": str(known)})
                            return
                        made = stack.log.create(request)
                        time.sleep(stack.interval)
                        answer(201, made)
                    case "/api/v1/log/entries":
                        uuid, entry = stack.old_log.create(json.loads(body))
                        if entry is None:
                            answer(409, {"code": 409}, Location=f"{OLD_ENTRIES}/{uuid}")
                        else:
                            answer(201, {uuid: entry})
                    case "/api/v1/timestamp":
                        answer(200, stack.timestamps.answer(body))
                    case _:
                        answer(404, {"code": 5, "message": "not found"})
            except Exception as error:  # noqa: BLE001 - a service answers, whatever it was asked
                answer(400, {"code": 3, "message": f"{type(error).__name__}: {error}"})

        def _send(
            self, status: int, answer: dict[str, Any] | bytes, headers: Mapping[str, str] | None = None
        ) -> None:
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            kind = "application/timestamp-reply" if isinstance(answer, bytes) else "application/json"
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

    return Handler
