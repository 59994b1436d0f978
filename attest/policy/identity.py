"""Whether a signer is one that the policy names.

Exact names, globs whose `*` stops at "/", and regular expressions that match the whole name. A signer's name
is chosen by whoever asked for the certificate, so that matching must be cheap for every input: globs are
matched greedily part by part, regular expressions by `attest.policy.regex`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from attest.errors import InputError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.policy.glob import glob_matches
from attest.policy.regex import Pattern

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.statement import Signer, VerifiedBundle
    from attest.policy.model import Identity, KeySource, Policy, Require, SignerRule

#: Certificate claims by the names of the policy language: Fulcio extensions 1.3.6.1.4.1.57264.1.N, where N is
#: 2 to 6 or 9 to 24.
CLAIMS: Final = (
    "build_config_digest",
    "build_config_uri",
    "build_signer_digest",
    "build_signer_uri",
    "build_trigger",
    "environment",
    "github_workflow_name",
    "github_workflow_ref",
    "github_workflow_repository",
    "github_workflow_sha",
    "github_workflow_trigger",
    "run_invocation_uri",
    "runner_environment",
    "source_ref",
    "source_digest",
    "source_repository_id",
    "source_repository_owner_id",
    "source_repository_owner_uri",
    "source_repository_uri",
    "source_repository_visibility",
    "token_subject",
)
#: Names that nobody means; a pattern that matches one of them matches anybody.
_STRANGERS: Final = (
    "x",
    "https://stranger.example/a/b@c",
    "stranger@stranger.example",
    "repo:stranger/a:ref:b",
)


def regex_fault(pattern: str) -> str:
    """Why a regular expression for signers is refused; "" where it is allowed."""
    try:
        compiled = Pattern(pattern)
    except InputError as error:
        return error.message
    return "it matches anybody" if any(map(compiled.matches, _STRANGERS)) else ""


def glob_fault(pattern: str, limits: Limits = DEFAULT_LIMITS) -> str:
    """Why a glob for signers is refused; "" where it is allowed."""
    if len(pattern) > limits.pattern_chars:
        return f"it is longer than {limits.pattern_chars} characters"
    scheme, separator, rest = pattern.rpartition("://")
    host = rest.split("/", 1)[0]
    if not pattern.strip("*/:@. ") or host.strip("*") == "" or (separator and "*" in scheme):
        return "it matches anybody"
    return ""


def matches(identity: Identity, bundle: VerifiedBundle, keys: Mapping[str, str]) -> bool:
    """Tell whether any rule of `identity` holds for the signer; `keys` are fingerprints by key name."""
    return any(_rule_matches(rule, bundle.signer, keys) for rule in identity.rules)


def _rule_matches(rule: SignerRule, signer: Signer, keys: Mapping[str, str]) -> bool:
    if rule.key:
        fingerprint = keys.get(rule.key, "")
        return signer.kind == "key" and bool(fingerprint) and signer.key_sha256 == fingerprint
    if signer.kind != "certificate" or not rule.issuer or signer.issuer != rule.issuer:
        return False
    return _name_matches(rule, signer.san) and _claims_match(rule, dict(signer.claims))


def _name_matches(rule: SignerRule, san: str) -> bool:
    if not san or len(san) > DEFAULT_LIMITS.identity_chars:
        return False
    if rule.san:
        return san == rule.san
    if rule.san_glob:
        return glob_matches(rule.san_glob, san)
    return bool(rule.san_regex) and _compiled(rule.san_regex).matches(san)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Pattern:
    """A pattern that the loader has allowed."""
    return Pattern(pattern)


def _claims_match(rule: SignerRule, claims: Mapping[str, str]) -> bool:
    for name, wanted, glob in rule.claims:
        value = claims.get(name)
        if value is None or not (glob_matches(wanted, value) if glob else value == wanted):
            return False
    return True


def anchor_fault(policy: Policy, bundle: VerifiedBundle, keys: Mapping[str, str]) -> str:
    """Why the anchor of a verified bundle is not enough for the policy; "" where it is.

    The anchor is a named key or root; it says how many log entries and verified times a signature needs, and
    a key may have a window in which all of them must lie. Where two names stand for one key, both must hold.
    Several roots of one file are all of that name, with # and a number behind it.
    """
    if bundle.signer.kind == "key":
        named = [key for key in policy.keys if keys.get(key.name) == bundle.signer.key_sha256]
        faults = [_window_fault(key, bundle) or _require_fault(key.require, bundle) for key in named]
        missing = f"signed by {bundle.signer}, which no key of the policy is"
    else:
        name = bundle.root.partition("#")[0]  # which no name of a policy holds
        faults = [_require_fault(root.require, bundle) for root in policy.roots if root.name == name]
        missing = f"anchored by '{bundle.root}', which no root of the policy is"
    return next(filter(None, faults), "") if faults else missing


def _window_fault(key: KeySource, bundle: VerifiedBundle) -> str:
    if key.valid_from is None and key.valid_until is None:
        return ""
    if not bundle.times:
        return f"key '{key.name}' has a window of validity and the signature has no verified time"
    for time in bundle.times:
        if key.valid_from is not None and time < key.valid_from:
            return f"signed at {time:%Y-%m-%dT%H:%M:%SZ}, before key '{key.name}' was valid"
        if key.valid_until is not None and time > key.valid_until:
            return f"signed at {time:%Y-%m-%dT%H:%M:%SZ}, after key '{key.name}' had expired"
    return ""


def _require_fault(require: Require, bundle: VerifiedBundle) -> str:
    if bundle.log_entries < require.tlog:
        return f"the policy asks for {require.tlog} log entries, and the bundle has {bundle.log_entries}"
    if len(bundle.times) < require.timestamps:
        return (
            f"the policy asks for {require.timestamps} verified times, and the bundle has {len(bundle.times)}"
        )
    return ""
