"""Services that fail while a release is signed: what is in the log in the end, and in the journal."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from attest.app.sign import configuration_of, logged_signing, sign_files
from attest.cli.main import run
from attest.edge.journal import JournalFolder
from attest.errors import ServiceError
from attest.signing.logged import Tally
from attest.trust import keys, roots
from attest.trust.bundle import parse
from attest.trust.verify import TrustStore, verify
from tests.sigstack.signers import SOON, calls, connect, utc_now
from tests.sigstack.stack import CERTIFICATES, ENTRIES, OLD_ENTRIES, TIMESTAMPS, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.sigstack.stack import Sigstack

FILES = {f"f{number}": hashlib.sha256(b"%d" % number).hexdigest() for number in range(12)}
ONE = {"f": hashlib.sha256(b"content").hexdigest()}
PATIENT = replace(SOON, attempts=8)


def journal(tmp_path: Path) -> JournalFolder:
    return JournalFolder(folder=tmp_path / "dist.attest-journal")


def check(stack: Sigstack, made: Mapping[str, bytes], files: Mapping[str, str]) -> None:
    trust = TrustStore(roots=roots.parse(stack.trust_config(), "own", "trust.json"))
    assert sorted(made) == sorted(f"{name}.sigstore.json" for name in files)
    for name, sha256 in files.items():
        bundle = parse(made[f"{name}.sigstore.json"], name)
        found = verify(bundle, digests={sha256}, trust=trust, now=datetime.now(UTC))
        assert (found.log_entries, found.timestamps) == (1, 1)


@pytest.mark.parametrize("path", [CERTIFICATES, TIMESTAMPS, ENTRIES])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500),
        Fault(status=429, retry_after="1"),
        Fault(status=503, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"),
        Fault(status=429, retry_after="soon"),
        Fault(),
    ],
)
def test_a_service_that_fails_now_and_then(sigstack: Sigstack, path: str, fault: Fault) -> None:
    before = len(sigstack.log.leaves)
    sigstack.faults[path] = [fault] * 3
    signer = connect(sigstack, patience=PATIENT)
    check(sigstack, sign_files(signer, FILES, width=4), FILES)
    assert not sigstack.faults[path]
    assert len(sigstack.log.leaves) == before + len(FILES)
    assert signer.tally.doubled == signer.tally.unsure == 0


def test_a_storm_of_refusals_is_waited_out(sigstack: Sigstack) -> None:
    before = len(sigstack.log.leaves)
    sigstack.faults = {path: [Fault(status=429, retry_after="1")] * 20 for path in (ENTRIES, TIMESTAMPS)}
    signer = connect(sigstack, patience=replace(SOON, attempts=50))
    check(sigstack, sign_files(signer, FILES, width=8), FILES)
    assert len(sigstack.log.leaves) == before + len(FILES)
    assert signer.tally == Tally(entries=len(FILES))


@pytest.mark.parametrize("status", [0, 502])
def test_an_answer_that_is_lost_after_the_entry_was_made(sigstack: Sigstack, status: int) -> None:
    """The log answers the repeated request with the index of its entry, which is read from its tiles."""
    before = len(sigstack.log.leaves)
    sigstack.faults[ENTRIES] = [Fault(status=status, late=True)] * 5
    signer = connect(sigstack, patience=PATIENT)
    check(sigstack, sign_files(signer, FILES, width=3), FILES)
    assert len(sigstack.log.leaves) == before + len(FILES)
    assert signer.tally.entries == len(FILES)
    assert signer.tally.again >= 1
    assert signer.tally.doubled == signer.tally.unsure == 0


def test_a_log_that_does_not_know_its_entries_again(sigstack: Sigstack) -> None:
    """What it has twice is counted from its tiles, to the entry."""
    sigstack.deduplicates = False
    before = len(sigstack.log.leaves)
    sigstack.faults[ENTRIES] = [Fault(late=True), Fault(late=True), Fault()]
    signer = connect(sigstack, patience=PATIENT)
    check(sigstack, sign_files(signer, FILES, width=3), FILES)
    assert signer.tally.doubled == 2
    assert len(sigstack.log.leaves) == before + len(FILES) + 2


def test_a_log_that_forgets_one_entry_and_knows_the_next(
    sigstack: Sigstack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started anew between them, it answers with the second; the first is counted all the same."""
    create = sigstack.log.create

    def forgetful(request: dict[str, Any]) -> dict[str, Any]:
        made = create(request)
        sigstack.deduplicates = len(sigstack.log.leaves) - before == 2
        return made

    before = len(sigstack.log.leaves)
    sigstack.deduplicates = False
    monkeypatch.setattr(sigstack.log, "create", forgetful)
    sigstack.faults[ENTRIES] = [Fault(late=True)] * 2
    signer = connect(sigstack, patience=PATIENT)
    check(sigstack, sign_files(signer, ONE), ONE)
    assert len(sigstack.log.leaves) == before + 2
    assert signer.tally == Tally(entries=1, again=1, doubled=1)


def test_what_a_run_found_twice_is_told_by_those_that_go_on(sigstack: Sigstack, tmp_path: Path) -> None:
    sigstack.deduplicates = False
    sigstack.faults[ENTRIES] = [Fault(late=True)]
    signer = connect(sigstack, patience=PATIENT, journal=journal(tmp_path))
    check(sigstack, sign_files(signer, ONE), ONE)
    assert signer.tally == Tally(entries=1, again=1, doubled=1)
    for _ in range(2):
        signer = connect(sigstack, journal=journal(tmp_path))
        assert signer.tally == Tally()
        check(sigstack, sign_files(signer, ONE), ONE)
        assert signer.tally == Tally(entries=1, doubled=1)


@pytest.mark.parametrize("late", [0, 2, 100])
def test_an_entry_that_the_log_knows_before_it_shows_it(
    sigstack: Sigstack, monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    """Its checkpoint comes once in a while: it is waited for, though not for ever."""
    resource, old = sigstack.log.resource, sigstack.log.resource("checkpoint")
    left = [late + 1]  # the first is read before anything is signed

    def lagging(path: str) -> bytes | None:
        if path == "checkpoint" and left[0]:
            left[0] -= 1
            return old
        return resource(path)

    monkeypatch.setattr(sigstack.log, "resource", lagging)
    sigstack.faults[ENTRIES] = [Fault(late=True)]
    waits: list[float] = []
    services = replace(calls(PATIENT), sleep=waits.append)
    config = configuration_of(sigstack.trust_config(), "trust.json", utc_now())
    signing = logged_signing(config, sigstack.token(), services, now=utc_now)
    if late == 100:
        with pytest.raises(ServiceError, match="the log told of entry"):
            signing.signer.sign_blob(ONE["f"])
        assert waits.count(1) == 30
        return
    made = {"f.sigstore.json": signing.signer.sign_blob(ONE["f"])}
    check(sigstack, made, ONE)
    assert waits.count(1) == late


def test_a_log_that_shows_nothing(sigstack: Sigstack) -> None:
    """What cannot be found out is told as what it is: at most so many."""
    sigstack.shows = False
    sigstack.deduplicates = False
    sigstack.faults[ENTRIES] = [Fault(late=True)]
    signer = connect(sigstack, patience=PATIENT)
    check(sigstack, sign_files(signer, ONE), ONE)
    assert signer.tally == Tally(entries=1, again=1, unsure=1)
    sigstack.deduplicates = True
    sigstack.faults[ENTRIES] = [Fault(late=True)]
    signer = connect(sigstack, patience=PATIENT)
    check(sigstack, sign_files(signer, ONE), ONE)
    assert signer.tally == Tally(entries=1, again=1, doubled=1)


def test_a_log_that_dies_in_the_middle(sigstack: Sigstack, tmp_path: Path) -> None:
    """The same command goes on: what was signed is sent again, and every file has one entry."""
    files = {f"f{number}": hashlib.sha256(b"%d" % number).hexdigest() for number in range(100)}
    before = len(sigstack.log.leaves)
    signer = connect(sigstack, journal=journal(tmp_path))
    first = dict(list(files.items())[:40])
    sign_files(signer, first, width=10)
    sigstack.faults[ENTRIES] = [Fault(late=True)] * 3
    sigstack.failing.add(ENTRIES)
    with pytest.raises(ServiceError, match=r"cannot sign sha256:[0-9a-f]{64}: (cannot reach )?localhost"):
        sign_files(signer, files, width=10)
    # A request that is repeated at once may meet the fault that was meant for another one.
    assert before + 40 < len(sigstack.log.leaves) <= before + 40 + 3
    sigstack.reset()
    signer = connect(sigstack, journal=journal(tmp_path))
    made = sign_files(signer, files, width=10)
    check(sigstack, made, files)
    assert len(sigstack.log.leaves) == before + 100
    assert signer.tally.entries == 100
    assert signer.tally.doubled == signer.tally.unsure == 0
    signer.finish()
    assert not journal(tmp_path).folder.exists()


def test_an_authority_for_timestamps_that_is_down(sigstack: Sigstack, tmp_path: Path) -> None:
    before = len(sigstack.log.leaves)
    sigstack.failing.add(TIMESTAMPS)
    with pytest.raises(ServiceError, match="answered 500"):
        sign_files(connect(sigstack, journal=journal(tmp_path)), FILES, width=4)
    assert len(sigstack.log.leaves) == before
    assert journal(tmp_path).read() == {}


def keep_one(stack: Sigstack, folder: JournalFolder) -> None:
    """A journal with a signature that was logged, and whose answer was lost."""
    stack.faults[ENTRIES] = [Fault(late=True)]
    stack.failing.add(ENTRIES)
    with pytest.raises(ServiceError):
        sign_files(connect(stack, journal=folder), ONE)
    stack.reset()
    assert len(folder.read()) == 1


def test_the_journal_holds_no_secret(sigstack: Sigstack, tmp_path: Path) -> None:
    keep_one(sigstack, journal(tmp_path))
    ((name, data),) = journal(tmp_path).read().items()
    record = json.loads(data)
    assert sorted(record) == [
        "bundle", "certificate", "context", "doubled", "key", "schema", "signature", "sizes",
        "timestamps", "unsure",
    ]  # fmt: skip
    assert record["key"] == f"file-{ONE['f']}"
    assert record["bundle"] == ""
    assert name.startswith(record["key"])


def test_a_journal_of_another_identity_or_configuration_is_not_used(
    sigstack: Sigstack, tmp_path: Path
) -> None:
    keep_one(sigstack, journal(tmp_path))
    before = journal(tmp_path).read()
    others = (
        connect(sigstack, {"sub": "bob", "email": "bob@example.com"}, journal=journal(tmp_path)),
        connect(sigstack, config=sigstack.trust_config() + b"\n", journal=journal(tmp_path)),
    )
    for signer in others:
        assert signer.kept == 0
        assert "keeps 1 signatures of another identity, key or configuration" in signer.notes[0]
        logged = len(sigstack.log.leaves)
        check(sigstack, sign_files(signer, ONE), ONE)
        assert len(sigstack.log.leaves) == logged + 1
        signer.finish()
        assert journal(tmp_path).read() == before


def test_another_command_leaves_what_an_interrupted_one_logged(sigstack: Sigstack, tmp_path: Path) -> None:
    """Else the interrupted command, run again, would log a second entry, and nobody would know."""
    keep_one(sigstack, journal(tmp_path))
    logged = len(sigstack.log.leaves)
    other = connect(sigstack, journal=journal(tmp_path))
    check(sigstack, sign_files(other, {"g": FILES["f1"]}), {"g": FILES["f1"]})
    assert other.tally == Tally(entries=1)
    assert other.finish() == 1
    again = connect(sigstack, journal=journal(tmp_path))
    check(sigstack, sign_files(again, ONE), ONE)
    assert again.tally == Tally(entries=1, again=1)
    assert again.finish() == 0
    assert len(sigstack.log.leaves) == logged + 1
    assert not journal(tmp_path).folder.exists()


@pytest.mark.parametrize("changed", [False, True])
def test_a_crash_after_the_bundle_was_written(
    sigstack: Sigstack, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, changed: bool
) -> None:
    file, config, token = tmp_path / "f", tmp_path / "trust.json", tmp_path / "token"
    file.write_text("content")
    config.write_bytes(sigstack.trust_config())
    token.write_text(sigstack.token())
    folder = JournalFolder(folder=tmp_path / "f.attest-journal")
    made = sign_files(connect(sigstack, journal=folder), ONE)
    (tmp_path / "f.sigstore.json").write_bytes(made["f.sigstore.json"])
    logged = len(sigstack.log.leaves)
    if changed:
        file.write_text("other content")
        (tmp_path / "f.sigstore.json").unlink()
    words = ["sign", str(file), "--trust-config", str(config), "--identity-token", str(token)]
    assert run(words) == 0
    told = capsys.readouterr().err
    assert ("the signing journal keeps 1 signatures that this command did not need" in told) == changed
    assert folder.folder.exists() == changed
    assert len(sigstack.log.leaves) == logged + changed


def test_a_journal_that_is_damaged(sigstack: Sigstack, tmp_path: Path) -> None:
    keep_one(sigstack, journal(tmp_path))
    (file,) = journal(tmp_path).folder.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    signer = connect(sigstack, journal=journal(tmp_path))
    assert f"has a record that cannot be read, now {file.with_suffix('.unreadable')}" in signer.notes[0]
    check(sigstack, sign_files(signer, ONE), ONE)
    signer.finish()
    assert [each.suffix for each in journal(tmp_path).folder.iterdir()] == [".unreadable"]


@pytest.mark.parametrize("member", ["signature", "certificate", "timestamps"])
def test_a_journal_that_was_changed(sigstack: Sigstack, tmp_path: Path, member: str) -> None:
    keep_one(sigstack, journal(tmp_path))
    (file,) = journal(tmp_path).folder.iterdir()
    record = json.loads(file.read_bytes())
    record[member] = ["AAAA"] if member == "timestamps" else "AAAA"
    file.write_text(json.dumps(record))
    signer = connect(sigstack, journal=journal(tmp_path))
    check(sigstack, sign_files(signer, ONE), ONE)
    assert signer.tally == Tally(entries=1, unsure=1)


def test_certificates_are_renewed_before_they_end(sigstack: Sigstack) -> None:
    late = timedelta()
    signer = connect(sigstack, token=sigstack.token(lifetime=5000), now=lambda: datetime.now(UTC) + late)
    names = iter(FILES.values())
    signer.sign_blob(next(names))
    late = timedelta(minutes=7)
    signer.sign_blob(next(names))
    assert sigstack.calls.count(CERTIFICATES) == 1
    # Two minutes before its end is too late; the clocks of all services go with that of this run.
    late = timedelta(minutes=8, seconds=5)
    sigstack.authority.backdated = -late
    sigstack.timestamps.offset = late
    signer.sign_blob(next(names))
    signer.sign_blob(next(names))
    assert sigstack.calls.count(CERTIFICATES) == 2


def test_a_token_that_ends_before_the_certificate_can_be_renewed(sigstack: Sigstack) -> None:
    late = [timedelta()]
    signer = connect(sigstack, token=sigstack.token(lifetime=60), now=lambda: datetime.now(UTC) + late[0])
    signer.sign_blob(ONE["f"])
    late[0] = timedelta(minutes=9)
    with pytest.raises(
        ServiceError, match=r"the signing certificate ends at .*Z, and the identity token has"
    ):
        signer.sign_blob(FILES["f1"])


@pytest.mark.parametrize("kind", ["p256", "rsa-2048"])
@pytest.mark.parametrize("version", [1, 2])
def test_a_key_whose_signatures_are_logged(sigstack: Sigstack, kind: str, version: int) -> None:
    """RSA signs the same twice: the log has the entry, and shows it."""
    sigstack.version = version
    key = keys.generate(kind)
    config = configuration_of(sigstack.trust_config(), "trust.json", utc_now())
    for _ in range(2):
        signing = logged_signing(config, key, calls(), now=utc_now)
        data = signing.signer.sign_blob(ONE["f"])
        found = verify(parse(data, "b"), digests={ONE["f"]}, trust=signing.trust, now=utc_now())
        assert (found.signer.key_sha256, found.log_entries) == (key.public.sha256, 1)


@pytest.mark.parametrize("lost", [False, True])
def test_an_older_log(sigstack: Sigstack, tmp_path: Path, *, lost: bool) -> None:
    """Rekor 1 answers a repeated request with the place of its entry."""
    sigstack.version = 1
    before = len(sigstack.old_log.bodies)
    if lost:
        sigstack.faults[OLD_ENTRIES] = [Fault(late=True), Fault(status=500)]
    signer = connect(sigstack, patience=PATIENT, journal=journal(tmp_path))
    check(sigstack, sign_files(signer, FILES, width=3), FILES)
    assert len(sigstack.old_log.bodies) == before + len(FILES)
    assert signer.tally.doubled == signer.tally.unsure == 0


def test_kill_at_any_moment(sigstack: Sigstack, tmp_path: Path) -> None:
    """The same command, killed again and again, ends with one entry and one whole bundle for each file."""
    dist, config, count = tmp_path / "dist", tmp_path / "trust.json", 60
    dist.mkdir()
    for number in range(count):
        (dist / f"f{number}").write_text(f"content {number}")
    sigstack.interval = 0.02
    config.write_bytes(sigstack.trust_config())
    (tmp_path / "token").write_text(sigstack.token())
    before = len(sigstack.log.leaves)
    words = ["sign", str(dist), "--trust-config", str(config), "--identity-token", str(tmp_path / "token")]
    command = [sys.executable, "-m", "attest", *words]
    chance = random.Random(7)  # noqa: S311 - moments, not secrets
    logged = set()
    for _ in range(20):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        left = before + count - len(sigstack.log.leaves)
        until = len(sigstack.calls) + chance.randrange(2 * left + 2)
        while process.poll() is None and len(sigstack.calls) <= until:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.03))
        process.kill()
        process.wait()
        logged.add(len(sigstack.log.leaves) - before)
        for bundle in dist.glob("*.sigstore.json"):
            parse(bundle.read_bytes(), bundle.name)
    assert len(logged & set(range(1, count))) >= 3  # it was killed in the middle
    assert run(words) == 0
    made = {each.name: each.read_bytes() for each in dist.glob("*.sigstore.json")}
    files = {
        each.name: hashlib.sha256(each.read_bytes()).hexdigest()
        for each in dist.iterdir()
        if each.suffix != ".json"
    }
    check(sigstack, made, files)
    assert len(files) == count
    assert len(sigstack.log.leaves) == before + count
    assert [each.name for each in tmp_path.iterdir() if "journal" in each.name] == []
