r"""The build info that Go's linker writes into a program, wherever it lies.

The blob (debug/buildinfo/buildinfo.go, cmd/link/internal/ld/data.go): 14 bytes of magic, the size of a
pointer, flags; from byte 32 on, if flag 2 is set (Go 1.18 and later), the version and the module text, each
after its length as a varint; else, at byte 16, the addresses of two Go strings. It is aligned to 16 bytes.
The module text stands between two sentinels of 16 bytes (cmd/go/internal/modload/build.go). WebAssembly
has no blob: there, and where the blob was taken out, the text is found by its sentinels.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.exe.modinfo import parse_modinfo
from attest.exe.reader import find, find_all, text, uvarint
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.image import Image, Region
    from attest.model.binary import BuildInfo
    from attest.model.limits import Limits

MAGIC: Final = b"\xff Go buildinf:"
START: Final = bytes.fromhex("3077af0c9274080241e1c107e6d618e6")
END: Final = bytes.fromhex("f932433186182072008242104116d8f2")

_ALIGNMENT: Final = 16
_HEADER: Final = 32
_BIG_ENDIAN, _INLINE = 1, 2
_MARK: Final = len(START)
_VERSION_BYTES: Final = 256
_VERSIONS_TRIED: Final = 8
#: The minor releases, by the generation of their function tables, that kept their version among the other
#: string constants of the program, with nothing between them.
_POOLED: Final = {"1.2": range(2, 16), "1.16": range(16, 17)}
_RELEASE: Final = re.compile(rb"go1\.([1-9][0-9]?)(?:\.[1-9][0-9]?|(?:beta|rc)[1-9][0-9]?)?")
_LONGEST_RELEASE: Final = len("go1.15beta10")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Found:
    """The build info, where it was found, and what was noted on the way."""

    info: BuildInfo | None
    place: str
    notes: tuple[str, ...]


def read_build_info(image: Image, limits: Limits) -> Found:
    """The build info of an image, from the linker's own place or, noted, elsewhere; nothing is raised."""
    search = _Search(image, limits)
    try:
        for region in image.candidates:
            info = search.blob(region)
            if info is not None:
                return search.found(info, region.name)
        for region in image.guesses:
            info = search.blob(region)
            if info is not None:
                search.notes.append(
                    f"no section tells where the build info is; it was found in {region.name}"
                )
                return search.found(info, region.name)
        if image.marked:
            return search.by_sentinels()
    except LimitError as error:
        search.notes.append(error.message)
    return search.found(None, "")


def find_version(image: Image, limits: Limits, generation: str) -> str:
    """The version of Go that a program without build info was built with, "" where nothing tells.

    `generation` is that of its function table.
    """
    search = _Search(image, limits)
    return search.version() or search.pooled(_POOLED.get(generation, range(0)))


class _Search:
    """A search in one image; `places` is how many more may be looked at."""

    def __init__(self, image: Image, limits: Limits) -> None:
        self.image = image
        self.limits = limits
        self.places = limits.build_info_places
        self.notes: list[str] = []

    def found(self, info: BuildInfo | None, place: str) -> Found:
        return Found(info=info, place=place, notes=(*self.notes, *(info.faults if info is not None else ())))

    def blob(self, region: Region) -> BuildInfo | None:
        """The first blob of a region that can be read; damaged ones before it are noted."""
        for at in self.counted(region, MAGIC):
            if (region.address + at) % _ALIGNMENT:
                continue
            try:
                return self.decode(region, at)
            except BoundsError as error:
                self.notes.append(f"damaged build info in {region.name}: {error.message}")
        return None

    def counted(self, region: Region, needle: bytes) -> Iterator[int]:
        """Where the needle is; `LimitError` after too many places in the whole search."""
        for at in find_all(region.data, needle):
            self.places -= 1
            if self.places < 0:
                raise LimitError(f"more than {self.limits.build_info_places} places look like build info")
            yield at

    def decode(self, region: Region, at: int) -> BuildInfo:
        data = region.data[at:]
        if len(data) < _HEADER:
            raise BoundsError(f"its header is cut off, at address {region.address + at:#x}")
        if data[15] & _INLINE:
            version, end = self.inline(data, _HEADER)
            module, _ = self.inline(data, end)
        else:
            version, module = self.pointed(data)
        if not version:
            raise BoundsError(f"it names no Go version, at address {region.address + at:#x}")
        framed = len(module) > 2 * _MARK and module[-_MARK - 1] == ord("\n")
        info = parse_modinfo(self.unframed(module) if framed else b"", text(version), self.limits)
        if len(module) and not framed:
            fault = "the module information has no frame and was not read, as Go does not read it"
            info = replace(info, faults=(fault,))
        return info

    def unframed(self, module: memoryview) -> memoryview:
        """The module text without its sentinels, as Go takes them off: unseen, but for the newline."""
        if bytes(module[:_MARK]) != START or bytes(module[-_MARK:]) != END:
            self.notes.append("the module information does not stand between the usual sentinels")
        return module[_MARK:-_MARK]

    def inline(self, data: memoryview, at: int) -> tuple[memoryview, int]:
        size, start = uvarint(data, at, 64, "the length of a string")
        self.allow(size)
        if start + size > len(data):
            raise BoundsError(f"a string of {size} bytes is longer than what is there, at {at:#x} of it")
        return data[start : start + size], start + size

    def pointed(self, data: memoryview) -> tuple[memoryview, memoryview]:
        size = data[14]
        if size not in (4, 8):
            raise BoundsError(f"it says that pointers have {size} bytes")
        order = "big" if data[15] & _BIG_ENDIAN else "little"

        def go_string(at: int) -> memoryview:
            address = int.from_bytes(data[at : at + size], order)  # type: ignore[arg-type]  # one of the two words
            header = self.image.read(address)
            if header is None or len(header) < 2 * size:
                raise BoundsError(f"it points to {address:#x}, where nothing is")
            pointer = int.from_bytes(header[:size], order)  # type: ignore[arg-type]  # likewise
            length = int.from_bytes(header[size : 2 * size], order)  # type: ignore[arg-type]  # likewise
            if not length:
                return data[:0]
            self.allow(length)
            content = self.image.read(pointer)
            if content is None or len(content) < length:
                raise BoundsError(f"a string of {length} bytes at {pointer:#x} is not wholly there")
            return content[:length]

        return go_string(16), go_string(16 + size)

    def allow(self, size: int) -> None:
        if size > self.limits.build_info_bytes:
            raise LimitError(
                f"build info of {size} bytes, more than the {self.limits.build_info_bytes} that are read"
            )

    def by_sentinels(self) -> Found:
        """The module text found by its sentinels, if there is one alone or one that the program refers to."""
        texts: list[tuple[Region, int, int]] = []
        for region in self.image.memory:
            starts = list(self.counted(region, START))
            ends = list(self.counted(region, END))
            for start in starts:
                index = bisect_left(ends, start + _MARK)
                if index < len(ends) and self.looks_right(region.data[start + _MARK : ends[index]]):
                    texts.append((region, start, ends[index] + _MARK))
        if len(texts) > 1:
            texts = [
                (region, start, end)
                for region, start, end in texts[:_VERSIONS_TRIED]
                if self.referred(region.address + start, end - start)
            ]
            if len(texts) != 1:
                self.notes.append(
                    "several module informations, and not one of them is surely the program's own"
                )
                return self.found(None, "")
        if not texts:
            return self.found(None, "")
        region, start, end = texts[0]
        self.allow(end - start)
        if self.image.container.format != "wasm":
            self.notes.append(
                "the build info blob was taken out; the module information was found at "
                f"{region.address + start:#x}"
            )
        version = self.image.go_version or self.version()
        if not version:
            self.notes.append("the version of Go is not known")
        info = parse_modinfo(region.data[start + _MARK : end - _MARK], version, self.limits)
        return self.found(info, f"module information in {region.name}")

    def looks_right(self, data: memoryview) -> bool:
        return bytes(data[-1:]) == b"\n" and bytes(data[:5]).startswith((b"path\t", b"mod\t"))

    def referred(self, address: int, size: int, *, writable: bool = False) -> bool:
        """Whether a Go string header says exactly this address and length; of a variable, if `writable`."""
        pointer = 8 if self.image.container.format == "wasm" else (self.image.container.bits or 64) // 8
        words = (
            (number % (1 << 8 * pointer)).to_bytes(pointer, self.image.endian) for number in (address, size)
        )
        header = b"".join(words)
        return any(
            find(region.data, header) is not None
            for region in self.image.memory
            if region.writable or not writable
        )

    def version(self) -> str:
        """runtime.buildVersion: a string of that shape that the program refers to with its exact length."""
        for address, found in islice(self.versions(), _VERSIONS_TRIED):
            if self.referred(address, len(found)):
                return text(found)
        return ""

    def pooled(self, minors: range) -> str:
        """As `version`, from among other strings: the one release of `minors` that a variable holds.

        Where one ends only the length in the variable tells, so what begins a longer one counts too.
        """
        found: set[bytes] = set()
        for address, word in islice(self.releases(minors), _VERSIONS_TRIED):
            found.update(
                word[:size]
                for size in range(len("go1.1"), len(word) + 1)
                if (whole := _RELEASE.fullmatch(word[:size]))
                and int(whole[1]) in minors
                and self.referred(address, size, writable=True)
            )
        return text(found.pop()) if len(found) == 1 else ""

    def releases(self, minors: range) -> Iterator[tuple[int, bytes]]:
        """Every place where a release of `minors` may stand."""
        for region in self.image.memory:
            for at in islice(find_all(region.data, b"go1."), self.limits.build_info_places):
                match = _RELEASE.match(bytes(region.data[at : at + _LONGEST_RELEASE]))
                if match and int(match[1]) in minors:
                    yield region.address + at, match[0]

    def versions(self) -> Iterator[tuple[int, bytes]]:
        for region in self.image.memory:
            for at in islice(find_all(region.data, b"go1."), self.limits.build_info_places):
                back = 6 if bytes(region.data[max(at - 6, 0) : at]) == b"devel " else 0
                start = at - back
                found = bytes(region.data[start : at + _VERSION_BYTES]).split(b"\0", 1)[0]
                whole = not start or not region.data[start - 1]
                if whole and len(found) < _VERSION_BYTES and found.isascii() and found.decode().isprintable():
                    yield region.address + start, found
