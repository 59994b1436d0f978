"""Timestamps (RFC 3161) of a signature, by the timestamp authorities of a trusted root.

Sources: RFC 3161 sections 2.2 to 2.4; RFC 5652 through the rfc3161-client library, which does the signature
and the chain at the stamped time. Whom the token itself names is `attest.trust.stamp_signer`'s matter.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import VerificationError as TimestampError
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from attest.errors import InputError, VerificationError
from attest.model.place import Place
from attest.trust.members import chain_of
from attest.trust.roots import utc
from attest.trust.stamp_signer import signer_fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rfc3161_client import TimeStampResponse

    from attest.trust.bundle import Bundle
    from attest.trust.roots import Root

_SHORTEST_CHAIN: Final = 2  # the authority's certificate and its root
_DIGESTS: Final = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_GRANTED: Final = 0
_OPENSSL: Final = "Error while verifying certificates"
_NOT_ITS: Final = "it is not signed by that authority's certificate, or was changed"


def stamped_times(bundle: Bundle, root: Root) -> tuple[tuple[datetime, ...], int]:
    """The times of all timestamps, and how many distinct authorities made them.

    Raises `attest.errors.VerificationError` for the first timestamp that does not verify.
    """
    found = [_stamp(data, bundle, root) for data in bundle.timestamps]
    return tuple(time for time, _ in found), len({maker for _, maker in found})


def _stamp(data: bytes, bundle: Bundle, root: Root) -> tuple[datetime, bytes]:
    """The time of one timestamp, and the certificate of the authority that made it."""
    place = Place(file=bundle.file)
    try:
        response = decode_timestamp_response(data)
        if response.status != _GRANTED:
            raise VerificationError(
                f"a timestamp was not granted: its status is {response.status}", place=place
            )
        time, imprint = response.tst_info.gen_time, response.tst_info.message_imprint
        digest, stamped = imprint.hash_algorithm.dotted_string, imprint.message
        name = _DIGESTS.get(digest)
    except (ValueError, OverflowError) as error:
        raise VerificationError("a timestamp is no RFC 3161 response", place=place) from error
    if name is None:
        raise VerificationError(f"a timestamp is over a digest {digest}, which is no SHA-2", place=place)
    if stamped != hashlib.new(name, bundle.stamped).digest():
        raise VerificationError(f"a timestamp of {utc(time)} is of another signature", place=place)
    then = [each for each in root.timestamping if each.covers(time)]
    if not then:
        raise VerificationError(
            f"a timestamp of {utc(time)} is by no timestamp authority that the trusted root {root.name}"
            " trusted then",
            place=place,
        )
    reasons: list[str] = []
    for member in then:
        chain = chain_of(member, root)
        reason = _fault(response, bundle.stamped, chain, time)
        if not reason:
            return time, chain[0].public_bytes(Encoding.DER)
        reasons.append(reason)
    told = "; ".join(dict.fromkeys(reasons))
    raise VerificationError(
        f"a timestamp of {utc(time)} is by no timestamp authority of the trusted root {root.name}: {told}",
        place=place,
    )


def _fault(
    response: TimeStampResponse, signature: bytes, chain: Sequence[x509.Certificate], time: datetime
) -> str:
    """Why the timestamp is not one by the authority with this chain, "" where it is."""
    if len(chain) < _SHORTEST_CHAIN:
        return "the trusted root has no root certificate for the authority"
    for each in chain:
        if not each.not_valid_before_utc <= time <= each.not_valid_after_utc:
            return f"the certificate of {each.subject.rfc4514_string()} was not valid then"
    alone = [ExtendedKeyUsageOID.TIME_STAMPING]
    purposes = [each for each in chain[0].extensions if isinstance(each.value, x509.ExtendedKeyUsage)]
    if not purposes or not all(each.critical and list(each.value) == alone for each in purposes):
        return "the authority's certificate is not for timestamps alone (extended key usage)"
    verifier = VerifierBuilder(
        tsa_certificate=chain[0], intermediates=list(chain[1:-1]), roots=[chain[-1]]
    ).build()
    try:
        verifier.verify_message(response, signature)
    except (TimestampError, ValueError) as error:
        text = " ".join(str(error).split())
        # OpenSSL's own words follow, which help nobody and change with its versions.
        return _NOT_ITS if text.startswith(_OPENSSL) else text
    try:
        return signer_fault(response.time_stamp_token(), chain[0])
    except InputError as error:
        return error.message
