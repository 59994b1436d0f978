from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attest.edge.files import DirectoryTree
from attest.errors import UsageError
from attest.go import gomod
from attest.go.context import KNOWN_ARCH, KNOWN_OS, UNIX_OS, BuildContext
from attest.go.package_files import Found
from attest.go.sources import Sources
from attest.model.limits import DEFAULT_LIMITS
from attest.model.module import MainModules, ModuleVersion
from attest.model.source import Platform

if TYPE_CHECKING:
    from tests.unit.go.proxy import Go

#: A platform, and the variable that its variant sets.
VARIANTS = [
    ("linux/amd64", ""), ("linux/amd64/v3", "GOAMD64"), ("darwin/arm64", ""),
    ("linux/arm64/v8.3,lse", "GOARM64"),
    ("linux/arm64/v9.2", "GOARM64"), ("linux/arm64/v9.5", "GOARM64"), ("linux/arm/5", "GOARM"),
    ("linux/arm/6,softfloat", "GOARM"), ("linux/arm", ""), ("android/arm", ""),
    ("linux/386/softfloat", "GO386"),
    ("windows/386", ""), ("linux/mips/softfloat", "GOMIPS"), ("linux/mips64le", ""),
    ("linux/ppc64le/power10", "GOPPC64"),
    ("aix/ppc64", ""), ("linux/riscv64/rva22u64", "GORISCV64"), ("linux/s390x", ""), ("linux/loong64", ""),
    ("js/wasm", ""), ("wasip1/wasm", ""), ("ios/arm64", ""), ("illumos/amd64", ""), ("plan9/386", ""),
]  # fmt: skip


def platform(name: str) -> Platform:
    goos, goarch, *variant = name.split("/")
    return Platform(goos=goos, goarch=goarch, variant="".join(variant))


@pytest.mark.parametrize(("name", "variable"), VARIANTS, ids=[each[0] for each in VARIANTS])
def test_tags_are_those_of_the_toolchain(go: Go, tmp_path: Path, name: str, variable: str) -> None:
    wanted = platform(name)
    form = '{{join context.ToolTags " "}} {{join context.ReleaseTags " "}}'
    variant = {variable: wanted.variant} if variable else {}
    environment = {"GOOS": wanted.goos, "GOARCH": wanted.goarch, "CGO_ENABLED": "0", **variant}
    told = set(go.run(tmp_path, "list", "-f", form, "unsafe", **environment).split())
    found = BuildContext(platform=wanted)
    own = {wanted.goos, wanted.goarch, "gc", "unix", "linux", "darwin", "solaris"}
    assert found._true - own == told


def test_systems_that_are_others_too() -> None:
    def holds(goos: str, tag: str) -> bool:
        return BuildContext(platform=Platform(goos=goos, goarch="amd64")).tag(tag)

    assert holds("android", "linux")
    assert holds("illumos", "solaris")
    assert holds("ios", "darwin")
    assert not holds("linux", "android")
    assert {goos for goos in KNOWN_OS if holds(goos, "unix")} == UNIX_OS
    assert not holds("linux", "boringcrypto")


def test_tags_set_by_hand() -> None:
    linux = platform("linux/amd64")
    context = BuildContext(platform=linux, tags=("netgo", "goexperiment.boringcrypto"), cgo=True, go_minor=28)
    assert all(map(context.tag, ("netgo", "boringcrypto", "cgo", "gc", "go1.28")))
    assert not any(map(context.tag, ("gccgo", "go1.29", "ignore", "")))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("linx/amd64", "Go knows no platform linx/amd64"),
        ("linux/x86_64", "Go knows no platform linux/x86_64"),
        ("linux/amd64/v5", "amd64 has no variant 'v5'"),
        ("linux/arm64/v8.10", "arm64 has no variant 'v8.10'"),
        ("linux/s390x/z15", "s390x has no variant 'z15'"),
        ("linux/386/387", "386 has no variant '387'"),
    ],
)
def test_platforms_that_go_does_not_know(name: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        BuildContext(platform=platform(name))
    assert caught.value.message == message
    assert caught.value.hint


#: The cases of go/build's TestGoodOSArchFile, on linux/amd64.
FILES = [
    ("file.go", True), ("file_linux.go", True), ("file_windows.go", False), ("file_amd64.go", True),
    ("file_arm.go", False), ("file_linux_amd64.go", True), ("file_linux_arm.go", False), ("linux.go", True),
    ("windows.go", True), ("windows_amd64.go", True), ("_windows.go", False), ("file_windows_test.go", False),
    ("file_windows_amd64_test.go", False), ("file_linux_test.go", True), ("file_foo.go", True),
    ("file_linux_foo.go", True), ("file_windows_foo.go", True), ("file_windows_amd64.go", False),
    ("file_windows.x.go", False), ("file.windows.go", True), ("a_b_windows.go", False),
    ("windows_linux.go", True),
    ("file_unix.go", True), ("file_test.go", True), ("test.go", True), ("file_.go", True), ("_test.go", True),
]  # fmt: skip


@pytest.mark.parametrize(("name", "built"), FILES)
def test_file_names(name: str, built: bool) -> None:
    assert BuildContext(platform=platform("linux/amd64")).file_name_holds(name) is built


STD = (
    "os net runtime runtime/cgo syscall os/user internal/cpu crypto/internal/boring math/big math/bits time "
    "internal/runtime/atomic plugin hash/crc32 net/http internal/poll os/exec crypto/x509 sync/atomic mime"
)
PLATFORMS = (
    "linux/amd64",
    "windows/arm64",
    "darwin/arm64",
    "js/wasm",
    "android/arm",
    "illumos/amd64",
    "plan9/386",
)


@pytest.mark.parametrize(
    ("name", "cgo"), [*((each, False) for each in PLATFORMS), ("linux/amd64", True), ("android/arm", True)]
)
def test_the_files_of_the_standard_library(go: Go, tmp_path: Path, name: str, cgo: bool) -> None:
    root = Path(go.run(tmp_path, "env", "GOROOT").strip()) / "src"
    wanted = platform(name)
    environment = {"GOOS": wanted.goos, "GOARCH": wanted.goarch, "CGO_ENABLED": str(int(cgo))}
    form = '-f={"path": {{printf "%q" .ImportPath}}, "files": {{printf "%q" (join .GoFiles " ")}}, '
    form += '"cgo": {{printf "%q" (join .CgoFiles " ")}}, "imports": {{printf "%q" (join .Imports " ")}}}'
    out = go.run(tmp_path, "list", "-e", form, *STD.split(), **environment)
    sources = Sources(
        tree=DirectoryTree.of(root),
        main=MainModules.alone(gomod.parse(b"module std")),
        modules_txt=None,
        modcache=None,
        limits=DEFAULT_LIMITS,
    )
    context = BuildContext(platform=wanted, cgo=cgo)
    seen = 0
    for told in map(json.loads, out.splitlines()):
        path = told["path"]
        found = Found(
            path=path, module=ModuleVersion(path="std", version=""), tree=sources.tree, directory=path
        )
        package = sources.package(found, context)
        files = {each.rpartition("/")[2] for each in package.files} if package else set()
        imports = set(package.imports) if package else set()
        assert files == {*told["files"].split(), *told["cgo"].split()}, path
        # The standard library has its own vendor directory, and fips140 its frozen copies.
        assert imports == {each.removeprefix("vendor/") for each in told["imports"].split()} - {"C"}, path
        seen += len(files)
    assert seen > 100


def test_the_known_lists_are_those_of_the_toolchain(go: Go, tmp_path: Path) -> None:
    told = {each for each in go.run(tmp_path, "tool", "dist", "list").split() if each}
    assert {each.split("/")[0] for each in told} <= KNOWN_OS
    assert {each.split("/")[1] for each in told} <= KNOWN_ARCH
