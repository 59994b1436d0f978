"""The four services behind one loopback HTTP server, and the faults that a test wants of them."""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.sigstack.instance import EMAIL_CLAIMS, GITHUB_CLAIMS, TIMESTAMPS, WORKFLOW, Instance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["CERTIFICATES", "EMAIL_CLAIMS", "ENTRIES", "GITHUB_CLAIMS", "TIMESTAMPS", "WORKFLOW", "Sigstack"]

CERTIFICATES: Final = "/api/v2/signingCert"
ENTRIES: Final = "/api/v2/log/entries"


class Sigstack(Instance):
    """All services; `failing` and `hanging` hold the paths of those that answer 500, or not at all."""

    def __init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.url = url = f"http://localhost:{self.server.server_address[1]}"
        super().__init__(fulcio=url, rekor=url, ct=url, timestamping=url, issuers=f"{url}/oidc")
        self.failing: set[str] = set()
        self.hanging: set[str] = set()
        self.released = threading.Event()
        self.calls: list[str] = []
        self.issuer = self.issuers
        # Rekor's own entry 0 is never a client's: the first index would be left out of its JSON.
        self.log.add({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {}})

    def reset(self) -> None:
        """Make every service healthy again."""
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


def _handler(stack: Sigstack) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Stay silent."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            stack.calls.append(self.path)
            if self.path in stack.hanging:
                stack.released.wait(30)
                self.close_connection = True
                return
            if self.path in stack.failing:
                self._send(500, {"code": 13, "message": "out of order"})
                return
            try:
                match self.path:
                    case "/api/v2/signingCert":
                        authorization = self.headers["Authorization"]
                        self._send(201, stack.certify(json.loads(body), authorization))
                    case "/api/v2/log/entries":
                        self._send(201, stack.log.create(json.loads(body)))
                    case "/api/v1/timestamp":
                        self._send(200, stack.timestamps.answer(body))
                    case _:
                        self._send(404, {"code": 5, "message": "not found"})
            except Exception as error:  # noqa: BLE001 - a service answers, whatever it was asked
                self._send(400, {"code": 3, "message": f"{type(error).__name__}: {error}"})

        def _send(self, status: int, answer: dict[str, Any] | bytes) -> None:
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            kind = "application/timestamp-reply" if isinstance(answer, bytes) else "application/json"
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler
