"""Whom a timestamp names as its signer, in the older and the newer attribute, rightly and wrongly."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any, Final

import pytest
from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import decode_timestamp_response

from attest.errors import AttestError
from attest.model.limits import Limits
from attest.trust.stamp_signer import signer_fault
from tests.sigstack.signers import connect
from tests.sigstack.timestamps import TimestampAuthority

if TYPE_CHECKING:
    from tests.sigstack.stack import Sigstack

AUTHORITY: Final = TimestampAuthority()
DER: Final = AUTHORITY.certificate.public_bytes(Encoding.DER)
OTHER: Final = AUTHORITY.root.public_bytes(Encoding.DER)
V1, V2 = "signing_certificate", "signing_certificate_v2"
ANOTHER = "it names another certificate as its signer's ({})"
NONE = "it says that no certificate signed it (signing certificate)"


def token(named: dict[str, Any] | None) -> bytes:
    digest = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(b"s").digest()}
    query = tsp.TimeStampReq(
        {"version": 1, "message_imprint": digest, "nonce": secrets.randbits(64), "cert_req": True}
    )
    authority = TimestampAuthority(root_key=AUTHORITY.root_key, key=AUTHORITY.key, named=named)
    authority.root, authority.certificate = AUTHORITY.root, AUTHORITY.certificate
    return decode_timestamp_response(authority.answer(query.dump())).time_stamp_token()


def reference(name: str = "sha256", der: bytes = DER, *, said: str = "", serial: bytes = b"") -> Any:  # noqa: ANN401 - values of asn1crypto
    found: dict[str, Any] = {"cert_hash": hashlib.new(name, der).digest()}
    if said:
        found["hash_algorithm"] = {"algorithm": said}
    if serial:
        parsed = asn1_x509.Certificate.load(serial)
        found["issuer_serial"] = {
            "issuer": [asn1_x509.GeneralName("directory_name", parsed.issuer)],
            "serial_number": parsed.serial_number,
        }
    return found


def with_serial(number: int) -> Any:  # noqa: ANN401 - values of asn1crypto
    found = reference(serial=DER)
    found["issuer_serial"]["serial_number"] = number
    return found


def with_issuer(kind: str, value: object) -> Any:  # noqa: ANN401 - values of asn1crypto
    found = reference(serial=DER)
    found["issuer_serial"]["issuer"] = [asn1_x509.GeneralName(kind, value)]
    return found


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (None, ""),
        ({}, ""),
        ({V1: [reference("sha1")]}, ""),
        ({V1: [reference("sha1", serial=DER), reference("sha1", OTHER)]}, ""),
        ({V2: [reference(serial=DER)]}, ""),
        ({V2: [reference("sha512", said="sha512")]}, ""),
        ({V1: [reference("sha1")], V2: [reference()]}, ""),
        ({V1: [reference("sha1", OTHER)]}, ANOTHER.format("digest")),
        ({V2: [reference(der=OTHER)]}, ANOTHER.format("digest")),
        ({V2: [reference(der=OTHER), reference()]}, ANOTHER.format("digest")),
        ({V1: [reference("sha1")], V2: [reference(der=OTHER)]}, ANOTHER.format("digest")),
        ({V2: [reference("sha384", said="sha512")]}, ANOTHER.format("digest")),
        ({V2: [reference("md5", said="md5")]}, ANOTHER.format("digest 1.2.840.113549.2.5 is not known here")),
        ({V2: [with_serial(7)]}, ANOTHER.format("serial number")),
        ({V1: []}, NONE),
        ({V2: []}, NONE),
    ],
)
def test_whom_it_names(named: dict[str, Any] | None, said: str) -> None:
    assert signer_fault(token(named), AUTHORITY.certificate) == said


def test_another_issuer() -> None:
    stranger = TimestampAuthority().certificate.public_bytes(Encoding.DER)
    found = with_issuer("directory_name", asn1_x509.Certificate.load(stranger).subject)
    assert signer_fault(token({V2: [found]}), AUTHORITY.certificate) == ANOTHER.format("issuer")


@pytest.mark.parametrize("readable", [False, True])
def test_a_bundle_with_such_a_timestamp_is_refused(
    sigstack: Sigstack, monkeypatch: pytest.MonkeyPatch, *, readable: bool
) -> None:
    found = with_issuer("dns_name", "example.com")
    if not readable:
        der = sigstack.timestamps.certificate.public_bytes(Encoding.DER)
        found["cert_hash"] = hashlib.sha256(der).digest()
    monkeypatch.setattr(sigstack.timestamps, "named", {V2: [found]})
    with pytest.raises(AttestError) as caught:
        connect(sigstack).sign_blob(hashlib.sha256(b"a").hexdigest())
    said = ANOTHER.format("digest") if readable else "an element of tag 0x82 where 0xa4 belongs"
    assert "is by no timestamp authority of the trusted root own: " in caught.value.message
    assert said in caught.value.message


def test_what_cannot_be_read() -> None:
    whole = token(None)
    info = cms.ContentInfo.load(whole)
    two = info.copy()
    signers = list(two["content"]["signer_infos"])
    two["content"]["signer_infos"] = [*signers, *signers]
    for data, said in (
        (b"", "is cut off"),
        (whole[:-1], "is cut off"),
        (cms.ContentInfo({"content_type": "data", "content": b""}).dump(), "no signed data"),
        (two.dump(force=True), "2 elements where one belongs"),
    ):
        with pytest.raises(AttestError) as caught:
            signer_fault(data, AUTHORITY.certificate)
        assert said in caught.value.message
    with pytest.raises(AttestError, match="more than 5 elements"):
        signer_fault(whole, AUTHORITY.certificate, Limits(asn1_elements=5))


def test_signed_attributes_are_left_out() -> None:
    info = cms.ContentInfo.load(token(None))
    del info["content"]["signer_infos"][0]["signed_attrs"]
    assert signer_fault(info.dump(force=True), AUTHORITY.certificate) == ""
