from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from attest.app import sbom
from attest.app.sbom import SbomDocument, SbomOutput
from attest.errors import NothingToVerifyError, UsageError
from attest.model.binary import Module
from attest.model.bom import SbomRun
from attest.model.source import Platform
from attest.sbom.read import load, read
from tests.conftest import REPOSITORY
from tests.unit.sbom import examples as e

RUN = SbomRun(created=e.WHEN, tool_version="0.1.0", author="Example Ltd")
WINDOWS = Platform(goos="windows", goarch="amd64")
FILES = {
    "bin/widget": e.executable(e.info()),
    "widget.exe": e.executable(e.info(platform=WINDOWS), "widget.exe", WINDOWS),
}


def test_each_executable_has_a_document_in_each_format() -> None:
    documents = sbom.documents(sbom.of_executables(FILES, RUN, linked=[e.linked()]))
    assert [(each.artifact, each.platform, each.main, each.format) for each in documents] == [
        ("bin/widget", "linux_amd64", "widget", "cyclonedx-json"),
        ("bin/widget", "linux_amd64", "widget", "spdx-json"),
        ("widget.exe", "windows_amd64", "widget", "cyclonedx-json"),
        ("widget.exe", "windows_amd64", "widget", "spdx-json"),
    ]
    for each in documents:
        facts = read(load(each.content))
        assert facts.subject_name == each.artifact
        assert facts.subject_sha256s == (FILES[each.artifact].identity.sha256,)
    assert b"attest:dependencies=complete" in documents[1].content
    assert b"not which of them imports which" in documents[3].content


@pytest.mark.parametrize(
    ("told", "newest"),
    [
        (("2026-01-02T03:04:05Z", "2026-01-02T04:04:05+02:00"), "2026-01-02T03:04:05+00:00"),
        (("9999-12-31T23:59:59-14:00", "2026-01-02T03:04:05Z"), "2026-01-02T03:04:05+00:00"),
        (("0001-01-01T00:00:00+14:00",), None),
        (("2026-01-02T03:04:05", "soon", ""), None),
    ],
)
def test_the_newest_commit_that_has_a_time_in_utc(told: tuple[str, ...], newest: str | None) -> None:
    found = sbom.latest_commit_time(
        e.executable(replace(e.info(), settings=(("vcs.time", each),))).report for each in told
    )
    assert (found.isoformat() if found else None) == newest


def test_a_universal_file_has_no_single_platform() -> None:
    file = e.universal([e.info(platform=Platform(goos="darwin", goarch=each)) for each in ("amd64", "arm64")])
    (document,) = sbom.documents(sbom.of_executables({"w": file}, RUN), formats=["spdx-json"])
    assert (document.platform, document.main) == ("", "widget")


def test_an_empty_document_is_made_where_it_is_allowed() -> None:
    files = {"w": e.executable(None)}
    with pytest.raises(NothingToVerifyError, match="w has no build info"):
        sbom.of_executables(files, RUN)
    boms = sbom.of_executables(files, replace(RUN, allow_empty=True))
    (document,) = sbom.documents(boms, formats=["spdx-json"])
    assert document.main == ""


def test_a_release_has_its_files_and_their_union() -> None:
    name = "example.com/widget"  # called after its module, as the release pipeline does
    documents = sbom.of_release(FILES, RUN, name=name, version="1.0.0")
    assert sorted(documents) == [
        "bin/widget.cdx.json",
        "bin/widget.spdx.json",
        "release.cdx.json",
        "release.spdx.json",
        "widget.exe.cdx.json",
        "widget.exe.spdx.json",
    ]
    union = read(load(documents["release.cdx.json"]))
    assert union.subject_name == name
    assert union.components == read(load(documents["bin/widget.spdx.json"])).components
    assert documents == sbom.of_release(dict(reversed(FILES.items())), RUN, name=name, version="1.0.0")


def test_a_release_of_nothing_is_nothing() -> None:
    with pytest.raises(NothingToVerifyError, match="no SBOM to put together"):
        sbom.of_release({}, RUN, name="widget", version="v1.0.0")


def test_a_source_tree_has_a_document_for_each_main_package_and_platform() -> None:
    arm = Platform(goos="linux", goarch="arm", variant="7")
    sets = [e.linked(arm), e.linked(), e.linked(main_package="example.com/widget/cmd/ctl")]
    boms = sbom.of_source(sets, RUN, version="v1.0.0", go_version="go1.27.3")
    documents = sbom.documents(boms, formats=["spdx-json"])
    assert [(each.artifact, each.platform, each.main) for each in documents] == [
        ("ctl_linux_amd64", "linux_amd64", "ctl"),
        ("widget_linux_amd64", "linux_amd64", "widget"),
        ("widget_linux_arm_7", "linux_arm_7", "widget"),
    ]
    assert ("std", "1.27.3") in read(load(documents[0].content)).components
    assert json.loads(documents[0].content)["creationInfo"]["creators"][1] == "Organization: Example Ltd"


def test_main_packages_of_one_name_are_told_apart() -> None:
    paths = [f"{e.WIDGET}/a/server", f"{e.WIDGET}/b/server", f"{e.WIDGET}/cmd/widget"]
    boms = sbom.of_source([e.linked(main_package=each) for each in paths], RUN)
    assert list(boms) == ["a_server_linux_amd64", "b_server_linux_amd64", "widget_linux_amd64"]


def test_the_union_is_called_after_the_module_that_all_are_of() -> None:
    boms = sbom.of_executables(FILES, RUN)
    *_, union = sbom.documents(boms, formats=["spdx-json"], union=True)
    assert (union.artifact, union.platform, union.main, union.union) == ("release", "", "", True)
    assert json.loads(union.content)["name"] == "widget v1.0.0"
    other = e.info(main=Module(path="example.com/gadget/v2", version="v2.0.0"), path="example.com/gadget/v2")
    boms |= sbom.of_executables({"gadget": e.executable(other, "gadget")}, RUN)
    *_, union = sbom.documents(boms, formats=["spdx-json"], union=True)
    assert json.loads(union.content)["name"] == "release"
    alone = sbom.of_executables({"gadget": e.executable(other, "gadget")}, RUN)
    *_, union = sbom.documents(alone, formats=["spdx-json"], union=True)
    assert json.loads(union.content)["name"] == "gadget v2.0.0"
    assert sbom.documents(boms, formats=[], union=True) == ()


@pytest.mark.parametrize("pattern", ["", "x.json", "{artifact}-{platform}.json", "{main}.json"])
def test_a_union_goes_where_its_name_alone_makes_the_place(pattern: str) -> None:
    union = SbomDocument(
        artifact="release", platform="", main="", format="spdx-json", content=b"u", union=True
    )
    files, standard = sbom.place([document("a"), union], [replace(SPDX, file=pattern)])
    assert b"u" not in [*files.values(), standard]
    files, _ = sbom.place([document("a/b"), union], [replace(SPDX, file="{artifact}.json")])
    assert files == {"a_b.json": b"a/b", "release.json": b"u"}


def document(artifact: str, platform: str = "linux_amd64", main: str = "w") -> SbomDocument:
    content = artifact.encode()
    return SbomDocument(artifact=artifact, platform=platform, main=main, format="spdx-json", content=content)


SPDX = SbomOutput(format="spdx-json")


def test_one_document_goes_to_standard_output() -> None:
    assert sbom.place([document("a")], [SPDX]) == ({}, b"a")


def test_placeholders_give_each_document_its_place() -> None:
    pattern = replace(SPDX, file="out/{artifact}-{platform}-{main}.json")
    files, standard = sbom.place([document("a"), document("b", "js_wasm", "v")], [pattern])
    assert files == {"out/a-linux_amd64-w.json": b"a", "out/b-js_wasm-v.json": b"b"}
    assert standard is None


def test_the_output_directory_gives_each_document_its_place() -> None:
    outputs = [SPDX, SbomOutput(format="cyclonedx-json", file="x.json")]
    documents = [document("a"), document("b"), replace(document("a"), format="cyclonedx-json")]
    files, standard = sbom.place(documents, outputs, output_dir="out")
    assert files == {"out/a.spdx.json": b"a", "out/b.spdx.json": b"b", "x.json": b"a"}
    assert standard is None


@pytest.mark.parametrize(
    ("outputs", "reason"),
    [
        ([SPDX], "standard output can take one document, and there are several"),
        ([replace(SPDX, file="x.json")], "two documents would be written to 'x.json': of a and of b"),
        ([replace(SPDX, file="{main}.json")], "two documents would be written to 'w.json': of a and of b"),
        ([replace(SPDX, file="{platform}.json")], "'b' has no single value for {platform}"),
    ],
    ids=["stdout", "file", "main", "platform"],
)
def test_two_documents_in_one_place_are_a_usage_error(outputs: list[SbomOutput], reason: str) -> None:
    with pytest.raises(UsageError) as raised:
        sbom.place([document("a"), document("b", "")], outputs)
    assert raised.value.message == reason
    assert raised.value.exit_code == 4
    assert raised.value.hint


def test_no_library_of_a_format_is_loaded_before_a_document_is_written() -> None:
    probe = "import sys, attest.app.sbom; print({'cyclonedx', 'spdx_tools', 'packageurl'} & set(sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", probe], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert found.stdout == "set()\n"
