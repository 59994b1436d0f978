"""Verify one file, or its digest alone, against one bundle."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attest.errors import InputError, NothingToVerifyError, UsageError
from attest.model.exit_code import ExitCode
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.statement import (
    CYCLONEDX_PREDICATE,
    SLSA_0_2_PREDICATE,
    SLSA_PREDICATE,
    SPDX_PREDICATE,
)
from attest.model.verdict import (
    EVIDENCE_REJECTED,
    ArtifactVerdict,
    CheckResult,
    EvidenceUse,
    Finding,
    UsedRoot,
    Verdict,
)
from attest.policy.regex import Pattern
from attest.trust import keys, roots
from attest.trust.bundle import parse, separate
from attest.trust.verify import TrustedKey, TrustStore, verify

if TYPE_CHECKING:
    from datetime import datetime

    from attest.model.statement import Signer, VerifiedBundle
    from attest.trust.bundle import Bundle

SIGNATURE: Final = "signature"
#: Short names of predicate types, as cosign has them; anything else is the type itself.
TYPES: Final = {
    "spdx": (SPDX_PREDICATE, "https://spdx.dev/Document"),
    "spdxjson": (SPDX_PREDICATE, "https://spdx.dev/Document"),
    "cyclonedx": (CYCLONEDX_PREDICATE,),
    "slsaprovenance": (SLSA_0_2_PREDICATE,),
    "slsaprovenance02": (SLSA_0_2_PREDICATE,),
    "slsaprovenance1": (SLSA_PREDICATE,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that was read: its name for messages, its bytes, and where it is from if it is no file's."""

    file: str
    data: bytes
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detached:
    """Evidence in files of its own: a signature, who made it where that is no key, and when."""

    signature: Document
    certificate: Document | None = None
    timestamp: Document | None = None

    @property
    def file(self) -> str:
        """What the evidence is called."""
        return self.signature.file


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Who must have signed, and how well that must be proven.

    Either `key` (a public key, PEM), or `identity` or `identity_regexp` (which must match wholly) with
    `issuer` ("": the certificate names none; None: not said) and a `trusted_root`. `type` is a predicate
    type, or one of `TYPES`, that a statement must have; "" for any. The numbers count distinct logs and
    timestamp authorities.
    """

    key: Document | None = None
    trusted_root: Document | None = None
    identity: str = ""
    identity_regexp: str = ""
    issuer: str | None = None
    type: str = ""
    min_log_entries: int = 0
    min_timestamps: int = 0


def verify_file(
    path: str,
    sha256: str,
    size: int,
    evidence: Document | Detached | None,
    *,
    expected: Expected,
    now: datetime,
    limits: Limits = DEFAULT_LIMITS,
    content: memoryview | None = None,
) -> Verdict:
    """Whether the evidence proves that the file of this digest (hexadecimal) is signed as expected.

    `content` is what the file holds, None where its digest alone is known. Of several bundles, each in a line
    of its own as `gh attestation download` writes them, one must.

    Raises `UsageError` where `expected` does not say who must have signed, `NothingToVerifyError` without
    evidence, and `FormatError` or `LimitError` for evidence, key or root that cannot be read.
    """
    judge = judge_for(expected, now, limits)
    if evidence is None:
        raise NothingToVerifyError(
            "there is no evidence about this file",
            place=Place(file=path),
            hint="name its bundle with --bundle, or its signature with --signature",
        )
    judged = [judge.use(each, sha256, content) for each in _bundles(evidence, limits)]
    use, hint = next((each for each in judged if each[0].status == "accepted"), judged[0])
    if use.status == "rejected" and len(judged) > 1:
        reasons = dict.fromkeys(f"{each.path}: {each.reason}" for each, _ in judged)
        told = f"none of its {len(judged)} bundles counts: {'; '.join(reasons)}"
        use = replace(use, path=evidence.file, reason=told)
    return judge.verdict(path, sha256, size, (use, hint))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What evidence is held against; made by `judge_for`."""

    expected: Expected
    pattern: Pattern | None
    trust: TrustStore
    now: datetime
    limits: Limits

    def use(self, bundle: Bundle, sha256: str, content: memoryview | None) -> tuple[EvidenceUse, str]:
        """What becomes of one bundle about bytes with this digest, and the hint where it is refused."""
        try:
            verified = verify(bundle, digests={sha256}, trust=self.trust, now=self.now, content=content)
            # Who asks for a type means what that type says, not a statement that only claims it.
            if verified.statement and self.expected.type:
                from attest.intoto.predicates.read import read_predicate

                read_predicate(verified.statement, bundle.file, self.limits)
        except InputError as error:
            return _rejected(bundle.file, error.message), error.hint or ""
        reason = _why_not(verified, self.expected, self.pattern)
        use = EvidenceUse(
            path=bundle.file,
            type=verified.statement.predicate_type if verified.statement else SIGNATURE,
            status="rejected" if reason else "accepted",
            identity=str(verified.signer),
            signer=str(verified.signer),
            claims=verified.signer.claims,
            root=verified.root,
            reason=reason,
        )
        return use, ""

    def verdict(
        self,
        path: str,
        sha256: str,
        size: int,
        decisive: tuple[EvidenceUse, str],
        others: tuple[EvidenceUse, ...] = (),
    ) -> Verdict:
        """The verdict by the decisive piece of evidence, with its hint; `others` are listed beside it."""
        return replace(
            _verdict(path, sha256, size, *decisive, others, self.now), roots=_roots(self.expected, self.trust)
        )


def judge_for(expected: Expected, now: datetime, limits: Limits = DEFAULT_LIMITS) -> Judge:
    """What evidence is held against.

    Raises `UsageError` where `expected` does not say who must have signed, `FormatError` and `LimitError` for
    a key or root that cannot be read.
    """
    pattern = _check(expected)
    return Judge(expected=expected, pattern=pattern, trust=_trust(expected, limits), now=now, limits=limits)


def _rejected(path: str, reason: str) -> EvidenceUse:
    return EvidenceUse(path=path, type=SIGNATURE, status="rejected", reason=reason)


def _bundles(evidence: Document | Detached, limits: Limits) -> list[Bundle]:
    """The bundle, or those of the lines; `FormatError` and `LimitError` as their reader raises them."""
    if isinstance(evidence, Detached):
        return [_joined(evidence, limits)]
    return [parse(data, name, limits) for name, data in separate(evidence.data, evidence.file, limits)]


def _joined(evidence: Detached, limits: Limits) -> Bundle:
    from attest.trust.detached import Part, read_detached

    def part(document: Document | None) -> Part | None:
        return Part(document.file, document.data) if document else None

    return read_detached(
        Part(evidence.signature.file, evidence.signature.data),
        certificate=part(evidence.certificate),
        timestamp=part(evidence.timestamp),
        limits=limits,
    )


def _check(expected: Expected) -> Pattern | None:
    """Refuse words that do not say who must have signed; the compiled pattern, where there is one."""
    named = bool(expected.identity) + bool(expected.identity_regexp)
    if expected.key:
        if named or expected.issuer is not None:
            raise UsageError(
                "--key and a certificate identity exclude each other",
                hint="name the key, or identity and issuer",
            )
        return None
    if named != 1 or expected.issuer is None:
        raise UsageError(
            "it is not said who must have signed",
            hint="give --key, or --certificate-identity (or -regexp) and --certificate-oidc-issuer",
        )
    if expected.trusted_root is None:
        raise UsageError(
            "a certificate identity needs a trusted root", hint="name its file with --trusted-root"
        )
    if not expected.identity_regexp:
        return None
    try:
        return Pattern(expected.identity_regexp)
    except InputError as error:
        raise UsageError(
            f"--certificate-identity-regexp is no regular expression: {error.message}", hint=error.hint
        ) from error


def _trust(expected: Expected, limits: Limits) -> TrustStore:
    key, root = expected.key, expected.trusted_root
    return TrustStore(
        keys=(TrustedKey(name=key.file, key=keys.load_public(key.data, key.file, limits)),) if key else (),
        roots=roots.parse(root.data, root.file, root.file, limits) if root else (),
    )


def _roots(expected: Expected, trust: TrustStore) -> tuple[UsedRoot, ...]:
    given = expected.trusted_root
    if given is None:
        return ()
    sha256 = hashlib.sha256(given.data).hexdigest()
    source = given.source or given.file
    return tuple(UsedRoot(name=each.name, source=source, sha256=sha256) for each in trust.roots)


def _why_not(verified: VerifiedBundle, expected: Expected, pattern: Pattern | None) -> str:
    """Why a bundle whose cryptography holds is not what was asked for, "" where it is."""
    return _wrong_signer(verified.signer, expected, pattern) or _wrong_evidence(verified, expected)


def _wrong_signer(signer: Signer, expected: Expected, pattern: Pattern | None) -> str:
    if expected.key:
        return "" if signer.kind == "key" else f"it was signed by {signer}, and a key was asked for"
    if not pattern.matches(signer.san) if pattern else signer.san != expected.identity:
        return f"it was signed by {signer}, not by {expected.identity or expected.identity_regexp}"
    if signer.issuer != expected.issuer:
        return f"it was signed by {signer}, and the issuer must be {expected.issuer or 'absent'}"
    return ""


def _wrong_evidence(verified: VerifiedBundle, expected: Expected) -> str:
    if expected.type:
        kinds = TYPES.get(expected.type, (expected.type,))
        if verified.statement is None:
            return f"it is a signature of the file itself, not a statement of the type {expected.type}"
        if verified.statement.predicate_type not in kinds:
            return f"it is a statement of the type {verified.statement.predicate_type}, not {expected.type}"
    if verified.log_entries < expected.min_log_entries:
        return f"{verified.log_entries} logs prove it, and {expected.min_log_entries} must"
    if verified.timestamps < expected.min_timestamps:
        return f"{verified.timestamps} authorities timestamped it, and {expected.min_timestamps} must"
    return ""


def _verdict(
    path: str,
    sha256: str,
    size: int,
    use: EvidenceUse,
    hint: str,
    others: tuple[EvidenceUse, ...],
    now: datetime,
) -> Verdict:
    denied = use.status == "rejected"
    finding = Finding(
        check=EVIDENCE_REJECTED,
        severity="deny",
        outcome="fail",
        message=use.reason,
        hint=hint or "check that this bundle belongs to this file, and who signed it",
        subject=path,
        place=Place(file=use.path),
    )
    return Verdict(
        decision="deny" if denied else "pass",
        exit_code=ExitCode.DENIED if denied else ExitCode.PASS,
        time=now,
        policy=None,
        version="",
        tag="",
        revision="",
        partial=False,
        artifacts=(
            ArtifactVerdict(
                path=path,
                slot="",
                platform="",
                sha256=sha256,
                size=size,
                outcome="deny" if denied else "pass",
                evidence=(use, *others),
            ),
        ),
        findings=(finding,) if denied else (),
        checks=(CheckResult(check=EVIDENCE_REJECTED, outcome="fail" if denied else "pass", subject=path),),
        evidence=(),
    )
