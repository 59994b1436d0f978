"""Signatures in CMS, as every maker writes them and as nobody should."""

from __future__ import annotations

import hashlib
import re
import warnings
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from attest.errors import AttestError, LimitError
from attest.exe import cms
from attest.model import asn1
from attest.model.bounds import BoundsError
from attest.model.limits import DEFAULT_LIMITS
from tests.sigstack.timestamps import TimestampAuthority
from tests.unit.exe import code_signer
from tests.unit.exe import signed_macho as made
from tests.unit.exe.signed_macho import attribute, der, developer, endless, forgeable, oid, party

if TYPE_CHECKING:
    from tests.unit.exe.signed_macho import Party

CONTENT = b"a code directory"
RULES = cms.Rules(
    usage=cms.CODE_SIGNING,
    content_type=cms.DATA,
    timestamps=(cms.MICROSOFT_TIMESTAMP, cms.TIMESTAMP, cms.COUNTERSIGNATURE),
)
RSA_KEY = rsa.generate_private_key(65537, 2048)


def read(data: bytes) -> cms.SignedData:
    return cms.read(asn1.read(data, "signature", DEFAULT_LIMITS), DEFAULT_LIMITS)


def judge(data: bytes, over: bytes = CONTENT) -> cms.Judgement:
    return cms.judge(read(data), RULES, DEFAULT_LIMITS, over=over)


def fault(data: bytes) -> str:
    return judge(data).fault


def names(data: bytes) -> list[str]:
    return [each.subject for each in judge(data).chain]


def test_what_the_signer_says() -> None:
    leaf, authority, root = developer()
    data = made.cms(CONTENT, leaf, root, authority)
    signature, found = read(data), judge(data)
    assert (signature.content, signature.signer.digest, signature.signer.unsigned) == (None, "sha256", {})
    assert signature.signer.time == datetime(2026, 1, 15, 12, tzinfo=UTC)
    assert found == cms.Judgement(fault="", chain=found.chain, timestamps=(), sha1=())
    assert names(data) == [
        f"OU={made.TEAM},CN=Developer ID Application: Acme ({made.TEAM})",
        "CN=Test Developer ID CA",
        "CN=Test Root CA",
    ]
    assert [each.unit for each in found.chain] == [made.TEAM, "", ""]
    assert [each.marked(made.DEVELOPER_ID) for each in found.chain] == [True, False, False]
    assert [each.issued_itself for each in found.chain] == [False, False, True]
    assert found.chain[-1].sha256 == root.certificate.fingerprint(SHA256()).hex()
    assert judge(data, CONTENT + b".").fault == "the signed digest is not that of the content"


def test_lengths_without_end_and_content_inside_are_read_the_same() -> None:
    inside = made.cms(CONTENT, *developer(), form=endless, carried=CONTENT)
    assert read(inside).message == CONTENT
    assert judge(inside).fault == ""
    assert cms.judge(read(inside), RULES, DEFAULT_LIMITS).fault == ""
    other = made.cms(CONTENT, *developer(), form=endless, carried=b"something else")
    assert fault(other) == "it carries another content than the one that it is for"
    detached = read(made.cms(CONTENT, *developer()))
    missing = cms.judge(detached, RULES, DEFAULT_LIMITS).fault
    assert missing == "it is over content of the type 1.2.840.113549.1.7.1, or over none"


@pytest.mark.parametrize("algorithm", ["rsa", "ec"])
def test_a_signature_of_another_writer(algorithm: str) -> None:
    key = RSA_KEY if algorithm == "rsa" else None
    root = party("Root", ca=True)
    leaf = party("Leaf", root, unit="TEAM", key=key)
    written = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(CONTENT)
        .add_signer(leaf.certificate, leaf.key, SHA384())
        .add_certificate(root.certificate)
        .sign(Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary])
    )
    # Signed today, by a certificate whose time is fixed: nothing else is wrong with it.
    assert read(written).signer.digest == "sha384"
    assert re.fullmatch(r"its certificate was not valid at 20\S+Z, when it was made", fault(written))
    assert names(written) == ["OU=TEAM,CN=Leaf", "CN=Root"]


NOT_BY_THE_KEY = "the signature is not one by its certificate's key"


def test_a_signature_that_was_changed_does_not_hold() -> None:
    leaf, *above = developer()
    for signer in (leaf, party("RSA", above[0], key=RSA_KEY)):
        data = made.cms(CONTENT, signer, *above)
        assert fault(data) == ""
        assert fault(data.replace(b"260115120000Z", b"260115120001Z")) == NOT_BY_THE_KEY
    for key in (rsa.generate_private_key(65537, 2048), party("Other").key):
        stolen = made.Party(certificate=leaf.certificate, key=key)
        assert fault(made.cms(CONTENT, stolen, *above)) == NOT_BY_THE_KEY


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
    assert fault(made.cms(CONTENT, odd)) == NOT_BY_THE_KEY


# --- what the signed attributes say ---------------------------------------------------------------------

TYPE = attribute("1.2.840.113549.1.9.3", oid(cms.DATA))
DIGEST = der(0x04, hashlib.sha256(CONTENT).digest())
ABOUT = attribute("1.2.840.113549.1.9.4", DIGEST)


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        # Without any, whatever looks like a set of attributes could be taken for what was signed.
        ((), "it has no signed attributes"),
        ((ABOUT,), "the signed attributes name another type of content"),
        (
            (ABOUT, attribute("1.2.840.113549.1.9.3", oid(made.SIGNED_DATA))),
            "the signed attributes name another type of content",
        ),
        (
            (ABOUT, der(0x30, oid("1.2.840.113549.1.9.3"), der(0x31, oid(cms.DATA), oid(cms.DATA)))),
            "the signed attributes name another type of content",
        ),
        ((TYPE,), "the signed digest is not that of the content"),
        (
            (TYPE, attribute("1.2.840.113549.1.9.4", der(0x04, bytes(32)))),
            "the signed digest is not that of the content",
        ),
        (
            (TYPE, der(0x30, oid("1.2.840.113549.1.9.4"), der(0x31, DIGEST, der(0x04, bytes(32))))),
            "the signed digest is not that of the content",
        ),
        ((TYPE, ABOUT), ""),
    ],
    ids=["none", "no type", "other type", "two types", "no digest", "other digest", "two digests", "right"],
)
def test_what_the_signed_attributes_must_say(attributes: tuple[bytes, ...], why: str) -> None:
    assert fault(made.cms(CONTENT, *developer(), attributes=attributes)) == why


def test_signed_attributes_are_der() -> None:
    data = made.cms(CONTENT, *developer(), signed_form=endless)
    assert fault(data) == "the signed attributes are not in DER"


def test_the_content_has_the_type_that_is_asked_for() -> None:
    data = made.cms(CONTENT, *developer(), content_type="1.2.3")
    assert fault(data) == "it is over content of the type 1.2.3, or over none"


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"digest": "1.2.840.113549.2.5"}, "the digest algorithm md5 proves nothing"),
        ({"digest": "1.2.3"}, "the digest algorithm 1.2.3 is not known"),
        ({"algorithm": "1.2.3"}, "the signature algorithm 1.2.3 is not known, or is for another digest"),
        (
            {"algorithm": "1.2.840.10045.4.3.3"},
            "the signature algorithm 1.2.840.10045.4.3.3 is not known, or is for another digest",
        ),
        ({"algorithm": "1.2.840.10045.2.1"}, ""),
    ],
)
def test_algorithms(how: dict[str, str], why: str) -> None:
    assert fault(made.cms(CONTENT, *developer(), **how)) == why  # type: ignore[arg-type]


# --- when ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "when"),
    [
        (b"260115120000Z", datetime(2026, 1, 15, 12, tzinfo=UTC)),
        (b"970115120000Z", datetime(1997, 1, 15, 12, tzinfo=UTC)),
        (None, None),
    ],
)
def test_signing_times(time: bytes | None, when: datetime | None) -> None:
    data = made.cms(CONTENT, *developer(), time=time)
    assert read(data).signer.time == when
    early = "its certificate was not valid at 1997-01-15T12:00:00Z, when it was made"
    assert fault(data) == ("" if when is None or when.year == 2026 else early)


def test_a_time_of_four_digits() -> None:
    later = attribute("1.2.840.113549.1.9.5", der(0x18, b"20510115120000Z"))
    data = made.cms(CONTENT, *developer(), time=None, extra=(later,))
    assert read(data).signer.time == datetime(2051, 1, 15, 12, tzinfo=UTC)
    assert fault(data) == "its certificate was not valid at 2051-01-15T12:00:00Z, when it was made"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ((b"not a time",), "a time that is not written in UTC to the second"),
        ((b"260115120000Z", b"270115120000Z"), "a second time of signing"),
    ],
)
def test_times_that_are_not_one(values: tuple[bytes, ...], why: str) -> None:
    times = der(0x30, oid("1.2.840.113549.1.9.5"), der(0x31, *(der(0x17, each) for each in values)))
    data = made.cms(CONTENT, *developer(), time=None, extra=(times,))
    with pytest.raises(BoundsError, match=why):
        judge(data)


def stamped(*days: int, time: bytes | None = None) -> bytes:
    """A signature with timestamps of some days after the signer's certificate was half used."""

    def seal(signature: bytes) -> bytes:
        tokens = [
            code_signer.token(
                signature, TimestampAuthority(offset=made.NOW - datetime.now(UTC) + timedelta(days=each))
            )
            for each in days
        ]
        return der(0x30, oid(cms.TIMESTAMP), der(0x31, *tokens))

    return made.cms(CONTENT, *developer(), seal=seal, time=time)


@pytest.mark.parametrize(
    ("days", "time", "day"),
    [
        ((0,), None, ""),
        ((31,), None, "2026-02-15"),
        ((-31,), None, "2025-12-15"),
        # The time that another one gave counts for more than the signer's, and the first for most.
        ((0,), b"970115120000Z", ""),
        ((31,), b"260115120000Z", "2026-02-15"),
        ((31, 0), None, ""),
    ],
)
def test_the_certificate_was_valid_when_it_was_stamped(
    days: tuple[int, ...], time: bytes | None, day: str
) -> None:
    found = judge(stamped(*days, time=time))
    assert [each.fault for each in found.timestamps] == ["" for _ in days]
    said = re.sub("T[0-9:]+Z", "", found.fault)
    assert said == (f"its certificate was not valid at {day}, when it was made" if day else "")


def test_a_broken_timestamp_says_no_time() -> None:
    def seal(_: bytes) -> bytes:
        over = code_signer.token(b"another", TimestampAuthority(offset=timedelta(days=-3000)))
        return attribute(cms.TIMESTAMP, over)

    found = judge(made.cms(CONTENT, *developer(), seal=seal))
    assert found.faults == ("timestamp: it is over another signature",)


def test_who_gives_the_time_had_a_valid_certificate() -> None:
    late = TimestampAuthority(offset=timedelta(days=400))
    found = judge(
        made.cms(
            CONTENT,
            *developer(),
            seal=lambda signature: attribute(cms.TIMESTAMP, code_signer.token(signature, late)),
        )
    )
    assert [each.fault[:29] for each in found.timestamps] == ["its certificate was not valid"]


def counter(signature: bytes, who: Party, *others: bytes) -> bytes:
    """A countersignature by `who`, as attribute."""
    signed = (
        attribute("1.2.840.113549.1.9.5", der(0x17, b"260116000000Z")),
        attribute("1.2.840.113549.1.9.4", der(0x04, hashlib.sha256(signature).digest())),
        *others,
    )
    number = who.certificate.serial_number
    serial = der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))
    one = der(
        0x30,
        der(0x02, b"\x01"),
        der(0x30, who.certificate.issuer.public_bytes(), serial),
        der(0x30, oid(made.SHA256_OID)),
        der(0xA0, *signed),
        der(0x30, oid("1.2.840.10045.2.1")),
        der(0x04, made.sign_bytes(who.key, der(0x31, *signed))),
    )
    return attribute(cms.COUNTERSIGNATURE, one)


NOT_FOR_TIMESTAMPS = "its certificate is not for timestamps"


@pytest.mark.parametrize(
    ("who", "why"),
    [
        (party("Stamper", purpose=ExtendedKeyUsageOID.TIME_STAMPING), ""),
        # Whoever may do everything may not do this: it must be said.
        (party("Anybody"), NOT_FOR_TIMESTAMPS),
        (party("Anything", purpose=ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE), NOT_FOR_TIMESTAMPS),
        (party("Signer", purpose=ExtendedKeyUsageOID.CODE_SIGNING), NOT_FOR_TIMESTAMPS),
    ],
)
def test_countersignatures(who: Party, why: str) -> None:
    data = made.cms(CONTENT, *developer(), who, seal=lambda signature: counter(signature, who))
    (found,) = judge(data).timestamps
    assert (found.time, found.fault) == (datetime(2026, 1, 16, tzinfo=UTC), why)
    assert found.signer is not None
    assert found.signer.subject == who.certificate.subject.rfc4514_string()
    only_tokens = replace(RULES, timestamps=(cms.TIMESTAMP,))
    assert cms.judge(read(data), only_tokens, DEFAULT_LIMITS, over=CONTENT).timestamps == ()


def test_timestamps_are_counted() -> None:
    few = replace(DEFAULT_LIMITS, code_signatures=1)
    with pytest.raises(LimitError, match="more than 1 timestamps"):
        cms.judge(read(stamped(0, 1)), RULES, few, over=CONTENT)


# --- certificates ----------------------------------------------------------------------------------------


NOT_FOR_CODE = "its certificate is not for signing code"


@pytest.mark.parametrize(
    ("leaf", "why"),
    [
        (party("Any", purpose=ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE), ""),
        (party("Code", purpose=ExtendedKeyUsageOID.CODE_SIGNING), ""),
        (
            party("Mail", purpose=ExtendedKeyUsageOID.EMAIL_PROTECTION),
            "its certificate is not for signing code",
        ),
        (party("Issuer", ca=True, issues=True), "its certificate is not for signing code"),
    ],
    ids=["any", "code", "mail", "issuing"],
)
def test_what_a_certificate_is_for(leaf: Party, why: str) -> None:
    assert fault(made.cms(CONTENT, leaf)) == why


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
    found = judge(made.cms(CONTENT, leaf, between, root)).chain
    assert len(found) == length
    assert found[-1].issued_itself == (length == 3)


def test_a_path_that_is_longer_than_an_authority_allows_ends_there() -> None:
    root = developer()[2]
    narrow = authority(ca=True, path_length=0)
    below = party("Below", narrow, ca=True)
    leaf = party("Leaf", below)
    assert names(made.cms(CONTENT, leaf, below, narrow, root)) == ["CN=Leaf", "CN=Below"]


def test_an_issuer_of_the_same_name_and_another_key_is_none() -> None:
    leaf = developer()[0]
    forged = party("Test Developer ID CA", ca=True)
    assert len(judge(made.cms(CONTENT, leaf, forged)).chain) == 1


def test_authorities_that_issue_one_another_end() -> None:
    first, second = party("First", ca=True), party("Second", ca=True)
    a = party("A", made.Party(party("B").certificate, second.key), ca=True, key=first.key)
    b = party("B", made.Party(a.certificate, first.key), ca=True, key=second.key)
    found = judge(made.cms(CONTENT, a, b)).chain
    assert [each.subject for each in found] == ["CN=A", "CN=B"]
    assert not found[-1].issued_itself


@pytest.mark.parametrize("digest", ["md5", "sha1"])
def test_certificates_that_anybody_can_forge_lead_nowhere(digest: Literal["md5", "sha1"]) -> None:
    root = party("Root", ca=True, key=RSA_KEY)
    found = judge(made.cms(CONTENT, forgeable(party("Leaf", root), RSA_KEY, digest), root))
    assert [each.subject for each in found.chain] == ["CN=Leaf"]
    assert found.sha1 == (("certificate CN=Leaf",) if digest == "sha1" else ())


def test_a_certificate_that_was_issued_in_an_unknown_way() -> None:
    known = party("Leaf").der
    odd = known.replace(oid("1.2.840.10045.4.3.2"), oid("1.2.840.10045.4.3.9"))
    for data, name in ((known, "sha256"), (odd, "")):
        assert cms.read_certificate(asn1.read(data, "certificate", DEFAULT_LIMITS)).hash == name


def test_without_the_signers_certificate_there_is_no_chain() -> None:
    leaf, *above = developer()
    missing = judge(made.cms(CONTENT, leaf, *above, carries=above))
    assert (missing.fault, missing.chain) == ("the certificate of the signer is not there", ())
    junk = der(0x30, der(0x04, bytes(len(leaf.der) - 8)))
    assert fault(made.cms(CONTENT, leaf, *above).replace(leaf.der, junk)) == missing.fault


def test_a_certificate_whose_extensions_cannot_be_read_is_as_good_as_absent() -> None:
    leaf = party("Leaf", ca=True)
    broken = leaf.der.replace(bytes.fromhex("30030101ff"), bytes.fromhex("30030401ff"))
    assert broken != leaf.der
    with pytest.raises(BoundsError, match="a certificate cannot be read: "):
        cms.read_certificate(asn1.read(broken, "certificate", DEFAULT_LIMITS))
    assert fault(made.cms(CONTENT, leaf).replace(leaf.der, broken)) == (
        "the certificate of the signer is not there"
    )


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # by the test's own writer
def test_an_odd_serial_number_warns_nobody() -> None:
    leaf = party("Leaf", developer()[2])
    number = leaf.certificate.serial_number
    size = number.bit_length() // 8 + 1
    odd = -1 << (8 * size - 2)
    old, new = number.to_bytes(size, "big"), odd.to_bytes(size, "big", signed=True)
    certificate = x509.load_der_x509_certificate(leaf.der.replace(old, new))
    data = made.cms(CONTENT, leaf, developer()[2]).replace(old, new)
    assert certificate.serial_number == read(data).signer.serial == odd
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert names(data) == ["CN=Leaf"], "its issuer did not sign this number"


# --- what is no signature --------------------------------------------------------------------------------

TWICE = (attribute("1.2.3", der(0x04)), attribute("1.2.3", der(0x04)))
EMPTY = der(0x30, oid("1.2.3"), der(0x31))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cut off"),
        (b"\x04\x00", "an element of tag 0x04 where 0x30 belongs"),
        (der(0x30, oid("1.2.840.113549.1.7.1")), "this is no signed data"),
        (made.cms(CONTENT, *developer(), signers=0), "0 signers where one belongs"),
        (made.cms(CONTENT, *developer(), signers=2), "2 signers where one belongs"),
        (made.cms(CONTENT, *developer(), attributes=TWICE), r"1\.2\.3 is there twice, or empty"),
        (made.cms(CONTENT, *developer(), attributes=(EMPTY,)), r"1\.2\.3 is there twice, or empty"),
        (made.cms(CONTENT, *developer(), unsigned=(EMPTY,)), r"1\.2\.3 is there twice, or empty"),
        (
            der(0x30, oid(made.SIGNED_DATA), der(0xA0, der(0x30, b"\x05\x00", b"\x05\x00", der(0x30)))),
            "an element of tag 0x05 where 0x02 belongs",
        ),
        (der(0x30, oid(made.SIGNED_DATA), der(0xA0, der(0x30), der(0x30))), "2 elements where one belongs"),
    ],
)
def test_what_is_no_signature_of_one_signer(data: bytes, reason: str) -> None:
    with pytest.raises(BoundsError, match=reason):
        read(data)


def test_certificates_are_counted() -> None:
    with pytest.raises(LimitError, match="signature: more than 16 certificates"):
        read(made.cms(CONTENT, *[developer()[0]] * 17))


def test_attributes_that_are_not_signed_may_be_there_twice() -> None:
    # RFC 5652, section 11.4: countersignatures. All of them are judged.
    data = made.cms(CONTENT, *developer(), unsigned=TWICE)
    assert len(read(data).signer.unsigned["1.2.3"]) == 2


def test_cut_off_anywhere_it_is_refused() -> None:
    data = made.cms(CONTENT, *developer(), form=endless)
    for size in range(len(data)):
        with pytest.raises(AttestError):
            read(data[:size])


WHOLE = made.cms(CONTENT, *developer())
STAMPED = stamped(0)


@given(
    st.sampled_from([WHOLE, STAMPED]),
    st.dictionaries(st.integers(0, 1300), st.integers(0, 255), min_size=1, max_size=4),
)
def test_whatever_is_changed_is_read_or_refused(whole: bytes, changes: dict[int, int]) -> None:
    data = bytearray(whole)
    for at, value in changes.items():
        data[-at] = value
    with suppress(AttestError):
        judge(bytes(data))
