"""Make, read and show signing keys."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from attest.errors import OutputError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.record import dataclass
from attest.signing.key import KeySigner
from attest.trust import keys
from attest.trust.keys import PublicKey

__all__ = ["KeyDescription", "PublicKey", "describe_key", "generate_key", "key_signer"]

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.ports import Sink


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDescription:
    """A public key in words: its algorithm, its fingerprint (hexadecimal), its bundle hint and its PEM.

    `private` tells that it was read from a private key.
    """

    algorithm: str
    sha256: str
    pem: bytes
    private: bool = False

    @property
    def hint(self) -> str:
        """What bundles carry to find the key: the fingerprint in base64."""
        return base64.b64encode(bytes.fromhex(self.sha256)).decode()


def generate_key(
    sink: Sink, exists: Callable[[str], bool], private: str, public: str, *, password: bytes, force: bool
) -> KeyDescription:
    """Make an ECDSA P-256 pair and write it to the files `private` (PKCS#8 PEM) and `public` (PEM).

    The private file is for its owner alone, and encrypted where there is a password. Raises
    `OutputError` where a file is there already (`exists`) and not `force`, or cannot be written.
    """
    if private == public:
        raise OutputError(
            "the private and the public key need two files", place=Place(file=private), hint="name two files"
        )
    for file in (private, public):
        if not force and exists(file):
            raise OutputError(
                "exists already, and a key that is overwritten is lost",
                place=Place(file=file),
                hint="choose another name, or use --force",
            )
    key = keys.generate()
    sink.write({private: key.pem(password), public: key.public.pem}, private=frozenset({private}))
    return _describe(key.public, private=True)


def describe_key(data: bytes, file: str, password: Callable[[], bytes]) -> KeyDescription:
    """Describe the public half of the PEM file `data`, public or private; `password` is asked if needed.

    Raises `FormatError` and `LimitError`.
    """
    if b"PRIVATE KEY-----" in data:
        return _describe(keys.load_private(data, file, password).public, private=True)
    return _describe(keys.load_public(data, file), private=False)


def _describe(key: PublicKey, *, private: bool) -> KeyDescription:
    return KeyDescription(algorithm=key.algorithm, sha256=key.sha256, pem=key.pem, private=private)


def key_signer(
    data: bytes, file: str, password: Callable[[], bytes], limits: Limits = DEFAULT_LIMITS
) -> KeySigner:
    """A signer with the private key of the PEM file `data`; `password` is asked where it is encrypted.

    Raises `LimitError` and `FormatError`.
    """
    return KeySigner(keys.load_private(data, file, password, limits))
