"""A Sigstore of real servers on loopback: Fulcio, Rekor v2, TesseraCT and the timestamp authority.

Nothing of it needs a database. Each server is the child of `servers hold`, which ends it as soon as this
process is gone, however that ended.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jwt.algorithms import RSAAlgorithm

from tests.integration.servers_built import FULCIO, OWN, REKOR, SOURCE, built
from tests.sigstack.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

HOST: Final = "127.0.0.1"
#: Fulcio's kind of issuer by the path of ours.
ISSUERS: Final = {
    "email": "type: email",
    "username": "type: username, subject-domain: localhost",
    "github": "type: ci-provider, ci-provider: github-workflow",
    "gitlab": "type: ci-provider, ci-provider: gitlab-pipeline",
}
_HEALTHY_IN: Final = 60.0


class RealSigstore(Instance):
    """Its servers run between `started` and the end of that; their files are in `folder`."""

    def __init__(
        self, folder: Path, issuers: str, ports: list[int], log_options: tuple[str, ...] = ()
    ) -> None:
        self.folder, self.ports, self.log_options = folder, ports, log_options
        ct, fulcio, rekor, timestamping = (f"http://localhost:{port}" for port in ports[:4])
        super().__init__(fulcio=fulcio, rekor=rekor, ct=ct, timestamping=timestamping, issuers=issuers)
        self._health = {
            "ct": f"{ct}/healthz",
            "fulcio": f"{fulcio}/healthz",
            "rekor": f"{rekor}/healthz",
            "tsa": f"{timestamping}/ping",
        }
        self.holders: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, tuple[str, ...]] = {}

    @property
    def storage(self) -> Path:
        """Where Rekor writes its checkpoint and tiles."""
        return self.folder / "rekor"

    def issuer_of(self, claims: Mapping[str, str]) -> str:
        kinds = {"job_workflow_ref": "github", "ci_config_ref_uri": "gitlab", "username": "username"}
        kind = next((kind for claim, kind in kinds.items() if claim in claims), "email")
        return f"{self.issuers}/{kind}"

    def write(self) -> None:
        """The keys, certificates and settings that the servers read."""
        authority, stamps = self.authority, self.timestamps
        files = {
            "ct.key": _private(authority.log_key, PrivateFormat.TraditionalOpenSSL),
            "ct.pub": authority.log_key.public_key().public_bytes(
                Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
            ),
            "roots.pem": authority.root.public_bytes(Encoding.PEM),
            "fulcio.key": _private(authority.key),
            "fulcio.pem": authority.certificate.public_bytes(Encoding.PEM)
            + authority.root.public_bytes(Encoding.PEM),
            "fulcio.yaml": self._fulcio().encode(),
            "rekor.key": _private(self.log.key),
            "tsa.key": _private(stamps.key),
            "tsa.pem": stamps.certificate.public_bytes(Encoding.PEM) + stamps.root.public_bytes(Encoding.PEM),
        }
        for name, content in files.items():
            (self.folder / name).write_bytes(content)

    def _fulcio(self) -> str:
        issuers = "".join(
            f"  {url}: {{issuer-url: {url}, client-id: sigstore, {kind}}}\n"
            for url, kind in ((f"{self.issuers}/{name}", kind) for name, kind in ISSUERS.items())
        )
        return f"oidc-issuers:\n{issuers}{(SOURCE / 'fulcio.yaml').read_text('utf-8')}"

    def start(self, programs: Path) -> None:
        """Start every server and wait until all are healthy."""
        ct, fulcio, rekor, timestamping, *inner = self.ports
        own, listen = str(programs / "servers"), f"--host={HOST}"
        self._hold(own, "ct", own, "ct", f"--port={ct}", "--key=ct.key", "--chain=roots.pem", "--folder=ct")
        self._hold(own, "tsa", own, "tsa", f"--port={timestamping}", "--key=tsa.key", "--chain=tsa.pem")
        self._hold(
            own,
            "rekor",
            *(str(programs / "posix"), "serve", "--hostname=localhost", "--storage-dir=rekor"),
            *("--signer-filepath=rekor.key", f"--http-address={HOST}", f"--http-port={rekor}"),
            *(f"--grpc-address={HOST}", f"--grpc-port={inner[0]}", f"--http-metrics-port={inner[1]}"),
            *("--checkpoint-interval=100ms", "--batch-max-age=10ms", *self.log_options),
        )
        self._hold(
            own,
            "fulcio",
            *(str(programs / "fulcio"), "serve", listen, f"--port={fulcio}", f"--grpc-host={HOST}"),
            *(f"--grpc-port={inner[2]}", f"--metrics-port={inner[3]}", "--log_type=dev"),
            # Two of them in one network namespace must not share its default.
            "--legacy-unix-domain-socket=fulcio.sock",
            *("--ca=fileca", "--fileca-cert=fulcio.pem", "--fileca-key=fulcio.key"),
            *("--fileca-key-passwd=", "--fileca-watch=false", f"--ct-log-url={self.ct}"),
            *("--ct-log-public-key-path=ct.pub", "--ct-log-origin=localhost", "--config-path=fulcio.yaml"),
        )
        self._wait(*self._health)

    def kill(self, name: str) -> None:
        """End a server as SIGKILL does; what it wrote stays."""
        holder = self.holders[name]
        assert holder.stdin is not None
        holder.stdin.close()
        holder.wait(10)

    def start_again(self, name: str) -> None:
        """Start a server that was killed with what it had, and wait until it is healthy."""
        self._hold(*self._commands[name])
        self._wait(name)

    def _wait(self, *names: str) -> None:
        until = time.monotonic() + _HEALTHY_IN
        for name in names:
            while not answers(self._health[name]):
                said = f"{name}: {(self.folder / f'{name}.log').read_text('utf-8')[-2000:]}"
                if self.holders[name].poll() is not None:
                    raise ChildProcessError(said)
                if time.monotonic() > until:
                    raise TimeoutError(said)
                time.sleep(0.02)

    def _hold(self, holder: str, name: str, *command: str) -> None:
        self._commands[name] = (holder, name, *command)
        quiet = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.holders[name] = subprocess.Popen(
                [holder, "hold", *command],
                cwd=self.folder,
                env={**quiet, "HOME": str(self.folder)},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def stop(self) -> None:
        for holder in self.holders.values():
            assert holder.stdin is not None
            holder.stdin.close()
        for holder in self.holders.values():
            holder.wait(10)
        self.holders.clear()


@contextmanager
def started(folder: Path, *log_options: str) -> Iterator[RealSigstore]:
    """The servers, healthy; they and the issuer of tokens end with the block.

    `log_options` are more options of Rekor's.
    """
    programs = built(FULCIO, REKOR, OWN)
    with ExitStack() as stack:
        issuer = ThreadingHTTPServer((HOST, 0), BaseHTTPRequestHandler)
        issuer.daemon_threads = True
        stack.callback(issuer.server_close)
        url = f"http://localhost:{issuer.server_address[1]}"
        for attempt in range(3):
            place = folder / str(attempt)
            place.mkdir()
            real = RealSigstore(place, url, free_ports(8), log_options)
            real.write()
            issuer.RequestHandlerClass = _issuer(real)
            if not attempt:
                thread = threading.Thread(
                    target=issuer.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
                )
                thread.start()
                stack.callback(issuer.shutdown)
            attempt_stack = stack.enter_context(ExitStack())
            attempt_stack.callback(real.stop)
            try:
                real.start(programs)
            except ChildProcessError:
                # Another process may have taken a port since it was found free.
                if attempt == 2:
                    raise
                attempt_stack.close()
                continue
            yield real
            return


def _private(
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, form: PrivateFormat = PrivateFormat.PKCS8
) -> bytes:
    return key.private_bytes(Encoding.PEM, form, NoEncryption())


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own server
            return True
    except OSError:
        return False


def _issuer(real: RealSigstore) -> type[BaseHTTPRequestHandler]:
    """OpenID Connect discovery and the key of the tokens, for each issuer."""
    key = json.loads(RSAAlgorithm.to_jwk(real.token_key.public_key()))
    told: dict[str, object] = {}
    for name in ISSUERS:
        issuer = f"{real.issuers}/{name}"
        told[f"/{name}/keys"] = {"keys": [{**key, "kid": "1", "use": "sig", "alg": "RS256"}]}
        told[f"/{name}/.well-known/openid-configuration"] = {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/keys",
            "authorization_endpoint": f"{issuer}/auth",
            "token_endpoint": f"{issuer}/token",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Stay silent."""

        def do_GET(self) -> None:
            found = self.path in told
            data = json.dumps(told.get(self.path, {})).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler
