"""Predicates of every type that is read: what they say, and the reason why broken ones are refused."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from attest.errors import FormatError, LimitError
from attest.intoto.predicates.openvex import VexComponent, VexDocument, VexProduct, VexStatement
from attest.intoto.predicates.others import Link, PackageRelease, TestResult
from attest.intoto.predicates.read import READERS, Predicate, read_predicate
from attest.intoto.predicates.slsa import predicate
from attest.intoto.predicates.vsa import VerificationSummary
from attest.intoto.predicates.vulns import Vulnerability, VulnerabilityScan
from attest.model.limits import Limits
from attest.model.provenance import Provenance, Resource
from attest.model.statement import SLSA_0_2_PREDICATE, SLSA_PREDICATE, Statement, Subject

if TYPE_CHECKING:
    from attest.model.statement import Json

A, COMMIT = "a" * 64, "0123456789abcdef0123456789abcdef01234567"
VSA = "https://slsa.dev/verification_summary/v1"
VULNS = "https://in-toto.io/attestation/vulns/v0.2"
TESTS = "https://in-toto.io/attestation/test-result/v0.1"
LINK = "https://in-toto.io/attestation/link/v0.3"
OPENVEX = "https://openvex.dev/ns/v0.2.0"
RELEASE = "https://in-toto.io/attestation/release/v0.1"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)

GOOD: dict[str, dict[str, Any]] = {
    OPENVEX: {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://acme.dev/vex/1",
        "author": "Acme",
        "timestamp": "2026-03-04T12:00:00Z",
        "version": 1,
        "statements": [
            {
                "vulnerability": {"name": "GO-2026-0001", "aliases": ["CVE-2026-1"]},
                "status": "not_affected",
                "justification": "vulnerable_code_not_present",
                "timestamp": "2026-03-04T13:00:00.123456789+01:00",
                "products": [
                    {
                        "@id": "pkg:golang/example.com/widget@v1.0.0",
                        "hashes": {"sha-256": "A" * 64},
                        "subcomponents": [{"identifiers": {"purl": "pkg:golang/example.com/codec"}}],
                    }
                ],
            },
            {"vulnerability": {"name": "GO-2026-0002"}, "status": "fixed", "impact_statement": "mended"},
        ],
    },
    SLSA_PREDICATE: {
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": {"workflow": {"ref": "refs/tags/v1"}},
            "internalParameters": {"github": {"event_name": "push"}},
            "resolvedDependencies": [
                {"uri": "git+https://github.com/acme/widget@refs/tags/v1", "digest": {"gitCommit": COMMIT}},
                {"name": "inline", "content": "aGk="},
            ],
        },
        "runDetails": {
            "builder": {"id": "https://github.com/acme/builder", "version": {"runner": "2.3"}},
            "metadata": {
                "invocationId": "https://github.com/acme/widget/actions/runs/1/attempts/1",
                "startedOn": "2026-03-04T12:00:00Z",
                "finishedOn": "2026-03-04T14:00:00.5+02:00",
            },
            "byproducts": [{"name": "log.txt", "digest": {"sha256": A}, "mediaType": "text/plain"}],
        },
    },
    SLSA_0_2_PREDICATE: {
        "builder": {"id": "https://github.com/acme/builder"},
        "buildType": "https://github.com/acme/go@v1",
        "invocation": {
            "configSource": {"uri": "git+https://github.com/acme/widget", "entryPoint": "release.yml"},
            "parameters": {"inputs": {}},
            "environment": {"arch": "X64"},
        },
        "buildConfig": {"steps": []},
        "metadata": {"buildInvocationId": "1-1", "buildStartedOn": "2026-03-04T12:00:00Z"},
        "materials": [{"uri": "git+https://github.com/acme/widget", "digest": {"sha1": COMMIT}}],
    },
    VSA: {
        "verifier": {"id": "https://acme.dev/gate"},
        "timeVerified": "2026-03-04T12:00:00Z",
        "resourceUri": "pkg:golang/example.com/widget@v1.0.0",
        "policy": {"uri": "release.yaml", "digest": {"sha256": A}},
        "inputAttestations": [{"uri": "https://acme.dev/a", "digest": {"sha256": A}}],
        "verificationResult": "PASSED",
        "verifiedLevels": ["SLSA_BUILD_LEVEL_2"],
    },
    VULNS: {
        "scanner": {
            "uri": "https://go.dev/govulncheck",
            "version": "v1.1.4",
            "db": {"lastUpdate": "2026-03-04T12:00:00Z"},
            "result": [
                {"id": "GO-2026-0001", "severity": [{"method": "nvd", "score": "medium"}]},
                {"id": "GO-2026-0002", "severity": {"method": "nvd", "score": "high"}},
                {"id": "GO-2026-0003"},
            ],
        },
        "metadata": {"scanStartedOn": "2026-03-04T12:00:00Z", "scanFinishedOn": "2026-03-04T12:00:00Z"},
    },
    TESTS: {
        "result": "FAILED",
        "configuration": [{"name": "ci.yml", "digest": {"gitBlob": COMMIT}}],
        "url": "https://acme.dev/run/1",
        "passedTests": ["a"],
        "warnedTests": ["b"],
        "failedTests": ["c"],
    },
    LINK: {
        "name": "build",
        "command": ["go", "build"],
        "materials": [{"name": "main.go", "digest": {"sha256": A}}],
        "byproducts": {"return-value": 0},
        "environment": {"os": "linux"},
    },
    RELEASE: {"purl": "pkg:golang/example.com/widget@v1.0.0", "packageId": "7"},
}

SAID: dict[str, Predicate] = {
    SLSA_PREDICATE: Provenance(
        builder_id="https://github.com/acme/builder",
        build_type="https://actions.github.io/buildtypes/workflow/v1",
        external_parameters={"workflow": {"ref": "refs/tags/v1"}},
        internal_parameters={"github": {"event_name": "push"}},
        dependencies=(
            Resource(uri="git+https://github.com/acme/widget@refs/tags/v1", digests=(("gitCommit", COMMIT),)),
            Resource(name="inline"),
        ),
        builder_versions=(("runner", "2.3"),),
        invocation_id="https://github.com/acme/widget/actions/runs/1/attempts/1",
        started_on=NOON,
        finished_on=NOON.replace(microsecond=500_000),
        byproducts=(Resource(name="log.txt", digests=(("sha256", A),), media_type="text/plain"),),
    ),
    OPENVEX: VexDocument(
        author="Acme",
        statements=(
            VexStatement(
                vulnerabilities=("GO-2026-0001", "CVE-2026-1"),
                status="not_affected",
                said_at=NOON.replace(microsecond=123456),
                why="vulnerable_code_not_present",
                products=(
                    VexProduct(
                        itself=VexComponent(names=("pkg:golang/example.com/widget@v1.0.0",), sha256=A),
                        parts=(VexComponent(names=("pkg:golang/example.com/codec",)),),
                    ),
                ),
            ),
            VexStatement(vulnerabilities=("GO-2026-0002",), status="fixed", said_at=NOON),
        ),
    ),
    SLSA_0_2_PREDICATE: Provenance(
        builder_id="https://github.com/acme/builder",
        build_type="https://github.com/acme/go@v1",
        external_parameters={
            "configSource": {"uri": "git+https://github.com/acme/widget", "entryPoint": "release.yml"},
            "parameters": {"inputs": {}},
        },
        internal_parameters={"environment": {"arch": "X64"}, "buildConfig": {"steps": []}},
        dependencies=(Resource(uri="git+https://github.com/acme/widget", digests=(("sha1", COMMIT),)),),
        invocation_id="1-1",
        started_on=NOON,
    ),
    VSA: VerificationSummary(
        verifier="https://acme.dev/gate",
        resource="pkg:golang/example.com/widget@v1.0.0",
        policy=Resource(uri="release.yaml", digests=(("sha256", A),)),
        result="PASSED",
        levels=("SLSA_BUILD_LEVEL_2",),
        inputs=(Resource(uri="https://acme.dev/a", digests=(("sha256", A),)),),
        verified_at=NOON,
    ),
    VULNS: VulnerabilityScan(
        scanner="https://go.dev/govulncheck",
        scanner_version="v1.1.4",
        found=(
            Vulnerability(id="GO-2026-0001", severities=(("nvd", "medium"),)),
            Vulnerability(id="GO-2026-0002", severities=(("nvd", "high"),)),
            Vulnerability(id="GO-2026-0003"),
        ),
        database_updated=NOON,
        started_on=NOON,
        finished_on=NOON,
    ),
    TESTS: TestResult(
        result="FAILED",
        configuration=(Resource(name="ci.yml", digests=(("gitBlob", COMMIT),)),),
        url="https://acme.dev/run/1",
        passed=("a",),
        warned=("b",),
        failed=("c",),
    ),
    LINK: Link(
        name="build",
        command=("go", "build"),
        materials=(Resource(name="main.go", digests=(("sha256", A),)),),
        byproducts={"return-value": 0},
        environment={"os": "linux"},
    ),
    RELEASE: PackageRelease(purl="pkg:golang/example.com/widget@v1.0.0", package_id="7"),
}


def read(kind: str, predicate: dict[str, Json], limits: Limits | None = None) -> Predicate | None:
    statement = Statement(
        subjects=(Subject(name="w", sha256=A),), predicate_type=kind, predicate=predicate, payload=b""
    )
    return read_predicate(statement, "a.sigstore.json", limits or Limits())


@pytest.mark.parametrize("kind", GOOD)
def test_a_predicate_says_what_stands_in_it(kind: str) -> None:
    assert read(kind, GOOD[kind]) == SAID[kind]


def test_every_reader_has_a_good_example() -> None:
    assert {READERS[each] for each in GOOD} == set(READERS.values())
    assert read("https://example.com/custom", {"a": 1}) is None


@pytest.mark.parametrize("kind", GOOD)
def test_fields_that_are_not_known_change_nothing(kind: str) -> None:
    assert read(kind, GOOD[kind] | {"x_more": {"y": 1}}) == SAID[kind]


#: Path into the good predicate, the value put there (… takes it away), and the reason for the refusal.
BROKEN: list[tuple[str, str, object, str]] = [
    (SLSA_PREDICATE, "buildDefinition", ..., "$.predicate has no 'buildDefinition'"),
    (SLSA_PREDICATE, "runDetails", ..., "$.predicate has no 'runDetails'"),
    (SLSA_PREDICATE, "runDetails.builder", ..., "$.predicate.runDetails has no 'builder'"),
    (SLSA_PREDICATE, "runDetails.builder.id", "me", "runDetails.builder.id is 'me', which is no URI"),
    (SLSA_PREDICATE, "runDetails.builder.version", {"r": ""}, "builder.version.r is empty"),
    (SLSA_PREDICATE, "runDetails.metadata.startedOn", "today", "startedOn is 'today', which is no time"),
    (SLSA_PREDICATE, "runDetails.metadata.startedOn", "2026-02-30T00:00:00Z", "which is no time (RFC 3339)"),
    (SLSA_PREDICATE, "runDetails.metadata.startedOn", "2026-02-03T00:00:00", "which is no time (RFC 3339)"),
    (SLSA_PREDICATE, "buildDefinition.buildType", "", "buildDefinition.buildType is '', which is no URI"),
    (SLSA_PREDICATE, "buildDefinition.externalParameters", ..., "has no 'externalParameters'"),
    (SLSA_PREDICATE, "buildDefinition.externalParameters", [], "is an array, not an object"),
    (SLSA_PREDICATE, "buildDefinition.resolvedDependencies", {}, "is an object, not an array"),
    (SLSA_PREDICATE, "buildDefinition.resolvedDependencies", [{"name": "a"}], "[0] has neither uri, digest"),
    (
        SLSA_PREDICATE,
        "buildDefinition.resolvedDependencies",
        [{"digest": {"gitCommit": "main"}}],
        "gitCommit is no gitCommit: 40 or 64 lower-case hexadecimal digits are",
    ),
    (SLSA_0_2_PREDICATE, "builder", ..., "$.predicate has no 'builder'"),
    (SLSA_0_2_PREDICATE, "invocation.configSource", "x", "configSource is a string, not an object"),
    (SLSA_0_2_PREDICATE, "materials", [{}], "materials[0] has neither uri, digest nor content"),
    (VSA, "verifier", {"id": "gate"}, "verifier.id is 'gate', which is no URI"),
    (VSA, "verificationResult", "passed", "is 'passed', neither PASSED nor FAILED"),
    (VSA, "verifiedLevels", ..., "$.predicate has no 'verifiedLevels'"),
    (VSA, "verifiedLevels", [1], "verifiedLevels[0] is a number, not a string"),
    (VSA, "policy", ..., "$.predicate has no 'policy'"),
    (VSA, "policy.digest", {}, "policy.digest is empty: it names no artifact"),
    (VSA, "resourceUri", "", "resourceUri is empty"),
    (VULNS, "scanner", ..., "$.predicate has no 'scanner'"),
    (VULNS, "scanner.result", ..., "$.predicate.scanner has no 'result'"),
    (VULNS, "scanner.result", [{"severity": []}], "result[0] has no 'id'"),
    (VULNS, "scanner.result", [{"id": "x", "severity": "high"}], "severity is a string, not an object"),
    (TESTS, "result", "OK", "is 'OK', none of PASSED, WARNED and FAILED"),
    (TESTS, "result", "PASSED", "is PASSED, and 1 tests failed"),
    (TESTS, "result", "WARNED", "is WARNED, and 1 tests failed"),
    (TESTS, "configuration", ..., "$.predicate has no 'configuration'"),
    (LINK, "name", ..., "$.predicate has no 'name'"),
    (LINK, "materials", [{"uri": "a:b"}], "has materials without a name of their own"),
    (OPENVEX, "@context", "https://openvex.dev/ns/v0.0.1", "is not that of OpenVEX 0.2"),
    (OPENVEX, "author", ..., "$.predicate has no 'author'"),
    (OPENVEX, "timestamp", ..., "$.predicate has no 'timestamp'"),
    (OPENVEX, "timestamp", "today", "timestamp is 'today', which is no time"),
    (OPENVEX, "statements", ..., "$.predicate has no 'statements'"),
    (OPENVEX, "statements", [{"vulnerability": "CVE-1"}], "vulnerability is a string, not an object"),
    (OPENVEX, "statements", [{"vulnerability": {"name": ""}, "status": "fixed"}], "name is empty"),
    (OPENVEX, "statements", [{"vulnerability": {"name": "x"}, "status": "safe"}], "is 'safe', none of not_"),
    (
        OPENVEX,
        "statements",
        [{"vulnerability": {"name": "x"}, "status": "not_affected"}],
        "says not_affected without a justification or an impact_statement",
    ),
    (
        OPENVEX,
        "statements",
        [{"vulnerability": {"name": "x"}, "status": "fixed", "products": []}],
        "products is empty",
    ),
    (
        OPENVEX,
        "statements",
        [{"vulnerability": {"name": "x"}, "status": "fixed", "products": [{"supplier": "y"}]}],
        "products[0] has no name, no identifier and no hash",
    ),
    (
        OPENVEX,
        "statements",
        [
            {
                "vulnerability": {"name": "x"},
                "status": "fixed",
                "products": [{"@id": "y", "subcomponents": []}],
            }
        ],
        "subcomponents is empty",
    ),
    (RELEASE, "purl", "widget", "purl is 'widget', which is no package URL"),
]


@pytest.mark.parametrize(("kind", "path", "value", "reason"), BROKEN)
def test_a_broken_predicate_is_refused_for_its_reason(
    kind: str, path: str, value: object, reason: str
) -> None:
    broken = deepcopy(GOOD[kind])
    *way, last = path.split(".")
    holder = broken
    for step in way:
        holder = holder[step]
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    with pytest.raises(FormatError) as caught:
        read(kind, broken)
    assert reason in caught.value.message
    assert str(caught.value).startswith("a.sigstore.json: $.predicate")


def test_lists_beyond_the_limit_are_refused() -> None:
    many = GOOD[TESTS] | {"failedTests": ["x"] * 4}
    with pytest.raises(LimitError, match="failedTests has 4 elements, more than the 3 that are read"):
        read(TESTS, many, Limits(predicate_items=3))


def test_provenance_is_written_so_that_it_is_read_back() -> None:
    said = SAID[SLSA_PREDICATE]
    assert isinstance(said, Provenance)
    whole = Provenance(
        builder_id=said.builder_id,
        build_type=said.build_type,
        external_parameters=said.external_parameters,
        internal_parameters=said.internal_parameters,
        dependencies=said.dependencies[:1],
        builder_versions=said.builder_versions,
        invocation_id=said.invocation_id,
        started_on=NOON,
        finished_on=NOON,
        byproducts=said.byproducts,
    )
    least = Provenance(builder_id="a:b", build_type="a:b", external_parameters={})
    assert read(SLSA_PREDICATE, predicate(whole)) == whole
    assert read(SLSA_PREDICATE, predicate(least)) == least
    assert predicate(least) == {
        "buildDefinition": {"buildType": "a:b", "externalParameters": {}},
        "runDetails": {"builder": {"id": "a:b"}},
    }
