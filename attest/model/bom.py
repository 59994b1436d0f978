"""A bill of materials before it is written in any format, and how one differs from a binary.

The writers of `attest.sbom` turn one `Bom` into CycloneDX and SPDX, so that both say the same. Elements
follow the CISA 2026 Minimum Elements for an SBOM: what is not known is said, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from attest.model.digest import FileIdentity
    from attest.model.module import ModuleVersion
    from attest.model.source import Platform

#: "release" is a whole release, "file" an executable or one slice of a universal file, "main" the main
#: module as one main package of it, "module" a dependency, "std" Go's standard library.
ComponentKind = Literal["release", "file", "main", "module", "std"]
#: "contains": a release its files, a universal file its slices; "built-from": a file its main module;
#: "links": a file every module in it; "depends-on": imports; "variant-of": the same command elsewhere.
RelationKind = Literal["contains", "built-from", "links", "depends-on", "variant-of"]
Completeness = Literal["complete", "incomplete", "unknown"]
#: Where the facts come from, in the words of the CISA elements ("generation context").
Context = Literal["source", "analyzed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A value, or "" and the reason why it is not known."""

    value: str = ""
    unknown_because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BomComponent:
    """One component. `ref` names it within its `Bom` and is the same in every run.

    `name` is the module path, or the file's name. `package` is the main package of a "main". `sum` is the
    h1 hash of a module: a hash over a list of hashes, never a SHA-256 of bytes. `replaces` is the module
    that go.mod names where another one is compiled, `directory` the local directory that is compiled.
    `parent` is the file in which a slice lies, or the release in which a file lies. `go_version` and
    `settings` are a file's build info. `platforms` says where the component is in, sorted; it is empty
    where that is not known.
    """

    ref: str
    kind: ComponentKind
    name: str
    version: Stated
    purl: str = ""
    package: str = ""
    sum: str = ""
    replaces: ModuleVersion | None = None
    directory: str = ""
    identity: FileIdentity | None = None
    parent: str = ""
    go_version: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    platforms: tuple[Platform, ...] = ()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Bom:
    """A bill of materials of one file, one main package from source, or a release.

    `subject` is the ref of what it describes. `created` is aware (UTC) and passed in, never a clock read
    here. `platform` is None for what has several or none that is known.
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
