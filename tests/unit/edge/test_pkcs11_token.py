"""Tokens as python-pkcs11 shows them, by a twin of that module; tests/integration has SoftHSM."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from attest.edge.pkcs11_token import _DIGEST_INFO, TokenKey
from attest.errors import ServiceError, UsageError
from attest.model.pkcs11_uri import parse
from attest.trust import keys

if TYPE_CHECKING:
    from collections.abc import Callable

DIGEST = hashlib.sha256(b"what is signed").digest()
Kind = Enum("Kind", ["PRIVATE_KEY", "PUBLIC_KEY", "CERTIFICATE"])
KeyType = Enum("KeyType", ["RSA", "EC", "EC_EDWARDS", "DSA"])
Mechanism = Enum("Mechanism", ["RSA_PKCS", "ECDSA", "EDDSA"])
Attribute = Enum(
    "Attribute", ["CLASS", "LABEL", "ID", "PUBLIC_EXPONENT", "MODULUS", "EC_POINT", "VALUE", "SPKI"]
)
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


class TwinError(Exception):
    """What python-pkcs11 calls PKCS11Error."""


class PinIncorrect(TwinError):  # noqa: N818 - its name there
    pass


class UserAlreadyLoggedIn(TwinError):  # noqa: N818 - its name there
    pass


class DeviceError(TwinError):
    pass


@dataclass
class Thing:
    """An object in a token; its attributes are asked for with brackets."""

    kind: Kind
    label: str = ""
    id: bytes = b""
    key_type: KeyType = KeyType.EC
    attributes: dict[Attribute, bytes] = field(default_factory=dict)
    key: PrivateKey | None = None
    broken: bool = False

    def __getitem__(self, attribute: Attribute) -> bytes:
        return self.attributes[attribute]

    def sign(self, data: bytes, mechanism: Mechanism) -> bytes:
        if self.broken:
            raise DeviceError
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            assert mechanism is Mechanism.EDDSA
            return self.key.sign(data)
        if isinstance(self.key, rsa.RSAPrivateKey):
            assert mechanism is Mechanism.RSA_PKCS
            return raw_rsa(self.key, data)
        assert mechanism is Mechanism.ECDSA
        assert isinstance(self.key, ec.EllipticCurvePrivateKey)
        from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(Prehashed(SHA256()))))
        return r.to_bytes(32) + s.to_bytes(32)


def raw_rsa(key: rsa.RSAPrivateKey, digest_info: bytes) -> bytes:
    """CKM_RSA_PKCS: what is given, padded and raised to the private exponent."""
    numbers = key.private_numbers()
    size = key.key_size // 8
    padded = b"\0\1" + b"\xff" * (size - 3 - len(digest_info)) + b"\0" + digest_info
    return pow(int.from_bytes(padded), numbers.d, numbers.public_numbers.n).to_bytes(size)


@dataclass
class Token:
    """A token; its session and its slot are itself."""

    label: str = "release"
    serial: bytes = b"42"
    manufacturer_id: str = "Acme"
    model: str = "v2"
    things: list[Thing] = field(default_factory=list)
    logged_in: bool = False

    def get_token(self) -> Token:
        return self

    def open(self, user_pin: str = "") -> Token:
        if user_pin:
            if user_pin != "1234":
                raise PinIncorrect
            if self.logged_in:
                raise UserAlreadyLoggedIn
            self.logged_in = True
        return self

    def get_objects(self, wanted: dict[Attribute, object]) -> list[Thing]:
        names = {Attribute.CLASS: "kind", Attribute.LABEL: "label", Attribute.ID: "id"}
        return [
            each
            for each in self.things
            if all(getattr(each, names[name]) == value for name, value in wanted.items())
        ]


def thing_pair(key: PrivateKey, label: str, number: bytes) -> list[Thing]:
    """A private key and its public key as objects."""
    public = key.public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    attributes = {Attribute.SPKI: spki}
    kind = KeyType.EC
    if isinstance(public, rsa.RSAPublicKey):
        kind, numbers = KeyType.RSA, public.public_numbers()
        attributes |= {
            Attribute.MODULUS: numbers.n.to_bytes(256),
            Attribute.PUBLIC_EXPONENT: numbers.e.to_bytes(3),
        }
    if isinstance(public, ed25519.Ed25519PublicKey):
        kind = KeyType.EC_EDWARDS
        attributes[Attribute.EC_POINT] = b"\x04\x20" + public.public_bytes_raw()
    return [
        Thing(Kind.PRIVATE_KEY, label, number, kind, key=key),
        Thing(Kind.PUBLIC_KEY, label, number, kind, attributes),
    ]


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> Token:
    """A token with a key of each kind, behind a module in place of python-pkcs11."""
    made = Token()
    for number, (label, key) in enumerate(
        {
            "ec": ec.generate_private_key(ec.SECP256R1()),
            "rsa": rsa.generate_private_key(65537, 2048),
            "ed": ed25519.Ed25519PrivateKey.generate(),
        }.items()
    ):
        made.things += thing_pair(key, label, bytes([number]))  # type: ignore[arg-type]  # one of the three
    twin = ModuleType("pkcs11")
    library = SimpleNamespace(get_slots=lambda *, token_present: [made] if token_present else [])
    vars(twin).update(
        lib=lambda _: library,
        PKCS11Error=TwinError,
        UserAlreadyLoggedIn=UserAlreadyLoggedIn,
        Attribute=Attribute,
        ObjectClass=Kind,
        KeyType=KeyType,
        Mechanism=Mechanism,
        util=SimpleNamespace(ec=SimpleNamespace(encode_ec_public_key=lambda key: key[Attribute.SPKI])),
    )
    monkeypatch.setitem(sys.modules, "pkcs11", twin)
    return made


def opened(uri: str, pin: bytes = b"1234") -> TokenKey:
    return TokenKey.open(parse(f"pkcs11:{uri}"), "/lib/hsm.so", lambda: pin)


@pytest.mark.parametrize("name", ["object=ec", "object=rsa", "id=%01;token=release", "id=%00;serial=42"])
def test_digests_are_signed(token: Token, name: str) -> None:
    key = opened(name)
    public = keys.load_public(key.public_key(), "token")
    assert public.verifies_digest(key.sign("sha256", DIGEST), DIGEST)
    assert key.where == f"pkcs11:{name.removeprefix('object=') if 'object' in name else name[4:6]}"
    assert token.label == "release"


def test_two_keys_of_one_token(token: Token) -> None:
    one, other = opened("object=ec"), opened("object=rsa")
    assert one.public_key() != other.public_key()
    assert token.logged_in


def test_ed25519_signs_messages(token: Token) -> None:
    key = opened("object=ed;model=v2;manufacturer=Acme")
    public = keys.load_public(key.public_key(), "token")
    assert public.verifies_message(key.sign("message", b"a message"), b"a message")
    assert token.things


def test_the_digest_infos_are_those_of_rsa_signatures() -> None:
    key = rsa.generate_private_key(65537, 2048)
    public = keys.load_spki(
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), "k"
    )
    for name, prefix in _DIGEST_INFO.items():
        digest = hashlib.new(name, b"message").digest()
        assert public.verifies_digest(raw_rsa(key, prefix + digest), digest, name)  # type: ignore[arg-type]  # one of the names


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("object=none", "pkcs11:none: no private key is as the URI says"),
        ("object=ec;token=other", "pkcs11:ec: no token is as the URI says"),
        ("object=ec;serial=1", "pkcs11:ec: no token is as the URI says"),
        ("object=ec;manufacturer=Other", "pkcs11:ec: no token is as the URI says"),
        ("object=ec;model=v1", "pkcs11:ec: no token is as the URI says"),
        ("object=ec;id=%07", "pkcs11:ec: no private key is as the URI says"),
        ("object=twice", "pkcs11:twice: 2 private keys are as the URI says, and it must be one"),
        ("object=lone", "pkcs11:lone: the token has no public key and no certificate beside"),
    ],
)
def test_keys_that_are_not_there(token: Token, uri: str, message: str) -> None:
    token.things += [Thing(Kind.PRIVATE_KEY, "twice"), Thing(Kind.PRIVATE_KEY, "twice")]
    token.things += [
        Thing(Kind.PRIVATE_KEY, "lone", b"\x09"),
        Thing(Kind.PUBLIC_KEY, "lone", b"\x09", KeyType.DSA),
    ]
    with pytest.raises(ServiceError) as caught:
        opened(uri)
    assert caught.value.message.startswith(message)
    assert caught.value.hint


def test_the_public_key_may_be_in_a_certificate(token: Token) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
    day = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = builder.not_valid_before(day).not_valid_after(day).sign(key, SHA256())
    token.things.append(Thing(Kind.PRIVATE_KEY, "signer", key=key))  # without an id: found by its label
    attributes = {Attribute.VALUE: certificate.public_bytes(Encoding.DER)}
    token.things.append(Thing(Kind.CERTIFICATE, "signer", attributes=attributes))
    found = opened("object=signer")
    assert keys.load_public(found.public_key(), "t").verifies_digest(found.sign("sha256", DIGEST), DIGEST)


def test_what_a_token_refuses(token: Token) -> None:
    with pytest.raises(ServiceError, match="pkcs11:ec: the PIN is wrong"):
        opened("object=ec", b"0")
    with pytest.raises(UsageError, match="the PIN is no UTF-8"):
        opened("object=ec", b"\xff")
    key = opened("object=ec")
    token.things[0].broken = True
    with pytest.raises(ServiceError, match="pkcs11:ec: the token refuses: DeviceError"):
        key.sign("sha256", DIGEST)


def failing(error: Exception) -> Callable[[str], object]:
    def lib(_: str) -> object:
        raise error

    return lib


@pytest.mark.parametrize(
    "error", [OSError("no such\nfile"), RuntimeError("no such file"), TwinError("no such file")]
)
def test_a_module_that_cannot_be_loaded(
    token: Token, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(sys.modules["pkcs11"], "lib", failing(error))
    with pytest.raises(ServiceError, match="pkcs11:ec: no such file"):
        opened("object=ec")
    assert token.things


def test_without_python_pkcs11_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(UsageError, match="need python-pkcs11, which is not installed") as caught:
        opened("object=ec")
    assert "attest-go[pkcs11]" in (caught.value.hint or "")
