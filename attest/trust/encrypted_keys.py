"""Encrypted private keys: cosign's own files, and what PKCS#8 says about its key derivation.

Both name their own costs, and a file may ask for hours or for all memory: the numbers are held against
`attest.model.limits` before anything is derived. Sources: sigstore/cosign pkg/cosign/keys.go (labels);
secure-systems-lab/go-securesystemslib encrypted/encrypted.go (the JSON inside); RFC 7914 (scrypt, also in
PKCS#8), RFC 8018 (PBES1, PBES2, PBKDF2), RFC 7292 appendix C (PKCS#12's schemes).
"""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from attest.errors import AttestError, FormatError, LimitError
from attest.model.place import Place
from attest.model.strict_json import Node, dumps, loads
from attest.trust import secretbox
from attest.trust.pem import Block

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.limits import Limits

#: What cosign writes today, and what it wrote before.
COSIGN_LABELS: Final = ("ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY")
UNDECRYPTED: Final = "cannot be decrypted: the password is wrong or the file is damaged"
_COST, _BLOCK_SIZE, _PARALLEL = 65_536, 8, 1  # of what is written: cosign refuses other numbers
_SALT_BYTES: Final = 32
_JSON_DEPTH: Final = 4
_HINT: Final = "make the file again with the tool that wrote it"
_SEQUENCE, _INTEGER, _OCTETS, _OID = 0x30, 0x02, 0x04, 0x06
_PBES2: Final = bytes.fromhex("2a864886f70d01050d")
_PBKDF2: Final = bytes.fromhex("2a864886f70d01050c")
_SCRYPT: Final = bytes.fromhex("2b06010401da47040b")


def write_cosign(pkcs8: bytes, password: bytes) -> bytes:
    """The key file of cosign around a PKCS#8 private key (DER), with new randomness."""
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(secretbox.NONCE_BYTES)
    key = _scrypt(password, salt, _COST, _BLOCK_SIZE, _PARALLEL)
    document = dumps(
        {
            "kdf": {
                "name": "scrypt",
                "params": {"N": _COST, "r": _BLOCK_SIZE, "p": _PARALLEL},
                "salt": base64.b64encode(salt).decode(),
            },
            "cipher": {"name": "nacl/secretbox", "nonce": base64.b64encode(nonce).decode()},
            "ciphertext": base64.b64encode(secretbox.seal(key, nonce, pkcs8)).decode(),
        }
    )
    return Block(label=COSIGN_LABELS[0], data=document).text


def read_cosign(block: Block, file: str, password: Callable[[], bytes], limits: Limits) -> bytes:
    """The PKCS#8 private key (DER) in a key file of cosign.

    Raises `FormatError` for another key derivation or cipher, a broken file and a wrong password, and
    `LimitError` where the derivation would cost too much.
    """
    value = loads(block.data, file=file, max_bytes=limits.key_bytes, max_depth=_JSON_DEPTH)
    root = Node(value=value, file=file)
    root.only("kdf", "cipher", "ciphertext")
    kdf, cipher = root.need("kdf"), root.need("cipher")
    kdf.only("name", "params", "salt")
    cipher.only("name", "nonce")
    for node, known in ((kdf.need("name"), "scrypt"), (cipher.need("name"), "nacl/secretbox")):
        if node.text() != known:
            raise node.fail(f"is {node.text()[:64]!r}; {known!r} alone is known", hint=_HINT)
    nonce, box = cipher.need("nonce"), root.need("ciphertext").base64()
    if len(nonce.base64()) != secretbox.NONCE_BYTES:
        raise nonce.fail(f"has {len(nonce.base64())} bytes, not {secretbox.NONCE_BYTES}", hint=_HINT)
    params = kdf.need("params")
    params.only("N", "r", "p")
    cost, size, parallel = (params.need(each).int64() for each in ("N", "r", "p"))
    _check_scrypt(cost, size, parallel, file, limits)
    key = _scrypt(password(), kdf.need("salt").base64(), cost, size, parallel)
    opened = secretbox.unseal(key, nonce.base64(), box)
    if opened is None:
        raise FormatError(UNDECRYPTED, place=Place(file=file), hint="check the password")
    return opened


def check_pkcs8(der: bytes, file: str, limits: Limits) -> None:
    """Refuse an EncryptedPrivateKeyInfo whose key derivation would cost too much (`LimitError`).

    What is no such structure is `FormatError`; a derivation that is not known stays for who decrypts.
    """
    try:
        scheme = _Der(_Der(der).inside(_SEQUENCE)).inside(_SEQUENCE)
        algorithm = _Der(scheme)
        kind, parameters = algorithm.inside(_OID), _Der(algorithm.inside(_SEQUENCE))
        if kind == _PBES2:
            derivation = _Der(parameters.inside(_SEQUENCE))
            kind, parameters = derivation.inside(_OID), _Der(derivation.inside(_SEQUENCE))
        parameters.inside(_OCTETS)  # the salt
        if kind == _SCRYPT:
            cost, size, parallel = (parameters.integer() for _ in range(3))
            _check_scrypt(cost, size, parallel, file, limits)
            return
        rounds = parameters.integer()  # PBKDF2's, and those of the older schemes
    except (IndexError, ValueError) as error:
        raise FormatError(
            "is no encrypted private key: its content cannot be decoded", place=Place(file=file), hint=_HINT
        ) from error
    if rounds > limits.pbkdf2_rounds:
        raise _too_much(f"{rounds} rounds of key derivation, more than {limits.pbkdf2_rounds}", file)


class _Der:
    """DER, read element by element; `ValueError` or `IndexError` where it is none or has another tag."""

    def __init__(self, data: bytes) -> None:
        self._rest = data

    def inside(self, tag: int) -> bytes:
        data = self._rest
        found, size, start = data[0], data[1], 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(data[2:start])
        if found != tag or len(data) - start < size:
            raise ValueError("another element is expected here, or it is cut off")
        self._rest = data[start + size :]
        return data[start : start + size]

    def integer(self) -> int:
        return int.from_bytes(self.inside(_INTEGER), signed=True)


def _check_scrypt(cost: int, size: int, parallel: int, file: str, limits: Limits) -> None:
    if cost < 2 or cost & (cost - 1) or size < 1 or parallel < 1:  # noqa: PLR2004 - RFC 7914 section 6
        raise FormatError(
            f"has no scrypt parameters: N={cost}, r={size}, p={parallel}", place=Place(file=file), hint=_HINT
        )
    if 128 * size * cost > limits.scrypt_bytes or size * cost * parallel > limits.scrypt_work:
        raise _too_much(
            f"scrypt with N={cost}, r={size}, p={parallel} takes more memory or time than is given to it",
            file,
        )


def _scrypt(password: bytes, salt: bytes, cost: int, size: int, parallel: int) -> bytes:
    return Scrypt(salt=salt, length=secretbox.KEY_BYTES, n=cost, r=size, p=parallel).derive(password)


def _too_much(message: str, file: str) -> AttestError:
    return LimitError(message, place=Place(file=file), hint="encrypt the key again with usual numbers")
