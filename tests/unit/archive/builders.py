"""Archives and packages made by hand, as whole and as damaged as a test wants."""

from __future__ import annotations

import bz2
import functools
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from typing import TYPE_CHECKING

import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def tar(files: Mapping[str, bytes], *more: tarfile.TarInfo, form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive of files, and of `more` entries without content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in more:
            archive.addfile(info)
    return out.getvalue()


def entry(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED, *, link: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
        if link:
            info = zipfile.ZipInfo("link")
            info.external_attr = 0o120777 << 16
            archive.writestr(info, link)
        archive.writestr(zipfile.ZipInfo("folder/"), b"")
    return out.getvalue()


def ar(members: Mapping[str, bytes]) -> bytes:
    out = b"!<arch>\n"
    for name, data in members.items():
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode()
        out += data + b"\n" * (len(data) % 2)
    return out


def deb(files: Mapping[str, bytes], payload: str = "data.tar.xz") -> bytes:
    data = PACKERS["xz"](tar({f"./{name}": each for name, each in files.items()}))
    return ar({"debian-binary": b"2.0\n", "control.tar.gz": b"odd", payload: data})


def cpio(files: Mapping[str, bytes], *, link: str = "", trailer: bool = True) -> bytes:
    out = b""
    entries = [(f"./{name}", 0o100755, data) for name, data in files.items()]
    entries += [("./folder", 0o040755, b""), *([("./link", 0o120777, link.encode())] if link else [])]
    for name, mode, data in [*entries, *([("TRAILER!!!", 0, b"")] if trailer else [])]:
        named = name.encode() + b"\0"
        fields = (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(named), 0)
        out += b"070701" + b"".join(b"%08X" % each for each in fields) + named
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return out


def rpm(payload: bytes, *, entries: int = 1) -> bytes:
    header = b"\x8e\xad\xe8\x01" + bytes(4) + struct.pack(">II", entries, 5) + bytes(16) + b"12345"
    return b"\xed\xab\xee\xdb".ljust(96, b"\0") + header + bytes(-(96 + len(header)) % 8) + header + payload


def apk(files: Mapping[str, bytes]) -> bytes:
    """Three gzip streams of tar entries; the first two have no end, as abuild writes them."""
    parts = ({".SIGN.RSA.key": b"signature"}, {".PKGINFO": b"pkgname = w\n"}, files)
    tars = [tar(part, form=tarfile.USTAR_FORMAT) for part in parts]
    return b"".join(
        gzip.compress(each[: 1024 if index < 2 else None], mtime=0) for index, each in enumerate(tars)
    )


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": functools.partial(gzip.compress, mtime=0),
    "xz": lzma.compress,
    "zstd": zstandard.compress,
    "bzip2": bz2.compress,
}
