from __future__ import annotations

import hashlib
import mmap
from typing import TYPE_CHECKING

import pytest

from attest.exe.reader import find_all
from attest.model import pieces

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kept", [1, 1000, 1 << 20])
def test_pieces_of_a_mapped_file_are_all_of_it_whatever_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(pieces, "_KEPT", kept)
    content = bytes(range(256)) * 64
    (tmp_path / "file").write_bytes(content)
    with (
        (tmp_path / "file").open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as data,
    ):
        found = [(at, bytes(piece)) for at, piece in pieces.pieces(data, 1000, 3)]
        with data[1:] as rest:
            assert list(find_all(rest, b"\xff\x00\x01")) == list(range(254, len(content) - 256, 256))
        assert pieces.sha256_of(data) == hashlib.sha256(content).hexdigest()
    assert found == [(at, content[at : at + 1003]) for at in range(0, len(content), 1000)]
    assert list(pieces.pieces(memoryview(b""))) == []
