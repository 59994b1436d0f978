"""A key in a PKCS#11 token: a card, a hardware module, or SoftHSM; by python-pkcs11, the extra `pkcs11`.

Sources: OASIS PKCS#11 3.0 (CKM_ECDSA signs a digest and gives r and s side by side; CKM_RSA_PKCS signs a
DigestInfo; CKM_EDDSA signs the message), RFC 8017 section 9.2 (DigestInfo), RFC 7512 (which key).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from attest.errors import ServiceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attest.model.pkcs11_uri import Pkcs11Uri

#: DigestInfo up to the digest.
_DIGEST_INFO: Final = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
_MEANINGS: Final = {
    "PinIncorrect": "the PIN is wrong",
    "PinLocked": "the PIN is locked",
    "PinInvalid": "the PIN is none that it takes",
    "PinLenRange": "the PIN is none that it takes: too short or too long",
    "UserPinNotInitialized": "it has no user PIN yet",
    "MechanismInvalid": "it does not sign with this kind of key",
    "TokenNotPresent": "the token is gone",
    "DeviceRemoved": "the token is gone",
}
_HINT: Final = "look with `pkcs11-tool --list-objects`; docs/keys.md says how to name a key"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKey:
    """A private key in a token, as `attest.signing.external.KeySource`, in a session that is logged in."""

    where: str
    _key: Any = field(repr=False)
    _public: bytes = field(repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)  # a session is for one thread

    @classmethod
    def open(cls, uri: Pkcs11Uri, module: str, pin: Callable[[], bytes]) -> TokenKey:
        """The key that the URI names, by the module (a shared library) of that file.

        Raises `UsageError` where python-pkcs11 is not installed, `ServiceError` where the module, the token
        or the key is not found or refuses.
        """
        try:
            import pkcs11
        except ImportError as error:
            raise UsageError(
                "keys in PKCS#11 tokens need python-pkcs11, which is not installed",
                hint="install attest with its extra: attest-go[pkcs11]",
            ) from error
        where = f"pkcs11:{uri.object or uri.id.hex()}"
        try:
            token = _token(pkcs11.lib(module), uri, where)
            try:
                session = token.open(user_pin=pin().decode())
            except pkcs11.UserAlreadyLoggedIn:  # as all of this process is then
                session = token.open()
            wanted: dict[Any, Any] = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}
            if uri.object:
                wanted[pkcs11.Attribute.LABEL] = uri.object
            if uri.id:
                wanted[pkcs11.Attribute.ID] = uri.id
            key = _one(session.get_objects(wanted), where, "private key")
            return cls(where=where, _key=key, _public=_public_key(session, key, where))
        except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
            raise _failed(where, error) from error
        except UnicodeDecodeError as error:
            raise UsageError("the PIN is no UTF-8", hint="PKCS#11 takes no other") from error

    def public_key(self) -> bytes:
        """The public key (DER)."""
        return self._public

    def sign(self, what: str, data: bytes) -> bytes:
        """The signature over a digest (`what` names its hash) or a whole `message`."""
        import pkcs11
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

        try:
            with self._lock:
                if what == "message":
                    return bytes(self._key.sign(data, mechanism=pkcs11.Mechanism.EDDSA))
                if self._key.key_type == pkcs11.KeyType.RSA:
                    wrapped = _DIGEST_INFO[what] + data
                    return bytes(self._key.sign(wrapped, mechanism=pkcs11.Mechanism.RSA_PKCS))
                raw = bytes(self._key.sign(data, mechanism=pkcs11.Mechanism.ECDSA))
        except pkcs11.PKCS11Error as error:
            raise _failed(self.where, error) from error
        half = len(raw) // 2
        return encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))


def _token(library: Any, uri: Pkcs11Uri, where: str) -> Any:  # noqa: ANN401 - publishes no types
    tokens = (
        each
        for slot in library.get_slots(token_present=True)
        if (each := slot.get_token())
        and (uri.token or each.label) == each.label
        and (uri.serial.encode() or each.serial) == each.serial
        and (uri.manufacturer or each.manufacturer_id) == each.manufacturer_id
        and (uri.model or each.model) == each.model
        and (uri.token or uri.serial or each.label)  # without a name: those that were set up
    )
    return _one(tokens, where, "token")


def _one(found: Iterator[Any], where: str, what: str) -> Any:  # noqa: ANN401 - publishes no types
    several = list(found)
    if len(several) == 1:
        return several[0]
    count = f"{len(several)} {what}s are" if several else f"no {what} is"
    raise ServiceError(f"{where}: {count} as the URI says, and it must be one", hint=_HINT)


def _public_key(session: Any, key: Any, where: str) -> bytes:  # noqa: ANN401 - publishes no types
    """The public key beside the private one: of the same CKA_ID, an object of its own or in a certificate."""
    import pkcs11
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509 import load_der_x509_certificate

    def beside(kind: Any) -> list[Any]:  # noqa: ANN401 - publishes no types
        wanted = {pkcs11.Attribute.CLASS: kind}
        if key.id:
            wanted[pkcs11.Attribute.ID] = key.id
        else:
            wanted[pkcs11.Attribute.LABEL] = key.label
        return list(session.get_objects(wanted))

    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for public in beside(pkcs11.ObjectClass.PUBLIC_KEY):
        if public.key_type == pkcs11.KeyType.RSA:
            exponent, modulus = public[pkcs11.Attribute.PUBLIC_EXPONENT], public[pkcs11.Attribute.MODULUS]
            numbers = rsa.RSAPublicNumbers(int.from_bytes(exponent), int.from_bytes(modulus))
            return numbers.public_key().public_bytes(*form)
        if public.key_type == pkcs11.KeyType.EC_EDWARDS:
            point = bytes(public[pkcs11.Attribute.EC_POINT])[-32:]  # an octet string, or its content
            return ed25519.Ed25519PublicKey.from_public_bytes(point).public_bytes(*form)
        if public.key_type == pkcs11.KeyType.EC:
            return bytes(pkcs11.util.ec.encode_ec_public_key(public))
    for each in beside(pkcs11.ObjectClass.CERTIFICATE):
        certificate = load_der_x509_certificate(bytes(each[pkcs11.Attribute.VALUE]))
        return certificate.public_key().public_bytes(*form)
    raise ServiceError(
        f"{where}: the token has no public key and no certificate beside the private key",
        hint="put one there with the same id; a private key does not tell its public half",
    )


def _failed(where: str, error: Exception) -> ServiceError:
    kind = type(error).__name__
    said = " ".join(str(error).split())[:200]
    return ServiceError(f"{where}: {_MEANINGS.get(kind) or said or f'the token refuses: {kind}'}", hint=_HINT)
