"""Look into the executables of archives and packages, in memory, one member at a time."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from attest.archive.member import Link
from attest.archive.opened import looks_archived, open_archive
from attest.errors import FormatError, LimitError
from attest.exe.identity import identify
from attest.exe.inspect import inspect, looks_executable
from attest.model.binary import BinaryReport, Container, InspectedFile
from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.archive.member import ArchiveFormat, Member, Opened
    from attest.model.binary import Depth
    from attest.model.limits import Limits

_PREFIX: Final = 512
_CHUNK: Final = 1 << 20
_NOTES_TOLD: Final = 50


def inspect_archive(
    data: memoryview, path: str, *, depth: Depth, limits: Limits
) -> tuple[InspectedFile, ...] | None:
    """An archive and then every executable in it, called ARCHIVE!MEMBER; None where it is no archive.

    Nothing is raised over content: what cannot be read is in the notes of the archive.
    """
    if not looks_archived(data[:_PREFIX]):
        return None
    notes: list[str] = []
    facts: tuple[Fact, ...] = ()
    members: tuple[InspectedFile, ...] = ()
    try:
        opened = open_archive(data, limits)
        if opened is None:
            return None
    except (FormatError, LimitError) as error:
        notes.append(_said(error))
    else:
        contents = _Contents(path, depth, limits)
        members = tuple(contents.members(opened))
        notes += contents.notes
        facts = contents.facts(opened)
    more = len(notes) - _NOTES_TOLD
    told = (*notes[:_NOTES_TOLD], f"{more} more notes") if more > 0 else tuple(notes)
    report = BinaryReport(container=Container(format="archive"), facts=facts, notes=told)
    return (InspectedFile(path=path, identity=identify(data, depth=depth), report=report), *members)


def _said(error: FormatError | LimitError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message


class _Contents:
    """What is learnt of an archive while it is read."""

    def __init__(self, path: str, depth: Depth, limits: Limits) -> None:
        self.path = path
        self.depth = depth
        self.limits = limits
        self.notes: list[str] = []
        self.files = 0
        self.executables = 0
        self.links = 0
        self.complete = False
        self._names: set[int] = set()  # hashes: a million names would take much memory

    def members(self, opened: Opened) -> Iterator[InspectedFile]:
        try:
            for item in opened.items:
                if isinstance(item, str):
                    self.notes.append(item)
                    continue
                if isinstance(item, Link):
                    self._link(item, opened.format)
                    continue
                self.files += 1
                if self.files > self.limits.archive_members:
                    raise LimitError(f"more than {self.limits.archive_members} members")  # noqa: TRY301 - as below
                found = self._member(item)
                if found is not None:
                    self.executables += 1
                    yield found
            self.complete = True
        except (FormatError, LimitError) as error:
            self.notes.append(_said(error))

    def facts(self, opened: Opened) -> tuple[Fact, ...]:
        source = "content of the file"
        headers = "headers of the members"
        known = [Fact(name="archive.format", value=opened.format, source=source)]
        if opened.compression:
            known.append(Fact(name="archive.compression", value=opened.compression, source=source))
        if self.complete:  # else nobody knows how many
            known.append(Fact(name="archive.files", value=self.files, source=headers))
            known.append(Fact(name="archive.executables", value=self.executables, source=headers))
            known.append(Fact(name="archive.links", value=self.links, source=headers))
        return tuple(known)

    def _member(self, member: Member) -> InspectedFile | None:
        name = member.name.removeprefix("./")
        self._judge(name)
        start = self._read(member, _PREFIX)
        if not looks_executable(bytes(start[:64])):
            if looks_archived(bytes(start)):
                self.notes.append(f"{name} is an archive in an archive, and is not looked into")
            return None
        content = start
        while len(content) <= self.limits.archive_member_bytes:
            piece = member.content.read(_CHUNK)
            if not piece:
                break
            content += piece
        else:
            self.notes.append(
                f"{name} has more than {self.limits.archive_member_bytes} bytes, and is not looked into"
            )
            return None
        data = memoryview(content)
        return InspectedFile(
            path=f"{self.path}!{name}",
            identity=identify(data, depth=self.depth),
            report=inspect(data, depth=self.depth, limits=self.limits),
        )

    def _read(self, member: Member, size: int) -> bytearray:
        found = bytearray()
        while len(found) < size:
            piece = member.content.read(size - len(found))
            if not piece:
                break
            found += piece
        return found

    def _link(self, link: Link, form: ArchiveFormat) -> None:
        """Count it; in a package it may lead anywhere in the system that the package is installed in."""
        self.links += 1
        where = posixpath.normpath(posixpath.join(posixpath.dirname(link.name), link.target))
        outside = where.startswith("../") or where == ".."
        if outside or (link.target.startswith("/") and form in ("tar", "zip")):
            self.notes.append(f"the link {link.name} leads out of the archive, to {link.target}")

    def _judge(self, name: str) -> None:
        """Note names with which an archive writes where it should not when it is extracted."""
        parts = name.replace("\\", "/").split("/")
        if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
            self.notes.append(f"the name {name} leads out of the archive")
        key = hash(posixpath.normpath(name))
        if key in self._names:
            self.notes.append(f"two members are called {name}")
        self._names.add(key)
