"""Archives that different readers could take for different things, and content that is not what it claims."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from attest.go import module_zip, zip_archive
from attest.go.zip_archive import PIECE_BYTES, ZipError

if TYPE_CHECKING:
    from collections.abc import Callable

LARGE = bytes(range(256)) * (PIECE_BYTES // 128) + b"the end"


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytearray:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.comment = comment
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return bytearray(out.getvalue())


def read(data: bytes | bytearray) -> dict[str, bytes]:
    view = memoryview(bytes(data))
    entries = zip_archive.read_entries(view, zip_archive.find_directory(view))
    return {each.name.decode(): b"".join(zip_archive.pieces(view, each)) for each in entries}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("content", [b"", b"x", b"x" * PIECE_BYTES, b"x" * (PIECE_BYTES + 1), LARGE])
def test_every_byte_is_read(content: bytes, method: int) -> None:
    assert read(packed({"a": content, "b": b"after"}, method)) == {"a": content, "b": b"after"}


def test_large_entries_come_in_pieces() -> None:
    view = memoryview(bytes(packed({"a": LARGE})))
    entries = zip_archive.read_entries(view, zip_archive.find_directory(view))
    sizes = [len(piece) for piece in zip_archive.pieces(view, entries[0])]
    assert max(sizes) == PIECE_BYTES
    assert sum(sizes) == len(LARGE)


def test_an_archive_may_have_a_comment() -> None:
    assert read(packed({"a": b"x"}, comment=b"made by hand")) == {"a": b"x"}


def test_sizes_may_stand_after_the_content() -> None:
    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return False

    out = Stream()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"x" * 100)
    assert read(out.getvalue()) == {"a": b"x" * 100}


def cut_directory(data: bytearray) -> bytearray:
    end = data.rindex(b"PK\x05\x06")
    size, start = struct.unpack_from("<LL", data, end + 12)
    struct.pack_into("<LL", data, end + 12, size - 10, start)
    return data[: end - 10] + data[end:]


def changed(position: int, value: bytes, magic: bytes) -> Callable[[bytearray], bytearray]:
    """Put `value` at a position after the first `magic`."""

    def change(data: bytearray) -> bytearray:
        at = data.index(magic) + position
        data[at : at + len(value)] = value
        return data

    return change


LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:0], "File is not a zip file"),
        (lambda data: bytearray(b"prefix") + data, "its directory is not where it says"),
        (lambda data: data + b"x", "something follows its end"),
        (cut_directory, "its directory is cut off"),
        (changed(4, b"\1", END), "it has several parts"),
        (changed(8, b"\1", END), "it has several parts"),
        (changed(8, b"\3\0\3\0", END), "its directory has 2 entries and says 3"),
        (changed(10, b"\xff\xff", END), "its zip64 record is not where it says"),
        (changed(0, b"PK\x01\x01", CENTRAL), "its directory is malformed"),
        (changed(34, b"\1", CENTRAL), "its directory is malformed"),
        (changed(30, b"\xff\xff", CENTRAL), "its directory is malformed"),
        (changed(42, struct.pack("<L", 31), CENTRAL), "Overlapped entries: 'b'"),
        (changed(42, struct.pack("<L", 10_000), CENTRAL), "its entries reach into its directory"),
        (changed(20, struct.pack("<L", 10_000), CENTRAL), "Overlapped entries: 'b'"),
        (changed(30, b"z", LOCAL), "the directory and the header of 'a' differ"),
        (changed(0, b"PK\x03\x05", LOCAL), "the directory and the header of 'a' differ"),
        (changed(28, b"\xff\xff", LOCAL), "an entry ends after its end"),
        (changed(16, b"\0\0\0\0", CENTRAL), "Bad CRC-32 for file 'a'"),
        (changed(24, struct.pack("<L", 7), CENTRAL), "an entry is not as long as it says: 'a'"),
        (changed(24, struct.pack("<L", 9), CENTRAL), "an entry is not as long as it says: 'a'"),
        (changed(24, struct.pack("<L", 1 << 30), CENTRAL), "an entry is not as long as it says: 'a'"),
    ],
)
def test_what_is_refused(change: Callable[[bytearray], bytearray], message: str) -> None:
    with pytest.raises(ZipError) as caught:
        read(change(packed({"a": b"contents", "b": b"more"})))
    assert str(caught.value) == message


def test_a_directory_that_ends_within_an_entry() -> None:
    data = packed({"a": b"x"})
    end = data.rindex(END)
    size, start = struct.unpack_from("<LL", data, end + 12)
    struct.pack_into("<LL", data, end + 12, size + 3, start)
    with pytest.raises(ZipError, match="its directory is cut off"):
        read(data[:end] + b"PK\x01" + data[end:])


def test_a_header_that_lies_beyond_the_end() -> None:
    view = memoryview(bytes(packed({"a": b"x"})))
    entry = zip_archive.read_entries(view, zip_archive.find_directory(view))[0]
    with pytest.raises(ZipError, match="an entry begins after its end"):
        zip_archive.pieces(view[:20], entry)


def test_what_inflates_to_more_than_it_says_is_not_inflated() -> None:
    data = packed({"a": bytes(64 * PIECE_BYTES)})
    for size in (8, 2 * PIECE_BYTES):
        lying = changed(24, struct.pack("<L", size), CENTRAL)(bytearray(data))
        with pytest.raises(ZipError, match="an entry is not as long as it says: 'a'"):
            read(lying)


def test_compressed_content_that_is_cut_off() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    stream = packer.compress(LARGE) + packer.flush(zlib.Z_SYNC_FLUSH)
    header = (20, 0, 8, 0, 0, zlib.crc32(LARGE), len(stream), len(LARGE), 1, 0)
    local = struct.pack("<4sHHHHHLLLHH", LOCAL, *header) + b"a" + stream
    central = struct.pack("<4sHHHHHHLLLHHHHHLL", CENTRAL, 20, *header, 0, 0, 0, 0, 0) + b"a"
    end = struct.pack("<4sHHHHLLH", END, 0, 0, 1, 1, len(central), len(local), 0)
    with pytest.raises(ZipError, match="an entry is not as long as it says: 'a'"):
        read(local + central + end)


def zip64(data: bytearray, *, pointed: int = 0, length: int = 44, magic: bytes = b"PK\x06\x06") -> bytes:
    at = data.rindex(END)
    count, _, size, start = struct.unpack_from("<HHLL", data, at + 8)
    record = struct.pack("<4sQHHLLQQQQ", magic, length, 45, 45, 0, 0, count, count, size, start)
    tail = data[at:]
    struct.pack_into("<HHLL", tail, 8, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    return bytes(data[:at] + record + struct.pack("<4sLQL", b"PK\x06\x07", 0, at + pointed, 1) + tail)


def test_zip64_records() -> None:
    data = packed({"a": b"x"})
    assert read(zip64(data)) == {"a": b"x"}
    with pytest.raises(ZipError, match="its zip64 record is not where it says"):
        read(zip64(data, pointed=-1))
    for broken in (zip64(data, length=45), zip64(data, magic=b"PK\x06\x08")):
        with pytest.raises(ZipError, match="its zip64 record is malformed"):
            read(broken)
    only_end = struct.pack("<4sHHHHLLH", END, 0, 0, 0xFFFF, 0xFFFF, 0, 0, 0)
    with pytest.raises(ZipError, match="its zip64 record is missing"):
        read(only_end)


def test_the_hash_of_pieces_is_that_of_the_whole() -> None:
    assert module_zip.sha256("", (b"ab", memoryview(b"c"))) == hashlib.sha256(b"abc").hexdigest()
