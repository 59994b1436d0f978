"""`attest sbom` from the command line down to the files, over a small executable made here."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from attest.cli import inputs
from attest.cli import main as cli
from attest.errors import UsageError
from attest.model.source import Platform
from attest.sbom.read import load, read
from tests.conftest import REPOSITORY
from tests.unit.app.repositories import GIT, Repo
from tests.unit.sbom import examples as e
from tests.unit.sbom.license_texts import MIT

_START = bytes.fromhex("3077af0c9274080241e1c107e6d618e6")
_END = bytes.fromhex("f932433186182072008242104116d8f2")


def _number(value: int) -> bytes:
    """Unsigned LEB128."""
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def wasm(module_info: str) -> bytes:
    """The smallest WebAssembly module that says what Go's linker says."""
    blob = _START + module_info.encode() + _END
    producers = b"".join(
        _number(len(each)) + each if isinstance(each, bytes) else _number(each)
        for each in (b"producers", 1, b"processed-by", 1, b"Go cmd/compile", b"go1.27.3")
    )
    data = b"\x01\x00\x41\x00\x0b" + _number(len(blob)) + blob
    sections = b"".join(
        bytes([kind]) + _number(len(body)) + body for kind, body in ((11, data), (0, producers))
    )
    return b"\0asm\x01\0\0\0" + sections


INFO = """path\texample.com/widget/cmd/widget
mod\texample.com/widget\tv1.0.0\t
dep\texample.com/log\tv1.2.3\th1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
build\tCGO_ENABLED=0
build\tGOARCH=wasm
build\tGOOS=wasip1
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "widget.wasm").write_bytes(wasm(INFO))
    (tmp_path / "other.wasm").write_bytes(wasm(INFO))
    (tmp_path / "notes.txt").write_text("no executable")
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "widget.wasm").write_bytes(wasm(INFO))
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(e.WHEN.timestamp())))
    return tmp_path


def run(*arguments: str) -> int:
    return cli.run(["sbom", *arguments])


def test_one_executable_goes_to_standard_output(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run("widget.wasm") == 0
    facts = read(load(capsysbinary.readouterr().out))
    assert (facts.format, facts.subject_name) == ("cyclonedx", "widget.wasm")
    assert facts.subject_sha256s == (e.identity((folder / "widget.wasm").read_bytes()).sha256,)
    assert facts.components == {
        ("example.com/widget", "v1.0.0"),
        ("example.com/log", "v1.2.3"),
        ("std", "1.27.3"),
    }


def test_documents_are_dated_by_source_date_epoch_and_name_their_author(folder: Path) -> None:
    assert run("widget.wasm", "-o", "spdx-json=a.json", "--author", "Example Ltd", "--supplier", "S") == 0
    document = json.loads((folder / "a.json").read_bytes())
    assert document["creationInfo"]["created"] == "2026-03-04T05:06:07Z"
    assert "Organization: Example Ltd" in document["creationInfo"]["creators"]
    first = (folder / "a.json").read_bytes()
    assert run("widget.wasm", "-o", "spdx-json=a.json", "--author", "Example Ltd", "--supplier", "S") == 0
    assert (folder / "a.json").read_bytes() == first


def test_a_vex_document_is_referred_to(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where it will be served, or beside the SBOM; what it says of strangers is told."""
    vex = json.loads((REPOSITORY / "testdata" / "vex" / "openvex.json").read_bytes())
    (folder / "my vex.json").write_text(json.dumps(vex), encoding="utf-8")
    words = ["-o", "cyclonedx-json=a.json", "--vex"]
    assert run("widget.wasm", *words, "my vex.json") == 0
    assert capsys.readouterr().err == ""
    (reference,) = json.loads((folder / "a.json").read_bytes())["externalReferences"]
    assert (reference["type"], reference["url"]) == ("exploitability-statement", "my%20vex.json")
    vex["statements"][0]["products"][0]["@id"] = "pkg:golang/example.com/gadget"
    (folder / "my vex.json").write_text(json.dumps(vex), encoding="utf-8")
    assert run("widget.wasm", *words, "my vex.json=https://example.com/v.json?a=b") == 0
    assert capsys.readouterr().err == (
        "attest: warning: https://example.com/v.json?a=b speaks of pkg:golang/example.com/gadget, which is in"
        " none of these SBOMs\n"
    )
    (reference,) = json.loads((folder / "a.json").read_bytes())["externalReferences"]
    assert reference["url"] == "https://example.com/v.json?a=b"
    assert run("widget.wasm", *words, "notes.txt") == 2
    assert "attest: error: notes.txt:1: is no JSON" in capsys.readouterr().err


def test_several_executables_go_into_a_folder(folder: Path) -> None:
    assert run("widget.wasm", "other.wasm", "--output-dir", "made/out") == 0
    assert sorted(each.name for each in (folder / "made" / "out").iterdir()) == [
        "other.wasm.cdx.json",
        "other.wasm.spdx.json",
        "release.cdx.json",
        "release.spdx.json",
        "widget.wasm.cdx.json",
        "widget.wasm.spdx.json",
    ]


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("widget.wasm", "--output-dir", "widget.wasm/out") == 2
    assert "attest: error: widget.wasm/out: cannot write: " in capsys.readouterr().err
    assert sorted(each.name for each in folder.iterdir()) == [
        "again",
        "notes.txt",
        "other.wasm",
        "out",
        "widget.wasm",
    ]


@pytest.fixture
def dist(folder: Path) -> Path:
    (folder / "dist" / "js").mkdir(parents=True)
    (folder / "dist" / "widget.wasm").write_bytes(wasm(INFO))
    other = INFO.replace("v1.2.3", "v1.3.0").replace("wasip1", "js")
    (folder / "dist" / "js" / "widget.wasm").write_bytes(wasm(other))
    (folder / "dist" / "notes.txt").write_text("no executable")
    return folder / "dist"


def test_a_directory_of_artifacts_has_a_document_for_each_and_their_union(dist: Path) -> None:
    assert run("dist/", "--output-dir", "out", "-o", "spdx-json", "-o", "json=out/matrix.json") == 0
    out = dist.parent / "out"
    assert sorted(each.name for each in out.iterdir()) == [
        "js_widget.wasm.spdx.json",
        "matrix.json",
        "release.spdx.json",
        "widget.wasm.spdx.json",
    ]
    union = read(load((out / "release.spdx.json").read_bytes()))
    assert union.subject_name == "widget"
    assert {("example.com/log", "v1.2.3"), ("example.com/log", "v1.3.0")} < union.components
    packages = json.loads((out / "release.spdx.json").read_bytes())["packages"]
    log = next(each for each in packages if each.get("versionInfo") == "v1.3.0")
    said = {each["comment"] for each in log["annotations"]}
    assert {"attest:platform=js/wasm", "attest:artifact=js/widget.wasm"} <= said
    table = json.loads((out / "matrix.json").read_bytes())
    assert [each["path"] for each in table["modules"]] == ["example.com/log"]


@pytest.mark.usefixtures("dist")
def test_what_builds_differ_in_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dist", "-o", "text") == 0
    assert capsys.readouterr().out == (
        "2 builds: js/wasm, wasip1/wasm\n"
        "2 modules the same in all of them, 1 not\n"
        "  example.com/log\n"
        "    v1.2.3  wasip1/wasm\n"
        "    v1.3.0  js/wasm\n"
    )
    assert run("dist", "-o", "text", "--output-dir", "out") == 0


def test_an_archive_has_a_document_in_which_its_executables_lie(
    dist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(dist / "widget.zip", "w") as archive:
        archive.writestr("bin/widget.wasm", wasm(INFO))
        archive.writestr("gadget.wasm", wasm(INFO.replace("widget", "gadget")))
        archive.writestr("LICENSE", MIT)
    assert run("dist", "-o", "cyclonedx-json", "-o", "spdx-json", "--output-dir", "made") == 0
    document = json.loads(Path("made/widget.zip.cdx.json").read_bytes())
    subject = document["metadata"]["component"]
    digest = hashlib.sha256((dist / "widget.zip").read_bytes()).hexdigest()
    assert subject["name"] == "widget.zip"
    assert subject["hashes"][0] == {"alg": "SHA-256", "content": digest}
    inside = {each["name"]: each["hashes"][0]["content"] for each in subject["components"]}
    assert inside == {
        "widget.zip!bin/widget.wasm": hashlib.sha256(wasm(INFO)).hexdigest(),
        "widget.zip!gadget.wasm": hashlib.sha256(wasm(INFO.replace("widget", "gadget"))).hexdigest(),
    }
    names = {each["name"] for each in document["components"]}
    assert {"example.com/widget", "example.com/gadget", "example.com/log", "std"} <= names
    stated = {each["name"]: each["value"] for each in subject["properties"]}
    assert stated["attest:dependencies"] == "incomplete: of the other files in the archive nothing is said"
    union = json.loads(Path("made/release.cdx.json").read_bytes())["metadata"]["component"]
    assert [each["name"] for each in union["components"]] == ["js/widget.wasm", "widget.wasm", "widget.zip"]
    assert [each["name"] for each in union["components"][2]["components"]] == sorted(inside)
    one = read(load(Path("made/widget.zip.cdx.json").read_bytes()))
    other = read(load(Path("made/widget.zip.spdx.json").read_bytes()))
    assert (one.subject_sha256s, one.components) == (other.subject_sha256s, other.components)
    assert one.subject_sha256s == (digest,)
    assert capsys.readouterr().err == ""


def test_an_archive_may_be_named_itself(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, member in (("widget.zip", "widget.wasm"), ("notes.zip", "notes.txt")):
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr(member, (folder / member).read_bytes())
    assert run("widget.zip", "-o", "cyclonedx-json") == 0
    subject = json.loads(capsys.readouterr().out)["metadata"]["component"]
    stated = {each["name"]: each["value"] for each in subject["properties"]}
    assert (subject["name"], subject["version"]) == ("widget.zip", "v1.0.0")
    assert stated["attest:dependencies"] == "complete"
    assert run("notes.zip", "-o", "cyclonedx-json") == 3
    assert "notes.zip holds no executable, so its SBOM would be empty" in capsys.readouterr().err


def test_a_folder_and_a_name_go_together(folder: Path) -> None:
    outputs = ("-o", "spdx-json", "-o", "cyclonedx-json@1.6={main}-{platform}.json")
    assert run("widget.wasm", *outputs, "--output-dir", "out") == 0
    assert (folder / "out" / "widget.wasm.spdx.json").is_file()
    assert (folder / "widget-wasip1_wasm.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["widget.wasm", "other.wasm"], 4, "standard output can take one document"),
        (
            ["widget.wasm", "other.wasm", "-o", "spdx-json=a.json"],
            4,
            "two documents would be written to 'a.json': of ",
        ),
        (
            ["widget.wasm", "again/widget.wasm", "--output-dir", "out"],
            4,
            "two targets are called 'widget.wasm'",
        ),
        (["widget.wasm", "-o", "pdf", "--output-dir", "out"], 4, "-o: unknown format 'pdf'"),
        (["widget.wasm", "--platform", "linux/amd64"], 4, "are for a source directory"),
        (["again", "widget.wasm"], 4, "two targets are called 'widget.wasm'"),
        (["out", "--platform", "linux/amd64"], 3, "out holds no executable"),
        (["gone"], 2, "no such file or directory"),
        (["notes.txt"], 3, "notes.txt has no build info, so its SBOM would be empty"),
        (["widget.wasm", "-o", "spdx-json=gone/a.json"], 2, "gone/a.json: cannot write"),
        (["widget.wasm", "--source", "gone"], 2, "gone: no such directory"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_what_cannot_be_done_is_told_and_writes_nothing(
    folder: Path, arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.rglob("*"))
    assert run(*arguments) == code
    assert said in capsys.readouterr().err
    assert sorted(folder.rglob("*")) == before


def test_an_empty_document_is_written_where_it_is_allowed(folder: Path) -> None:
    assert run("notes.txt", "--allow-empty", "-o", "spdx-json=a.json") == 0
    assert read(load((folder / "a.json").read_bytes())).components == set()


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("linux/amd64", Platform(goos="linux", goarch="amd64")),
        ("linux/arm/7", Platform(goos="linux", goarch="arm", variant="7")),
    ],
)
def test_platforms(text: str, platform: Platform) -> None:
    assert inputs.read_platform(text) == platform


@pytest.mark.parametrize("text", ["", "linux", "/amd64", "linux/", "linux/arm/", "linux/arm/7/8", "all"])
def test_what_is_no_platform(text: str) -> None:
    with pytest.raises(UsageError, match="is no platform"):
        inputs.read_platform(text)


SOURCE = {
    "go.mod": "module example.com/widget\n\ngo 1.24\n\nrequire example.com/log v1.2.3\n",
    "cmd/widget/main.go": 'package main\n\nimport "example.com/log"\n\nfunc main() { log.Print() }\n',
    "vendor/modules.txt": "# example.com/log v1.2.3\n## explicit; go 1.24\nexample.com/log\n",
    "vendor/example.com/log/log.go": 'package log\n\nimport "fmt"\n\nfunc Print() { fmt.Println() }\n',
}


@pytest.fixture
def source(folder: Path) -> Path:
    for name, text in SOURCE.items():
        file = folder / "source" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (folder / "source" / "go.sum").write_text(f"example.com/log v1.2.3 {e.H1}\n")
    return folder / "source"


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["source", "widget.wasm"], "a source directory is the only target"),
        (["source", "--platform", "linux"], "--platform: 'linux' is no platform"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_of_a_source_tree(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 4
    assert said in capsys.readouterr().err


def test_the_programs_of_a_source_tree_have_a_union_and_packages_where_asked_for(source: Path) -> None:
    options = ("--platform", "linux/amd64", "--platform", "js/wasm", "--packages", "--output-dir", "out")
    assert run("source", *options, "-o", "cyclonedx-json") == 0
    out = source.parent / "out"
    assert sorted(each.name for each in out.iterdir()) == [
        "release.cdx.json",
        "widget_js_wasm.cdx.json",
        "widget_linux_amd64.cdx.json",
    ]
    document = json.loads((out / "widget_js_wasm.cdx.json").read_bytes())
    inside = {
        each["name"]: [part["purl"] for part in each.get("components", ())]
        for each in (document["metadata"]["component"], *document["components"])
    }
    assert inside == {
        "example.com/widget": ["pkg:golang/example.com/widget#cmd/widget"],
        "example.com/log": ["pkg:golang/example.com/log@v1.2.3"],
        "std": ["pkg:golang/std#fmt"],
    }


def test_a_source_tree_has_a_document_for_each_platform(source: Path) -> None:
    options = ("--platform", "linux/amd64", "--platform", "js/wasm", "--version", "v1.0.0")
    assert run("source", *options, "-o", "spdx-json={main}-{platform}.json") == 0
    facts = read(load((source.parent / "widget-js_wasm.json").read_bytes()))
    assert facts.components == {("example.com/widget", "v1.0.0"), ("example.com/log", "v1.2.3"), ("std", "")}
    assert (source.parent / "widget-linux_amd64.json").is_file()
    assert run("source", "--main", "./cmd/widget", "-o", "spdx-json=one.json") == 0


@pytest.mark.usefixtures("source")
def test_a_source_tree_without_a_main_package_is_told(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "cmd" / "widget" / "main.go").write_text("package widget\n")
    assert run("source") == 4
    assert "source has no main package on" in capsys.readouterr().err


@pytest.mark.usefixtures("source")
def test_the_source_of_an_executable_says_who_imports_whom(folder: Path) -> None:
    assert run("widget.wasm", "--source", "source", "-o", "spdx-json=a.json") == 0
    content = (folder / "a.json").read_bytes()
    assert b"attest:dependencies=complete" in content
    assert b"attest:dependencies=unknown" not in content


@pytest.mark.usefixtures("source")
def test_an_executable_that_the_source_does_not_explain_is_told_and_described(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "source" / "go.sum").write_text("")
    assert run("widget.wasm", "--source", "source", "-o", "spdx-json=a.json") == 1
    assert capsys.readouterr().err == (
        f"attest: widget.wasm: example.com/log@v1.2.3 has the hash {e.H1} in the executable, "
        "and no hash in go.sum\n"
    )
    assert b"attest:dependencies=complete" in (folder / "a.json").read_bytes()
    (folder / "nothing.wasm").write_bytes(b"\0asm\1\0\0\0")
    assert run("nothing.wasm", "--source", "source", "--allow-empty", "-o", "spdx-json=b.json") == 1
    assert "nothing.wasm cannot be held against the source: it carries no build info" in (
        capsys.readouterr().err
    )


def test_licences_are_told_where_a_module_cache_is_named(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    log = folder / "modcache" / "example.com" / "log@v1.2.3"
    log.mkdir(parents=True)
    (log / "LICENSE").write_text(MIT)
    assert run("widget.wasm", "--modcache", "modcache", "--no-cache") == 0
    assert b'"expression": "MIT"' in capsysbinary.readouterr().out
    assert run("widget.wasm") == 0
    assert b"licences were not looked for" in capsysbinary.readouterr().out


def test_a_standard_is_required_of_a_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("widget.wasm", "-o", "text", "--require", "ntia") == 4
    assert "--require is about documents, and -o asks for none" in capsys.readouterr().err
    assert not list(folder.glob("*.json"))


def test_elements_of_a_standard_are_required(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("widget.wasm", "-o", "spdx-json=a.json", "--require", "ntia", "--author", "Example Ltd") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "attest: widget.wasm: ntia: Supplier Name of 2 components (" in told.err
    assert "  hint: name who ships the software: --supplier NAME" in told.err
    assert "Author of SBOM Data" not in told.err
    assert not (folder / "a.json").exists()


COMPLETE = (
    *("--author", "Example Ltd <sbom@example.com>"),
    *("--supplier", "Example Ltd <https://example.com/widget>"),
    *("--license", "mit OR apache-2.0"),
)


@pytest.mark.usefixtures("source")
def test_all_standards_are_met_where_all_is_known(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What people state, what the source tells, and the licence files in it."""
    (folder / "goroot").mkdir()
    for name in ("LICENSE", "vendor/example.com/log/LICENSE"):
        (folder / "source" / name).write_text(MIT)
    options = ("--source", "source", "--no-cache", "--require", "bsi", "--require", "ntia", *COMPLETE)
    forms = ("-o", "cyclonedx-json=a.json", "-o", "cyclonedx-xml=a.xml", "-o", "spdx-json@3.0.1=a3.json")
    code = run("widget.wasm", *options, *forms)
    told = capsys.readouterr().err
    # The licence of the standard library is read where Go of that version is installed.
    assert code == (1 if told else 0)
    lines = [each for each in told.splitlines() if not each.startswith("  hint: ")]
    assert all("Distribution licences of one component (std@1.27.3) is unknown" in each for each in lines)


@pytest.mark.usefixtures("folder")
def test_sboms_of_anybody_are_held_against_standards(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for form in ("spdx-json=a.json", "cyclonedx-xml=b.xml", "spdx-tag-value=c.spdx"):
        assert run("widget.wasm", "-o", form, *COMPLETE) == 0
    (folder / "other.json").write_text('{"bomFormat": "CycloneDX", "specVersion": "1.4"}')
    before = {each: each.read_bytes() for each in folder.iterdir() if each.is_file()}
    assert run("other.json", "b.xml", "--require", "ntia") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert (
        "attest: b.xml: ntia: Dependency Relationship of 2 components (example.com/log@v1.2.3, " in told.err
    )
    assert (
        "attest: other.json: ntia: Author of SBOM Data is unknown, because the document does not say\n"
        in (told.err)
    )
    assert "other.json: ntia: Supplier Name is unknown, because the document names no component at all" in (
        told.err
    )
    assert {each: each.read_bytes() for each in folder.iterdir() if each.is_file()} == before


@pytest.mark.usefixtures("source")
def test_an_sbom_that_has_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("widget.wasm", "--source", "source", "-o", "spdx-json=a.json", *COMPLETE) == 0
    assert run("a.json", "--require", "ntia") == 0
    assert capsys.readouterr().out == "a.json has every element of ntia\n"
    assert run("a.json", "--require", "ntia", "--require", "bsi") == 1
    assert "a.json: bsi: Data format is unknown, because SPDX 2.3 is older" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["a.json"], 4, "a.json is a document, not an executable"),
        (["a.json", "widget.wasm", "--require", "ntia"], 4, "in a run of their own"),
        (["a.json", "--require", "ntia", "-o", "spdx-json"], 4, "in a run of their own"),
        (["bad.json", "--require", "ntia"], 2, "bad.json: no SBOM known here"),
        (["broken.json", "--require", "ntia"], 2, "broken.json"),
        (
            ["widget.wasm", "--author", "A <nowhere>"],
            4,
            "--author: 'nowhere' is neither a name nor an e-mail",
        ),
        (["widget.wasm", "--supplier", "A <a@b> C"], 4, "--supplier: 'A <a@b> C' is neither a name nor"),
        (
            ["widget.wasm", "--license", "All rights"],
            4,
            "--license: 'All rights' is no expression of licences",
        ),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_what_cannot_be_required(
    folder: Path, arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("widget.wasm", "-o", "spdx-json=a.json") == 0
    (folder / "bad.json").write_text('{"name": "x"}')
    (folder / "broken.json").write_text('{"name": ')
    capsys.readouterr()
    assert run(*arguments) == code
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("source")
def test_a_licence_is_stated_of_files_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("source", "--license", "MIT") == 4
    assert "--license is about files that are shipped" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_an_unknown_standard_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("widget.wasm", "--require", "iso") == 4
    assert "--require: 'iso' is no choice\n  hint: one of bsi, cisa-2026, ntia" in capsys.readouterr().err


@pytest.mark.skipif(GIT is None, reason="there is no git command")
def test_the_version_of_a_source_tree_is_that_of_its_repository(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Repo(source).init().commit("v1.4.2")
    assert run(str(source), "--platform", "linux/amd64", "-o", "cyclonedx-json=a.json") == 0
    main = json.loads(Path("a.json").read_bytes())["metadata"]["component"]
    assert main["version"] == "v1.4.2"
    said = [each["value"] for each in main["properties"] if each["name"] == "attest:version:stated-by"]
    assert said == ["tag v1.4.2"]
    assert capsys.readouterr().err == ""
    options = ("--platform", "linux/amd64", "--version", "v2.0.0", "-o", "cyclonedx-json=a.json")
    assert run(str(source), *options) == 0
    assert json.loads(Path("a.json").read_bytes())["metadata"]["component"]["version"] == "v2.0.0"
    assert capsys.readouterr().err == (
        "attest: warning: example.com/widget has two versions: v2.0.0 (the options of this run) and v1.4.2"
        " (the tag of the checked out commit)\n"
    )
