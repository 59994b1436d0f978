"""Releases in miniature: what the readers of executables and of source trees would have found."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attest.model.binary import BinaryReport, BinarySlice, BuildInfo, Container, InspectedFile, Module
from attest.model.bom import SbomRun
from attest.model.digest import Digests, FileIdentity
from attest.model.fact import Fact
from attest.model.module import ModuleVersion
from attest.model.source import LinkedModule, LinkedSet, Platform

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WHEN = datetime(2026, 3, 4, 5, 6, 7, 890, tzinfo=UTC)
VERSION = "0.1.0"
RUN = SbomRun(created=WHEN, tool_version=VERSION)
WIDGET = "example.com/widget"
LINUX = Platform(goos="linux", goarch="amd64")
H1 = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def identity(content: bytes) -> FileIdentity:
    digests = Digests(sha256=hashlib.sha256(content).hexdigest(), sha512=hashlib.sha512(content).hexdigest())
    return FileIdentity(digests=digests, size=len(content))


def dep(path: str, version: str = "v1.0.0", *, h1: str = H1, replace: Module | None = None) -> Module:
    return Module(path=path, version=version, sum=h1, replace=replace)


LOG = dep("example.com/log", "v1.2.3")
#: A fork under another path is compiled in place of what go.mod requires.
FORK = dep("example.com/text", "v0.4.0", h1="", replace=dep("example.com/Forks/text", "v0.4.1+incompatible"))
#: A directory is compiled in place of what go.mod requires.
LOCAL = dep("example.com/local", "v0.9.0", h1="", replace=Module(path="./internal/local", version="(devel)"))
MAIN = Module(path=WIDGET, version="v1.0.0")
DEPS = (LOG, FORK, LOCAL)


def info(
    deps: Iterable[Module] = DEPS,
    *,
    main: Module | None = MAIN,
    path: str = f"{WIDGET}/cmd/widget",
    platform: Platform = LINUX,
    cgo: str = "0",
    go_version: str = "go1.27.3",
) -> BuildInfo:
    variant = {"arm": ("GOARM", "7"), "amd64": ("GOAMD64", "v1")}.get(platform.goarch)
    settings = [
        ("-buildmode", "exe"),
        ("-trimpath", "true"),
        ("CGO_ENABLED", cgo),
        ("GOARCH", platform.goarch),
        ("GOOS", platform.goos),
        *([variant] if variant else []),
        ("vcs.revision", "0123456789abcdef0123456789abcdef01234567"),
    ]
    return BuildInfo(go_version=go_version, path=path, main=main, deps=tuple(deps), settings=tuple(settings))


def report(build_info: BuildInfo | None, platform: Platform = LINUX, *, go_version: str = "") -> BinaryReport:
    return BinaryReport(
        container=Container(format="elf", os=platform.goos, arch=platform.goarch),
        toolchain="go",
        go_version=go_version or (build_info.go_version if build_info else ""),
        build_info=build_info,
    )


def executable(
    build_info: BuildInfo | None, name: str = "widget", platform: Platform = LINUX, *, go_version: str = ""
) -> InspectedFile:
    found = report(build_info, platform, go_version=go_version)
    return InspectedFile(path=f"dist/{name}", identity=identity(name.encode()), report=found)


def universal(infos: Sequence[BuildInfo | None], name: str = "widget-universal") -> InspectedFile:
    slices = tuple(
        BinarySlice(
            offset=0x4000 * (index + 1),
            identity=identity(f"{name}{index}".encode()),
            report=report(each, Platform(goos="darwin", goarch=("amd64", "arm64")[index % 2])),
        )
        for index, each in enumerate(infos)
    )
    found = BinaryReport(container=Container(format="macho-fat", os="darwin"), toolchain="go", slices=slices)
    return InspectedFile(path=f"dist/{name}", identity=identity(name.encode()), report=found)


def archive(name: str = "widget.zip") -> InspectedFile:
    """An archive by itself, with a file beside the executables."""
    found = BinaryReport(
        container=Container(format="archive"), facts=(Fact(name="archive.files", value=3, source="headers"),)
    )
    return InspectedFile(path=f"dist/{name}", identity=identity(name.encode()), report=found)


def linked(
    platform: Platform = LINUX,
    *,
    main_package: str = f"{WIDGET}/cmd/widget",
    version: str = "",
    cgo: bool = False,
) -> LinkedSet:
    """The source's side of DEPS: main imports the log and the fork, the log imports the local module."""

    def module(
        path: str, at: str, requires: tuple[str, ...] = (), to: ModuleVersion | None = None
    ) -> LinkedModule:
        return LinkedModule(
            module=ModuleVersion(path=path, version=at),
            replacement=to,
            sum="" if to and not to.version else H1,
            packages=(path,),
            requires=requires,
        )

    return LinkedSet(
        platform=platform,
        cgo=cgo,
        main_package=main_package,
        main_module=ModuleVersion(path=WIDGET, version=version),
        main_requires=(LOG.path, FORK.path),
        modules=(
            module(LOCAL.path, LOCAL.version, to=ModuleVersion(path="./internal/local", version="")),
            module(LOG.path, LOG.version, (LOCAL.path,)),
            module(
                FORK.path,
                FORK.version,
                to=ModuleVersion(path="example.com/Forks/text", version="v0.4.1+incompatible"),
            ),
        ),
        std=("fmt", "os", "runtime"),
    )
