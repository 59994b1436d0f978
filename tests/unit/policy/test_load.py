from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest

from attest.errors import PolicyError
from attest.policy.catalog import settings
from attest.policy.load import json_schema, load
from attest.policy.model import Policy, ProvenanceRule, Require, SignerRule
from tests.unit.policy.world import NOW, base_policy, merged, policy_of, world, yaml

POLICIES = Path(__file__).parents[3] / "policies"
RUN = {"version": "1.0.0", "tag": "v1.0.0"}
HEX = "12" * 32
ROOT = {"name": "public-good", "trusted_root": "trust/r.json", "sha256": HEX}
ISSUER = "https://token.actions.githubusercontent.com"


def mistakes(change: Any, *, variables: dict[str, str] | None = None) -> list[tuple[str, str]]:  # noqa: ANN401 - YAML
    """Messages and hints of a policy that is changed so."""
    data = json.dumps(merged(base_policy(), change), default=str).encode()
    with pytest.raises(PolicyError) as caught:
        load(data, "p.yaml", variables=RUN if variables is None else variables, now=NOW)
    assert caught.value.exit_code == 4
    assert all(each.place and each.place.line and each.hint for each in caught.value.mistakes)
    return [(each.message, each.hint or "") for each in caught.value.mistakes]


def only(change: Any, *, variables: dict[str, str] | None = None) -> tuple[str, str]:  # noqa: ANN401 - YAML
    found = mistakes(change, variables=variables)
    assert len(found) == 1, found
    return found[0]


def signer(entry: dict[str, Any], **trust: Any) -> Policy:  # noqa: ANN401 - YAML
    return policy_of(
        merged(base_policy(), {"trust": {"roots": [ROOT], **trust}, "identities": {"release": [entry]}})
    )


READY = sorted(each.name for each in POLICIES.glob("*.yaml"))


def test_which_policies_are_ready() -> None:
    assert READY == ["migration.yaml", "minimal.yaml", "release.yaml", "strict.yaml"]


@pytest.mark.parametrize("name", READY)
def test_ready_policies_load(name: str) -> None:
    policy = load((POLICIES / name).read_bytes(), name, variables=RUN, now=NOW)
    assert policy.slots
    assert policy.complete
    assert len(policy.name.sha256) == 64


def test_all_mistakes_at_once_with_lines() -> None:
    text = b"""\
apiVersion: attest/v1
kind: ReleasePolicy
metadata: {name: x, version: 1, expires: 2030-01-01}
trust:
  keys: [{name: k, file: k.pub}]
identities:
  release: [{key: other}]
platfroms: {}
platforms:
  defaults: {path: "a_${goos}_${version}", signatures: {singer: release, signer: relaese}}
  matrix:
    - {goos: linus, goarch: amd64}
    - {goos: linux, goarch: amd64}
    - {goos: linux, goarch: amd64}
"""
    with pytest.raises(PolicyError) as caught:
        load(text, "release.yaml", variables={"version": "1"}, now=NOW)
    assert [(str(each), each.hint) for each in caught.value.mistakes] == [
        ("release.yaml:7: there is no key 'other'", "known: k"),
        ("release.yaml:8: unknown key 'platfroms'", "did you mean 'platforms'?"),
        ("release.yaml:10: there is no identity 'relaese'", "did you mean 'release'?"),
        (
            "release.yaml:10: unknown key 'singer' in 'platforms.defaults.signatures'",
            "did you mean 'signer'?",
        ),
        ("release.yaml:12: Go has no operating system 'linus'", "did you mean 'linux'?"),
        ("release.yaml:14: linux/amd64 is in the matrix twice", "keep one of the entries"),
    ]
    assert caught.value.message == "the policy has 6 mistakes"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a: [", "this is not YAML"),
        (b"", "the file is empty"),
        (b"- a", "a policy is a mapping that begins with apiVersion: attest/v1"),
        (b"\xff", "the file is not UTF-8"),
    ],
)
def test_no_policy_at_all(data: bytes, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load(data, "p.yaml", variables={}, now=NOW)
    assert message in caught.value.message
    assert caught.value.place


def test_duplicate_keys_are_mistakes_beside_the_others() -> None:
    text = (POLICIES / "minimal.yaml").read_bytes() + b"\nkind: ReleasePolicy\nextra: 1\n"
    with pytest.raises(PolicyError) as caught:
        load(text, "p.yaml", variables=RUN, now=NOW)
    messages = [each.message for each in caught.value.mistakes]
    assert len(messages) == 2
    assert "the key 'kind' is there twice" in messages[0]
    assert messages[1] == "unknown key 'extra'"


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ({"exceptions": []}, "unknown key 'exceptions'", "known here: apiVersion, kind"),
        ({"sbom": {"licences": {}}}, "unknown key 'licences' in 'sbom'", "did you mean 'licenses'?"),
        (
            {"sbom": {"licenses": {"denied": ["MIT"]}}},
            "unknown key 'denied' in 'sbom.licenses'",
            "known here: allow, deny, unknown",
        ),
        (
            {"platforms": {"defaults": {"go": {"trimpaht": True}}}},
            "unknown key 'trimpaht' in 'platforms.defaults.go'",
            "did you mean 'trimpath'?",
        ),
        (
            {"attestations": {"sbom-spdx": {"maxage": "1d"}}},
            "unknown key 'maxage' in 'attestations.sbom-spdx'",
            "did you mean 'max_age'?",
        ),
        (
            {"apiVersion": "attest/v2"},
            "'apiVersion' should be 'attest/v1', and is 'attest/v2'",
            "use one of these",
        ),
        ({"metadata": {"expires": None}}, "'metadata.expires' is missing", "add the key 'expires' here"),
        (
            {"platforms": {"defaults": {"go": {"min": 1.24}}}},
            "'platforms.defaults.go.min' should be text, and is the number 1.24",
            "put the value in quotes",
        ),
        (
            {"platforms": {"defaults": {"go": {"min": "new"}}}},
            "'platforms.defaults.go.min' has the value 'new', which cannot be one",
            "it must match",
        ),
        ({"metadata": {"version": "1"}}, "'metadata.version' should be a whole number, and is '1'", "mend"),
        (
            {"metadata": {"version": True}},
            "'metadata.version' should be a whole number, and is true",
            "mend",
        ),
        ({"trust": {"keys": "k"}}, "'trust.keys' should be a list, and is 'k'", "mend"),
        ({"identities": {"release": []}}, "'identities.release' is empty", "say what"),
        (
            {"identities": {"re lease": [{"key": "release-key"}]}},
            "'identities.re lease' has the value 're lease', which cannot be one",
            "it must match",
        ),
        (
            {"platforms": {"matrix": [{"goos": [], "goarch": "amd64"}]}},
            "'platforms.matrix.0.goos' is empty",
            "say what",
        ),
        (
            {"modules": {"go_sum": "trust"}},
            "'modules.go_sum' should be 'verify', and is 'trust'",
            "use one of these",
        ),
        (
            {"platforms": {"defaults": {"go": {"trimpath": 1}}}},
            "'platforms.defaults.go.trimpath' should be true or 'any', and is '1'",
            "use one",
        ),
        ({"source": ["x"]}, "'source' should be a mapping, and is a list", "mend"),
        ({"source": {"tag": {"x": 1}}}, "'source.tag' should be text, and is a mapping", "quotes"),
        ({"source": {"tag": "x" * 5000}}, "'source.tag' should be", "mend"),
        ({"metadata": {"expires": "2026-11-21"}}, "the policy expired at the end of 2026-11-21", "review"),
        ({"metadata": {"expires": "2026-13-01"}}, "'2026-13-01' is no date", "write it as"),
        ({"metadata": {"expires": "soon"}}, "'metadata.expires' has the value 'soon'", "it must match"),
        (
            {
                "trust": {"keys": []},
                "identities": {
                    "release": [{"issuer": "i", "san": "s"}],
                    "testers": [{"issuer": "i", "san": "s"}],
                },
            },
            "a certificate's identity needs a root",
            "add a root",
        ),
        (
            {
                "trust": {
                    "keys": [{"name": "release-key", "file": "../k.pub"}, {"name": "test-key", "file": "t"}]
                }
            },
            "the key 'release-key' lies outside the policy's folder and has no sha256",
            "add sha256",
        ),
        (
            {
                "trust": {
                    "keys": [{"name": "release-key", "file": "/k.pub"}, {"name": "test-key", "file": "t"}]
                }
            },
            "lies outside the policy's folder",
            "add sha256",
        ),
        (
            {
                "trust": {
                    "keys": [{"name": "release-key", "file": "C:k.pub"}, {"name": "test-key", "file": "t"}]
                }
            },
            "lies outside the policy's folder",
            "add sha256",
        ),
        (
            {
                "trust": {
                    "keys": [{"name": n, "file": "t"} for n in ("release-key", "release-key", "test-key")]
                }
            },
            "two keys have one name",
            "own name",
        ),
        (
            {"trust": {"roots": [{"name": "r", "trusted_root": "r.json"}]}},
            "'trust.roots.0.sha256' is missing",
            "add the key",
        ),
        (
            {"trust": {"roots": [{"name": "r", "sha256": HEX}]}},
            "the root 'r' needs exactly one of trusted_root",
            "name one file",
        ),
        (
            {"trust": {"roots": [{**ROOT, "client_trust_config": "c"}]}},
            "needs exactly one of trusted_root",
            "name one file",
        ),
        ({"trust": {"roots": [{**ROOT, "name": "test-key"}]}}, "the name 'test-key' is taken", "rename"),
        ({"trust": {"roots": [ROOT, ROOT]}}, "the name 'public-good' is taken", "rename"),
        (
            {"identities": {"testers": [{"key": "tset-key"}]}},
            "there is no key 'tset-key'",
            "did you mean 'test-key'?",
        ),
        (
            {"identities": {"testers": [{"key": "test-key", "issuer": "x"}]}},
            "a key has no issuer, san and claims",
            "two entries",
        ),
        (
            {"identities": {"testers": [{"issuer": "x"}]}},
            "an identity needs a key, or an issuer and exactly one of",
            "say who",
        ),
        (
            {"identities": {"testers": [{}]}},
            "an identity needs a key, or an issuer and exactly one of",
            "say who",
        ),
        (
            {"identities": {"testers": [{"issuer": "x", "san": "a", "san_glob": "b"}]}},
            "exactly one of san",
            "say who",
        ),
        (
            {"attestations": {"sbom-spdx": {"signer": "nobody"}}},
            "there is no identity 'nobody'",
            "known: release, testers",
        ),
        (
            {"artifacts": {"extras": [{"path": "c", "kind": "file", "signer": "nobody"}]}},
            "there is no identity 'nobody'",
            "known",
        ),
        (
            {"platforms": {"defaults": {"signatures": {"signer": "nobody"}}}},
            "there is no identity 'nobody'",
            "known",
        ),
        (
            {"platforms": {"defaults": {"attestations": ["sbom-spdy"]}}},
            "there is no attestation 'sbom-spdy'",
            "did you mean 'sbom-spdx'?",
        ),
        (
            {"platforms": {"defaults": {"signatures": None, "attestations": None}}},
            "no slot has a signer",
            "add platforms.defaults.signatures",
        ),
        (
            {"platforms": {"matrix": [{"goos": "linux", "goarch": "amd64", "required": False}]}},
            "no slot is required",
            "leave out required: false",
        ),
        ({"platforms": {"matrix": []}}, "'platforms.matrix' is empty", "say what"),
        (
            {"platforms": {"defaults": {"path": "same"}}},
            "the path 'same' belongs to the slot linux/amd64 and to the slot linux/arm/7",
            "give each its own",
        ),
        (
            {"platforms": {"defaults": {"path": None}}},
            "no path says how the file for linux/amd64 is called",
            "give platforms.defaults.path",
        ),
        (
            {"platforms": {"defaults": {"path": "${goos}/../${goarch}"}}},
            "the path 'linux/../amd64' cannot be used: it has an empty part, '.' or '..'",
            "name a file",
        ),
        (
            {"artifacts": {"ignore": [{"path": "checksums.txt", "reason": "x"}]}},
            "the path 'checksums.txt' belongs to an extra and to an ignore rule",
            "own path",
        ),
        (
            {"artifacts": {"ignore": [{"path": "/etc/passwd", "reason": "x"}]}},
            "the path '/etc/passwd' cannot be used: it is absolute",
            "name a file",
        ),
        (
            {"artifacts": {"ignore": [{"path": "${goos}", "reason": "x"}]}},
            "uses the unknown variable ${goos}",
            "known here: ${tag}, ${version}",
        ),
        (
            {"artifacts": {"ignore": [{"path": "NOTES.md"}]}},
            "'artifacts.ignore.0.reason' is missing",
            "add the key",
        ),
        (
            {"artifacts": {"extras": [{"path": "c", "kind": "checksums"}]}},
            "a checksums file needs covers: slots",
            "add covers",
        ),
        (
            {"artifacts": {"extras": [{"path": "c", "kind": "file", "covers": "slots"}]}},
            "only a checksums file covers something",
            "take covers out",
        ),
        (
            {"checks": {"trimpath-mising": {"severity": "warn"}}},
            "there is no check 'trimpath-mising'",
            "did you mean 'trimpath-missing'?",
        ),
        (
            {"checks": {"signature-missing": {"severity": "warn"}}},
            "'signature-missing' is a check of integrity and always denies",
            "take the override out",
        ),
        (
            {"modules": {"replace": {"deny_locl": True}}},
            "unknown key 'deny_locl' in 'modules.replace'",
            "did you mean 'deny_local'?",
        ),
        (
            {"modules": {"replace": {"allow": ["a.b/c -> d.e/f"]}}},
            "'modules.replace.allow.0' has the value 'a.b/c -> d.e/f', which cannot be one",
            "it must match",
        ),
        (
            {"modules": {"deny": [""]}},
            "'modules.deny.0' has the value '', which cannot be one",
            "it must match",
        ),
        (
            {"checks": {"cgo-enabled": {"severity": "info"}}},
            "'checks.cgo-enabled.severity' should be 'deny' or 'warn', and is 'info'",
            "use one",
        ),
    ],
)
def test_mistake(change: Any, message: str, hint: str) -> None:  # noqa: ANN401 - YAML
    found = mistakes(change)
    assert any(message in text and hint in help_ for text, help_ in found), found


PROVENANCE = {"predicate": ["https://slsa.dev/provenance/v1"], "signer": "release"}


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        (
            {"attestations": {"p": {**PROVENANCE, "max_age": "1w"}}},
            "'attestations.p.max_age' has the value '1w'",
            "it must match",
        ),
        ({"attestations": {"p": {**PROVENANCE, "level": 4}}}, "'attestations.p.level' should be", "mend"),
        (
            {"attestations": {"p": {**PROVENANCE, "level": 2}}},
            "no builder of 'release' reaches level 2",
            "name it under builders",
        ),
        (
            {
                "builders": [{"identity": "release", "builder_id": "https://a", "level": 1}],
                "attestations": {"p": {**PROVENANCE, "level": 2}},
            },
            "no builder of 'release' reaches level 2",
            "name it under builders",
        ),
        (
            {"attestations": {"sbom-spdx": {"build_types": ["x"]}}},
            "'build_types' is about provenance, and this attestation is not",
            "it goes with predicate: [https://slsa.dev/provenance/v1]",
        ),
        (
            {"attestations": {"p": {**PROVENANCE, "expect": {"commit": "main"}}}},
            "'main' is no commit",
            "write from(build_info.vcs.revision)",
        ),
        (
            {"attestations": {"p": {**PROVENANCE, "expect": {"ref": "${refs}"}}}},
            "unknown variable ${refs}",
            "known here",
        ),
        (
            {"attestations": {"p": {**PROVENANCE, "expect": {"source": "${source.repo}"}}}},
            "unknown variable ${source.repo}",
            "known here",
        ),
        (
            {"attestations": {"p": {**PROVENANCE, "external_parameters": {}}}},
            "'attestations.p.external_parameters.allow' is missing",
            "add the key",
        ),
        (
            {
                "vulnerabilities": {
                    "database": {"path": "v.zip"},
                    "max_age": "7d",
                    "vex": {"signer": "nobody"},
                }
            },
            "there is no identity 'nobody'",
            "known: release, testers",
        ),
        (
            {"builders": [{"identity": "nobody", "builder_id": "https://a", "level": 1}]},
            "there is no identity 'nobody'",
            "known: release, testers",
        ),
        (
            {"builders": [{"identity": "release", "builder_id": "from(certificate.san)", "level": 1}]},
            "'from(certificate.san)' stands for nothing",
            "from(certificate.build_signer_uri)",
        ),
        (
            {
                "builders": [
                    {"identity": "release", "builder_id": "from(certificate.build_signer_uri)", "level": 1}
                ]
            },
            "'release' may be a key, which no certificate tells the builder of",
            "name the builder",
        ),
    ],
)
def test_mistakes_of_builders_and_provenance(change: Any, message: str, hint: str) -> None:  # noqa: ANN401 - YAML
    assert any(message in text and hint in help_ for text, help_ in mistakes(change)), mistakes(change)


def test_what_is_expected_of_provenance() -> None:
    change = {
        "source": {"repo": "https://git.example/tool"},
        "builders": [{"identity": "release", "builder_id": "https://a", "also": ["https://b"], "level": 3}],
        "attestations": {
            "p": {
                **PROVENANCE,
                "max_age": "36h",
                "level": 3,
                "build_types": "https://t",
                "expect": {"source": "${source.repo}", "ref": "refs/tags/${tag}", "commit": "a" * 40},
            }
        },
    }
    policy = policy_of(merged(base_policy(), change))
    rule = next(each for each in policy.attestations if each.name == "p")
    assert rule.max_age == timedelta(hours=36)
    assert rule.provenance == ProvenanceRule(
        level=3,
        build_types=("https://t",),
        source="https://git.example/tool",
        ref="refs/tags/v1.0.0",
        commit="a" * 40,
    )
    assert policy.builders[0].ids == ("https://a", "https://b")


#: A waiver without a mistake.
WAIVER = {
    "id": "W-1",
    "check": "vcs-modified",
    "match": {"platform": "linux/amd64"},
    "reason": "a test",
    "created": "2026-11-01",
    "expires": "2026-12-31",
}


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ({"reason": None}, "'waivers.0.reason' is missing", "add the key 'reason'"),
        ({"expires": None}, "'waivers.0.expires' is missing", "add the key 'expires'"),
        ({"match": None}, "'waivers.0.match' is missing", "add the key 'match'"),
        (
            {"match": {"platfrom": "x"}},
            "unknown key 'platfrom' in 'waivers.0.match'",
            "did you mean 'platform'?",
        ),
        ({"check": "vcs-modifed"}, "there is no check 'vcs-modifed'", "did you mean 'vcs-modified'?"),
        (
            {"check": "signature-missing"},
            "findings of 'signature-missing' cannot be waived: it is a check of integrity",
            "mend what it finds",
        ),
        (
            {"check": "binary-platform"},
            "findings of 'binary-platform' cannot be waived: ",
            "mend what it finds",
        ),
        (
            {"check": "waiver-expired"},
            "findings of 'waiver-expired' cannot be waived: ",
            "mend what it finds",
        ),
        (
            {"check": "rule-unmatched"},
            "findings of 'rule-unmatched' cannot be waived: what it finds leaves open",
            "mend what it finds",
        ),
        ({"created": "2026-11-23"}, "the waiver was made on 2026-11-23, which is to come", "mend the date"),
        ({"expires": "2026-10-31"}, "the waiver ends on 2026-10-31, before it begins", "mend the dates"),
        ({"created": "2026-11-31"}, "'2026-11-31' is no date", "write it as"),
        ({"expires": "2026-12-32"}, "'2026-12-32' is no date", "write it as"),
        (
            {"expires": "2027-02-01"},
            "the waiver holds for 92 days, more than metadata.max_waiver_days",
            "earlier",
        ),
    ],
)
def test_mistakes_of_waivers(change: Any, message: str, hint: str) -> None:  # noqa: ANN401 - YAML
    waiver = merged(WAIVER, change)
    ((text, help_),) = mistakes({"metadata": {"max_waiver_days": 90}, "waivers": [waiver]})
    assert message in text
    assert hint in help_


def test_a_rule_of_the_policys_own_can_be_waived() -> None:
    rule = {"id": "ours", "scope": "release", "assert": "false", "message": "m", "hint": "h"}
    made = world({"policy": {"rules": [rule], "waivers": [{**WAIVER, "check": "ours", "match": {}}]}})
    verdict = made.verdict()
    assert [(each.check, each.waived_by) for each in verdict.findings] == [("ours", "W-1")]
    assert verdict.exit_code == 0


def test_waivers_of_one_name() -> None:
    ((text, _),) = mistakes({"waivers": [WAIVER, WAIVER]})
    assert "two waivers are called 'W-1'" in text


@pytest.mark.parametrize("days", [None, 61, 60])
def test_a_waiver_may_last_as_long_as_the_policy_says(days: int | None) -> None:
    policy = policy_of(merged(base_policy(), {"metadata": {"max_waiver_days": days}, "waivers": [WAIVER]}))
    assert [(each.id, f"{each.expires:%Y-%m-%d %H}") for each in policy.waivers] == [("W-1", "2026-12-31 23")]


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("signature-missing", {"severity": "warn"}, "is a check of integrity and always denies"),
        ("signature-missing", {"effective": "2026-12-01"}, "is a check of integrity and always denies"),
        ("signature-missing", {"when": {"platform": "x"}}, "is a check of integrity and always denies"),
        (
            "vendor-drift",
            {"when": {"platform": "x"}},
            "runs once for the whole source, which has no platform",
        ),
        ("vcs-modified", {"effective": "2026-13-01"}, "'2026-13-01' is no date"),
        (
            "vcs-modified",
            {"when": {"platforms": "x"}},
            "unknown key 'platforms' in 'checks.vcs-modified.when'",
        ),
    ],
)
def test_mistakes_of_what_is_changed_about_checks(name: str, change: Any, message: str) -> None:  # noqa: ANN401 - YAML
    assert message in mistakes({"checks": {name: change}})[0][0]


def test_nothing_trusted() -> None:
    found = mistakes({"trust": {"keys": None}})
    assert ("the policy trusts no key and no root", "add trust.keys or trust.roots") in found


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"issuer": ISSUER, "san": "*"},
            "the san '*' is refused: '*' stands for itself in san; write san_glob",
        ),
        ({"issuer": ISSUER, "san_glob": "*"}, "the san_glob '*' is refused: it matches anybody"),
        ({"issuer": ISSUER, "san_regex": ".*"}, "the san_regex '.*' is refused: it matches anybody"),
        ({"issuer": ISSUER, "san_regex": "(a"}, "the san_regex '(a' is refused: missing ): (a"),
        ({"issuer": "https://*", "san": "x"}, "an issuer is an exact URL, without '*'"),
        ({"issuer": ISSUER, "san": "x", "claims": {"repository": "1"}}, "there is no claim 'repository'"),
        ({"issuer": ISSUER, "san": "${repo}"}, "'${repo}' uses the unknown variable ${repo}"),
    ],
)
def test_wide_identities_are_refused(entry: dict[str, Any], message: str) -> None:
    found = mistakes({"trust": {"roots": [ROOT]}, "identities": {"testers": [entry]}})
    assert [text for text, _ in found] == [message]


def test_variables_in_identities() -> None:
    policy = policy_of(
        merged(
            base_policy(),
            {
                "trust": {"roots": [ROOT]},
                "source": {"repo": "https://github.com/acme/tool"},
                "identities": {
                    "release": [
                        {"issuer": ISSUER, "san_regex": r"${source.repo}/x{1,2}@refs/tags/${tag}$"},
                        {
                            "issuer": ISSUER,
                            "san": "${source.repo}@${tag}",
                            "claims": {"source_ref_glob": "refs/tags/v*", "environment": "${tag}"},
                        },
                    ]
                },
            },
        )
    )
    (release,) = [each for each in policy.identities if each.name == "release"]
    assert release.rules[0].san_regex == r"https://github\.com/acme/tool/x{1,2}@refs/tags/v1\.0\.0$"
    assert release.rules[1] == SignerRule(
        issuer=ISSUER,
        san="https://github.com/acme/tool@v1.0.0",
        claims=(("environment", "v1.0.0", False), ("source_ref", "refs/tags/v*", True)),
    )


def test_unset_variables() -> None:
    message, hint = only({}, variables={"version": "1.0.0"})
    assert message == "'${tag}' needs ${tag}, and this run sets none"
    assert hint == "say --tag; it is never guessed from the files"


@pytest.mark.parametrize("value", ["", "a b", "../x\n", "*", "-x", "x" * 300])
def test_variables_that_are_no_version(value: str) -> None:
    assert only({}, variables={**RUN, "version": value})[0] == f"'{value}' cannot be a version"


def test_stray_braces_in_paths() -> None:
    for path in ("a{b", "a}", "$x", "a_{.sh,}"):
        found = mistakes({"platforms": {"defaults": {"path": path}}})
        assert "means nothing here" in found[0][0]


def test_the_last_day_of_all_has_an_end() -> None:
    policy = policy_of(merged(base_policy(), {"metadata": {"expires": "9999-12-31"}}))
    assert policy.expires == datetime.max.replace(tzinfo=UTC)


def test_a_date_means_the_end_of_that_day() -> None:
    keys = [
        {"name": "release-key", "file": "k", "valid_from": "2026-01-01", "valid_until": "2026-12-31"},
        {"name": "test-key", "file": "../t", "sha256": HEX, "valid_until": "2026-12-31T10:00:00Z"},
    ]
    policy = policy_of(
        merged(base_policy(), {"trust": {"keys": keys}, "metadata": {"expires": "2026-11-22"}})
    )
    assert policy.expires == datetime(2026, 11, 22, 23, 59, 59, 999999, tzinfo=UTC)
    assert policy.keys[0].valid_from == datetime(2026, 1, 1, tzinfo=UTC)
    assert policy.keys[0].valid_until == datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert policy.keys[1].valid_until == datetime(2026, 12, 31, 10, tzinfo=UTC)
    assert policy.keys[1].sha256 == HEX


def test_what_is_required_of_signatures_is_strict_unless_said() -> None:
    keys = [{"name": "release-key", "file": "k"}, {"name": "test-key", "file": "t", "require": {"tlog": 0}}]
    assert [key.require for key in policy_of(merged(base_policy(), {"trust": {"keys": keys}})).keys] == [
        Require(tlog=1, timestamps=1),
        Require(tlog=0, timestamps=1),
    ]
    lenient = merged(
        base_policy(), {"trust": {"keys": keys, "roots": [ROOT], "require": {"tlog": 2, "timestamps": 0}}}
    )
    policy = policy_of(lenient)
    assert policy.keys[1].require == Require(tlog=0, timestamps=0)
    assert policy.roots[0].require == Require(tlog=2, timestamps=0)


def test_client_trust_config_is_a_root() -> None:
    root = {"name": "acme", "client_trust_config": "c.json", "sha256": HEX}
    policy = signer({"issuer": ISSUER, "san": "x"}, roots=[root], offline="allowed")
    assert policy.roots[0].kind == "client_trust_config"
    assert not policy.offline_required


def test_sections_and_severities() -> None:
    policy = policy_of(merged(base_policy(), {"checks": {"cgo-enabled": {"severity": "warn"}}}))
    assert [(each.check, each.severity) for each in policy.checks] == [("cgo-enabled", "warn")]
    assert policy.rule("vendor-drift") is None
    assert policy.section("sbom").get("required_formats") == ("spdx-2.3", "cyclonedx-1.6")
    assert policy.section("sbom").get("nothing") is None
    assert policy.section("nothing").values == ()


def test_too_many_slots() -> None:
    builds = [{"name": f"b{number}", "path": f"b{number}_${{goos}}_${{goarch}}"} for number in range(5500)]
    found = mistakes({"platforms": {"builds": builds}})
    assert found[0][0] == "the matrix makes 16500 slots, more than the 16384 allowed"


def test_policies_are_valid_against_the_json_schema() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    validator.check_schema(json_schema())
    for name in READY:
        validator.validate(json.loads(json.dumps(yaml((POLICIES / name).read_bytes()), default=str)))
    validator.validate(json.loads(json.dumps(base_policy())))
    assert not validator.is_valid({**base_policy(), "exceptions": []})
    assert not validator.is_valid(merged(base_policy(), {"checks": {"no-such-check": {"severity": "warn"}}}))


def test_json_schema_names_every_check_and_setting() -> None:
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert "trimpath-missing" in schema["properties"]["checks"]["propertyNames"]["enum"]
    for section in ("File", "Go", "Elf", "Macos", "Windows", "Wasm", "Ebpf", "Sbom", "Modules"):
        named = {each.key.partition(".")[0] for each in settings(cast("Any", section.lower()))}
        assert set(schema["$defs"][section]["properties"]) == named
    json.dumps(schema)


def test_stated_licences_are_read_in_their_usual_form() -> None:
    entry = {"module": "example.com/x/...@v1.2.3", "license": "mit or apache-2.0", "reason": "asked"}
    (found,) = policy_of(merged(base_policy(), {"licenses": [entry]})).licenses
    assert (found.module, found.expression, found.reason) == (
        "example.com/x/...@v1.2.3",
        "MIT OR Apache-2.0",
        "asked",
    )


@pytest.mark.parametrize("text", ["Nonsense", "MIT AND", "LicenseRef-Own OR Nonsense"])
def test_a_stated_licence_that_is_no_expression_is_a_mistake(text: str) -> None:
    message, hint = only({"licenses": [{"module": "example.com/x", "license": text, "reason": "asked"}]})
    assert message == f"'{text}' is no SPDX licence expression"
    assert "LicenseRef-NAME" in hint


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"allow": ["MIT", "Nothing-1.0"]}, "'Nothing-1.0' is no licence of the SPDX list"),
        ({"deny": ["MIT OR Apache-2.0"]}, "'MIT OR Apache-2.0' is no licence of the SPDX list"),
        ({"deny": [""]}, "'' is no licence of the SPDX list"),
        ({"allow": ["MIT", "mit"]}, "'mit' is listed twice, in allow already"),
        ({"allow": ["ISC"], "deny": ["ISC"]}, "'ISC' is listed twice, in allow already"),
    ],
)
def test_licences_that_are_allowed_or_denied_are_known(rules: dict[str, list[str]], message: str) -> None:
    assert only({"sbom": {"licenses": rules}})[0] == message


def test_licences_of_ones_own_can_be_allowed_and_denied() -> None:
    rules = {"allow": ["MIT", "LicenseRef-Ours"], "deny": ["GPL-2.0-only WITH Classpath-exception-2.0"]}
    sbom = policy_of(merged(base_policy(), {"sbom": {"licenses": rules}})).section("sbom")
    assert sbom.get("licenses.allow") == ("MIT", "LicenseRef-Ours")


def test_a_stated_licence_names_a_module() -> None:
    message, _ = only({"licenses": [{"module": "a b", "license": "MIT", "reason": "asked"}]})
    assert message == "'licenses.0.module' has the value 'a b', which cannot be one"
