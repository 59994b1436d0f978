"""A verdict judged again from its saved evidence alone: every report is the same, byte for byte.

A row makes a release in a folder, verifies it there with --save-evidence, and takes the whole folder away.
What is replayed then runs in another process, folder, time zone and with other hashes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import jsonschema
import pytest

from attest.cli.main import run
from attest.cli.schema import schema_bytes
from tests.conftest import REPOSITORY
from tests.unit.vuln.databases import affected, entry, files, packed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import SignedRelease

LINUX = "widget_1.0.0_linux_amd64"
FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab-codequality", "markdown", "html")
USUAL = ("--source", "source", "--version", "1.0.0")
VSA = ("--vsa-verifier", "https://gate.example", "--vsa-resource", "https://dl.example/{artifact}")
WAIVED = """
vulnerabilities:
  database: {path: ../data/vulndb.zip}
  max_age: 30d
waivers:
  - id: W-1
    check: vulnerability-known
    match: {names: [GO-2026-0001]}
    reason: not reachable
    ticket: SEC-1
    approved_by: security@example.com
    created: 2026-11-01
    expires: 2026-12-31
"""


@dataclass(frozen=True)
class Case:
    """`change` makes the release of the folder another; `denies` are the checks that then deny."""

    code: int = 0
    denies: frozenset[str] = frozenset()
    change: Callable[[Path], object] = field(default=lambda _: None)
    words: tuple[str, ...] = USUAL


def replaced(file: Path, data: bytes) -> None:
    """Another file in the place of one: the old one is linked from elsewhere."""
    file.unlink(missing_ok=True)
    file.write_bytes(data)


def policy(folder: Path, change: Callable[[str], str]) -> None:
    file = folder / "policy" / "release.yaml"
    replaced(file, change(file.read_text("utf-8")).encode())


def flipped(folder: Path) -> None:
    data = bytearray((folder / "dist" / LINUX).read_bytes())
    data[len(data) // 2] ^= 1
    replaced(folder / "dist" / LINUX, bytes(data))


def damaged_bundle(folder: Path) -> None:
    bundle = folder / "dist" / f"{LINUX}.sigstore.json"
    replaced(bundle, bundle.read_bytes()[:-30])


def strange_names(folder: Path) -> None:
    (folder / "dist" / "link").symlink_to("checksums.txt")
    (folder / "dist" / "empty").mkdir()
    with open(os.fsencode(folder / "dist") + b"/caf\xe9\n.txt", "wb") as file:  # noqa: PTH123 - no UTF-8
        file.write(b"text\n")
    (folder / "dist" / "data.bin").write_bytes(b"\0" * 5000)


def vulnerable(folder: Path) -> None:
    module = affected("example.com/greet", events=[{"introduced": "0"}])
    (folder / "data").mkdir()
    found = files(entry(affected=[module]), modified="2026-11-20T00:00:00Z")
    (folder / "data" / "vulndb.zip").write_bytes(packed(found))


def waived(folder: Path) -> None:
    vulnerable(folder)
    policy(folder, lambda text: text + WAIVED)


def unwaived(folder: Path) -> None:
    vulnerable(folder)
    policy(folder, lambda text: text + WAIVED.partition("waivers")[0])


def based(folder: Path) -> None:
    """The policy extends the one of the example, which lies in a folder above."""
    shutil.move(folder / "policy", folder / "base")
    key = hashlib.sha256((folder / "base" / "keys" / "release.pub").read_bytes()).hexdigest()
    data = (folder / "base" / "release.yaml").read_bytes()
    data = data.replace(b"keys/release.pub\n", f"keys/release.pub\n      sha256: {key}\n".encode())
    replaced(folder / "base" / "release.yaml", data)
    (folder / "policy").mkdir()
    text = f"""
apiVersion: attest/v1
kind: ReleasePolicy
metadata: {{name: over, version: 2, expires: 2036-12-31}}
extends: [{{path: ../base/release.yaml, sha256: {hashlib.sha256(data).hexdigest()}}}]
overrides: [{{key: platforms.defaults.go.min, reason: "an old one, \u00e9"}}]
platforms: {{defaults: {{go: {{min: "1.20"}}}}}}
"""
    (folder / "policy" / "release.yaml").write_text(text, "utf-8")


def smaller_before(folder: Path) -> None:
    (folder / "before").mkdir()
    shutil.copy(folder / "dist" / LINUX, folder / "before" / LINUX)
    with (folder / "before" / LINUX).open("r+b") as file:
        file.truncate(file.seek(0, os.SEEK_END) - 100)
    setting = "    file: {max_growth_bytes: 10}\n    go:\n"
    policy(folder, lambda text: text.replace("    go:\n", setting, 1))


def emptied(folder: Path) -> None:
    shutil.rmtree(folder / "dist")
    (folder / "dist").mkdir()


def drifted(folder: Path) -> None:
    text = (folder / "source" / "go.sum").read_bytes()
    replaced(folder / "source" / "go.sum", text.replace(b"h1:", b"h1:A", 1))


CASES = {
    "passes": Case(),
    "without-source": Case(
        1, frozenset({"go-sum-mismatch"}), words=("--tag", "v1.0.0", "--revision", "1f" * 20)
    ),
    "another-file": Case(1, frozenset({"signature-missing"}), flipped),
    "damaged-bundle": Case(1, frozenset({"signature-missing"}), damaged_bundle),
    "strange-names": Case(1, frozenset({"artifact-unexpected"}), strange_names),
    "waived": Case(0, frozenset(), waived),
    "vulnerable": Case(1, frozenset({"vulnerability-known"}), unwaived),
    "based": Case(0, frozenset(), based),
    "grown": Case(
        1,
        frozenset({"file-grown"}),
        smaller_before,
        (*USUAL, "--previous", "before"),
    ),
    "nothing": Case(3, frozenset({"artifact-missing"}), emptied),
    "drifted-source": Case(1, frozenset(), drifted),
}


def here(release: SignedRelease, folder: Path) -> None:
    """The release, its source and its policy in one folder."""
    folder.mkdir()
    release.copy(folder)
    shutil.copytree(release.policy.parent, folder / "policy", copy_function=os.link)


def outputs(folder: str) -> list[str]:
    """Words that ask for every report in a folder."""
    words = [word for each in FORMATS for word in ("-o", f"{each}={folder}/report.{each}")]
    return [*words, "-o", f"vsa={folder}/{{artifact}}.vsa", *VSA, "--color", "never"]


def made(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in sorted(folder.iterdir())}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("saved", ["set", "set.zip"])
def test_a_replay_is_the_same_in_every_report(
    name: str,
    saved: str,
    signed_release: SignedRelease,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    case = CASES[name]
    here(signed_release, tmp_path / "here")
    case.change(tmp_path / "here")
    for each in ("first", "again"):
        (tmp_path / each).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    words = ["verify", "--policy", "policy/release.yaml", *case.words, "--now", "2026-11-24T12:00:00.5Z"]
    code = run([*words, "--save-evidence", f"../{saved}", *outputs("../first"), "dist"])
    said = capfd.readouterr().err
    assert code == case.code, said
    report = json.loads((tmp_path / "first" / "report.json").read_bytes())
    assert case.denies <= {each["check"] for each in report["findings"] if each["severity"] == "deny"}
    pin = said.partition("--replay-sha256 ")[2].partition(" ")[0]
    monkeypatch.chdir(tmp_path)
    shutil.rmtree(tmp_path / "here")
    (tmp_path / "elsewhere").mkdir()
    shutil.move(tmp_path / saved, tmp_path / "elsewhere" / saved)
    replay = ["verify", "--replay", saved, "--replay-sha256", pin, *outputs("../again")]
    again = subprocess.run(
        [sys.executable, "-m", "attest", *replay],
        cwd=tmp_path / "elsewhere",
        env={
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "TZ": "Asia/Kathmandu",
            "PYTHONHASHSEED": "7",
            "LC_ALL": "C",
            "GITHUB_REF_TYPE": "tag",
            "GITHUB_REF_NAME": "v9.9.9",
            "SOURCE_DATE_EPOCH": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == code, again.stderr
    assert made(tmp_path / "again") == made(tmp_path / "first")
    assert again.stderr.startswith(
        "attest: this is a replay of the verdict over dist of 2026-11-24T12:00:00Z"
    )
    assert str(tmp_path).encode() not in b"".join(made(tmp_path / "again").values())


def test_the_manifest_is_what_its_schema_says(
    signed_release: SignedRelease, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here(signed_release, tmp_path / "here")
    strange_names(tmp_path / "here")
    waived(tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    words = ["--policy", "policy/release.yaml", "--previous", "dist", *USUAL]
    run(["verify", *words, "--save-evidence", "../set", "--quiet", "dist"])
    schema = json.loads(schema_bytes("evidence"))
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads((tmp_path / "set" / "evidence.json").read_bytes())
    jsonschema.validate(document, schema)
    assert next(iter(document)) == "schema"
    with pytest.raises(jsonschema.ValidationError, match="Additional properties"):
        jsonschema.validate({**document, "more": 1}, schema)
