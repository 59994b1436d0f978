from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from sigstore.hashes import Hashed
from sigstore.models import Bundle, ClientTrustConfig
from sigstore.verify import Verifier, policy
from sigstore_models.common.v1 import HashAlgorithm

from attest.edge import sigstore as edge
from attest.edge.sigstore import SigstoreSigner
from attest.errors import FormatError, LimitError, ServiceError, VerificationError
from attest.intoto import statement
from attest.model.limits import Limits
from attest.model.statement import SPDX_PREDICATE, Subject, VerifiedBundle
from attest.trust import roots
from attest.trust.bundle import parse
from attest.trust.verify import TrustStore, verify
from tests.sigstack.stack import CERTIFICATES, EMAIL_CLAIMS, ENTRIES, TIMESTAMPS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.sigstack.stack import Sigstack

FILE = b"an artifact"
SHA256 = hashlib.sha256(FILE).hexdigest()
STATEMENT = statement.build([Subject(name="widget", sha256=SHA256)], SPDX_PREDICATE, {"a": 1})
ENDED = {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}


def connect(
    stack: Sigstack, claims: Mapping[str, str] = EMAIL_CLAIMS, *, token: str = "", deadline: float = 10
) -> SigstoreSigner:
    return SigstoreSigner.connect(
        stack.trust_config(), token or stack.token(claims), file="trust.json", deadline=deadline
    )


def check(stack: Sigstack, data: bytes, **windows: dict[str, str]) -> VerifiedBundle:
    trust = TrustStore(roots=roots.parse(stack.trust_config(**windows), "own", "trust.json"))
    return verify(parse(data, "w.json"), digests={SHA256}, trust=trust, now=datetime.now(UTC))


def reason(stack: Sigstack, data: bytes, **windows: dict[str, str]) -> str:
    with pytest.raises(VerificationError) as caught:
        check(stack, data, **windows)
    return caught.value.message


def test_one_certificate_serves_many_signatures(sigstack: Sigstack) -> None:
    signer = connect(sigstack)
    for _ in range(3):
        check(sigstack, signer.sign_blob(SHA256))
    assert sigstack.calls.count(CERTIFICATES) == 1
    assert sigstack.calls.count(ENTRIES) == 3


def test_sigstore_itself_accepts_what_is_signed(sigstack: Sigstack) -> None:
    """The library's own verifier over the file's digest and bytes is the oracle."""
    signer = connect(sigstack)
    config = ClientTrustConfig.from_json(sigstack.trust_config().decode())
    verifier = Verifier(trusted_root=config.trusted_root)
    identity = policy.Identity(identity="alice@example.com", issuer=sigstack.issuer)
    verifier.verify_artifact(FILE, Bundle.from_json(signer.sign_blob(SHA256)), identity)
    hashed = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=bytes.fromhex(SHA256))
    verifier.verify_artifact(hashed, Bundle.from_json(signer.sign_blob(SHA256)), identity)
    kind, payload = verifier.verify_dsse(Bundle.from_json(signer.sign_statement(STATEMENT)), identity)
    assert (kind, payload) == ("application/vnd.in-toto+json", STATEMENT)


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ("authorities", "no certificate authority of the trusted root own was valid at"),
        ("tlogs", "no transparency log of the trusted root own was valid at"),
        ("ctlogs", "no certificate transparency log of the trusted root own was valid at"),
        ("timestamping", "by no timestamp authority that the trusted root own trusted then"),
    ],
)
def test_windows_of_the_root_are_enforced(sigstack: Sigstack, window: str, said: str) -> None:
    """sigstore 4.5 accepts all but the last of these."""
    data = connect(sigstack).sign_blob(SHA256)
    assert said in reason(sigstack, data, **{window: ENDED})
    assert said in reason(sigstack, data, **{window: {"start": "2999-01-01T00:00:00Z"}})


def test_a_root_without_logs(sigstack: Sigstack) -> None:
    root = {**sigstack.trusted_root(), "tlogs": []}
    trust = TrustStore(roots=roots.parse(json.dumps(root).encode(), "own", "root.json"))
    bundle = parse(connect(sigstack).sign_blob(SHA256), "w.json")
    with pytest.raises(VerificationError, match="the trusted root own has no transparency log"):
        verify(bundle, digests={SHA256}, trust=trust, now=datetime.now(UTC))


def test_another_instance_is_not_trusted(sigstack: Sigstack) -> None:
    data = connect(sigstack).sign_blob(SHA256)
    root = sigstack.trusted_root()
    authority = root["certificateAuthorities"][0]["certChain"]
    authority["certificates"] = root["timestampAuthorities"][0]["certChain"]["certificates"]
    trust = TrustStore(roots=roots.parse(json.dumps(root).encode(), "own", "root.json"))
    with pytest.raises(VerificationError, match="issued by no authority of the trusted root own"):
        verify(parse(data, "w.json"), digests={SHA256}, trust=trust, now=datetime.now(UTC))


def test_a_certificate_that_no_log_has_seen(sigstack: Sigstack) -> None:
    sigstack.authority.sct_key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(ServiceError, match="cannot get a signing certificate: VerificationError: SCT"):
        connect(sigstack)


def test_a_signature_outside_the_life_of_its_certificate(sigstack: Sigstack) -> None:
    sigstack.timestamps.offset = timedelta(minutes=-20)
    data = connect(sigstack).sign_blob(SHA256)
    assert "when its certificate was not valid (from" in reason(sigstack, data)


def changed(data: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(data)
    change(document)
    return json.dumps(document).encode()


def material(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["verificationMaterial"]
    return found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda each: material(each).update(tlogEntries=[]), "no transparency log entry proves when"),
        (
            lambda each: material(each).pop("timestampVerificationData"),
            "nothing proves when it was signed: no timestamp",
        ),
        (
            lambda each: each["messageSignature"].update(signature="AAAA"),
            "is of another signature",
        ),
        (lambda each: material(each)["certificate"].update(rawBytes="AAAA"), "error parsing asn1 value"),
        (
            lambda each: material(each)["tlogEntries"][0].update(canonicalizedBody="e30="),
            "its inclusion proof leads to another root hash",
        ),
        (
            lambda each: material(each)["tlogEntries"][0].update(
                kindVersion={"kind": "dsse", "version": "0.0.9"}
            ),
            "is of another kind than the entry says",
        ),
    ],
)
def test_each_mutation_of_a_keyless_bundle(
    sigstack: Sigstack, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    data = connect(sigstack).sign_blob(SHA256)
    assert said in reason(sigstack, changed(data, change))


def test_a_changed_statement(sigstack: Sigstack) -> None:
    data = connect(sigstack).sign_statement(STATEMENT)
    other = connect(sigstack).sign_statement(STATEMENT.replace(b"widget", b"gadget"))
    payload = json.loads(other)["dsseEnvelope"]["payload"]
    assert "the log entry is about something else: another digest" in reason(
        sigstack, changed(data, lambda each: each["dsseEnvelope"].update(payload=payload))
    )


def failure(call: Callable[[], object]) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        call()
    assert caught.value.hint
    assert "\n" not in caught.value.message
    return caught.value


def test_tokens_that_cannot_be_used(sigstack: Sigstack) -> None:
    for token, said in (
        ("junk", "cannot read the identity token: the identity token cannot be used: Not enough segments"),
        (sigstack.token(lifetime=-5), "cannot read the identity token: the identity token has expired"),
        (sigstack.token(audience="other"), "the identity token is for another audience"),
    ):
        assert said in failure(lambda given=token: connect(sigstack, token=given)).message  # type: ignore[misc]  # bound now
    with pytest.raises(LimitError, match="an identity token of 70000 characters"):
        connect(sigstack, token="x" * 70_000)


def test_a_token_that_the_authority_refuses(sigstack: Sigstack) -> None:
    error = failure(lambda: connect(sigstack, {**EMAIL_CLAIMS, "iss": "https://elsewhere"}))
    assert "cannot get a signing certificate: localhost:" in error.message
    assert "answered 400" in error.message
    assert "InvalidIssuerError" in error.message
    assert "identity token" in (error.hint or "")


def test_services_that_fail(sigstack: Sigstack) -> None:
    sigstack.failing.add(CERTIFICATES)
    error = failure(lambda: connect(sigstack))
    assert 'answered 500: {"code": 13, "message": "out of order"}' in error.message
    assert "try again" in (error.hint or "")
    sigstack.reset()
    signer = connect(sigstack)
    sigstack.failing.add(ENTRIES)
    assert f"cannot sign sha256:{SHA256}: localhost:" in failure(lambda: signer.sign_blob(SHA256)).message
    sigstack.reset()
    sigstack.failing.add(TIMESTAMPS)
    assert (
        "cannot sign a statement: the services' answers make no valid bundle"
        in failure(lambda: signer.sign_statement(STATEMENT)).message
    )


def test_a_timestamp_that_is_missing_is_a_failure(sigstack: Sigstack) -> None:
    signer = connect(sigstack)
    wants_two = SigstoreSigner(signer._signer, 2, 10)
    assert "a timestamp authority did not answer" in failure(lambda: wants_two.sign_blob(SHA256)).message


def test_a_service_that_does_not_answer_meets_the_deadline(sigstack: Sigstack) -> None:
    sigstack.hanging.add(CERTIFICATES)
    start = time.monotonic()
    error = failure(lambda: connect(sigstack, deadline=0.2))
    assert time.monotonic() - start < 5
    assert error.message == "cannot get a signing certificate: no answer within 0.2 seconds"


def test_a_service_that_is_not_there(sigstack: Sigstack) -> None:
    config = json.loads(sigstack.trust_config())
    config["signingConfig"]["caUrls"][0]["url"] = "http://localhost:9"
    error = failure(
        lambda: SigstoreSigner.connect(json.dumps(config).encode(), sigstack.token(), file="trust.json")
    )
    assert "cannot reach localhost:9 (ConnectionError)" in error.message


def with_url(stack: Sigstack, name: str, url: object) -> bytes:
    config = json.loads(stack.trust_config())
    config["signingConfig"][name][0]["url"] = url
    return json.dumps(config).encode()


@pytest.mark.parametrize(
    ("name", "url", "said"),
    [
        ("caUrls", "http://fulcio.example.com", "must not travel in the clear"),
        ("caUrls", "https://user@fulcio.example.com", "is no https URL without user name"),
        ("rekorTlogUrls", "file:///etc/passwd", "is no https URL without user name"),
        ("tsaUrls", "https://[::1", "is no URL"),
        ("oidcUrls", 1, "is a number, not a string"),
    ],
)
def test_urls_that_no_secret_may_go_to(sigstack: Sigstack, name: str, url: object, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        SigstoreSigner.connect(with_url(sigstack, name, url), sigstack.token(), file="trust.json")


def test_configurations_that_are_none(sigstack: Sigstack) -> None:
    with pytest.raises(FormatError, match="has no 'signingConfig'"):
        SigstoreSigner.connect(b"{}", sigstack.token(), file="trust.json")
    with pytest.raises(FormatError, match="is no client trust configuration"):
        SigstoreSigner.connect(b'{"signingConfig":{}}', sigstack.token(), file="trust.json")
    with pytest.raises(LimitError):
        SigstoreSigner.connect(b"{      }", sigstack.token(), file="t", limits=Limits(trusted_root_bytes=4))
    config = json.loads(sigstack.trust_config())
    config["signingConfig"]["caUrls"] = []
    error = failure(lambda: SigstoreSigner.connect(json.dumps(config).encode(), sigstack.token(), file="t"))
    assert "cannot read the signing configuration: Error: No valid Fulcio CA found" in error.message


def test_errors_of_every_kind_are_explained() -> None:
    assert edge._explain(ValueError("first\nsecond"))[0] == "ValueError: first"
    assert edge._explain(type("ExpiredCertificate", (Exception,), {})())[0] == (
        "the signing certificate has expired"
    )
    assert edge._explain(type("IdentityError", (Exception,), {})())[0] == (
        "the identity token lacks claims that are needed"
    )
    assert edge._host(b"https://a.example/x") == "a.example"
    assert edge._host(None) == "the service"
    timeout = requests.Timeout(request=requests.Request("POST", "https://a.example/x").prepare())
    assert edge._explain(timeout)[0] == "cannot reach a.example (Timeout)"
    assert edge._first_line(ValueError()) == "ValueError"
