"""Signatures for the tests here, and why one is refused."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from attest.app.verify_file import Document, Expected, verify_file
from attest.errors import VerificationError
from attest.intoto import statement
from attest.model.statement import SPDX_PREDICATE, Subject
from attest.trust import keys, roots
from attest.trust.bundle import Bundle, parse
from attest.trust.verify import TrustedKey, TrustStore, verify
from tests.sigstack.signers import connect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.statement import VerifiedBundle
    from attest.model.verdict import Verdict
    from tests.sigstack.stack import Sigstack

FILE = b"an artifact"
SHA256 = hashlib.sha256(FILE).hexdigest()
OTHER = hashlib.sha256(b"another artifact").hexdigest()
KEY, STRANGER = keys.generate(), keys.generate()
BY_KEY = Expected(key=Document(file="k.pub", data=KEY.public.pem))
TRUSTED = TrustedKey(name="k", key=KEY.public)


def stated(predicate_type: str = SPDX_PREDICATE, predicate: dict[str, Any] | None = None) -> bytes:
    """A statement about the file."""
    return statement.build([Subject(name="w", sha256=SHA256)], predicate_type, predicate or {})


def keyless(stack: Sigstack, *digests: str) -> list[Bundle]:
    """A bundle for each digest, signed by the same person."""
    signer = connect(stack)
    return [parse(signer.sign_blob(each), "w.json") for each in digests]


def trust(stack: Sigstack, **windows: dict[str, str]) -> TrustStore:
    """The tests' Sigstore and the key."""
    return TrustStore(keys=(TRUSTED,), roots=roots.parse(stack.trust_config(**windows), "own", "trust.json"))


def check(bundle: Bundle, store: TrustStore, digests: Iterable[str] = (SHA256,)) -> VerifiedBundle:
    """The bundle, verified."""
    return verify(bundle, digests=set(digests), trust=store, now=datetime.now(UTC))


def refused(bundle: Bundle, store: TrustStore, digests: Iterable[str] = (SHA256,)) -> str:
    """Why the bundle is refused."""
    with pytest.raises(VerificationError) as caught:
        check(bundle, store, digests)
    return caught.value.message


def with_entry(bundle: Bundle, **changes: object) -> Bundle:
    """The bundle with other fields in its log entry."""
    (entry,) = bundle.log_entries
    return replace(bundle, log_entries=(replace(entry, **changes),))  # type: ignore[arg-type] # names of fields


def judged(data: bytes, expected: Expected = BY_KEY) -> Verdict:
    """The verdict of `attest verify FILE`."""
    evidence = Document(file="w.sigstore.json", data=data)
    return verify_file("w", SHA256, len(FILE), evidence, expected=expected, now=datetime.now(UTC))


def denied(data: bytes, expected: Expected = BY_KEY) -> str:
    """Why `attest verify FILE` denies."""
    verdict = judged(data, expected)
    assert (verdict.decision, verdict.exit_code) == ("deny", 1)
    (finding,) = verdict.findings
    return finding.message
