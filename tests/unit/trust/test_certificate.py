from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ObjectIdentifier

from attest.errors import VerificationError
from attest.policy import identity
from attest.trust.certificate import CLAIMS, OLD_CLAIMS, read_signer
from tests.sigstack.authority import FULCIO, der

KEY = ec.generate_private_key(ec.SECP256R1())
URI = x509.UniformResourceIdentifier("https://github.com/acme/widget")
GITLAB = "https://gitlab.com/a//.gitlab-ci.yml@refs/heads/main"
LONG = "x" * 300


def certificate(names: list[x509.GeneralName] | None, extensions: dict[int, bytes] | None = None) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([]))
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC))
        .not_valid_after(datetime.now(UTC) + timedelta(minutes=10))
    )
    if names is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
    for number, value in (extensions or {}).items():
        unknown = x509.UnrecognizedExtension(ObjectIdentifier(f"{FULCIO}{number}"), value)
        builder = builder.add_extension(unknown, critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


def utf8(text: str) -> bytes:
    return der(0x0C, text.encode())


def reason(data: bytes) -> str:
    with pytest.raises(VerificationError) as caught:
        read_signer(data, "w.sigstore.json")
    return caught.value.message


def test_reads_subject_issuer_and_every_claim() -> None:
    numbers = range(9, 25)
    extensions = {8: utf8("https://issuer"), **{each: utf8(f"claim {each}") for each in numbers}}
    found = read_signer(certificate([URI], extensions), "a")
    assert (found.kind, found.san, found.issuer) == ("certificate", URI.value, "https://issuer")
    names = {f"{FULCIO}{each}": f"claim {each}" for each in numbers}
    assert found.claims == tuple(sorted((CLAIMS[oid], value) for oid, value in names.items()))
    assert dict(found.claims)["source_repository_id"] == "claim 15"
    assert dict(found.claims)["source_repository_owner_id"] == "claim 17"
    assert dict(found.claims)["runner_environment"] == "claim 11"
    assert dict(found.claims)["build_trigger"] == "claim 20"
    assert dict(found.claims)["source_ref"] == "claim 14"


def test_reads_the_old_claims_whose_value_is_the_text_itself() -> None:
    extensions = {each: f"old {each}".encode() for each in range(2, 7)}
    found = dict(read_signer(certificate([URI], extensions), "a").claims)
    assert found == {name: f"old {oid.rpartition('.')[2]}" for oid, name in OLD_CLAIMS.items()}
    assert found["github_workflow_name"] == "old 4"
    assert found["github_workflow_repository"] == "old 5"
    broken = certificate([URI], {2: b"\xff"})
    assert reason(broken) == "the claim github_workflow_trigger in the certificate is no UTF-8"


def test_a_policy_can_ask_for_every_claim() -> None:
    assert sorted(identity.CLAIMS) == sorted([*OLD_CLAIMS.values(), *CLAIMS.values()])


@pytest.mark.parametrize(
    ("name", "san"),
    [
        (x509.RFC822Name("alice@example.com"), "alice@example.com"),
        (x509.OtherName(ObjectIdentifier(f"{FULCIO}7"), utf8("alice!example.com")), "alice!example.com"),
        (x509.UniformResourceIdentifier(GITLAB), GITLAB),
    ],
)
def test_reads_each_kind_of_subject(name: x509.GeneralName, san: str) -> None:
    assert read_signer(certificate([name]), "a").san == san


def test_reads_the_old_issuer_and_none() -> None:
    assert read_signer(certificate([URI], {1: b"https://old"}), "a").issuer == "https://old"
    both = {1: b"https://same", 8: utf8("https://same")}
    assert read_signer(certificate([URI], both), "a").issuer == "https://same"
    assert read_signer(certificate([URI]), "a").issuer == ""


def test_reads_long_texts() -> None:
    assert dict(read_signer(certificate([URI], {9: utf8(LONG)}), "a").claims) == {"build_signer_uri": LONG}
    assert read_signer(certificate([URI], {8: utf8("x" * 200)}), "a").issuer == "x" * 200


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"junk", "a certificate cannot be read"),
        (certificate(None), "the certificate names no subject"),
        (certificate([URI, x509.RFC822Name("a@b.example")]), "names 2 subjects, not exactly one"),
        (certificate([x509.DNSName("example.com")]), "neither a URI, an e-mail address nor a username"),
        (
            certificate([x509.OtherName(ObjectIdentifier("1.2.3"), utf8("a"))]),
            "neither a URI, an e-mail address nor a username",
        ),
        (
            certificate([x509.OtherName(ObjectIdentifier(f"{FULCIO}7"), b"\x04\x01a")]),
            "the username in the certificate is no DER UTF8String",
        ),
        (certificate([x509.UniformResourceIdentifier("")]), "the certificate's subject is empty"),
        (certificate([URI], {1: b"https://a", 8: utf8("https://b")}), "the certificate names two issuers"),
        (certificate([URI], {1: b"\xff"}), "the issuer in the certificate is no UTF-8"),
        (certificate([URI], {8: b""}), "the issuer in the certificate is no DER UTF8String"),
        (certificate([URI], {8: b"\x0c\x05a"}), "the issuer in the certificate is no DER UTF8String"),
        (certificate([URI], {8: b"\x0c\x01ab"}), "the issuer in the certificate is no DER UTF8String"),
        (certificate([URI], {8: b"\x0c\x80"}), "the issuer in the certificate is no DER UTF8String"),
        (certificate([URI], {8: b"\x0c\x81\x01a"}), "the issuer in the certificate is no DER UTF8String"),
        (
            certificate([URI], {8: b"\x0c\x82\x00\xc8" + b"a" * 200}),
            "the issuer in the certificate is no DER UTF8String",
        ),
        (
            certificate([URI], {11: b"\x0c\x01\xff"}),
            "the claim runner_environment in the certificate is no UTF-8",
        ),
    ],
)
def test_refuses_what_could_be_read_in_two_ways(data: bytes, message: str) -> None:
    assert message in reason(data)
