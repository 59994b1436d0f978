"""Everything that a verdict over a release is made from, saved as files and read back strictly.

Small text and JSON files of the release, the policy and all that it names are saved as their bytes, and read,
parsed and verified again. Of the rest, executables above all, what was measured is recorded. A set says what
was judged; it proves nothing about where the release is.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.app.inventory import read_bytes
from attest.app.policy import PolicyBytes
from attest.edge.files import LEADS_OUT
from attest.errors import FormatError, LimitError
from attest.model.facts import FACTS
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.record import read_record, write_record
from attest.model.release import Inventory, ReleaseFile
from attest.model.saved_evidence import (
    MANIFEST,
    MANIFEST_SUM,
    SCHEMA,
    RecordedFile,
    SavedEvidence,
    SavedFile,
    SavedRoots,
    SavedRun,
)
from attest.model.strict_json import Node, loads
from attest.policy.engine import Run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.binary import BinaryReport
    from attest.model.fact import Fact
    from attest.model.ports import ReadBeside
    from attest.model.previous import PreviousRelease
    from attest.model.source import SourceReport

_SHA256: Final = re.compile(r"[0-9a-f]{64}\Z")
_SHA512: Final = re.compile(r"[0-9a-f]{128}\Z")
_TIME: Final = "%Y-%m-%dT%H:%M:%S.%fZ"
_SUM_BYTES: Final = 256
_DAMAGED: Final = "the saved evidence was damaged or changed: save it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a verdict over a release is made from; `roots` are for the reports about it.

    `attest` is the version that judged it.
    """

    attest: str
    policy: PolicyBytes
    inventory: Inventory
    source: SourceReport | None
    previous: PreviousRelease | None
    run: Run
    roots: SavedRoots


def save(evidence: Evidence, limits: Limits = DEFAULT_LIMITS) -> dict[str, bytes]:
    """The files of the saved set by name, the manifest last; the same evidence gives the same bytes.

    Raises `LimitError` where it would be too large to be read back, `FormatError` where it would be read back
    as something else.
    """
    blobs: dict[str, bytes] = {}

    def kept(name: str, data: bytes) -> SavedFile:
        sha256 = hashlib.sha256(data).hexdigest()
        blobs[sha256] = data
        return SavedFile(name=name, sha256=sha256, size=len(data))

    policy, run = evidence.policy, evidence.run
    manifest = SavedEvidence(
        schema=SCHEMA,
        run=SavedRun(
            attest=evidence.attest,
            time=run.now.astimezone(UTC).strftime(_TIME),
            version=run.version,
            tag=run.tag,
            revision=run.revision,
            platforms=run.only,
            partial=run.partial,
        ),
        roots=evidence.roots,
        policy=kept(policy.file, policy.data),
        beside=tuple(kept(name, policy.beside[name]) for name in sorted(policy.beside)),
        release=evidence.inventory.label,
        kept=tuple(
            kept(each.path, each.content) for each in evidence.inventory.files if each.content is not None
        ),
        recorded=tuple(_recorded(each) for each in evidence.inventory.files if each.content is None),
        source=evidence.source,
        previous=evidence.previous,
    )
    data = _written(manifest)
    line = f"{hashlib.sha256(data).hexdigest()}  {MANIFEST}\n".encode()
    files = {**dict(sorted(blobs.items())), MANIFEST_SUM: line, MANIFEST: data}
    if restore(lambda name, _: files[name], files, evidence.inventory.label, limits=limits) != evidence:
        raise FormatError(
            "the evidence cannot be saved: it would be read back as something else",
            hint="this is a fault of attest itself: report it",
        )
    return files


def _written(manifest: SavedEvidence) -> bytes:
    text = json.dumps(write_record(manifest), ensure_ascii=False, separators=(",", ":"))
    return text.encode() + b"\n"


def _recorded(file: ReleaseFile) -> RecordedFile:
    return RecordedFile(
        path=file.path,
        kind=file.kind,
        identity=file.identity,
        report=file.report,
        error=file.error,
        scan=file.scan,
    )


def digest_of(manifest: bytes) -> str:
    """What pins a whole set: the SHA-256 of its manifest, which lists that of every other file."""
    return hashlib.sha256(manifest).hexdigest()


def restore(
    read: ReadBeside,
    names: Iterable[str],
    file: str,
    *,
    sha256: str = "",
    limits: Limits = DEFAULT_LIMITS,
) -> Evidence:
    """The evidence of a saved set, whose files are called `names` and are had from `read`.

    `file` is what messages call the set, `sha256` pins it (`digest_of`). Raises `FormatError` for a set that
    is not the pinned one or that `save` does not write: one with a file that is damaged, missing or not
    listed among them; `LimitError` for one beyond the limits.
    """
    return _Restorer(read, frozenset(names), file, limits).restore(sha256)


class _Restorer:
    def __init__(self, read: ReadBeside, names: frozenset[str], file: str, limits: Limits) -> None:
        self._read = read
        self._names = names
        self._file = file
        self._limits = limits
        self._listed: set[str] = {MANIFEST, MANIFEST_SUM}
        self._left = limits.evidence_bytes

    def restore(self, sha256: str) -> Evidence:
        """Read the manifest, and what it lists."""
        manifest = self._manifest(sha256)
        beside = self._files(manifest.beside)
        evidence = Evidence(
            attest=manifest.run.attest,
            policy=PolicyBytes(
                file=manifest.policy.name, data=self._bytes(manifest.policy), beside=dict(beside)
            ),
            inventory=self._inventory(manifest),
            source=manifest.source,
            previous=manifest.previous,
            run=Run(
                now=self._time(manifest.run.time),
                version=manifest.run.version,
                tag=manifest.run.tag,
                revision=manifest.run.revision,
                only=manifest.run.platforms,
                partial=manifest.run.partial,
            ),
            roots=manifest.roots,
        )
        for name in sorted(self._names - self._listed):
            raise self._wrong("is a file that the manifest does not list", name)
        return evidence

    def _wrong(self, message: str, name: str = MANIFEST) -> FormatError:
        return FormatError(message, place=Place(file=f"{self._file}/{name}"), hint=_DAMAGED)

    def _manifest(self, sha256: str) -> SavedEvidence:
        if MANIFEST not in self._names:
            raise FormatError(
                f"is no saved evidence: it has no {MANIFEST}",
                place=Place(file=self._file),
                hint="name the folder or the .zip that attest verify --save-evidence wrote",
            )
        data = self._read(MANIFEST, self._limits.evidence_manifest_bytes)
        found = digest_of(data)
        if sha256 and found != sha256.lower():
            raise FormatError(
                "is not the saved evidence that --replay-sha256 pins",
                place=Place(file=self._file),
                hint=f"its SHA-256 is {found}",
            )
        line = self._read(MANIFEST_SUM, _SUM_BYTES) if MANIFEST_SUM in self._names else b""
        if line != f"{found}  {MANIFEST}\n".encode():
            raise self._wrong(f"is not the manifest whose SHA-256 {MANIFEST_SUM} tells")
        value = loads(
            data,
            file=f"{self._file}/{MANIFEST}",
            max_bytes=self._limits.evidence_manifest_bytes,
            max_depth=self._limits.json_depth,
        )
        manifest = read_record(Node(value=value, file=f"{self._file}/{MANIFEST}"), SavedEvidence)
        if _written(manifest) != data:
            raise self._wrong("says the same in other bytes than attest writes")
        return manifest

    def _files(self, listed: tuple[SavedFile, ...]) -> list[tuple[str, bytes]]:
        """The bytes of files, which are listed once each, sorted."""
        names = [each.name for each in listed]
        if names != sorted(set(names)):
            raise self._wrong("lists a file twice, or not in order")
        return [(each.name, self._bytes(each)) for each in listed]

    def _bytes(self, file: SavedFile) -> bytes:
        """The bytes of a file, which must be those that the manifest means."""
        if not _SHA256.match(file.sha256):
            raise self._wrong("has a SHA-256 that is none")
        if file.sha256 not in self._names:
            raise self._wrong("is missing", file.sha256)
        data = self._read(file.sha256, max(self._left, 0))
        if hashlib.sha256(data).hexdigest() != file.sha256 or len(data) != file.size:
            raise self._wrong("has other bytes than the manifest lists", file.sha256)
        self._listed.add(file.sha256)
        self._left -= len(data)
        if self._left < 0:
            raise LimitError(
                f"more than {self._limits.evidence_bytes} bytes", place=Place(file=self._file), hint=_DAMAGED
            )
        return data

    def _inventory(self, manifest: SavedEvidence) -> Inventory:
        """The names of the release; what is there as bytes is read again."""
        files = [self._again(path, data) for path, data in self._files(manifest.kept)]
        files += [self._recorded(each) for each in manifest.recorded]
        paths = [each.path for each in manifest.recorded]
        if paths != sorted(paths) or len({each.path for each in files}) != len(files):
            raise self._wrong("names a file of the release twice, or not in order")
        for each in files:
            if LEADS_OUT.search(each.path):
                raise self._wrong("names a file that leads out of the release")
        if len(files) > self._limits.release_files:
            raise LimitError(
                f"more than {self._limits.release_files} files", place=Place(file=self._file), hint=_DAMAGED
            )
        return Inventory(label=manifest.release, files=tuple(sorted(files, key=lambda each: each.path)))

    def _again(self, path: str, data: bytes) -> ReleaseFile:
        found = read_bytes(path, memoryview(data), self._limits)
        if found.content is None:
            raise self._wrong(
                "is listed as a text or JSON file, and is none", hashlib.sha256(data).hexdigest()
            )
        return found

    def _recorded(self, file: RecordedFile) -> ReleaseFile:
        """What was measured of a file, as far as it can be true of one."""
        identity = file.identity
        known = identity is not None or bool(file.error)  # of a regular file one of the two, of others none
        looked_into = file.report is not None or file.scan is not None
        if known is not (file.kind == "file") or (looked_into and identity is None):
            raise self._wrong("records a file that cannot be")
        if identity is not None:
            digests = identity.digests
            if (
                digests is None
                or not _SHA256.match(digests.sha256)
                or not _SHA512.match(digests.sha512)
                or identity.size < 0
            ):
                raise self._wrong("records digests or a size that are none")
        if file.report is not None:
            self._facts(file.report)
        return ReleaseFile(
            path=file.path,
            kind=file.kind,
            identity=identity,
            report=file.report,
            error=file.error,
            scan=file.scan,
        )

    def _facts(self, report: BinaryReport) -> None:
        """Refuse facts that the catalogue does not have so."""
        for each in report.facts:
            if each.name not in FACTS or not _fits(each):
                raise self._wrong("records a fact that no catalogue has")
        for part in (*report.slices, *report.core_modules):
            self._facts(part.report)

    def _time(self, text: str) -> datetime:
        try:
            found = datetime.strptime(text, _TIME).replace(tzinfo=UTC)
        except ValueError as error:
            raise self._wrong("has a time that is none") from error
        if found.strftime(_TIME) != text:
            raise self._wrong("has a time that is none")
        return found


def _fits(fact: Fact) -> bool:
    kinds: dict[str, type] = {"bool": bool, "int": int, "string": str, "strings": tuple}
    return type(fact.value) is kinds[FACTS[fact.name].type]
