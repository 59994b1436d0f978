"""Verification summaries (SLSA VSA) of a verdict: what this run says of each artifact, for others to rely on.

Source: https://slsa.dev/spec/v1.2/verification_summary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import quote

from attest.errors import UsageError
from attest.intoto import statement
from attest.intoto.predicates.fields import URI
from attest.intoto.predicates.vsa import VerificationSummary, predicate
from attest.model.provenance import Resource
from attest.model.statement import VSA_PREDICATE, Subject

if TYPE_CHECKING:
    from attest.app.keys import KeySigner
    from attest.model.verdict import ArtifactVerdict, PolicyName, Verdict

#: What a template of names and addresses has in place of the artifact's path.
ARTIFACT: Final = "{artifact}"
_UNEVALUATED: Final = "SLSA_BUILD_LEVEL_UNEVALUATED"
_FAILED: Final = "FAILED"


def refuse_verifier(verifier: str | None, resource: str | None) -> None:
    """Raise `UsageError` where what a summary must name is not told, or is no URI."""
    for option, value, hint in (
        ("--vsa-verifier", verifier, "who verifies here, as those who rely on it know it: a URI"),
        ("--vsa-resource", resource, "where the artifact is fetched from: a URI with {artifact} in it"),
    ):
        if not value:
            raise UsageError(f"-o vsa needs {option}", hint=hint)
        if not URI.match(value.replace(ARTIFACT, "a")):
            raise UsageError(f"{option}: {value!r} is no URI", hint=hint)


def summaries(verdict: Verdict, *, verifier: str, resource: str, version: str) -> dict[str, bytes]:
    """A statement for every judged artifact by its path: passed where the whole release has.

    `verifier` and `resource` are URIs, with `ARTIFACT` for the path in the second; `version` is that of
    attest. A verdict that is none (undecided, or over a part of a release) says nothing.
    """
    policy = verdict.policy
    if policy is None or verdict.partial or verdict.decision not in ("pass", "deny"):
        return {}
    return {
        each.path: statement.build(
            [Subject(name=each.path, sha256=each.sha256)],
            VSA_PREDICATE,
            predicate(_summary(verdict, policy, each, verifier, resource), {"attest": version}),
        )
        for each in verdict.artifacts
        if each.sha256
    }


def signed_summaries(statements: dict[str, bytes], signer: KeySigner) -> dict[str, bytes]:
    """The same as bundles. Raises what the signer raises."""
    return {path: signer.sign_statement(payload) for path, payload in statements.items()}


def _summary(
    verdict: Verdict, policy: PolicyName, artifact: ArtifactVerdict, verifier: str, resource: str
) -> VerificationSummary:
    passed = verdict.decision == "pass"
    result: Literal["PASSED", "FAILED"] = "PASSED" if passed else "FAILED"
    level = f"SLSA_BUILD_LEVEL_{artifact.build_level}" if artifact.build_level else _UNEVALUATED
    used = {
        (each.path, each.sha256) for each in artifact.evidence if each.status == "accepted" and each.sha256
    }
    return VerificationSummary(
        verifier=verifier,
        resource=resource.replace(ARTIFACT, quote(artifact.path)),
        policy=Resource(
            name=policy.name,
            uri=f"urn:attest:policy:{quote(policy.name)}:{policy.version}",
            digests=(("sha256", policy.sha256),),
        ),
        result=result,
        levels=(level if passed else _FAILED,),
        inputs=tuple(Resource(name=path, digests=(("sha256", digest),)) for path, digest in sorted(used)),
        verified_at=verdict.time,
    )
