"""Package URLs of Go modules.

Source: https://github.com/package-url/purl-spec, type `golang`. The specification's type file says that
case matters while its prose says to fold it; Go's module paths are case-sensitive, so case is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError
from attest.sbom.identity import STD

if TYPE_CHECKING:
    from packageurl import PackageURL

    from attest.model.source import Platform

TYPE: Final = "golang"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoPurl:
    """What a `pkg:golang` URL says: `version` is "" where none, `subpath` the package in the module."""

    path: str
    version: str
    subpath: str = ""


def module_purl(path: str, version: str, *, platform: Platform | None = None, subpath: str = "") -> str:
    """The canonical package URL of a module; `version` "" leaves the version out.

    `platform` belongs on the main component of an artifact alone: a dependency is the same code
    everywhere. `subpath` is the main package within its module, as "cmd/widget".
    """
    from packageurl import PackageURL

    namespace, _, name = path.rpartition("/")
    qualifiers = {"goarch": platform.goarch, "goos": platform.goos} if platform else None
    try:
        return PackageURL(
            type=TYPE,
            namespace=namespace or None,
            name=name,
            version=version or None,
            qualifiers=qualifiers,
            subpath=subpath or None,
        ).to_string()
    except ValueError as error:  # UnicodeError is one
        raise FormatError(
            f"{path[:80]!r} cannot be written as a package URL", hint="see purl-spec"
        ) from error


def std_purl(release: str) -> str:
    """The package URL of the standard library; `release` as "1.27.3"."""
    return module_purl(STD, release)


def parse(text: str) -> PackageURL:
    """Any package URL; `FormatError` where it is none."""
    from packageurl import PackageURL

    try:
        return PackageURL.from_string(text)
    except ValueError as error:
        raise FormatError(f"{text[:80]!r} is no package URL", hint="see purl-spec") from error


def parse_go(text: str) -> GoPurl | None:
    """What a package URL says about a Go module, None where it is of another type.

    Raises `FormatError` where it is no package URL.
    """
    purl = parse(text)
    if purl.type != TYPE:
        return None
    path = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
    return GoPurl(path=path, version=purl.version or "", subpath=purl.subpath or "")


def subpath_of(module: str, package: str) -> str:
    """The main package relative to its module: "" for the root, and for a package elsewhere."""
    return package.removeprefix(f"{module}/") if package.startswith(f"{module}/") else ""
