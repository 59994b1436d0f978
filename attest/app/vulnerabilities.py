"""Known vulnerabilities of executables: the database opened, and each program held against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, FormatError, LimitError, ReadError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.vulnerability import Scan
from attest.vuln.database import Database
from attest.vuln.match import scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from attest.model.binary import BinaryReport, BuildInfo


_INDEX: Final = "index/db.json"


def open_database(data: bytes, file: str, limits: Limits = DEFAULT_LIMITS) -> Database:
    """The database in a zip, whose files may lie in one folder; `FormatError` for what is none."""
    from attest.go.zip_archive import ZipError, find_directory, pieces, read_entries

    view, place = memoryview(data), Place(file=file)
    hint = "a copy of https://vuln.go.dev as a zip, with index/ and ID/ in it"
    try:
        listed = read_entries(view, find_directory(view))
        entries = {each.name.decode("utf-8", "replace"): each for each in listed}
    except ZipError as error:
        raise FormatError(f"is no zip that can be read: {error}", place=place, hint=hint) from error
    tops = [name.removesuffix(_INDEX) for name in entries if name.endswith(_INDEX)]
    if len(tops) != 1:
        raise FormatError(
            f"is no vulnerability database: it has {len(tops)} files {_INDEX}", place=place, hint=hint
        )

    def read(name: str, limit: int) -> bytes:
        entry = entries.get(f"{tops[0]}{name}")
        if entry is None:
            raise ReadError("is not in the database", place=Place(file=f"{file}/{name}"), hint=hint)
        if entry.size > limit:
            raise LimitError(f"{entry.size} bytes, more than {limit}", place=Place(file=f"{file}/{name}"))
        try:
            return b"".join(bytes(each) for each in pieces(view, entry))
        except ZipError as error:
            raise FormatError(f"cannot be unpacked: {error}", place=Place(file=f"{file}/{name}")) from error

    return Database(read, limits)


def scanner(
    database: Database, now: datetime, limits: Limits = DEFAULT_LIMITS
) -> Callable[[memoryview, BinaryReport], Scan]:
    """What looks for the vulnerabilities of one executable; a universal file has those of all its slices."""

    def look(data: memoryview, report: BinaryReport) -> Scan:
        parts = [(each.offset, each.identity.size, each.report) for each in report.slices]
        found = [
            _one(data[at : at + size], image.build_info, database, now, limits)
            for at, size, image in parts or [(0, len(data), report)]
        ]
        return Scan(
            found=tuple(dict.fromkeys(known for each in found for known in each.found)),
            unknown="; ".join(dict.fromkeys(each.unknown for each in found if each.unknown)),
        )

    return look


def _one(data: memoryview, info: BuildInfo | None, database: Database, now: datetime, limits: Limits) -> Scan:
    from attest.exe.symbols import symbols

    if info is None or info.faults:
        return Scan(unknown="its build information does not tell which modules it is made of")
    if not info.main and not info.deps:
        return Scan(unknown="its build information names no module")
    try:
        return scan(info, database, lambda wanted: symbols(data, wanted, info.path, limits), now)
    except AttestError as error:
        return Scan(unknown=f"the vulnerability database cannot be read: {error}")
