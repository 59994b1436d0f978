"""Evidence of an earlier run: what is signed already, by the same signer, is not signed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import AttestError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.trust.bundle import looks_like_bundle, parse
from attest.trust.verify import TrustStore, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import datetime

    from attest.model.statement import VerifiedBundle
    from attest.signing.signer import Signer


def _own(
    evidence: Mapping[str, bytes],
    trust: TrustStore,
    now: datetime,
    mine: Callable[[VerifiedBundle], bool],
    limits: Limits,
) -> Iterator[tuple[str, VerifiedBundle]]:
    """The bundles among the files that verify and are one's own; others, and damaged ones, are left out."""
    for name, data in evidence.items():
        if not data or not looks_like_bundle(data):
            continue
        try:
            verified = verify(parse(data, name, limits), digests=None, trust=trust, now=now)
        except AttestError:
            continue
        if mine(verified):
            yield name, verified


def orphans(
    evidence: Mapping[str, bytes],
    digests: Collection[str],
    *,
    trust: TrustStore,
    now: datetime,
    mine: Callable[[VerifiedBundle], bool],
    limits: Limits = DEFAULT_LIMITS,
) -> list[str]:
    """One's own bundles about none of these digests (SHA-256): of files that changed or are gone; sorted."""
    own = _own(evidence, trust, now, mine, limits)
    return sorted(name for name, found in own if not set(found.digests) & set(digests))


class KeepingSigner:
    """A signer that gives the bundle of an earlier run again where it signs the same.

    `evidence` are files by name. Of them count the bundles that verify with `trust` and that are `mine`.
    """

    def __init__(
        self,
        signer: Signer,
        evidence: Mapping[str, bytes],
        *,
        trust: TrustStore,
        now: datetime,
        mine: Callable[[VerifiedBundle], bool] = lambda _: True,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._signer = signer
        self._blobs: dict[str, bytes] = {}
        self._statements: dict[bytes, bytes] = {}
        for name, verified in _own(evidence, trust, now, mine, limits):
            data = evidence[name]
            if verified.statement:
                self._statements[verified.statement.payload] = data
            else:
                self._blobs.update(dict.fromkeys(verified.digests, data))

    def sign_blob(self, sha256: str) -> bytes:
        """See `attest.signing.signer.Signer`."""
        return self._blobs.get(sha256) or self._signer.sign_blob(sha256)

    def sign_statement(self, payload: bytes) -> bytes:
        """See `attest.signing.signer.Signer`."""
        return self._statements.get(payload) or self._signer.sign_statement(payload)
