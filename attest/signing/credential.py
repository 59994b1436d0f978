"""What signs on a Sigstore instance: a short-lived certificate for a key that never leaves memory, or a key.

Source: the Sigstore client specification, "Signing"; sigstore/protobuf-specs, protos/sigstore_common.proto
(PublicKeyDetails).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from attest.errors import FormatError, ServiceError, UsageError, VerificationError
from attest.model.place import Place
from attest.signing.requests import (
    SignedBy,
    certificate_request,
    certificate_url,
    read_certificate_answer,
)
from attest.trust.bundle_writer import key_hint
from attest.trust.certificate import read_signer
from attest.trust.chain import check_certificate_logs, check_chain
from attest.trust.roots import utc
from attest.trust.verify import TrustedKey, TrustStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from attest.model.limits import Limits
    from attest.model.ports import Services
    from attest.model.statement import Signer
    from attest.signing.configuration import Configuration, Service
    from attest.signing.signer import SigningKey
    from attest.signing.token import Token
    from attest.trust.keys import PublicKey
    from attest.trust.roots import Root

_ANSWER: Final = "the certificate authority's answer"
_MARGIN: Final = timedelta(minutes=2)  # for a timestamp to be made while the certificate is valid
_SHORT: Final = 4  # of a certificate with a shorter life, that part of its life
_CONFIG_HINT: Final = "give a signing configuration with a certificate authority"
_P256: Final = "PKIX_ECDSA_P256_SHA_256"
#: How Rekor 2 calls the keys that it takes, and the hash that goes with them.
_DETAILS: Final = {
    "ECDSA P-256": _P256,
    "RSA 2048": "PKIX_RSA_PKCS1V15_2048_SHA256",
    "RSA 3072": "PKIX_RSA_PKCS1V15_3072_SHA256",
    "RSA 4096": "PKIX_RSA_PKCS1V15_4096_SHA256",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """Signs the SHA-256 of something; `certificate` is None for a key, and `hint` how bundles name that."""

    by: SignedBy
    sign: Callable[[bytes], bytes]
    certificate: x509.Certificate | None = None
    hint: str | None = None


class Credentials(Protocol):
    """Who signs; one serves many threads."""

    @property
    def context(self) -> tuple[str, ...]:
        """What tells this signer from every other, for the journal."""
        ...

    @property
    def trust(self) -> TrustStore:
        """What a fresh signature must verify with."""
        ...

    def current(self) -> Credential:
        """What signs now; raises `attest.errors.ServiceError` where none can be had."""
        ...

    def same(self, signer: Signer) -> bool:
        """Tell whether that is who signs now, so that its signatures need not be made again."""
        ...

    def of(self, certificate: bytes) -> Credential | None:
        """What signed before, with this certificate (DER, b"" for a key), to name it again; None if unfit."""
        ...


def _unable(_: bytes) -> bytes:
    raise AssertionError("the key of an earlier run is gone")


def certified(certificate: x509.Certificate, sign: Callable[[bytes], bytes] = _unable) -> Credential:
    """A credential with a certificate."""
    return Credential(
        by=SignedBy(
            der=certificate.public_bytes(Encoding.DER),
            pem=certificate.public_bytes(Encoding.PEM),
            details=_P256,
            certificate=True,
        ),
        sign=sign,
        certificate=certificate,
    )


class KeylessCredentials:
    """Certificates for the identity of a token: one for as many signatures as its life allows, then another.

    Each is verified before anything is signed with it.
    """

    def __init__(
        self,
        configuration: Configuration,
        token: Token,
        services: Services,
        now: Callable[[], datetime],
        limits: Limits,
    ) -> None:
        if configuration.authority is None:
            raise FormatError(
                "the signing configuration has no certificate authority that is valid now and known here",
                place=Place(file=configuration.root.file),
                hint=_CONFIG_HINT,
            )
        self._authority: Service = configuration.authority
        self._root: Root = configuration.root
        self._token = token
        self._services = services
        self._now = now
        self._limits = limits
        self._lock = threading.Lock()
        self._current: tuple[Credential, x509.Certificate] | None = None

    @property
    def context(self) -> tuple[str, ...]:
        """See `Credentials`."""
        return ("certificate", self._token.issuer, self._token.identity)

    @property
    def trust(self) -> TrustStore:
        """See `Credentials`."""
        return TrustStore(roots=(self._root,))

    def of(self, certificate: bytes) -> Credential | None:
        """See `Credentials`."""
        try:
            return certified(x509.load_der_x509_certificate(certificate))
        except ValueError:
            return None

    def current(self) -> Credential:
        """See `Credentials`."""
        with self._lock:
            if self._current is None or self._ends_soon(self._current[1]):
                self._current = self._certify()
            return self._current[0]

    def same(self, signer: Signer) -> bool:
        """See `Credentials`; only a certificate tells by which name the authority calls a token's bearer."""
        return (self._token.issuer == signer.issuer) and read_signer(self.current().by.der, _ANSWER) == signer

    def _ends_soon(self, certificate: x509.Certificate) -> bool:
        start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        return self._now() > end - min(_MARGIN, (end - start) / _SHORT)

    def _certify(self) -> tuple[Credential, x509.Certificate]:
        before = self._current
        try:
            self._token.check(self._now())
        except ServiceError as error:
            if before is None:
                raise
            ended = utc(before[1].not_valid_after_utc)
            raise ServiceError(
                f"the signing certificate ends at {ended}, and {error.message}", hint=error.hint
            ) from error
        key = ec.generate_private_key(ec.SECP256R1())
        body, headers = certificate_request(key, self._token.raw)
        try:
            answer = self._services.post(
                certificate_url(self._authority), body, headers, self._limits.trusted_root_bytes
            )
            certificate = read_certificate_answer(self._authority, answer, self._limits)
            self._check(certificate, key.public_key())
        except ServiceError as error:
            raise ServiceError(
                f"cannot get a signing certificate: {error.message}", hint=error.hint
            ) from error
        prehashed = ec.ECDSA(utils.Prehashed(hashes.SHA256()))
        return certified(certificate, lambda digest: key.sign(digest, prehashed)), certificate

    def _check(self, certificate: x509.Certificate, key: ec.EllipticCurvePublicKey) -> None:
        """The certificate is of this key, by a trusted authority, and trusted logs have seen it."""
        form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if certificate.public_key().public_bytes(*form) != key.public_bytes(*form):
            raise ServiceError(f"{self._authority.host} certified another key", hint=_CONFIG_HINT)
        try:
            path = check_chain(certificate, self._root, (certificate.not_valid_before_utc,), _ANSWER)
            check_certificate_logs(certificate, path[1], self._root, _ANSWER)
        except VerificationError as error:
            raise ServiceError(
                f"the certificate of {self._authority.host} does not verify: {error.message}",
                hint="sign with the trusted root of the instance that signs",
            ) from error


class KeyCredentials:
    """A key of one's own, whose signatures are logged and stamped."""

    def __init__(self, key: SigningKey, configuration: Configuration) -> None:
        public = key.public
        details = _DETAILS.get(public.algorithm)
        if details is None:
            raise UsageError(
                f"signatures by this key ({public.algorithm}) cannot be logged: a log takes P-256, and RSA of"
                " 2048, 3072 and 4096 bits",
                hint="sign with a P-256 key, or without --trust-config",
            )
        self._key: PublicKey = public
        self._root = configuration.root
        lock = threading.Lock()  # a token or a command makes one signature at a time

        def sign(digest: bytes) -> bytes:
            with lock:
                return key.sign_digest(digest)

        self._credential = Credential(
            by=SignedBy(der=public.spki, pem=public.pem, details=details, certificate=False),
            sign=sign,
            hint=key_hint(public.sha256),
        )

    @property
    def context(self) -> tuple[str, ...]:
        """See `Credentials`."""
        return ("key", self._key.sha256)

    @property
    def trust(self) -> TrustStore:
        """See `Credentials`."""
        return TrustStore(keys=(TrustedKey(name="own", key=self._key),), roots=(self._root,))

    def of(self, certificate: bytes) -> Credential | None:
        """See `Credentials`."""
        return None if certificate else self._credential

    def current(self) -> Credential:
        """See `Credentials`."""
        return self._credential

    def same(self, signer: Signer) -> bool:
        """See `Credentials`."""
        return signer.key_sha256 == self._key.sha256
