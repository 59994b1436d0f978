"""A bill of materials before it is written in any format, and how one differs from a binary.

The writers of `attest.sbom` turn one `Bom` into CycloneDX and SPDX, so that both say the same. Elements
follow the CISA 2026 Minimum Elements for an SBOM: what is not known is said, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from attest.model.stated import Stated

if TYPE_CHECKING:
    from datetime import datetime

    from attest.model.checkout import VersionClaim
    from attest.model.digest import FileIdentity
    from attest.model.license import Licenses
    from attest.model.module import ModuleVersion
    from attest.model.source import Platform

#: "release" is a whole release, "file" an executable or one slice of a universal file, "main" the main
#: module as one main package of it, "module" a dependency, "std" Go's standard library, "toolchain" the Go
#: toolchain that compiled, "package" a Go package of a module, "library" a library of another language
#: that the file asks its loader for, "tree" the vendor directory.
ComponentKind = Literal["release", "file", "main", "module", "std", "toolchain", "package", "library", "tree"]
#: "contains": a release its files, a universal file its slices, a module its packages; "built-from": a file
#: its main module; "links": a file every module in it; "loads": a file a library, when it starts;
#: "depends-on": imports; "tested-with": only tests import it; "built-with": a toolchain, a `tool` of go.mod
#: or what generates; "requires": a go.mod asks for it, and nothing of it is used; "variant-of": the same
#: command elsewhere.
RelationKind = Literal[
    "contains",
    "built-from",
    "links",
    "loads",
    "depends-on",
    "tested-with",
    "built-with",
    "requires",
    "variant-of",
]
VexFormat = Literal["openvex", "cyclonedx"]
Completeness = Literal["complete", "incomplete", "unknown"]
#: Where the facts come from, in the words of the CISA elements ("generation context").
Context = Literal["source", "analyzed"]
#: What a statement about a component rests on. "binary": build info, headers and function table of the file;
#: "go.mod": a requirement in the module graph; "go.sum": its line holds the hash; "source": imports of the
#: source tree; "vendor": it lies in vendor/; "module-zip": the module's zip in the module cache was read.
Evidence = Literal["binary", "go.mod", "go.sum", "module-zip", "source", "vendor"]


#: Where nobody said who supplies a component.
NO_SUPPLIER: Final = Stated(unknown_because="no supplier was given when the document was made")


@dataclass(frozen=True, slots=True, kw_only=True)
class BomComponent:
    """One component. `ref` names it within its `Bom` and is the same in every run.

    `name` is the module path, the import path of a package, or the file's name. `package` is the main package
    of a "main". `sum` is the h1 hash of a module or of the vendor tree: a hash over a list of hashes, never a
    SHA-256 of bytes. `zip_sha256` is that of the bytes of the module's zip (hexadecimal), "" where none was
    read. `replaces` is the module that go.mod names where another one is compiled, `directory` the local
    directory that is compiled. `origin` is where its source comes from, as SPDX writes download locations
    ("git+https://host/repository@commit"), "" where that is not recorded. `parent` is the file in which a
    slice lies, the release in which a file lies or the module that a package is of. `go_version` and
    `settings` are a file's build info, `code_size` the bytes of a package's machine code, None where that is
    not known or not the same on all platforms. `platforms` says where the component is in, sorted; it is
    empty where that is not known. `evidence` is sorted. `version_claims` are what states the version of a
    "main", each with its source, in the order of `attest.sbom.main_version`; they may contradict each other.
    """

    ref: str
    kind: ComponentKind
    name: str
    version: Stated
    purl: str = ""
    package: str = ""
    supplier: Stated = NO_SUPPLIER
    licenses: Licenses | None = None
    sum: str = ""
    zip_sha256: str = ""
    replaces: ModuleVersion | None = None
    directory: str = ""
    origin: str = ""
    identity: FileIdentity | None = None
    parent: str = ""
    go_version: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    code_size: int | None = None
    platforms: tuple[Platform, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    version_claims: tuple[VersionClaim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentFiles:
    """What the files of a component say of it; each field as in `BomComponent`."""

    licenses: Licenses | None = None
    origin: str = ""
    zip_sha256: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BomRelation:
    """`source` stands in the relation `kind` to `target` (both refs), on these platforms."""

    source: str
    kind: RelationKind
    target: str
    platforms: tuple[Platform, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyList:
    """How much is known of what `ref` depends on, and why not all."""

    ref: str
    state: Completeness
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class VexReference:
    """A document that says which vulnerabilities matter here (VEX), referred to and never copied.

    `url` is where it lies: an absolute URL, or one relative to the SBOM. `sha256` is of its bytes
    (hexadecimal), `id` what it calls itself, "" where it has no name.
    """

    url: str
    sha256: str
    format: VexFormat
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bom:
    """A bill of materials of one file, one main package from source, or a release.

    `subject` is the ref of what it describes. `created` is aware (UTC) and passed in, never a clock read
    here. `platform` is None for what has several or none that is known. `author_contact` and
    `supplier_contact` are e-mail addresses or URLs, "" where none was given; the second is that of every
    component whose supplier is `supplier`. `vex` is sorted.
    """

    subject: str
    contexts: tuple[Context, ...]
    platform: Platform | None
    components: tuple[BomComponent, ...]
    relations: tuple[BomRelation, ...]
    dependency_lists: tuple[DependencyList, ...]
    created: datetime
    author: Stated
    supplier: Stated
    tool_version: str
    tool_name: str = "attest"
    author_contact: str = ""
    supplier_contact: str = ""
    vex: tuple[VexReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SbomRun:
    """What is the same in every document of a run. `created` is aware; the caller honours SOURCE_DATE_EPOCH.

    `author` made the documents, `supplier` ships what they describe, each with an e-mail address or a URL as
    its contact; `license` is the expression under which the files are shipped, stated by the supplier. "" is
    told as unknown. `allow_empty` lets an executable that names no module have a document. `packages` asks
    for the Go packages: of an executable those that are really linked, where its function table was read, of
    a source tree those that can be. `vex` are the documents that all of them refer to.
    """

    created: datetime
    tool_version: str
    author: str = ""
    supplier: str = ""
    author_contact: str = ""
    supplier_contact: str = ""
    license: str = ""
    allow_empty: bool = False
    packages: bool = False
    vex: tuple[VexReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherVersion:
    """A module that both sides name, each in another version ("" where it is not known)."""

    path: str
    in_sbom: str
    in_binary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SbomDifference:
    """How an SBOM and a binary differ; lists are sorted."""

    only_in_sbom: tuple[tuple[str, str], ...]
    only_in_binary: tuple[tuple[str, str], ...]
    other_version: tuple[OtherVersion, ...]

    @property
    def same(self) -> bool:
        """True where both name exactly the same modules in the same versions."""
        return not (self.only_in_sbom or self.only_in_binary or self.other_version)
