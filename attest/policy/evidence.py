"""Step 3, the part that is policy: which verified bundles count, as whose, and for what.

Cryptography came before: a bundle arrives either verified or with the reason why it is not. Here its anchor
and its signer are held against the policy. What is not accepted is listed and is no input to any check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.model.statement import OPENVEX_PREDICATES, VSA_PREDICATE
from attest.model.verdict import EvidenceStatus, EvidenceUse
from attest.policy import identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from attest.model.bom_facts import SbomFacts
    from attest.model.release import ReleaseFile
    from attest.model.statement import VerifiedBundle
    from attest.policy.discover import Binding
    from attest.policy.model import Policy

SIGNATURE = "signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """A bundle after cryptography: `bundle` where it verified, else the `reason` why it did not.

    `file` is the file that holds it where `path` is a line of one, "" where it is the file. `sha256` is of
    the bundle's own bytes, "" where they were not read.
    `sbom` is what the SBOM reader made of the predicate, None where that is no SBOM.
    """

    path: str
    bundle: VerifiedBundle | None = None
    reason: str = ""
    sbom: SbomFacts | None = None
    file: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of evidence, judged.

    `digests` are those of its subjects that are files of the release, sorted. `identities` are the names of
    the policy that its signer goes by. `file` and `sha256` are as in `Ingested`.
    """

    path: str
    type: str
    status: EvidenceStatus
    reason: str = ""
    digests: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    bundle: VerifiedBundle | None = None
    sbom: SbomFacts | None = None
    file: str = ""
    sha256: str = ""

    @property
    def signer(self) -> str:
        """Who signed, for people."""
        return str(self.bundle.signer) if self.bundle else ""

    @property
    def use(self) -> EvidenceUse:
        """The piece as the report shows it."""
        name = ", ".join(self.identities) if self.status == "accepted" else self.signer
        return EvidenceUse(
            path=self.path,
            type=self.type,
            status=self.status,
            identity=name,
            signer=self.signer,
            claims=self.bundle.signer.claims if self.bundle else (),
            root=self.bundle.root if self.bundle else "",
            reason=self.reason,
            sha256=self.sha256,
        )


def judge(
    policy: Policy, binding: Binding, ingested: Iterable[Ingested], keys: Mapping[str, str]
) -> tuple[Piece, ...]:
    """Judge every bundle; `keys` are the fingerprints of the policy's keys by name."""
    subjects = binding.subjects()
    asked = _asked(policy, binding)
    found = [
        Piece(
            path=item.path,
            type="",
            status="rejected",
            reason=item.reason or "it does not verify",
            sha256=item.sha256,
        )
        if item.bundle is None
        else _judge_one(policy, item, item.bundle, subjects, asked, keys)
        for item in ingested
    ]
    return tuple(
        sorted(found, key=lambda each: (each.path, each.type, each.status, each.reason, each.signer))
    )


def _asked(policy: Policy, binding: Binding) -> dict[tuple[str, str], set[str]]:
    """Which identities the policy asks for, by (digest of the subject, type of evidence)."""
    asked: dict[tuple[str, str], set[str]] = {}
    for file, kind, signer in _questions(policy, binding):
        if file is not None and file.identity is not None:
            asked.setdefault((file.identity.sha256, kind), set()).add(signer)
    return asked


def _questions(policy: Policy, binding: Binding) -> Iterator[tuple[ReleaseFile | None, str, str]]:
    """Each file with a type of evidence that the policy asks for about it, and by whom."""
    judging = _judging(policy)
    for slot, file in binding.slots:
        if slot.signatures is not None:
            yield file, SIGNATURE, slot.signatures.signer
        for rule in slot.attestations:
            for predicate in rule.predicates:
                yield file, predicate, rule.signer
        for predicate, signer in judging:
            yield file, predicate, signer
    for extra, file in binding.extras:
        if extra.signer:
            yield file, SIGNATURE, extra.signer
    signers = {slot.signatures.signer for slot in policy.slots if slot.signatures is not None}
    for document, _ in binding.sboms:
        for signer in signers:
            yield document, SIGNATURE, signer


def _judging(policy: Policy) -> list[tuple[str, str]]:
    """The predicate types that judge any artifact, and by whom."""
    found = [(VSA_PREDICATE, summary.signer) for summary in policy.summaries]
    if policy.vulnerabilities and policy.vulnerabilities.vex:
        found += [(predicate, policy.vulnerabilities.vex) for predicate in sorted(OPENVEX_PREDICATES)]
    return found


def _judge_one(
    policy: Policy,
    item: Ingested,
    bundle: VerifiedBundle,
    subjects: Mapping[str, tuple[str, ...]],
    asked: Mapping[tuple[str, str], set[str]],
    keys: Mapping[str, str],
) -> Piece:
    """Anchor, then identity, then subject, then purpose: the first that fails is the reason."""
    kind = SIGNATURE if bundle.statement is None else bundle.statement.predicate_type
    digests = tuple(sorted({digest for digest in bundle.digests if digest in subjects}))
    names = tuple(sorted(i.name for i in policy.identities if identity.matches(i, bundle, keys)))

    def piece(status: EvidenceStatus, reason: str = "") -> Piece:
        return Piece(
            path=item.path,
            type=kind,
            status=status,
            reason=reason,
            digests=digests,
            identities=names,
            bundle=bundle,
            sbom=item.sbom,
            file=item.file,
            sha256=item.sha256,
        )

    wanted = set().union(*(asked.get((digest, kind), set()) for digest in digests))
    if fault := identity.anchor_fault(policy, bundle, keys):
        return piece("rejected", fault)
    if not names:
        return piece("rejected", f"signed by {bundle.signer}, which no identity of the policy names")
    if not digests:
        return piece("unused", "none of its subjects is a file of the release")
    if wanted and not wanted & set(names):
        known = f"known as {_quoted(names)}, where the policy asks for {_quoted(wanted)}"
        return piece("rejected", f"signed by {bundle.signer}, {known}")
    if not wanted:
        return piece("unused", "the policy asks for no evidence of this type about its subjects")
    return piece("accepted")


def _quoted(names: Iterable[str]) -> str:
    return " or ".join(f"'{name}'" for name in sorted(names))
