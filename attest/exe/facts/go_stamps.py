"""The stamps of a version in a program, held against each other, and its headers against its build info.

Sources: cmd/go/internal/load (setBuildInfo), cmd/go/internal/vcs, golang.org/x/mod/module/pseudo.go,
cmd/link/internal/ld (what a -buildmode writes).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.exe.facts.go_settings import minor_of, set_values
from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.image import Image
    from attest.exe.known import Known
    from attest.model.binary import BuildInfo, Container

_SOURCE: Final = "build info"
_DEVEL: Final = "(devel)"
_DIRTY: Final = ("+dirty", ".dirty")
# Patterns are compiled where they are used: most programs need none, and the short text should not wait.
#: The time and the revision that end the version of a commit without a tag.
_PSEUDO: Final = r"(?s)v[0-9]+\.[0-9]+\.[0-9]+-(?:.*\.)?([0-9]{14})-([0-9a-f]{12})(?:\+.*)?"
#: Revisions of these are hashes, and so stand in versions as they are.
_HASHED: Final = ("git", "hg")
_COMMIT_NAME: Final = r"(?i)(git_?)?(commit|revision|rev|sha)_?(hash|id|sha)?"
_COMMIT: Final = r"[0-9a-f]{7,64}"
_STAMPS_VERSIONS: Final = 24
_PROGRAMS: Final = ("exe", "pie")
_SHARED: Final = ("c-shared", "shared", "plugin")
_ALIKE: Final = ({"solaris", "illumos"}, {"linux", "android"}, {"darwin", "ios"})


def stamps(_image: Image, known: Known) -> Iterator[Fact]:
    """Where the stamps contradict each other, and why there is no version."""
    info = known.info
    if info is None:
        return
    revision = info.setting("vcs.revision")
    version = info.main.version if info.main else ""
    if revision is not None or version.endswith(_DIRTY):
        yield Fact(name="go.stamp_conflicts", value=tuple(_conflicts(info, version)), source=_SOURCE)
    if version in ("", _DEVEL):
        yield Fact(name="go.devel_reason", value=_reason(info), source=_SOURCE)


def _conflicts(info: BuildInfo, version: str) -> Iterator[str]:
    modified, revision = info.setting("vcs.modified"), info.setting("vcs.revision") or ""
    dirty = version.endswith(_DIRTY)
    if dirty and modified != "true":
        yield f"the version {version} says that the source was changed, and vcs.modified does not"
    if modified == "true" and version not in ("", _DEVEL) and not dirty:
        yield f"the version {version} says that the source was not changed, and vcs.modified=true"
    pseudo = re.fullmatch(_PSEUDO, version) if "-" in version else None
    if pseudo is not None and revision and info.setting("vcs") in (None, *_HASHED):
        if not revision.startswith(pseudo[2]):
            yield f"the version {version} names another commit than vcs.revision={revision}"
        time = info.setting("vcs.time") or ""
        if time and "".join(filter(str.isdigit, time))[:14] != pseudo[1]:
            yield f"the version {version} names another time than vcs.time={time}"
    for told in set_values(info.setting("-ldflags") or ""):
        name, _, value = told.partition("=")
        if (
            revision
            and re.fullmatch(_COMMIT_NAME, name.rpartition(".")[2])
            and re.fullmatch(_COMMIT, value)
            and _own(info, name.rpartition(".")[0])
            and not revision.startswith(value)
        ):
            yield f"the linker was told {told}, and vcs.revision={revision}"


def _own(info: BuildInfo, package: str) -> bool:
    """Whether a package is of the main module, as the linker's -X names it."""
    module = info.main.path if info.main else ""
    return package == "main" or (bool(module) and f"{package}/".startswith(f"{module}/"))


def _reason(info: BuildInfo) -> str:
    minor = minor_of(info.go_version)
    if info.main is None:
        return "no main module: built from named files, or outside of a module"
    if info.setting("vcs.revision") is None:
        return "no version control data: -buildvcs=false, no repository, or no command that reads it"
    if minor is not None and minor < _STAMPS_VERSIONS:
        return "Go before 1.24 writes no version of the main module"
    return "no version could be told from the repository: its root is no module, perhaps"


def headers(image: Image, known: Known) -> Iterator[Fact]:
    """Where the file's headers contradict its build info."""
    if known.info is None or known.info.setting("GOOS") is None:
        return
    found = tuple(_against(image.container, known.info))
    yield Fact(name="go.header_conflicts", value=found, source="file headers, and the build info")


def _against(container: Container, info: BuildInfo) -> Iterator[str]:
    goos, goarch = info.setting("GOOS"), info.setting("GOARCH")
    same = {goos, container.os}
    if container.os is not None and len(same) > 1 and not any(same <= alike for alike in _ALIKE):
        yield f"the build info says GOOS={goos}, the headers {container.os}"
    if goarch is not None and container.arch not in (None, goarch):
        yield f"the build info says GOARCH={goarch}, the headers {container.arch}"
    mode = info.setting("-buildmode") or ""
    if container.format in ("elf", "macho", "pe") and container.kind:
        expected = "executable" if mode in _PROGRAMS else "shared" if mode in _SHARED else container.kind
        if container.kind != expected:
            yield f"the build info says -buildmode={mode}, the headers {container.kind}"
