"""Test results, links and releases: small predicates.

Sources: https://github.com/in-toto/attestation/tree/v1.1.2/spec/predicates (test-result.md, link.md,
release.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from attest.intoto.predicates.fields import filled, members, resources, strings, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.limits import Limits
    from attest.model.provenance import Resource
    from attest.model.statement import Json
    from attest.model.strict_json import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """How a test suite ended, and which tests passed, warned and failed where that is told."""

    __test__ = False  # no test case itself

    result: Literal["PASSED", "WARNED", "FAILED"]
    configuration: tuple[Resource, ...]
    url: str = ""
    passed: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One step of a supply chain: what was run on which materials."""

    name: str
    command: tuple[str, ...] = ()
    materials: tuple[Resource, ...] = ()
    byproducts: Mapping[str, Json]
    environment: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRelease:
    """That the subjects are what a registry released under this package URL."""

    purl: str
    package_id: str = ""


def read_test_result(node: Node, limits: Limits) -> TestResult:
    """The predicate https://in-toto.io/attestation/test-result/v0.1.

    Refused where it contradicts itself: passed, and yet with failed tests.
    Raises `attest.errors.FormatError` and `attest.errors.LimitError`.
    """
    result = node.need("result")
    outcome: Literal["PASSED", "WARNED", "FAILED"]
    match result.text():
        case "PASSED":
            outcome = "PASSED"
        case "WARNED":
            outcome = "WARNED"
        case "FAILED":
            outcome = "FAILED"
        case other:
            raise result.fail(f"is {other[:80]!r}, none of PASSED, WARNED and FAILED")
    node.need("configuration")
    failed = strings(node, "failedTests", limits)
    if failed and outcome != "FAILED":
        raise result.fail(f"is {outcome}, and {len(failed)} tests failed")
    return TestResult(
        result=outcome,
        configuration=resources(node, "configuration", limits),
        url=text(node, "url"),
        passed=strings(node, "passedTests", limits),
        warned=strings(node, "warnedTests", limits),
        failed=failed,
    )


def read_link(node: Node, limits: Limits) -> Link:
    """The predicate https://in-toto.io/attestation/link/v0.3.

    Raises `attest.errors.FormatError` and `attest.errors.LimitError`.
    """
    materials = resources(node, "materials", limits)
    names = [each.name for each in materials]
    if not all(names) or len(set(names)) != len(names):
        raise node.need("materials").fail("has materials without a name of their own")
    return Link(
        name=filled(node, "name"),
        command=strings(node, "command", limits),
        materials=materials,
        byproducts=members(node, "byproducts"),
        environment=members(node, "environment"),
    )


def read_release(node: Node, limits: Limits) -> PackageRelease:  # noqa: ARG001 - one signature for all readers
    """The predicates https://in-toto.io/attestation/release/v0.1 and /v0.2.

    Raises `attest.errors.FormatError`.
    """
    purl = node.need("purl")
    if not purl.text().startswith("pkg:"):
        raise purl.fail(f"is {purl.text()[:80]!r}, which is no package URL")
    return PackageRelease(purl=purl.text(), package_id=text(node, "packageId") or text(node, "releaseId"))
