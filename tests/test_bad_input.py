"""What every command says to input that cannot be used: one clear line, a place, a hint, its exit code.

A row is a command line (its input prepared in an empty folder), the exit code, and the lines that it prints
on standard error; the findings of a verdict are looked for in the text report.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from attest.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import SignedRelease

THREE_MISTAKES = """\
apiVersion: attest/v1
kind: ReleasePolicy
metadata: {name: three, version: one, expires: 2036-12-31}
trust:
  key: []
platforms:
  defaults: {path: "x", signatures: {signer: nobody, min: 1}}
  matrix: [{goos: linux, goarch: amd64, requird: true}]
"""


@dataclass(frozen=True)
class Case:
    """`prepare` makes the input in the current folder and gives the words of the command."""

    prepare: Callable[[SignedRelease], list[str]]
    code: int
    says: tuple[str, ...]


def write(name: str, data: bytes) -> str:
    with open(name, "wb") as file:  # noqa: PTH123 - a name in the current folder
        file.write(data)
    return name


def folder(name: str) -> str:
    os.makedirs(name, exist_ok=True)  # noqa: PTH103 - likewise
    return name


def source(release: SignedRelease, name: str, change: Callable[[bytes], bytes]) -> str:
    """A copy of the source tree with one file changed."""
    shutil.copytree(release.source, "source", symlinks=True)
    with open(f"source/{name}", "r+b") as file:  # noqa: PTH123 - likewise
        before = file.read()
        file.seek(0)
        file.truncate()
        file.write(change(before))
    return "source"


def policy(text: str) -> list[str]:
    return ["verify", "--policy", write("release.yaml", text.encode()), "--version", "1.0.0", folder("dist")]


def elf(release: SignedRelease) -> bytes:
    return (release.dist / "widget_1.0.0_linux_amd64").read_bytes()


def one_file(release: SignedRelease, *, bundle: str, key: str) -> list[str]:
    return ["verify", write("artifact", elf(release)), "--bundle", bundle, "--key", key]


def public(release: SignedRelease) -> str:
    return str(release.policy.parent / "keys" / "release.pub")


CASES = {
    "inspect-missing-file": Case(
        lambda _: ["inspect", "nope"],
        2,
        ("attest: error: nope: no such file or directory", "  hint: check the name"),
    ),
    "diff-of-nothing-known": Case(
        lambda _: ["diff", write("a", b"hello"), write("b", b"hello")],
        2,
        (
            "attest: error: a: is neither an executable nor an SBOM",
            "  hint: name an executable, or a CycloneDX or SPDX document",
        ),
    ),
    "diff-missing": Case(
        lambda _: ["diff", "nope", "nope"],
        2,
        ("attest: error: nope: no such file or directory", "  hint: check the name"),
    ),
    "inspect-directory": Case(
        lambda _: ["inspect", folder("folder")],
        3,
        (
            "attest: error: folder holds no executable",
            "  hint: name a file, or the directory that holds the artifacts",
        ),
    ),
    "check-missing-folder": Case(
        lambda _: ["check", "nope"],
        2,
        ("attest: error: nope: no such directory", "  hint: check the name"),
    ),
    "check-file": Case(
        lambda _: ["check", write("file", b"")],
        2,
        ("attest: error: file: is a file, not a directory", "  hint: name a directory"),
    ),
    "check-no-go-mod": Case(
        lambda _: ["check", folder("empty")],
        2,
        ("attest: error: empty/go.mod: no such file or directory", "  hint: check the name"),
    ),
    "go-mod-not-utf8": Case(
        lambda release: ["check", source(release, "go.mod", lambda data: data + b"// \xff\n")],
        2,
        ("attest: error: go.mod:",),
    ),
    "go-mod-malformed-line": Case(
        lambda release: ["check", source(release, "go.mod", lambda data: b"modul x\n" + data)],
        2,
        ("attest: error: go.mod:1:", "modul"),
    ),
    "go-sum-empty": Case(
        lambda release: ["check", source(release, "go.sum", lambda _: b"")],
        1,
        ("go.sum is empty",),
    ),
    "go-sum-malformed-line": Case(
        lambda release: ["check", source(release, "go.sum", lambda data: b"one two\n" + data)],
        1,
        ("go.sum:1: malformed go.sum: wrong number of fields 2",),
    ),
    "policy-missing": Case(
        lambda _: ["verify", "--policy", "nope.yaml", folder("dist")],
        2,
        ("attest: error: nope.yaml: no such file or directory",),
    ),
    "policy-three-mistakes": Case(
        lambda _: policy(THREE_MISTAKES),
        4,
        ("release.yaml:3: ", "release.yaml:5: ", "release.yaml:8: ", "did you mean 'required'?"),
    ),
    "policy-not-utf8": Case(
        lambda _: ["verify", "--policy", write("release.yaml", b"name: \xff\n"), folder("dist")],
        4,
        ("release.yaml",),
    ),
    "dist-missing": Case(
        lambda release: ["verify", "--policy", str(release.policy), "--version", "1.0.0", "nope"],
        2,
        ("attest: error: nope: no such directory", "  hint: check the name"),
    ),
    "dist-empty": Case(
        lambda release: ["verify", "--policy", str(release.policy), "--version", "1.0.0", folder("dist")],
        3,
        ("NOTHING TO VERIFY",),
    ),
    "release-dist-empty": Case(
        lambda release: [
            *("release", "--source", str(release.source), "--dist", folder("dist")),
            *("--policy", str(release.policy), "--version", "1.0.0", "--key", str(release.key)),
        ],
        3,
        ("attest: error: dist holds no artifact that the policy names", "  hint: the policy expects"),
    ),
    "bundle-not-json": Case(
        lambda release: one_file(release, bundle=write("b.sigstore.json", b"{]"), key=public(release)),
        2,
        ("attest: error: b.sigstore.json:1: is no JSON:",),
    ),
    "bundle-duplicate-keys": Case(
        lambda release: one_file(
            release, bundle=write("b", b'{"mediaType":"a","mediaType":"b"}'), key=public(release)
        ),
        2,
        ("attest: error: b: has the key 'mediaType' twice in one object",),
    ),
    "key-is-none": Case(
        lambda release: one_file(release, bundle=write("b", b"{}"), key=write("k.pub", b"hello\n")),
        2,
        ("attest: error: k.pub: ",),
    ),
    "signing-key-is-none": Case(
        lambda _: ["sign", write("file", b"x"), "--key", write("k.key", b"hello\n")],
        2,
        ("attest: error: k.key: ",),
    ),
    "signing-key-is-public": Case(
        lambda release: ["sign", write("file", b"x"), "--key", public(release)],
        2,
        ("attest: error: ", "release.pub: "),
    ),
    "public-key-is-private": Case(
        lambda release: one_file(release, bundle=write("b", b"{}"), key=str(release.key)),
        2,
        ("attest: error: ", "release.key: "),
    ),
    "sbom-of-a-text-file": Case(
        lambda _: ["sbom", write("notes.txt", b"hello\n"), "-o", "spdx-json"],
        3,
        ("attest: error: notes.txt",),
    ),
    "sbom-of-an-executable-without-its-end": Case(
        lambda release: ["sbom", write("cut", elf(release)[:4096]), "-o", "spdx-json"],
        3,
        ("attest: error: cut",),
    ),
    "output-folder-missing": Case(
        lambda release: ["inspect", write("file", elf(release)), "-o", "json=no/such/report.json"],
        2,
        (
            "attest: error: no/such/report.json: cannot write: no such file or directory",
            "  hint: make the folder first",
        ),
    ),
    "report-into-the-release": Case(
        lambda release: [
            *("verify", "--policy", str(release.policy), "--version", "1.0.0"),
            *("-o", "json=dist/verdict.json", folder("dist")),
        ],
        4,
        ("attest: error: -o: dist/verdict.json lies in the release directory",),
    ),
    "version-unset": Case(
        lambda release: ["verify", "--policy", str(release.policy), folder("dist")],
        4,
        ("${version}",),
    ),
    "key-beside-a-policy": Case(
        lambda release: ["verify", "--policy", str(release.policy), "--key", "k", folder("dist")],
        4,
        ("attest: error: --key does not go with --policy: trust comes from the policy alone",),
    ),
    "directory-without-policy": Case(
        lambda _: ["verify", folder("dist")],
        4,
        ("attest: error: dist is a directory: a release needs --policy",),
    ),
    "no-such-time": Case(
        lambda release: ["verify", "--policy", str(release.policy), "--now", "soon", folder("dist")],
        4,
        ("attest: error: --now: 'soon' is no time",),
    ),
    "no-such-check": Case(
        lambda _: ["policy", "explain", "vendor-drfit"],
        4,
        ("attest: error: no check is called 'vendor-drfit'", "  hint: did you mean vendor-drift?"),
    ),
    "no-such-schema": Case(
        lambda _: ["schema", "nope"],
        4,
        ("attest: error: no document is called 'nope'",),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_gets_one_clear_answer(
    name: str,
    signed_release: SignedRelease,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    case = CASES[name]
    monkeypatch.chdir(tmp_path)
    for variable in ("GITHUB_REF_TYPE", "CI_COMMIT_TAG", "SIGSTORE_ID_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    words = case.prepare(signed_release)
    before = {each: each.stat().st_size for each in tmp_path.rglob("*") if each.is_file()}
    capfd.readouterr()
    code = run(words)
    out, err = capfd.readouterr()
    assert code == case.code, out + err
    assert "Traceback" not in err
    assert "internal error" not in err
    for line in case.says:
        assert line in err or line in out, out + err
    if err:
        assert "hint: " in err, err
    after = {each: each.stat().st_size for each in tmp_path.rglob("*") if each.is_file()}
    assert after == before, "nothing may be written or left behind"


def test_a_truncated_executable_is_inspected_as_far_as_it_goes(
    signed_release: SignedRelease,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write("cut", elf(signed_release)[:5000])
    assert run(["inspect", "cut"]) == 0
    out, _ = capfd.readouterr()
    assert "beyond" in out


def test_an_artifact_that_cannot_be_read_is_undecided(
    signed_release: SignedRelease, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """End to end where the test is not the superuser, who reads everything; the twin below shows the rest."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        pytest.skip("the superuser reads everything")
    release = signed_release.copy(tmp_path)
    file = release.dist / "widget_1.0.0_linux_amd64"
    data = file.read_bytes()
    file.unlink()
    file.write_bytes(data)
    file.chmod(0)
    assert run(release.words()) == 2
    assert "artifact-unreadable" in capfd.readouterr().out
