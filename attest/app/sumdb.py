"""Go's checksum database offline: what the go command's own cache proves of a go.sum.

Source: cmd/go/internal/modfetch/sumdb.go (ReadCache, ReadConfig) for where things lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, ReadError, UsageError
from attest.go import sumdb, tlog
from attest.model.source import SumdbLine, SumdbReport

if TYPE_CHECKING:
    from attest.go.note import VerifierKey
    from attest.model.limits import Limits
    from attest.model.ports import Tree
    from attest.model.source import GoSum

CACHE: Final = "cache/download/sumdb"


@dataclass(frozen=True, slots=True, kw_only=True)
class SumdbEvidence:
    """Whom to believe and where to look.

    `key` is that of the database, None where GOSUMDB is off; `excluded` are the patterns of GONOSUMDB.
    `cache` is a tree of GOMODCACHE and `heads` one of $GOPATH/pkg/sumdb, None where there is none.
    """

    key: VerifierKey | None
    excluded: str
    required: bool
    cache: Tree | None
    heads: Tree | None


def database_key(setting: str) -> VerifierKey | None:
    """The key of the database that GOSUMDB names, None where it is off; `UsageError` where it names none."""
    try:
        return sumdb.parse_setting(setting)
    except FormatError as error:
        raise UsageError(str(error), hint=error.hint) from error


def judge_sumdb(go_sum: GoSum, evidence: SumdbEvidence, limits: Limits) -> SumdbReport:
    """Hold every line of go.sum against the log, as far as the caches go."""
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
    label = f"{evidence.cache.label}/{CACHE}/{key.name}" if evidence.cache else "no module cache"
    read = _reader(evidence, key.name, limits)
    judged = sumdb.judge(go_sum.lines, key, read, patterns=evidence.excluded, label=label, limits=limits)
    return SumdbReport(
        database=key.name, required=evidence.required, lines=judged.lines, faults=judged.faults
    )


def _reader(evidence: SumdbEvidence, name: str, limits: Limits) -> tlog.Read:
    """The caches by the names of the log's protocol; what is there and empty is not there, as in Go."""
    sizes = {sumdb.LATEST: limits.note_bytes, "tile": tlog.TILE_BYTES, "lookup": limits.sumdb_answer_bytes}

    def read(wanted: str) -> bytes | None:
        latest = wanted == sumdb.LATEST
        tree, folder = (evidence.heads, name) if latest else (evidence.cache, f"{CACHE}/{name}")
        if tree is None:
            return None
        limit = sizes[wanted.partition("/")[0]]
        for each in (wanted, *_wider(tree, folder, wanted)):
            if tree.exists(f"{folder}/{each}") and (data := tree.read(f"{folder}/{each}", limit)):
                return data
        return None

    return read


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
