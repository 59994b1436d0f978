"""The release before this one: from its directory, from `attest inspect -o json`, from a report."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from attest.app.inspect import inspect_file
from attest.app.previous import previous_of_directory, read_previous
from attest.cli.main import run
from attest.errors import AttestError, FormatError, LimitError
from attest.model.limits import DEFAULT_LIMITS
from attest.model.sizes import code_sizes
from attest.render.inspect_json import to_json
from tests.conftest import REPOSITORY
from tests.fakes import MemoryTree
from tests.unit.exe.builders import AMD64, ARM64, SAMPLES, fat, go_macho

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SignedRelease

FILES = {
    **SAMPLES,
    "universal": fat((AMD64, 3, go_macho(cpu=AMD64)), (ARM64, 0, go_macho(cpu=ARM64))),
    "bin/notes.txt": b"hello\n",
}
TREE = MemoryTree(FILES, label="old")
REPORT = {
    "schema": "attest/report/v1",
    "artifacts": [{"path": "tool", "size": 7, "slot": "tool linux/amd64", "other": 1}],
}
CONTAINER = {"format": "elf", "os": None, "arch": None}


def document(value: object) -> bytes:
    return json.dumps(value).encode()


def test_a_directory_gives_its_executables() -> None:
    found = previous_of_directory(TREE)
    assert found.label == "old"
    no_programs = {"bin/notes.txt", "archive", "archive-go", "coff", "script"}
    assert {each.path: each.size for each in found.files} == {
        name: len(data) for name, data in FILES.items() if name not in no_programs
    }
    assert all(each.report and not each.slot for each in found.files)


@pytest.mark.parametrize("name", [name for name in FILES if name != "bin/notes.txt"])
def test_the_document_of_inspect_tells_the_same_as_the_file(name: str) -> None:
    inspected = inspect_file(TREE, name)
    (read,) = read_previous(to_json([inspected]), "old.json").files
    assert (read.path, read.size, read.slot) == (name, len(FILES[name]), "")
    assert read.report is not None
    assert code_sizes(read.report) == code_sizes(inspected.report)
    for image, expected in zip(read.report.images, inspected.report.images, strict=True):
        assert (image.container.format, image.container.os, image.container.arch) == (
            expected.container.format, expected.container.os, expected.container.arch
        )  # fmt: skip
        assert (image.build_info is None) == (expected.build_info is None)
        if image.build_info and expected.build_info:
            assert image.build_info.path == expected.build_info.path
            assert image.build_info.settings == expected.build_info.settings


def test_a_report_tells_slots_and_sizes() -> None:
    (found,) = read_previous(document(REPORT), "old.json").files
    assert (found.path, found.size, found.slot, found.report) == ("tool", 7, "tool linux/amd64", None)


def with_file(**change: object) -> object:
    file = {"path": "x", "size": 1, "container": CONTAINER, **change}
    return {"schema": "attest/inspect/v1", "files": [file]}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (b"nonsense", "is no JSON"),
        (document([]), "is an array, not an object"),
        (document({}), "has no 'schema'"),
        (document({"schema": "attest/diff/v1"}), "is neither attest/inspect/v1 nor attest/report/v1"),
        (document({"schema": "attest/report/v1"}), "has no 'artifacts'"),
        (document({**REPORT, "artifacts": [{"path": "x", "size": 1}]}), r"\$.artifacts\[0\] has no 'slot'"),
        (document(with_file(size="many")), r"\$.files\[0\].size is no 64-bit integer"),
        (document(with_file(container={"format": "tape"})), r"container has an unknown format"),
        (document(with_file(packages=[{"path": "p"}])), r"packages\[0\] has no 'module'"),
        (document(with_file(slices=[{"offset": 1}])), r"slices\[0\] has no 'size'"),
        (document(with_file(build_info={"Path": 1})), r"build_info.Path is a number, not a string"),
        (b'{"schema": 1, "schema": 2}', "schema"),
    ],
)
def test_what_is_no_such_document(value: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        read_previous(value, "old.json")
    assert caught.value.place
    assert caught.value.place.file == "old.json"


@pytest.mark.parametrize(
    ("limit", "most"), [("previous_bytes", 100), ("linked_packages", 1), ("build_info_settings", 1)]
)
def test_a_document_is_held_against_the_limits(limit: str, most: int) -> None:
    packages = [{"path": "p", "module": "", "size": 1}] * 2
    value = with_file(packages=packages, build_info={"Settings": [{"Key": "a"}, {"Value": "b"}]})
    assert read_previous(document(value), "old.json").files
    with pytest.raises(LimitError):
        read_previous(document(value), "old.json", replace(DEFAULT_LIMITS, **{limit: most}))


def test_truncation_anywhere_is_an_error_of_ours() -> None:
    data = to_json([inspect_file(TREE, "universal")])
    for end in range(0, len(data) - 2, 37):
        with pytest.raises(AttestError):
            read_previous(data[:end], "old.json")


def budget(release: SignedRelease, folder: Path, words: str) -> list[str]:
    """The command that judges the release by its policy with a budget."""
    shutil.copytree(release.policy.parent, folder)
    text = release.policy.read_text("utf-8").replace("    go:\n", f"    file: {words}\n    go:\n", 1)
    (folder / "release.yaml").write_text(text, "utf-8")
    return ["verify", "--policy", str(folder / "release.yaml"), "--version", "1.0.0", str(release.dist)]


def findings(words: list[str], out: Path) -> list[dict[str, Any]]:
    run([*words, "-o", f"json={out}"])
    checks = ("file-grown", "module-grown", "module-too-large", "section-too-large")
    return [each for each in json.loads(out.read_bytes())["findings"] if each["check"] in checks]


def test_a_release_is_measured_against_the_one_before(signed_release: SignedRelease, tmp_path: Path) -> None:
    """Against itself nothing grew; a file that was smaller is found in each kind of evidence."""
    words = budget(signed_release, tmp_path / "p", "{max_growth_bytes: 0, max_module_growth_bytes: 0}")
    out, old, report = tmp_path / "out.json", tmp_path / "old.json", tmp_path / "report.json"
    missing = findings(words, out)
    assert {each["message"] for each in missing} == {"no previous release was given"}
    assert {each["outcome"] for each in missing} == {"no-evidence"}
    assert findings([*words, "--previous", str(signed_release.dist)], report) == []
    widgets = [str(each) for each in sorted(signed_release.dist.glob("widget*")) if each.suffix != ".json"]
    assert run(["inspect", *widgets, "-o", f"json={old}"]) == 0
    assert findings([*words, "--previous", str(old)], out) == []
    by_report = findings([*words, "--previous", str(report)], out)
    assert {each["check"] for each in by_report} == {"module-grown"}, "a report tells no modules"
    inspected = json.loads(old.read_bytes())
    for each in inspected["files"]:
        if each["path"].endswith("widget_1.0.0_linux_amd64"):
            each["size"] -= 1
            each["packages"] = [one for one in each["packages"] if one["path"] != "flag"]
    old.write_bytes(document(inspected))
    grown = findings([*words, "--previous", str(old)], out)
    assert [(each["check"], each["subject"]) for each in grown] == [
        ("file-grown", "widget_1.0.0_linux_amd64"),
        ("module-grown", "widget_1.0.0_linux_amd64"),
    ]
    assert "and grew by 1 to" in grown[0]["message"]
    assert grown[1]["message"].startswith("std in widget_1.0.0_linux_amd64 should have grown by 0 bytes")


def test_budgets_of_modules_and_sections(signed_release: SignedRelease, tmp_path: Path) -> None:
    limits = "{max_module_bytes: {std: 100000000, '*': 1}, max_section_bytes: {.text: 1, __text: 1}}"
    found = findings(budget(signed_release, tmp_path / "p", limits), tmp_path / "out.json")
    told = {(each["check"], each["message"].partition(" should")[0]) for each in found}
    assert ("module-too-large", "example.com/greet") in told
    assert ("module-too-large", "example.com/acme/widget") in told
    assert ("module-too-large", "std") not in told
    assert ("section-too-large", "the section .text of widget_1.0.0_linux_amd64") in told
    assert any(each[1].startswith("the section __text of") and "(darwin/arm64)" in each[1] for each in told)


def test_a_release_is_refused_before_it_is_signed(signed_release: SignedRelease, tmp_path: Path) -> None:
    release = signed_release.copy(tmp_path)
    words = budget(release, tmp_path / "p", "{max_growth_percent: 0}")[1:-1]
    words = ["release", "--source", str(release.source), "--dist", str(release.dist), *words]
    words += ["--key", str(release.key), "--quiet"]
    small = tmp_path / "small.json"
    artifact = {"path": "old", "size": 1, "slot": "widget linux/amd64"}
    small.write_bytes(document({**REPORT, "artifacts": [artifact]}))
    assert run([*words, "--previous", str(small)]) == 1
    assert run([*words, "--previous", str(release.dist)]) == 0


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["widget.key"], 4, b"--previous is for a release"),
        (["--policy", "{policy}", "{dist}"], 2, b"nope: no such file"),
    ],
)
def test_wrong_words(
    words: list[str],
    code: int,
    message: bytes,
    signed_release: SignedRelease,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    named = {"policy": signed_release.policy, "dist": signed_release.dist}
    filled = [each.format_map(named) for each in words]
    assert run(["verify", "--version", "1.0.0", *filled, "--previous", str(REPOSITORY / "nope")]) == code
    assert message in capfdbinary.readouterr().err
