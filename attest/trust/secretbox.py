"""Secret boxes of NaCl: XSalsa20 and Poly1305, as cosign encrypts key files with them.

Sources: D. J. Bernstein, "Salsa20 specification" (the quarter round, the columns and rows of a double
round) and "Extending the Salsa20 nonce" (HSalsa20, XSalsa20); "Cryptography in NaCl", sections 7 to 10
(where the authenticator's key is taken from the stream). A key file has some hundred bytes: a third of a
millisecond for each hundred is fast enough, and `cryptography`, which has Poly1305, has no Salsa20.
"""

from __future__ import annotations

import struct
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.poly1305 import Poly1305

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 24
TAG_BYTES: Final = 16
_BLOCK: Final = 64
_MASK: Final = 0xFFFFFFFF
_SIGMA: Final = struct.unpack("<4I", b"expand 32-byte k")
#: The four words that each quarter round of a double round changes: columns, then rows.
_QUARTERS: Final = (
    (0, 4, 8, 12),
    (5, 9, 13, 1),
    (10, 14, 2, 6),
    (15, 3, 7, 11),
    (0, 1, 2, 3),
    (5, 6, 7, 4),
    (10, 11, 8, 9),
    (15, 12, 13, 14),
)
_DOUBLE_ROUNDS: Final = 10


def seal(key: bytes, nonce: bytes, message: bytes) -> bytes:
    """The box of `message`: its authenticator and what was encrypted; a nonce serves once for a key."""
    stream = _stream(key, nonce, KEY_BYTES + len(message))
    encrypted = _xor(message, stream[KEY_BYTES:])
    return Poly1305.generate_tag(stream[:KEY_BYTES], encrypted) + encrypted


def unseal(key: bytes, nonce: bytes, box: bytes) -> bytes | None:
    """What was sealed; None where the box is not by this key and nonce, or was changed."""
    tag, encrypted = box[:TAG_BYTES], box[TAG_BYTES:]
    stream = _stream(key, nonce, KEY_BYTES + len(encrypted))
    try:
        Poly1305.verify_tag(stream[:KEY_BYTES], encrypted, tag)
    except InvalidSignature:
        return None
    return _xor(encrypted, stream[KEY_BYTES:])


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))


def _stream(key: bytes, nonce: bytes, size: int) -> bytes:
    """The first `size` bytes of XSalsa20."""
    words = _double_rounds(_state(key, nonce[:16]))
    subkey = struct.pack("<8I", *(words[at] for at in (0, 5, 10, 15, 6, 7, 8, 9)))
    blocks = (_salsa20(subkey, nonce[16:] + struct.pack("<Q", at)) for at in range(-(-size // _BLOCK)))
    return b"".join(blocks)[:size]


def _salsa20(key: bytes, nonce_and_counter: bytes) -> bytes:
    state = _state(key, nonce_and_counter)
    mixed = _double_rounds(state)
    return struct.pack("<16I", *((one + other) & _MASK for one, other in zip(state, mixed, strict=True)))


def _state(key: bytes, block: bytes) -> tuple[int, ...]:
    low, high = struct.unpack("<4I", key[:16]), struct.unpack("<4I", key[16:])
    middle = struct.unpack("<4I", block)
    return (_SIGMA[0], *low, _SIGMA[1], *middle, _SIGMA[2], *high, _SIGMA[3])


def _double_rounds(state: tuple[int, ...]) -> list[int]:
    x = list(state)
    for _ in range(_DOUBLE_ROUNDS):
        for a, b, c, d in _QUARTERS:
            x[b] ^= _rotated(x[a] + x[d], 7)
            x[c] ^= _rotated(x[b] + x[a], 9)
            x[d] ^= _rotated(x[c] + x[b], 13)
            x[a] ^= _rotated(x[d] + x[c], 18)
    return x


def _rotated(word: int, bits: int) -> int:
    word &= _MASK
    return (word << bits | word >> 32 - bits) & _MASK
