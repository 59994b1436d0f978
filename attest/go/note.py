"""Signed notes: a text and lines of signatures under it, as Go's checksum database signs its tree heads.

Source: golang.org/x/mod/sumdb/note (note.go: Open, NewVerifier); https://c2sp.org/signed-note.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError, VerificationError
from attest.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from attest.model.limits import Limits
    from attest.model.place import Place

_ED25519: Final = 1
_KEY_BYTES: Final = 32
_HASH_BYTES: Final = 4
_SIGNATURE: Final = "\N{EM DASH} "
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY_HINT: Final = "a verifier key is name+hash+key, as in sum.golang.org+033de0ae+Ac4z…"
_NOTE_HINT: Final = "remove the file and let the go command fetch it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key that signs notes: its name, the 4 bytes by which notes name it, and 32 bytes Ed25519."""

    name: str
    key_hash: bytes
    key: bytes

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Tell whether `signature` is by this key over `message`."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, message)
        except InvalidSignature:
            return False
        return True


def decode(text: str) -> bytes | None:
    """Bytes of padded standard base64; None for anything that no encoder writes."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        return None
    return data if base64.b64encode(data).decode() == text else None


def _name_ok(name: str) -> bool:
    return bool(name) and "+" not in name and not any(each.isspace() for each in name)


def parse_key(text: str, place: Place | None = None) -> VerifierKey:
    """A verifier key as `name+hash+key`, whose hash must be that of name and key.

    Raises `FormatError` for another shape, another hash, or an algorithm that is not Ed25519.
    """
    name, _, rest = text.partition("+")
    written, _, encoded = rest.partition("+")
    data = decode(encoded)
    if not re.fullmatch("[0-9A-Fa-f]{8}", written) or not data or not _name_ok(name):
        raise FormatError(f"{text[:200]!r} is no verifier key", place=place, hint=_KEY_HINT)
    key_hash = hashlib.sha256(name.encode("utf-8", "replace") + b"\n" + data).digest()[:_HASH_BYTES]
    if key_hash != bytes.fromhex(written):
        message = f"the verifier key of {name} should have the hash {key_hash.hex()}, and says {written}"
        raise FormatError(message, place=place, hint="copy the key again")
    if data[0] != _ED25519 or len(data) != 1 + _KEY_BYTES:
        message = f"the verifier key of {name} is no Ed25519 key"
        raise FormatError(message, place=place, hint="only Ed25519 keys (type 1) sign notes")
    return VerifierKey(name=name, key_hash=key_hash, key=data[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The text of a verified note, with its last newline, and the signature as the note writes it."""

    text: str
    signature: str


def open_note(data: bytes, key: VerifierKey, place: Place, *, limits: Limits = DEFAULT_LIMITS) -> Opened:
    """What a note says that `key` signed; other signers are left aside.

    Raises `FormatError` for what is no signed note, `VerificationError` where the key did not sign it or its
    signature is wrong, `LimitError` beyond `limits`.
    """
    if len(data) > limits.note_bytes:
        raise LimitError(f"the note is larger than {limits.note_bytes} bytes", place=place, hint=_NOTE_HINT)
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise FormatError("the note is not UTF-8", place=place, hint=_NOTE_HINT) from error
    body, separator, block = whole.rpartition("\n\n")
    if not separator or not block.endswith("\n") or _CONTROL.search(whole):
        raise FormatError("is no signed note", place=place, hint=_NOTE_HINT)
    lines = block[:-1].split("\n")
    if len(lines) > limits.note_signatures:
        message = f"the note has {len(lines)} signatures, more than {limits.note_signatures}"
        raise LimitError(message, place=place, hint=_NOTE_HINT)
    text = body + "\n"
    signatures = [_signature(line, place) for line in lines]
    # Of several by one key the first decides, as in Go.
    ours = next((rest for name, rest in signatures if (name, rest[:_HASH_BYTES]) == _id(key)), None)
    if ours is None:
        message = f"the note has no signature by {key.name} with the key {key.key_hash.hex()}"
        raise VerificationError(message, place=place, hint="check GOSUMDB, which names the key")
    if not key.verifies(text.encode(), ours[_HASH_BYTES:]):
        message = f"the signature by {key.name} on the note is wrong"
        raise VerificationError(message, place=place, hint=_NOTE_HINT)
    return Opened(text=text, signature=base64.b64encode(ours).decode())


def _id(key: VerifierKey) -> tuple[str, bytes]:
    return key.name, key.key_hash


def _signature(line: str, place: Place) -> tuple[str, bytes]:
    """The name of a signature line, and its bytes: the hash of the key first."""
    name, _, encoded = line.removeprefix(_SIGNATURE).partition(" ")
    data = decode(encoded)
    if not line.startswith(_SIGNATURE) or not _name_ok(name) or data is None or len(data) <= _HASH_BYTES:
        raise FormatError("the note has a malformed signature line", place=place, hint=_NOTE_HINT)
    return name, data
