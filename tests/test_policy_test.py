"""`attest policy test`: the example's own tests, a policy with all that can be covered, and the reports."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from attest.cli.main import run
from attest.cli.schema import schema_bytes
from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SignedRelease

#: A policy of its own beside the example's, with a rule, conditions and a waiver.
OWN = """
checks:
  trimpath-missing: {when: {platform: "linux/*"}}
  vcs-modified: {effective: 2036-01-01}
rules:
  - id: small
    scope: artifact
    when: artifact.platform.goos != "js"
    assert: artifact.size < 1000
    message: the file is large
    hint: make it smaller
  - id: named
    scope: artifact
    assert: artifact.path.startsWith("widget")
    message: the file is called otherwise
    hint: rename it
waivers:
  - id: W-1
    check: small
    match: {artifact: widget_1.0.0_linux_amd64}
    reason: it has always been
    created: 2026-11-01
    expires: 2026-12-31
"""
HEAD = """apiVersion: attest/v1
kind: ReleasePolicyTests
policy: release.yaml
defaults: {release: ../dist, source: ../source, now: 2026-11-24T12:00:00Z, version: 1.0.0}
cases:
"""
SMALL = """
  - name: all are large
    expect:
      exit: 1
      findings:
        - {check: small, waived_by: W-1, count: 1}
        - {check: small, severity: deny, count: 8}
"""


@pytest.fixture
def folder(signed_release: SignedRelease, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example as `make demo` lays it out; the current folder is that of the policy."""
    signed_release.copy(tmp_path)
    shutil.copytree(signed_release.policy.parent, tmp_path / "policy")
    shutil.copy(REPOSITORY / "testdata" / "widget" / "release.tests.yaml", tmp_path / "policy")
    monkeypatch.chdir(tmp_path / "policy")
    return tmp_path


def own_policy(folder: Path) -> None:
    with (folder / "policy" / "release.yaml").open("a", encoding="utf-8") as file:
        file.write(OWN)


def cases_file(folder: Path, cases: str, name: str = "own.tests.yaml") -> str:
    (folder / "policy" / name).write_text(HEAD + cases, encoding="utf-8")
    return name


def test_the_example_has_tests_that_hold(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {file: file.stat().st_mtime_ns for file in sorted(folder.rglob("*"))}
    assert run(["policy", "test", "--no-progress"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "release.tests.yaml, of release.yaml"
    assert lines[-1] == "9 cases: 9 as expected, 0 not"
    assert {line[:8] for line in lines[1:-2]} == {"  ok    "}
    assert max(map(len, lines)) <= 80
    assert before == {file: file.stat().st_mtime_ns for file in sorted(folder.rglob("*"))}


def test_results_are_reproducible(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    for number, zone in enumerate(("UTC", "Asia/Tokyo")):
        monkeypatch.setenv("TZ", zone)
        monkeypatch.setenv("GITHUB_REF_TYPE", "tag")
        monkeypatch.setenv("GITHUB_REF_NAME", f"v{number}.0.0")
        out = [f"{each}=../{number}.{each}" for each in ("text", "json", "junit")]
        assert run(["policy", "test", *(word for each in out for word in ("-o", each))]) == 0
        written.append([(folder / f"{number}.{each}").read_bytes() for each in ("text", "json", "junit")])
    assert written[0] == written[1]


def test_what_comes_out_otherwise_is_told_in_every_format(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = cases_file(
        folder,
        "  - {name: it passes, expect: {exit: 0}}\n"
        "  - name: <it> fails\n"
        "    change: [{remove: widget_1.0.0_js_wasm.wasm*}]\n"
        "    expect:\n"
        "      exit: 0\n"
        "      exact: false\n"
        "      findings: [{check: artifact-missing, platform: linux/amd64}]\n",
    )
    assert run(["policy", "test", name, "-o", "text", "-o", "json=out.json", "-o", "junit=out.xml"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:8] == [
        "  ok    it passes",
        "  FAIL  <it> fails (own.tests.yaml:7:5)",
        "        expected exit code 0, found 1 (deny)",
        "        expected artifact-missing on linux/amd64; found instead: deny",
        "          artifact-missing of widget_1.0.0_js_wasm.wasm on js/wasm: the file",
        "          widget_1.0.0_js_wasm.wasm for widget js/wasm is expected, and there is",
        "          none",
    ]
    assert lines[-1] == "2 cases: 1 as expected, 1 not"
    document = json.loads((folder / "policy" / "out.json").read_bytes())
    jsonschema.Draft202012Validator(json.loads(schema_bytes("test-results"))).validate(document)
    (file,) = document["files"]
    assert (document["failed"], file["policy"]["name"], file["policy_file"]) == (
        1,
        "widget-release",
        "release.yaml",
    )
    assert file["cases"][1]["mismatches"][1]["kind"] == "missing"
    assert (file["cases"][1]["mismatches"][1]["line"], file["cases"][1]["line"]) == (12, 7)
    suites = ET.fromstring((folder / "policy" / "out.xml").read_bytes())  # noqa: S314 - what was just written
    assert (suites.attrib["tests"], suites.attrib["failures"]) == ("2", "1")
    cases = suites.findall("testsuite/testcase")
    assert [each.attrib["name"] for each in cases] == ["it passes", "<it> fails"]
    failure = cases[1].find("failure")
    assert failure is not None
    assert failure.attrib["type"] == "exit"
    assert (failure.text or "").startswith("own.tests.yaml:7:5: expected exit code 0")


def coverage(folder: Path) -> dict[tuple[str, str], tuple[int, int]]:
    (file,) = json.loads((folder / "policy" / "out.json").read_bytes())["files"]
    return {(each["kind"], each["id"]): (each["passed"], each["failed"]) for each in file["coverage"]}


def test_what_the_cases_show_of_the_policy(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own_policy(folder)
    name = cases_file(folder, SMALL)
    assert run(["policy", "test", name, "-o", "text", "-o", "json=out.json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    seen = coverage(folder)
    assert {key: value for key, value in seen.items() if key[0] != "check"} == {
        ("rule", "small"): (0, 1),
        ("rule", "named"): (1, 0),
        ("when", "small"): (1, 1),
        ("when", "trimpath-missing"): (1, 1),
        ("waiver", "W-1"): (1, 0),
    }
    assert seen[("check", "signature-missing")] == (1, 0)
    words = [" ".join(line.split()) for line in lines]
    assert words.index("cases in which it passed failed") + 1 == words.index("rule small 0 1")
    assert words.index("cases in which it held left out") + 1 == words.index("when of small 1 1")
    assert words.index("cases in which it used unused") + 1 == words.index("waiver W-1 1 0")
    assert "no case has seen the rule named fail" in words
    assert not any("check signature-missing" in line for line in lines)
    assert max(map(len, lines)) <= 80
    assert run(["policy", "test", name, "--require-coverage", "-o", "junit=out.xml"]) == 1
    suites = ET.fromstring((folder / "policy" / "out.xml").read_bytes())  # noqa: S314 - what was just written
    failed = [each.attrib["name"] for each in suites.iter("testcase") if each.find("failure") is not None]
    assert failed == ["rule named"]
    assert (suites.attrib["tests"], suites.attrib["failures"]) == ("3", "1")


def test_a_rule_that_was_seen_to_fail_is_covered(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own_policy(folder)
    (folder / "policy" / "release.yaml").write_text(
        (folder / "policy" / "release.yaml").read_text("utf-8").replace('"widget")', '"widget_")'), "utf-8"
    )
    name = cases_file(folder, SMALL.replace("      exit: 1\n", "      exit: 1\n      exact: false\n"))
    assert run(["policy", "test", name, "--require-coverage", "--verbose", "--no-progress"]) == 0
    assert "check signature-missing" in capsys.readouterr().out


def test_evidence_that_lies_elsewhere_is_laid_into_the_release(folder: Path) -> None:
    bundle = "widget_1.0.0_linux_amd64.sigstore.json"
    (folder / "evidence").mkdir()
    shutil.move(folder / "dist" / bundle, folder / "evidence" / bundle)
    missing = "{exit: 1, findings: [{check: signature-missing}]}"
    name = cases_file(
        folder,
        f"  - {{name: without, expect: {missing}}}\n"
        "  - {name: with, evidence: ../evidence, expect: {exit: 0}}\n",
    )
    assert run(["policy", "test", name]) == 0


def test_a_source_has_its_module_cache_or_the_one_that_is_named(folder: Path) -> None:
    """What this machine has of a module cache does not count."""
    shutil.copytree(folder / "source", folder / "bare", symlinks=True)
    shutil.rmtree(folder / "bare" / ".modcache")
    unproven = "{exit: 1, findings: [{check: go-sum-mismatch}, {check: vendor-drift, outcome: no-evidence}]}"
    name = cases_file(
        folder,
        "  - {name: its own, expect: {exit: 0}}\n"
        f"  - {{name: none, source: ../bare, expect: {unproven}}}\n"
        "  - {name: named, source: ../bare, modcache: ../source/.modcache, expect: {exit: 0}}\n",
    )
    assert run(["policy", "test", name]) == 0


def test_a_source_that_cannot_be_resolved_is_missing_evidence(folder: Path) -> None:
    shutil.copytree(folder / "source", folder / "broken", symlinks=True)
    shutil.rmtree(folder / "broken" / "vendor")
    shutil.rmtree(folder / "broken" / ".modcache")
    name = cases_file(
        folder,
        "  - name: one\n"
        "    source: ../broken\n"
        "    expect: {exit: 1, exact: false, findings: [{check: go-sum-mismatch, outcome: no-evidence}]}\n",
    )
    assert run(["policy", "test", name]) == 0


ONE = "  - {name: one, expect: {exit: 0}}\n"


@pytest.mark.parametrize(
    ("cases", "code", "says"),
    [
        (
            (
                "  - {name: a, expect: {exit: 1, findings: [{check: vendor-drfit}]}}\n"
                "  - {name: b, expect: {exit: 1, findings: [{check: vendor-drift, waived_by: W-1}]}}\n"
            ),
            4,
            (
                "own.tests.yaml: the tests have 2 mistakes",
                "own.tests.yaml:6:44: there is no check and no rule 'vendor-drfit'",
                "did you mean 'vendor-drift'?",
                "own.tests.yaml:7:44: the policy has no waiver 'W-1'",
                "hint: known: none",
            ),
        ),
        (
            "  - {name: one, now: 2037-01-01T00:00:00Z, expect: {exit: 0}}\n",
            4,
            ("release.yaml:10: the policy expired at the end of 2036-12-31 (in the case 'one')",),
        ),
        (
            "  - {name: one, platforms: [linux/amd46], expect: {exit: 0}}\n",
            4,
            ("own.tests.yaml:6:5: the policy has no platform 'linux/amd46'", "did you mean 'linux/amd64'?"),
        ),
        (
            "  - {name: one, change: [{remove: widget_1.0.0_linux_amd46}], expect: {exit: 0}}\n",
            4,
            ("own.tests.yaml:6:27: there is no file 'widget_1.0.0_linux_amd46' in the release",),
        ),
        (
            "  - {name: one, release: ../nope, expect: {exit: 0}}\n",
            2,
            ("attest: error: ../nope: no such directory",),
        ),
        (
            "  - {name: one, change: [{add: {path: x, with: nope}}], expect: {exit: 0}}\n",
            2,
            ("nope: no such file or directory",),
        ),
        ("  - {name: one, source: ../dist, expect: {exit: 0}}\n", 2, ("go.mod",)),
    ],
)
def test_tests_that_cannot_be_run(
    folder: Path, cases: str, code: int, says: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["policy", "test", cases_file(folder, cases)]) == code
    told = capsys.readouterr().err
    assert [each for each in says if each not in told] == [], told


@pytest.mark.parametrize(
    "case",
    [
        "now: 2037-01-01T00:00:00Z, expect: {exit: 4, error: expired}",
        "platforms: [linux/amd46], expect: {exit: 4, error: no platform}",
    ],
)
def test_an_error_may_be_expected(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "test", cases_file(folder, f"  - {{name: one, {case}}}\n")]) == 0
    wrong = case.replace("error: ", "error: not ")
    assert run(["policy", "test", cases_file(folder, f"  - {{name: one, {wrong}}}\n")]) == 1
    assert "expected the error 'not " in capsys.readouterr().out


def test_a_policy_with_mistakes_is_refused_with_all_of_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (folder / "policy" / "release.yaml").open("a", encoding="utf-8") as file:
        file.write("rulse: []\nwaiver: []\n")
    assert run(["policy", "test", cases_file(folder, ONE)]) == 4
    told = capsys.readouterr().err
    assert "the policy has 2 mistakes (in the case 'one')" in told
    assert "did you mean 'rules'?" in told


def test_several_files_are_one_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [cases_file(folder, ONE, "a.tests.yaml"), cases_file(folder, ONE, "b.tests.yaml")]
    os.chdir(folder)
    assert run(["policy", "test", *(f"policy/{name}" for name in names), "-o", "json"]) == 0
    document: Any = json.loads(capsys.readouterr().out)
    assert [each["file"] for each in document["files"]] == ["policy/a.tests.yaml", "policy/b.tests.yaml"]
    assert document["files"][0]["policy_file"] == "policy/release.yaml"


def test_without_a_file_of_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["policy", "test"]) == 2
    assert "release.tests.yaml: no such file or directory" in capsys.readouterr().err
