"""Bundles signed with certificates: each changed field is refused for its own reason."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attest.edge.sigstore import SigstoreSigner
from attest.errors import VerificationError
from attest.intoto import statement
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.statement import SPDX_PREDICATE, Envelope, Subject
from attest.trust import roots
from attest.trust.bundle import Bundle, InclusionProof, parse
from attest.trust.log import parse_checkpoint
from attest.trust.sigstore_compat import embedded_root
from attest.trust.verify import TrustStore, verify
from tests.conftest import OFFICIAL_DATA

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.statement import VerifiedBundle
    from attest.trust.roots import Root
    from tests.sigstack.stack import Sigstack

SHA256 = hashlib.sha256(b"an artifact").hexdigest()
STATEMENT = statement.build([Subject(name="widget", sha256=SHA256)], SPDX_PREDICATE, {"a": 1})
ENDED = {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}
CASES: Final = OFFICIAL_DATA / "sigstore-conformance" / "test" / "assets" / "bundle-verify"
#: What a single flipped bit may change without a reason to refuse: a log without promises signs no time.
MEANINGLESS: Final = {"integrated time"}


@pytest.fixture(scope="module")
def signed(running_sigstack: Sigstack) -> tuple[Bundle, Bundle, Root]:
    """A file and a statement, signed without a key of one's own, and the root that they verify against."""
    signer = SigstoreSigner.connect(
        running_sigstack.trust_config(), running_sigstack.token(), file="trust.json", deadline=10
    )
    (root,) = roots.parse(running_sigstack.trust_config(), "own", "trust.json")
    file = parse(signer.sign_blob(SHA256), "w.json")
    return file, parse(signer.sign_statement(STATEMENT), "w.json"), root


def check(bundle: Bundle, root: Root, digests: set[str] | None = None) -> VerifiedBundle:
    return verify(bundle, digests=digests, trust=TrustStore(roots=(root,)), now=datetime.now(UTC))


def reason(bundle: Bundle, root: Root) -> str:
    with pytest.raises(VerificationError) as caught:
        check(bundle, root)
    return caught.value.message


def flipped(data: bytes, bit: int = -1) -> bytes:
    number = bit % (len(data) * 8)
    changed = bytearray(data)
    changed[number // 8] ^= 1 << number % 8
    return bytes(changed)


def with_entry(bundle: Bundle, **changes: object) -> Bundle:
    (entry,) = bundle.log_entries
    return replace(bundle, log_entries=(replace(entry, **changes),))  # type: ignore[arg-type]  # names of fields


def with_proof(bundle: Bundle, **changes: object) -> Bundle:
    return with_entry(bundle, proof=replace(proof_of(bundle), **changes))  # type: ignore[arg-type]  # names of fields


def proof_of(bundle: Bundle) -> InclusionProof:
    (entry,) = bundle.log_entries
    assert entry.proof is not None
    return entry.proof


def with_content(bundle: Bundle, **changes: object) -> Bundle:
    return replace(bundle, content=replace(bundle.content, **changes))  # type: ignore[arg-type]  # names of fields


def fields(bundle: Bundle) -> dict[str, tuple[bytes, Callable[[bytes], Bundle]]]:
    """Every field of bytes or numbers, and how to put another one in its place."""
    (entry,), proof, content = bundle.log_entries, proof_of(bundle), bundle.content
    found: dict[str, tuple[bytes, Callable[[bytes], Bundle]]] = {
        "signature": (content.signature, lambda data: with_content(bundle, signature=data)),
        "certificate": (bundle.certificates[0], lambda data: replace(bundle, certificates=(data,))),
        "log id": (entry.log_id, lambda data: with_entry(bundle, log_id=data)),
        "body": (entry.body, lambda data: with_entry(bundle, body=data)),
        "root hash": (proof.root_hash, lambda data: with_proof(bundle, root_hash=data)),
        "checkpoint": (
            proof.checkpoint.encode(),
            lambda data: with_proof(bundle, checkpoint=data.decode("latin-1")),
        ),
        "log index": (number(entry.log_index), lambda data: with_entry(bundle, log_index=whole(data))),
        "proof index": (number(proof.log_index), lambda data: with_proof(bundle, log_index=whole(data))),
        "tree size": (number(proof.tree_size), lambda data: with_proof(bundle, tree_size=whole(data))),
        "integrated time": (
            number(entry.integrated_time),
            lambda data: with_entry(bundle, integrated_time=whole(data)),
        ),
    }
    if entry.promise:
        found["promise"] = (entry.promise, lambda data: with_entry(bundle, promise=data))
    if proof.hashes:
        found["proof hash"] = (
            proof.hashes[0],
            lambda data: with_proof(bundle, hashes=(data, *proof.hashes[1:])),
        )
    if bundle.timestamps:
        found["timestamp"] = (bundle.timestamps[0], lambda data: replace(bundle, timestamps=(data,)))
    if isinstance(content, Envelope):
        found["payload"] = (content.payload, lambda data: with_content(bundle, payload=data))
        found["payload type"] = (
            content.payload_type.encode(),
            lambda data: with_content(bundle, payload_type=data.decode("latin-1")),
        )
    else:
        found["digest"] = (
            bytes.fromhex(content.sha256),
            lambda data: with_content(bundle, sha256=data.hex()),
        )
    return found


def number(value: int) -> bytes:
    return value.to_bytes(7, "big")


def whole(data: bytes) -> int:
    return int.from_bytes(data, "big")


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("signature", "a timestamp of 2"),
        ("certificate", "its certificate was issued by no authority of the trusted root own"),
        ("log id", "the trusted root own has no transparency log"),
        ("body", "the log entry is not in the log that it names"),
        ("root hash", "its inclusion proof leads to another root hash"),
        ("proof hash", "its inclusion proof leads to another root hash"),
        ("log index", ", and its inclusion proof "),
        ("proof index", ", and its inclusion proof "),
        ("checkpoint", "the checkpoint is malformed: no signatures follow"),
        ("timestamp", "it is not signed by that authority's certificate, or was changed"),
        ("payload", "the log entry is about something else: another digest"),
        ("payload type", "the log entry is about something else: another digest"),
        ("digest", "the log entry is about something else: another digest"),
    ],
)
def test_each_changed_field(signed: tuple[Bundle, Bundle, Root], field: str, said: str) -> None:
    file, stated, root = signed
    known = [fields(each)[field] for each in (file, stated) if field in fields(each)]
    assert known
    for data, change in known:
        assert said in reason(change(flipped(data)), root)


def test_unchanged_bundles_verify(signed: tuple[Bundle, Bundle, Root]) -> None:
    file, stated, root = signed
    for bundle in (file, stated):
        found = check(bundle, root, {SHA256})
        assert (found.signer.san, found.log_entries, found.timestamps) == ("alice@example.com", 1, 1)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_is_refused(signed: tuple[Bundle, Bundle, Root], data: st.DataObject) -> None:
    bundle = data.draw(st.sampled_from(signed[:2]))
    root = signed[2]
    check_one_bit(bundle, root, data)


def check_one_bit(bundle: Bundle, root: Root, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(fields(bundle))))
    original, change = fields(bundle)[name]
    changed = change(flipped(original, data.draw(st.integers(0, len(original) * 8 - 1))))
    try:
        found = check(changed, root)
    except VerificationError:
        return
    assert name in MEANINGLESS or name == "timestamp", name
    assert found == check(bundle, root), "what means nothing changes nothing"


@pytest.mark.skipif(not CASES.is_dir(), reason="the conformance cases are not on this machine")
@settings(max_examples=250, deadline=None)
@given(data=st.data())
def test_any_flipped_bit_of_an_entry_with_a_promise_is_refused(data: st.DataObject) -> None:
    """Rekor 1 on the public log; the promise signs time, index and body."""
    case = data.draw(st.sampled_from(["happy-path-v0.1", "happy-path-v0.3", "happy-path-intoto-in-dsse-v3"]))
    (root,) = roots.parse(embedded_root("public-good"), "public", "root.json")
    bundle = parse((CASES / case / "bundle.sigstore.json").read_bytes(), "a")
    name = data.draw(st.sampled_from(sorted(fields(bundle))))
    original, change = fields(bundle)[name]
    with pytest.raises(VerificationError):
        check(change(flipped(original, data.draw(st.integers(0, len(original) * 8 - 1)))), root)


def test_windows_of_each_member(running_sigstack: Sigstack, signed: tuple[Bundle, Bundle, Root]) -> None:
    def root(**windows: dict[str, str]) -> Root:
        return roots.parse(running_sigstack.trust_config(**windows), "own", "trust.json")[0]

    file = signed[0]
    assert "no certificate authority of the trusted root own was valid at" in reason(
        file, root(authorities=ENDED)
    )
    assert "no transparency log of the trusted root own was valid at" in reason(file, root(tlogs=ENDED))
    assert "no certificate transparency log of the trusted root own was valid at" in reason(
        file, root(ctlogs=ENDED)
    )
    assert "no timestamp authority that the trusted root own trusted then" in reason(
        file, root(timestamping=ENDED)
    )
    (time,) = check(file, root()).times
    text = time.isoformat()
    ends = {"start": text, "end": text}
    assert check(file, root(authorities=ends, tlogs=ends, timestamping=ends)).times == (time,)
    late = {"start": (time + timedelta(seconds=1)).isoformat()}
    assert "trusted then" in reason(file, root(timestamping=late))


def test_a_root_that_lists_no_logs_asks_for_none(signed: tuple[Bundle, Bundle, Root]) -> None:
    """GitHub's own instance: a timestamp says when, and no log is asked."""
    file, _, root = signed
    quiet = replace(root, logs=(), certificate_logs=root.certificate_logs)
    bare = replace(file, log_entries=())
    assert (check(bare, quiet).log_entries, check(bare, quiet).timestamps) == (0, 1)
    assert reason(bare, root) == "no transparency log entry proves when it was signed"
    assert "has no transparency log" in reason(file, quiet)
    assert "nothing proves when it was signed" in reason(replace(bare, timestamps=()), quiet)
    unseen = replace(quiet, certificate_logs=())
    assert "has no certificate transparency log" in reason(bare, unseen), "a carried part must verify"


def test_an_entry_without_proof_needs_a_promise_and_a_bundle_0_1(signed: tuple[Bundle, Bundle, Root]) -> None:
    file, _, root = signed
    expected = "the log entry has no inclusion proof with a checkpoint"
    assert reason(with_entry(file, proof=None), root) == expected
    assert reason(with_proof(file, checkpoint=""), root) == expected
    assert reason(replace(with_entry(file, proof=None), version="0.1"), root) == expected


@pytest.mark.skipif(not CASES.is_dir(), reason="the conformance cases are not on this machine")
def test_a_bundle_0_1_may_rest_on_the_promise() -> None:
    (root,) = roots.parse(embedded_root("public-good"), "public", "root.json")
    bundle = parse((CASES / "happy-path-v0.1" / "bundle.sigstore.json").read_bytes(), "a")
    assert check(with_entry(bundle, proof=None), root).log_entries == 1
    assert check(with_proof(bundle, checkpoint=""), root).log_entries == 1
    broken = with_proof(bundle, checkpoint="", root_hash=flipped(proof_of(bundle).root_hash))
    assert "leads to another root hash" in reason(broken, root)
    assert "no inclusion proof" in reason(replace(with_entry(bundle, proof=None), version="0.2"), root)
    never = with_entry(bundle, integrated_time=1 << 62)
    assert reason(never, root) == "the log entry has a time that never was"


def test_the_certificate_of_the_bundle_must_be_one(signed: tuple[Bundle, Bundle, Root]) -> None:
    file, _, root = signed
    assert "a certificate cannot be read" in reason(replace(file, certificates=(b"0",)), root)


NOTE = "log\n3\n" + "A" * 43 + "=\n"


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (NOTE, "no signatures follow"),
        (NOTE + "\n", "no signatures follow"),
        (NOTE + "\n— log AAAAAAA=", "no signatures follow"),
        ("log\n3\n\n— log AAAAAAA=\n", "are not all there"),
        ("\n3\n" + "A" * 43 + "=\n\n— log AAAAAAA=\n", "are not all there"),
        (NOTE.replace("3", "03") + "\n— log AAAAAAA=\n", "no tree size"),
        (NOTE.replace("A=", "B=") + "\n— log AAAAAAA=\n", "no root hash"),
        (NOTE.replace("A" * 43 + "=", "AAAA") + "\n— log AAAAAAA=\n", "no root hash"),
        (NOTE + "\n— log AAAA\n", "a line of its signatures is none"),
        (NOTE + "\n- log AAAAAAA=\n", "a line of its signatures is none"),
        (NOTE + "\n" + "— log AAAAAAA=\n" * 101, "more than 100 signatures"),
    ],
)
def test_malformed_checkpoints(note: str, said: str) -> None:
    with pytest.raises(VerificationError, match=said):
        parse_checkpoint(note, "a", DEFAULT_LIMITS)
    with pytest.raises(VerificationError, match="longer than 3 characters"):
        parse_checkpoint(note, "a", Limits(note_bytes=3))


def test_the_sigstore_library_is_not_loaded_for_verification() -> None:
    """Its import costs more than half a second."""
    program = (
        "import sys, attest.trust.verify; print([n for n in ('sigstore', 'pydantic') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
