"""`attest policy init` and names that want to be more than names, and releases of several signers."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from attest.cli.main import run
from attest.model.limits import DEFAULT_LIMITS
from attest.policy import document
from tests.unit.cli.test_sbom import INFO, wasm

if TYPE_CHECKING:
    from pathlib import Path

INIT = ["policy", "init", "--from", "dist", "--key", "k.pub", "-o", "p.yaml", "--version", "1.0.0"]
VERIFY = ["verify", "--policy", "p.yaml", "--version", "1.0.0", "dist"]


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("k", "other"):
        assert run(["key", "generate", "--output-prefix", name]) == 0
    (tmp_path / "dist").mkdir()
    return tmp_path / "dist"


def init() -> int:
    """Sign all that is there, and write a policy of it."""
    assert run(["sign", "dist", "--key", "k.key"]) == 0
    return run(INIT)


def add(dist: Path, name: str, info: str = INFO) -> Path:
    (dist / name).write_bytes(wasm(info))
    return dist / name


def read(policy: str = "p.yaml") -> Any:  # noqa: ANN401 - a YAML document
    with open(policy, "rb") as file:  # noqa: PTH123 - relative to the test's folder
        return document.read(file.read(), "p", DEFAULT_LIMITS).value


#: Names that a policy can say: YAML's indicators and types, comments, quotes, what turns the line around.
STRANGE = (
    "aa: b # c",
    "# c",
    "- x",
    "? y",
    "[x, y",
    "&anchor",
    "*",
    "*alias",
    "!tag",
    "|",
    ">",
    "%YAML 1.1",
    "@at",
    "`tick",
    "'single",
    '"double"',
    "null",
    "~",
    "true",
    "NO",
    "1e3",
    "0x10",
    "2026-11-23",
    " lead and trail ",
    "x\u2028y",
    "x\u202ecod.exe",
    "x\u0085y",
    "\u05d0\u05d1",
    "\ufeffbom",
    "é\U0001f600",
    "<<",
    "=",
    "...",
    "---",
)


def test_strange_names_stay_names(dist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(dist, "widget_1.0.0.wasm")
    for number, name in enumerate(STRANGE):
        (dist / name).write_text(f"file {number}")
    assert init() == 0
    extras = read()["artifacts"]["extras"]
    assert {each["path"] for each in extras} == set(STRANGE)
    assert run(VERIFY) == 0
    text = (dist.parent / "p.yaml").read_text("utf-8")
    assert text.isprintable() or set(filter(lambda c: not c.isprintable(), text)) == {"\n"}
    assert "\u202e" not in capsys.readouterr().err


@pytest.mark.parametrize("name", STRANGE)
def test_an_executable_may_have_a_strange_name(name: str, dist: Path) -> None:
    add(dist, name)
    assert init() == 0
    assert len(read()["platforms"]["matrix"]) == 1
    assert run(VERIFY) == 0


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("new\nline: x", "control character"),
        ("tab\there", "control character"),
        ("${version}", "$, { or }"),
        ("{.exe,}", "$, { or }"),
        ("back\\slash", "backslash"),
    ],
)
@pytest.mark.parametrize("what", ["an executable", "another file"])
def test_a_name_that_no_policy_can_say_is_refused(
    name: str, fault: str, what: str, dist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(dist, "widget.wasm")
    if what == "an executable":
        add(dist, name, INFO.replace("cmd/widget", "cmd/other"))
    else:
        (dist / name).write_text("hello")
    assert init() == 4
    err = capsys.readouterr().err
    assert fault in err
    assert err.count("attest: error: no policy can name the file") == 1
    assert not (dist.parent / "p.yaml").exists()


def test_evidence_may_have_any_name(dist: Path) -> None:
    add(dist, "widget.wasm")
    assert run(["sign", "dist", "--key", "k.key"]) == 0
    (dist / "widget.wasm.sigstore.json").rename(dist / "new\nline: ${x}")
    assert run(INIT) == 0
    assert run(VERIFY) == 0


@pytest.mark.parametrize(
    "info",
    [
        INFO.replace("cmd/widget", "cmd/@ \\x: [y"),
        INFO.replace("cmd/widget", "cmd/\u202ex"),
    ],
)
def test_what_build_information_says_stays_a_value(info: str, dist: Path) -> None:
    add(dist, "widget.wasm", info)
    assert init() == 0
    assert run(VERIFY) == 0
    text = (dist.parent / "p.yaml").read_text("utf-8")
    assert "\u202e" not in text


def test_a_file_of_any_kind_is_an_extra(dist: Path) -> None:
    add(dist, "widget.wasm")
    (dist / "data.bin").write_bytes(bytes(range(256)) * 64)
    (dist / "sub").mkdir()
    (dist / "sub" / "data.bin").write_bytes(b"\x7fELF broken")
    assert init() == 0
    assert [each["path"] for each in read()["artifacts"]["extras"]] == ["data.bin", "sub/data.bin"]
    assert run(VERIFY) == 0


def test_a_file_that_nobody_signed_is_told(dist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(dist, "widget.wasm")
    assert run(["sign", "dist", "--key", "k.key"]) == 0
    (dist / "notes.txt").write_text("hello")
    assert run(INIT) == 0
    assert "review: artifacts.extras: notes.txt is signed by nobody" in capsys.readouterr().err
    assert read()["artifacts"]["extras"] == [{"path": "notes.txt", "kind": "file"}]
    assert "REVIEW: nobody signed it" in (dist.parent / "p.yaml").read_text("utf-8")


def two(dist: Path) -> None:
    """Two commands."""
    add(dist, "widget_1.0.0.wasm")
    add(dist, "ctl_1.0.0.wasm", INFO.replace("cmd/widget", "cmd/ctl"))


def test_all_of_several_signers_are_asked_for(dist: Path) -> None:
    two(dist)
    assert run(["sign", "dist", "--key", "k.key"]) == 0
    for file in sorted(dist.glob("*.sigstore.json")):
        file.rename(file.with_name(f"first-{file.name}"))
    assert run(["sign", "dist/widget_1.0.0.wasm", "dist/ctl_1.0.0.wasm", "--key", "other.key"]) == 0
    assert run([*INIT, "--key", "other.pub"]) == 0
    value = read()
    assert value["identities"] == {"release": [{"key": "k"}, {"key": "other"}]}
    assert value["platforms"]["defaults"]["signatures"] == {"signer": "release", "min": 2}
    assert value["platforms"]["defaults"]["path"] == "${build}_${version}.wasm"
    assert run(VERIFY) == 0
    (dist / "first-ctl_1.0.0.wasm.sigstore.json").unlink()
    assert run(VERIFY) == 1


def test_signers_of_different_files_are_one_identity(dist: Path) -> None:
    two(dist)
    assert run(["sign", "dist/widget_1.0.0.wasm", "--key", "k.key"]) == 0
    assert run(["sign", "dist/ctl_1.0.0.wasm", "--key", "other.key"]) == 0
    assert run([*INIT, "--key", "other.pub"]) == 0
    assert read()["identities"] == {"release": [{"key": "k"}, {"key": "other"}]}
    assert read()["platforms"]["defaults"]["signatures"] == {"signer": "release", "min": 1}
    assert run(VERIFY) == 0


def test_keys_of_one_name_are_told_apart(dist: Path) -> None:
    two(dist)
    (dist.parent / "more").mkdir()
    for suffix in ("key", "pub"):
        (dist.parent / f"other.{suffix}").rename(dist.parent / "more" / f"k.{suffix}")
    assert run(["sign", "dist/widget_1.0.0.wasm", "--key", "k.key"]) == 0
    assert run(["sign", "dist/ctl_1.0.0.wasm", "--key", "more/k.key"]) == 0
    assert run([*INIT, "--key", "more/k.pub", "--key", "k.pub"]) == 0
    value = read()
    assert [each["file"] for each in value["trust"]["keys"]] == ["k.pub", "more/k.pub"]
    assert [each["name"] for each in value["trust"]["keys"]] == ["k", "k-2"]
    sha256 = hashlib.sha256((dist.parent / "more" / "k.pub").read_bytes()).hexdigest()
    assert value["trust"]["keys"][1]["sha256"] == sha256


def test_a_statement_of_any_type_is_asked_for_under_a_name(dist: Path) -> None:
    two(dist)
    (dist.parent / "p.json").write_text("{}")
    for kind in ("https://example.com/scan/v1", "https://example.com/tests?[v2]#x"):
        (dist.parent / "kind").write_text(kind)
        words = ["--predicate", "p.json", "--type", kind, "--key", "k.key"]
        assert run(["sign", "dist", *words]) == 0
    assert run([*INIT]) == 0
    found = read()["attestations"]
    assert sorted(found) == ["example.com-scan-v1", "example.com-tests-v2-x"]
    assert found["example.com-tests-v2-x"]["predicate"] == ["https://example.com/tests?[v2]#x"]
    assert "signatures" not in read()["platforms"]["defaults"]
    assert run(VERIFY) == 0


def test_two_files_for_one_platform_are_two_builds(dist: Path) -> None:
    add(dist, "widget-1.0.0.wasm")
    add(dist, "widget-1.0.0-debug.wasm", INFO + "build\t-tags=debug\n")
    assert init() == 0
    platforms = read()["platforms"]
    assert [each["name"] for each in platforms["builds"]] == ["widget", "widget-2"]
    assert run(VERIFY) == 0


def test_it_goes_to_standard_output_too(dist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(dist, "widget.wasm")
    assert run(["sign", "dist", "--key", "k.key"]) == 0
    capsys.readouterr()
    assert run(["policy", "init", "--from", "dist", "--key", "k.pub"]) == 0
    assert capsys.readouterr().out.startswith("# A first policy")
