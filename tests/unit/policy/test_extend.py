"""Policies that extend others: what is joined, and what must be said to ask for less."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from attest.errors import PolicyError, ReadError
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place
from attest.policy.catalog import settings
from attest.policy.load import load
from attest.policy.schema import known_keys
from attest.policy.tighter import SETTINGS, is_tighter
from tests.unit.policy.world import NOW, base_policy, merged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.policy.model import Policy

HEAD: dict[str, Any] = {
    "apiVersion": "attest/v1",
    "kind": "ReleasePolicy",
    "metadata": {"name": "own", "version": 3, "expires": "2030-12-31"},
}
VARIABLES = {"version": "1.0.0", "tag": "v1.0.0"}


def of(document: Any) -> bytes:  # noqa: ANN401 - YAML
    return json.dumps(document, default=str).encode()


def loaded(own: Any, files: Mapping[str, bytes]) -> Policy:  # noqa: ANN401 - YAML
    """The policy `own` over the first of `files`, or over those that it names itself."""
    named = {"path": next(iter(files)), "sha256": hashlib.sha256(next(iter(files.values()))).hexdigest()}

    def read(name: str, _: int) -> bytes:
        if name not in files:
            raise ReadError("no such file", place=Place(file=name))
        return files[name]

    document = {"extends": [named], **HEAD, **own}
    return load(of(document), "own.yaml", variables=VARIABLES, now=NOW, read_beside=read)


def over(own: Any, base: Any = None) -> Policy:  # noqa: ANN401 - YAML
    """A policy over the one of the cases, or over another."""
    return loaded(own, {"base/base.yaml": of(base_policy() if base is None else base)})


def refused(own: Any, base: Any = None) -> list[str]:  # noqa: ANN401 - YAML
    with pytest.raises(PolicyError) as raised:
        over(own, base)
    return [each.message for each in raised.value.mistakes]


def test_a_policy_that_adds_nothing_is_the_one_that_it_extends() -> None:
    own = over({})
    base = load(of(base_policy()), "base.yaml", variables=VARIABLES, now=NOW)
    keys = tuple(replace(each, file=f"base/{each.file}") for each in base.keys)
    assert own == replace(base, name=own.name, keys=keys)
    assert (own.name.name, own.name.version) == ("own", 3)


#: What is changed of the policy of the cases (and of its base first, where that says something), and what
#: is looser by that; "" where nothing is.
CHANGES: list[tuple[str, Any, Any, str]] = [
    ("a newer Go", {}, {"platforms": {"defaults": {"go": {"min": "1.26"}}}}, ""),
    ("an older Go", {}, {"platforms": {"defaults": {"go": {"min": "1.22"}}}}, "platforms.defaults.go.min"),
    ("anything goes", {}, {"platforms": {"defaults": {"go": {"cgo": "any"}}}}, "platforms.defaults.go.cgo"),
    ("a setting more", {}, {"platforms": {"defaults": {"elf": {"link": ["static"]}}}}, ""),
    ("a platform more", {}, {"platforms": {"matrix": [{"goos": "windows", "goarch": "amd64"}]}}, ""),
    (
        "a platform with an exception",
        {},
        {"platforms": {"matrix": [{"goos": "windows", "goarch": "amd64", "go": {"trimpath": "any"}}]}},
        "platforms.matrix.3.go.trimpath",
    ),
    (
        "a platform that asks for more",
        {},
        {"platforms": {"matrix": [{"goos": "windows", "goarch": "amd64", "go": {"min": "1.25"}}]}},
        "",
    ),
    (
        "a platform that only warns",
        {},
        {"platforms": {"matrix": [{"goos": "windows", "goarch": "amd64", "severity": "warn"}]}},
        "platforms.matrix.3.severity",
    ),
    (
        "another main package of a build",
        {},
        {"platforms": {"builds": [{"name": "x", "main_path": "example.com/tool/cmd/x"}]}},
        "platforms.builds.x.main_path",
    ),
    (
        "another signer",
        {},
        {"platforms": {"defaults": {"signatures": {"signer": "testers"}}}},
        "platforms.defaults.signatures.signer",
    ),
    ("more signatures", {}, {"platforms": {"defaults": {"signatures": {"signer": "release", "min": 2}}}}, ""),
    (
        "an attestation less",
        {},
        {"platforms": {"defaults": {"attestations": ["sbom-spdx"]}}},
        "platforms.defaults.attestations",
    ),
    ("a signer more for an identity", {}, {"identities": {"release": [{"key": "test-key"}]}}, "release.1"),
    ("an identity of its own", {}, {"identities": {"mine": [{"key": "test-key"}]}}, ""),
    ("a check lowered", {}, {"checks": {"pseudo-version": {"severity": "warn"}}}, "checks.pseudo-version"),
    ("a check raised", {}, {"checks": {"pseudo-version": {"severity": "deny"}}}, ""),
    (
        "a check put off",
        {"checks": {"pseudo-version": {"severity": "deny"}}},
        {"checks": {"pseudo-version": {"effective": "2030-01-01"}}},
        "checks.pseudo-version.effective",
    ),
    (
        "a check raised that the base lowers",
        {"checks": {"pseudo-version": {"severity": "warn"}}},
        {"checks": {"pseudo-version": {"severity": "deny"}}},
        "",
    ),
    (
        "a waiver",
        {},
        {
            "waivers": [
                {
                    "id": "W-1",
                    "check": "vcs-modified",
                    "match": {},
                    "reason": "r",
                    "created": "2026-11-01",
                    "expires": "2026-12-01",
                }
            ]
        },
        "waivers.W-1",
    ),
    ("a file passed over", {}, {"artifacts": {"ignore": [{"path": "a", "reason": "r"}]}}, "ignore.a"),
    ("a file that nobody signs", {}, {"artifacts": {"extras": [{"path": "a", "kind": "file"}]}}, "extras.a"),
    (
        "a file that somebody signs",
        {},
        {"artifacts": {"extras": [{"path": "a", "kind": "file", "signer": "release"}]}},
        "",
    ),
    ("files that are not named", {}, {"artifacts": {"complete": False}}, "artifacts.complete"),
    (
        "files that are not named, where the base says nothing of it",
        {"artifacts": {"complete": None}},
        {"artifacts": {"complete": False}},
        "artifacts.complete",
    ),
    (
        "a licence decided",
        {},
        {"licenses": [{"module": "example.com/a", "license": "MIT", "reason": "r"}]},
        "licenses.example.com/a",
    ),
    ("online", {}, {"trust": {"offline": "allowed"}}, "trust.offline"),
    (
        "online, where the base says nothing of it",
        {"trust": {"offline": None}},
        {"trust": {"offline": "allowed"}},
        "trust.offline",
    ),
    ("no log for keys", {}, {"trust": {"require": {"tlog": 0}}}, "trust.require.tlog"),
    ("more logs", {}, {"trust": {"require": {"tlog": 2}}}, ""),
    (
        "a key without log, where the base wants one",
        {"trust": {"require": {"tlog": 1}}},
        {"trust": {"keys": [{"name": "k", "file": "k.pub", "require": {"tlog": 0}}]}},
        "trust.keys.k.require.tlog",
    ),
    (
        "another file for a key",
        {},
        {"trust": {"keys": [{"name": "test-key", "file": "k.pub"}]}},
        "trust.keys.test-key.file",
    ),
    (
        "less of a key of the base",
        {"trust": {"keys": [{"name": "release-key", "file": "a"}, {"name": "test-key", "file": "b"}]}},
        {"trust": {"keys": [{"name": "test-key", "file": "base/b", "require": {"tlog": 0}}]}},
        "trust.keys.test-key.require",
    ),
    (
        "another root",
        {"trust": {"roots": [{"name": "r", "trusted_root": "r.json", "sha256": "0" * 64}]}},
        {"trust": {"roots": [{"name": "s", "trusted_root": "s.json", "sha256": "0" * 64}]}},
        "trust.roots.s",
    ),
    (
        "the first root",
        {},
        {"trust": {"roots": [{"name": "s", "trusted_root": "s.json", "sha256": "0" * 64}]}},
        "",
    ),
    ("a module denied", {"modules": {"deny": ["a.b/c"]}}, {"modules": {"deny": ["a.b/c", "a.b/d"]}}, ""),
    (
        "a module denied no more",
        {"modules": {"deny": ["a.b/c"]}},
        {"modules": {"deny": ["a.b/d"]}},
        "modules.deny",
    ),
    (
        "a licence allowed",
        {"sbom": {"licenses": {"allow": ["MIT"]}}},
        {"sbom": {"licenses": {"allow": ["MIT", "ISC"]}}},
        "sbom.licenses.allow",
    ),
    (
        "a longer age",
        {"attestations": {"sbom-spdx": {"max_age": "48h"}}},
        {"attestations": {"sbom-spdx": {"max_age": "3d"}}},
        "attestations.sbom-spdx.max_age",
    ),
    (
        "a shorter age",
        {"attestations": {"sbom-spdx": {"max_age": "48h"}}},
        {"attestations": {"sbom-spdx": {"max_age": "1d"}}},
        "",
    ),
    (
        "another predicate type",
        {},
        {"attestations": {"sbom-spdx": {"predicate": ["https://example.com/mine"]}}},
        "attestations.sbom-spdx.predicate",
    ),
    ("waivers for longer", {"metadata": {"max_waiver_days": 30}}, {}, ""),
    (
        "a rule of the base that is changed",
        {"rules": [{"id": "r", "scope": "release", "assert": "true", "message": "m", "hint": "h"}]},
        {"rules": [{"id": "r", "scope": "release", "assert": "1 == 1", "message": "m", "hint": "h"}]},
        "rules.r.assert",
    ),
    (
        "a rule of the base with a condition",
        {"rules": [{"id": "r", "scope": "release", "assert": "true", "message": "m", "hint": "h"}]},
        {"rules": [{"id": "r", "when": "false"}]},
        "rules.r.when",
    ),
    (
        "a rule of the base that warns",
        {"rules": [{"id": "r", "scope": "release", "assert": "true", "message": "m", "hint": "h"}]},
        {"rules": [{"id": "r", "severity": "warn"}]},
        "rules.r.severity",
    ),
    (
        "a rule of its own",
        {},
        {"rules": [{"id": "r", "scope": "release", "assert": "true", "message": "m", "hint": "h"}]},
        "",
    ),
    (
        "a builder more",
        {"builders": [{"identity": "release", "builder_id": "a", "level": 1}]},
        {"builders": [{"identity": "release", "builder_id": "b", "level": 3}]},
        "builders.1",
    ),
]


@pytest.mark.parametrize(("why", "base", "own", "key"), CHANGES, ids=[each[0] for each in CHANGES])
def test_what_asks_for_less_needs_a_reason(why: str, base: Any, own: Any, key: str) -> None:  # noqa: ANN401 - YAML
    whole = merged(base_policy(), base)
    if not key:
        assert over(own, whole).overrides == (), why
        return
    (said,) = refused(own, whole)
    place, _, what = said.partition("' is looser than in what the policy extends: ")
    assert place.removeprefix("'").endswith(key), said
    assert what
    named = place.removeprefix("'")
    (override,) = over({**own, "overrides": [{"key": named, "reason": "because"}]}, whole).overrides
    assert (override.key, override.reason, override.file) == (named, "because", "own.yaml")


def test_every_setting_has_a_direction_or_none_that_can_be_told() -> None:
    """A new setting is looked at: which of two values asks for more?"""
    every = {
        f"{section}.{each.key}"
        for section in ("file", "go", "elf", "macos", "windows", "wasm", "ebpf", "sbom", "modules")
        for each in settings(section)
    }
    unordered = {
        "ebpf.machine",
        "elf.libc",
        "file.dwarf",
        "file.symbol_table",
        "go.fips140",
        "go.level.riscv64",
        "go.main_path",
        "macos.hardened_runtime",
        "macos.root",
        "macos.team",
        "modules.go_sum",
        "wasm.exports",
        "wasm.memory_min",
        "windows.subsystem",
    }
    any_is_looser = {
        f"{section}.{each.key}"
        for section in ("file", "go", "elf", "windows", "ebpf")
        for each in settings(section)
        if "'any'" in str(each.annotation)
    }
    assert not SETTINGS.keys() - every
    assert every == SETTINGS.keys() | unordered | any_is_looser


@pytest.mark.parametrize(
    ("path", "base", "own", "tighter"),
    [
        (("modules", "pseudo_versions"), "warn", "deny", True),
        (("modules", "pseudo_versions"), "deny", "info", False),
        (("modules", "pseudo_versions"), "deny", "so-so", False),
        (("platforms", "defaults", "go", "min"), "1.9", "1.24", True),
        (("platforms", "defaults", "go", "min"), "1.24", "1.9", False),
        (("platforms", "defaults", "go", "min"), "1.24", "1.26rc1", False),
        (("platforms", "defaults", "go", "cgo"), "any", False, True),
        (("platforms", "defaults", "go", "cgo"), False, "any", False),
        (("platforms", "defaults", "file", "max_bytes"), 100, 99, True),
        (("platforms", "defaults", "file", "max_bytes"), 100, True, False),
        (("platforms", "defaults", "file", "max_section_bytes", ".text"), 100, 101, False),
        (("platforms", "defaults", "file", "max_section_bytes", ".text"), 100, 99, True),
        (("platforms", "defaults", "elf", "libraries"), ["a", "b"], ["a"], True),
        (("platforms", "defaults", "elf", "libraries"), ["a", "b"], [], False),
        (("platforms", "defaults", "elf", "libc"), "musl", "glibc", False),
        (("platforms", "defaults", "go", "level", "amd64"), "v3", "v1", True),
        (("artifacts", "complete"), False, True, True),
        (("artifacts", "complete"), True, 1, False),
        (("vulnerabilities", "max_age"), "7d", "24h", True),
        (("vulnerabilities", "max_age"), "7d", "week", False),
        (("source", "repo"), "https://a", "https://a", True),
        (("source", "repo"), "https://a", "https://b", False),
        (("attestations", "a", "level"), 2, 3, True),
    ],
)
def test_which_of_two_asks_for_more(path: Any, base: Any, own: Any, *, tighter: bool) -> None:  # noqa: ANN401 - YAML
    assert is_tighter(path, base, own) == tighter


def test_places_are_those_of_the_files() -> None:
    base = merged(base_policy(), {"modules": {"go_summ": "verify"}})
    text = json.dumps(base, indent=1).replace('"go_summ"', '\n\n"go_summ"').encode()
    with pytest.raises(PolicyError) as raised:
        loaded({"sbom": {"agree": True}}, {"base/base.yaml": text})
    unknown = [(each.place and each.place.file, each.message) for each in raised.value.mistakes]
    assert unknown == [
        ("own.yaml", "unknown key 'agree' in 'sbom'"),
        ("base/base.yaml", "unknown key 'go_summ' in 'modules'"),
    ]
    place = raised.value.mistakes[1].place
    assert place is not None
    assert place.line is not None
    assert '"go_summ"' in text.decode().splitlines()[place.line - 1]


def test_an_override_that_overrides_nothing_is_a_mistake() -> None:
    (said,) = refused({"overrides": [{"key": "sbom.require", "reason": "r"}]})
    assert said == "nothing is overridden at 'sbom.require'"
    alone = {**base_policy(), "overrides": [{"key": "sbom.require", "reason": "r"}]}
    with pytest.raises(PolicyError, match=r"nothing is overridden at 'sbom\.require'"):
        load(of(alone), "own.yaml", variables=VARIABLES, now=NOW)


def test_it_holds_no_longer_than_what_it_extends() -> None:
    base = merged(base_policy(), {"metadata": {"expires": "2027-06-30"}})
    assert f"{over({}, base).expires:%Y-%m-%d %H}" == "2027-06-30 23"
    (said,) = refused({}, merged(base, {"metadata": {"expires": "2020-06-30"}}))
    assert said == "the policy expired at the end of 2020-06-30"
    later = merged(base_policy(), {"metadata": {"expires": "2031-06-30T00:00:00Z", "max_waiver_days": 9}})
    assert f"{over({}, later).expires:%Y-%m-%d}" == "2030-12-31"


def test_waivers_hold_no_longer_than_the_base_allows() -> None:
    base = merged(base_policy(), {"metadata": {"max_waiver_days": 30}})
    own = {"metadata": {**HEAD["metadata"], "max_waiver_days": 60}}
    assert refused(own, base)[0].startswith("'metadata.max_waiver_days' is looser")
    assert over({"metadata": {**HEAD["metadata"], "max_waiver_days": 7}}, base).waivers == ()


BAD: list[tuple[str, Any, str]] = [
    ("another digest", {"path": "base/base.yaml", "sha256": "0" * 64}, "is not the policy that is extended"),
    ("a file that is not there", {"path": "no.yaml", "sha256": "0" * 64}, "no such file"),
    ("a path of the system", {"path": "/etc/base.yaml", "sha256": "0" * 64}, "is no path relative"),
    ("another computer", {"path": "//host/base.yaml", "sha256": "0" * 64}, "is no path relative"),
    ("a drive", {"path": "C:base.yaml", "sha256": "0" * 64}, "is no path relative"),
    ("no digest", {"path": "base/base.yaml"}, "'extends.0.sha256' is missing"),
    ("no path", {"sha256": "0" * 64}, "'extends.0.path' is missing"),
    ("a short digest", {"path": "base/base.yaml", "sha256": "00"}, "which cannot be one"),
]


@pytest.mark.parametrize(("why", "entry", "said"), BAD, ids=[each[0] for each in BAD])
def test_what_cannot_be_extended(why: str, entry: Any, said: str) -> None:  # noqa: ANN401 - YAML
    with pytest.raises(PolicyError) as raised:
        loaded({**base_policy(), "extends": [entry]}, {"base/base.yaml": of(base_policy())})
    assert any(said in each.message for each in raised.value.mistakes), why


def test_what_is_no_policy_is_not_extended() -> None:
    for text in (b"[]", b"apiVersion: attest/v2\nkind: ReleasePolicy\n", b"kind: [", b""):
        with pytest.raises(PolicyError):
            loaded(base_policy(), {"base.yaml": text})


def test_without_a_place_to_read_from_nothing_is_extended() -> None:
    document = {**base_policy(), "extends": [{"path": "a.yaml", "sha256": "0" * 64}]}
    with pytest.raises(PolicyError, match="cannot be read here"):
        load(of(document), "own.yaml", variables=VARIABLES, now=NOW)


def chain(count: int) -> dict[str, bytes]:
    """Policies that extend one another, the last of which is complete; each in a folder of the one before."""
    data = of(base_policy())
    files = {"/".join(["d"] * count) + "/p.yaml": data}
    for depth in range(count - 1, 0, -1):
        named = {"path": "d/p.yaml", "sha256": hashlib.sha256(data).hexdigest()}
        data = of({**HEAD, "extends": [named]})
        files["/".join(["d"] * depth) + "/p.yaml"] = data
    return dict(reversed(files.items()))


def test_bases_extend_others_and_name_their_files_from_their_own_folders() -> None:
    assert loaded({}, chain(3)).keys[0].file == "d/d/d/keys/release.pub"
    assert loaded({}, chain(DEFAULT_LIMITS.policy_bases)).keys
    with pytest.raises(PolicyError) as raised:
        loaded({}, chain(DEFAULT_LIMITS.policy_bases + 1))
    assert any("extends more than 16 others" in each.message for each in raised.value.mistakes)


def test_a_base_may_override_what_it_extends_itself() -> None:
    first = of(base_policy())
    second = of(
        {
            **HEAD,
            "extends": [{"path": "first.yaml", "sha256": hashlib.sha256(first).hexdigest()}],
            "overrides": [{"key": "artifacts.complete", "reason": "for now"}],
            "artifacts": {"complete": False},
        }
    )
    (override,) = loaded({}, {"base/second.yaml": second, "base/first.yaml": first}).overrides
    assert (override.key, override.file) == ("artifacts.complete", "base/second.yaml")


def test_of_several_the_later_may_not_loosen_the_earlier() -> None:
    base, more = of(base_policy()), of({**HEAD, "modules": {"go_sum": "verify", "vendor": "exact"}})
    files = {"a.yaml": base, "b.yaml": more}
    named = [{"path": name, "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()]
    assert loaded({"extends": named}, files).section("modules").get("vendor") == "exact"
    with pytest.raises(PolicyError, match=r"'modules.vendor' is looser"):
        loaded({"extends": named[::-1]}, files)


def test_where_files_of_a_base_lie_outside_a_key_is_pinned() -> None:
    with pytest.raises(PolicyError) as raised:
        loaded({}, {"../base.yaml": of(base_policy())})
    for mistake in raised.value.mistakes:
        assert "lies outside the policy's folder and has no sha256" in mistake.message
        assert mistake.place == Place(file="../base.yaml", line=1)


def test_the_keys_are_those_of_the_schema() -> None:
    assert known_keys(("extends", 0)) == ("path", "sha256")
    assert known_keys(("overrides", 0)) == ("key", "reason")
