"""The pipeline over the example, seen from its documents: what stands in them and what holds them valid."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from attest.cli.main import run
from attest.cli.schema import schema_bytes
from tests.conftest import REPOSITORY
from tests.sigstack.stack import GITHUB_CLAIMS, WORKFLOW
from tests.unit.app.ci_environments import GITHUB
from tests.unit.sbom.license_texts import MIT

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from testdata.widget.build import Layout
    from tests.conftest import SignedRelease
    from tests.sigstack.stack import Sigstack

GO = Path(sys.executable).with_name("go")
WASM = ("widget_1.0.0_js_wasm.wasm", "widget_1.0.0_wasip1_wasm.wasm")
UNIVERSAL = "widget_1.0.0_darwin_universal"


def validate(document: dict[str, Any], name: str) -> None:
    jsonschema.validate(document, json.loads(schema_bytes(name)))


def artifacts(dist: Path) -> list[Path]:
    """What the build made: everything in checksums.txt."""
    lines = (dist / "checksums.txt").read_text("utf-8").splitlines()
    return [dist / line.partition("  ")[2] for line in lines]


def unsigned(release: SignedRelease, folder: Path) -> Path:
    """A copy of the release directory without any evidence."""
    dist = folder / "dist"
    dist.mkdir(parents=True)
    for file in (*artifacts(release.dist), release.dist / "checksums.txt"):
        shutil.copy(file, dist)
    return dist


def release_words(release: SignedRelease, dist: Path, *, policy: Path | None = None) -> list[str]:
    words = ["release", "--source", str(release.source), "--dist", str(dist), "--version", "1.0.0"]
    return [*words, "--policy", str(policy or release.policy)]


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in sorted(folder.iterdir())}


def test_the_report_of_a_release_is_valid_and_names_all_ten_with_their_evidence(
    signed_release: SignedRelease, tmp_path: Path
) -> None:
    verdict = tmp_path / "verdict.json"
    dist = unsigned(signed_release, tmp_path)
    words = [*release_words(signed_release, dist), "--key", str(signed_release.key)]
    assert run([*words, "-o", "text", "-o", f"json={verdict}"]) == 0
    document = json.loads(verdict.read_bytes())
    validate(document, "report")
    assert sorted(each["path"] for each in document["artifacts"]) == [f.name for f in artifacts(dist)]
    assert all(any(use["status"] == "accepted" for use in each["evidence"]) for each in document["artifacts"])
    assert document["findings"] == []
    assert {each["outcome"] for each in document["checks"]} == {"pass", "skip"}


def test_a_rerun_keeps_every_byte(signed_release: SignedRelease, tmp_path: Path) -> None:
    release = signed_release.copy(tmp_path)
    before = {each.name: (each.read_bytes(), each.stat().st_ino) for each in release.dist.iterdir()}
    assert run([*release_words(release, release.dist), "--key", str(release.key)]) == 0
    after = {each.name: (each.read_bytes(), each.stat().st_ino) for each in release.dist.iterdir()}
    assert after == before


def test_every_sbom_of_a_release_refers_to_the_vex_document(
    signed_release: SignedRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dist = unsigned(signed_release, tmp_path)
    document = (REPOSITORY / "testdata" / "vex" / "openvex.json").read_text("utf-8")
    vex = tmp_path / "openvex.json"
    vex.write_text(document.replace("example.com/widget@v1.0.0", "example.com/greet"), encoding="utf-8")
    words = [*release_words(signed_release, dist), "--key", str(signed_release.key), "--vex", str(vex)]
    assert run(words) == 0
    told = capsys.readouterr().err
    assert told.count("attest: warning: ") == 1, "the example has no module example.com/log"
    assert "openvex.json speaks of pkg:golang/example.com/log, which is in none of these SBOMs" in told
    documents = sorted(dist.glob("*.cdx.json"))
    assert len(documents) == len(artifacts(dist)) + 1
    for each in documents:
        (reference,) = json.loads(each.read_bytes())["externalReferences"]
        assert reference["url"] == "openvex.json"
        assert reference["hashes"][0]["content"] == hashlib.sha256(vex.read_bytes()).hexdigest()


def test_a_signature_that_is_damaged_is_made_again(signed_release: SignedRelease, tmp_path: Path) -> None:
    release = signed_release.copy(tmp_path)
    bundle = release.dist / "widget_1.0.0_linux_amd64.sigstore.json"
    before = bundle.read_bytes()
    bundle.unlink()
    bundle.write_bytes(before[:-30])
    assert run([*release_words(release, release.dist), "--key", str(release.key)]) == 0
    assert bundle.read_bytes() == before or json.loads(bundle.read_bytes())["messageSignature"]


def test_two_runs_with_one_source_date_epoch_write_the_same_sboms(
    signed_release: SignedRelease, tmp_path: Path
) -> None:
    """In two processes with different hash seeds, time zones and folders."""
    made = []
    for name, seed, zone in (("one", "1", "UTC"), ("a longer name", "77", "Pacific/Auckland")):
        dist = unsigned(signed_release, tmp_path / name)
        words = [*release_words(signed_release, dist), "--key", str(signed_release.key)]
        done = subprocess.run(
            [sys.executable, "-m", "attest", *words],
            check=False,
            capture_output=True,
            text=True,
            env={"PATH": "", "SOURCE_DATE_EPOCH": "1700000000", "PYTHONHASHSEED": seed, "TZ": zone},
            cwd=Path(__file__).parent.parent,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        made.append(contents(dist))
    sboms = [name for name in made[0] if name.endswith((".cdx.json", ".spdx.json"))]
    assert len(sboms) == 22
    assert {name: made[0][name] for name in sboms} == {name: made[1][name] for name in sboms}
    assert b"2023-11-14T22:13:20" in made[0][sboms[0]]


def test_a_policy_asks_for_the_elements_of_standards(
    signed_release: SignedRelease, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody but the publisher knows has to be given; of libraries of a system it cannot be."""
    monkeypatch.setenv("GOROOT", str(goroot_of_the_release(tmp_path)))
    policy = tmp_path / "policy" / "release.yaml"
    shutil.copytree(signed_release.policy.parent, policy.parent)
    text = policy.read_text("utf-8")
    asked = text.replace("  formats_agree: true", "  formats_agree: true\n  require: [bsi, ntia]")
    policy.write_text(asked, "utf-8")

    def lacking(name: str, *options: str) -> set[tuple[str, str]]:
        dist = unsigned(signed_release, tmp_path / name)
        report = tmp_path / f"{name}.json"
        words = release_words(signed_release, dist, policy=policy)
        assert run([*words, "--key", str(signed_release.key), *options, "-o", f"json={report}"]) == 1
        assert not list(dist.glob("*.json")), "what the gate refuses leaves nothing behind"
        findings = json.loads(report.read_bytes())["findings"]
        assert {each["check"] for each in findings} == {"sbom-incomplete"}
        return {(each["subject"], each["message"].partition("lacks one: ")[2]) for each in findings}

    before = lacking("before")
    bare = {message for subject, message in before if subject == "widget_1.0.0_linux_amd64"}
    assert {each.partition(" of ")[0].partition(" is ")[0] for each in bare} == {
        "bsi: Component creator",
        "bsi: Creator",
        "bsi: Distribution licences",
        "ntia: Author",
        "ntia: Supplier Name",
    }
    after = lacking(
        "after",
        *("--author", "Example Ltd <sbom@example.com>"),
        *("--supplier", "Example Ltd <https://example.com>"),
        *("--license", "MIT"),
    )
    assert {subject for subject, _ in after} == {
        "widget_1.0.0_darwin_amd64",
        "widget_1.0.0_darwin_arm64",
        "widget_1.0.0_darwin_universal",
        "widget_1.0.0_windows_amd64.exe",
    }
    assert all("it is found on the machine that runs the file" in message for _, message in after)


def goroot_of_the_release(folder: Path) -> Path:
    """A Go installation of the version that compiled the example, as far as licences are asked of it."""
    version = subprocess.run([GO, "env", "GOVERSION"], capture_output=True, text=True, check=True).stdout
    root = folder / "goroot"
    root.mkdir()
    (root / "VERSION").write_text(version, "utf-8")
    (root / "LICENSE").write_text(MIT, "utf-8")
    return root


def test_the_sboms_tell_what_the_repository_says_of_the_version(signed_release: SignedRelease) -> None:
    document = json.loads((signed_release.dist / "widget_1.0.0_linux_amd64.cdx.json").read_bytes())
    (main,) = (each for each in document["components"] if each["bom-ref"].startswith("main:"))
    stated = [each["value"] for each in main["properties"] if each["name"] == "attest:version:stated-by"]
    assert stated == ["build-info v1.0.0", "tag v1.0.0"]


def test_every_sbom_is_valid_by_the_formats_own_judges(signed_release: SignedRelease) -> None:
    cyclonedx = JsonStrictValidator(SchemaVersion.V1_6)
    documents = sorted(signed_release.dist.glob("*.cdx.json"))
    assert len(documents) == 11
    for document in documents:
        assert cyclonedx.validate_str(document.read_text("utf-8")) is None, document.name


def test_every_spdx_document_is_valid_by_the_formats_own_judges(signed_release: SignedRelease) -> None:
    documents = sorted(signed_release.dist.glob("*.spdx.json"))
    assert len(documents) == 11
    for document in documents:
        assert validate_full_spdx_document(parse_file(str(document))) == [], document.name


def test_every_spdx_document_is_valid_by_the_official_schema(
    signed_release: SignedRelease, official: Callable[[str], Any]
) -> None:
    schema = official("spdx/spdx-2.3.schema.json")
    for document in sorted(signed_release.dist.glob("*.spdx.json")):
        jsonschema.validate(json.loads(document.read_bytes()), schema)


def inspected(files: list[Path], capfdbinary: pytest.CaptureFixture[bytes]) -> dict[str, Any]:
    assert run(["inspect", *map(str, files), "-o", "json"]) == 0
    document = json.loads(capfdbinary.readouterr().out)
    validate(document, "inspect")
    return {Path(each["path"]).name: each for each in document["files"]}


def go_build_info(file: Path) -> dict[str, Any]:
    command = [str(GO), "version", "-m", "-json", str(file)]
    said = subprocess.run(command, check=True, capture_output=True, env={"GOTELEMETRY": "off", "HOME": "/"})
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def test_build_info_is_what_the_go_command_reads_and_more(
    widget_release: Layout, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    files = artifacts(widget_release.dist)
    found = inspected(files, capfdbinary)
    assert len(found) == 10
    for file in files:
        if file.name not in (*WASM, UNIVERSAL):
            assert found[file.name]["build_info"] == go_build_info(file), file.name
    native = go_build_info(widget_release.dist / "widget_1.0.0_linux_amd64")
    platform = ("GOOS", "GOARCH", "GOAMD64")

    def common(info: dict[str, Any]) -> list[dict[str, str]]:
        return [each for each in info["Settings"] if each["Key"] not in platform]

    for name in WASM:
        info = found[name]["build_info"]
        settings = {each["Key"]: each["Value"] for each in info["Settings"] if "Value" in each}
        assert settings["GOARCH"] == "wasm"
        assert settings["GOOS"] == name.split("_")[2]
        assert common(info) == common(native)
        for key in ("GoVersion", "Path", "Main", "Deps"):
            assert info[key] == native[key], (name, key)


def test_both_slices_of_the_universal_file_are_there_and_are_the_thin_files(
    widget_release: Layout, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    slices = inspected([widget_release.dist / UNIVERSAL], capfdbinary)[UNIVERSAL]["slices"]
    assert [each["container"]["arch"] for each in slices] == ["amd64", "arm64"]
    for each in slices:
        thin = widget_release.dist / f"widget_1.0.0_darwin_{each['container']['arch']}"
        assert each["sha256"] == hashlib.sha256(thin.read_bytes()).hexdigest()
        assert each["build_info"] == go_build_info(thin)


def keyless_policy(release: SignedRelease, folder: Path, stack: Sigstack, san: str) -> Path:
    """The example's policy with a Sigstore instance and a workflow in the place of the key."""
    folder.mkdir()
    config = stack.trust_config()
    (folder / "trust.json").write_bytes(config)
    head, _, rest = release.policy.read_text("utf-8").partition("\ntrust:")
    root = {
        "name": "ours",
        "client_trust_config": "trust.json",
        "sha256": hashlib.sha256(config).hexdigest(),
        "require": {"tlog": 1, "timestamps": 1},
    }
    trust = json.dumps({"offline": "required", "roots": [root]})
    identities = json.dumps({"release": [{"issuer": stack.issuer, "san": san}]})
    policy = folder / "release.yaml"
    text = (
        f"{head}\ntrust: {trust}\nidentities: {identities}\nsource:{rest.partition(chr(10) + 'source:')[2]}"
    )
    policy.write_text(text, encoding="utf-8")
    return policy


def test_a_keyless_release_passes_for_the_workflow_that_the_policy_names(
    signed_release: SignedRelease, sigstack: Sigstack, tmp_path: Path
) -> None:
    dist = unsigned(signed_release, tmp_path)
    policy = keyless_policy(signed_release, tmp_path / "policy", sigstack, f"https://github.com/{WORKFLOW}")
    words = release_words(signed_release, dist, policy=policy)
    config = ["--trust-config", str(policy.with_name("trust.json"))]
    verdict = tmp_path / "verdict.json"
    token = sigstack.token(GITHUB_CLAIMS)
    assert run([*words, "--identity-token", token, *config, "-o", f"json={verdict}"]) == 0
    document = json.loads(verdict.read_bytes())
    accepted = [
        use for each in document["artifacts"] for use in each["evidence"] if use["status"] == "accepted"
    ]
    assert {use["identity"] for use in accepted} == {"release"}
    assert len(accepted) == 50
    assert not (tmp_path / "dist.attest-journal").exists()
    before, logged = contents(dist), len(sigstack.log.leaves)
    assert run([*words, "--identity-token", token, *config]) == 0
    assert (contents(dist), len(sigstack.log.leaves)) == (before, logged)


def test_a_keyless_release_is_denied_for_another_workflow_and_leaves_nothing(
    signed_release: SignedRelease, sigstack: Sigstack, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    dist = unsigned(signed_release, tmp_path)
    before = contents(dist)
    policy = keyless_policy(signed_release, tmp_path / "policy", sigstack, "https://github.com/acme/other")
    words = release_words(signed_release, dist, policy=policy)
    config = ["--trust-config", str(policy.with_name("trust.json"))]
    assert run([*words, "--identity-token", sigstack.token(GITHUB_CLAIMS), *config]) == 1
    assert "signature-missing" in capfd.readouterr().out
    assert contents(dist) == before
    # What was logged waits for the next run, which logs nothing again.
    logged = len(sigstack.log.leaves)
    token = sigstack.token(GITHUB_CLAIMS)
    assert run([*words, "--identity-token", token, *config]) == 1
    assert len(sigstack.log.leaves) == logged
    assert (tmp_path / "dist.attest-journal").is_dir()


def test_a_key_that_signs_and_is_not_named_by_the_policy_ends_in_deny_and_leaves_nothing(
    signed_release: SignedRelease, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    dist = unsigned(signed_release, tmp_path)
    before = contents(dist)
    assert run([*release_words(signed_release, dist), "--key", str(signed_release.stranger)]) == 1
    assert "signature-missing" in capfd.readouterr().out
    assert contents(dist) == before


def _asking_for_provenance(release: SignedRelease, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The policy of the example, which asks for provenance too, where no build service is."""
    for name in ("GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    policy = folder / "policy" / "release.yaml"
    shutil.copytree(release.policy.parent, policy.parent)
    text = policy.read_text("utf-8")
    text = text.replace("attestations: [sbom-spdx,", "attestations: [provenance, sbom-spdx,")
    rule = "  provenance: {predicate: [https://slsa.dev/provenance/v1], signer: release, min: 1}\n"
    policy.write_text(text.replace("\nattestations:\n", f"\nattestations:\n{rule}"), "utf-8")
    return policy


def test_provenance_is_made_where_the_policy_asks_for_it(
    signed_release: SignedRelease, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = _asking_for_provenance(signed_release, tmp_path, monkeypatch)
    dist = unsigned(signed_release, tmp_path)
    words = [*release_words(signed_release, dist, policy=policy), "--key", str(signed_release.key)]
    assert run([*words, "--local"]) == 0
    bundle = json.loads((dist / "release.provenance.intoto.sigstore.json").read_bytes())
    statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    assert [each["name"] for each in statement["subject"]] == sorted(each.name for each in artifacts(dist))
    details = statement["predicate"]["runDetails"]
    assert details["builder"]["id"] == "urn:attest:builder:local"
    assert {each["name"] for each in details["byproducts"]} == {
        each.name for each in dist.iterdir() if each.name.endswith((".cdx.json", ".spdx.json"))
    }
    before = contents(dist)
    assert run([*words, "--local"]) == 0
    assert contents(dist) == before
    judged = ["verify", "--policy", str(policy), "--source", str(signed_release.source), "--version", "1.0.0"]
    assert run([*judged, str(dist)]) == 0
    (dist / "release.provenance.intoto.sigstore.json").unlink()
    assert run([*judged, str(dist)]) == 1


def test_without_a_build_service_provenance_must_be_called_local(
    signed_release: SignedRelease,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    policy = _asking_for_provenance(signed_release, tmp_path, monkeypatch)
    dist = unsigned(signed_release, tmp_path)
    before = contents(dist)
    words = [*release_words(signed_release, dist, policy=policy), "--key", str(signed_release.key)]
    assert run(words) == 4
    assert "no build service runs this" in capsys.readouterr().err
    for name, value in GITHUB.items():
        monkeypatch.setenv(name, value)
    assert run(words) == 2
    told = capsys.readouterr().err
    assert "there can be no provenance: widget" in told
    assert "_linux_amd64 was built from commit" in told
    assert "but GitHub Actions builds commit 0123456789ab" in told
    assert contents(dist) == before
