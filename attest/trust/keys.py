"""Signing keys of one's own: read from PEM, named by fingerprint, used.

Sources: RFC 7468 (PEM), RFC 5958 (PKCS#8), RFC 5280 section 4.1.2.7 (SubjectPublicKeyInfo), FIPS 186-5.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from attest.errors import FormatError, LimitError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable

VerifyingKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey

_LABEL: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,64})-----")
_CURVES: Final[dict[str, tuple[str, hashes.HashAlgorithm]]] = {
    "secp256r1": ("ECDSA P-256", hashes.SHA256()),
    "secp384r1": ("ECDSA P-384", hashes.SHA384()),
    "secp521r1": ("ECDSA P-521", hashes.SHA512()),
}
_RSA_BITS: Final = range(2048, 8193)
_PREHASHED: Final = utils.Prehashed(hashes.SHA256())
_PUBLIC_HINT: Final = "give the public key that `attest key generate` or `openssl pkey -pubout` wrote"
_PRIVATE_HINT: Final = "give a PKCS#8 PEM file, as `attest key generate` or `openssl genpkey` writes it"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public key: its SubjectPublicKeyInfo (DER) and what kind of key it is, in words."""

    spki: bytes
    algorithm: str
    _key: VerifyingKey = field(repr=False, compare=False)

    @property
    def sha256(self) -> str:
        """The fingerprint: SHA-256 of the SubjectPublicKeyInfo, in hexadecimal."""
        return hashlib.sha256(self.spki).hexdigest()

    @property
    def pem(self) -> bytes:
        """The key as a PEM file."""
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def takes_digests(self) -> bool:
        """Whether a signature over a file can be checked by the file's digest: not with Ed25519."""
        return not isinstance(self._key, ed25519.Ed25519PublicKey)

    def verifies_digest(self, signature: bytes, sha256: bytes) -> bool:
        """Tell whether `signature` is by this key over the message whose SHA-256 (32 bytes) is given."""
        key = self._key
        if isinstance(key, ec.EllipticCurvePublicKey):
            return _holds(lambda: key.verify(signature, sha256, ec.ECDSA(_PREHASHED)))
        if isinstance(key, rsa.RSAPublicKey):
            return _holds(lambda: key.verify(signature, sha256, padding.PKCS1v15(), _PREHASHED))
        return False

    def verifies_message(self, signature: bytes, message: bytes) -> bool:
        """Tell whether `signature` is by this key over `message`.

        ECDSA keys hash with the SHA-2 of their size or with SHA-256: bundles in the wild do either.
        """
        key = self._key
        if isinstance(key, ed25519.Ed25519PublicKey):
            return _holds(lambda: key.verify(signature, message))
        if self.verifies_digest(signature, hashlib.sha256(message).digest()):
            return True
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        own = _CURVES[key.curve.name][1]
        return _holds(lambda: key.verify(signature, message, ec.ECDSA(own)))


def _holds(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except InvalidSignature:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateKey:
    """An ECDSA P-256 private key; it never shows itself."""

    public: PublicKey
    _key: ec.EllipticCurvePrivateKey = field(repr=False, compare=False)

    def sign_digest(self, sha256: bytes) -> bytes:
        """A signature (DER) over the message whose SHA-256 (32 bytes) is given.

        Deterministic (RFC 6979) where the OpenSSL beneath can do that (3.2 and later).
        """
        try:
            return self._key.sign(sha256, ec.ECDSA(_PREHASHED, deterministic_signing=True))
        except UnsupportedAlgorithm:
            return self._key.sign(sha256, ec.ECDSA(_PREHASHED))

    def sign_message(self, message: bytes) -> bytes:
        """A signature (DER) over the SHA-256 of `message`."""
        return self.sign_digest(hashlib.sha256(message).digest())

    def pem(self, password: bytes = b"") -> bytes:
        """The key as PKCS#8 PEM, encrypted where a password is given."""
        encryption = BestAvailableEncryption(password) if password else NoEncryption()
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def generate() -> PrivateKey:
    """A new ECDSA P-256 key, from the operating system's randomness."""
    return _private(ec.generate_private_key(ec.SECP256R1()))


def _private(key: ec.EllipticCurvePrivateKey) -> PrivateKey:
    return PrivateKey(public=_public(key.public_key()), _key=key)


def _public(key: VerifyingKey) -> PublicKey:
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return PublicKey(spki=spki, algorithm=_CURVES[key.curve.name][0], _key=key)
    name = f"RSA {key.key_size}" if isinstance(key, rsa.RSAPublicKey) else "Ed25519"
    return PublicKey(spki=spki, algorithm=name, _key=key)


def load_public(data: bytes, file: str, limits: Limits = DEFAULT_LIMITS) -> PublicKey:
    """The public key of a PEM file: ECDSA P-256, P-384, P-521, Ed25519, RSA of 2048 to 8192 bits.

    Raises `attest.errors.FormatError` for anything else, a private key above all, and
    `attest.errors.LimitError` for too many bytes.
    """
    label = _label(data, file, limits, _PUBLIC_HINT)
    if "PRIVATE" in label:
        raise _no_key(
            "is a private key, and the public key is wanted",
            file,
            "give the .pub file; if the private key was handed out, make a new pair",
        )
    if "CERTIFICATE" in label:
        raise _no_key("is a certificate, and a public key is wanted", file, _PUBLIC_HINT)
    try:
        key = load_pem_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key("is no public key: its content cannot be decoded", file, _PUBLIC_HINT) from error
    return _public(_allowed(key, file))


def load_spki(data: bytes, file: str) -> PublicKey:
    """The public key of a SubjectPublicKeyInfo in DER; raises as `load_public` does."""
    try:
        key = load_der_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key("is no public key: its content cannot be decoded", file, _PUBLIC_HINT) from error
    return _public(_allowed(key, file))


def _allowed(key: object, file: str) -> VerifyingKey:
    match key:
        case ec.EllipticCurvePublicKey() if key.curve.name in _CURVES:
            return key
        case ed25519.Ed25519PublicKey():
            return key
        case rsa.RSAPublicKey() if key.key_size in _RSA_BITS:
            return key
        case ec.EllipticCurvePublicKey():
            what = f"an elliptic curve key on {key.curve.name}"
        case rsa.RSAPublicKey():
            what = f"an RSA key of {key.key_size} bits"
        case _:
            what = "a key of another kind"
    raise _no_key(
        f"is {what}, which is not used for signatures here",
        file,
        "use ECDSA P-256 (or P-384, P-521), Ed25519, or RSA of 2048 to 8192 bits",
    )


def load_private(
    data: bytes, file: str, password: Callable[[], bytes], limits: Limits = DEFAULT_LIMITS
) -> PrivateKey:
    """The ECDSA P-256 private key of a PEM file; `password` is asked only where it is encrypted.

    Raises `attest.errors.FormatError` for anything else, a public key or a wrong password, and
    `attest.errors.LimitError` for too many bytes.
    """
    label = _label(data, file, limits, _PRIVATE_HINT)
    if "PRIVATE" not in label:
        what = "a public key" if "PUBLIC" in label else f"a {label.lower()}"
        raise _no_key(f"is {what}, and the private key is wanted", file, _PRIVATE_HINT)
    if "SIGSTORE" in label or "COSIGN" in label:
        raise _no_key("is a private key in cosign's own format, which is not read", file, _PRIVATE_HINT)
    encrypted = label == "ENCRYPTED PRIVATE KEY"
    try:
        key = load_pem_private_key(data, password() if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if encrypted:
            raise _no_key(
                "cannot be decrypted: the password is wrong or the file is damaged",
                file,
                "check the password",
            ) from error
        raise _no_key("is no private key: its content cannot be decoded", file, _PRIVATE_HINT) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise _no_key(
            "is no ECDSA P-256 key, the one kind that attest signs with",
            file,
            "make one with `attest key generate`",
        )
    return _private(key)


def _label(data: bytes, file: str, limits: Limits, hint: str) -> str:
    """The one PEM label of a key file."""
    if len(data) > limits.key_bytes:
        raise LimitError(
            f"{len(data)} bytes, more than the {limits.key_bytes} that are read of a key",
            place=Place(file=file),
            hint=hint,
        )
    # openssl ecparam writes the curve's parameters beside the key
    found = (each[1] for each in _LABEL.finditer(data.decode("latin-1")))
    labels = [each for each in found if each != "EC PARAMETERS"]
    if not labels:
        raise _no_key("is no key: it has no PEM block", file, hint)
    if len(labels) > 1:
        raise _no_key(f"has {len(labels)} PEM blocks, not one key", file, "keep one key in each file")
    return labels[0]


def _no_key(message: str, file: str, hint: str) -> FormatError:
    return FormatError(message, place=Place(file=file), hint=hint)
