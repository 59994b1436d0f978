"""Many bundles are verified by several processes, with the same result as by one."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attest.app import ingest, processes
from attest.app.inventory import read_bytes
from attest.model.limits import DEFAULT_LIMITS
from attest.model.release import Inventory, ReleaseFile
from attest.signing.key import KeySigner
from attest.trust import keys, roots
from attest.trust.bundle_writer import write_bundle
from attest.trust.verify import TrustedKey, TrustStore
from tests.advisories.evidence import keyless, stated
from tests.unit.policy.world import identity_of, world

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


def test_bundles_of_the_lines_of_a_file() -> None:
    """Each is a piece of evidence of its own; what is no bundle beside them is none."""
    key = keys.generate()
    digests = [hashlib.sha256(bytes([number])).hexdigest() for number in range(2)]
    good = [KeySigner(key).sign_blob(each).strip() for each in digests]
    broken = b'{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}'
    text = b"\n".join([good[0], b"", broken, b'{"a": 1}', good[1], b""])
    many = b"\n".join([broken] * (DEFAULT_LIMITS.bundle_lines + 1))
    files = tuple(
        read_bytes(name, memoryview(data)) for name, data in {"a.jsonl": text, "b.jsonl": many}.items()
    )
    trust = TrustStore(keys=(TrustedKey(name="k", key=key.public),))
    found = ingest.ingest(Inventory(label="dist", files=files), trust, datetime.now(UTC))
    assert [(each.path, each.file, each.bundle is not None) for each in found] == [
        ("a.jsonl:1", "a.jsonl", True),
        ("a.jsonl:3", "a.jsonl", False),
        ("a.jsonl:5", "a.jsonl", True),
        ("b.jsonl", "b.jsonl", False),
    ]
    assert found[3].reason.startswith("1025 bundles, more than the 1024")


def test_a_file_of_lines_is_evidence_of_a_release() -> None:
    """All signatures of a release in one file: it is bound as evidence, and every line of it counts."""
    made = world({})
    lines = [each for each in made.bundles if each.path.endswith(".sigstore.json")]
    for number, each in enumerate(lines, start=1):
        del made.files[each.path]
        made.bundles.remove(each)
        made.bundles.append(replace(each, path=f"all.jsonl:{number}", file="all.jsonl"))
    made.files["all.jsonl"] = ReleaseFile(path="all.jsonl", kind="file", identity=identity_of(b"all"))
    assert made.verdict().decision == "pass"
    made.bundles = [each for each in made.bundles if each.path != "all.jsonl:1"]
    assert made.verdict().decision == "deny"
