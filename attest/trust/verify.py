"""Does the cryptography of a bundle hold against what is trusted? Who may sign is policy's question.

The steps are those of the Sigstore client specification ("Verification"), numbered in the order in which
they are taken:

1. what the bundle is about: the digest, or the payload of an envelope
2. the times of signing: timestamps, and what logs promise (verified in step 6)
3. the path from the certificate to an authority that was trusted at those times
4. the certificate's own validity at those times, and what it may be used for
5. the certificate transparency logs that have seen the certificate
6. the transparency logs that have the entry: promise, inclusion proof, checkpoint
7. the body of the entry against the bundle
8. the signature
9. the statement in an envelope, and whether it is about one of the files

A signature by a key has no steps 3 to 5. Whatever the evidence carries is verified; what does not verify
rejects, however much else does.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, VerificationError
from attest.intoto import statement
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place
from attest.model.statement import IN_TOTO_PAYLOAD_TYPE, Envelope, Signer, VerifiedBundle
from attest.trust.certificate import read_signer
from attest.trust.chain import check_certificate_logs, check_chain, check_usage
from attest.trust.entry import check_entry
from attest.trust.log import check_log, promised_time
from attest.trust.members import UNREADABLE, public_key_of, read_certificate
from attest.trust.roots import Proof, utc
from attest.trust.stamps import stamped_times

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from cryptography.x509 import Certificate

    from attest.model.statement import Statement
    from attest.trust.bundle import Bundle
    from attest.trust.keys import PublicKey
    from attest.trust.roots import Root

_CLOCK_SKEW: Final = timedelta(minutes=1)  # the clocks of a log and of this machine may differ a little
_HINT: Final = "sign again what should be signed, or take away a bundle that does not belong here"


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
    sha256 = _step_1(bundle, digests)
    signed = _Signed(bundle=bundle, sha256=sha256, content=content)
    if bundle.certificates:
        signer, root, proof = _by_certificate(signed, trust)
    else:
        signer, root, proof = _by_key(signed, trust, now)
    for time in proof.times:
        if time > now + _CLOCK_SKEW:
            raise _no(bundle, f"signed at {utc(time)}, which is in the future")
    stated = _step_9(bundle)
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


def _step_1(bundle: Bundle, digests: Collection[str] | None) -> str:
    """Step 1: the digest that a message signature must hold for, one of `digests`; "" for an envelope."""
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


def _step_9(bundle: Bundle) -> Statement | None:
    """Step 9: the in-toto statement of an envelope, None for the signature of a file."""
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
    """What a key must have signed: an envelope, or a file by its digest (hexadecimal) and its content.

    The key is one that is trusted, or that of a certificate.
    """

    bundle: Bundle
    sha256: str
    content: memoryview | None

    def by(self, key: PublicKey) -> bool:
        """Step 8: whether the signature is by this key."""
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
    _step_7(bundle, signed.sha256, matching[0].key.spki)
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

    def prove(root: Root) -> Proof:
        times, authorities = _step_2(bundle, root)
        logs = _step_6(bundle, root, times or (now,))
        return Proof(times=times, log_entries=logs, timestamps=authorities)

    return _first_root(bundle, trust, prove)[1]


def _by_certificate(signed: _Signed, trust: TrustStore) -> tuple[Signer, str, Proof]:
    bundle = signed.bundle
    if not trust.roots:
        raise _no(bundle, "it was signed with a certificate, and no trusted root is given")
    root, proof = _first_root(bundle, trust, lambda root: _prove_certificate(signed, root))
    return read_signer(bundle.certificates[0], bundle.file), root, proof


def _prove_certificate(signed: _Signed, root: Root) -> Proof:
    """Steps 2 to 8 for a signature with a certificate, against one root."""
    bundle = signed.bundle
    der, *more = bundle.certificates
    leaf = read_certificate(der, bundle.file)
    for each in more:
        above = read_certificate(each, bundle.file)
        if above.subject == above.issuer:
            raise _no(bundle, "it carries a root certificate, and roots come from what is trusted alone")
    times, authorities = _step_2(bundle, root)
    if root.logs and not bundle.log_entries:
        raise _no(bundle, "no transparency log entry proves when it was signed")
    if not times:
        raise _no(bundle, "nothing proves when it was signed: no timestamp, and no log entry with a time")
    path = _step_3(bundle, leaf, root, times)
    _step_4(bundle, leaf, times)
    _step_5(bundle, path, root)
    logs = _step_6(bundle, root, times)
    _step_7(bundle, signed.sha256, der)
    if not signed.by(public_key_of(leaf, bundle.file)):
        what = "statement" if isinstance(bundle.content, Envelope) else "file"
        raise _no(bundle, f"the signature is not over this {what} by this certificate")
    return Proof(times=times, log_entries=logs, timestamps=authorities)


def _step_2(bundle: Bundle, root: Root) -> tuple[tuple[datetime, ...], int]:
    """Step 2: the times of signing, sorted, and how many timestamp authorities gave one."""
    stamped, authorities = stamped_times(bundle, root)
    logged = (time for entry in bundle.log_entries for time in promised_time(entry, bundle.file))
    return tuple(sorted({*stamped, *logged})), authorities


def _step_3(
    bundle: Bundle, leaf: Certificate, root: Root, times: tuple[datetime, ...]
) -> tuple[Certificate, ...]:
    """Step 3: the path to an authority's root."""
    return check_chain(leaf, root, times, bundle.file)


def _step_4(bundle: Bundle, leaf: Certificate, times: tuple[datetime, ...]) -> None:
    """Step 4: the certificate was valid at all times of signing, and may sign code."""
    before, after = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    for time in times:
        if not before <= time <= after:
            raise _no(
                bundle,
                f"signed at {utc(time)}, when its certificate was not valid"
                f" (from {utc(before)} to {utc(after)})",
            )
    check_usage(leaf, bundle.file)


def _step_5(bundle: Bundle, path: tuple[Certificate, ...], root: Root) -> None:
    """Step 5: trusted logs have seen the certificate (the first of the path, before who issued it)."""
    check_certificate_logs(path[0], path[1], root, bundle.file)


def _step_6(bundle: Bundle, root: Root, times: tuple[datetime, ...]) -> int:
    """Step 6: logs have the entries; how many distinct logs.

    A log must have been trusted when it says that the entry was made, or at `times` where it says none.
    """
    keys = {
        check_log(
            entry,
            bundle.version,
            root,
            promised_time(entry, bundle.file) or times,
            bundle.file,
            DEFAULT_LIMITS,
        )
        for entry in bundle.log_entries
    }
    return len(keys)


def _step_7(bundle: Bundle, sha256: str, signer: bytes) -> None:
    """Step 7: every log entry is about this bundle."""
    for entry in bundle.log_entries:
        check_entry(bundle, entry, sha256, signer)


def _first_root(bundle: Bundle, trust: TrustStore, check: Callable[[Root], Proof]) -> tuple[str, Proof]:
    """The first root against which the check holds, and what it proves."""
    reasons: dict[str, str] = {}
    for root in trust.roots:
        try:
            return root.name, check(root)
        except AttestError as error:
            reasons[root.name] = error.message
        except UNREADABLE as error:
            reasons[root.name] = f"a part of it cannot be read: {error}"
    if len(set(reasons.values())) == 1:
        raise _no(bundle, next(iter(reasons.values())))
    told = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
    raise _no(bundle, f"it verifies with no trusted root: {told}")
