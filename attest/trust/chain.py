"""From a signer's certificate to an authority of a trusted root, and what transparency logs saw of it.

Sources: RFC 5280 sections 4.2, 4.2.1.3, 4.2.1.9, 4.2.1.10, 4.2.1.12 and 6.1; RFC 6962 sections 3.2 and 3.3;
the Sigstore client specification, "Verification", section "Certificate". Time comes from what was verified,
never from a clock.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from attest.errors import VerificationError
from attest.model.place import Place
from attest.trust.members import chain_of, logs_called
from attest.trust.roots import utc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeVar

    from attest.trust.roots import Root

    Extension = TypeVar("Extension", bound=x509.ExtensionType)

_REMEMBERED: Final = 1024  # pairs of certificates; one signer and one authority sign a whole release
#: What is looked at, here and in `attest.trust.certificate`. Whatever else is critical refuses.
_HANDLED: Final = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.SubjectAlternativeName,
    x509.PrecertificateSignedCertificateTimestamps,
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SCT_VERSION, _CERTIFICATE_TIMESTAMP, _PRECERTIFICATE = b"\0", b"\0", b"\0\1"


def check_chain(
    leaf: x509.Certificate, root: Root, times: Sequence[datetime], file: str
) -> tuple[x509.Certificate, ...]:
    """The path from `leaf` to the root of an authority that was trusted, and valid, at all `times`.

    Raises `attest.errors.VerificationError` with the reason that came nearest to success.
    """
    place = Place(file=file)
    then = [each for each in root.authorities if all(each.covers(time) for time in times)]
    if not then:
        raise VerificationError(
            f"no certificate authority of the trusted root {root.name} was valid at {utc(times[0])},"
            " when it was signed",
            place=place,
        )
    reason = f"its certificate was issued by no authority of the trusted root {root.name}"
    for member in then:
        path, fault = _path(leaf, chain_of(member, root), times)
        if path and not fault:
            return path
        reason = fault or reason
    raise VerificationError(reason, place=place)


def _path(
    leaf: x509.Certificate, authorities: Sequence[x509.Certificate], times: Sequence[datetime]
) -> tuple[tuple[x509.Certificate, ...], str]:
    """The path to the last of `authorities`, empty where they did not issue the leaf; and its fault."""
    path = [leaf]
    anchor = authorities[-1] if authorities else None
    while len(path) == 1 or path[-1] != anchor:
        issuer = next((each for each in authorities if each not in path and _signed(path[-1], each)), None)
        if issuer is None:
            return (), ""
        path.append(issuer)
    for number, each in enumerate(path[1:]):
        below = sum(above.subject != above.issuer for above in path[1 : number + 1])
        if fault := _fault_of_authority(each, below):
            return tuple(path), f"the certificate of the authority {_name(each)} {fault}"
    for each in path[1:]:
        if fault := _fault_in_time(each, times):
            return tuple(path), f"signed at {fault}, when the certificate of {_name(each)} was not valid"
    return tuple(path), ""


@lru_cache(maxsize=_REMEMBERED)
def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()


def _fault_in_time(certificate: x509.Certificate, times: Sequence[datetime]) -> str:
    """The first of `times` at which it was not valid."""
    before, after = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return next((utc(time) for time in times if not before <= time <= after), "")


def _fault_of_authority(certificate: x509.Certificate, below: int) -> str:
    """Why it may not have issued signers' certificates, with `below` authorities between."""
    basic, usage = _extension(certificate, x509.BasicConstraints), _extension(certificate, x509.KeyUsage)
    purposes = _extension(certificate, x509.ExtendedKeyUsage)
    if basic is None or not basic.ca:
        return "is not one of an authority (basic constraints)"
    if basic.path_length is not None and basic.path_length < below:
        return f"allows {basic.path_length} authorities below it, and there are {below} (path length)"
    if usage is None or not usage.key_cert_sign:
        return "may not sign certificates (key usage)"
    allowed = {ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    if purposes is not None and not allowed & set(purposes):
        return "is not for signing code (extended key usage)"
    return _unknown(certificate)


def check_usage(leaf: x509.Certificate, file: str) -> None:
    """The certificate is for digital signatures of code, no authority's, and asks for nothing else.

    Raises `attest.errors.VerificationError`.
    """
    usage, basic = _extension(leaf, x509.KeyUsage), _extension(leaf, x509.BasicConstraints)
    purposes = _extension(leaf, x509.ExtendedKeyUsage)
    if usage is None or not usage.digital_signature:
        fault = "is not for digital signatures (key usage)"
    elif purposes is None or ExtendedKeyUsageOID.CODE_SIGNING not in purposes:
        fault = "is not for signing code (extended key usage)"
    elif basic is not None and basic.ca:
        fault = "is one of an authority (basic constraints)"
    else:
        fault = _unknown(leaf)
    if fault:
        raise VerificationError(f"its certificate {fault}", place=Place(file=file))


def _unknown(certificate: x509.Certificate) -> str:
    """The first extension that may not be passed over, and is."""
    for each in certificate.extensions:
        if isinstance(each.value, x509.NameConstraints):
            return "limits the names of those below it (name constraints), which is not known"
        if each.critical and not isinstance(each.value, _HANDLED):
            return f"has the critical extension {each.oid.dotted_string}, which is not known"
    return ""


def _extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    return next((each.value for each in certificate.extensions if isinstance(each.value, kind)), None)


def check_certificate_logs(leaf: x509.Certificate, issuer: x509.Certificate, root: Root, file: str) -> None:
    """Every signed certificate timestamp in `leaf` is by a trusted log; there is one if the root has logs.

    A root without any log, as GitHub's, has certificates that none has seen. Raises
    `attest.errors.VerificationError`.
    """
    place = Place(file=file)
    found = _extension(leaf, x509.PrecertificateSignedCertificateTimestamps)
    stamps = list(found) if found is not None else []
    if not stamps and (root.certificate_logs or root.logs):
        raise VerificationError(
            "no trusted log has seen its certificate: it has no signed certificate timestamp", place=place
        )
    issuer_key = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for each in stamps:
        _check_stamp(each, leaf, hashlib.sha256(issuer_key).digest(), root, place)


def _check_stamp(
    stamp: x509.certificate_transparency.SignedCertificateTimestamp,
    leaf: x509.Certificate,
    issuer_key: bytes,
    root: Root,
    place: Place,
) -> None:
    time = stamp.timestamp.replace(tzinfo=UTC)
    called = logs_called(root.certificate_logs, stamp.log_id, root)
    if not called:
        raise VerificationError(
            f"no trusted log has seen its certificate: the trusted root {root.name} has no certificate"
            f" transparency log {stamp.log_id.hex()}",
            place=place,
        )
    logs = [each for each in called if each.member.covers(time)]
    if not logs:
        raise VerificationError(
            f"no certificate transparency log of the trusted root {root.name} was valid at {utc(time)},"
            " when its certificate was logged",
            place=place,
        )
    certificate, more = leaf.tbs_precertificate_bytes, stamp.extension_bytes
    signed = b"".join(
        (
            _SCT_VERSION,
            _CERTIFICATE_TIMESTAMP,
            ((time - _EPOCH) // timedelta(milliseconds=1)).to_bytes(8, "big"),
            _PRECERTIFICATE,
            issuer_key,
            len(certificate).to_bytes(3, "big"),
            certificate,
            len(more).to_bytes(2, "big"),
            more,
        )
    )
    if not any(each.key.verifies_message(stamp.signature, signed) for each in logs):
        raise VerificationError(
            "no trusted log has seen its certificate: the signed certificate timestamp is not by the log"
            " that it names, or of another certificate",
            place=place,
        )
