"""Everything that can be known about a source tree without the go command, and offline unless asked."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from attest.app.graph import (
    GraphVerdict,
    as_fault,
    judge_graph,
    judge_roots,
    unseen_replacement,
    versions_in_use,
)
from attest.app.linked import read_source_files
from attest.app.main_version import TreeVersions
from attest.app.notices import module_notices
from attest.app.sumdb import judge_sumdb
from attest.app.unshipped import unshipped_modules
from attest.app.vendored import VendorEvidence, collect_manifests, judge_vendor
from attest.app.workers import HashMemory, Job, prove_all
from attest.errors import AttestError, FormatError, ReadError
from attest.go import gosum, sums
from attest.go.context import PORTS
from attest.go.manifest import parse, write
from attest.go.manifest import prove as prove_from_manifest
from attest.go.packages import find_main_packages, find_packages, modules_of
from attest.go.vendor_tree import VENDOR, read_vendor
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place
from attest.model.source import SourceFault, SourceReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from attest.app.linked import SourceFiles
    from attest.app.sumdb import SumdbEvidence
    from attest.go.manifest import ModuleManifest
    from attest.go.proxy import ModuleProxy
    from attest.go.sources import Sources
    from attest.go.sums import NeededModule, ProvenLine
    from attest.go.vendor_tree import HashedTree
    from attest.model.checkout import Repository, TreeVersion
    from attest.model.limits import Limits
    from attest.model.module import GoSumLine, ModuleVersion
    from attest.model.ports import Cache, Tree
    from attest.model.source import LinkedModule, Platform


Manifests: TypeAlias = "Mapping[ModuleVersion, ModuleManifest]"
"""What is known of each module from a manifest."""


def read_manifest(data: bytes, file: str, *, limits: Limits = DEFAULT_LIMITS) -> Manifests:
    """The modules of a text that `manifest_of` gave; raises as `attest.go.manifest.parse`."""
    return parse(data, file, limits=limits)


def every_platform() -> tuple[Platform, ...]:
    """Every platform that Go builds for."""
    return PORTS


def check_source(  # noqa: PLR0913 - each is a kind of evidence that may be missing
    tree: Tree,
    *,
    modcache: Tree | None,
    platforms: tuple[Platform, ...],
    sumdb: SumdbEvidence | None = None,
    manifests: Manifests | None = None,
    online: ModuleProxy | None = None,
    workspace: bool = True,
    cache: Cache | None = None,
    all_shipped: bool = False,
    trust_cache: bool = False,
    digests: bool = False,
    repository: Repository | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> SourceReport:
    """Judge go.mod, go.sum and vendor/ of a source tree, with the module cache as evidence.

    Where go.work lies at the root, that is the workspace with all its modules, unless `workspace` is False,
    as where GOWORK is off; see `attest.app.main_modules.find_main_modules`.

    `modcache` is a tree of GOMODCACHE, None where there is none: then nothing of go.sum is proven but what
    `manifests` prove. They are asked only for what is not in the module cache.
    `platforms` say what is built, which decides the modules that must be proven where there is no vendor/.
    With `all_shipped` they are all that is shipped, and modules of other platforms alone are told.
    What is built and not in the cache is asked of `online`, proven, and kept nowhere; None asks nobody.
    `cache` remembers what source files import, and the hashes of modules; these count only where
    `trust_cache`, and the report says of each that it does.
    `digests` asks for the SHA-256 of each module zip that is proven. `repository` is that which the tree lies
    in, None where nobody wants to know which version it is.
    `sumdb` is what is known of the checksum database, None where it is not asked.
    Raises `attest.errors.ReadError` where there is no go.mod or a file cannot be read, `FormatError` for a
    go.mod, go.work or modules.txt that breaks its format, `LimitError` beyond `limits`.
    """
    files = read_source_files(tree, limits, workspace=workspace)
    sources = files.sources(tree, modcache, limits, cache)
    told = manifests or {}
    memory = None if cache is None else HashMemory(cache=cache, trusted=trust_cache)
    known: list[_Known] = []

    def read() -> None:
        known.append(_read(files, sources, platforms))

    if files.builds_from_vendor:
        # What must be proven stands in modules.txt: nobody waits for the source to be read.
        needed = _needed_of_vendor(files)
        proven = _prove(files, modcache, told, needed, online, limits, memory, read, digests=digests)
    else:
        read()
        proven = _prove(files, modcache, told, known[0].needed, online, limits, memory, digests=digests)
    (found,) = known
    evidence = VendorEvidence(proven=proven, modcache=modcache, manifests=told, online=online)
    judged = judge_vendor(files, sources, evidence, limits, scanned=found.scanned)
    # What vendor/ lacks is told once, where it is imported.
    told_at = {each.place for each in judged.faults}
    import_faults = tuple(each for each in found.import_faults if each.place not in told_at)
    incomplete = files.found.incomplete
    left_out = (files.found.left_out,) if files.found.left_out else ()
    report = SourceReport(
        label=tree.label,
        main=files.main,
        modules_txt=files.modules_txt,
        vendored=files.vendored,
        sum_faults=(
            *files.go_sum.faults,
            *sums.missing_lines(files.main, files.go_sum, found.needed, found.graph.read),
        ),
        proofs=tuple(each.proof for each in proven),
        vendor_faults=judged.faults,
        import_faults=tuple(dict.fromkeys((*left_out, *import_faults, *found.graph.faults))),
        sumdb=judge_sumdb(files.go_sum, sumdb, limits) if sumdb else None,
        contents_unproven=judged.unproven,
        vendor_untidy=judged.untidy,
        work_unused=files.found.work_unused,
        graph_unproven=as_fault(incomplete, files.main.top.file) if incomplete else found.graph.unproven,
        sum_untidy=found.untidy,
        superfluous_unknown=found.superfluous_unknown,
        unshipped=unshipped_modules(files, sources, platforms, found.linked) if all_shipped else None,
    )
    sources.remember()
    versions: tuple[tuple[str, TreeVersion], ...] = ()
    if repository is not None:
        tree_versions = TreeVersions(repository=repository, limits=limits)
        paths = sorted({each.go_mod.module for each in files.main.modules})
        versions = tuple((path, tree_versions.of(path)) for path in paths)
    return replace(report, notices=module_notices(report, modcache, limits), versions=versions)


def manifest_of(
    tree: Tree,
    *,
    modcache: Tree | None,
    manifests: Manifests | None = None,
    workspace: bool = True,
    limits: Limits = DEFAULT_LIMITS,
) -> bytes:
    """The text by which vendor/ of a source tree can be proven without a module cache.

    Raises as `check_source`, and `attest.errors.ReadError` where vendor/ is not there or a module that gave
    packages to it is not proven by go.sum.
    """
    files = read_source_files(tree, limits, workspace=workspace)
    proven = _prove(files, modcache, manifests or {}, (), None, limits)
    evidence = VendorEvidence(proven=proven, modcache=modcache, manifests=manifests or {})
    return write(collect_manifests(files, tree, evidence, limits))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the files of the tree and the go.mod files of the module cache tell, before any hash is known.

    `scanned` is what lies in vendor/, None where nothing is built from there.
    """

    needed: tuple[NeededModule, ...]
    import_faults: tuple[SourceFault, ...]
    graph: GraphVerdict
    linked: list[LinkedModule]
    untidy: tuple[SourceFault, ...]
    superfluous_unknown: str
    scanned: HashedTree | None


def _read(files: SourceFiles, sources: Sources, platforms: Iterable[Platform]) -> _Known:
    scanned: HashedTree | None = None
    if files.builds_from_vendor:
        scanned = read_vendor(sources.tree, limits=sources.limits)
        sources.know(
            scanned.listings,
            {
                f"{VENDOR}/{name}": scanned.headers[sha256]
                for name, sha256 in scanned.files.items()
                if sha256 in scanned.headers and sha256 not in scanned.cut
            },
        )
    needed, import_faults, graph, linked = _needed(files, sources, platforms)
    untidy, unknown = _untidy(files, sources.tree, sources.modcache, sources.limits)
    return _Known(
        needed=needed,
        import_faults=import_faults,
        graph=graph,
        linked=linked,
        untidy=untidy,
        superfluous_unknown=unknown,
        scanned=scanned,
    )


def _needed_of_vendor(files: SourceFiles) -> tuple[NeededModule, ...]:
    return sums.needed_when_vendored(files.main, files.modules_txt) if files.modules_txt else ()


def _needed(
    files: SourceFiles, sources: Sources, platforms: Iterable[Platform]
) -> tuple[tuple[NeededModule, ...], tuple[SourceFault, ...], GraphVerdict, list[LinkedModule]]:
    """What must be proven, the imports that lead nowhere, what the module graph says, and what is linked.

    Where the source that would tell is not there, every required module is needed; where packages come from
    vendor/, every module that gave one to it, on whatever platform.
    """
    faults: dict[SourceFault, None] = {}
    modules: list[LinkedModule] = []
    complete = False
    unseen: SourceFault | None = None
    # Whether the release is built with cgo is not known here: what either way needs is needed.
    contexts = [files.context(platform, cgo=cgo) for platform in platforms for cgo in (False, True)]
    for context in contexts:
        try:
            roots = find_main_packages(sources, context) or find_packages(sources, context)
            modules += modules_of(sources, context, roots)
        except FormatError as error:
            place = error.place or Place(file=files.main.top.file)
            faults[SourceFault(message=error.message, place=place, hint=error.hint or "mend it")] = None
        except ReadError:
            unseen = unseen_replacement(files.main)
            break
    else:
        complete = bool(contexts) and not faults
    if files.builds_from_vendor:
        return _needed_of_vendor(files), tuple(faults), GraphVerdict(faults=judge_roots(files.main)), modules
    found = (
        sums.needed_when_linked(files.main, modules, sources.searched)
        if complete
        else sums.needed_when_unknown(files.main, files.go_sum)
    )
    source = sources.graph or files.graph_source(sources.tree, sources.modcache, sources.limits)
    graph = judge_graph(source, modules)
    return found, tuple(faults), replace(graph, unproven=graph.unproven or unseen), modules


def _untidy(
    files: SourceFiles, tree: Tree, modcache: Tree | None, limits: Limits
) -> tuple[tuple[SourceFault, ...], str]:
    """Lines of go.sum that nobody needs, and why those for versions that nothing requires are not told."""
    faults = gosum.untidy(files.go_sum)
    if files.main.work:
        return faults, "in a workspace each go.sum holds what its module needs alone, too"
    wanted = versions_in_use(files.graph_source(tree, modcache, limits))
    if isinstance(wanted, str):
        return faults, wanted
    superfluous = gosum.superfluous(files.go_sum, wanted)
    return (*faults, *((superfluous,) if superfluous else ())), ""


def _prove(  # noqa: PLR0913 - what `check_source` is given
    files: SourceFiles,
    modcache: Tree | None,
    manifests: Manifests,
    needed: Iterable[NeededModule],
    online: ModuleProxy | None,
    limits: Limits,
    memory: HashMemory | None = None,
    meanwhile: Callable[[], object] | None = None,
    *,
    digests: bool = False,
) -> tuple[ProvenLine, ...]:
    """Compare every line with the cache, and what is not there with the manifests and the proxies.

    `meanwhile` is done once, beside that where there is time for it.
    """
    modules = {each.module for each in needed}
    vendored = files.modules_txt.modules if files.modules_txt else ()
    copied = {each.replacement or each.module for each in vendored}
    lines = tuple(gosum.index(files.go_sum).values())
    jobs = [
        Job(line=each, needed=each.module in modules, listed=each.module in copied, digest=digests)
        for each in lines
    ]

    def complete(job: Job, proven: ProvenLine | None) -> ProvenLine | None:
        told = manifests.get(job.line.module)
        if told and (proven is None or proven.proof.status == "absent"):
            proven = prove_from_manifest(job.line, told, needed=job.needed) or proven
        if online and proven and proven.proof.status == "absent" and not proven.proof.reason:
            proven = _prove_download(job.line, online, limits)
        return proven if proven is None or job.listed else replace(proven, manifest=())

    found = prove_all(jobs, modcache, limits, memory, meanwhile=meanwhile)
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return tuple(each for each in pool.map(complete, jobs, found) if each)


def _prove_download(line: GoSumLine, online: ModuleProxy, limits: Limits) -> ProvenLine:
    """Compare a line with what the proxies serve; what they do not serve is missing evidence."""
    try:
        with online.open(line, limits) as (file, url):
            proven = sums.prove_bytes(line, file.data, Place(file=url), needed=True, limits=limits)
    except AttestError as error:
        return sums.absent(line, str(error))
    if proven.proof.status == "match":
        return proven
    return replace(proven, proof=replace(proven.proof, odd=f"that is what {url} serves"))
