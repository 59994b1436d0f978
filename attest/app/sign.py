"""Sign files and what is said about them: digests and documents in, named bundles out."""

from __future__ import annotations

import re
import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from attest.app.kept_evidence import KeepingSigner, orphans
from attest.errors import FormatError, LimitError, ServiceError, UsageError
from attest.intoto import statement
from attest.intoto.predicates.read import READERS, read_predicate
from attest.model.limits import DEFAULT_LIMITS, KIB, Limits
from attest.model.place import Place
from attest.model.statement import CYCLONEDX_PREDICATE, SLSA_PREDICATE, SPDX_PREDICATE, Subject
from attest.model.strict_json import Node, loads
from attest.signing.configuration import Configuration, join, read_configuration
from attest.signing.credential import KeyCredentials, KeylessCredentials
from attest.signing.logged import LoggedSigner, Tally
from attest.signing.signer import Signer
from attest.signing.token import looks_like_token, read_token
from attest.trust.verify import TrustedKey, TrustStore

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from attest.model.ports import Journal, Services
    from attest.model.trust_update import InstanceTrust
    from attest.signing.credential import Credentials
    from attest.signing.key import KeySigner
    from attest.signing.signer import SigningKey


__all__ = [
    "MOST_SUBJECTS",
    "PREDICATES",
    "Configuration",
    "Signature",
    "Signer",
    "Signing",
    "Tally",
    "configuration_apart",
    "configuration_of",
    "document_signatures",
    "file_signatures",
    "instance_configuration",
    "key_signing",
    "logged_signing",
    "looks_like_token",
    "public_hosts",
    "sign_all",
    "sign_documents",
    "sign_files",
    "statement_signature",
    "token_identity",
]

#: The part of a bundle's name that tells what its statement says, and the predicate type of each.
PREDICATES: Final = {"cdx": CYCLONEDX_PREDICATE, "spdx": SPDX_PREDICATE}
_KINDS: Final = {
    **{predicate: kind for kind, predicate in PREDICATES.items()},
    SLSA_PREDICATE: "provenance",
    "https://slsa.dev/verification_summary/v1": "vsa",
}
_WORD: Final = re.compile("[A-Za-z]{2}[A-Za-z0-9_-]{0,38}")
_BUNDLE_FRAME: Final = 64 * KIB  # what a bundle needs beside its payload
#: Subjects of one statement; cosign and sigstore-go refuse one with more.
MOST_SUBJECTS: Final = 1024
#: Signatures made at once: a log answers after up to a second, whoever else waits.
WIDTH: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature to make: of a file by its SHA-256 (hexadecimal), or of a statement (`payload`).

    `name` is the file that the bundle goes to.
    """

    name: str
    sha256: str = ""
    payload: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """Who signs, and what with: a key alone, or (`logged`) the services of a Sigstore instance.

    `trust` is what its signatures verify with. `width` signatures are made at a time.
    """

    signer: Signer
    trust: TrustStore
    logged: LoggedSigner | None = None

    @property
    def width(self) -> int:
        """One where nothing is waited for: tokens and commands are asked one by one."""
        return WIDTH if self.logged else 1

    def keeping(
        self, evidence: Mapping[str, bytes], now: datetime, limits: Limits = DEFAULT_LIMITS
    ) -> Signer:
        """A signer that keeps those of the files (bytes by name) that it would make again."""
        if self.logged:
            self.logged.written(each for each in evidence.values() if each)
        mine = self.logged.made if self.logged else lambda _: True
        return KeepingSigner(self.signer, evidence, trust=self.trust, now=now, mine=mine, limits=limits)

    def orphans(self, evidence: Mapping[str, bytes], digests: Collection[str], now: datetime) -> list[str]:
        """Those of the files (bytes by name) that this signer made about none of these digests (SHA-256)."""
        mine = self.logged.made if self.logged else lambda _: True
        return orphans(evidence, digests, trust=self.trust, now=now, mine=mine)

    def finish(self) -> int:
        """Say that everything that was signed is written; how many signatures are kept of other things."""
        return self.logged.finish() if self.logged else 0


def key_signing(signer: KeySigner) -> Signing:
    """Signing with a key alone."""
    return Signing(signer=signer, trust=TrustStore(keys=(TrustedKey(name="own", key=signer.key.public),)))


def file_signatures(files: Mapping[str, str]) -> list[Signature]:
    """A message signature for each file (name to SHA-256, hexadecimal), as `NAME.sigstore.json`."""
    return [Signature(name=f"{name}.sigstore.json", sha256=sha256) for name, sha256 in sorted(files.items())]


def document_signatures(
    name: str,
    subjects: Mapping[str, str],
    documents: Mapping[str, bytes],
    limits: Limits = DEFAULT_LIMITS,
) -> list[Signature]:
    """A statement for each document (JSON, by `spdx`, `cdx` or the URI of its predicate type).

    The statement says of `subjects` (file names to SHA-256, hexadecimal) that this is their document; its
    bundle is `NAME.KIND.intoto.sigstore.json`. Where there are more subjects than others read, there are
    several, called `NAME.2.KIND.intoto.sigstore.json` and so on. Raises `UsageError` for an unknown kind,
    `FormatError` for a document that is no JSON object or not what its type says, `LimitError` for one that
    is too large to be verified again.
    """
    every = sorted(subjects.items())
    parts = [dict(every[at : at + MOST_SUBJECTS]) for at in range(0, len(every) or 1, MOST_SUBJECTS)]
    return [
        Signature(
            name=_bundle_name(name if number == 1 else f"{name}.{number}", kind),
            payload=_statement(part, kind, documents[kind], name, limits),
        )
        for kind in sorted(documents)
        for number, part in enumerate(parts, start=1)
    ]


def statement_signature(name: str, sha256: str, payload: bytes, limits: Limits = DEFAULT_LIMITS) -> Signature:
    """A ready statement, to be signed as it is, about a file with this SHA-256.

    Raises `FormatError` for what is no statement, is about other files alone or has a predicate that is not
    what its type says, `LimitError` as above.
    """
    stated = statement.parse(payload, f"statement about {name}", limits)
    if sha256 not in stated.digests:
        raise FormatError(
            f"the statement is not about {name}: no subject has its digest sha256:{sha256}",
            hint="name the file that the statement is about",
        )
    read_predicate(stated, f"statement about {name}", limits)
    _refuse_large(payload, name, limits)
    return Signature(name=_bundle_name(name, stated.predicate_type), payload=payload)


def sign_all(
    signer: Signer,
    signatures: Iterable[Signature],
    *,
    width: int = 1,
    done: Callable[[str], object] = lambda _: None,
) -> dict[str, bytes]:
    """The bundles by their names, `width` of them made at a time.

    Raises what the signer raises first; what was begun by then is ended, and nothing more is begun.
    """
    wanted = list(signatures)
    stopped = threading.Event()

    def make(each: Signature) -> bytes:
        if stopped.is_set():
            raise ServiceError("not begun, because another signature failed")
        try:
            made = signer.sign_statement(each.payload) if each.payload else signer.sign_blob(each.sha256)
        except BaseException:
            stopped.set()
            raise
        done(each.name)
        return made

    if width <= 1:
        return {each.name: make(each) for each in wanted}
    with ThreadPoolExecutor(width, "attest-signing") as pool:
        futures = [pool.submit(make, each) for each in wanted]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        except BaseException:  # Ctrl-C: what waits in the queue is never begun
            stopped.set()
            raise
    # In their order: what was not begun comes after what failed.
    failed = [each for each in futures if each.exception() is not None]
    if failed:
        raise failed[0].exception() or AssertionError
    return {each.name: future.result() for each, future in zip(wanted, futures, strict=True)}


def sign_files(signer: Signer, files: Mapping[str, str], *, width: int = 1) -> dict[str, bytes]:
    """`file_signatures`, made."""
    return sign_all(signer, file_signatures(files), width=width)


def sign_documents(
    signer: Signer,
    name: str,
    subjects: Mapping[str, str],
    documents: Mapping[str, bytes],
    limits: Limits = DEFAULT_LIMITS,
) -> dict[str, bytes]:
    """`document_signatures`, made."""
    return sign_all(signer, document_signatures(name, subjects, documents, limits))


def _bundle_name(name: str, kind: str) -> str:
    """What people call a predicate type that has no short name: the last word of its URI without version."""
    if kind not in PREDICATES:
        # No version, and nothing that means something in a file name.
        words = [each for each in urlsplit(kind).path.split("/") if _WORD.fullmatch(each)]
        kind = _KINDS.get(kind) or (words[-1].lower() if words else "statement")
    return f"{name}.{kind}.intoto.sigstore.json"


def _statement(subjects: Mapping[str, str], kind: str, document: bytes, name: str, limits: Limits) -> bytes:
    predicate = PREDICATES.get(kind, kind)
    if ":" not in predicate:
        raise UsageError(
            f"no predicate type is known for {kind!r}",
            hint=f"one of {', '.join(sorted(PREDICATES))}, or the URI of a predicate type",
        )
    file = f"{name}.{kind}.json" if kind in PREDICATES else f"the predicate about {name}"
    value = loads(document, file=file, max_bytes=limits.sbom_bytes, max_depth=limits.json_depth)
    node = Node(value=value, file=file)
    about = [Subject(name=each, sha256=sha256) for each, sha256 in subjects.items()]
    payload = statement.build(about, predicate, node.object())
    if predicate in READERS:  # what is not what its type says would be logged for ever, and verify nowhere
        READERS[predicate](node, limits)
    _refuse_large(payload, file, limits)
    return payload


def _refuse_large(payload: bytes, file: str, limits: Limits) -> None:
    if len(payload) * 4 // 3 + _BUNDLE_FRAME > limits.bundle_bytes:
        raise LimitError(
            f"a statement of {len(payload)} bytes makes a bundle of more than {limits.bundle_bytes}"
            " bytes, which no gate would read",
            place=Place(file=file),
            hint="sign a smaller document",
        )


def configuration_of(data: bytes, file: str, now: datetime) -> Configuration:
    """The services and the root of a client trust configuration; raises as its reader does."""
    return read_configuration(data, file, now)


def configuration_apart(
    root: bytes, root_file: str, services: bytes, services_file: str, now: datetime
) -> Configuration:
    """The same of a trusted root and a signing configuration that were given apart."""
    joined = join(root, root_file, services, services_file, DEFAULT_LIMITS)
    return read_configuration(joined, services_file, now)


def instance_configuration(trust: InstanceTrust, now: datetime) -> Configuration:
    """The same of a public instance, as an update brought it or as it came with attest."""
    return configuration_apart(
        trust.trusted_root,
        f"the trusted root of {trust.name}",
        trust.signing_config,
        f"the signing configuration of {trust.name}",
        now,
    )


def logged_signing(
    configuration: Configuration,
    who: str | SigningKey,
    services: Services,
    *,
    now: Callable[[], datetime],
    journal: Journal | None = None,
) -> Signing:
    """Signing with the services: for an identity token (text), or with a key.

    Nothing is asked before something is signed. Raises `FormatError`, `LimitError`, `ServiceError` for a
    token that cannot be used, `FormatError` for a configuration without the services that are needed, and
    `UsageError` for a key that no log takes.
    """
    credentials: Credentials
    if isinstance(who, str):
        token = read_token(who, now())
        credentials = KeylessCredentials(configuration, token, services, now, DEFAULT_LIMITS)
    else:
        credentials = KeyCredentials(who, configuration)
    signer = LoggedSigner(configuration, credentials, services, now=now, journal=journal)
    return Signing(signer=signer, trust=credentials.trust, logged=signer)


def public_hosts(configuration: Configuration) -> tuple[str, ...]:
    """The hosts of the logs, where everybody can read what is signed."""
    return tuple(each.host for each in configuration.logs)


def token_identity(raw: str, now: datetime) -> str:
    """Who a token says that its bearer is; raises as its reader does."""
    token = read_token(raw, now)
    return f"{token.identity} ({token.issuer})"
