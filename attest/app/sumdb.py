"""Go's checksum database: what is known of its answers, here, in portable proofs and over the network.

Source: cmd/go/internal/modfetch/sumdb.go (ReadCache, ReadConfig) for where the go command keeps things.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.app.sumdb_online import CONNECTIONS
from attest.errors import AttestError, FormatError, ReadError, UsageError
from attest.go import sumdb, sumdb_proofs, sumdb_setting
from attest.go.sumdb_remote import size_limit
from attest.model.limits import DEFAULT_LIMITS
from attest.model.source import SumdbLine, SumdbReport

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.app.sumdb_online import OnlineLog
    from attest.go.note import VerifierKey
    from attest.go.sumdb_setting import Database
    from attest.model.limits import Limits
    from attest.model.module import ModuleVersion
    from attest.model.ports import Tree
    from attest.model.source import GoSum, SumdbProof

CACHE: Final = "cache/download/sumdb"
_REMEMBERED_HINT: Final = (
    "attest remembers the newest tree head here; whoever changed the file could hide that the database "
    "forks: find out, then remove it"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SumdbEvidence:
    """Whom to believe and where to look.

    `key` is that of the database, None where GOSUMDB is off; `excluded` are the patterns of GONOSUMDB.
    `cache` is a tree of GOMODCACHE and `heads` one of $GOPATH/pkg/sumdb, None where there is none.
    `remembered` are the signed tree heads that earlier runs kept, by file; `proofs` what portable proofs say.
    `online` is the database itself, None where nobody is asked. `keep_proofs` asks for
    `SumdbReport.proofs`.
    """

    key: VerifierKey | None
    excluded: str
    required: bool
    cache: Tree | None
    heads: Tree | None
    remembered: Mapping[str, bytes] = field(default_factory=dict)
    proofs: Mapping[ModuleVersion, tuple[SumdbProof, ...]] = field(default_factory=dict)
    online: OnlineLog | None = None
    keep_proofs: bool = False


def find_database(setting: str) -> Database | None:
    """The database that GOSUMDB names, None where it is off; `UsageError` where it names none."""
    try:
        return sumdb_setting.parse_setting(setting)
    except FormatError as error:
        raise UsageError(str(error), hint=error.hint) from error


def database_key(setting: str) -> VerifierKey | None:
    """The key of the database that GOSUMDB names; as `find_database`."""
    database = find_database(setting)
    return database.key if database else None


def read_proofs(
    data: bytes, file: str, *, limits: Limits = DEFAULT_LIMITS
) -> Mapping[ModuleVersion, tuple[SumdbProof, ...]]:
    """The proofs of a text that `write_proofs` gave, by module; raises as `attest.go.sumdb_proofs.parse`."""
    return sumdb_proofs.by_module(sumdb_proofs.parse(data, file, limits=limits))


def write_proofs(report: SumdbReport) -> bytes:
    """The text that proves the proven lines of go.sum anywhere, with the database's key alone.

    Raises `attest.errors.ReadError` where no line is proven.
    """
    if not report.proofs:
        raise ReadError(
            "no line of go.sum is proven: there is nothing to write a proof of",
            hint="ask the checksum database with --online, or name a module cache that has its answers",
        )
    return sumdb_proofs.write(report.proofs)


def judge_sumdb(go_sum: GoSum, evidence: SumdbEvidence, limits: Limits) -> SumdbReport:
    """Hold every line of go.sum against the log, as far as what is known of it goes."""
    key = evidence.key
    if key is None:
        lines = tuple(
            SumdbLine(
                module=each.module,
                kind=each.kind,
                status="unproven",
                reason="GOSUMDB is off",
                place=each.place,
            )
            for each in go_sum.lines
        )
        return SumdbReport(database="", required=evidence.required, lines=lines)
    store = _Store(evidence, key.name, limits)
    notes = [
        sumdb.TreeNote(file=file, data=data, hint=_REMEMBERED_HINT, remembered=True)
        for file, data in evidence.remembered.items()
    ]
    sources = sumdb.Sources(
        read=store.read,
        label=store.label(),
        where=store.where,
        notes=(*notes, *store.kept_heads()),
        proofs=evidence.proofs,
        linked=evidence.online is not None,
    )
    with ThreadPoolExecutor(max_workers=CONNECTIONS if evidence.online else 1) as pool:
        judged = sumdb.judge(
            go_sum.lines,
            key,
            sources,
            patterns=evidence.excluded,
            keep_proofs=evidence.keep_proofs,
            parallel=pool.map if evidence.online else sumdb.one_by_one,
            limits=limits,
        )
    return SumdbReport(
        database=key.name,
        required=evidence.required,
        lines=judged.lines,
        faults=judged.faults,
        proofs=judged.proofs,
        head=judged.head,
    )


class _Store:
    """What is known of a log by the names of its protocol: the go command's caches first, then the network.

    What is in a cache and empty is not there, as in Go.
    """

    def __init__(self, evidence: SumdbEvidence, name: str, limits: Limits) -> None:
        self._cache, self._heads, self._online = evidence.cache, evidence.heads, evidence.online
        self._folder, self._name, self._limits = f"{CACHE}/{name}", name, limits
        # What a portable proof proves is asked of nobody.
        self._carried = {_lookup_name(module) for module in evidence.proofs}
        self._fetched: set[str] = set()

    def label(self) -> str:
        """Where an answer is looked for last."""
        if self._online:
            return self._online.label()
        return f"{self._cache.label}/{self._folder}" if self._cache else "no module cache"

    def where(self, wanted: str) -> str:
        """Where the thing came from."""
        if wanted in self._fetched and self._online:
            return self._online.label()
        return f"{self._cache.label}/{self._folder}" if self._cache else ""

    def kept_heads(self) -> tuple[sumdb.TreeNote, ...]:
        """The newest tree head that the go command knows; what cannot be read is as good as not there."""
        name = f"{self._name}/{sumdb.LATEST}"
        if self._heads is None or not self._heads.exists(name):
            return ()
        try:
            data = self._heads.read(name, self._limits.note_bytes)
        except ReadError:
            return ()
        return (sumdb.TreeNote(file=f"{self._heads.label}/{name}", data=data),) if data else ()

    def read(self, wanted: str) -> bytes | None:
        """What the log has by that name."""
        found = None if wanted == sumdb.LATEST else self._cached(wanted)
        if found is None and self._online and wanted not in self._carried:
            found = self._online.read(wanted)
            self._fetched.add(wanted)
        return found

    def _cached(self, wanted: str) -> bytes | None:
        tree = self._cache
        if tree is None:
            return None
        limit = size_limit(wanted, self._limits)
        for each in (wanted, *_wider(tree, self._folder, wanted)):
            name = f"{self._folder}/{each}"
            if tree.exists(name) and (data := tree.read(name, limit)):
                return data
        return None


def _lookup_name(module: ModuleVersion) -> str:
    try:
        return sumdb.lookup_name(module)
    except AttestError:
        return ""  # no such answer is ever asked for


def _wider(tree: Tree, folder: str, wanted: str) -> tuple[str, ...]:
    """Where the hashes of a partial tile stand too: in the full tile, and in wider partial ones."""
    full, partial, width = wanted.rpartition(".p/")
    if not partial:
        return ()
    try:
        found = [int(each.name) for each in tree.entries(f"{folder}/{full}.p") if each.name.isdecimal()]
    except ReadError:
        found = []
    return full, *(f"{full}.p/{each}" for each in sorted(found) if each > int(width))
