"""Signing keys of one's own: read from files, named by fingerprint, used.

Sources: RFC 7468 (PEM), RFC 5958 (PKCS#8), RFC 5915 (`EC PRIVATE KEY`), RFC 5280 section 4.1.2.7
(SubjectPublicKeyInfo), FIPS 186-5, RFC 8032 (Ed25519).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from attest.errors import FormatError, LimitError, UsageError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.trust import encrypted_keys, pem

if TYPE_CHECKING:
    from collections.abc import Callable

#: A public key that verifies.
VerifyingKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey

#: A private key that signs.
SigningKeyKind = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
#: The hash of what is signed, of which a signature by digest is made.
Hash = Literal["sha256", "sha384", "sha512"]
#: How a private key is kept in a file: PKCS#8 (PEM), or as cosign keeps it.
KeyFormat = Literal["pkcs8", "cosign"]

_HASHES: Final[dict[Hash, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_CURVES: Final[dict[str, tuple[str, Hash]]] = {
    "secp256r1": ("ECDSA P-256", "sha256"),
    "secp384r1": ("ECDSA P-384", "sha384"),
    "secp521r1": ("ECDSA P-521", "sha512"),
}
#: What `generate` makes: the kinds that attest signs with.
_MAKERS: Final[dict[str, Callable[[], SigningKeyKind]]] = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa-2048": lambda: rsa.generate_private_key(_RSA_EXPONENT, 2048),
    "rsa-3072": lambda: rsa.generate_private_key(_RSA_EXPONENT, 3072),
    "rsa-4096": lambda: rsa.generate_private_key(_RSA_EXPONENT, 4096),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}
KINDS: Final = tuple(_MAKERS)
_SIGNING_CURVES: Final = ("secp256r1", "secp384r1")
_RSA_EXPONENT: Final = 65537
_RSA_EXPONENT_BITS: Final = 31  # as crypto/rsa of Go has it
_RSA_BITS: Final = range(2048, 8193)
_UNDECODABLE: Final = (InternalError, ValueError, TypeError, UnsupportedAlgorithm)
_PUBLIC_HINT: Final = "give the public key that `attest key generate` or `openssl pkey -pubout` wrote"
_PRIVATE_HINT: Final = "give a PEM file that `attest key generate`, `openssl genpkey` or cosign wrote"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public key: its SubjectPublicKeyInfo (DER) and what kind of key it is, in words."""

    spki: bytes
    algorithm: str
    _key: VerifyingKey = field(repr=False, compare=False)

    def __reduce__(self) -> tuple[Callable[[bytes, str], PublicKey], tuple[bytes, str]]:
        """Other processes of attest get the bytes, and read them again."""
        return load_spki, (self.spki, "")

    @property
    def sha256(self) -> str:
        """The fingerprint: SHA-256 of the SubjectPublicKeyInfo, in hexadecimal."""
        return hashlib.sha256(self.spki).hexdigest()

    @property
    def pem(self) -> bytes:
        """The key as a PEM file."""
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def hash(self) -> Hash | None:
        """The hash that goes with a key of this size; None for Ed25519, which signs messages alone.

        A Rekor log takes no other. Files are signed by their SHA-256 whatever the key.
        """
        key = self._key
        if isinstance(key, ec.EllipticCurvePublicKey):
            return _CURVES[key.curve.name][1]
        return "sha256" if isinstance(key, rsa.RSAPublicKey) else None

    @property
    def takes_digests(self) -> bool:
        """Whether a signature over a file can be checked by the file's digest: not with Ed25519."""
        return self.hash is not None

    def verifies_digest(self, signature: bytes, digest: bytes, algorithm: Hash = "sha256") -> bool:
        """Tell whether `signature` is by this key over the message that has this digest."""
        key = self._key
        prehashed = utils.Prehashed(_HASHES[algorithm])
        if isinstance(key, ec.EllipticCurvePublicKey):
            return _holds(lambda: key.verify(signature, digest, ec.ECDSA(prehashed)))
        if isinstance(key, rsa.RSAPublicKey):
            return _holds(lambda: key.verify(signature, digest, padding.PKCS1v15(), prehashed))
        return False

    def verifies_message(self, signature: bytes, message: bytes | memoryview) -> bool:
        """Tell whether `signature` is by this key over `message`.

        ECDSA keys hash with the SHA-2 of their size or with SHA-256: bundles in the wild do either.
        """
        key = self._key
        if isinstance(key, ed25519.Ed25519PublicKey):
            return _holds(lambda: key.verify(signature, message))
        algorithms: set[Hash] = {"sha256", self.hash or "sha256"}
        return any(
            self.verifies_digest(signature, hashlib.new(each, message).digest(), each)
            for each in sorted(algorithms)
        )


def _holds(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except InvalidSignature:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateKey:
    """A private key, as `attest.signing.signer.SigningKey`; it never shows itself."""

    public: PublicKey
    _key: SigningKeyKind = field(repr=False, compare=False)

    def sign_digest(self, digest: bytes, algorithm: Hash = "sha256") -> bytes:
        """A signature over the message that has this digest: ECDSA (DER), or RSA PKCS#1 v1.5.

        ECDSA is deterministic (RFC 6979) where the OpenSSL beneath can do that (3.2 and later). Raises
        `UsageError` for an Ed25519 key.
        """
        prehashed = utils.Prehashed(_HASHES[algorithm])
        match self._key:
            case ed25519.Ed25519PrivateKey():
                raise no_digests()
            case rsa.RSAPrivateKey() as key:
                return key.sign(digest, padding.PKCS1v15(), prehashed)
            case key:
                try:
                    return key.sign(digest, ec.ECDSA(prehashed, deterministic_signing=True))
                except UnsupportedAlgorithm:
                    return key.sign(digest, ec.ECDSA(prehashed))

    def sign_message(self, message: bytes) -> bytes:
        """A signature over `message`: over its SHA-256, but by Ed25519 over all of it."""
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(message)
        return self.sign_digest(hashlib.sha256(message).digest())

    def pem(self, password: bytes = b"", form: KeyFormat = "pkcs8") -> bytes:
        """The key as a file, encrypted where a password is given; cosign's form always is."""
        if form == "cosign":
            der = self._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            return encrypted_keys.write_cosign(der, password)
        encryption = BestAvailableEncryption(password) if password else NoEncryption()
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def no_digests() -> UsageError:
    """Why an Ed25519 key does not sign a file that is known by its digest."""
    return UsageError(
        "an Ed25519 key signs whole messages, and a file is signed by its digest",
        hint="sign statements with it, or sign files with an ECDSA or RSA key",
    )


def generate(kind: str = "p256") -> PrivateKey:
    """A new key of one of `KINDS`, from the operating system's randomness."""
    return _private(_MAKERS[kind]())


def _private(key: SigningKeyKind) -> PrivateKey:
    return PrivateKey(public=_public(key.public_key()), _key=key)


def _public(key: VerifyingKey) -> PublicKey:
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return PublicKey(spki=spki, algorithm=_CURVES[key.curve.name][0], _key=key)
    name = f"RSA {key.key_size}" if isinstance(key, rsa.RSAPublicKey) else "Ed25519"
    return PublicKey(spki=spki, algorithm=name, _key=key)


def load_public(data: bytes, file: str, limits: Limits = DEFAULT_LIMITS) -> PublicKey:
    """The public key of a file, PEM or DER: ECDSA P-256, P-384, P-521, Ed25519, RSA of 2048 to 8192 bits.

    Raises `attest.errors.FormatError` for anything else, a private key above all, and
    `attest.errors.LimitError` for too many bytes.
    """
    if data.startswith(b"\x30") and len(data) <= limits.key_bytes:
        return load_spki(data, file)
    label = pem.label(data, file, limits, _PUBLIC_HINT)
    if "PRIVATE" in label:
        raise _no_key(
            "is a private key, and the public key is wanted",
            file,
            "give the .pub file; if the private key was handed out, make a new pair",
        )
    if "CERTIFICATE" in label:
        raise _no_key("is a certificate, and a public key is wanted", file, _PUBLIC_HINT)
    block = pem.block(data, file, limits, _PUBLIC_HINT)
    try:
        key = load_pem_public_key(block.text)
    except _UNDECODABLE as error:
        raise _no_key("is no public key: its content cannot be decoded", file, _PUBLIC_HINT) from error
    return _public(_allowed(key, file))


def load_spki(data: bytes, file: str) -> PublicKey:
    """The public key of a SubjectPublicKeyInfo in DER; raises as `load_public` does."""
    try:
        key = load_der_public_key(data)
    except _UNDECODABLE as error:
        raise _no_key("is no public key: its content cannot be decoded", file, _PUBLIC_HINT) from error
    return _public(_allowed(key, file))


def _allowed(key: object, file: str) -> VerifyingKey:
    match key:
        case ec.EllipticCurvePublicKey() if key.curve.name in _CURVES:
            return key
        case ed25519.Ed25519PublicKey():
            return key
        case rsa.RSAPublicKey() if key.key_size in _RSA_BITS:
            if key.public_numbers().e.bit_length() <= _RSA_EXPONENT_BITS:
                return key
            what = f"an RSA key with an exponent of more than {_RSA_EXPONENT_BITS} bits"
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
    """The private key of a PEM file: ECDSA P-256 or P-384, RSA of 2048 to 8192 bits, or Ed25519.

    PKCS#8, cosign's files, and what older tools wrote (`EC PRIVATE KEY`, `RSA PRIVATE KEY`); `password` is
    asked only where it is encrypted. Raises `attest.errors.FormatError` for anything else, a public key or
    a wrong password, and `attest.errors.LimitError` for too many bytes or a key derivation that costs too
    much.
    """
    label = pem.label(data, file, limits, _PRIVATE_HINT)
    if "PRIVATE" not in label:
        what = "a public key" if "PUBLIC" in label else f"a {label.lower()}"
        raise _no_key(f"is {what}, and the private key is wanted", file, _PRIVATE_HINT)
    if label == "OPENSSH PRIVATE KEY":
        raise _no_key(
            "is a private key in OpenSSH's own format",
            file,
            "convert a copy of it with `ssh-keygen -p -m PKCS8 -f COPY`",
        )
    block = pem.block(data, file, limits, _PRIVATE_HINT)
    if len(block.data) > limits.private_key_bytes:
        raise LimitError(
            f"{len(block.data)} bytes of private key, more than the {limits.private_key_bytes} that are read",
            place=Place(file=file),
            hint=_PRIVATE_HINT,
        )
    if label in encrypted_keys.COSIGN_LABELS:
        der = encrypted_keys.read_cosign(block, file, password, limits)
        return _loaded(lambda: load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True), file)
    if label == "ENCRYPTED PRIVATE KEY":
        encrypted_keys.check_pkcs8(block.data, file, limits)
        try:
            key = load_der_private_key(block.data, password(), unsafe_skip_rsa_key_validation=True)
        except _UNDECODABLE as error:
            raise _no_key(encrypted_keys.UNDECRYPTED, file, "check the password") from error
        return _loaded(lambda: key, file)
    return _loaded(lambda: load_pem_private_key(block.text, None, unsafe_skip_rsa_key_validation=True), file)


def _loaded(load: Callable[[], object], file: str) -> PrivateKey:
    """The key that `load` gives, where it is one to sign with.

    An RSA key is validated once the sizes of its parts are known: with hostile ones that would take hours.
    """
    try:
        key = load()
        if isinstance(key, rsa.RSAPrivateKey) and key.key_size in _RSA_BITS:
            numbers = key.private_numbers()
            if numbers.p * numbers.q != numbers.public_numbers.n:
                raise ValueError("its factors, whose primality would be tested, may be of any size")
            key = numbers.private_key()
    except _UNDECODABLE as error:
        raise _no_key("is no private key: its content cannot be decoded", file, _PRIVATE_HINT) from error
    match key:
        case ed25519.Ed25519PrivateKey():
            return _private(key)
        case rsa.RSAPrivateKey() | ec.EllipticCurvePrivateKey():
            public = _allowed(key.public_key(), file)
            if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name in _SIGNING_CURVES:
                return _private(key)
            what = _CURVES[public.curve.name][0]
        case _:
            what = "of another kind"
    raise _no_key(
        f"is a key {what}, and none to sign with here",
        file,
        f"make one with `attest key generate --type`: {', '.join(KINDS)}",
    )


def _no_key(message: str, file: str, hint: str) -> FormatError:
    return FormatError(message, place=Place(file=file), hint=hint)
