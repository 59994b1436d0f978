"""What a source tree says about itself, as `attest check` and the policy's module checks judge it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.checkout import TreeVersion
    from attest.model.module import GoSumLine, MainModules, ModulesTxt, ModuleVersion
    from attest.model.place import Place
    from attest.model.reconciliation import Reconciliation

SumStatus = Literal["match", "mismatch", "absent"]
#: What an SBOM of a source tree tells of: each holds those before it. "linked": what can be linked; "build":
#: tools and what generates; "test": what tests import; "all": the whole module graph.
Scope = Literal["linked", "build", "test", "all"]
SumdbStatus = Literal["proven", "contradicted", "refused", "unproven", "excluded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A GOOS/GOARCH pair with its variant ("7" for GOARM=7, "v3" for GOAMD64=v3, or "")."""

    goos: str
    goarch: str
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.goos, self.goarch, self.variant) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFault:
    """Something wrong in the source tree: one sentence, where it stands and how to mend it."""

    message: str
    place: Place
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoSum:
    """A parsed go.sum: its lines in file order, and what is wrong with it as a document."""

    file: str
    lines: tuple[GoSumLine, ...]
    faults: tuple[SourceFault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SumProof:
    """One go.sum line compared with the bytes in the module cache.

    `computed` is the h1 hash of those bytes, "" where they are absent (`status` "absent"): that is
    missing evidence, never a pass. Bytes that are there but are no module zip are a "mismatch", and
    `reason` says what is wrong with them. `needed` tells whether what is built needs the line: lines that
    are not needed are listed only where their bytes are there. For a "mismatch", `odd` says which of the four
    witnesses (line, zip, .ziphash, extracted directory) stands alone or which URL
    served the bytes, "" where there is nothing to tell.
    `cache_faults` are witnesses in the module cache that contradict line and zip where these two agree.
    `remembered` tells that no content was hashed: the hashes are those that an earlier run computed.
    `zip_sha256` is the SHA-256 of the bytes of a zip that matches, where it was asked for, else "".
    """

    module: ModuleVersion
    kind: Literal["zip", "go.mod"]
    recorded: str
    computed: str
    status: SumStatus
    place: Place
    needed: bool = True
    reason: str = ""
    odd: str = ""
    cache_faults: tuple[SourceFault, ...] = ()
    remembered: bool = False
    zip_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SumdbLine:
    """One go.sum line held against the transparency log of the checksum database.

    "proven": a signed tree contains a record with this very line. "contradicted": the record in that tree
    says something else about the module, or nothing. "refused": an answer is there and is not what the log
    holds. "unproven": there is no answer, or not all that its proof needs. "excluded": the user's settings
    keep the module from the database. `reason` says why for all but proven lines, as the end of a sentence.
    """

    module: ModuleVersion
    kind: Literal["zip", "go.mod"]
    status: SumdbStatus
    place: Place
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SumdbProof:
    """That record `number`, whose text is `text`, is in the tree whose head the signed note `note` states.

    `hashes` lead from the record to the root, its sibling first. Nothing of it is proven by being here.
    """

    number: int
    text: str
    hashes: tuple[bytes, ...]
    note: bytes
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class SumdbHead:
    """A signed tree head to remember: the number of its records, and the note."""

    size: int
    note: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SumdbReport:
    """What the checksum database called `database` ("" where it is off) proves of go.sum.

    `faults` are those of the database itself: two signed trees that cannot both be true, a tree head that
    does not verify. `required` tells whether every line that is not excluded must be proven. `proofs` are
    those of the proven lines, where they were wanted. `head` is the newest verified tree head where every one
    that was remembered is proven to be a beginning of it, else None.
    """

    database: str
    required: bool
    lines: tuple[SumdbLine, ...]
    faults: tuple[SourceFault, ...] = ()
    proofs: tuple[SumdbProof, ...] = ()
    head: SumdbHead | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleNotice:
    """What the go.mod of version `said_by`, the latest one that is known, says about a module of the build.

    `reason` is the text of a deprecation. Nobody vouches that there is no later version.
    """

    module: ModuleVersion
    kind: Literal["retracted", "deprecated"]
    said_by: str
    reason: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class UnprovenModule:
    """A vendored module whose files are not proven, and why.

    `hint` says what helps; it is "" where that is to get the module.
    """

    module: ModuleVersion
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """Everything known about one source tree.

    `sum_faults` are faults of go.sum as a document (malformed, conflicting, missing lines), `proofs`
    its lines compared with the cache, `vendor_faults` the go command's consistency rules and vendored
    files that differ from their module. `vendored` tells whether there is a vendor/ directory at all.
    `import_faults` are imports that no module provides and source files that cannot be read as Go.
    `contents_unproven` are the vendored modules whose files could not be compared with a proven module zip,
    missing evidence, never a pass. `sumdb` is None where the checksum database was not
    asked. `vendor_untidy` are vendored files that are missing or superfluous and that no build reads.
    `work_unused` says why a go.work that is there is not what is judged. `graph_unproven` says why the module
    graph that decides the versions could not be read, or which member of the workspace is not there; None
    where the graph was read or go.mod tells the versions: missing evidence too.
    `sum_untidy` are lines of go.sum that nobody needs, `superfluous_unknown` says why those for versions that
    nothing requires are not told, "" where they are. `unshipped` are modules that only programs for platforms
    which are not shipped hold, None where nobody asked. `versions` are those of the main modules by path, as
    the repository tells them; empty where nobody asked. `reconciled` is, by the SHA-256 of an executable,
    what the tree says of each image of it, None where none was held against the tree.
    """

    label: str
    main: MainModules
    modules_txt: ModulesTxt | None
    vendored: bool
    sum_faults: tuple[SourceFault, ...]
    proofs: tuple[SumProof, ...]
    vendor_faults: tuple[SourceFault, ...]
    import_faults: tuple[SourceFault, ...] = ()
    contents_unproven: tuple[UnprovenModule, ...] = ()
    sumdb: SumdbReport | None = None
    vendor_untidy: tuple[SourceFault, ...] = ()
    work_unused: SourceFault | None = None
    notices: tuple[ModuleNotice, ...] = ()
    graph_unproven: SourceFault | None = None
    sum_untidy: tuple[SourceFault, ...] = ()
    superfluous_unknown: str = ""
    unshipped: tuple[SourceFault, ...] | None = None
    versions: tuple[tuple[str, TreeVersion], ...] = ()
    reconciled: Mapping[str, tuple[Reconciliation, ...]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedModule:
    """A module that gives packages to a main package on a platform.

    `requires` are the modules that its packages import, by path, sorted: real imports, not go.mod lines.
    `replacement` is what is compiled in its place; `sum` is the h1 of what is compiled, "" where unknown.
    """

    module: ModuleVersion
    replacement: ModuleVersion | None
    sum: str
    packages: tuple[str, ...]
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededSet:
    """What some packages need that are not linked into a program: tools, or packages with their tests.

    `requires` are the modules that the main module asks for directly, by path, sorted: those of the tools,
    those that its own packages among them import. `modules` are all that give packages, the main module left
    out. `unresolved` says of what it is not known what it needs, sorted.
    """

    requires: tuple[str, ...]
    modules: tuple[LinkedModule, ...]
    unresolved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredModule:
    """A module of the module graph, whether or not anything of it is used.

    `required_by` are the modules whose go.mod asks for it, by path, sorted; `replacement` and `sum` are as in
    `LinkedModule`.
    """

    module: ModuleVersion
    replacement: ModuleVersion | None
    sum: str
    required_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedSet:
    """What a main module needs on a platform beside what is linked into its programs.

    What was not asked for is None.
    """

    platform: Platform
    main_module: ModuleVersion
    tools: NeededSet | None = None
    tests: NeededSet | None = None
    graph: tuple[RequiredModule, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedSet:
    """What can be linked into one main package on one platform.

    `packages` are the main module's own packages, the main package among them, sorted. `std` holds the
    standard library packages that the linked packages import themselves, sorted; not what these import in
    turn. `tags` are the build tags that were set by hand, sorted.
    """

    platform: Platform
    cgo: bool
    main_package: str
    main_module: ModuleVersion
    main_requires: tuple[str, ...]
    modules: tuple[LinkedModule, ...]
    std: tuple[str, ...]
    packages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
