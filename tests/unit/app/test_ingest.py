"""Many bundles are verified by several processes, with the same result as by one."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attest.app import ingest, processes
from attest.app.inventory import read_bytes
from attest.model.release import Inventory
from attest.signing.key import KeySigner
from attest.trust import keys, roots
from attest.trust.bundle_writer import write_bundle
from attest.trust.verify import TrustedKey, TrustStore
from tests.advisories.evidence import keyless, stated

if TYPE_CHECKING:
    import pytest

    from tests.sigstack.stack import Sigstack


def test_processes_find_what_this_one_finds(sigstack: Sigstack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys, roots, statements and refusals travel between processes."""
    key, stranger = keys.generate("p384"), keys.generate()
    digests = [hashlib.sha256(bytes([number])).hexdigest() for number in range(4)]
    bundles = {
        "a.sigstore.json": KeySigner(key).sign_blob(digests[0]),
        "b.sigstore.json": KeySigner(stranger).sign_blob(digests[1]),
        "c.sigstore.json": KeySigner(key).sign_statement(stated()),
        "d.sigstore.json": write_bundle(keyless(sigstack, digests[3])[0]),
        "e.sigstore.json": b'{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}',
    }
    files = tuple(read_bytes(name, memoryview(data)) for name, data in bundles.items())
    trust = TrustStore(
        keys=(TrustedKey(name="k", key=key.public),),
        roots=roots.parse(sigstack.trust_config(), "own", "trust.json"),
    )
    inventory, now = Inventory(label="dist", files=files), datetime.now(UTC)
    alone = ingest.ingest(inventory, trust, now)
    assert [bool(each.bundle) for each in alone] == [True, False, True, True, False]
    answered: list[int] = []
    real = processes.apply

    def counting(*arguments: object, **more: object) -> dict[int, object]:
        found = real(*arguments, **more)  # type: ignore[arg-type, var-annotated] # passed on as they are
        answered.extend(found)
        return found

    monkeypatch.setattr(ingest, "ENOUGH", 1)
    monkeypatch.setattr(processes, "wanted", lambda _: 2)
    monkeypatch.setattr(processes, "apply", counting)
    assert ingest.ingest(inventory, trust, now) == alone
    assert sorted(answered) == list(range(len(bundles))), "no process gave up"
