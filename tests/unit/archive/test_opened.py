from __future__ import annotations

import gzip
import lzma
import struct
import sys
import tarfile
import zipfile
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.archive.member import Link, Member
from attest.archive.opened import looks_archived, open_archive
from attest.errors import FormatError, LimitError
from attest.model.limits import DEFAULT_LIMITS, Limits
from tests.unit.archive.builders import PACKERS, apk, ar, cpio, deb, entry, rpm, tar, zipped

FILES = {"bin/widget": b"\x7fELF" + bytes(2000), "README": b"hello\n", "empty": b""}
SMALL = replace(DEFAULT_LIMITS, archive_bytes=1 << 20, archive_ratio=20, archive_ratio_free=4096)


def contents(
    data: bytes, limits: Limits = DEFAULT_LIMITS
) -> tuple[str, dict[str, bytes], list[Link], list[str]]:
    assert looks_archived(data[:512])
    opened = open_archive(memoryview(data), limits)
    assert opened is not None
    files: dict[str, bytes] = {}
    links: list[Link] = []
    notes: list[str] = []
    for item in opened.items:
        if isinstance(item, Member):
            files[item.name] = b""
            while piece := item.content.read(1000):
                files[item.name] += piece
            assert item.size == len(files[item.name])
        elif isinstance(item, Link):
            links.append(item)
        else:
            notes.append(item)
    return f"{opened.format} {opened.compression}".rstrip(), files, links, notes


def dotted(files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"./{name}": data for name, data in files.items()}


@pytest.mark.parametrize("name", PACKERS)
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tar_archives_of_every_compression_and_dialect(name: str, form: int) -> None:
    data = PACKERS[name](tar(FILES, form=form))
    assert contents(data) == (f"tar {name}".rstrip(), FILES, [], [])


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_and_links(form: int) -> None:
    long, target = "a/" * 90 + "é" * 20, "b" * 150
    links = [entry("soft", tarfile.SYMTYPE, "bin/widget"), entry("hard", tarfile.LNKTYPE, target)]
    told = [Link(name="soft", target="bin/widget"), Link(name="hard", target=target)]
    data = tar({long: b"x", "after": b"y"}, entry("d", tarfile.DIRTYPE), *links, form=form)
    assert contents(data) == ("tar", {long: b"x", "after": b"y"}, told, [])
    prefixed = "p" * 90 + "/" + "n" * 90
    assert contents(tar({prefixed: b"x"}, form=tarfile.USTAR_FORMAT))[1] == {prefixed: b"x"}


def test_archives_one_behind_the_other_are_all_read() -> None:
    data = gzip.compress(tar({"a": b"1"}), mtime=0) + bytes(8) + gzip.compress(tar({"b": b"2"}), mtime=0)
    assert contents(data)[1] == {"a": b"1", "b": b"2"}


def test_members_that_nobody_reads_are_passed_over() -> None:
    for data in (tar(FILES), zipped(FILES), rpm(cpio(FILES))):
        opened = open_archive(memoryview(data), DEFAULT_LIMITS)
        assert opened is not None
        assert len([each for each in opened.items if isinstance(each, Member)]) == 3


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_zip_archives(method: int) -> None:
    told = [Link(name="link", target="/etc")]
    assert contents(zipped(FILES, method, link="/etc")) == ("zip", FILES, told, [])


def test_payloads_of_packages() -> None:
    assert contents(deb(FILES)) == ("deb xz", dotted(FILES), [], [])
    assert contents(apk(FILES))[:2] == (
        "apk gzip",
        {".SIGN.RSA.key": b"signature", ".PKGINFO": b"pkgname = w\n", **FILES},
    )
    for name, pack in PACKERS.items():
        told = [Link(name="./link", target="../x")]
        assert contents(rpm(pack(cpio(FILES, link="../x")))) == (
            f"rpm {name}".rstrip(),
            dotted(FILES),
            told,
            [],
        )


def test_the_older_lzma_of_rpm_packages() -> None:
    data = rpm(lzma.compress(cpio(FILES), lzma.FORMAT_ALONE))
    assert contents(data)[:2] == ("rpm lzma", dotted(FILES))


def test_sparse_files_are_told() -> None:
    sparse = entry("holes", tarfile.GNUTYPE_SPARSE)
    assert contents(tar({"a": b"1"}, sparse, form=tarfile.GNU_FORMAT))[3] == [
        "holes is sparse, and is not looked into"
    ]
    pax = tarfile.TarInfo("GNUSparseFile.0/holes")
    pax.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.name": "holes"}
    assert contents(tar({}, pax))[3] == ["holes is sparse, and is not looked into"]


def test_an_archive_without_an_end_is_told() -> None:
    note = "the tar archive does not end as it should, and may be cut off"
    assert contents(tar({"a": b""})[:512])[3] == [note]


def test_encrypted_and_strange_members_of_a_zip_are_told() -> None:
    data = bytearray(zipped({"a": b"1"}))
    data[data.index(b"PK\1\2") + 8] |= 1
    assert contents(bytes(data))[3] == ["a is encrypted, and is not looked into"]
    data = bytearray(zipped({"a": b"1"}))
    data[data.index(b"PK\1\2") + 10] = 99
    assert contents(bytes(data))[3] == [
        "a is damaged or compressed in an unknown way, and is not looked into"
    ]


def header(**changes: bytes) -> bytes:
    """A tar archive of one entry, with fields of the header replaced and its checksum made again."""
    block = bytearray(tar({"a": b"1"}, form=tarfile.USTAR_FORMAT))
    for place, value in changes.items():
        at = {"size": 124, "kind": 156}[place]
        block[at : at + len(value)] = value
    block[148:156] = b"%06o\0 " % (sum(block[:148]) + 8 * 32 + sum(block[156:512]))
    return bytes(block)


def pax(records: bytes) -> bytes:
    return header(kind=b"x", size=b"%011o\0" % len(records))[:512] + records.ljust(512, b"\0") + tar({})


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (tar(FILES)[:1000], FormatError, "the content of a member is cut off"),
        (tar(FILES)[:600], FormatError, "the content of a member is cut off"),
        (tar({"a": b""})[:512] + b"x" * 20, FormatError, "a tar header is cut off"),
        (tar({"a": b""})[:512] + b"x" * 512, FormatError, "a damaged tar header"),
        (tar({"a": b""})[:512] + b"\0" * 511 + b"x", FormatError, "a damaged tar header"),
        (header(size=b"\xff" * 12), FormatError, "the content of a member is cut off"),
        (header(size=b"zzz"), FormatError, "a tar header that says no size"),
        (header(size=b"-0000000001\0"), FormatError, "a tar header that says no size"),
        (header(kind=b"L", size=b"77777777777\0"), LimitError, "a tar header of 8589934591 bytes"),
        (pax(b"no record"), FormatError, "a damaged pax header"),
        (pax(b"99 a=b\n"), FormatError, "a damaged pax header"),
        (pax(b"7 size\n"), FormatError, "a damaged pax header"),
        (pax(b"9 size=x\n")[:1024] + tar({"a": b""}), FormatError, "a tar header that says no size"),
        (gzip.compress(tar(FILES), mtime=0)[:-12], FormatError, "the gzip stream is cut off"),
        (lzma.compress(tar(FILES))[:40], FormatError, "the xz stream is cut off"),
        (gzip.compress(tar(FILES), mtime=0)[:-8] + bytes(8), FormatError, "the gzip stream is damaged"),
        (b"\x28\xb5\x2f\xfd" + b"\xff" * 20, FormatError, "the zstd stream is damaged"),
        (zipped(FILES)[:-30], FormatError, "a damaged zip archive: its directory cannot be read"),
        (rpm(b"070701" + b"z" * 104), FormatError, "a damaged cpio header"),
        (rpm(b"070701" + b"F" * 104), LimitError, "a cpio header of 4294967295 bytes"),
        (rpm(b"odd" * 40), FormatError, "a damaged cpio header"),
        (rpm(b"07070X" * 40), FormatError, "a cpio archive of files of 4 GiB"),
        (rpm(cpio(FILES, trailer=False)), FormatError, "a cpio header is cut off"),
        (rpm(cpio(FILES))[:96], FormatError, "a damaged RPM header, at 0x60"),
        (rpm(cpio(FILES), entries=1 << 30), FormatError, "an RPM header beyond the end of the file"),
        (deb(FILES, "data.zip"), FormatError, "a Debian package with no data.tar"),
        (deb(FILES) + ar({"data.tar": b""})[8:], FormatError, "a Debian package with several data.tar"),
        (deb(FILES)[:-9], FormatError, "a member of the ar archive is cut off"),
        (deb(FILES) + b"odd", FormatError, "a damaged ar header"),
        (ar({"debian-binary": b"2.0\n", "data.tar": b"x" * 99}), FormatError, "a tar header is cut off"),
        (ar({"debian-binary": b"2.0\n", "data.tar": b"x" * 999}), FormatError, "a damaged tar header"),
    ],
)
def test_what_is_damaged_is_an_error_with_its_reason(data: bytes, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        contents(data)


def test_damaged_content_of_a_zip() -> None:
    data = bytearray(zipped({"a": bytes(range(256)) * 9}, zipfile.ZIP_STORED))
    data[100] ^= 1
    with pytest.raises(FormatError, match="the content of a member is damaged"):
        contents(bytes(data))


def test_too_many_members_of_an_ar() -> None:
    with pytest.raises(FormatError, match="more than 2 members of the ar archive"):
        contents(deb(FILES), replace(DEFAULT_LIMITS, header_entries=2))


@pytest.mark.parametrize("name", [each for each in PACKERS if each])
def test_bombs_end_before_they_are_unpacked(name: str) -> None:
    bomb = PACKERS[name](tar({"a": bytes(1 << 19)}))
    with pytest.raises(LimitError, match="more than 20 bytes for each packed one: a bomb"):
        contents(bomb, SMALL)


def test_bombs_in_a_zip_and_in_all_of_its_members() -> None:
    with pytest.raises(LimitError, match="a bomb"):
        contents(zipped({"a": bytes(1 << 19)}), SMALL)
    with pytest.raises(LimitError, match="more than 1048576 bytes unpacked"):
        contents(zipped({str(each): bytes(1 << 18) for each in range(5)}, zipfile.ZIP_STORED), SMALL)
    with pytest.raises(LimitError, match="more than 1048576 bytes unpacked"):
        contents(tar({"a": bytes(1 << 20)}), SMALL)


def test_a_missing_library_is_named_with_its_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(FormatError, match="the Python package zstandard is not installed") as caught:
        contents(PACKERS["zstd"](tar(FILES)))
    assert caught.value.hint == "install it: python3 -m pip install zstandard"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text",
        bytes(512),
        gzip.compress(b"text", mtime=0),
        gzip.compress(b"x" * 999, mtime=0),
        ar({"x": b""}),
    ],
)
def test_what_is_no_archive_of_files_is_none(data: bytes) -> None:
    assert open_archive(memoryview(data), DEFAULT_LIMITS) is None


SAMPLES = [tar({"a": b"1"}), *(pack(tar({"a": b"1"})) for pack in PACKERS.values())]
SAMPLES += [
    zipped({"a": b"1"}, link="x"),
    deb({"a": b"1"}),
    rpm(cpio({"a": b"1"}, link="x")),
    apk({"a": b"1"}),
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_only_errors_of_ours_leave_the_readers(sample: bytes, data: st.DataObject) -> None:
    changed = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(changed[: data.draw(st.integers(0, len(changed)))])
    if looks_archived(cut[:512]):
        with suppress(FormatError, LimitError):
            contents_of(cut)


def contents_of(data: bytes) -> None:
    opened = open_archive(memoryview(data), SMALL)
    for item in opened.items if opened else ():
        if isinstance(item, Member):
            while item.content.read(4096):
                pass


def test_every_truncation_is_an_error_of_ours_or_less_content() -> None:
    for sample in SAMPLES[1:]:
        for end in range(min(len(sample), 1500)):
            with suppress(FormatError, LimitError):
                contents_of(sample[:end])


def test_the_header_of_a_package_is_padded_as_rpm_pads() -> None:
    payload = rpm(cpio(FILES))
    assert struct.unpack(">I", payload[104:108]) == (1,)
