"""A TUF repository on loopback, which is whole, or lies in the ways that the specification tells of."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

from securesystemslib.signer._crypto_signer import CryptoSigner
from tuf.api._payload import MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.metadata import Metadata

from attest.model.trust_update import SIGNING_CONFIG, TRUSTED_ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sigstack.instance import Instance

ROLES: Final = ("root", "timestamp", "snapshot", "targets")
WEEK: Final = timedelta(days=7)


@dataclass(slots=True, kw_only=True)
class TufSite:
    """Its files by path, and the state from which the next ones are made.

    Change `versions`, `expires`, `signers` or `targets`, and `publish`.
    """

    targets: dict[str, bytes]
    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    moved: str = ""
    versions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ROLES, 1))
    expires: dict[str, datetime] = field(default_factory=dict)
    signers: dict[str, CryptoSigner] = field(
        default_factory=lambda: {role: CryptoSigner.generate_ed25519() for role in ROLES}
    )
    before: CryptoSigner | None = None
    begun: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def until(self, role: str) -> datetime:
        return self.expires.get(role) or self.begun + WEEK

    def step(self, *roles: str) -> None:
        """New versions of these roles, and of what vouches for them."""
        for role in roles or ROLES[1:]:
            self.versions[role] += 1

    def publish(self) -> None:
        """Sign and put out everything anew; older numbered files stay."""
        self._root()
        targets = Targets(version=self.versions["targets"], expires=self.until("targets"))
        for name, data in self.targets.items():
            found = TargetFile.from_data(name, data, ["sha256"])
            targets.targets[name] = found
            self.files[f"targets/{found.hashes['sha256']}.{name}"] = data
        listed = self._sign(Metadata(targets), "targets")
        self.files[f"{self.versions['targets']}.targets.json"] = listed
        meta = {"targets.json": MetaFile.from_data(self.versions["targets"], listed, ["sha256"])}
        snapshot = Snapshot(version=self.versions["snapshot"], expires=self.until("snapshot"), meta=meta)
        seen = self._sign(Metadata(snapshot), "snapshot")
        self.files[f"{self.versions['snapshot']}.snapshot.json"] = seen
        newest = MetaFile.from_data(self.versions["snapshot"], seen, ["sha256"])
        timestamp = Timestamp(
            version=self.versions["timestamp"], expires=self.until("timestamp"), snapshot_meta=newest
        )
        self.files["timestamp.json"] = self._sign(Metadata(timestamp), "timestamp")

    def _root(self) -> None:
        root = Root(version=self.versions["root"], expires=self.until("root"), consistent_snapshot=True)
        for role, signer in self.signers.items():
            root.add_key(signer.public_key, role)
        signed = Metadata(root)
        signed.sign(self.signers["root"])
        if self.before:
            signed.sign(self.before, append=True)
        self.files[f"{self.versions['root']}.root.json"] = signed.to_bytes()

    def _sign(self, metadata: Metadata[Any], role: str) -> bytes:
        metadata.sign(self.signers[role])
        return bytes(metadata.to_bytes())

    @property
    def root(self) -> bytes:
        """The root metadata that a client begins with."""
        return self.files["1.root.json"]


def documents(instance: Instance) -> dict[str, bytes]:
    """What the repository of an instance gives out."""
    return {
        TRUSTED_ROOT: json.dumps(instance.trusted_root()).encode(),
        SIGNING_CONFIG: json.dumps(instance.signing_config()).encode(),
    }


@contextmanager
def tuf_site(targets: dict[str, bytes]) -> Iterator[TufSite]:
    """A repository that serves these files, published."""
    site = TufSite(targets=targets)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Stay silent."""

        def do_GET(self) -> None:
            path = self.path.removeprefix("/")
            site.asked.append(path)
            data = site.files.get(path)
            self.send_response(302 if site.moved else 404 if data is None else 200)
            if site.moved:
                self.send_header("Location", f"{site.moved}{self.path}")
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    site.publish()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
