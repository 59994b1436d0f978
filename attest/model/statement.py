"""Signed statements and who signed them.

Sources: in-toto Statement v1 (https://github.com/in-toto/attestation/tree/main/spec/v1), DSSE v1.0,
Sigstore bundle v0.3 (sigstore/protobuf-specs), Fulcio certificate extensions (OIDs 1.3.6.1.4.1.57264.1.*).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

#: Any JSON value, as the standard library's json module returns it.
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

SLSA_PREDICATE = "https://slsa.dev/provenance/v1"
SLSA_0_2_PREDICATE = "https://slsa.dev/provenance/v0.2"
SPDX_PREDICATE = "https://spdx.dev/Document/v2.3"
CYCLONEDX_PREDICATE = "https://cyclonedx.org/bom"
#: Predicate types that carry an SBOM; cosign writes the second without a version.
SBOM_PREDICATES = frozenset({SPDX_PREDICATE, "https://spdx.dev/Document", CYCLONEDX_PREDICATE})
#: OpenVEX, as cosign writes it, and as the specification names the version.
OPENVEX_PREDICATES = frozenset({"https://openvex.dev/ns", "https://openvex.dev/ns/v0.2.0"})
VSA_PREDICATE = "https://slsa.dev/verification_summary/v1"
IN_TOTO_PAYLOAD_TYPE = "application/vnd.in-toto+json"
BUNDLE_MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a statement is about: a name for people and a SHA-256 in hexadecimal for machines.

    `sha256` is "" for what is named by `others` alone (algorithm and value, sorted), as a commit is by
    gitCommit: that is read, and no file is ever bound by it.
    """

    name: str
    sha256: str
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An in-toto statement; `payload` are its bytes as they were signed."""

    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: Mapping[str, Json]
    payload: bytes

    @property
    def digests(self) -> tuple[str, ...]:
        """The SHA-256 digests (hexadecimal, sorted) that it is about."""
        return tuple(sorted({each.sha256 for each in self.subjects if each.sha256}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A DSSE envelope with its one signature; `payload` are the bytes as they were signed.

    `keyid` is an unauthenticated hint, "" where there is none.
    """

    payload: bytes
    payload_type: str
    signature: bytes
    keyid: str = ""

    @property
    def signed_bytes(self) -> bytes:
        """DSSE's pre-authentication encoding: what the signature is over (DSSE v1.0, protocol.md)."""
        kind = self.payload_type.encode("utf-8")
        return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(self.payload), self.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who made a signature, as far as cryptography proves it.

    A key is named by the SHA-256 of its SubjectPublicKeyInfo (`key_sha256`, hexadecimal). A certificate
    by its subject alternative name (`san`), `issuer` and `claims` (names of the policy language, as
    "source_repository_id"), sorted.
    """

    kind: Literal["key", "certificate"]
    key_sha256: str = ""
    san: str = ""
    issuer: str = ""
    claims: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"key sha256:{self.key_sha256[:16]}…" if self.kind == "key" else f"{self.san} ({self.issuer})"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedBundle:
    """A bundle whose cryptography holds against the given trust, and nothing is said yet about policy.

    `digests` are the SHA-256 digests that it binds: of the file for a message signature, of every
    subject for a statement. `root` names the trust root or key that anchored it; `times` are the
    verified signing times (UTC), empty where there is none. `log_entries` and `timestamps` count what was
    verified, by distinct log and timestamp authority; what no trusted root can verify is not counted.
    """

    signer: Signer
    root: str
    digests: tuple[str, ...]
    statement: Statement | None
    times: tuple[datetime, ...]
    log_entries: int
    timestamps: int = 0
