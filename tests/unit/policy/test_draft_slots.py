"""Names of files as templates, and platforms as a matrix."""

from __future__ import annotations

from typing import Any

import pytest

from attest.exe.identity import identify
from attest.model.binary import BinaryReport, BinarySlice, BuildInfo, Container, Module
from attest.model.release import ReleaseFile
from attest.policy.draft_slots import entries, items, paths
from attest.policy.slots import default_format
from attest.policy.template import expand

RUN = {"version": "1.2.3", "tag": "v1.2.3"}
IDENTITY = identify(memoryview(b"x"))


def image(goos: str, goarch: str, main: str, **settings: str) -> BinaryReport:
    container = Container(format=default_format(goos, goarch), os=goos, arch=goarch)
    told = (("GOOS", goos), ("GOARCH", goarch), *settings.items())
    info = BuildInfo(
        go_version="go1.27.3",
        path=main,
        main=Module(path="example.com/w", version="v1.2.3"),
        settings=told,
    )
    return BinaryReport(container=container, go_version="go1.27.3", build_info=info)


def file(
    path: str, goos: str, goarch: str, main: str = "example.com/w/cmd/w", **settings: str
) -> ReleaseFile:
    return ReleaseFile(
        path=path, kind="file", identity=IDENTITY, report=image(goos, goarch, main, **settings)
    )


def universal(path: str, *arches: str) -> ReleaseFile:
    slices = tuple(
        BinarySlice(offset=0, identity=IDENTITY, report=image("darwin", arch, "example.com/w/cmd/w"))
        for arch in arches
    )
    report = BinaryReport(container=Container(format="macho-fat", os="darwin"), slices=slices)
    return ReleaseFile(path=path, kind="file", identity=IDENTITY, report=report)


def matrix(*files: ReleaseFile, run: dict[str, str] = RUN) -> tuple[str, dict[str, str], list[Any]]:
    """The default template, those of builds, and the matrix; every path is what its template says."""
    found = items(files)
    templates = paths(found, run)
    for item in found:
        template = templates.files.get(item.path) or templates.builds.get(item.build) or templates.default
        assert expand(template, item.values(run), windows=item.goos == "windows") == item.path
    return templates.default, dict(templates.builds), entries(found, templates, {})


@pytest.mark.parametrize(
    ("names", "template"),
    [
        (("w_1.2.3_linux_amd64", "w_1.2.3_linux_arm64"), "w_${version}_${goos}_${goarch}"),
        (("w-v1.2.3-linux-amd64", "w-v1.2.3-linux-arm64"), "w-${tag}-${goos}-${goarch}"),
        (("linux/amd64/w", "linux/arm64/w"), "${goos}/${goarch}/w"),
        (("linux-1.2.3.4-amd64", "linux-1.2.3.4-arm64"), "${goos}-1.2.3.4-${goarch}"),
        (("w-11.2.3-amd64", "w-11.2.3-arm64"), "w-11.2.3-${goarch}"),
        (("amd64-amd64", "amd64-arm64"), "amd64-${goarch}"),
        (("mylinux_x_amd64", "mylinux_x_arm64"), "mylinux_x_${goarch}"),
    ],
)
def test_what_a_name_says_of_the_release_is_a_variable(names: tuple[str, str], template: str) -> None:
    found = matrix(file(names[0], "linux", "amd64"), file(names[1], "linux", "arm64"))
    assert found == (template, {}, [{"goos": "linux", "goarch": ["amd64", "arm64"]}])


def test_without_a_version_nothing_stands_for_it() -> None:
    default, _, _ = matrix(file("w_1.2.3_linux_amd64", "linux", "amd64"), run={})
    assert default == "w_1.2.3_${goos}_${goarch}"


def test_one_template_for_windows_and_the_others() -> None:
    default, _, lines = matrix(
        file("w_linux_amd64", "linux", "amd64"),
        file("w_darwin_amd64", "darwin", "amd64"),
        file("w_windows_amd64.exe", "windows", "amd64"),
    )
    assert default == "w_${goos}_${goarch}{.exe,}"
    assert lines == [{"goos": ["darwin", "linux", "windows"], "goarch": "amd64"}]


def test_windows_without_exe() -> None:
    assert matrix(file("w_windows_amd64", "windows", "amd64"))[0] == "w_${goos}_${goarch}"


@pytest.mark.parametrize(
    ("name", "settings", "template", "line"),
    [
        ("w_linux_armv7", {"GOARM": "7"}, "w_${goos}_${goarch}${variant}", {"goarm": "7"}),
        ("w_linux_arm", {"GOARM": "6,softfloat"}, "w_${goos}_${goarch}", {"goarm": "6"}),
        ("w_linux_arm-v6", {"GOARM": "6"}, "w_${goos}_${goarch}-${variant}", {"goarm": "6"}),
        ("w_linux_arm", {}, "w_${goos}_${goarch}", {}),
    ],
)
def test_variants_of_arm(name: str, settings: dict[str, str], template: str, line: dict[str, str]) -> None:
    found = matrix(file(name, "linux", "arm", **settings))
    assert found == (template, {}, [{"goos": "linux", "goarch": "arm", **line}])


def test_variants_of_amd64_side_by_side() -> None:
    default, _, lines = matrix(
        file("w_linux_amd64_v1", "linux", "amd64", GOAMD64="v1"),
        file("w_linux_amd64_v3", "linux", "amd64", GOAMD64="v3"),
    )
    assert default == "w_${goos}_${goarch}_${variant}"
    assert lines == [
        {"goos": "linux", "goarch": "amd64", "goamd64": "v1"},
        {"goos": "linux", "goarch": "amd64", "goamd64": "v3"},
    ]


def test_the_lowest_level_of_amd64_is_no_variant() -> None:
    _, _, lines = matrix(file("w_linux_amd64", "linux", "amd64", GOAMD64="v1"))
    assert lines == [{"goos": "linux", "goarch": "amd64"}]


def test_a_universal_file_and_its_slices() -> None:
    default, _, lines = matrix(
        universal("w_darwin_all", "arm64", "amd64"),
        file("w_darwin_arm64", "darwin", "arm64"),
        file("w_linux_arm64", "linux", "arm64"),
    )
    assert default == "w_${goos}_${goarch}"
    assert lines == [
        {"goos": ["darwin", "linux"], "goarch": "arm64"},
        {"goos": "darwin", "goarch": "universal", "slices": ["amd64", "arm64"], "path": "w_${goos}_all"},
    ]


def test_several_commands_with_names_of_their_own() -> None:
    default, builds, lines = matrix(
        file("w-linux-amd64", "linux", "amd64"),
        file("w-linux-arm64", "linux", "arm64"),
        file("tool.amd64", "linux", "amd64", "example.com/w/cmd/tool/v2"),
        file("tool.arm64", "linux", "arm64", "example.com/w/cmd/tool/v2"),
    )
    assert (default, builds) == ("${build}-${goos}-${goarch}", {"tool": "${build}.${goarch}"})
    assert lines == [{"goos": "linux", "goarch": ["amd64", "arm64"]}]


def test_commands_of_one_name_are_told_apart() -> None:
    files = [
        file("a-linux", "linux", "amd64", "example.com/a/w"),
        file("b-linux", "linux", "amd64", "example.com/b/w"),
        file("w-2-linux", "linux", "amd64", "example.com/c/w-2"),
        file("w-linux", "linux", "amd64", "example.com/b/w"),
    ]
    assert [item.build for item in items(files)] == ["w", "w-2", "w-2-2", "w-2-2-b"]
    assert matrix(*files)[2]


@pytest.mark.parametrize(
    "strange",
    [
        ReleaseFile(path="x", kind="file", identity=IDENTITY),
        ReleaseFile(path="x", kind="file", report=BinaryReport(container=Container(format="elf"))),
        ReleaseFile(path="x", kind="file", report=BinaryReport(container=Container(format="archive"))),
        file("x", "templeos", "amd64"),
        file("a\nb", "linux", "amd64"),
        universal("x", "amd64", "vax"),
    ],
)
def test_what_is_no_go_executable_of_a_platform_is_none(strange: ReleaseFile) -> None:
    assert items([strange]) == ()
