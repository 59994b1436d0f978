"""Signatures of PE files: written by a signer of the tests, read as Windows' format has them, and by LIEF."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import lief
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.exe import authenticode, cms
from attest.exe.inspect import inspect
from attest.exe.pe import read_pe
from attest.model import asn1
from attest.model.bounds import BoundsError
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe import code_signer
from tests.unit.exe.code_signer import (
    CA,
    CA_KEY,
    KEY,
    LEAF,
    ROOT,
    SIGNER,
    CodeSigner,
    Wish,
    certificate,
    sign,
)
from tests.unit.exe.pe_builder import PeFile, rich

if TYPE_CHECKING:
    from attest.model.binary import BinaryReport

PLAIN = PeFile(imports={"kernel32.dll": ["WriteFile"]}, sections=[(".data", 0xC0000040, b"d" * 9000)]).build()
VALID = "serial 1234; valid 2026-01-01 to 2028-01-01"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def read(data: bytes) -> BinaryReport:
    return inspect(memoryview(data))


def sha256(of: Any) -> str:  # noqa: ANN401 - a certificate
    return hashlib.sha256(of.public_bytes(Encoding.DER)).hexdigest()


def test_a_signed_file_says_by_whom_and_that_it_is_unchanged() -> None:
    report = read(sign(PLAIN))
    assert report.notes[1:] == ()  # the note is that it is no Go program
    facts = {each.name: each.value for each in report.facts if each.name.startswith("pe.authenticode")}
    assert facts == {
        "pe.authenticode": True,
        "pe.authenticode_extra": 0,
        "pe.authenticode_algorithms": ("sha256",),
        "pe.authenticode_digest": True,
        "pe.authenticode_signature": True,
        "pe.authenticode_signers": ("CN=Widget\\, Signer,O=Acme",),
        "pe.authenticode_certificates": (" ".join(map(sha256, (LEAF, CA, ROOT))),),
        "pe.authenticode_chain": (
            f"CN=Widget\\, Signer,O=Acme; issuer CN=Code CA,O=Acme; {VALID}; sha256 {sha256(LEAF)}",
            f"CN=Code CA,O=Acme; issuer CN=Root,O=Acme; {VALID}; sha256 {sha256(CA)}",
            f"CN=Root,O=Acme; issuer CN=Root,O=Acme; {VALID}; sha256 {sha256(ROOT)}",
        ),
        "pe.authenticode_faults": (),
        "pe.authenticode_sha1": (),
    }


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha384"])
def test_lief_reads_the_same(bits: Any, digest: str) -> None:  # noqa: ANN401 - 32 or 64
    data = sign(rich(bits), Wish(digest=digest, by=CodeSigner(RSA_KEY, rsa_leaf(), (CA, ROOT))))
    theirs: Any = lief.PE.parse(list(data))
    (signature,) = theirs.signatures
    report = read(data)
    assert report.fact("pe.authenticode_algorithms") == (digest,)
    assert report.fact("pe.authenticode_digest") is True
    assert theirs.authentihash(signature.digest_algorithm) == signature.content_info.digest
    (signer,) = signature.signers
    assert bytes(signer.cert.raw) == rsa_leaf().public_bytes(Encoding.DER)
    assert report.fact("pe.authenticode_certificates") == (" ".join(map(sha256, (rsa_leaf(), CA, ROOT))),)


LEAVES: list[Any] = []


def rsa_leaf() -> Any:  # noqa: ANN401 - a certificate
    if not LEAVES:
        LEAVES.append(certificate("RSA", RSA_KEY, "Code CA", CA_KEY))
    return LEAVES[0]


def test_any_byte_that_is_changed_is_seen_but_those_that_signing_itself_changes() -> None:
    data = sign(PLAIN)
    checksum, entry = code_signer.places(data)
    for at in (0x10, 0x90, checksum - 1, checksum + 4, entry - 1, entry + 8, 0x400, 0x1800, len(PLAIN) - 1):
        changed = bytearray(data)
        changed[at] ^= 1
        assert read(bytes(changed)).fact("pe.authenticode_digest") is False, hex(at)
    for at in range(checksum, checksum + 4):
        changed = bytearray(data)
        changed[at] ^= 1
        assert read(bytes(changed)).fact("pe.authenticode_digest") is True
    assert read(data + b"behind").fact("pe.authenticode_digest") is False


def test_page_hashes() -> None:
    data = sign(PLAIN, Wish(pages=True))
    assert read(data).fact("pe.authenticode_page_hashes") is True
    assert read(sign(PLAIN, Wish(pages=True, digest="sha1"))).fact("pe.authenticode_page_hashes") is True
    changed = bytearray(data)
    changed[len(PLAIN) - 1] ^= 1
    assert read(bytes(changed)).fact("pe.authenticode_page_hashes") is False
    assert read(sign(PLAIN)).fact("pe.authenticode_page_hashes") is None


@pytest.mark.parametrize(
    ("at", "value"),
    [(32, 0x100), (32, 0x2000_0000), (60, 0x1001)],
    ids=["pages too small", "pages too large", "headers longer than a page"],
)
def test_page_hashes_over_pages_that_no_file_has(at: int, value: int) -> None:
    changed = bytearray(sign(PLAIN, Wish(pages=True)))
    struct.pack_into("<I", changed, code_signer.places(PLAIN)[0] - 64 + at, value)
    assert read(bytes(changed)).fact("pe.authenticode_page_hashes") is False


def test_page_hashes_over_sections_that_overlap() -> None:
    data = sign(PLAIN, Wish(pages=True))
    changed = bytearray(data)
    sections = data.index(b".rdata")
    for index in range(2):
        struct.pack_into("<II", changed, sections + 40 * index + 16, 9000, 0x400)
    assert read(bytes(changed)).fact("pe.authenticode_page_hashes") is False


@pytest.mark.parametrize("stamp", ["rfc3161", "counter"])
def test_timestamps(stamp: str) -> None:
    report = read(sign(PLAIN, Wish(stamp=stamp)))
    assert report.fact("pe.authenticode_timestamp") is True
    times = report.fact("pe.authenticode_times")
    assert isinstance(times, tuple)
    assert times[0].startswith("20")
    if stamp == "counter":
        assert times == ("2026-11-22T12:34:56Z",)
    name = {"rfc3161": "CN=sigstack timestamps", "counter": "CN=Stamper,O=Acme"}[stamp]
    assert report.fact("pe.authenticode_timestampers") == (name,)
    assert report.fact("pe.authenticode_faults") == ()


@pytest.mark.parametrize(
    ("stamp", "fault"),
    [
        ("rfc3161", "timestamp: it is over another signature"),
        ("counter", "timestamp: the signed digest is not that of the content"),
    ],
)
def test_a_timestamp_of_another_signature(stamp: str, fault: str) -> None:
    report = read(sign(PLAIN, Wish(stamp=stamp, stamped=b"another")))
    assert report.fact("pe.authenticode_timestamp") is False
    assert report.fact("pe.authenticode_faults") == (fault,)
    assert report.fact("pe.authenticode_signature") is True


def test_a_timestamp_by_who_may_not_give_any() -> None:
    report = read(sign(PLAIN, Wish(stamp="counter-by-code-signer")))
    assert report.fact("pe.authenticode_faults") == ("timestamp: its certificate is not for timestamps",)


def test_a_countersignature_that_does_not_say_when() -> None:
    assert note(sign(PLAIN, Wish(stamp="counter-timeless"))) == "signature: a countersignature without a time"


def note(data: bytes) -> str:
    """What the report says could not be read of a signature, without its offset."""
    report = read(data)
    assert report.fact("pe.authenticode_signature") is None
    return report.notes[-1].split(", at 0x")[0]


def dsa_leaf() -> CodeSigner:
    key = dsa.generate_private_key(2048)
    return CodeSigner(KEY, certificate("DSA", key, "Code CA", CA_KEY))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wish", "fault"),
    [
        (Wish(said_type="1.2.840.113549.1.7.1"), "the signed attributes name another type of content"),
        (Wish(message_digest=bytes(32)), "the signed digest is not that of the content"),
        (Wish(certificates=()), "the certificate of the signer is not there"),
        (
            Wish(by=CodeSigner(ec.generate_private_key(ec.SECP256R1()), LEAF)),
            "the signature is not one by its certificate's key",
        ),
        (Wish(by=CodeSigner(RSA_KEY, LEAF)), "the signature is not one by its certificate's key"),
        (Wish(by=dsa_leaf()), "the signature is not one by its certificate's key"),
        (Wish(digest="sha3"), "the digest algorithm 2.16.840.1.101.3.4.2.8 is not known"),
        (Wish(by=code_signer.STAMPER), "its certificate is not for signing code"),
        # Then anything whose bytes look like a set of attributes could be taken for what was signed.
        (Wish(signed=False), "it has no signed attributes"),
        (Wish(digest="md5"), "the digest algorithm md5 proves nothing"),
    ],
)
def test_signatures_that_are_none(wish: Wish, fault: str) -> None:
    report = read(sign(PLAIN, wish))
    assert report.fact("pe.authenticode_signature") is False
    assert report.fact("pe.authenticode_faults") == (fault,)


def test_nothing_is_said_of_a_digest_that_can_be_forged() -> None:
    report = read(sign(PLAIN, Wish(digest="md5")))
    assert report.fact("pe.authenticode_digest") is None
    assert report.fact("pe.authenticode_algorithms") == ("md5",)


def test_of_an_unknown_digest_algorithm_nothing_is_said() -> None:
    report = read(sign(PLAIN, Wish(digest="sha3")))
    assert report.fact("pe.authenticode_digest") is None
    assert report.fact("pe.authenticode_algorithms") == ("2.16.840.1.101.3.4.2.8",)


@pytest.mark.parametrize(
    "by",
    [
        replace(SIGNER, by_key_id=True),
        CodeSigner(RSA_KEY, certificate("PSS", RSA_KEY, "Code CA", CA_KEY), pss=True),
        CodeSigner(KEY, certificate("Any", KEY, "Code CA", CA_KEY, usage=None)),
    ],
    ids=["by key identifier", "RSASSA-PSS", "for any usage"],
)
def test_signatures_in_other_ways(by: CodeSigner) -> None:
    assert read(sign(PLAIN, Wish(by=by))).fact("pe.authenticode_signature") is True


def test_the_key_identifier_of_somebody_else() -> None:
    other = replace(SIGNER, by_key_id=True)
    stripped = Wish(by=other, certificates=tuple(each.public_bytes(Encoding.DER) for each in (CA, ROOT)))
    report = read(sign(PLAIN, stripped))
    assert report.fact("pe.authenticode_faults") == ("the certificate of the signer is not there",)


def test_what_rests_on_sha1_is_told() -> None:
    both = sign(PLAIN, Wish(digest="sha1", stamp="rfc3161"))
    assert read(both).fact("pe.authenticode_sha1") == ("file digest", "signature")
    assert read(both).fact("pe.authenticode_signature") is True


def test_only_authorities_that_signed_are_in_the_chain() -> None:
    leaf = certificate("Leaf", KEY, "Widget, Signer", KEY)  # issued by one who is no authority
    report = read(sign(PLAIN, Wish(by=CodeSigner(KEY, leaf, (LEAF, CA)))))
    assert report.fact("pe.authenticode_certificates") == (sha256(leaf),)
    stranger = ec.generate_private_key(ec.SECP256R1())
    named = certificate("Leaf", KEY, "Code CA", stranger)  # says so, but the authority did not sign
    report = read(sign(PLAIN, Wish(by=CodeSigner(KEY, named, (CA, ROOT)))))
    assert report.fact("pe.authenticode_certificates") == (sha256(named),)
    below = certificate("Sub CA", stranger, "Code CA", CA_KEY, ca=True)  # Code CA may have none below it
    leaf = certificate("Leaf", KEY, "Sub CA", stranger)
    report = read(sign(PLAIN, Wish(by=CodeSigner(KEY, leaf, (below, CA, ROOT)))))
    assert report.fact("pe.authenticode_certificates") == (f"{sha256(leaf)} {sha256(below)}",)


def test_certificates_that_cannot_be_read_are_as_good_as_absent() -> None:
    junk = code_signer.seq(code_signer.integer(5))
    report = read(sign(PLAIN, Wish(certificates=(junk, *SIGNER.certificates))))
    assert report.fact("pe.authenticode_signature") is True
    with pytest.raises(BoundsError, match="a certificate cannot be read: "):
        cms.read_certificate(asn1.read(junk, "certificate", DEFAULT_LIMITS))


def test_signatures_inside_and_beside_are_all_judged() -> None:
    good = code_signer.pkcs7(code_signer.padded(PLAIN), Wish(digest="sha1"))
    bad = code_signer.pkcs7(code_signer.padded(PLAIN), Wish(digest="sha384", file_digest=bytes(48)))
    both = sign(PLAIN, Wish(nested=(good,)))
    assert read(both).fact("pe.authenticode_algorithms") == ("sha256", "sha1")
    assert read(both).fact("pe.authenticode_digest") is True
    wrong = sign(PLAIN, Wish(nested=(good, bad)))
    assert read(wrong).fact("pe.authenticode_algorithms") == ("sha256", "sha1", "sha384")
    assert read(wrong).fact("pe.authenticode_digest") is False
    beside = code_signer.attach(PLAIN, good, good)
    assert read(beside).fact("pe.authenticode_signers") == ("CN=Widget\\, Signer,O=Acme",) * 2


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (sign(PLAIN, Wish(signers=0)), "signature: 0 signers where one belongs"),
        (sign(PLAIN, Wish(signers=2)), "signature: 2 signers where one belongs"),
        (sign(PLAIN, Wish(content_type="1.2.3.4")), "a signature is over something else than a program"),
        (
            sign(PLAIN, Wish(subject_type="1.2.3.4")),
            "a signature is over 1.2.3.4, which is no PE file",
        ),
        (code_signer.attach(PLAIN, b"\x30\x05\x06\x03\x2a\x03\x04"), "signature: this is no signed data"),
        (code_signer.attach(PLAIN, b"\x30\x80"), "signature is cut off"),
        (
            sign(PLAIN, Wish(unsigned=(code_signer.attribute(code_signer.TIMESTAMP, code_signer.seq()),))),
            "signature: an element is missing",
        ),
        (
            sign(
                PLAIN,
                Wish(
                    unsigned=(code_signer.attribute(code_signer.TIMESTAMP, code_signer.pkcs7(PLAIN, Wish())),)
                ),
            ),
            "signature: this is no timestamp",
        ),
    ],
)
def test_signatures_that_cannot_be_read(data: bytes, why: str) -> None:
    assert note(data) == why


def test_what_no_signature_covers_is_counted() -> None:
    signature = code_signer.pkcs7(code_signer.padded(PLAIN), Wish())
    assert read(code_signer.attach(PLAIN, signature, extra=b"hidden")).fact("pe.authenticode_extra") == 6
    other = code_signer.attach(PLAIN, b"\x30\x00", kind=1)
    assert read(other).fact("pe.authenticode") is False


def test_the_table_may_lie_about_itself() -> None:
    data = bytearray(sign(PLAIN))
    entry = code_signer.places(PLAIN)[1]
    at, size = struct.unpack_from("<II", data, entry)
    struct.pack_into("<I", data, at, size + 8)
    assert note(bytes(data)) == f"an entry of the certificate table that has {size + 8} bytes"
    struct.pack_into("<II", data, entry, at, size + 8)
    assert note(bytes(data)) == "certificate table beyond the end of the file"
    struct.pack_into("<II", data, entry, at, 1 << 30)
    assert note(bytes(data)) == "the certificate table has more than 16777216 bytes"


def limited(data: bytes, **limits: int) -> str:
    report = inspect(memoryview(data), limits=replace(DEFAULT_LIMITS, **limits))
    return report.notes[-1].split(", at 0x")[0]


def test_everything_is_counted() -> None:
    good = code_signer.pkcs7(code_signer.padded(PLAIN), Wish())
    assert limited(code_signer.attach(PLAIN, good, good), code_signatures=1) == "more than 1 signatures"
    assert limited(sign(PLAIN, Wish(nested=(good,))), code_signatures=1) == "more than 1 signatures"
    assert limited(sign(PLAIN), code_certificates=2) == "signature: more than 2 certificates"
    assert limited(sign(PLAIN), asn1_elements=99) == "signature: more than 99 elements or 64 levels"
    twice = Wish(stamp="counter", unsigned=(code_signer.stamp("counter", b"", b""),))
    assert limited(sign(PLAIN, twice), code_signatures=1) == "more than 1 timestamps"


def test_the_headers_alone_say_whether_there_is_a_signature() -> None:
    report = inspect(memoryview(sign(PLAIN)), depth="headers")
    assert report.fact("pe.authenticode") is True
    assert report.fact("pe.authenticode_signature") is None
    assert report.fact("pe.checksum") is None


@pytest.mark.parametrize("size", [0, 1, 2, 511, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_the_checksum_is_the_one_that_lief_computes(size: int) -> None:
    data = bytearray(
        PeFile(sections=[(".data", 0xC0000040, bytes(range(256)) * 5000)], overlay=b"\xff" * size).build()
    )
    image = read_pe(memoryview(bytes(data)), DEFAULT_LIMITS)
    assert image.windows is not None
    theirs: Any = lief.PE.parse(list(data))
    assert authenticode.checksum_of(image, image.windows) == theirs.compute_checksum()
    struct.pack_into("<I", data, code_signer.places(bytes(data))[0], theirs.compute_checksum())
    assert read(bytes(data)).fact("pe.checksum_right") is True
    data[-1] ^= 0x40
    assert read(bytes(data)).fact("pe.checksum_right") is False


SMALL = PeFile(relocations=False).build()
SIGNED = sign(SMALL, Wish(stamp="rfc3161", pages=True, certificates=(SIGNER.certificates[0],)))


def test_cut_off_anywhere_nothing_is_called_right() -> None:
    for size in range(len(SMALL), len(SIGNED), 7):
        report = read(SIGNED[:size])
        assert report.fact("pe.authenticode_digest") is None
        assert report.notes


@given(st.integers(len(SMALL), len(SIGNED) - 1), st.integers(1, 255))
@settings(max_examples=150, deadline=None)
def test_no_flipped_bits_make_it_raise(at: int, bits: int) -> None:
    changed = bytearray(SIGNED)
    changed[at] ^= bits
    report = read(bytes(changed))
    assert report.container.format == "pe"
