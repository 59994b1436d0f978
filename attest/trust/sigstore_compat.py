"""Verification with the `sigstore` library: the one place that touches its private parts.

Written against sigstore 4.5. What it leaves undone is done here: the windows of a trusted root's members at
the signing time (`attest.trust.roots`), every timestamp and not just enough of them, no look at the
system's clock, and log entries of bundles that a key signed.

The library takes more than half a second to import, so it is imported where it is used: bundles signed
with a key and not logged do without it.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cryptography.x509 import PrecertificateSignedCertificateTimestamps, load_der_x509_certificate
from rfc3161_client import VerificationError as TimestampError
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from attest.errors import VerificationError
from attest.model.envelope import envelope_json
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place
from attest.model.statement import BUNDLE_MEDIA_TYPE, Envelope
from attest.model.strict_json import Node, dumps
from attest.trust.roots import Proof, utc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse
    from sigstore.models import TrustedRoot

    from attest.model.statement import Json
    from attest.trust.bundle import Bundle, LogEntry
    from attest.trust.roots import Member, Root

_MEDIA_TYPES: Final = {
    "0.1": "application/vnd.dev.sigstore.bundle+json;version=0.1",
    "0.2": "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "0.3": BUNDLE_MEDIA_TYPE,
}
_SHORTEST_CHAIN: Final = 2  # the authority's certificate and its root


class _AnyIdentity:
    """Sigstore's policy argument: who may sign is decided later, by attest's own policy."""

    def verify(self, cert: Certificate) -> None:
        """Accept."""


def verify_certificate(bundle: Bundle, sha256: str, root: Root) -> Proof:
    """Verify a bundle signed with a certificate against one root; `sha256` is that of a signed file.

    Raises `attest.errors.VerificationError`, or whatever the libraries raise at hostile input: the caller
    turns that into the former.
    """
    from sigstore.hashes import Hashed
    from sigstore.models import Bundle as SigstoreBundle
    from sigstore.verify import Verifier
    from sigstore_models.bundle.v1 import Bundle as BundleModel
    from sigstore_models.common.v1 import HashAlgorithm

    place = Place(file=bundle.file)
    entry = _single_entry(bundle)
    if entry is None:
        raise VerificationError("no transparency log entry proves when it was signed", place=place)
    if not root.logs:
        raise VerificationError(f"the trusted root {root.name} has no transparency log", place=place)
    logged = _promised_time(entry)
    stamped, authorities = _timestamps(bundle, root)
    times = tuple(sorted({*logged, *stamped}))
    if not times:
        raise VerificationError(
            "nothing proves when it was signed: no timestamp, and no log entry with a time", place=place
        )
    leaf = load_der_x509_certificate(bundle.certificates[0])
    _check_validity(leaf, times, place)
    then = root.during(signed=times, logged=logged or times, certified=_certified(leaf))
    for members, what in (
        (then.authorities, "certificate authority"),
        (then.logs, "transparency log"),
        (then.certificate_logs, "certificate transparency log"),
    ):
        if not members:
            raise VerificationError(
                f"no {what} of the trusted root {root.name} was valid at {utc(times[0])}, when it was signed",
                place=place,
            )
    verifier = Verifier(trusted_root=_trusted_root(then.document()))
    sigstore_bundle = SigstoreBundle(BundleModel.from_json(_normal(bundle)))
    if isinstance(bundle.content, Envelope):
        verifier.verify_dsse(sigstore_bundle, _AnyIdentity())
    else:
        hashed = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=bytes.fromhex(sha256))
        verifier.verify_artifact(hashed, sigstore_bundle, _AnyIdentity())
    return Proof(times=times, log_entries=1, timestamps=authorities)


def verify_extras(bundle: Bundle, root: Root, now: datetime) -> Proof:
    """Verify the log entry and the timestamps that a bundle signed with a key carries, if any.

    The entry's body is compared with the bundle elsewhere (`attest.trust.entry`). Raises as
    `verify_certificate` does.
    """
    from sigstore._internal.trust import KeyringPurpose  # the type of a public method's argument
    from sigstore.models import TransparencyLogEntry
    from sigstore_models.rekor.v1 import TransparencyLogEntry as EntryModel

    entry = _single_entry(bundle)
    stamped, authorities = _timestamps(bundle, root)
    logged = _promised_time(entry) if entry else ()
    times = tuple(sorted({*logged, *stamped}))
    if entry:
        then = root.during(signed=(), logged=logged or times or (now,), certified=())
        if not then.logs:
            raise VerificationError(
                f"no transparency log of the trusted root {root.name} was valid when the entry was made",
                place=Place(file=bundle.file),
            )
        keyring = _trusted_root(then.document()).rekor_keyring(KeyringPurpose.VERIFY)
        model = EntryModel.from_json(dumps(_entry_json(entry)))
        TransparencyLogEntry(model)._verify(keyring)  # noqa: SLF001 - no public way verifies an entry alone
    return Proof(times=times, log_entries=1 if entry else 0, timestamps=authorities)


def _trusted_root(document: bytes) -> TrustedRoot:
    from sigstore.models import TrustedRoot
    from sigstore_models.trustroot.v1 import TrustedRoot as RootModel

    return TrustedRoot(RootModel.from_json(document))


def _single_entry(bundle: Bundle) -> LogEntry | None:
    """The log entry; more than one is refused, because nothing tells whether two logs made them."""
    place = Place(file=bundle.file)
    if not bundle.log_entries:
        return None
    if len(bundle.log_entries) > 1:
        raise VerificationError(
            f"has {len(bundle.log_entries)} transparency log entries; exactly one can be verified",
            place=place,
        )
    entry = bundle.log_entries[0]
    if entry.proof is None or not entry.proof.checkpoint:
        raise VerificationError("the log entry has no inclusion proof with a checkpoint", place=place)
    if entry.promise and not entry.integrated_time:
        raise VerificationError("the log entry promises inclusion without a time", place=place)
    # The library compares the root hash alone.
    if entry.proof.checkpoint.split("\n")[1:2] != [str(entry.proof.tree_size)]:
        raise VerificationError(
            "the checkpoint is of another tree size than the inclusion proof", place=place
        )
    return entry


def _promised_time(entry: LogEntry) -> tuple[datetime, ...]:
    """The time that the log's promise (verified with the entry) covers."""
    return (datetime.fromtimestamp(entry.integrated_time, UTC),) if entry.promise else ()


def _timestamps(bundle: Bundle, root: Root) -> tuple[tuple[datetime, ...], int]:
    """The times of all timestamps, and how many authorities made them; one that does not verify rejects."""
    place = Place(file=bundle.file)
    times: list[datetime] = []
    makers: set[int] = set()
    for data in bundle.timestamps:
        try:
            response = decode_timestamp_response(data)
            time = response.tst_info.gen_time
        except ValueError as error:
            raise VerificationError("a timestamp is no RFC 3161 response", place=place) from error
        number = next(
            (
                number
                for number, authority in enumerate(root.timestamping)
                if _stamped_by(response, bundle.signature, authority, root.file)
            ),
            None,
        )
        if number is None:
            raise VerificationError(
                f"a timestamp of {utc(time)} is by no timestamp authority"
                f" that the trusted root {root.name} trusted then, or of another signature",
                place=place,
            )
        times.append(time)
        makers.add(number)
    return tuple(times), len(makers)


def _stamped_by(response: TimeStampResponse, signature: bytes, authority: Member, file: str) -> bool:
    """Whether the authority timestamped `signature` while it was trusted."""
    nodes = Node(value=authority.value, file=file).need("certChain").need("certificates")
    chain = [
        load_der_x509_certificate(each.need("rawBytes").base64())
        for each in nodes.items(DEFAULT_LIMITS.certificates)
    ]
    if len(chain) < _SHORTEST_CHAIN or not authority.covers(response.tst_info.gen_time):
        return False
    verifier = VerifierBuilder(tsa_certificate=chain[0], intermediates=chain[1:-1], roots=[chain[-1]]).build()
    try:
        return verifier.verify_message(response, signature)
    except TimestampError:
        return False


def _check_validity(leaf: Certificate, times: Sequence[datetime], place: Place) -> None:
    for time in times:
        if not leaf.not_valid_before_utc <= time <= leaf.not_valid_after_utc:
            raise VerificationError(
                f"signed at {utc(time)}, when its certificate was not valid"
                f" (from {utc(leaf.not_valid_before_utc)} to {utc(leaf.not_valid_after_utc)})",
                place=place,
            )


def _certified(leaf: Certificate) -> tuple[datetime, ...]:
    """When certificate transparency logs say that they saw the certificate."""
    extension = leaf.extensions.get_extension_for_class(PrecertificateSignedCertificateTimestamps)
    return tuple(each.timestamp.replace(tzinfo=UTC) for each in extension.value)


def _text(data: bytes) -> Json:
    return base64.b64encode(data).decode()


def _normal(bundle: Bundle) -> bytes:
    """The bundle in the one spelling that the library's strict models read, every field written out."""
    certificates: list[Json] = [{"rawBytes": _text(each)} for each in bundle.certificates]
    material: dict[str, Json] = {
        "tlogEntries": [_entry_json(each) for each in bundle.log_entries],
        "timestampVerificationData": {
            "rfc3161Timestamps": [{"signedTimestamp": _text(each)} for each in bundle.timestamps]
        },
    }
    if bundle.version == "0.3":
        material["certificate"] = certificates[0]
    else:
        material["x509CertificateChain"] = {"certificates": certificates}
    document: dict[str, Json] = {"mediaType": _MEDIA_TYPES[bundle.version], "verificationMaterial": material}
    if isinstance(bundle.content, Envelope):
        document["dsseEnvelope"] = envelope_json(bundle.content)
    else:
        message: dict[str, Json] = {"signature": _text(bundle.content.signature)}
        if bundle.content.sha256:
            digest = _text(bytes.fromhex(bundle.content.sha256))
            message["messageDigest"] = {"algorithm": "SHA2_256", "digest": digest}
        document["messageSignature"] = message
    return dumps(document)


def _entry_json(entry: LogEntry) -> dict[str, Json]:
    found: dict[str, Json] = {
        "logIndex": str(entry.log_index),
        "logId": {"keyId": _text(entry.log_id)},
        "kindVersion": {"kind": entry.kind, "version": entry.version},
        "integratedTime": str(entry.integrated_time),
        "canonicalizedBody": _text(entry.body),
    }
    if entry.promise:
        found["inclusionPromise"] = {"signedEntryTimestamp": _text(entry.promise)}
    if entry.proof:
        found["inclusionProof"] = {
            "logIndex": str(entry.proof.log_index),
            "rootHash": _text(entry.proof.root_hash),
            "treeSize": str(entry.proof.tree_size),
            "hashes": [_text(each) for each in entry.proof.hashes],
            "checkpoint": {"envelope": entry.proof.checkpoint},
        }
    return found


#: The roots that come with the library, by what attest calls them: the folder is named after the repository.
EMBEDDED: Final = {
    "public-good": "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev",
    "staging": "https%3A%2F%2Ftuf-repo-cdn.sigstage.dev",
}


def embedded_root(name: str) -> bytes:
    """The trusted root of a public Sigstore instance as it came with the library (`EMBEDDED`)."""
    from importlib.resources import files

    return (files("sigstore._store") / EMBEDDED[name] / "trusted_root.json").read_bytes()
