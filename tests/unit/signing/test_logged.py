"""What is refused before anything is asked, and what is done once however often it is wanted."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from attest.app.sign import configuration_of, logged_signing, sign_files
from attest.errors import FormatError, ServiceError
from attest.intoto import statement
from attest.model.limits import DEFAULT_LIMITS
from attest.model.ports import Answer
from attest.model.statement import SPDX_PREDICATE, Subject
from attest.signing.external import ExternalKey
from attest.signing.logged import Tally
from attest.trust import keys
from tests.fakes import MemoryJournal, MemoryKey, MemoryServices
from tests.sigstack.instance import EMAIL_CLAIMS
from tests.sigstack.signers import calls, connect, utc_now
from tests.sigstack.stack import CERTIFICATES, ENTRIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.sigstack.stack import Sigstack

SHA256 = hashlib.sha256(b"content").hexdigest()
STATEMENT = statement.build([Subject(name="w", sha256=SHA256)], SPDX_PREDICATE, {})


def changed(stack: Sigstack, change: Callable[[dict[str, Any]], object]) -> bytes:
    config = json.loads(stack.trust_config())
    change(config["signingConfig"])
    return json.dumps(config).encode()


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (("caUrls",), "has no certificate authority that is valid now"),
        (("tsaUrls", "tsaConfig"), "nothing would prove when it was signed"),
        (("rekorTlogUrls", "rekorTlogConfig"), "the trusted root wants a log entry"),
    ],
)
def test_a_configuration_that_lacks_a_service(sigstack: Sigstack, gone: tuple[str, ...], said: str) -> None:
    config = changed(sigstack, lambda each: [each.pop(name) for name in gone])
    with pytest.raises(FormatError, match=said) as caught:
        connect(sigstack, config=config)
    assert caught.value.hint
    assert sigstack.calls == []


def test_a_key_needs_neither_log_nor_timestamp(sigstack: Sigstack) -> None:
    config = changed(sigstack, lambda each: [each.pop(name) for name in list(each) if name != "mediaType"])
    configuration = configuration_of(config, "t", utc_now())
    signing = logged_signing(configuration, keys.generate(), MemoryServices(), now=utc_now)
    material = json.loads(signing.signer.sign_blob(SHA256))["verificationMaterial"]
    assert list(material) == ["publicKey"]


def test_an_older_log_proves_the_time(sigstack: Sigstack) -> None:
    sigstack.version = 1
    config = changed(sigstack, lambda each: [each.pop(name) for name in ("tsaUrls", "tsaConfig")])
    data = connect(sigstack, config=config).sign_statement(STATEMENT)
    (entry,) = json.loads(data)["verificationMaterial"]["tlogEntries"]
    assert entry["kindVersion"] == {"kind": "dsse", "version": "0.0.1"}
    assert int(entry["integratedTime"]) > 0


def test_a_certificate_for_another_key(sigstack: Sigstack) -> None:
    leaf = sigstack.authority.issue(
        ec.generate_private_key(ec.SECP256R1()).public_key(), {**EMAIL_CLAIMS, "iss": sigstack.issuer}
    )
    pems = [each.public_bytes(Encoding.PEM).decode() for each in (leaf, sigstack.authority.certificate)]
    body = json.dumps({"signedCertificateEmbeddedSct": {"chain": {"certificates": pems}}}).encode()
    services = MemoryServices({f"{sigstack.url}{CERTIFICATES}": [Answer(201, body, {})]})
    configuration = configuration_of(sigstack.trust_config(), "t", utc_now())
    signing = logged_signing(configuration, sigstack.token(), services, now=utc_now)
    with pytest.raises(
        ServiceError, match=r"cannot get a signing certificate: localhost:\d+ certified another"
    ):
        signing.signer.sign_blob(SHA256)


def test_what_a_crash_left_whole_is_not_asked_for_again(sigstack: Sigstack) -> None:
    journal = MemoryJournal()
    signer = connect(sigstack, journal=journal)
    made = signer.sign_blob(SHA256), signer.sign_statement(STATEMENT)
    assert len(journal.files) == 2
    sigstack.calls.clear()
    again = connect(sigstack, journal=journal)
    assert again.kept == 2
    assert (again.sign_blob(SHA256), again.sign_statement(STATEMENT)) == made
    assert sigstack.calls == []
    assert again.tally == Tally(entries=2)
    again.finish()
    assert journal.files == {}


def test_a_bundle_of_the_journal_that_does_not_verify_is_made_anew(sigstack: Sigstack) -> None:
    journal = MemoryJournal()
    connect(sigstack, journal=journal).sign_blob(SHA256)
    other = MemoryJournal()
    connect(sigstack, journal=other).sign_blob(hashlib.sha256(b"other").hexdigest())
    ((name, data),) = journal.files.items()
    (its,) = other.files.values()
    journal.files[name] = json.dumps({**json.loads(data), "bundle": json.loads(its)["bundle"]}).encode()
    sigstack.calls.clear()
    connect(sigstack, journal=journal).sign_blob(SHA256)
    assert sigstack.calls.count(ENTRIES) == 1


def test_proofs_that_are_wrong_are_refused(sigstack: Sigstack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every fresh bundle is verified; what is refused stays in the journal for the next run."""
    before = sigstack.log.create

    def create(request: dict[str, Any]) -> dict[str, Any]:
        entry = before(request)
        entry["inclusionProof"]["rootHash"] = "A" * 43 + "="
        return entry

    journal = MemoryJournal()
    signer = connect(sigstack, journal=journal)
    monkeypatch.setattr(sigstack.log, "create", create)
    with pytest.raises(ServiceError, match=r"make no valid bundle: .* leads to another root hash"):
        signer.sign_blob(SHA256)
    monkeypatch.undo()
    logged = len(sigstack.log.leaves)
    connect(sigstack, journal=journal).sign_blob(SHA256)
    assert len(sigstack.log.leaves) == logged


def test_what_a_log_shows_may_be_wrong(sigstack: Sigstack) -> None:
    checkpoint = f"{sigstack.url}/api/v2/checkpoint"
    configuration = configuration_of(sigstack.trust_config(), "t", utc_now())
    stamp = sigstack.timestamps

    class Services(MemoryServices):
        def post(self, url: str, body: bytes, headers: Mapping[str, str], limit: int) -> Answer:
            if url == sigstack.timestamping:
                return Answer(200, stamp.answer(body), {})
            return super().post(url, body, headers, limit)

    for answer, said in (
        (Answer(400, b"", {}), "answered 400 for its checkpoint"),
        (Answer(200, b"junk", {}), "the checkpoint is malformed"),
    ):
        services = Services({checkpoint: [answer]})
        signing = logged_signing(configuration, keys.generate(), services, now=utc_now)
        with pytest.raises(ServiceError, match=said):
            signing.signer.sign_blob(SHA256)
    stranger = type(sigstack.log)("localhost")
    stranger.add({"a": 1})
    note = stranger.resource("checkpoint") or b""
    tile = f"{sigstack.url}/api/v2/tile"
    tiles = {f"{tile}/{each}/000.p/1": [Answer(200, b"\0\1x", {})] for each in ("entries", "0")}
    conflict = [Answer(409, b"", {"x-log-index": "0"})]
    services = Services({checkpoint: [Answer(200, note, {})], f"{sigstack.url}{ENTRIES}": conflict, **tiles})
    signing = logged_signing(configuration, keys.generate(), services, now=utc_now)
    with pytest.raises(ServiceError, match="the checkpoint is signed by no log of the trusted root"):
        signing.signer.sign_blob(SHA256)
    nowhere = Services(
        {checkpoint: [Answer(404, b"", {})], f"{sigstack.url}{ENTRIES}": [Answer(409, b"", {})]}
    )
    signing = logged_signing(configuration, keys.generate(), nowhere, now=utc_now)
    with pytest.raises(ServiceError, match="the log has an entry that it does not show"):
        signing.signer.sign_blob(SHA256)


def test_a_key_is_asked_for_one_signature_at_a_time(sigstack: Sigstack) -> None:
    """What lies in a token, or behind a command, may not bear more."""
    source = MemoryKey(keys.generate())
    busy = threading.Lock()
    before = source.sign

    def sign(what: str, data: bytes) -> bytes:
        assert busy.acquire(blocking=False)
        time.sleep(0.005)
        busy.release()
        return before(what, data)

    source.sign = sign  # type: ignore[method-assign]  # watched
    key = ExternalKey.connect(source, DEFAULT_LIMITS)
    configuration = configuration_of(sigstack.trust_config(), "t", utc_now())
    signing = logged_signing(configuration, key, calls(), now=utc_now)
    files = {f"f{number}": f"{number:064x}" for number in range(8)}
    assert len(sign_files(signing.signer, files, width=8)) == 8
