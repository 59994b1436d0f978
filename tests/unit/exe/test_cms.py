from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from attest.errors import AttestError
from attest.exe import cms
from attest.exe.reader import BoundsError
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe import signed_macho as made
from tests.unit.exe.signed_macho import attribute, der, developer, endless, oid, party

if TYPE_CHECKING:
    from tests.unit.exe.signed_macho import Party

CONTENT = b"a code directory"


def read(data: bytes) -> cms.Signature:
    return cms.read(data, DEFAULT_LIMITS)


def chain(data: bytes) -> cms.Chain:
    return cms.chain(read(data), DEFAULT_LIMITS)


def names(data: bytes) -> list[str]:
    return [each.subject for each in chain(data).certificates]


def test_what_the_signer_says() -> None:
    leaf, authority, root = developer()
    data = made.cms(CONTENT, leaf, root, authority)
    signature, found = read(data), chain(data)
    assert (signature.content, signature.digest, signature.unsigned) == (None, "sha256", {})
    assert cms.is_about(signature, CONTENT)
    assert not cms.is_about(signature, CONTENT + b".")
    assert cms.signing_time(signature) == datetime(2026, 1, 15, 12, tzinfo=UTC)
    assert found.holds
    assert names(data) == [
        f"OU={made.TEAM},CN=Developer ID Application: Acme ({made.TEAM})",
        "CN=Test Developer ID CA",
        "CN=Test Root CA",
    ]
    assert found.certificates[0].unit == made.TEAM
    assert made.DEVELOPER_ID in found.certificates[0].extensions
    assert made.DEVELOPER_ID_ISSUER in found.certificates[1].extensions
    assert found.root == root.certificate.fingerprint(SHA256()).hex()


def test_lengths_without_end_and_content_inside_are_read_the_same() -> None:
    inside = read(made.cms(CONTENT, *developer(), form=endless, carried=CONTENT))
    assert inside.content == CONTENT
    assert cms.is_about(inside, CONTENT)
    other = read(made.cms(CONTENT, *developer(), form=endless, carried=b"something else"))
    assert not cms.is_about(other, CONTENT)


@pytest.mark.parametrize("algorithm", ["rsa", "ec"])
def test_a_signature_of_another_writer(algorithm: str) -> None:
    key = rsa.generate_private_key(65537, 2048) if algorithm == "rsa" else None
    root = party("Root", ca=True)
    leaf = party("Leaf", root, unit="TEAM", key=key)
    written = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(CONTENT)
        .add_signer(leaf.certificate, leaf.key, SHA384())
        .add_certificate(root.certificate)
        .sign(Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary])
    )
    # Signed today, by a certificate whose time is fixed: only that says that it does not hold.
    signature = read(written)
    assert signature.digest == "sha384"
    assert cms.is_about(signature, CONTENT)
    assert cms._signed_by(leaf.certificate, signature)
    assert not cms._signed_by(root.certificate, signature)
    assert names(written) == ["OU=TEAM,CN=Leaf", "CN=Root"]


def test_a_signature_that_was_changed_does_not_hold() -> None:
    leaf, *above = developer()
    data = made.cms(CONTENT, leaf, *above)
    assert chain(data).holds
    assert not chain(data.replace(b"260115120000Z", b"260115120001Z")).holds
    rsa_leaf = party("RSA", above[0], key=rsa.generate_private_key(65537, 2048))
    data = made.cms(CONTENT, rsa_leaf, *above)
    assert chain(data).holds
    assert not chain(data.replace(b"260115120000Z", b"260115120001Z")).holds
    other = party("Other", above[0], key=rsa.generate_private_key(65537, 2048))
    stolen = made.Party(certificate=leaf.certificate, key=other.key)
    assert not chain(made.cms(CONTENT, stolen, *above)).holds


def test_a_key_that_nobody_signs_code_with_does_not_hold() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    builder = x509.CertificateBuilder()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Odd")])
    certificate = (
        builder.subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(made.NOW)
        .not_valid_after(made.NOW)
        .sign(key, None)
    )
    odd = made.Party(certificate=certificate, key=developer()[0].key)
    assert not chain(made.cms(CONTENT, odd)).holds


@pytest.mark.parametrize(
    ("time", "when"),
    [
        (b"260115120000Z", datetime(2026, 1, 15, 12, tzinfo=UTC)),
        (b"970115120000Z", datetime(1997, 1, 15, 12, tzinfo=UTC)),
        (b"not a time", None),
        (None, None),
    ],
)
def test_signing_times(time: bytes | None, when: datetime | None) -> None:
    data = made.cms(CONTENT, *developer(), time=time)
    assert cms.signing_time(read(data)) == when
    # Long before the certificate was valid, or at no time that is said.
    assert chain(data).holds == (when is None or when.year == 2026)


def test_a_time_of_four_digits() -> None:
    later = attribute("1.2.840.113549.1.9.5", der(0x18, b"20510115120000Z"))
    data = made.cms(CONTENT, *developer(), time=None, extra=(later,))
    assert cms.signing_time(read(data)) == datetime(2051, 1, 15, 12, tzinfo=UTC)


def authority(*, ca: bool | None, path_length: int | None = None, issues: bool | None = None) -> Party:
    return party("Between", developer()[2], ca=ca, path_length=path_length, issues=issues)


@pytest.mark.parametrize(
    ("between", "length"),
    [
        (authority(ca=True), 3),
        (authority(ca=True, issues=True, path_length=0), 3),
        (authority(ca=None), 1),
        (authority(ca=False), 1),
        (authority(ca=True, issues=False), 1),
    ],
    ids=["ca", "ca-with-usage", "no-constraints", "no-ca", "may-not-issue"],
)
def test_only_authorities_issue(between: Party, length: int) -> None:
    root = developer()[2]
    leaf = party("Leaf", between)
    found = chain(made.cms(CONTENT, leaf, between, root))
    assert len(found.certificates) == length
    assert bool(found.root) == (length == 3)


def test_a_path_that_is_longer_than_an_authority_allows_ends_there() -> None:
    root = developer()[2]
    narrow = authority(ca=True, path_length=0)
    below = party("Below", narrow, ca=True)
    leaf = party("Leaf", below)
    assert names(made.cms(CONTENT, leaf, below, narrow, root)) == ["CN=Leaf", "CN=Below"]


def test_an_issuer_of_the_same_name_and_another_key_is_none() -> None:
    leaf = developer()[0]
    forged = party("Test Developer ID CA", ca=True)
    assert len(chain(made.cms(CONTENT, leaf, forged)).certificates) == 1


def test_authorities_that_issue_one_another_end() -> None:
    first, second = party("First", ca=True), party("Second", ca=True)
    a = party("A", made.Party(party("B").certificate, second.key), ca=True, key=first.key)
    b = party("B", made.Party(a.certificate, first.key), ca=True, key=second.key)
    found = chain(made.cms(CONTENT, a, b))
    assert len(found.certificates) == DEFAULT_LIMITS.certificates + 1
    assert found.root == ""


TWICE = (attribute("1.2.3", der(0x04)), attribute("1.2.3", der(0x04)))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cut off"),
        (b"\x04\x00", "no CMS SignedData"),
        (der(0x30, oid("1.2.840.113549.1.7.1")), "no CMS SignedData"),
        (made.cms(CONTENT, *developer(), signers=0), "by 0 signers, not exactly one"),
        (made.cms(CONTENT, *developer(), signers=2), "by 2 signers, not exactly one"),
        (made.cms(CONTENT, *developer(), digest="1.2.3"), r"unknown kind of digest, 1\.2\.3"),
        (made.cms(CONTENT, *developer(), attributes=TWICE), r"1\.2\.3 is there twice, or empty"),
        (
            made.cms(CONTENT, *developer(), attributes=(der(0x30, oid("1.2.3"), der(0x31)),)),
            r"1\.2\.3 is there twice, or empty",
        ),
        (made.cms(CONTENT, *[developer()[0]] * 17), "more than 16 certificates"),
        (
            der(0x30, oid(made.SIGNED_DATA), der(0xA0, der(0x30, b"\x05\x00", b"\x05\x00", der(0x30)))),
            "no value of tag 0x31",
        ),
    ],
)
def test_what_is_no_signature_of_one_signer(data: bytes, reason: str) -> None:
    with pytest.raises(BoundsError, match=reason):
        read(data)


def test_without_the_signers_certificate_there_is_no_chain() -> None:
    leaf, *above = developer()
    only = made.Party(certificate=leaf.certificate, key=leaf.key)
    data = made.cms(CONTENT, only, *above)
    signature = replace(read(data), certificates=tuple(each.der for each in above))
    with pytest.raises(BoundsError, match="without the certificate of its signer"):
        cms.chain(signature, DEFAULT_LIMITS)
    with pytest.raises(BoundsError, match="a signature's certificate cannot be read"):
        cms.chain(replace(signature, certificates=(der(0x30, b"\x05\x00"),)), DEFAULT_LIMITS)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # by the test's own writer
def test_an_odd_serial_number_warns_nobody() -> None:
    leaf = party("Leaf", developer()[2])
    number = leaf.certificate.serial_number
    size = number.bit_length() // 8 + 1
    odd = -1 << (8 * size - 2)
    old, new = number.to_bytes(size, "big"), odd.to_bytes(size, "big", signed=True)
    certificate = x509.load_der_x509_certificate(leaf.der.replace(old, new))
    data = made.cms(CONTENT, leaf, developer()[2]).replace(old, new)
    assert certificate.serial_number == read(data).serial == odd
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert names(data) == ["CN=Leaf"], "its issuer did not sign this number"


def test_the_digest_must_be_there() -> None:
    signature = read(made.cms(CONTENT, *developer(), attributes=(attribute("1.2.3", der(0x04)),)))
    assert not cms.is_about(signature, CONTENT)


def test_attributes_that_are_not_signed() -> None:
    token = attribute(cms.TIMESTAMP_TOKEN, der(0x30))
    assert cms.TIMESTAMP_TOKEN in read(made.cms(CONTENT, *developer(), unsigned=(token,))).unsigned


def test_cut_off_anywhere_it_is_refused() -> None:
    data = made.cms(CONTENT, *developer(), form=endless)
    for size in range(len(data)):
        with pytest.raises(AttestError):
            read(data[:size])


WHOLE = made.cms(CONTENT, *developer())


@given(st.dictionaries(st.integers(0, 1300), st.integers(0, 255), min_size=1, max_size=4))
def test_whatever_is_changed_is_read_or_refused(changes: dict[int, int]) -> None:
    data = bytearray(WHOLE)
    for at, value in changes.items():
        data[at] = value
    with suppress(AttestError):
        chain(bytes(data))
