"""Archives of the `ar` tool: static libraries, and what Go's compiler writes for a package.

Sources: the manual ar(5) of GNU, BSD and AIX, cmd/internal/archive, cmd/compile/internal/gc/obj.go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.exe.image import Image
from attest.exe.reader import Reader, text
from attest.model.binary import Container
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.limits import Limits

MAGIC, THIN, AIX_BIG = b"!<arch>\n", b"!<thin>\n", b"<bigaf>\n"
_HEADER, _END = 60, b"`\n"
_SIZE: Final = slice(48, 58)
_NAME: Final = slice(0, 16)
_DIGITS: Final = re.compile(rb"[0-9]{1,10}")
_LONG_NAMES: Final = b"//"
_SYMBOLS: Final = frozenset({b"/", b"/SYM64/"})
_BSD_SYMBOLS: Final = "__.SYMDEF"
_GO_PACKAGE: Final = "__.PKGDEF"
#: The first line of what Go's compiler writes: GOOS, GOARCH and version.
_GO_OBJECT: Final = re.compile(rb"go object ([a-z0-9]+) ([a-z0-9]+) ([^\s\0]{1,256})[ \n]")
_GO_LINE: Final = 1 << 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Member:
    """A file of an archive and where its bytes begin; a thin archive holds none."""

    name: str
    offset: int
    data: memoryview


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveImage(Image):
    """An archive; `flavour` is "" where too little was read to tell, `members` None where some are not."""

    flavour: str = ""
    members: tuple[Member, ...] | None = None
    objects: tuple[Member, ...] = ()


@dataclass(slots=True)
class _State:
    """What the members before tell."""

    flavour: str
    long_names: bytes = b""


def read_archive(data: memoryview, limits: Limits) -> ArchiveImage:
    """The image of a file that begins with one of the magics; what is damaged becomes a note."""
    magic = bytes(data[:8])
    notes: list[str] = []
    members: list[Member] = []
    whole = False
    state = _State(flavour={THIN: "thin", AIX_BIG: "aix-big"}.get(magic, "common"))
    if magic == AIX_BIG:
        notes.append("the members of a big archive of AIX are not listed, at 0x8")
    else:
        try:
            members.extend(_members(data, limits, state))  # those before damage stand
            whole = True
        except BoundsError as error:
            notes.append(error.message)
    package = next((each for each in members[:1] if each.name == _GO_PACKAGE), None)
    found = _GO_OBJECT.match(bytes(package.data[:_GO_LINE])) if package else None
    if package is not None:
        state.flavour = "go"
    return ArchiveImage(
        container=Container(
            format="archive",
            os=text(found[1]) if found else None,
            arch=text(found[2]) if found else None,
        ),
        endian="little",
        whole=data,
        marked=found is not None,
        go_version=text(found[3]) if found else "",
        notes=tuple(notes),
        flavour=state.flavour if whole or state.flavour != "common" else "",
        members=tuple(members) if whole else None,
        objects=tuple(each for each in members if each.data),
    )


def _members(data: memoryview, limits: Limits, state: _State) -> Iterator[Member]:
    """The members that are files; those that hold names and symbols only change the `state`."""
    reader = Reader(data=data, whole="archive")
    at = len(MAGIC)
    for _ in range(limits.header_entries):
        if at >= len(data):
            return
        head = bytes(reader.take(at, _HEADER, "the header of a member"))
        size_text, start = head[_SIZE].rstrip(b" "), at + _HEADER
        if head[58:] != _END or not _DIGITS.fullmatch(size_text):
            raise BoundsError(f"this is no header of a member, at {at:#x}")
        size, raw = int(size_text), head[_NAME].rstrip(b" ")
        table = raw in _SYMBOLS or raw == _LONG_NAMES
        stored = size if table or state.flavour != "thin" else 0
        content = reader.take(start, stored, "a member")
        at = start + stored + stored % 2
        if table:
            state.flavour = state.flavour if state.flavour == "thin" else "gnu"
            if raw == _LONG_NAMES:
                state.long_names = bytes(content[: limits.import_names_bytes])
            continue
        name, skipped = _name(raw, content, state, limits)
        if not name.startswith(_BSD_SYMBOLS):
            yield Member(name=name, offset=start + skipped, data=content[skipped:])
    if at < len(data):
        raise BoundsError(f"more than {limits.header_entries} members; the rest is not read, at {at:#x}")


def _name(raw: bytes, content: memoryview, state: _State, limits: Limits) -> tuple[str, int]:
    """The name of a member, and how many bytes of its content hold it."""
    if raw.startswith(b"#1/") and _DIGITS.fullmatch(raw[3:]):
        size = int(raw[3:])
        if size > min(len(content), limits.section_name_bytes):
            raise BoundsError(f"the name of a member has {size} bytes, more than are there or read")
        state.flavour = "bsd"
        return text(bytes(content[:size]).split(b"\0", 1)[0]), size
    if raw.startswith(b"/") and _DIGITS.fullmatch(raw[1:]):
        start = int(raw[1:])
        if start >= len(state.long_names):
            raise BoundsError(f"the name of a member is beyond the table of names, at {start:#x} of it")
        end = state.long_names.find(b"\n", start, start + limits.section_name_bytes)
        if end < 0:
            raise BoundsError(f"the name of a member does not end, at {start:#x} of the table of names")
        return text(state.long_names[start:end].removesuffix(b"/")), 0
    if raw.endswith(b"/") and state.flavour == "common":
        state.flavour = "gnu"
    return text(raw.removesuffix(b"/")), 0
