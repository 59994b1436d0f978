"""Does the cryptography of a bundle hold against what is trusted? Who may sign is policy's question."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, VerificationError
from attest.intoto import statement
from attest.model.place import Place
from attest.model.record import dataclass
from attest.model.statement import IN_TOTO_PAYLOAD_TYPE, Envelope, Signer, VerifiedBundle
from attest.trust import sigstore_compat
from attest.trust.certificate import read_signer
from attest.trust.entry import check_entry
from attest.trust.roots import Proof, utc

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from attest.model.statement import Statement
    from attest.trust.bundle import Bundle
    from attest.trust.keys import PublicKey
    from attest.trust.roots import Root

_CLOCK_SKEW: Final = timedelta(minutes=1)  # the clocks of a log and of this machine may differ a little
_REASON_LENGTH: Final = 300
_HINT: Final = "sign again what should be signed, or take away a bundle that does not belong here"
#: What sigstore says, and what it means to a person.
_MEANINGS: Final = {
    "inclusion proof contains invalid root hash": "the log entry is not in the log that it names",
    "inclusion proof has wrong size": "the log entry is not in the log that it names",
    "checkpoint: invalid signature": "the log's checkpoint is signed by no log that is trusted",
    "checkpoint: Signature not found for log ID": "the checkpoint is not signed by the log that it names",
    "SET: invalid inclusion promise": "the log's promise is signed by no log that is trusted",
    "failed to build timestamp certificate chain": "its certificate is by no authority that is trusted",
    "failed to verify SCT on signing certificate": "no trusted log has seen its certificate",
    "transparency log entry is inconsistent with other materials": "the log entry is about something else",
    "log entry payload hash does not match bundle": "the log entry is about something else",
    "log entry signatures do not match bundle": "the log entry is about something else",
    "Signature is invalid for input": "the signature is not over this file by this certificate",
    "DSSE: invalid signature": "the signature is not over this statement by this certificate",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A public key, what policy calls it, and when its signatures count (None: no such end)."""

    name: str
    key: PublicKey
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustStore:
    """All that is trusted; keys and roots are tried in their order."""

    keys: tuple[TrustedKey, ...] = ()
    roots: tuple[Root, ...] = ()


def verify(
    bundle: Bundle,
    *,
    digests: Collection[str] | None,
    trust: TrustStore,
    now: datetime,
    content: memoryview | None = None,
) -> VerifiedBundle:
    """Verify one bundle.

    `digests` are the SHA-256 (hexadecimal) of the files that it may be about, None for any; `now` is the
    time that no signature may lie after. `content` is what the one file holds, where it is at hand: an
    Ed25519 key signs all of it, and its digest alone proves nothing then.

    Raises `attest.errors.VerificationError`, and nothing else, whose message is the reason.
    """
    try:
        return _verify(bundle, digests, trust, now, content)
    except VerificationError as error:
        raise VerificationError(error.message, place=error.place, hint=error.hint or _HINT) from error


def _verify(
    bundle: Bundle,
    digests: Collection[str] | None,
    trust: TrustStore,
    now: datetime,
    content: memoryview | None,
) -> VerifiedBundle:
    sha256 = _signed_digest(bundle, digests)
    if bundle.certificates:
        signer, root, proof = _by_certificate(bundle, sha256, trust)
    else:
        signed = _Signed(bundle=bundle, sha256=sha256, content=content)
        signer, root, proof = _by_key(signed, trust, now)
    for time in proof.times:
        if time > now + _CLOCK_SKEW:
            raise _no(bundle, f"signed at {utc(time)}, which is in the future")
    stated = _statement(bundle)
    bound = stated.digests if stated else (sha256,)
    if digests is not None and not any(each in digests for each in bound):
        raise _no(bundle, "the statement is about none of these files: no subject has the digest of one")
    return VerifiedBundle(
        signer=signer,
        root=root,
        digests=bound,
        statement=stated,
        times=proof.times,
        log_entries=proof.log_entries,
        timestamps=proof.timestamps,
    )


def _no(bundle: Bundle, message: str, hint: str | None = None) -> VerificationError:
    return VerificationError(message, place=Place(file=bundle.file), hint=hint)


def _signed_digest(bundle: Bundle, digests: Collection[str] | None) -> str:
    """The digest that a message signature must hold for, one of `digests`; "" for an envelope."""
    if isinstance(bundle.content, Envelope):
        return ""
    named = bundle.content.sha256
    if not named:
        if digests is None or len(digests) != 1:
            raise _no(
                bundle,
                "the bundle names no digest, so it does not say which file it is about",
                "verify it alone, together with the one file that it is for",
            )
        (named,) = digests
    elif digests is not None and named not in digests:
        raise _no(
            bundle,
            f"the signature is for a file with the digest sha256:{named}, which is none of these",
            "the file was changed after it was signed, or the bundle belongs to another file",
        )
    return named


def _statement(bundle: Bundle) -> Statement | None:
    if not isinstance(bundle.content, Envelope):
        return None
    kind = bundle.content.payload_type
    if kind != IN_TOTO_PAYLOAD_TYPE:
        raise _no(bundle, f"the envelope holds {kind[:80]!r}, not an in-toto statement")
    try:
        return statement.parse(bundle.content.payload, bundle.file)
    except AttestError as error:
        raise _no(bundle, f"the signed statement is malformed: {error.message}", error.hint) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    """What a key must have signed: an envelope, or a file by its digest (hexadecimal) and its content."""

    bundle: Bundle
    sha256: str
    content: memoryview | None

    def by(self, key: PublicKey) -> bool:
        signature = self.bundle.signature
        if isinstance(self.bundle.content, Envelope):
            return key.verifies_message(signature, self.bundle.content.signed_bytes)
        if key.takes_digests:
            return key.verifies_digest(signature, bytes.fromhex(self.sha256))
        content = self.content
        if content is None or hashlib.sha256(content).hexdigest() != self.sha256:
            return False
        return key.verifies_message(signature, content)


def _by_key(signed: _Signed, trust: TrustStore, now: datetime) -> tuple[Signer, str, Proof]:
    bundle = signed.bundle
    if not trust.keys:
        raise _no(bundle, "it was signed with a key, and no key is trusted")
    matching = [each for each in trust.keys if signed.by(each.key)]
    if not matching:
        raise _no(bundle, _why_no_key(signed, trust))
    for entry in bundle.log_entries:
        check_entry(bundle, entry, signed.sha256, matching[0].key)
    proof = _extras(bundle, trust, now) if bundle.log_entries or bundle.timestamps else Proof()
    reasons = [(each, _outside_window(each, proof.times)) for each in matching]
    key = next((each for each, reason in reasons if not reason), None)
    if key is None:
        raise _no(bundle, reasons[0][1])
    return Signer(kind="key", key_sha256=key.key.sha256), key.name, proof


def _why_no_key(signed: _Signed, trust: TrustStore) -> str:
    names = ", ".join(each.name for each in trust.keys)
    by_digest = signed.content is None and not isinstance(signed.bundle.content, Envelope)
    if by_digest and not any(each.key.takes_digests for each in trust.keys):
        return f"an Ed25519 key ({names}) signs whole files, which cannot be checked by their digest"
    return f"the signature does not verify with any trusted key ({names})"


def _outside_window(key: TrustedKey, times: tuple[datetime, ...]) -> str:
    """Why the key does not count, "" where it does."""
    if key.valid_from is None and key.valid_until is None:
        return ""
    if not times:
        return f"the key {key.name} counts for a limited time, and nothing proves when this was signed"
    for time in times:
        before = key.valid_from is not None and time < key.valid_from
        after = key.valid_until is not None and time > key.valid_until
        if before or after:
            when = "before the key" if before else "after the key"
            return f"signed at {utc(time)}, {when} {key.name} was valid"
    return ""


def _extras(bundle: Bundle, trust: TrustStore, now: datetime) -> Proof:
    """What the trusted roots prove of the log entry and timestamps beside a key's signature.

    Nothing where no root is trusted: the key alone is the anchor then.
    """
    if not trust.roots:
        return Proof()
    return _first_root(bundle, trust, lambda root: sigstore_compat.verify_extras(bundle, root, now))[1]


def _by_certificate(bundle: Bundle, sha256: str, trust: TrustStore) -> tuple[Signer, str, Proof]:
    if not trust.roots:
        raise _no(bundle, "it was signed with a certificate, and no trusted root is given")
    root, proof = _first_root(
        bundle, trust, lambda root: sigstore_compat.verify_certificate(bundle, sha256, root)
    )
    return read_signer(bundle.certificates[0], bundle.file), root, proof


def _first_root(bundle: Bundle, trust: TrustStore, check: Callable[[Root], Proof]) -> tuple[str, Proof]:
    """The first root against which the check holds, and what it proves."""
    reasons: dict[str, str] = {}
    for root in trust.roots:
        try:
            return root.name, check(root)
        except AttestError as error:
            reasons[root.name] = error.message
        except Exception as error:  # noqa: BLE001 - whatever a library raises, the evidence does not verify
            reasons[root.name] = _reason(error)
    if len(set(reasons.values())) == 1:
        raise _no(bundle, next(iter(reasons.values())))
    told = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
    raise _no(bundle, f"it verifies with no trusted root: {told}")


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    for said, meaning in _MEANINGS.items():
        if said in text:
            return f"{meaning} ({said})"
    return text if len(text) <= _REASON_LENGTH else f"{text[:_REASON_LENGTH]}…"
