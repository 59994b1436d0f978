"""Which reader a predicate has, by the type that its statement names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.intoto.predicates.openvex import VexDocument, read_openvex
from attest.intoto.predicates.others import (
    Link,
    PackageRelease,
    TestResult,
    read_link,
    read_release,
    read_test_result,
)
from attest.intoto.predicates.slsa import read_v0_2, read_v1
from attest.intoto.predicates.vsa import VerificationSummary, read_vsa
from attest.intoto.predicates.vulns import VulnerabilityScan, read_vulns
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.provenance import Provenance
from attest.model.statement import OPENVEX_PREDICATES, SLSA_0_2_PREDICATE, SLSA_PREDICATE, VSA_PREDICATE
from attest.model.strict_json import Node

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.statement import Statement

Predicate = (
    Provenance | VerificationSummary | VulnerabilityScan | TestResult | Link | PackageRelease | VexDocument
)

#: The reader of each type that is read here; SBOMs have readers of their own (`attest.sbom`).
READERS: Final[dict[str, Callable[[Node, Limits], Predicate]]] = {
    SLSA_PREDICATE: read_v1,
    SLSA_0_2_PREDICATE: read_v0_2,
    VSA_PREDICATE: read_vsa,
    "https://in-toto.io/attestation/vulns/v0.1": read_vulns,
    "https://in-toto.io/attestation/vulns/v0.2": read_vulns,
    "https://in-toto.io/attestation/test-result/v0.1": read_test_result,
    "https://in-toto.io/attestation/link/v0.3": read_link,
    "https://in-toto.io/attestation/release/v0.1": read_release,
    "https://in-toto.io/attestation/release/v0.2": read_release,
    **dict.fromkeys(sorted(OPENVEX_PREDICATES), read_openvex),
}


def read_predicate(statement: Statement, file: str, limits: Limits = DEFAULT_LIMITS) -> Predicate | None:
    """What the predicate of a statement says; None where its type is none of `READERS`.

    Raises `attest.errors.FormatError` for a predicate that is not what its type says, and
    `attest.errors.LimitError` for one that holds more than `limits` allow.
    """
    reader = READERS.get(statement.predicate_type)
    if reader is None:
        return None
    return reader(Node(value=dict(statement.predicate), file=file, path="$.predicate"), limits)
