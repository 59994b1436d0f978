"""The four services behind one loopback HTTP server, and what a client needs to know of them."""

from __future__ import annotations

import json
import threading
import time
from base64 import b64decode
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.sigstack.authority import CertificateAuthority, spki
from tests.sigstack.log import Log, text
from tests.sigstack.timestamps import TimestampAuthority

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

START = "2020-01-01T00:00:00Z"
CERTIFICATES, ENTRIES, TIMESTAMPS = "/api/v2/signingCert", "/api/v2/log/entries", "/api/v1/timestamp"
WORKFLOW = "acme/widget/.github/workflows/release.yml@refs/tags/v1.2.3"
GITHUB_CLAIMS = {
    "sub": "repo:acme/widget:ref:refs/tags/v1.2.3",
    "repository": "acme/widget",
    "repository_owner": "acme",
    "repository_id": "42",
    "repository_owner_id": "7",
    "repository_visibility": "public",
    "ref": "refs/tags/v1.2.3",
    "sha": "0123456789abcdef0123456789abcdef01234567",
    "workflow_ref": WORKFLOW,
    "workflow_sha": "0123456789abcdef0123456789abcdef01234567",
    "job_workflow_ref": WORKFLOW,
    "job_workflow_sha": "0123456789abcdef0123456789abcdef01234567",
    "event_name": "push",
    "runner_environment": "github-hosted",
    "run_id": "1001",
    "run_attempt": "1",
    "environment": "release",
}
EMAIL_CLAIMS = {"sub": "alice@example.com", "email": "alice@example.com"}


class Sigstack:
    """All services; `failing` and `hanging` hold the paths of those that answer 500, or not at all."""

    def __init__(self) -> None:
        self.authority = CertificateAuthority()
        self.log = Log("localhost")
        self.timestamps = TimestampAuthority()
        self.failing: set[str] = set()
        self.hanging: set[str] = set()
        self.released = threading.Event()
        self.calls: list[str] = []
        self._token_key = rsa.generate_private_key(65537, 2048)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.url = f"http://localhost:{self.server.server_address[1]}"
        self.issuer = f"{self.url}/oidc"
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

    def token(
        self, claims: Mapping[str, str] = EMAIL_CLAIMS, *, audience: str = "sigstore", lifetime: int = 600
    ) -> str:
        """An identity token with these claims."""
        now = int(time.time())
        base = {"iss": self.issuer, "aud": audience, "iat": now, "nbf": now - 5, "exp": now + lifetime}
        return jwt.encode({**base, **claims}, self._token_key, algorithm="RS256")

    def certify(self, request: dict[str, Any], authorization: str) -> dict[str, Any]:
        """Fulcio's CreateSigningCertificate: token and signing request in, chain out."""
        claims = jwt.decode(
            authorization.removeprefix("Bearer "),
            self._token_key.public_key(),
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

    def trusted_root(self, **windows: dict[str, str]) -> dict[str, Any]:
        """The trusted root; `windows` change those of tlogs, ctlogs, authorities or timestamping."""

        def window(name: str) -> dict[str, str]:
            return windows.get(name, {"start": START})

        def chain(*certificates: x509.Certificate) -> dict[str, Any]:
            return {
                "certificates": [{"rawBytes": text(each.public_bytes(Encoding.DER))} for each in certificates]
            }

        def log(name: str, key: CertificatePublicKeyTypes, details: str, identifier: bytes) -> dict[str, Any]:
            return {
                "baseUrl": self.url,
                "hashAlgorithm": "SHA2_256",
                "publicKey": {"rawBytes": text(spki(key)), "keyDetails": details, "validFor": window(name)},
                "logId": {"keyId": text(identifier)},
            }

        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log("tlogs", self.log.key.public_key(), "PKIX_ED25519", self.log.id)],
            "ctlogs": [
                log(
                    "ctlogs",
                    self.authority.log_key.public_key(),
                    "PKIX_ECDSA_P256_SHA_256",
                    self.authority.log_id,
                )
            ],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "sigstack", "commonName": "root"},
                    "uri": self.url,
                    "certChain": chain(self.authority.certificate, self.authority.root),
                    "validFor": window("authorities"),
                }
            ],
            "timestampAuthorities": [
                {
                    "subject": {"organization": "sigstack", "commonName": "timestamps"},
                    "uri": f"{self.url}{TIMESTAMPS}",
                    "certChain": chain(self.timestamps.certificate, self.timestamps.root),
                    "validFor": window("timestamping"),
                }
            ],
        }

    def trust_config(self, **windows: dict[str, str]) -> bytes:
        """The client trust configuration, as JSON."""

        def service(url: str, version: int) -> dict[str, Any]:
            return {
                "url": url,
                "majorApiVersion": version,
                "validFor": {"start": START},
                "operator": "localhost",
            }

        return json.dumps(
            {
                "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
                "trustedRoot": self.trusted_root(**windows),
                "signingConfig": {
                    "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
                    "caUrls": [service(self.url, 1)],
                    "oidcUrls": [service(self.issuer, 1)],
                    "rekorTlogUrls": [service(self.url, 2)],
                    "tsaUrls": [service(f"{self.url}{TIMESTAMPS}", 1)],
                    "rekorTlogConfig": {"selector": "ANY"},
                    "tsaConfig": {"selector": "ANY"},
                },
            }
        ).encode()


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
