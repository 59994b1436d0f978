from __future__ import annotations

import struct

import pytest

from attest.errors import LimitError
from attest.exe import code_signature
from attest.model.bounds import BoundsError
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.signed_macho import (
    DER_ENTITLEMENTS,
    ENTITLEMENTS,
    MAGICS,
    NO_REQUIREMENTS,
    REQUIREMENTS,
    Signing,
    blob,
    code_directory,
    entitlements,
    super_blob,
)

CODE = bytes(range(256)) * 40  # two pages and a half


def read(signature: bytes, code: bytes = CODE) -> code_signature.CodeSignature:
    return code_signature.read(memoryview(code + signature), len(code), len(signature), DEFAULT_LIMITS)


def directory(**how: object) -> code_signature.CodeDirectory:
    signature = super_blob({0: code_directory(CODE, **how)})  # type: ignore[arg-type]
    return read(signature).directories[0]


@pytest.mark.parametrize("kind", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("page", [0, 8, 12, 14])
def test_pages_of_every_kind_of_hash(kind: int, page: int) -> None:
    found = directory(kind=kind, page=page)
    assert found.page_size == (1 << page if page else 0)
    for whole in (CODE, CODE + b"what is behind"):
        assert code_signature.pages_hold(memoryview(whole), found) is True
    for at in (0, 255, 256, 4095, 4096, len(CODE) - 1):
        changed = bytearray(CODE)
        changed[at] ^= 1
        assert code_signature.pages_hold(memoryview(changed), found) is False
    assert code_signature.pages_hold(memoryview(CODE[:-1]), found) is False


def test_what_cannot_be_told() -> None:
    assert code_signature.pages_hold(memoryview(CODE), directory(kind=9)) is None
    assert code_signature.pages_hold(memoryview(CODE), directory(scatter=1)) is None
    assert code_signature.pages_hold(memoryview(CODE), directory(scatter=1, version=0x20001)) is True


def test_pages_without_a_hash_do_not_hold() -> None:
    made = bytearray(code_directory(CODE))
    made[28:32] = struct.pack(">I", 2)
    assert (
        code_signature.pages_hold(memoryview(CODE), read(super_blob({0: bytes(made)})).directories[0])
        is False
    )


def test_no_code_at_all() -> None:
    signature = super_blob({0: code_directory(b"", page=0)})
    found = read(signature, b"").directories[0]
    assert found.limit == 0
    assert code_signature.pages_hold(memoryview(b""), found) is True


def test_what_a_code_directory_says() -> None:
    found = directory(flags=0x10002, identifier="com.acme.hello", team="A1B2C3D4E5", wide=True)
    assert (found.flags, found.identifier, found.team, found.limit) == (
        0x10002,
        "com.acme.hello",
        "A1B2C3D4E5",
        len(CODE),
    )
    old = directory(team="A1B2C3D4E5", version=0x20100)
    assert (old.team, old.limit) == ("", len(CODE))


CONTENTS = (
    (REQUIREMENTS, NO_REQUIREMENTS),
    (ENTITLEMENTS, entitlements(a=True)),
    (DER_ENTITLEMENTS, b"\x70\x00"),
)


def test_the_blobs_that_are_hashed() -> None:
    found = read(Signing(kinds=(1, 2), contents=CONTENTS)(CODE))
    assert list(code_signature.wrong_blobs(found)) == []
    assert bytes(found.content(ENTITLEMENTS)) == entitlements(a=True)
    assert bytes(found.content(3)) == b""
    assert [each.hash.name for each in found.directories if each.hash] == ["sha1", "sha256"]


def test_blobs_that_are_exchanged_taken_out_or_added() -> None:
    special = {slot: blob(MAGICS[slot], content) for slot, content in CONTENTS}
    first, second = code_directory(CODE, special=special), code_directory(CODE, special=special, kind=1)
    blobs = {0: first, 0x1000: second, **special}
    other = blob(MAGICS[ENTITLEMENTS], entitlements(b=True))
    assert list(code_signature.wrong_blobs(read(super_blob({**blobs, ENTITLEMENTS: other})))) == [
        "entitlements"
    ]
    without = {slot: each for slot, each in blobs.items() if slot != REQUIREMENTS}
    assert list(code_signature.wrong_blobs(read(super_blob(without)))) == ["requirements"]
    more = {**blobs, 8: blob(0xFADE8181, b"constraint")}
    assert list(code_signature.wrong_blobs(read(super_blob(more)))) == ["launch constraints"]
    # An alternate code directory alone does not hash them: a system that takes it sees them unsigned.
    half = {**blobs, 0x1000: code_directory(CODE, kind=1)}
    assert list(code_signature.wrong_blobs(read(super_blob(half)))) == [
        "requirements",
        "entitlements",
        "DER entitlements",
    ]


def patched(at: int, value: int, data: bytes) -> bytes:
    return data[:at] + struct.pack(">I", value) + data[at + 4 :]


GOOD = super_blob({0: code_directory(CODE)})
START = 20  # of the code directory in it
TWICE = struct.pack(">7I", 0xFADE0CC0, 36, 2, 0, 28, 0, 28) + blob(0xFADE0C02, b"")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (patched(0, 0xFADE0CC1, GOOD), "no super blob, at 0x2800"),
        (patched(4, len(GOOD) + 1, GOOD), "super blob beyond the end of the code signature, at 0x0"),
        (patched(16, len(GOOD), GOOD), "blob 0 of the code signature beyond the end"),
        (patched(START + 4, 7, GOOD), "blob 0 of the code signature is shorter than its header, at 0x2814"),
        (patched(START + 4, len(GOOD), GOOD), "blob 0 of the code signature beyond the end"),
        (patched(START, 0xFADE0C01, GOOD), "in the place of a code directory is none"),
        (patched(12, 2, GOOD), "without a code directory, at 0x2800"),
        (patched(START + 16, 0xFFFF, GOOD), "hashes of the pages beyond the end of the code directory"),
        (patched(START + 20, 0xFFFF, GOOD), "identifier beyond the end of the code directory"),
        (patched(START + 24, 64, GOOD), "hash of a special slot beyond the end of the code directory"),
        (patched(START + 28, 0xFFFFFFFF, GOOD), "hashes of the pages beyond the end of the code directory"),
        (patched(START + 36, 0x14020000 | 12, GOOD), "impossible size of pages or hashes"),
        (patched(START + 36, 0x20020000 | 31, GOOD), "impossible size of pages or hashes"),
        (TWICE, "blob 1 of the code signature has the slot 0x0 of another, at 0x281c"),
        (GOOD[:10], "number of blobs beyond the end of the code signature, at 0x8"),
    ],
)
def test_damage(data: bytes, reason: str) -> None:
    with pytest.raises(BoundsError, match=reason):
        read(data)


def test_limits() -> None:
    with pytest.raises(LimitError, match="a code signature of 65 blobs, more than the 64 allowed"):
        read(patched(8, 65, GOOD))
    with pytest.raises(LimitError, match="a code directory of 65 special slots"):
        read(patched(START + 24, 65, GOOD))
    with pytest.raises(BoundsError, match="code signature beyond the end of the file"):
        code_signature.read(memoryview(CODE), 10, len(CODE), DEFAULT_LIMITS)
