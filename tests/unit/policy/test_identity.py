from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from attest.model.statement import Signer, VerifiedBundle
from attest.policy import identity
from attest.policy.glob import glob_matches
from attest.policy.model import Identity, KeySource, Policy, Require, RootSource, SignerRule
from tests.unit.policy.world import KEYS, base_policy, policy_of

SAN = "https://github.com/acme/tool/.github/workflows/release.yml@refs/tags/v1.0.0"
ISSUER = "https://token.actions.githubusercontent.com"


def bundle(**signer: Any) -> VerifiedBundle:  # noqa: ANN401 - fields of Signer
    who = Signer(
        **{
            "kind": "certificate",
            "san": SAN,
            "issuer": ISSUER,
            "claims": (("source_ref", "refs/tags/v1"),),
            **signer,
        }
    )
    return VerifiedBundle(
        signer=who,
        root="public-good",
        digests=("aa" * 32,),
        statement=None,
        times=(datetime(2026, 6, 1, tzinfo=UTC),),
        log_entries=1,
    )


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a*c", "abbc", True),
        ("a*c", "ac", True),
        ("a*c", "a/c", False),
        ("a*b*c*", "aXbYcZ", True),
        ("a*b*c", "acb", False),
        ("aa*aa", "aaa", False),
        ("*/x", "anything/x", True),
        ("x", "x", True),
        ("x", "X", False),
        ("v*", "v", True),
        ("v1.*", "v1x2", False),
    ],
)
def test_globs_stop_at_slashes(pattern: str, text: str, expected: bool) -> None:
    assert glob_matches(pattern, text) is expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (SignerRule(issuer=ISSUER, san=SAN), True),
        (SignerRule(issuer=ISSUER, san=SAN[:-1]), False),
        (SignerRule(issuer="https://other.example", san=SAN), False),
        (SignerRule(issuer="", san=SAN), False),
        (SignerRule(issuer=ISSUER), False),
        (SignerRule(issuer=ISSUER, san_glob=SAN.replace("v1.0.0", "v*")), True),
        (SignerRule(issuer=ISSUER, san_glob="https://github.com/acme/*"), False),
        (SignerRule(issuer=ISSUER, san_regex=r"https://github\.com/acme/tool/.+@refs/tags/v[0-9.]+"), True),
        (SignerRule(issuer=ISSUER, san_regex=r"https://github\.com/acme/too"), False),
        (SignerRule(issuer=ISSUER, san=SAN, claims=(("source_ref", "refs/tags/v1", False),)), True),
        (SignerRule(issuer=ISSUER, san=SAN, claims=(("source_ref", "refs/tags/*", True),)), True),
        (SignerRule(issuer=ISSUER, san=SAN, claims=(("source_ref", "refs/tags/*", False),)), False),
        (SignerRule(issuer=ISSUER, san=SAN, claims=(("environment", "release", False),)), False),
        (SignerRule(key="release-key"), False),
        (SignerRule(), False),
    ],
)
def test_certificates(rule: SignerRule, expected: bool) -> None:
    assert identity.matches(Identity(name="x", rules=(rule,)), bundle(), KEYS) is expected


def test_any_rule_is_enough() -> None:
    rules = (SignerRule(key="release-key"), SignerRule(issuer=ISSUER, san=SAN))
    assert identity.matches(Identity(name="x", rules=rules), bundle(), KEYS)


@pytest.mark.parametrize("san", ["", "x" * 600])
def test_names_that_never_match(san: str) -> None:
    rule = SignerRule(issuer=ISSUER, san=san, san_glob="" if san else "*", san_regex="")
    assert not identity.matches(Identity(name="x", rules=(rule,)), bundle(san=san), KEYS)


@pytest.mark.parametrize(
    ("fingerprint", "keys", "expected"),
    [
        ("aa" * 32, KEYS, True),
        ("bb" * 32, KEYS, False),
        ("aa" * 32, {}, False),
        ("", {"release-key": ""}, False),
    ],
)
def test_keys(fingerprint: str, keys: dict[str, str], expected: bool) -> None:
    signer = bundle(kind="key", key_sha256=fingerprint)
    assert (
        identity.matches(Identity(name="x", rules=(SignerRule(key="release-key"),)), signer, keys) is expected
    )


@pytest.mark.parametrize("pattern", [".*", ".+", "https://.*", "[^ ]+", ".*@.*", ".{1,99}"])
def test_regular_expressions_that_match_anybody(pattern: str) -> None:
    assert identity.regex_fault(pattern) == "it matches anybody"


@pytest.mark.parametrize(
    "pattern", ["*", "*/*", "https://*/acme/tool", "http*://github.com/acme", "**", "*@*"]
)
def test_globs_that_match_anybody(pattern: str) -> None:
    assert identity.glob_fault(pattern) == "it matches anybody"


def test_patterns_that_are_fine_or_too_long() -> None:
    assert identity.glob_fault("https://github.com/acme/*") == ""
    assert identity.glob_fault("*@acme.example") == ""
    assert identity.glob_fault("x" * 513) == "it is longer than 512 characters"
    assert identity.regex_fault(r"[a-z]+@acme\.example") == ""
    assert "missing )" in identity.regex_fault("(")


def policy(*, key: Require | None = None, root: Require | None = None, **window: Any) -> Policy:  # noqa: ANN401 - datetimes
    base = policy_of(base_policy())
    keys = (
        KeySource(
            name="release-key", file="k", sha256="", require=key or Require(tlog=0, timestamps=0), **window
        ),
    )
    roots = (
        RootSource(name="public-good", kind="trusted_root", file="r", sha256="", require=root or Require()),
    )
    return replace(base, keys=keys, roots=roots)


def test_roots_are_those_of_the_policy() -> None:
    assert identity.anchor_fault(policy(), bundle(), KEYS) == ""
    second = replace(bundle(), root=f"{bundle().root}#2")
    assert identity.anchor_fault(policy(), second, KEYS) == "", "the second root of one file"
    other = replace(bundle(), root="staging")
    assert (
        identity.anchor_fault(policy(), other, KEYS)
        == "anchored by 'staging', which no root of the policy is"
    )


@pytest.mark.parametrize(
    ("require", "reason"),
    [
        (Require(tlog=2, timestamps=1), "the policy asks for 2 log entries, and the bundle has 1"),
        (Require(tlog=1, timestamps=2), "the policy asks for 2 verified times, and the bundle has 1"),
        (Require(tlog=1, timestamps=1), ""),
    ],
)
def test_log_entries_and_times(require: Require, reason: str) -> None:
    assert identity.anchor_fault(policy(root=require), bundle(), KEYS) == reason
    keyed = bundle(kind="key", key_sha256="aa" * 32)
    assert identity.anchor_fault(policy(key=require), keyed, KEYS) == reason


@pytest.mark.parametrize(
    ("start", "end", "times", "reason"),
    [
        (2025, 2027, [2026], ""),
        (2027, None, [2026], "signed at 2026-06-01T00:00:00Z, before key 'release-key' was valid"),
        (None, 2025, [2026], "signed at 2026-06-01T00:00:00Z, after key 'release-key' had expired"),
        (2025, 2027, [2026, 2028], "signed at 2028-06-01T00:00:00Z, after key 'release-key' had expired"),
        (2025, None, [], "key 'release-key' has a window of validity and the signature has no verified time"),
        (None, None, [], ""),
    ],
)
def test_window_of_a_key(start: int | None, end: int | None, times: list[int], reason: str) -> None:
    window: dict[str, Any] = {
        "valid_from": datetime(start, 1, 1, tzinfo=UTC) if start else None,
        "valid_until": datetime(end, 1, 1, tzinfo=UTC) if end else None,
    }
    signed = replace(
        bundle(kind="key", key_sha256="aa" * 32),
        times=tuple(datetime(year, 6, 1, tzinfo=UTC) for year in times),
    )
    assert identity.anchor_fault(policy(**window), signed, KEYS) == reason


def test_two_names_for_one_key_must_both_hold() -> None:
    base = policy()
    strict = replace(base.keys[0], name="again", require=Require(tlog=5))
    both = replace(base, keys=(*base.keys, strict))
    keyed = bundle(kind="key", key_sha256="aa" * 32)
    assert identity.anchor_fault(both, keyed, {"release-key": "aa" * 32, "again": "aa" * 32}) == (
        "the policy asks for 5 log entries, and the bundle has 1"
    )


def test_a_key_that_is_not_there_anchors_nothing() -> None:
    keyed = bundle(kind="key", key_sha256="cc" * 32)
    assert "which no key of the policy is" in identity.anchor_fault(policy(), keyed, KEYS)
    assert "which no key of the policy is" in identity.anchor_fault(policy(), keyed, {})
