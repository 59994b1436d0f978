from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from attest.errors import FormatError, LimitError
from attest.trust import keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

MESSAGE = b"what is signed"
SHA256 = hashlib.sha256(MESSAGE).digest()


def public_pem(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def no_password() -> bytes:
    pytest.fail("the key is not encrypted, so no password is asked")


def test_a_key_is_named_by_its_fingerprint() -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    found = keys.load_public(public_pem(key), "k.pub")
    assert found.sha256 == hashlib.sha256(spki).hexdigest()
    assert found.spki == spki
    assert found.algorithm == "ECDSA P-256"
    assert found.pem == public_pem(key)
    assert found == keys.load_spki(spki, "k.der")
    assert "_key" not in repr(found)


def test_ecdsa_signatures_of_each_curve_and_either_hash() -> None:
    for curve, own in ((ec.SECP384R1(), hashes.SHA384()), (ec.SECP521R1(), hashes.SHA512())):
        key = ec.generate_private_key(curve)
        public = keys.load_public(public_pem(key.public_key()), "k.pub")
        for algorithm in (hashes.SHA256(), own):
            signature = key.sign(MESSAGE, ec.ECDSA(algorithm))
            assert public.verifies_message(signature, MESSAGE)
            assert not public.verifies_message(signature, MESSAGE + b"!")
        assert public.takes_digests
        assert public.verifies_digest(key.sign(MESSAGE, ec.ECDSA(hashes.SHA256())), SHA256)


def test_ed25519_signatures_are_of_messages_alone() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    public = keys.load_public(public_pem(key.public_key()), "k.pub")
    assert public.algorithm == "Ed25519"
    assert public.verifies_message(key.sign(MESSAGE), MESSAGE)
    assert not public.verifies_message(key.sign(MESSAGE), MESSAGE + b"!")
    assert not public.takes_digests
    assert not public.verifies_digest(key.sign(SHA256), SHA256)


def test_rsa_signatures() -> None:
    key = rsa.generate_private_key(65537, 2048)
    public = keys.load_public(public_pem(key.public_key()), "k.pub")
    assert public.algorithm == "RSA 2048"
    signature = key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    assert public.verifies_digest(signature, SHA256)
    assert public.verifies_message(signature, MESSAGE)
    assert not public.verifies_message(bytes([*signature[:-1], signature[-1] ^ 1]), MESSAGE)


def test_a_new_key_signs_what_its_public_half_verifies() -> None:
    key = keys.generate()
    read = keys.load_private(key.pem(), "k.key", no_password)
    assert read == key
    assert read.public.verifies_digest(read.sign_digest(SHA256), SHA256)
    assert read.public.verifies_message(read.sign_message(MESSAGE), MESSAGE)
    assert "PRIVATE" not in repr(read)


def test_signatures_are_deterministic_where_openssl_can(monkeypatch: pytest.MonkeyPatch) -> None:
    key = keys.generate()
    real = ec.ECDSA

    def old(algorithm: hashes.HashAlgorithm, *, deterministic_signing: bool = False) -> ec.ECDSA:
        if deterministic_signing:
            raise UnsupportedAlgorithm("old OpenSSL")
        return real(algorithm)

    monkeypatch.setattr("cryptography.hazmat.primitives.asymmetric.ec.ECDSA", old)
    signature = key.sign_digest(SHA256)
    monkeypatch.undo()
    assert key.public.verifies_digest(signature, SHA256)


def test_an_encrypted_key_asks_for_its_password() -> None:
    pem = keys.generate().pem(b"secret")
    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert keys.load_private(pem, "k.key", lambda: b"secret").public.algorithm == "ECDSA P-256"
    for password in (b"wrong", b""):
        with pytest.raises(FormatError, match="cannot be decrypted: the password is wrong"):
            keys.load_private(pem, "k.key", lambda answer=password: answer)  # type: ignore[misc]  # bound now


def test_reads_the_files_of_openssl_ecparam() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    traditional = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    found = keys.load_private(traditional, "k.key", no_password)
    assert found.public.pem == public_pem(key.public_key())
    assert keys.load_private(parameters + traditional, "k.key", no_password) == found


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is no key: it has no PEM block"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "is no public key: its content"),
        (b"-----BEGIN PUBLIC KEY-----\n", "is no whole key: the end of its PEM block is missing"),
        (b"-----BEGIN CERTIFICATE-----\n", "is a certificate, and a public key is wanted"),
        (b"-----BEGIN PUBLIC KEY-----\n-----BEGIN PUBLIC KEY-----\n", "has 2 PEM blocks, not one key"),
        (b"-----BEGIN PRIVATE KEY-----\n", "is a private key, and the public key is wanted"),
        (b"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n", "is a private key, and the public key"),
    ],
)
def test_a_public_key_that_is_none(data: bytes, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        keys.load_public(data, "k.pub")
    assert message in caught.value.message
    assert str(caught.value).startswith("k.pub: ")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"-----BEGIN PUBLIC KEY-----\n", "is a public key, and the private key is wanted"),
        (b"-----BEGIN CERTIFICATE-----\n", "is a certificate, and the private key is wanted"),
        (b"-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\n", "is no whole key: the end of its PEM block"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "is no private key: its content"),
    ],
)
def test_a_private_key_that_is_none(data: bytes, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        keys.load_private(data, "k.key", no_password)
    assert message in caught.value.message


def test_keys_of_other_kinds_are_refused() -> None:
    for key, message in (
        (rsa.generate_private_key(65537, 1024), "an RSA key of 1024 bits"),  # noqa: S505 - weak on purpose
        (ec.generate_private_key(ec.SECP256K1()), "an elliptic curve key on secp256k1"),
        (dsa.generate_private_key(1024), "a key of another kind"),  # noqa: S505 - weak on purpose
    ):
        with pytest.raises(FormatError, match=message):
            keys.load_public(public_pem(key.public_key()), "k.pub")
    with pytest.raises(FormatError, match="is no public key"):
        keys.load_spki(b"junk", "k.der")


def test_too_large_a_file_is_refused() -> None:
    with pytest.raises(LimitError, match="70000 bytes, more than the 65536 that are read of a key"):
        keys.load_public(b" " * 70_000, "k.pub")


def test_the_private_key_is_an_ordinary_one() -> None:
    assert isinstance(load_pem_private_key(keys.generate().pem(), None), ec.EllipticCurvePrivateKey)
