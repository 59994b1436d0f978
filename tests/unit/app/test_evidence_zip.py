"""A saved set has one zip, and no other is read."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.app.evidence_zip import pack, unpack
from attest.errors import AttestError, FormatError, LimitError
from attest.model.limits import DEFAULT_LIMITS

FILES = {"evidence.json": b"{}\n", "evidence.sha256": b"", "0" * 64: b"some bytes"}


def other(method: int = zipfile.ZIP_STORED, **files: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as made:
        for name, each in files.items():
            made.writestr(zipfile.ZipInfo(name), each)
    return data.getvalue()


def test_the_bytes_are_the_same_everywhere() -> None:
    data = pack(FILES)
    assert data == pack(dict(reversed(FILES.items())))
    digest = "6c89f7e935d67dce580edd31860042c943f1d02b4d4ee601d02bc65ad6e376a6"
    assert hashlib.sha256(data).hexdigest() == digest, "sets that were pinned as a zip are another one now"
    assert unpack(data, "set.zip") == FILES
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None


@given(st.dictionaries(st.text("0123456789abcdef.", min_size=1), st.binary(max_size=64), min_size=1))
def test_what_is_packed_is_unpacked(files: dict[str, bytes]) -> None:
    assert unpack(pack(files), "set.zip") == files


def test_no_bit_can_change() -> None:
    data = pack(FILES)
    for place in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            with pytest.raises(FormatError):
                unpack(bytes(changed), "set.zip")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("compressed", other(zipfile.ZIP_DEFLATED, a=b"a" * 100)),
        ("a bomb", other(zipfile.ZIP_DEFLATED, a=b"\0" * 10_000_000)),
        ("not in order", other(b=b"", a=b"")),
        ("another maker", other(a=b"")),
        ("something before", b"#!/bin/sh\n" + pack(FILES)),
        ("something behind", pack(FILES) + b"\n"),
        ("a file twice", pack({"a": b"1"})[:32] + pack({"a": b"1"})),
        ("cut off", pack(FILES)[:-1]),
        ("a header alone", b"PK\x03\x04"),
        ("a header that promises", b"PK\x03\x04" + b"\xff" * 26),
        ("empty", pack({})),
        ("no zip", b"{}"),
        ("nothing", b""),
    ],
)
def test_another_zip_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        unpack(data, "set.zip")
    assert caught.value.hint, name
    assert str(caught.value).startswith("set.zip: is no"), name


@pytest.mark.parametrize(("cap", "value"), [("evidence_bytes", 100), ("evidence_files", 2)])
def test_there_are_limits(cap: str, value: int) -> None:
    with pytest.raises(LimitError, match=str(value)):
        unpack(pack(FILES), "set.zip", replace(DEFAULT_LIMITS, **{cap: value}))


@given(st.binary())
def test_noise_is_told(data: bytes) -> None:
    with pytest.raises(AttestError):
        unpack(b"PK\x03\x04" + data, "set.zip")
