"""Make, read, convert and show signing keys."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import OutputError, UsageError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.signing.external import ExternalKey, KeySource
from attest.signing.key import KeySigner
from attest.trust import keys
from attest.trust.keys import KeyFormat, PublicKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.ports import Sink
    from attest.trust.keys import PrivateKey

__all__ = [
    "FORMATS",
    "KINDS",
    "KeyDescription",
    "KeyFiles",
    "KeySource",
    "PublicKey",
    "describe_external",
    "describe_key",
    "external_signer",
    "generate_key",
    "import_key",
    "key_signer",
]

KINDS: Final = keys.KINDS
FORMATS: Final[dict[str, KeyFormat]] = {"pkcs8": "pkcs8", "cosign": "cosign"}
_NOTES: Final = {
    "ECDSA P-384": "it signs the SHA-256 of files, as cosign verifies, of which a Rekor log takes no entry;"
    " a P-256 key works everywhere",
    "Ed25519": "it signs statements and no files, and a Rekor log takes no entry of it;"
    " a P-256 key works everywhere",
}


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

    @property
    def note(self) -> str:
        """What its signatures cannot be used for, "" for a key that everybody takes."""
        return _NOTES.get(self.algorithm, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFiles:
    """Where a pair goes: the private key, for its owner alone, in its format, and the public key (PEM).

    The private key is encrypted where there is a password, which cosign's format must have. `force` says
    that files which are there may be overwritten.
    """

    private: str
    public: str
    password: bytes = field(default=b"", repr=False)
    form: str = "pkcs8"
    force: bool = False


def generate_key(
    sink: Sink, exists: Callable[[str], bool], files: KeyFiles, kind: str = "p256"
) -> KeyDescription:
    """Make a pair of one of `KINDS` and write it.

    Raises `UsageError` for another kind or format, or where a password is missing, and `OutputError` where a
    file is there already (`exists`) and not to be overwritten, or cannot be written.
    """
    if kind not in KINDS:
        raise UsageError(f"no kind of key is called {kind!r}", hint=f"one of {', '.join(KINDS)}")
    check_files(exists, files)
    return _write(sink, files, keys.generate(kind))


def import_key(
    sink: Sink,
    exists: Callable[[str], bool],
    files: KeyFiles,
    data: bytes,
    file: str,
    password: Callable[[], bytes],
) -> KeyDescription:
    """Write the private key of the PEM file `data` anew; `password` is asked where that is encrypted.

    Raises as `generate_key` does, and `FormatError` and `LimitError` for what is no private key.
    """
    check_files(exists, files)
    return _write(sink, files, keys.load_private(data, file, password))


def check_files(exists: Callable[[str], bool], files: KeyFiles) -> None:
    """Refuse, before anything is made or asked, what cannot be written; raises as `generate_key` does."""
    if files.form not in FORMATS:
        raise UsageError(
            f"no format of keys is called {files.form!r}", hint=f"one of {', '.join(sorted(FORMATS))}"
        )
    if files.private == files.public:
        raise OutputError(
            "the private and the public key need two files",
            place=Place(file=files.private),
            hint="name two files",
        )
    for file in (files.private, files.public):
        if not files.force and exists(file):
            raise OutputError(
                "exists already, and a key that is overwritten is lost",
                place=Place(file=file),
                hint="choose another name, or use --force",
            )


def _write(sink: Sink, files: KeyFiles, key: PrivateKey) -> KeyDescription:
    form = FORMATS[files.form]
    if form == "cosign" and not files.password:
        raise UsageError("cosign's key files are always encrypted", hint="give a password that is not empty")
    private = key.pem(files.password, form)
    sink.write({files.private: private, files.public: key.public.pem}, private=frozenset({files.private}))
    return _describe(key.public, private=True)


def describe_key(data: bytes, file: str, password: Callable[[], bytes]) -> KeyDescription:
    """Describe the public half of a file `data`, public or private; `password` is asked if needed.

    Raises `FormatError` and `LimitError`.
    """
    if b"PRIVATE KEY-----" in data:
        return _describe(keys.load_private(data, file, password).public, private=True)
    return _describe(keys.load_public(data, file), private=False)


def describe_external(source: KeySource, limits: Limits = DEFAULT_LIMITS) -> KeyDescription:
    """Describe a key that lies in a token or behind a command; raises what the source raises."""
    return _describe(ExternalKey.connect(source, limits).public, private=True)


def _describe(key: PublicKey, *, private: bool) -> KeyDescription:
    return KeyDescription(algorithm=key.algorithm, sha256=key.sha256, pem=key.pem, private=private)


def key_signer(
    data: bytes, file: str, password: Callable[[], bytes], limits: Limits = DEFAULT_LIMITS
) -> KeySigner:
    """A signer with the private key of the PEM file `data`; `password` is asked where it is encrypted.

    Raises `LimitError` and `FormatError`.
    """
    return KeySigner(keys.load_private(data, file, password, limits))


def external_signer(source: KeySource, limits: Limits = DEFAULT_LIMITS) -> KeySigner:
    """A signer with a key that lies in a token or behind a command; raises what the source raises."""
    return KeySigner(ExternalKey.connect(source, limits))
