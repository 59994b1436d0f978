"""Go's checksum database: what its transparency log says about the lines of an existing go.sum.

Source: golang.org/x/mod/sumdb/client.go (Lookup) for the order of the steps. The go command asks the database
only for lines that go.sum lacks; here the lines that are there are judged.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from attest.errors import AttestError, ReadError, ServiceError, VerificationError
from attest.go import note, tlog
from attest.go.gosum import GO_MOD_SUFFIX
from attest.go.module_path import escape_path, escape_version
from attest.go.sumdb_setting import is_excluded
from attest.model.limits import DEFAULT_LIMITS
from attest.model.merkle import audit_root
from attest.model.place import Place
from attest.model.source import SourceFault, SumdbHead, SumdbLine, SumdbProof

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from attest.model.limits import Limits
    from attest.model.module import GoSumLine, ModuleVersion
    from attest.model.source import SumdbStatus

_In = TypeVar("_In")
_Out = TypeVar("_Out")

LATEST: Final = "latest"
#: What nobody could give is missing evidence; what was given and is wrong is refused.
_MISSING: Final = (ReadError, ServiceError)
#: Of what several sources say of a line the gravest counts: no evidence against it is left aside.
_GRAVITY: Final[dict[SumdbStatus, int]] = {
    "excluded": 0,
    "unproven": 1,
    "proven": 2,
    "refused": 3,
    "contradicted": 4,
}
_HEAD_HINT: Final = "remove the file and let the go command fetch it again"
_FORK_HINT: Final = (
    "keep this report: size, root and signature of both trees prove that the database misbehaves, see "
    "https://go.dev/security/policy; trust nothing that it says until this is explained"
)


class Parallel(Protocol):
    """`map` for functions that may wait for the network: as `Executor.map`, several at once."""

    def __call__(self, function: Callable[[_In], _Out], values: Iterable[_In], /) -> Iterator[_Out]:
        """What the function gives for each value, in their order."""
        ...


def one_by_one(function: Callable[[_In], _Out], values: Iterable[_In], /) -> Iterator[_Out]:
    """`Parallel` for what waits for nothing."""
    return map(function, values)


def lookup_name(module: ModuleVersion, place: Place | None = None) -> str:
    """The name of the answer about a module; `FormatError` at `place` where it can have none."""
    path, version = escape_path(module.path, place=place), escape_version(module.version, place=place)
    return f"lookup/{path}@{version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeNote:
    """The signed note of a tree head as it was found in `file`; `hint` mends the file if it is damaged.

    The head of one that is `remembered` was verified in an earlier run.
    """

    file: str
    data: bytes
    hint: str = _HEAD_HINT
    remembered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the log's answers are.

    `read` gives what the log holds by its name in the protocol (a cache, the network); `label` is what
    messages call it, and `where` says so of a single thing, "" for the same. `notes` are tree heads known
    from elsewhere, `proofs` what portable proofs say about each module. With `linked` a line counts as proven
    only in a tree that is shown to agree with the remembered heads: whoever can be asked must show that.
    """

    read: tlog.Read
    label: str = "the log"
    where: Callable[[str], str] = lambda _: ""
    notes: tuple[TreeNote, ...] = ()
    proofs: Mapping[ModuleVersion, tuple[SumdbProof, ...]] = field(default_factory=dict)
    linked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """A tree head whose signature was verified, the note that states it and the file of that."""

    head: tlog.TreeHead
    note: bytes
    signature: str
    file: str

    def __str__(self) -> str:
        root = base64.b64encode(self.head.root).decode()
        return f"{self.head.size} records with the root {root} signed {self.signature} ({self.file})"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """An answer to a lookup: the record and the tree head that came with it, or why it does not count.

    `proof` is the portable proof that gave the answer, None where tiles must prove it.
    """

    record: tlog.Record | None = None
    signed: SignedHead | None = None
    proof: SumdbProof | None = None
    status: SumdbStatus = "unproven"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proven:
    """What became of an answer; `proof` can be carried elsewhere, None where none is wanted."""

    record: tlog.Record | None
    status: SumdbStatus
    reason: str = ""
    proof: SumdbProof | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The lines of go.sum in file order, and what is wrong with the database itself.

    `proofs` and `head` are as `attest.model.source.SumdbReport` has them.
    """

    lines: tuple[SumdbLine, ...]
    faults: tuple[SourceFault, ...]
    proofs: tuple[SumdbProof, ...] = ()
    head: SumdbHead | None = None


@dataclass(slots=True, kw_only=True)
class _Log:
    """The log behind `sources`, with what was read of it."""

    key: note.VerifierKey
    sources: Sources
    limits: Limits
    tiles: tlog.Tiles
    keep_proofs: bool
    anchors: list[tlog.TreeHead] = field(default_factory=list)
    readers: dict[tlog.TreeHead, tlog.TileReader] = field(default_factory=dict)
    compared: dict[tuple[tlog.TreeHead, tlog.TreeHead], bool | AttestError] = field(default_factory=dict)

    def reader(self, head: tlog.TreeHead) -> tlog.TileReader:
        return self.readers.setdefault(head, tlog.TileReader(head, self.tiles))

    def place(self, name: str) -> Place:
        return Place(file=f"{self.sources.where(name) or self.sources.label}/{name}")

    def signed(self, data: bytes, place: Place) -> SignedHead:
        opened = note.open_note(data, self.key, place, limits=self.limits)
        head = tlog.parse_tree(opened.text, place)
        return SignedHead(head=head, note=data, signature=opened.signature, file=str(place))

    def stored_answer(self, module: ModuleVersion) -> _Answer:
        """The answer that `read` gives about a module, with its note verified."""
        try:
            name = lookup_name(module, self.place(LATEST))
            data = self.sources.read(name)
            if not data:
                return _Answer(reason=f"{self.sources.label} has no answer about it")
        except AttestError as error:
            # What cannot be read, and what has no name in the log, is not there.
            return _Answer(reason=error.message)
        place = self.place(name)
        try:
            record = tlog.parse_record(data, place)
            return _Answer(record=record, signed=self.signed(record.note, place))
        except AttestError as error:
            return _Answer(status="refused", reason=str(error))

    def carried_answer(self, proof: SumdbProof) -> _Answer:
        """What a portable proof says, with its note verified."""
        record = tlog.Record(number=proof.number, text=proof.text, note=proof.note)
        try:
            return _Answer(record=record, signed=self.signed(proof.note, proof.place), proof=proof)
        except AttestError as error:
            return _Answer(status="refused", reason=str(error), proof=proof)

    def answers(self, module: ModuleVersion) -> tuple[_Answer, ...]:
        stored = self.stored_answer(module)
        carried = tuple(map(self.carried_answer, self.sources.proofs.get(module, ())))
        nothing = stored.record is None and stored.status == "unproven"
        return carried if carried and nothing else (*carried, stored)

    def prove(self, answer: _Answer, ordered: list[SignedHead]) -> _Proven:
        """Prove that the record of an answer is in the log."""
        if answer.record is None or answer.signed is None:
            return _Proven(record=None, status=answer.status, reason=answer.reason)
        if answer.proof is not None:
            return self._prove_carried(answer.record, answer.signed, answer.proof)
        return self._prove_by_tiles(answer.record, _candidates(answer.signed, ordered))

    def _prove_carried(self, record: tlog.Record, signed: SignedHead, proof: SumdbProof) -> _Proven:
        size = signed.head.size
        try:
            leaf = tlog.leaf_hash(record.text)
            root = audit_root(record.number, leaf, proof.hashes, size, hint=tlog.PROOF_HINT)
            if root != signed.head.root:
                message = f"the proof of record {record.number} does not lead to the tree of {size} records"
                raise VerificationError(f"{message} that was signed", place=proof.place)
            self._link(signed.head)
        except _MISSING as error:
            return _Proven(record=record, status="unproven", reason=error.message)
        except AttestError as error:
            return _Proven(record=record, status="refused", reason=f"{proof.place}: {error.message}")
        return _Proven(record=record, status="proven", proof=proof if self.keep_proofs else None)

    def _prove_by_tiles(self, record: tlog.Record, heads: Iterable[SignedHead]) -> _Proven:
        """Prove a record by the first of the heads whose tiles are there."""
        number = record.number
        found = _Proven(
            record=record, status="refused", reason=f"record {number} is in none of the signed trees"
        )
        for signed in heads:
            if number >= signed.head.size:
                continue
            reader = self.reader(signed.head)
            try:
                if reader.hash(0, number) != tlog.leaf_hash(record.text):
                    reason = f"the answer is not record {number} of the log"
                    return _Proven(record=record, status="refused", reason=reason)
                self._link(signed.head)
                return _Proven(record=record, status="proven", proof=self._portable(record, signed, reader))
            except _MISSING as error:
                found = _Proven(record=record, status="unproven", reason=error.message)
            except AttestError as error:
                return _Proven(record=record, status="refused", reason=error.message)
        return found

    def _portable(
        self, record: tlog.Record, signed: SignedHead, reader: tlog.TileReader
    ) -> SumdbProof | None:
        if not self.keep_proofs:
            return None
        return SumdbProof(
            number=record.number,
            text=record.text,
            hashes=reader.audit_path(record.number),
            note=signed.note,
            place=Place(file=signed.file),
        )

    def _link(self, head: tlog.TreeHead) -> None:
        """Show, where that is asked for, that a tree agrees with every remembered one.

        Raises as `agree`, and `VerificationError` where one does not.
        """
        for anchor in self.anchors if self.sources.linked else ():
            older, newer = sorted((head, anchor))
            what = f"the tree of {head.size} records is not shown to agree with the remembered one"
            try:
                agreed = self.agree(older, newer)
            except _MISSING as error:
                raise ReadError(f"{what} of {anchor.size}: {error.message}") from error
            if not agreed:
                message = f"the tree of {head.size} records contradicts the remembered one of {anchor.size}"
                raise VerificationError(message)

    def agree(self, older: tlog.TreeHead, newer: tlog.TreeHead) -> bool:
        """Tell whether a tree is a beginning of another.

        Raises what `attest.go.tlog.TileReader` and `read` raise.
        """
        if older.size == newer.size:
            return older == newer
        pair = older, newer
        if pair not in self.compared:
            try:
                self.compared[pair] = self.reader(newer).root_of(older.size) == older.root
            except AttestError as error:
                self.compared[pair] = error
        found = self.compared[pair]
        if isinstance(found, AttestError):
            raise found
        return found


def judge(
    lines: Iterable[GoSumLine],
    key: note.VerifierKey,
    sources: Sources,
    *,
    patterns: str = "",
    keep_proofs: bool = False,
    parallel: Parallel = one_by_one,
    limits: Limits = DEFAULT_LIMITS,
) -> Judgement:
    """Hold go.sum lines against the log whose tree heads `key` signs.

    `patterns` is GONOSUMDB. Nothing is raised for what `sources` give: every line gets a status with its
    reason. `keep_proofs` asks for `Judgement.proofs`.
    """
    tiles = tlog.Tiles(read=sources.read, label=sources.label)
    log = _Log(key=key, sources=sources, limits=limits, tiles=tiles, keep_proofs=keep_proofs)
    wanted = tuple(lines)
    asked = sorted({each.module for each in wanted if not is_excluded(each.module.path, patterns)})
    answers = list(parallel(log.answers, asked))
    heads = {each.signed.head: each.signed for group in answers for each in group if each.signed}
    faults: list[SourceFault] = []
    for signed in _stated(log, faults, ask=bool(asked)):
        heads.setdefault(signed.head, signed)
    ordered = [heads[each] for each in sorted(heads)]
    faults += _forks(log, ordered, parallel)
    proven = dict(
        zip(asked, parallel(lambda group: [log.prove(each, ordered) for each in group], answers), strict=True)
    )
    judged = [_line(line, proven.get(line.module, [])) for line in wanted]
    used = (each.proof for line, each in judged if line.status == "proven" and each)
    by_number = {proof.number: proof for proof in used if proof}
    return Judgement(
        lines=tuple(line for line, _ in judged),
        faults=tuple(faults),
        proofs=tuple(by_number[number] for number in sorted(by_number)),
        head=None if faults or not ordered else _head(log, ordered[-1]),
    )


def _stated(log: _Log, faults: list[SourceFault], *, ask: bool) -> Iterator[SignedHead]:
    """The tree heads that stand by themselves; into `faults` goes which of them do not verify."""
    notes = list(log.sources.notes)
    try:
        data = log.sources.read(LATEST) if ask else None
        if data:
            notes.append(TreeNote(file=str(log.place(LATEST)), data=data))
    except _MISSING:
        pass  # as good as not there; the heads of the answers are signed too
    except AttestError as error:
        place = error.place or log.place(LATEST)
        faults.append(SourceFault(message=error.message, place=place, hint=error.hint or _HEAD_HINT))
    for each in notes:
        try:
            signed = log.signed(each.data, Place(file=each.file))
        except AttestError as error:
            faults.append(SourceFault(message=error.message, place=Place(file=each.file), hint=each.hint))
            continue
        if each.remembered:
            log.anchors.append(signed.head)
        yield signed


def _candidates(own: SignedHead, ordered: list[SignedHead]) -> Iterator[SignedHead]:
    """The newest head, then the one that came with an answer, then all others that are larger than that.

    One tree for all of them needs the fewest tiles.
    """
    yield ordered[-1]
    yield own
    yield from (each for each in ordered[:-1] if each.head.size > own.head.size)


def _line(line: GoSumLine, found: list[_Proven]) -> tuple[SumdbLine, _Proven | None]:
    status: SumdbStatus = "excluded"
    reason, by = "GONOSUMDB or GOPRIVATE excludes it", None
    for each in found:
        said = each.status, each.reason
        if each.record and each.status == "proven":
            said = _compare(line, each.record)
        if by is None or _GRAVITY[said[0]] > _GRAVITY[status]:
            (status, reason), by = said, each
    judged = SumdbLine(module=line.module, kind=line.kind, status=status, reason=reason, place=line.place)
    return judged, by


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


def _head(log: _Log, newest: SignedHead) -> SumdbHead | None:
    """The newest head, where it is proven to continue every remembered one."""
    try:
        known = all(log.agree(anchor, newest.head) for anchor in log.anchors)
    except AttestError:
        return None  # what is not proven yet must not take the place of what was verified
    return SumdbHead(size=newest.head.size, note=newest.note) if known else None


def _forks(log: _Log, ordered: list[SignedHead], parallel: Parallel) -> list[SourceFault]:
    """Signed heads of which the older is no beginning of the newer; both are in the message.

    Each is compared with the newest, else with the next. Where the tiles for that are not there, nothing is
    said: an incomplete cache is no misbehaviour. Of several that contradict the same one the oldest is told.
    """
    faults: list[SourceFault] = []
    for size, group in groupby(ordered, key=lambda each: each.head.size):
        first, *others = group
        faults += [_fork(log, first, other, f"two trees of {size} records") for other in others]

    def compare(at: int) -> SourceFault | None:
        older = ordered[at]
        for newer in (ordered[-1], ordered[at + 1]):
            if newer.head.size == older.head.size:
                continue  # told above
            try:
                agreed = log.agree(older.head, newer.head)
            except _MISSING:
                continue
            except AttestError as error:
                place = Place(file=newer.file)
                return SourceFault(message=error.message, place=place, hint=error.hint or _FORK_HINT)
            return None if agreed else _fork(log, older, newer, "two trees that cannot both be true")
        return None

    by_place: dict[tuple[str, str], SourceFault] = {}
    for fault in parallel(compare, range(len(ordered) - 1)):
        if fault is not None:
            by_place.setdefault((fault.place.file, fault.hint), fault)
    return [*faults, *by_place.values()]


def _fork(log: _Log, older: SignedHead, newer: SignedHead, what: str) -> SourceFault:
    return SourceFault(
        message=f"{log.key.name} signed {what}: {older}, and {newer}",
        place=Place(file=newer.file),
        hint=_FORK_HINT,
    )
