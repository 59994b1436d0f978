"""`attest policy init`: its policy lets the release pass that it was written from, and no other.

What a policy from one release must deny are the rows of tests/test_mutations.py.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from attest.cli.main import run
from attest.errors import FormatError
from attest.model.limits import DEFAULT_LIMITS
from attest.policy import document
from attest.policy.draft_settings import checks_of
from attest.policy.load import load
from tests.test_mutations import MUTATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SignedRelease

#: Rows of which a policy without `modules` says nothing: the source is asked with --source alone.
OF_THE_SOURCE = {"explicit-line-removed", "go-sum-hash-changed"}


def public(release: SignedRelease) -> Path:
    return release.policy.parent / "keys" / "release.pub"


def init(release: SignedRelease, policy: Path, *more: str) -> int:
    words = ["policy", "init", "--from", str(release.dist), "-o", str(policy), "--version", "1.0.0"]
    return run([*words, "--key", str(public(release)), *more])


@pytest.fixture(scope="module")
def drafted(signed_release: SignedRelease, tmp_path_factory: pytest.TempPathFactory) -> Path:
    policy = tmp_path_factory.mktemp("drafted") / "release.yaml"
    assert init(signed_release, policy) == 0
    return policy


@pytest.fixture(scope="module")
def drafted_with_source(signed_release: SignedRelease, tmp_path_factory: pytest.TempPathFactory) -> Path:
    policy = tmp_path_factory.mktemp("drafted") / "release.yaml"
    assert init(signed_release, policy, "--source", str(signed_release.source)) == 0
    return policy


def test_the_release_passes_without_a_finding(
    drafted: Path, signed_release: SignedRelease, tmp_path: Path
) -> None:
    verdict = tmp_path / "verdict.json"
    words = ["verify", "--policy", str(drafted), "--version", "1.0.0", "-o", f"json={verdict}"]
    assert run([*words, str(signed_release.dist)]) == 0
    assert json.loads(verdict.read_bytes())["findings"] == []


def test_it_passes_with_its_source_and_needs_it_then(
    drafted_with_source: Path, signed_release: SignedRelease
) -> None:
    words = ["verify", "--policy", str(drafted_with_source), "--version", "1.0.0", str(signed_release.dist)]
    assert run([*words, "--source", str(signed_release.source)]) == 0
    assert run(words) == 1


@pytest.mark.parametrize("policy", ["drafted", "drafted_with_source"])
def test_nothing_in_it_is_weak(policy: str, request: pytest.FixtureRequest) -> None:
    assert run(["policy", "lint", "--fail-on", "warn", str(request.getfixturevalue(policy))]) == 0


@pytest.mark.parametrize("name", MUTATIONS)
def test_it_denies_what_the_policy_written_by_hand_denies(
    name: str, drafted: Path, drafted_with_source: Path, signed_release: SignedRelease, tmp_path: Path
) -> None:
    release = signed_release.copy(tmp_path)
    mutation = MUTATIONS[name]
    mutation.change(release)
    verdict = tmp_path / "verdict.json"
    told = {}
    for policy, more in ((drafted, []), (drafted_with_source, ["--source", str(release.source)])):
        words = ["verify", "--policy", str(policy), "--version", "1.0.0", "-o", f"json={verdict}", *more]
        code = run([*words, str(release.dist)])
        denying = [
            each for each in json.loads(verdict.read_bytes())["findings"] if each["severity"] == "deny"
        ]
        told[policy] = code, {each["check"] for each in denying}
    assert told[drafted_with_source][0] == 1
    assert mutation.denies <= told[drafted_with_source][1]
    assert told[drafted][0] == (0 if name in OF_THE_SOURCE else 1)
    if name not in OF_THE_SOURCE:
        assert mutation.denies <= told[drafted][1]


def read(policy: Path) -> Any:  # noqa: ANN401 - a YAML document
    return document.read(policy.read_bytes(), "p", DEFAULT_LIMITS).value


def test_it_reads_like_one_written_by_hand(drafted: Path) -> None:
    value = read(drafted)
    platforms = value["platforms"]
    assert platforms["defaults"]["path"] == "${build}_${version}_${goos}_${goarch}${variant}{.exe,}"
    assert [each["name"] for each in platforms["builds"]] == ["widget", "widgetctl"]
    assert {"goos": "linux", "goarch": "amd64"} in platforms["matrix"]
    universal = {"goos": "darwin", "goarch": "universal", "slices": ["amd64", "arm64"], "builds": ["widget"]}
    assert universal in platforms["matrix"]
    assert len(platforms["matrix"]) == 8
    assert value["source"] == {"go_module": "example.com/acme/widget", "tag": "${tag}"}
    checksums = {"path": "checksums.txt", "kind": "checksums", "covers": "slots", "signer": "release"}
    assert value["artifacts"] == {"complete": True, "extras": [checksums]}
    text = drafted.read_text("utf-8")
    assert "*" not in text
    assert "1.0.0" not in text
    assert "No provenance was found" in text


def test_its_bytes_are_the_same_in_every_run(signed_release: SignedRelease, tmp_path: Path) -> None:
    texts = []
    for number in range(2):
        policy = tmp_path / f"{number}.yaml"
        assert init(signed_release, policy, "--now", "2026-11-23T00:00:00Z", "--jobs", str(number + 1)) == 0
        texts.append(policy.read_bytes())
    assert texts[0] == texts[1]
    assert b"expires: 2027-05-22\n" in texts[0]


def test_it_tells_what_to_review_identities_first(
    signed_release: SignedRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(signed_release, tmp_path / "p.yaml") == 0
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("attest: review: ")]
    assert told[0].startswith("attest: review: identities.release: the key ")
    assert init(signed_release, tmp_path / "q.yaml", "--quiet") == 0
    assert "review" not in capsys.readouterr().err


def test_without_a_version_names_are_those_of_this_release(
    signed_release: SignedRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "p.yaml"
    words = ["policy", "init", "--from", str(signed_release.dist), "-o", str(policy)]
    assert run([*words, "--key", str(public(signed_release))]) == 0
    assert "${build}_1.0.0_${goos}" in policy.read_text("utf-8")
    assert "no --version was given" in capsys.readouterr().err
    assert run(["verify", "--policy", str(policy), str(signed_release.dist)]) == 0


def test_nothing_unverified_becomes_trust(
    signed_release: SignedRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "p.yaml"
    words = ["policy", "init", "--from", str(signed_release.dist), "-o", str(policy), "--version", "1.0.0"]
    assert run(words) == 4
    assert "name the public keys with --key" in capsys.readouterr().err
    stranger = signed_release.stranger.with_suffix(".pub")
    assert run([*words, "--key", str(stranger)]) == 4
    assert not policy.exists()


def test_a_key_that_signed_nothing_is_not_trusted(signed_release: SignedRelease, tmp_path: Path) -> None:
    policy = tmp_path / "p.yaml"
    assert init(signed_release, policy, "--key", str(signed_release.stranger.with_suffix(".pub"))) == 0
    assert "stranger" not in policy.read_text("utf-8")


def test_a_bundle_that_nothing_verifies_is_told_and_the_rest_is_judged(
    signed_release: SignedRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = signed_release.copy(tmp_path)
    MUTATIONS["signature-of-another-key"].change(release)
    policy = tmp_path / "p.yaml"
    assert init(release, policy) == 0
    told = capsys.readouterr().err
    assert "widget_1.0.0_linux_amd64.sigstore.json is verified by no key and no root" in told
    text = policy.read_text("utf-8")
    assert "signatures:" not in text
    assert "No signature on every file itself was found" in text
    assert "9 of 10 files have 'signature'" in text


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("artifacts-swapped", 1, "checksums.txt says"),
        ("symlink", 1, "artifact-unexpected"),
        ("artifact-removed", 1, "there is no such file"),
        ("byte-flipped-elf", 3, "covers every executable"),
    ],
)
def test_a_release_that_no_policy_lets_pass_gets_none(
    name: str,
    code: int,
    says: str,
    signed_release: SignedRelease,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    release = signed_release.copy(tmp_path)
    MUTATIONS[name].change(release)
    policy = tmp_path / "p.yaml"
    assert init(release, policy) == code
    out, err = capsys.readouterr()
    assert says in " ".join((out + err).split())
    assert not policy.exists()


def test_a_release_with_nothing_signed_is_nothing(
    signed_release: SignedRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dist").mkdir()
    name = "widget_1.0.0_linux_amd64"
    shutil.copy(signed_release.dist / name, tmp_path / "dist" / name)
    assert run(["policy", "init", "--from", str(tmp_path / "dist"), "--version", "1.0.0"]) == 3
    assert "nothing in the release is signed" in capsys.readouterr().err


def test_a_directory_without_go_files_is_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "notes.txt").write_text("hello")
    assert run(["policy", "init", "--from", str(tmp_path / "dist")]) == 3
    assert "no Go executable" in capsys.readouterr().err


def test_every_setting_of_it_is_asked_of_some_file_and_met(
    drafted_with_source: Path, signed_release: SignedRelease, tmp_path: Path
) -> None:
    verdict = tmp_path / "verdict.json"
    words = ["verify", "--policy", str(drafted_with_source), "--version", "1.0.0", "-o", f"json={verdict}"]
    assert run([*words, "--source", str(signed_release.source), str(signed_release.dist)]) == 0
    passed = {
        each["check"] for each in json.loads(verdict.read_bytes())["checks"] if each["outcome"] == "pass"
    }
    policy = load(
        drafted_with_source.read_bytes(),
        "p",
        variables={"version": "1.0.0", "tag": "v1.0.0"},
        now=datetime(2026, 11, 23, tzinfo=UTC),
    )
    asked = {(name, key) for slot in policy.slots for name, held in slot.sections for key, _ in held.values}
    asked |= {(name, key) for name, held in policy.sections for key, _ in held.values}
    assert len(asked) > 40
    assert [each for each in asked if not checks_of(*each) & passed] == []
    assert {slot.path for slot in policy.slots} | {extra.path for extra in policy.extras} == {
        file.name for file in signed_release.dist.iterdir() if not file.name.endswith((".json", ".jsonl"))
    }
    assert all(slot.required for slot in policy.slots)


@pytest.mark.parametrize("name", sorted(OF_THE_SOURCE))
def test_a_source_that_is_not_what_it_says_gets_no_policy(
    name: str, signed_release: SignedRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = signed_release.copy(tmp_path)
    MUTATIONS[name].change(release)
    policy = tmp_path / "p.yaml"
    assert init(release, policy, "--source", str(release.source)) == 1
    out, err = capsys.readouterr()
    assert MUTATIONS[name].denies - {"source-mismatch"} <= set(out.split())
    assert "no policy was written, as the release does not pass it" in err
    assert not policy.exists()


def test_a_source_that_cannot_be_resolved_is_no_evidence(
    signed_release: SignedRelease,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise FormatError("go.mod is damaged", hint="mend it")

    monkeypatch.setattr("attest.app.reconcile.reconcile_files", fail)
    policy = tmp_path / "p.yaml"
    assert init(signed_release, policy, "--source", str(signed_release.source)) == 1
    assert "go.mod is damaged" in " ".join(capsys.readouterr().out.split())
    assert not policy.exists()


def test_an_sbom_that_contradicts_its_file_is_told(
    signed_release: SignedRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = signed_release.copy(tmp_path)
    MUTATIONS["sbom-component-removed-signed-again"].change(release)
    assert init(release, tmp_path / "p.yaml") == 0
    assert "review: not asked, as it is not met or nothing tells: sbom.agree_with" in capsys.readouterr().err
    assert "agree_with: " not in (tmp_path / "p.yaml").read_text("utf-8")


def test_a_private_key_is_no_key_to_trust(
    signed_release: SignedRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["policy", "init", "--from", str(signed_release.dist), "-o", str(tmp_path / "p.yaml")]
    assert run([*words, "--key", str(signed_release.key)]) == 2
    assert "private key" in capsys.readouterr().err


def test_it_is_not_written_into_the_release_nor_over_another(
    signed_release: SignedRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(signed_release, signed_release.dist / "p.yaml") == 4
    assert "lies in the release directory" in capsys.readouterr().err
    (tmp_path / "p.yaml").write_text("mine")
    assert init(signed_release, tmp_path / "p.yaml") == 4
    assert "is there already" in capsys.readouterr().err
    assert init(signed_release, tmp_path / "p.yaml", "--force") == 0
    assert init(signed_release, tmp_path / "q.yaml", "--modcache", str(tmp_path)) == 4
