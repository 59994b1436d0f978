"""Nothing is no success: what is absent, who is named and ignored, what is excused and how far."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from attest.cli.main import run
from attest.errors import PolicyError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.statement import Signer, VerifiedBundle
from attest.policy.glob import glob_matches
from attest.policy.identity import glob_fault, matches, regex_fault
from attest.policy.load import load
from attest.policy.model import Identity, SignerRule
from attest.policy.regex import Pattern
from attest.policy.template import path_fault
from tests.advisories.evidence import FILE, KEY
from tests.test_mutations import LINUX, judge, rewrite
from tests.unit.policy.test_load import HEX, ISSUER, ROOT, mistakes, only
from tests.unit.policy.world import NOW, base_policy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SignedRelease

WORKFLOW = "https://github.com/acme/tool/.github/workflows/release.yml@refs/tags/v1.0.0"


def denying(release: SignedRelease, verdict: Path) -> set[str]:
    code, document = judge(release, verdict)
    assert (code, document["verdict"]) == (1, "deny")
    return {each["check"] for each in document["findings"] if each["severity"] == "deny"}


@pytest.mark.parametrize("kind", ["spdx", "cdx"])
def test_cve_2022_35929_an_attestation_of_another_type_only(
    kind: str, signed_release: SignedRelease, tmp_path: Path
) -> None:
    """A valid attestation is there, and it is not the one that is asked for."""
    release = signed_release.copy(tmp_path)
    (release.dist / f"{LINUX}.{kind}.intoto.sigstore.json").unlink()
    assert "attestation-missing" in denying(release, tmp_path / "verdict.json")


def test_cve_2022_35930_an_attestation_of_another_type_in_its_place(
    signed_release: SignedRelease, tmp_path: Path
) -> None:
    """Any signed statement, by the right key and about the right file, is not the one that is asked for."""
    release = signed_release.copy(tmp_path)
    one, other = (release.dist / f"{LINUX}.{kind}.intoto.sigstore.json" for kind in ("spdx", "cdx"))
    rewrite(one, other.read_bytes())
    assert "attestation-missing" in denying(release, tmp_path / "verdict.json")


@pytest.mark.parametrize("words", [[], ["--bundle", "w.json"]], ids=["no bundle", "a bundle of nothing"])
def test_cve_2025_25204_no_attestation(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w").write_bytes(FILE)
    (tmp_path / "k.pub").write_bytes(KEY.public.pem)
    (tmp_path / "w.json").write_bytes(b"{}")
    assert run(["verify", "w", "--key", "k.pub", *words]) in {2, 3}
    assert capsys.readouterr().err.startswith("attest: ")


def test_chainloop_3397_a_release_without_verification_material(
    signed_release: SignedRelease, tmp_path: Path
) -> None:
    release = signed_release.copy(tmp_path)
    for each in release.dist.glob("*.sigstore.json"):
        each.unlink()
    assert "signature-missing" in denying(release, tmp_path / "verdict.json")
    empty = tmp_path / "empty"
    empty.mkdir()
    *words, _ = release.words()
    assert run([*words, str(empty)]) == 3


def test_cve_2022_47633_a_file_is_opened_once(
    signed_release: SignedRelease, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is hashed is what is judged: between two readings somebody could change it."""
    from attest.edge import files

    opened: list[str] = []
    real = files.DirectoryTree.open

    def counting(self: files.DirectoryTree, name: str) -> Any:  # noqa: ANN401 - a context manager
        if self.root == release.dist or str(self.root) == str(release.dist):
            opened.append(name)
        return real(self, name)

    release = signed_release.copy(tmp_path)
    monkeypatch.setattr(files.DirectoryTree, "open", counting)
    code, _ = judge(release, tmp_path / "verdict.json")
    assert code == 0
    assert len(opened) == len(set(opened)) == sum(1 for each in release.dist.rglob("*") if each.is_file())


@pytest.mark.parametrize(
    "entry",
    [
        {"issuer": ISSUER, "subjectRegExp": "https://github.com/acme/.*"},
        {"issuerRegExp": ".*", "san": WORKFLOW},
        {"issuer": ISSUER, "san": WORKFLOW, "claims": {"sourceRepositoryUri": "x"}},
    ],
    ids=["subjectRegExp", "issuerRegExp", "an unknown claim"],
)
def test_cve_2025_29778_a_key_that_nobody_reads_is_a_mistake(entry: dict[str, Any]) -> None:
    found = mistakes({"trust": {"roots": [ROOT]}, "identities": {"release": [entry]}})
    assert any(word in message for message, _ in found for word in ("unknown", "is no claim", "needs a key"))


@pytest.mark.parametrize("field", ["issuer", "san", "san_glob", "san_regex", "claims"])
def test_cve_2025_29778_every_part_of_an_identity_can_flip_the_verdict(field: str) -> None:
    """A canary for each: the same signer, and one word of the rule changed."""
    ref = "source_repository_ref"
    signer = Signer(kind="certificate", san=WORKFLOW, issuer=ISSUER, claims=((ref, "refs/tags/v1.0.0"),))
    bundle = VerifiedBundle(
        signer=signer, root="r", digests=(), statement=None, times=(), log_entries=1, timestamps=1
    )
    names = {
        "san": WORKFLOW,
        "san_glob": "https://github.com/acme/*/.github/workflows/*@refs/tags/*",
        "san_regex": "https://github\\.com/acme/.*",
    }
    kind = field if field in names else "san"
    rule: dict[str, Any] = {"issuer": ISSUER, kind: names[kind]}
    if field == "claims":
        rule["claims"] = ((ref, "refs/tags/v1.0.0", False),)
    changed: dict[str, dict[str, Any]] = {
        "issuer": {"issuer": f"{ISSUER}/"},
        "san": {"san": f"{WORKFLOW}0"},
        "san_glob": {"san_glob": "https://github.com/*/.github/workflows/*@refs/tags/*"},
        "san_regex": {"san_regex": "github\\.com/acme"},
        "claims": {"claims": ((ref, "refs/heads/main", False),)},
    }

    def accepted(**parts: Any) -> bool:  # noqa: ANN401 - fields of SignerRule
        return matches(Identity(name="release", rules=(SignerRule(**parts),)), bundle, {})

    assert accepted(**rule)
    assert not accepted(**{**rule, **changed[field]})


@pytest.mark.parametrize(
    ("pattern", "name", "matched"),
    [
        ("https://h/a/*", "https://h/a/b", True),
        ("https://h/a/*", "https://h/a/b/c", False),
        ("https://h/a/**", "https://h/a/b/c", False),
        ("https://h/a/*", "https://h/a/../b", False),
        ("https://h/a/*", "https://h/a\\b", False),
        ("https://h/[!a]/b", "https://h/x/b", False),
        ("https://h/A/*", "https://h/a/b", False),
        ("https://h/caf\u00e9/*", "https://h/cafe\u0301/b", False),
        ("https://h/?/b", "https://h/x/b", False),
    ],
)
def test_cve_2021_41087_a_glob_of_signers_means_one_thing(pattern: str, name: str, matched: bool) -> None:
    """`*` stops at a slash; no other character means anything, and none is like another."""
    assert glob_matches(pattern, name) is matched


@pytest.mark.parametrize(
    "path", ["../w", "a/../w", "a//w", "./w", "/w", "a\\w", "C:w", "c:/w", "\\\\h\\s\\w", "w\x00", ""]
)
def test_ghsa_pmwq_pjrm_6p5r_a_path_of_a_policy_names_one_file_below_the_release(path: str) -> None:
    assert path_fault(path)


@pytest.mark.parametrize(
    "file",
    [
        "\\\\evil\\share\\k.pub",
        "//evil/share/k.pub",
        "\\\\?\\C:\\k.pub",
        "\\\\.\\pipe\\k",
        "\\/evil/k.pub",
        "NUL",
        "keys/con.pub",
        "COM1",
    ],
)
def test_cve_2024_8260_a_key_on_another_computer(file: str) -> None:
    """Windows sends who is logged in to the computer that such a name means; a digest does not help."""
    said = f"'{file}' names a network share or a device, not a file beside the policy"
    key = {"name": "release-key", "file": file, "sha256": HEX, "require": {"tlog": 0, "timestamps": 0}}
    test_key = base_policy()["trust"]["keys"][1]
    assert said in [message for message, _ in mistakes({"trust": {"keys": [key, test_key]}})]
    root = {"name": "own", "trusted_root": file, "sha256": HEX}
    assert only({"trust": {"roots": [root]}})[0] == said


def test_sigstore_rust_165_what_is_trusted_is_pinned(
    signed_release: SignedRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A root or a key that was changed since the policy was written is none."""
    policy = json.loads(json.dumps(base_policy()))
    policy["trust"]["roots"] = [{"name": "own", "trusted_root": "root.json", "sha256": HEX}]
    (tmp_path / "keys").mkdir()
    for name in ("release", "test"):
        (tmp_path / "keys" / f"{name}.pub").write_bytes(KEY.public.pem)
    (tmp_path / "root.json").write_text("{}", encoding="utf-8")
    (tmp_path / "release.yaml").write_text(json.dumps(policy, default=str), encoding="utf-8")
    words = ["--policy", str(tmp_path / "release.yaml"), "--version", "1.0.0", "--tag", "v1.0.0"]
    assert run(["verify", *words, str(signed_release.dist)]) == 4
    assert "is not the file that the policy pins" in capsys.readouterr().err


def test_cve_2023_42813_the_work_for_a_policy_has_an_end() -> None:
    """Aliases in aliases, and patterns that other engines try for ever."""
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + number)}: &{chr(98 + number)} [{', '.join([f'*{chr(97 + number)}'] * 9)}]\n"
        for number in range(9)
    )
    with pytest.raises(PolicyError) as caught:
        load(bomb.encode(), "p.yaml", variables={}, now=NOW)
    assert "nodes" in str(caught.value) or "alias" in str(caught.value)
    assert not Pattern("(a+)+b").matches("a" * DEFAULT_LIMITS.identity_chars)
    assert "longer than" in regex_fault("a" * (DEFAULT_LIMITS.pattern_chars + 1))
    assert "longer than" in glob_fault("a" * 3, Limits(pattern_chars=2))


@pytest.mark.parametrize("pattern", [".*", "(?i).*", "https://.*", "[^ ]+", ".*@.*"])
def test_cve_2026_22772_a_pattern_that_anybody_matches(pattern: str) -> None:
    """And whatever a pattern matches, it matches from the first character to the last."""
    assert regex_fault(pattern) == "it matches anybody"
    assert not Pattern("https://github\\.com/acme/.*").matches(
        "https://evil.example/?https://github.com/acme/x"
    )


def test_cve_2024_48921_an_excuse_lies_in_the_policy_alone(
    signed_release: SignedRelease, tmp_path: Path
) -> None:
    """Neither the release nor its evidence can lower what denies, and the policy not this: it is no fact."""
    release = signed_release.copy(tmp_path)
    for name in ("waivers.yaml", ".attest.yaml", "release.yaml"):
        (release.dist / name).write_text("waivers: [{check: artifact-unexpected}]\n", encoding="utf-8")
    assert denying(release, tmp_path / "verdict.json") == {"artifact-unexpected"}
    waiver = {"id": "W-1", "check": "artifact-unexpected", "match": {}, "reason": "so"}
    dates = {"created": "2026-11-01", "expires": "2026-12-31"}
    assert "findings of 'artifact-unexpected' cannot be waived" in only({"waivers": [{**waiver, **dates}]})[0]
