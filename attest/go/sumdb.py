"""Go's checksum database: what its transparency log says about the lines of an existing go.sum.

Sources: golang.org/x/mod/sumdb/client.go (Lookup) for the order of the steps; cmd/go/internal/modfetch
(sumdb.go: dbDial, useSumDB; key.go) for the settings; golang.org/x/mod/module (MatchPrefixPatterns). The go
command asks the database only for lines that go.sum lacks; here the lines that are there are judged.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, FormatError, ReadError
from attest.go import note, proxy, tlog
from attest.go.gosum import GO_MOD_SUFFIX
from attest.go.module_path import escape_path, escape_version
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place
from attest.model.source import SourceFault, SumdbLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attest.model.limits import Limits
    from attest.model.module import GoSumLine, ModuleVersion
    from attest.model.source import SumdbStatus

DEFAULT: Final = "sum.golang.org"
LATEST: Final = "latest"
#: Databases that a setting may name without their key: the trust root of the go command (key.go).
_KEYS: Final = {DEFAULT: "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"}
#: The same database under another name for another network.
_ALIASES: Final = {"sum.golang.google.cn": DEFAULT}
_MOST_WORDS: Final = len(("key", "URL"))
#: host[/path] and nothing that a URL or a file system reads in another way.
_NAME: Final = re.compile(
    r"[a-z0-9.-]*[a-z0-9](?::[0-9]+)?(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*", re.IGNORECASE
)
_TOOLCHAIN: Final = "golang.org/toolchain"
_SETTING_HINT: Final = "set GOSUMDB to sum.golang.org, to a verifier key, or to off"
_FORK_HINT: Final = (
    "keep both files, they prove that the database misbehaves: see https://go.dev/security/policy; "
    "trust nothing that it says until this is explained"
)


def parse_setting(text: str) -> note.VerifierKey | None:
    """The database that GOSUMDB names, by its key; None for `off`, the public one for "".

    The forms are a known name or a verifier key, and after it perhaps a URL, which says nothing about trust.
    Raises `FormatError` for anything else.
    """
    place = Place(file="GOSUMDB")
    words = text.split() or [DEFAULT]
    if words == ["off"]:
        return None
    if len(words) > _MOST_WORDS:
        raise FormatError(f"{text[:200]!r} has too many words", place=place, hint=_SETTING_HINT)
    name = _ALIASES.get(words[0], words[0])
    if "+" not in name and name not in _KEYS:
        raise FormatError(f"the key of {name[:200]!r} is not known", place=place, hint=_SETTING_HINT)
    key = note.parse_key(_KEYS.get(name, name), place)
    if not _NAME.fullmatch(key.name):
        message = f"{key.name[:200]!r} is no name of a database, which is host[/path]"
        raise FormatError(message, place=place, hint=_SETTING_HINT)
    return key


def is_excluded(path: str, patterns: str) -> bool:
    """Tell whether GONOSUMDB, a list of patterns with commas between, keeps a module from the database.

    Each pattern is held against as many leading elements of the path as it has itself. Toolchains are never
    excluded.
    """
    return path != _TOOLCHAIN and proxy.matches(patterns, path)


def lookup_name(module: ModuleVersion, place: Place | None = None) -> str:
    """The name of the answer about a module; `FormatError` at `place` where it can have none."""
    path, version = escape_path(module.path, place=place), escape_version(module.version, place=place)
    return f"lookup/{path}@{version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """A tree head whose signature was verified, and the file that states it."""

    head: tlog.TreeHead
    file: str

    def __str__(self) -> str:
        root = base64.b64encode(self.head.root).decode()
        return f"{self.head.size} records with the root {root} ({self.file})"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """An answer to a lookup: the record and the tree head that came with it, or why it does not count."""

    record: tlog.Record | None = None
    signed: SignedHead | None = None
    status: SumdbStatus = "unproven"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The lines of go.sum in file order, and what is wrong with the database itself."""

    lines: tuple[SumdbLine, ...]
    faults: tuple[SourceFault, ...]


@dataclass(slots=True, kw_only=True)
class _Log:
    """The log behind `read`, with what was read of it. `label` is what messages call the place."""

    key: note.VerifierKey
    read: tlog.Read
    label: str
    limits: Limits
    tiles: tlog.Tiles
    readers: dict[tlog.TreeHead, tlog.TileReader] = field(default_factory=dict)

    def reader(self, head: tlog.TreeHead) -> tlog.TileReader:
        return self.readers.setdefault(head, tlog.TileReader(head, self.tiles))

    def place(self, name: str) -> Place:
        return Place(file=f"{self.label}/{name}")

    def signed(self, data: bytes, name: str) -> SignedHead:
        text = note.open_note(data, self.key, self.place(name), limits=self.limits)
        return SignedHead(head=tlog.parse_tree(text, self.place(name)), file=str(self.place(name)))

    def answer(self, module: ModuleVersion) -> _Answer:
        """The answer about a module, with its note verified."""
        try:
            name = lookup_name(module, self.place(LATEST))
            data = self.read(name)
            if not data:
                return _Answer(reason=f"{self.label} has no answer about it")
        except AttestError as error:
            # What cannot be read, and what has no name in the log, is not there.
            return _Answer(reason=error.message)
        try:
            record = tlog.parse_record(data, self.place(name))
            return _Answer(record=record, signed=self.signed(record.note, name))
        except AttestError as error:
            return _Answer(status="refused", reason=str(error))

    def prove(self, record: tlog.Record, heads: Iterable[SignedHead]) -> tuple[SumdbStatus, str]:
        """Prove that a record is in the log, by the first of the heads whose tiles are there."""
        reason = f"record {record.number} is in none of the signed trees"
        found: SumdbStatus = "refused"
        for signed in heads:
            if record.number >= signed.head.size:
                continue
            try:
                leaf = self.reader(signed.head).hash(0, record.number)
            except ReadError as error:
                found, reason = "unproven", error.message
                continue
            except AttestError as error:
                return "refused", error.message
            if leaf == tlog.leaf_hash(record.text):
                return "proven", ""
            return "refused", f"the answer is not record {record.number} of the log"
        return found, reason


def judge(
    lines: Iterable[GoSumLine],
    key: note.VerifierKey,
    read: tlog.Read,
    *,
    patterns: str = "",
    label: str = "the log",
    limits: Limits = DEFAULT_LIMITS,
) -> Judgement:
    """Hold go.sum lines against the log whose tree heads `key` signs.

    `read` gives what the log holds by its name in the protocol (a cache, or the network); `patterns` is
    GONOSUMDB. Nothing is raised for what `read` gives: every line gets a status with its reason.
    """
    log = _Log(key=key, read=read, label=label, limits=limits, tiles=tlog.Tiles(read=read, label=label))
    wanted = tuple(lines)
    asked = sorted({each.module for each in wanted if not is_excluded(each.module.path, patterns)})
    answers = {module: log.answer(module) for module in asked}
    faults: list[SourceFault] = []
    heads = {each.signed.head: each.signed for each in answers.values() if each.signed}
    try:
        latest = read(LATEST)
        if latest:
            signed = log.signed(latest, LATEST)
            heads[signed.head] = signed
    except ReadError:
        pass  # as good as not there; the heads of the answers are signed too
    except AttestError as error:
        place = error.place or log.place(LATEST)
        faults.append(SourceFault(message=error.message, place=place, hint=error.hint or _SETTING_HINT))
    ordered = [heads[each] for each in sorted(heads)]
    faults += _forks(log, ordered)
    proofs: dict[ModuleVersion, tuple[SumdbStatus, str]] = {}
    for module, answer in answers.items():
        if answer.record and answer.signed:
            proofs[module] = log.prove(answer.record, _candidates(answer.signed, ordered))
        else:
            proofs[module] = answer.status, answer.reason
    judged = tuple(_line(line, answers.get(line.module), proofs.get(line.module)) for line in wanted)
    return Judgement(lines=judged, faults=tuple(faults))


def _candidates(own: SignedHead, ordered: list[SignedHead]) -> Iterator[SignedHead]:
    """The head that came with an answer, then the newest, then all others that are larger than the first."""
    yield own
    yield ordered[-1]
    yield from (each for each in ordered if each.head.size > own.head.size)


def _line(line: GoSumLine, answer: _Answer | None, proof: tuple[SumdbStatus, str] | None) -> SumdbLine:
    status: SumdbStatus = "excluded"
    reason = "GONOSUMDB or GOPRIVATE excludes it"
    if answer is not None and proof is not None:
        status, reason = proof
        if status == "proven" and answer.record:
            status, reason = _compare(line, answer.record)
    return SumdbLine(module=line.module, kind=line.kind, status=status, reason=reason, place=line.place)


def _compare(line: GoSumLine, record: tlog.Record) -> tuple[SumdbStatus, str]:
    """What a proven record says of a line; that it says nothing is no pass (CVE-2026-42501)."""
    suffix = GO_MOD_SUFFIX if line.kind == "go.mod" else ""
    prefix = f"{line.module.path} {line.module.version}{suffix} "
    said = [each.removeprefix(prefix) for each in record.text.split("\n") if each.startswith(prefix)]
    if line.hash in said:
        return "proven", ""
    if not said:
        return "contradicted", f"record {record.number} of the log has no such line"
    if not line.hash.startswith("h1:"):
        return "unproven", "the log knows h1 hashes alone"
    return "contradicted", f"record {record.number} of the log has {', '.join(said)}"


def _forks(log: _Log, ordered: list[SignedHead]) -> Iterator[SourceFault]:
    """Every two signed heads of which the older is no beginning of the newer; both are in the message.

    Each is compared with the next, else with the newest. Where the tiles for that are not there, nothing is
    said: an incomplete cache is no misbehaviour.
    """
    for size, group in groupby(ordered, key=lambda each: each.head.size):
        first, *others = group
        for other in others:
            yield _fork(log, first, other, f"two trees of {size} records")
    for older, following in pairwise(ordered):
        for newer in (following, ordered[-1]):
            if newer.head.size == older.head.size:
                continue  # told above
            try:
                root = log.reader(newer.head).root_of(older.head.size)
            except ReadError:
                continue
            except AttestError as error:
                hint = error.hint or _FORK_HINT
                yield SourceFault(message=error.message, place=Place(file=newer.file), hint=hint)
                break
            if root != older.head.root:
                yield _fork(log, older, newer, "two trees that cannot both be true")
            break


def _fork(log: _Log, older: SignedHead, newer: SignedHead, what: str) -> SourceFault:
    return SourceFault(
        message=f"{log.key.name} signed {what}: {older}, and {newer}",
        place=Place(file=newer.file),
        hint=_FORK_HINT,
    )
