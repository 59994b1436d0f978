"""What the services of a Sigstore instance are asked, and what their answers mean: bytes in, values out.

Sources: sigstore/fulcio fulcio.proto (`/api/v2/signingCert`); RFC 2986; RFC 3161 sections 2.4.1 and 3.4;
sigstore/rekor openapi.yaml with pkg/types/hashedrekord and dsse v0.0.1; sigstore/rekor-tiles
api/proto/rekor/v2.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response

from attest.errors import FormatError, ServiceError
from attest.model.envelope import envelope_json
from attest.model.statement import Envelope
from attest.model.strict_json import Node, dumps, loads
from attest.trust.bundle import InclusionProof, LogEntry, read_log_entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from attest.model.limits import Limits
    from attest.model.ports import Answer
    from attest.model.statement import Json
    from attest.signing.configuration import Service
    from attest.trust.bundle import MessageSignature

JSON_HEADERS: Final = {"Content-Type": "application/json", "Accept": "application/json"}
TIMESTAMP_HEADERS: Final = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
}
CONFLICT: Final = 409  # both versions of Rekor: an equivalent entry is there
_CREATED: Final = (200, 201)
_SHOWN: Final = 200  # characters of a service's answer that an error repeats
_UUID: Final = re.compile(r"/api/v1/log/entries/([0-9a-f]{64,96})\Z")
_IDENTITY_HINT: Final = (
    "get a new identity token, with the audience that the instance wants, and sign at once"
)
_REFUSED_HINT: Final = "look at the status of the Sigstore instance, and at its configuration"
_CHAIN: Final = 2  # the signer's certificate and who issued it


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBy:
    """Who signed: a certificate or a public key (DER), the same as PEM, and how Rekor 2 calls such a key."""

    der: bytes
    pem: bytes
    details: str
    certificate: bool


def refused(service: Service, answer: Answer, hint: str = _REFUSED_HINT) -> ServiceError:
    """The error for an answer that is none."""
    text = " ".join(answer.body.decode("utf-8", "replace").split())[:_SHOWN]
    return ServiceError(f"{service.host} answered {answer.status}: {text}", hint=hint)


def _json(service: Service, answer: Answer, limits: Limits, limit: int) -> Node:
    value = loads(answer.body, file=service.host, max_bytes=limit, max_depth=limits.json_depth)
    return Node(value=value, file=service.host)


# certificate authority


def certificate_url(service: Service) -> str:
    """Where certificates are made."""
    return f"{service.url}/api/v2/signingCert"


def certificate_request(key: EllipticCurvePrivateKey, token: str) -> tuple[bytes, dict[str, str]]:
    """The body and the headers that ask for a certificate: the key proves itself by signing the request."""
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    body = dumps({"certificateSigningRequest": _text(request.public_bytes(Encoding.PEM))})
    return body, {**JSON_HEADERS, "Authorization": f"Bearer {token}"}


def read_certificate_answer(service: Service, answer: Answer, limits: Limits) -> x509.Certificate:
    """The signer's certificate; `ServiceError` and `FormatError` for an answer without one."""
    if answer.status not in _CREATED:
        raise refused(service, answer, _IDENTITY_HINT)
    node = _json(service, answer, limits, limits.trusted_root_bytes)
    if node.get("signedCertificateDetachedSct"):
        raise node.fail(
            "holds a certificate without embedded certificate transparency timestamp",
            hint="connect the certificate authority to a certificate transparency log",
        )
    chain = node.need("signedCertificateEmbeddedSct").need("chain").need("certificates")
    found = chain.items(limits.certificates)
    if len(found) < _CHAIN:
        raise chain.fail("has no certificate with its issuer")
    try:
        return x509.load_pem_x509_certificate(found[0].text().encode())
    except ValueError as error:
        raise found[0].fail("is no certificate") from error


# timestamp authority


def timestamp_request(signature: bytes) -> tuple[bytes, int]:
    """The query for a timestamp of a signature (DER), and its nonce."""
    builder = TimestampRequestBuilder().data(signature).hash_algorithm(HashAlgorithm.SHA256)
    request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    return request.as_bytes(), request.nonce or 0


def read_timestamp_answer(service: Service, answer: Answer, nonce: int) -> bytes:
    """The response (DER) that answers this query; who stamped it is verified in `attest.trust.stamps`."""
    if answer.status not in _CREATED:
        raise refused(service, answer)
    try:
        response = decode_timestamp_response(answer.body)
        granted = response.status == 0
        same = granted and response.tst_info.nonce == nonce
    except (ValueError, OverflowError) as error:
        raise FormatError(
            f"{service.host} answered what is no RFC 3161 response", hint=_REFUSED_HINT
        ) from error
    if not granted:
        raise ServiceError(
            f"{service.host} granted no timestamp: its status is {response.status}", hint=_REFUSED_HINT
        )
    if not same:
        raise ServiceError(f"{service.host} answered another query (nonce)", hint=_REFUSED_HINT)
    return answer.body


# transparency log


def entry_url(service: Service) -> str:
    """Where entries are made."""
    return f"{service.url}/api/v{service.version}/log/entries"


def entry_request(
    service: Service, content: MessageSignature | Envelope, digest: bytes, by: SignedBy
) -> bytes:
    """The body that asks for an entry: the same bytes for the same signature, however often it is sent.

    `digest` is the SHA-256 of the file, or of an envelope's signed bytes.
    """
    if service.version == 1:
        return dumps(_entry_1(content, digest, by))
    who = "x509Certificate" if by.certificate else "publicKey"
    return dumps(
        {
            "hashedRekordRequestV002": {
                "digest": _text(digest),
                "signature": {
                    "content": _text(content.signature),
                    "verifier": {who: {"rawBytes": _text(by.der)}, "keyDetails": by.details},
                },
            }
        }
    )


def _entry_1(content: MessageSignature | Envelope, digest: bytes, by: SignedBy) -> dict[str, Json]:
    if isinstance(content, Envelope):
        envelope = json.dumps(envelope_json(content), separators=(",", ":"), sort_keys=True)
        return {
            "apiVersion": "0.0.1",
            "kind": "dsse",
            "spec": {"proposedContent": {"envelope": envelope, "verifiers": [_text(by.pem)]}},
        }
    return {
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": {"hash": {"algorithm": "sha256", "value": digest.hex()}},
            "signature": {"content": _text(content.signature), "publicKey": {"content": _text(by.pem)}},
        },
    }


def read_entry_answer(service: Service, answer: Answer, limits: Limits) -> LogEntry:
    """The entry that was made, or that was there; what it proves is verified in `attest.trust`."""
    if answer.status not in _CREATED:
        raise refused(service, answer)
    node = _json(service, answer, limits, limits.service_answer_bytes)
    if service.version == 1:
        return _read_entry_1(node, limits)
    return read_log_entry(node, limits)


def _read_entry_1(node: Node, limits: Limits) -> LogEntry:
    """Rekor 1 tells entries by their UUID; its index counts in all trees, that of the proof in its own."""
    found = list(node.object())
    if len(found) != 1:
        raise node.fail(f"has {len(found)} entries, not one")
    entry = node.need(found[0])
    body = entry.need("body").base64()
    value = loads(body, file=node.file, max_bytes=limits.service_answer_bytes, max_depth=limits.json_depth)
    kind = Node(value=value, file=node.file, path=f"{entry.path}.body")
    verification = entry.need("verification")
    promise = verification.get("signedEntryTimestamp")
    return LogEntry(
        log_index=entry.need("logIndex").int64(),
        log_id=_hex(entry.need("logID")),
        kind=kind.need("kind").text(),
        version=kind.need("apiVersion").text(),
        integrated_time=entry.need("integratedTime").int64(),
        promise=promise.base64() if promise else b"",
        proof=_proof_1(verification.need("inclusionProof"), limits),
        body=body,
    )


def _proof_1(node: Node, limits: Limits) -> InclusionProof:
    return InclusionProof(
        log_index=node.need("logIndex").int64(),
        tree_size=node.need("treeSize").int64(),
        root_hash=_hex(node.need("rootHash")),
        hashes=tuple(_hex(each) for each in node.need("hashes").items(limits.inclusion_hashes)),
        checkpoint=node.need("checkpoint").text(),
    )


def existing_entry_url(service: Service, headers: Mapping[str, str]) -> str | None:
    """Where Rekor 1 keeps the equivalent entry of which it told with 409; None where it does not say."""
    match = _UUID.search(headers.get("location", ""))
    return f"{entry_url(service)}/{match[1]}" if match else None


def existing_index(headers: Mapping[str, str]) -> int | None:
    """The index of the equivalent entry of which Rekor 2 told with 409; None where it does not say."""
    text = headers.get("x-log-index", "")
    return int(text) if re.fullmatch("[0-9]{1,18}", text) else None


def _hex(node: Node) -> bytes:
    try:
        return bytes.fromhex(node.text())
    except ValueError as error:
        raise node.fail("is no hexadecimal") from error


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
