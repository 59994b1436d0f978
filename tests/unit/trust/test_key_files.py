"""Private keys in files: every kind and format, and each way to be none."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from attest.errors import AttestError, FormatError, LimitError
from attest.model.limits import DEFAULT_LIMITS
from attest.trust import encrypted_keys, keys, pem
from attest.trust.pem import Block

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.statement import Json

FOLDER = Path(__file__).parents[3] / "testdata" / "keys"
PASSWORD = b"correct horse"
KINDS = ("p256", "p384", "rsa-2048", "ed25519")
MESSAGE = b"what is signed"


def no_password() -> bytes:
    pytest.fail("no password is asked")


def file(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def refused(data: bytes, password: Callable[[], bytes] = no_password) -> AttestError:
    with pytest.raises(AttestError) as caught:
        keys.load_private(data, "k.key", password)
    assert caught.value.place is not None
    assert caught.value.place.file == "k.key"
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("name", KINDS)
def test_reads_the_key_files_of_cosign(name: str) -> None:
    found = keys.load_private(file(f"{name}.key"), "k.key", lambda: PASSWORD)
    assert found.public.pem == file(f"{name}.pub")
    assert found.public.verifies_message(found.sign_message(MESSAGE), MESSAGE)


def test_reads_what_older_ones_are_called() -> None:
    data = file("p256.key").replace(b"SIGSTORE", b"COSIGN")
    assert keys.load_private(data, "k.key", lambda: PASSWORD).public.pem == file("p256.pub")


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa-2048", "ed25519"])
def test_a_key_survives_every_format(kind: str) -> None:
    key = keys.generate(kind)
    assert keys.load_private(key.pem(), "k.key", no_password) == key
    assert keys.load_private(key.pem(b"pw"), "k.key", lambda: b"pw") == key
    sealed = key.pem(b"pw", "cosign")
    assert sealed.startswith(b"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n")
    assert keys.load_private(sealed, "k.key", lambda: b"pw") == key
    assert key.pem(b"pw", "cosign") != sealed
    der = load_pem_private_key(key.pem(), None).private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )
    assert der not in base64.b64decode(b"".join(sealed.splitlines()[1:-1]))


@pytest.mark.parametrize("kind", keys.KINDS)
def test_each_kind_is_what_it_is_called(kind: str) -> None:
    name = keys.generate(kind).public.algorithm.lower()
    assert name.replace("ecdsa ", "").replace("-", "").replace(" ", "-") == kind


def test_older_openssl_formats_are_read() -> None:
    for key in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)):
        data = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        assert keys.load_private(data, "k.key", no_password).public.verifies_message(
            keys.load_private(data, "k.key", no_password).sign_message(MESSAGE), MESSAGE
        )


def test_openssl_reads_what_is_written_and_the_other_way_round(tmp_path: Path) -> None:
    key = keys.generate()
    ours, theirs = tmp_path / "ours.key", tmp_path / "theirs.key"
    ours.write_bytes(key.pem(b"pw"))
    try:
        words = ["openssl", "pkcs8", "-topk8", "-in", str(ours), "-passin", "pass:pw"]
        words += ["-out", str(theirs), "-scrypt"]
        subprocess.run([*words, "-passout", "pass:other"], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl here")
    assert keys.load_private(theirs.read_bytes(), "k.key", lambda: b"other") == key


def test_the_schemes_before_pbes2_are_read(tmp_path: Path) -> None:
    key = keys.generate()
    ours, theirs = tmp_path / "ours.key", tmp_path / "theirs.key"
    ours.write_bytes(key.pem())
    words = ["openssl", "pkcs8", "-topk8", "-in", str(ours), "-out", str(theirs), "-v1", "PBE-SHA1-3DES"]
    try:
        subprocess.run([*words, "-passout", "pass:pw"], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl here")
    assert keys.load_private(theirs.read_bytes(), "k.key", lambda: b"pw") == key


def test_the_files_of_ssh_keygen_are_refused_with_what_converts_them() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    error = refused(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    assert error.message == "is a private key in OpenSSH's own format"
    assert "ssh-keygen -p -m PKCS8" in (error.hint or "")


def test_the_old_encryption_of_openssl_is_refused_with_what_converts_it() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    error = refused(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"pw"))
    )
    assert "derives the key from the password by MD5" in error.message
    assert "openssl pkcs8 -topk8" in (error.hint or "")


@pytest.mark.parametrize("password", [b"", b"wrong", b"correct horse\n"])
def test_a_wrong_password_of_each_format(password: bytes) -> None:
    for data in (file("p256.key"), keys.generate().pem(b"pw")):
        assert refused(data, lambda: password).message == encrypted_keys.UNDECRYPTED


def cosign(change: Callable[[dict[str, Json]], object]) -> bytes:
    """cosign's file with its JSON changed."""
    document = json.loads(base64.b64decode(b"".join(file("p256.key").splitlines()[1:-1])))
    change(document)
    return Block(label=encrypted_keys.COSIGN_LABELS[0], data=json.dumps(document).encode()).text


def params(**values: object) -> Callable[[dict[str, Json]], object]:
    def change(document: dict[str, Json]) -> None:
        kdf = document["kdf"]
        assert isinstance(kdf, dict)
        assert isinstance(kdf["params"], dict)
        kdf["params"].update(values)  # type: ignore[arg-type]  # what JSON has, and more

    return change


def member(outer: str, **values: Json) -> Callable[[dict[str, Json]], object]:
    def change(document: dict[str, Json]) -> None:
        inner = document[outer]
        assert isinstance(inner, dict)
        inner.update(values)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (params(N=1 << 40), "scrypt with N=1099511627776, r=8, p=1 takes more memory or time"),
        (params(r=1 << 20), "takes more memory or time"),
        (params(p=1 << 30), "takes more memory or time"),
        (params(N=1000), "has no scrypt parameters: N=1000, r=8, p=1"),
        (params(N=1), "has no scrypt parameters"),
        (params(N=-65536), "has no scrypt parameters"),
        (params(r=0), "has no scrypt parameters"),
        (params(p=-1), "has no scrypt parameters"),
        (params(N="many"), "$.kdf.params.N is no 64-bit integer"),
        (params(q=1), "$.kdf.params has the unknown member 'q'"),
        (member("kdf", name="argon2id"), "$.kdf.name is 'argon2id'; 'scrypt' alone is known"),
        (member("cipher", name="aes"), "$.cipher.name is 'aes'; 'nacl/secretbox' alone is known"),
        (member("cipher", nonce="AAAA"), "$.cipher.nonce has 3 bytes, not 24"),
        (member("kdf", salt="A==="), "$.kdf.salt is no base64"),
        (lambda each: each.update(ciphertext="QUI="), encrypted_keys.UNDECRYPTED),
        (lambda each: each.update(ciphertext="QUJ="), "is base64 in a spelling that no encoder writes"),
        (lambda each: each.update(ciphertext="A" * 40_000), "bytes of private key, more than the 16384"),
        (lambda each: each.pop("cipher"), "has no 'cipher'"),
        (lambda each: each.update(more=1), "has the unknown member 'more'"),
    ],
)
def test_a_key_file_of_cosign_that_is_hostile(
    change: Callable[[dict[str, Json]], object], message: str
) -> None:
    error = refused(cosign(change), lambda: PASSWORD)
    assert message in error.message


def test_no_password_is_asked_before_the_costs_are_known() -> None:
    assert isinstance(refused(cosign(params(N=1 << 30))), LimitError)


def test_a_file_of_cosign_with_something_else_inside() -> None:
    sealed = encrypted_keys.write_cosign(b"no key at all", b"pw")
    assert refused(sealed, lambda: b"pw").message == "is no private key: its content cannot be decoded"
    text = Block(label=encrypted_keys.COSIGN_LABELS[0], data=b"junk").text
    assert "is no JSON" in refused(text).message


def der(tag: int, *parts: bytes) -> bytes:
    data = b"".join(parts)
    size = len(data)
    head = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2)
    return bytes([tag]) + head + data


def integer(value: int) -> bytes:
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


def encrypted(algorithm: str, *parameters: bytes) -> bytes:
    """An EncryptedPrivateKeyInfo by PBES2 with this key derivation."""
    derivation = der(0x30, der(6, bytes.fromhex(algorithm)), der(0x30, der(4, b"saltsalt"), *parameters))
    scheme = der(0x30, derivation, der(0x30, der(6, bytes.fromhex("60864801650304012a")), der(4, b"i" * 16)))
    info = der(0x30, der(0x30, der(6, bytes.fromhex("2a864886f70d01050d")), scheme), der(4, b"x" * 160))
    return Block(label="ENCRYPTED PRIVATE KEY", data=info).text


PBKDF2, SCRYPT = "2a864886f70d01050c", "2b06010401da47040b"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (encrypted(PBKDF2, integer(1 << 40)), "1099511627776 rounds of key derivation, more than 10000000"),
        (encrypted(SCRYPT, integer(1 << 30), integer(8), integer(1)), "scrypt with N=1073741824, r=8, p=1"),
        (encrypted(SCRYPT, integer(3), integer(8), integer(1)), "has no scrypt parameters: N=3"),
        (encrypted(SCRYPT, integer(1024)), "is no encrypted private key"),
        (encrypted(PBKDF2), "is no encrypted private key"),
        (encrypted(PBKDF2, der(4, b"many")), "is no encrypted private key"),
        (Block(label="ENCRYPTED PRIVATE KEY", data=b"\x30\x84\xff").text, "is no encrypted private key"),
        (Block(label="ENCRYPTED PRIVATE KEY", data=b"").text, "is no encrypted private key"),
    ],
)
def test_an_encrypted_pkcs8_file_that_is_hostile(data: bytes, message: str) -> None:
    assert message in refused(data).message


def test_encrypted_pkcs8_with_usual_costs_that_does_not_open() -> None:
    for data in (
        encrypted(PBKDF2, integer(2048)),
        encrypted(SCRYPT, integer(1024), integer(8), integer(1)),
        encrypted("2a03", integer(1)),
    ):
        assert refused(data, lambda: b"pw").message == encrypted_keys.UNDECRYPTED


def test_cut_off_files() -> None:
    whole = keys.generate().pem()
    for end in range(len(whole) - 1):
        assert refused(whole[:end]).message in {
            "is no key: it has no PEM block",
            "is no whole key: the end of its PEM block is missing",
        }


def test_base64_in_another_spelling_is_refused() -> None:
    lines = keys.generate("ed25519").pem().splitlines(keepends=True)
    assert lines[1].rstrip() == lines[1].rstrip().rstrip(b"=")
    odd = Block(label="PRIVATE KEY", data=b"abcd").text.replace(b"YWJjZA==", b"YWJjZB==")
    assert refused(odd).message == "is no key: its base64 is in a spelling that no encoder writes"
    junk = Block(label="PRIVATE KEY", data=b"abcd").text.replace(b"YWJjZA==", b"YWJj!!==")
    assert refused(junk).message == "is no key: what stands in its PEM block is no base64"


def test_line_ends_of_windows_and_words_around_do_not_matter() -> None:
    key = keys.generate()
    text = b"Made by hand.\r\n" + key.pem().replace(b"\n", b"\r\n") + b"\r\n"
    assert keys.load_private(text, "k.key", no_password) == key


def test_two_keys_in_a_file_are_refused() -> None:
    error = refused(keys.generate().pem() * 2)
    assert error.message == "has 2 PEM blocks, not one key"


def test_kinds_of_keys_that_sign_nothing_here() -> None:
    for key, message in (
        (ec.generate_private_key(ec.SECP521R1()), "is a key ECDSA P-521, and none to sign with here"),
        (ec.generate_private_key(ec.SECP256K1()), "is an elliptic curve key on secp256k1"),
        (rsa.generate_private_key(65537, 1024), "is an RSA key of 1024 bits"),  # noqa: S505 - weak on purpose
        (x25519.X25519PrivateKey.generate(), "is a key of another kind, and none to sign with here"),
    ):
        data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        assert message in refused(data).message


def test_an_rsa_key_that_is_none_is_found_out() -> None:
    numbers = rsa.generate_private_key(65537, 2048).private_numbers()
    wrong = rsa.RSAPrivateNumbers(
        p=numbers.p,
        q=numbers.q,
        d=numbers.d ^ 2,
        dmp1=numbers.dmp1,
        dmq1=numbers.dmq1,
        iqmp=numbers.iqmp,
        public_numbers=numbers.public_numbers,
    ).private_key(unsafe_skip_rsa_key_validation=True)
    data = wrong.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert refused(data).message == "is no private key: its content cannot be decoded"


def test_an_rsa_key_with_huge_factors_is_refused_before_they_are_tested() -> None:
    numbers = rsa.generate_private_key(65537, 2048).private_numbers()
    huge = (1 << 60_000) + 1
    public = numbers.public_numbers
    parts = (0, public.n, public.e, numbers.d, huge, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp)
    data = Block(label="RSA PRIVATE KEY", data=der(0x30, *map(integer, parts))).text
    assert refused(data).message == "is no private key: its content cannot be decoded"


def test_a_large_key_is_refused_before_it_is_decoded() -> None:
    data = Block(label="PRIVATE KEY", data=bytes(17_000)).text
    assert refused(data).message == "17000 bytes of private key, more than the 16384 that are read"


def test_public_keys_in_der_and_by_hand() -> None:
    key = keys.generate().public
    assert keys.load_public(key.spki, "k.der") == key
    assert keys.load_public(b"The key:\n" + key.pem, "k.pub") == key
    with pytest.raises(FormatError, match="is no public key: its content cannot be decoded"):
        keys.load_public(b"\x30junk", "k.der")
    with pytest.raises(LimitError, match="70000 bytes, more than the 65536"):
        keys.load_public(b"\x30" * 70_000, "k.der")


def test_an_rsa_key_that_takes_long_to_verify_is_refused() -> None:
    modulus = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n
    info = der(0x30, integer(modulus), integer((1 << 31) + 1))
    kind = der(0x30, der(6, bytes.fromhex("2a864886f70d010101")), b"\x05\0")
    with pytest.raises(FormatError, match="is an RSA key with an exponent of more than 31 bits"):
        keys.load_public(der(0x30, kind, der(3, b"\0", info)), "k.der")


def test_signatures_of_each_hash() -> None:
    for kind in ("p256", "p384", "rsa-2048"):
        key = keys.generate(kind)
        for name, algorithm in (("sha256", hashes.SHA256()), ("sha384", hashes.SHA384())):
            digest = hashes.Hash(algorithm)
            digest.update(MESSAGE)
            found = digest.finalize()
            signature = key.sign_digest(found, name)  # type: ignore[arg-type]  # one of the names
            assert key.public.verifies_digest(signature, found, name)  # type: ignore[arg-type]  # likewise


def test_the_hash_that_goes_with_a_key() -> None:
    found = {kind: keys.generate(kind).public.hash for kind in KINDS}
    assert found == {"p256": "sha256", "p384": "sha384", "rsa-2048": "sha256", "ed25519": None}


def test_a_label_of_a_file() -> None:
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    key = ec.generate_private_key(ec.SECP256R1())
    traditional = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    assert pem.label(parameters + traditional, "k", DEFAULT_LIMITS, "") == "EC PRIVATE KEY"
    assert keys.load_private(parameters + traditional, "k", no_password).public.algorithm == "ECDSA P-256"


def test_a_key_that_openssl_trips_over_is_refused() -> None:
    """An X448 key of 32 bytes, found by fuzzing: the library calls it an internal error."""
    der = bytes.fromhex("302e020100300506032b656f04220420") + b"\1" * 32
    pem = b"-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(der) + b"\n-----END PRIVATE KEY-----\n"
    with pytest.raises(FormatError, match="cannot be decoded"):
        keys.load_private(pem, "k.key", lambda: b"")
