"""Signing on a Sigstore instance: sign, have it stamped, keep it, have it logged, verify, keep it whole.

In this order, because an entry in a log is for ever: nothing is logged that could not be verified later, and
nothing that a crash could make anew. Source: the Sigstore client specification, "Signing".
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, FormatError, LimitError, ServiceError, VerificationError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.statement import IN_TOTO_PAYLOAD_TYPE, Envelope
from attest.signing.journal import Record, context_of, read_record, write_record
from attest.signing.requests import (
    CONFLICT,
    JSON_HEADERS,
    TIMESTAMP_HEADERS,
    entry_request,
    entry_url,
    existing_entry_url,
    existing_index,
    read_entry_answer,
    read_timestamp_answer,
    timestamp_request,
)
from attest.signing.tiles import Tiles, find_entry, repeats
from attest.trust.bundle import Bundle, MessageSignature, parse
from attest.trust.bundle_writer import write_bundle
from attest.trust.log import parse_checkpoint
from attest.trust.members import log_id_of, public_key_of
from attest.trust.roots import utc
from attest.trust.stamps import stamped_times
from attest.trust.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from attest.model.ports import Answer, Journal, Services
    from attest.model.statement import VerifiedBundle
    from attest.signing.configuration import Configuration, Service
    from attest.signing.credential import Credential, Credentials
    from attest.trust.bundle import LogEntry
    from attest.trust.log import Checkpoint

_HINT: Final = "try again; if it goes on, look at the status of the Sigstore instance"
_FRESH: Final = "the new signature"
_KIND: Final = ("hashedrekord", "0.0.2")
_OK: Final = 200
_ABSENT: Final = (403, 404, 410, 501)  # a log that does not serve its tiles
_VERSION_1, _VERSION_2 = 1, 2
_CHECKPOINTS: Final = 30  # seconds; public logs publish one every ten


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a run did to the logs.

    `entries` stand in the bundles. `again` requests were sent once more, because it was not known whether
    they had arrived. `doubled` entries are in a log beside those in the bundles; `unsure` may be.
    """

    entries: int = 0
    again: int = 0
    doubled: int = 0
    unsure: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What is signed: its key in the journal, its digest, and how it stands in a bundle."""

    key: str
    digest: bytes
    payload: bytes | None

    def content(self, signature: bytes) -> MessageSignature | Envelope:
        if self.payload is None:
            return MessageSignature(sha256=self.digest.hex(), signature=signature)
        return Envelope(payload=self.payload, payload_type=IN_TOTO_PAYLOAD_TYPE, signature=signature)


class LoggedSigner:
    """`attest.signing.signer.Signer` with a log and timestamps; one serves many threads.

    What `journal` kept of an earlier run is used again. `finish` forgets it, once all bundles are written.
    """

    def __init__(
        self,
        configuration: Configuration,
        credentials: Credentials,
        services: Services,
        *,
        now: Callable[[], datetime],
        journal: Journal | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._configuration = configuration
        self._credentials = credentials
        self._services = services
        self._now = now
        self._journal = journal
        self._limits = limits
        self._lock = threading.Lock()
        self._tallies: dict[str, Tally] = {}
        self._sizes: dict[str, int] | None = None
        self._context = context_of((configuration.sha256, *credentials.context))
        self._records: dict[str, Record] = {}
        self._settled: set[str] = set()  # what this run was asked for, or found written
        self.notes: list[str] = []
        self._check()
        self._recall()

    @property
    def tally(self) -> Tally:
        """What was done so far for what was asked of this one, also by the runs that it goes on with."""
        with self._lock:
            found = [each for key, each in self._tallies.items() if key in self._settled]
        return Tally(
            entries=sum(each.entries for each in found),
            again=sum(each.again for each in found),
            doubled=sum(each.doubled for each in found),
            unsure=sum(each.unsure for each in found),
        )

    @property
    def kept(self) -> int:
        """How many signatures the journal keeps."""
        return len(self._records)

    def sign_blob(self, sha256: str) -> bytes:
        """A bundle with a signature over the file with this SHA-256 (hexadecimal)."""
        work = _Work(key=f"file-{sha256}", digest=bytes.fromhex(sha256), payload=None)
        return self._told(f"sign sha256:{sha256}", work)

    def sign_statement(self, payload: bytes) -> bytes:
        """A bundle with a signed DSSE envelope around an in-toto statement."""
        signed = Envelope(payload=payload, payload_type=IN_TOTO_PAYLOAD_TYPE, signature=b"").signed_bytes
        digest = hashlib.sha256(signed).digest()
        return self._told(
            "sign a statement", _Work(key=f"statement-{digest.hex()}", digest=digest, payload=payload)
        )

    def made(self, found: VerifiedBundle) -> bool:
        """Tell whether this signer would make that verified bundle again: by whom, and how proven."""
        wanted = self._configuration
        enough = found.log_entries >= len(wanted.logs) and found.timestamps >= len(wanted.timestamping)
        return enough and self._credentials.same(found.signer)

    def written(self, bundles: Iterable[bytes]) -> None:
        """Say that these bundles stand where they belong, so that the journal need not keep them."""
        there = set(bundles)
        with self._lock:
            self._settled.update(key for key, each in self._records.items() if each.bundle in there)

    def finish(self) -> int:
        """Forget what was kept of everything that was asked for: every bundle is written.

        The rest, whose number is given, belongs to another command that was interrupted, which must find it
        again: what it had logged would otherwise be logged a second time, and nobody would know.
        """
        if self._journal is None:
            return 0
        with self._lock:
            done = [each for key, each in self._records.items() if key in self._settled]
            self._journal.remove([each.name for each in done])
            for each in done:
                del self._records[each.key]
            return len(self._records)

    # before

    def _check(self) -> None:
        """Refuse what could only fail after something was logged."""
        configuration, root = self._configuration, self._configuration.root
        certificate = self._credentials.context[0] == "certificate"
        place = Place(file=root.file)
        hint = "give the configuration of one instance: its services and its trusted root"
        timed = bool(configuration.timestamping) or any(
            each.version == _VERSION_1 for each in configuration.logs
        )
        if certificate and not timed:
            raise FormatError(
                "nothing would prove when it was signed: the signing configuration has no timestamp"
                " authority",
                place=place,
                hint=hint,
            )
        if certificate and root.logs and not configuration.logs:
            raise FormatError(
                "the trusted root wants a log entry, and the signing configuration has no transparency log",
                place=place,
                hint=hint,
            )

    def _recall(self) -> None:
        """Read what an earlier run kept; what cannot be read is set aside and told."""
        if self._journal is None:
            return
        others = 0
        for name, data in sorted(self._journal.read().items()):
            try:
                record = read_record(data, name, self._limits)
            except (FormatError, LimitError) as error:
                aside = self._journal.set_aside(name)
                self.notes.append(
                    f"the signing journal has a record that cannot be read, now {aside}: {error.message}"
                )
                continue
            if record.context == self._context:
                self._records[record.key] = record
                self._count(record.key, doubled=record.doubled, unsure=record.unsure)
            else:
                others += 1
        if others:
            self.notes.append(
                f"{self._journal.where} keeps {others} signatures of another identity, key or configuration,"
                " which are left alone"
            )

    # one signature

    def _told(self, doing: str, work: _Work) -> bytes:
        try:
            return self._sign(work)
        except ServiceError as error:
            raise ServiceError(f"cannot {doing}: {error.message}", hint=error.hint) from error
        except (FormatError, LimitError, VerificationError) as error:
            raise ServiceError(
                f"cannot {doing}: the services' answers make no valid bundle: {error}", hint=_HINT
            ) from error

    def _sign(self, work: _Work) -> bytes:
        with self._lock:
            self._settled.add(work.key)
        record, credential = self._resumed(work)
        if record is not None and record.bundle:
            self._count(work.key, entries=len(self._configuration.logs))
            return record.bundle
        resumed = record is not None
        if record is None or credential is None:
            record, credential = self._signed(work)
        made = self._bundled(work, record, credential, (), resumed=resumed)
        if made is None:  # logged by an earlier run, and the log does not show it: that entry is lost
            record, credential = self._signed(work)
            made = self._bundled(work, record, credential, (), resumed=False)
        if made is None:
            raise ServiceError("the log has an entry that it does not show", hint=_HINT)
        data = write_bundle(made)
        self._verify(work, data)
        found = self._count(work.key, entries=len(made.log_entries))
        self._keep(replace(record, bundle=data, doubled=found.doubled, unsure=found.unsure))
        return data

    def _resumed(self, work: _Work) -> tuple[Record | None, Credential | None]:
        """What an earlier run kept of this, where it can still be used, and who signed it."""
        record = self._records.get(work.key)
        if record is None:
            return None, None
        credential = self._credentials.of(record.certificate)
        try:
            if record.bundle:
                self._verify(work, record.bundle)
                return record, credential
            if credential is not None and self._usable(work, record, credential):
                return record, credential
        except AttestError:
            pass  # damaged, or made on a trusted root that has changed
        if not record.bundle:
            self._count(work.key, unsure=len(self._configuration.logs))
        return None, None

    def _usable(self, work: _Work, record: Record, credential: Credential) -> bool:
        """Whether a kept signature is one of this, and can still be logged.

        Rekor 1 writes its own time into an entry, which must lie in the life of the certificate.
        """
        if credential.certificate is not None:
            key = public_key_of(credential.certificate, _FRESH)
            late = self._now() > credential.certificate.not_valid_after_utc
            if late and any(each.version == _VERSION_1 for each in self._configuration.logs):
                return False
        else:
            key = self._credentials.trust.keys[0].key
        if len(record.timestamps) != len(self._configuration.timestamping):
            return False
        self._check_stamps(work, record, credential)
        return key.verifies_digest(record.signature, work.digest)

    def _signed(self, work: _Work) -> tuple[Record, Credential]:
        """A new signature with its timestamps, kept before anybody else sees it."""
        credential = self._credentials.current()
        signature = credential.sign(work.digest)
        before = self._count(work.key)
        record = Record(
            context=self._context,
            key=work.key,
            signature=signature,
            certificate=credential.by.der if credential.certificate else b"",
            timestamps=tuple(self._stamp(each, signature) for each in self._configuration.timestamping),
            sizes=self._log_sizes(),
            doubled=before.doubled,
            unsure=before.unsure,
        )
        self._check_stamps(work, record, credential)
        self._keep(record)
        return record, credential

    def _stamp(self, service: Service, signature: bytes) -> bytes:
        body, nonce = timestamp_request(signature)
        limit = self._limits.trusted_root_bytes
        answer = self._services.post(service.url, body, TIMESTAMP_HEADERS, limit)
        return read_timestamp_answer(service, answer, nonce)

    def _check_stamps(self, work: _Work, record: Record, credential: Credential) -> None:
        """The timestamps are by trusted authorities, and the certificate was valid then."""
        bundle = _bundle(work, record, credential, ())
        times, _ = stamped_times(bundle, self._configuration.root)
        certificate = credential.certificate
        for time in times:
            if certificate is not None and not (
                certificate.not_valid_before_utc <= time <= certificate.not_valid_after_utc
            ):
                raise VerificationError(f"it was stamped at {utc(time)}, when its certificate was not valid")

    def _keep(self, record: Record) -> None:
        if self._journal is not None:
            self._journal.put(record.name, write_record(record))
        with self._lock:
            self._records[record.key] = record

    def _verify(self, work: _Work, data: bytes) -> None:
        digests = None if work.payload is not None else {work.digest.hex()}
        bundle = parse(data, _FRESH, self._limits)
        found = verify(bundle, digests=digests, trust=self._credentials.trust, now=self._now())
        if found.statement is not None and found.statement.payload != work.payload:
            raise VerificationError("it is about another statement")

    def _count(
        self, key: str, *, entries: int = 0, again: int = 0, doubled: int = 0, unsure: int = 0
    ) -> Tally:
        """Add to what was done for one signature; all of that."""
        with self._lock:
            before = self._tallies.get(key, Tally())
            self._tallies[key] = now = Tally(
                entries=before.entries + entries,
                again=before.again + again,
                doubled=before.doubled + doubled,
                unsure=before.unsure + unsure,
            )
        return now

    # the log

    def _bundled(
        self,
        work: _Work,
        record: Record,
        credential: Credential,
        entries: tuple[LogEntry, ...],
        *,
        resumed: bool,
    ) -> Bundle | None:
        """The bundle with an entry of each log; None where a log has one that it does not show."""
        for service in self._configuration.logs:
            entry = self._log(service, work, record, credential, resumed=resumed)
            if entry is None:
                return None
            entries = (*entries, entry)
        return _bundle(work, record, credential, entries)

    def _log(
        self, service: Service, work: _Work, record: Record, credential: Credential, *, resumed: bool
    ) -> LogEntry | None:
        digest = work.digest
        body = entry_request(service, work.content(record.signature), digest, credential.by)
        limit = self._limits.service_answer_bytes
        answer = self._services.post(entry_url(service), body, JSON_HEADERS, limit)
        again = resumed or answer.repeated
        self._count(work.key, again=again)
        if answer.status == CONFLICT:
            entry = self._existing(service, answer)
            if entry is None:
                self._count(work.key, doubled=1)
                return None
        else:
            entry = read_entry_answer(service, answer, self._limits)
        if again and service.version == _VERSION_2:
            # Even a log that knows its entry again may have forgotten an older one when it was started anew.
            self._count_repeats(work, service, entry, dict(record.sizes).get(service.url))
        return entry

    def _existing(self, service: Service, answer: Answer) -> LogEntry | None:
        """The equivalent entry that a log has already; None where it does not show it."""
        if service.version == _VERSION_1:
            url = existing_entry_url(service, answer.headers)
            if url is not None:
                found = self._services.get(url, self._limits.service_answer_bytes)
                return read_entry_answer(service, found, self._limits)
        else:
            index = existing_index(answer.headers)
            opened = self._tiles(service, index) if index is not None else None
            if index is not None and opened is not None:
                tiles, checkpoint, note = opened
                return find_entry(tiles, index, checkpoint, note, self._log_id(checkpoint), _KIND)
        return None

    def _tiles(self, service: Service, index: int = -1) -> tuple[Tiles, Checkpoint, str] | None:
        """What a log of tiles shows of itself; None where it shows nothing here.

        A log may tell of an entry (`index`) before it publishes the checkpoint with it, which is waited for.
        """
        opened = self._published(service)
        for _ in range(_CHECKPOINTS):
            if opened is None or opened[1].size > index:
                break
            self._services.wait(1)
            opened = self._published(service)
        return opened

    def _published(self, service: Service) -> tuple[Tiles, Checkpoint, str] | None:
        answer = self._services.get(f"{service.url}/api/v2/checkpoint", self._limits.note_bytes)
        if answer.status in _ABSENT:
            return None
        if answer.status != _OK:
            raise ServiceError(f"{service.host} answered {answer.status} for its checkpoint", hint=_HINT)
        note = answer.body.decode("utf-8", "replace")
        checkpoint = parse_checkpoint(note, service.host, self._limits)

        def read(path: str) -> bytes | None:
            limit = self._limits.log_entries_bytes
            found = self._services.get(f"{service.url}/api/v2/{path}", limit)
            return found.body if found.status == _OK else None

        return Tiles(read, checkpoint.size), checkpoint, note

    def _log_id(self, checkpoint: Checkpoint) -> bytes:
        """The log of the trusted root that signed the checkpoint, by the hint of its signature."""
        hints = {hint for name, hint, _ in checkpoint.signatures if name == checkpoint.origin}
        for each in self._configuration.root.logs:
            identifier = log_id_of(each, self._configuration.root)
            if identifier[:4] in hints:
                return identifier
        raise VerificationError("the checkpoint is signed by no log of the trusted root")

    def _log_sizes(self) -> tuple[tuple[str, int], ...]:
        """How many entries the logs of tiles have before anything is sent, where they tell."""
        with self._lock:
            if self._sizes is None:
                self._sizes = {}
                for service in self._configuration.logs:
                    if service.version == _VERSION_2:
                        opened = self._tiles(service)
                        if opened is not None:
                            self._sizes[service.url] = opened[1].size
            return tuple(sorted(self._sizes.items()))

    def _count_repeats(self, work: _Work, service: Service, entry: LogEntry, size: int | None) -> None:
        """Find out whether a request that was sent again made two entries."""
        opened = self._tiles(service, entry.log_index) if size is not None else None
        if opened is None or size is None:
            self._count(work.key, unsure=1)
        else:
            self._count(work.key, doubled=repeats(opened[0], entry, size))


def _bundle(work: _Work, record: Record, credential: Credential, entries: tuple[LogEntry, ...]) -> Bundle:
    return Bundle(
        file=_FRESH,
        version="0.3",
        content=work.content(record.signature),
        key_hint=credential.hint,
        certificates=(credential.by.der,) if credential.certificate else (),
        log_entries=entries,
        timestamps=record.timestamps,
    )
