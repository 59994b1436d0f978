"""Which module, in which version, a line of build info or of a linked set really stands for.

Sources: runtime/debug/mod.go (build info), cmd/go/internal/load/pkg.go (setBuildInfo: "(devel)"),
cmd/go/internal/modload (replacement by a directory has no version), runtime/extern.go (version text).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, NothingToVerifyError
from attest.model.checkout import VersionClaim
from attest.model.module import ModuleVersion
from attest.model.stated import Stated
from attest.sbom.main_version import linker_claim

if TYPE_CHECKING:
    from attest.model.binary import BinaryReport, Module
    from attest.model.source import LinkedModule, RequiredModule

#: The module path under which the standard library stands, as in the go command and its checksums.
STD: Final = "std"
#: The name of the Go toolchain in Go's vulnerability database, as STD is that of the standard library.
TOOLCHAIN: Final = "toolchain"
#: What the go command writes where a module has no version.
DEVEL: Final = "(devel)"

#: The domain of the project that makes the toolchain and the standard library.
_GO_PROJECT: Final = "golang.org"
#: Hosts on which the second element of a path is the owner (cmd/go/internal/vcs, and hosts like these).
_CODE_HOSTS: Final = frozenset({"bitbucket.org", "codeberg.org", "git.sr.ht", "github.com", "gitlab.com"})

# The characters that references and package URLs give a meaning, and those that no line of build info
# can hold: a path with one of them is no module path (xmod/module.CheckPath allows far fewer).
_BAD_PATH = re.compile(r"[\s\x00-\x1f\x7f\ud800-\udfff<>=@#?%\\]")
_BAD_VERSION = re.compile(r"[\s\x00-\x1f\x7f\ud800-\udfff<>=#?]")
_GO_RELEASE = re.compile(r"(?:^|\s)go(?P<release>[0-9]+(?:\.[0-9]+)*[0-9A-Za-z._+-]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The module whose code is compiled, and what it stands in for.

    A local directory has no identity of its own that anyone else knows: `path` is then the path that it
    replaces, `directory` where it lies, and the version is unknown.
    """

    path: str
    version: Stated
    sum: str = ""
    replaces: ModuleVersion | None = None
    directory: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """(path, version), the version "" where unknown."""
        return self.path, self.version.value


def compiled(module: Module) -> Compiled:
    """What a `mod` or `dep` line of build info stands for; `FormatError` where it can be no module."""
    replacement = module.replace
    return _compiled(
        ModuleVersion(path=module.path, version=module.version),
        ModuleVersion(path=replacement.path, version=replacement.version) if replacement else None,
        module.compiled.sum,
        "build info gives it no version: it was built from a working directory, not from a published module",
    )


def compiled_from_source(module: LinkedModule | RequiredModule) -> Compiled:
    """What a module of the source stands for; `FormatError` where it can be no module."""
    return _compiled(
        module.module,
        module.replacement,
        module.sum,
        "a module of the workspace has no version in the source",
    )


def main_module(module: Module) -> Compiled:
    """What the `mod` line of build info stands for; `FormatError` where it can be no module."""
    return _compiled(
        ModuleVersion(path=module.path, version=module.version),
        None,
        module.sum,
        "build info gives the main module no version: it was built without version control data",
    )


def main_claims(report: BinaryReport) -> tuple[VersionClaim, ...]:
    """What an image says about the version of its main module: build info, then -X."""
    main = report.build_info.main if report.build_info else None
    if main is None:
        return ()
    version = main_module(main).version.value
    values = report.fact("go.ldflags_values")
    linker = linker_claim(main.path, values if isinstance(values, tuple) else ())
    built = VersionClaim(source="build-info", version=version) if version else None
    return tuple(each for each in (built, linker) if each)


def main_of(report: BinaryReport) -> Compiled | None:
    """The main module of an image, with the first version that it states; None where it names none.

    `FormatError` where that can be no module.
    """
    main = report.build_info.main if report.build_info else None
    if main is None:
        return None
    found = main_module(main)
    claims = main_claims(report)
    return replace(found, version=Stated(value=claims[0].version)) if claims else found


def _compiled(module: ModuleVersion, replacement: ModuleVersion | None, h1: str, no_version: str) -> Compiled:
    check_path(module.path)
    version = _stated(module.version, no_version)
    if replacement is not None and replacement.version in {"", DEVEL}:
        reason = "a local directory is compiled in its place, and a directory has no version"
        return Compiled(
            path=module.path, version=Stated(unknown_because=reason), directory=clean(replacement.path)
        )
    if replacement is not None:
        check_path(replacement.path)
        return Compiled(
            path=replacement.path, version=_stated(replacement.version, no_version), sum=h1, replaces=module
        )
    return Compiled(path=module.path, version=version, sum=h1)


def _stated(version: str, reason: str) -> Stated:
    if version in {"", DEVEL}:
        return Stated(unknown_because=reason)
    if _BAD_VERSION.search(version):
        raise FormatError(
            f"{version[:80]!r} is no module version", hint="the build info may have been tampered with"
        )
    return Stated(value=version)


def check_path(path: str) -> None:
    """Raise `FormatError` where `path` can be no module path, so that it cannot pose as anything else."""
    if not path or path != path.strip("/") or "//" in path or _BAD_PATH.search(path):
        raise FormatError(
            f"{path[:80]!r} is no module path", hint="the build info may have been tampered with"
        )


def producer(path: str) -> Stated:
    """Who publishes a module, as far as its path tells: the owner's page, or the domain that leads to it.

    Go has no registry that knows publishers: whoever controls the place that a path names publishes there.
    """
    parts = path.split("/")
    if path == STD:
        return Stated(value=_GO_PROJECT)
    if "." not in parts[0]:
        return Stated(unknown_because="the module path names no place on the network")
    return Stated(value="/".join(parts[:2]) if parts[0] in _CODE_HOSTS else parts[0])


def clean(text: str) -> str:
    """`text` without what UTF-8 cannot hold (undecodable bytes of file names and linker flags)."""
    return text.encode("utf-8", "replace").decode("utf-8")


def go_release(go_version: str) -> Stated:
    """The standard library's version: Go's version text without "go", experiments and vendors' remarks.

    "go1.27.3" and "go1.27.3 X:nojsonv2" and "go1.27.3-X:nojsonv2" are 1.27.3, "devel go1.28-abc Tue" is
    1.28-abc.
    """
    found = _GO_RELEASE.search(go_version)
    if not found:
        return Stated(unknown_because="the version of Go is not recorded")
    return Stated(value=found["release"].partition("-X")[0])


def expected_components(report: BinaryReport) -> frozenset[tuple[str, str]]:
    """What a true SBOM of that binary names: main module, each dependency as compiled, and "std".

    (module path, version) with version "" where the binary does not know it. For a universal file the
    union over its slices. Raises `NothingToVerifyError` where the file or a slice has no build info:
    an empty expectation would be met by an empty SBOM. `FormatError` where build info names no module.
    """
    expected: set[tuple[str, str]] = set()
    for image in report.images:
        info = image.build_info
        if info is None:
            raise NothingToVerifyError(
                "the executable carries no build info, so nothing is known about its modules",
                hint="build it with the go command, from a module",
            )
        main = main_of(image)
        if main is not None:
            expected.add(main.key)
        expected.update(compiled(each).key for each in info.deps)
        expected.add((STD, go_release(info.go_version or image.go_version).value))
    return frozenset(expected)
