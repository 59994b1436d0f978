"""Verification summaries: that somebody else judged an artifact, by which policy, and how it ended.

Source: https://slsa.dev/spec/v1.2/verification_summary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from attest.intoto.digests import read_digests
from attest.intoto.predicates.fields import descriptor, filled, resources, strings, text, time, told, uri
from attest.model.provenance import Resource
from attest.model.time import rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from attest.model.limits import Limits
    from attest.model.statement import Json
    from attest.model.strict_json import Node

#: The version of SLSA by which summaries are written here.
SLSA_VERSION: Final = "1.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationSummary:
    """One verifier's verdict on one resource; `verified_at` is UTC, None where it is not said."""

    verifier: str
    resource: str
    policy: Resource
    result: Literal["PASSED", "FAILED"]
    levels: tuple[str, ...]
    inputs: tuple[Resource, ...] = ()
    verified_at: datetime | None = None


def read_vsa(node: Node, limits: Limits) -> VerificationSummary:
    """The predicate https://slsa.dev/verification_summary/v1.

    Raises `attest.errors.FormatError` and `attest.errors.LimitError`.
    """
    policy, result = node.need("policy"), node.need("verificationResult")
    digest = policy.get("digest")
    outcome: Literal["PASSED", "FAILED"]
    match result.text():
        case "PASSED":
            outcome = "PASSED"
        case "FAILED":
            outcome = "FAILED"
        case other:
            raise result.fail(f"is {other[:80]!r}, neither PASSED nor FAILED")
    node.need("verifiedLevels")
    return VerificationSummary(
        verifier=uri(node.need("verifier"), "id"),
        resource=filled(node, "resourceUri"),
        policy=Resource(uri=text(policy, "uri"), digests=read_digests(digest) if digest else ()),
        result=outcome,
        levels=strings(node, "verifiedLevels", limits),
        inputs=resources(node, "inputAttestations", limits),
        verified_at=time(node, "timeVerified"),
    )


def predicate(summary: VerificationSummary, versions: Mapping[str, str]) -> dict[str, Json]:
    """The predicate that says this; `versions` are those of the verifier's parts by their names."""
    verifier: dict[str, Json] = {"id": summary.verifier, "version": dict(versions)}
    return {
        "verifier": told(verifier),
        **({"timeVerified": rfc3339(summary.verified_at)} if summary.verified_at else {}),
        "resourceUri": summary.resource,
        "policy": descriptor(summary.policy),
        "inputAttestations": [descriptor(each) for each in summary.inputs],
        "verificationResult": summary.result,
        "verifiedLevels": list(summary.levels),
        "slsaVersion": SLSA_VERSION,
    }
