"""Everything that can be known about a source tree without the go command, and offline unless asked."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from attest.app.graph import GraphVerdict, judge_graph
from attest.app.linked import GO_WORK, read_source_files
from attest.app.notices import module_notices
from attest.app.sumdb import judge_sumdb
from attest.errors import AttestError, FormatError, ReadError
from attest.go import gosum, sums, vendor, vendor_contents
from attest.go.packages import find_main_packages, find_packages, modules_of
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place
from attest.model.source import SourceFault, SourceReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.app.linked import SourceFiles
    from attest.app.sumdb import SumdbEvidence
    from attest.go.proxy import ModuleProxy
    from attest.go.sums import NeededModule, ProvenLine
    from attest.model.limits import Limits
    from attest.model.module import GoSumLine, ModuleVersion, VendoredModule
    from attest.model.ports import Tree
    from attest.model.source import LinkedModule, Platform


def check_source(
    tree: Tree,
    *,
    modcache: Tree | None,
    platforms: tuple[Platform, ...],
    sumdb: SumdbEvidence | None = None,
    online: ModuleProxy | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> SourceReport:
    """Judge go.mod, go.sum and vendor/ of a source tree, with the module cache as evidence.

    `modcache` is a tree of GOMODCACHE, None where there is none: then nothing of go.sum is proven.
    `platforms` say what is built, which decides the modules that must be proven where there is no vendor/.
    What is built and not in the cache is asked of `online`, proven, and kept nowhere; None asks nobody.
    `sumdb` is what is known of the checksum database, None where it is not asked.
    Raises `attest.errors.ReadError` where there is no go.mod or a file cannot be read, `FormatError` for a
    go.mod or modules.txt that breaks its format, `LimitError` beyond `limits`.
    """
    files = read_source_files(tree, limits)
    needed, import_faults, graph = _needed(files, tree, modcache, platforms, limits)
    proven = _prove(files, modcache, needed, online, limits)
    vendor_faults, unproven = _vendor(files, tree, proven, limits)
    report = SourceReport(
        label=tree.label,
        go_mod=files.go_mod,
        modules_txt=files.modules_txt,
        vendored=files.vendored,
        sum_faults=(
            *files.go_sum.faults,
            *sums.missing_lines(files.go_mod, files.go_sum, needed, graph.read),
        ),
        proofs=tuple(each.proof for each in proven),
        vendor_faults=vendor_faults,
        import_faults=tuple(dict.fromkeys((*import_faults, *graph.faults))),
        contents_unproven=unproven,
        sumdb=judge_sumdb(files.go_sum, sumdb, limits) if sumdb else None,
        go_work=tree.exists(GO_WORK),
        graph_unproven=graph.unproven,
    )
    return replace(report, notices=module_notices(report, modcache, limits))


def _needed(
    files: SourceFiles,
    tree: Tree,
    modcache: Tree | None,
    platforms: Iterable[Platform],
    limits: Limits,
) -> tuple[tuple[NeededModule, ...], tuple[SourceFault, ...], GraphVerdict]:
    """The modules that must be proven, the imports that lead nowhere, and what the module graph says.

    Where the source that would tell is not there, every required module is needed.
    """
    if files.builds_from_vendor:
        modules_txt = files.modules_txt
        return (
            (sums.needed_when_vendored(files.go_mod, modules_txt) if modules_txt else ()),
            (),
            GraphVerdict(),
        )
    sources = files.sources(tree, modcache, limits)
    faults: dict[SourceFault, None] = {}
    modules: list[LinkedModule] = []
    complete = False
    # Whether the release is built with cgo is not known here: what either way needs is needed.
    contexts = [files.context(platform, cgo=cgo) for platform in platforms for cgo in (False, True)]
    for context in contexts:
        try:
            roots = find_main_packages(sources, context) or find_packages(sources, context)
            modules += modules_of(sources, context, roots)
        except FormatError as error:
            place = error.place or Place(file=files.go_mod.file)
            faults[SourceFault(message=error.message, place=place, hint=error.hint or "mend it")] = None
        except ReadError:
            break
    else:
        complete = bool(contexts) and not faults
    found = (
        sums.needed_when_linked(files.go_mod, modules)
        if complete
        else sums.needed_when_unknown(files.go_mod, files.go_sum)
    )
    source = sources.graph or files.graph_source(tree, modcache, limits)
    return found, tuple(faults), judge_graph(source, modules)


def _prove(
    files: SourceFiles,
    modcache: Tree | None,
    needed: Iterable[NeededModule],
    online: ModuleProxy | None,
    limits: Limits,
) -> tuple[ProvenLine, ...]:
    """Compare every line with the cache, several at once: hashing and inflating leave Python's lock alone."""
    modules = {each.module for each in needed}
    vendored = files.modules_txt.modules if files.modules_txt else ()
    copied = {each.replacement or each.module for each in vendored}

    def prove(line: GoSumLine) -> ProvenLine | None:
        proven = sums.prove(line, modcache, needed=line.module in modules, limits=limits)
        if online and proven and proven.proof.status == "absent" and not proven.proof.reason:
            proven = _prove_download(line, online, limits)
        # The manifests of a large module cache are large too: only those of vendored modules are kept.
        return proven if proven is None or line.module in copied else replace(proven, manifest=())

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return tuple(each for each in pool.map(prove, gosum.index(files.go_sum).values()) if each)


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


def _vendor(
    files: SourceFiles, tree: Tree, proven: Iterable[ProvenLine], limits: Limits
) -> tuple[tuple[SourceFault, ...], tuple[tuple[ModuleVersion, str], ...]]:
    """The faults of vendor/, and the vendored modules whose files could not be compared."""
    modules_txt = files.modules_txt
    if not files.vendored:
        return (), ()
    if modules_txt is None:
        return vendor.check_consistency(files.go_mod, None), ()
    if modules_txt.workspace:
        fault = SourceFault(
            message=f"{modules_txt.file} was made for a workspace, and only a single module is judged here",
            place=Place(file=modules_txt.file, line=1),
            hint="run `go mod vendor` in the module itself",
        )
        return (fault,), ()
    manifests = {each.proof.module: dict(each.manifest) for each in proven if each.manifest}
    unproven = tuple(
        (each.module, reason)
        for each in modules_txt.modules
        if each.packages and (reason := _why_unproven(each, manifests, proven))
    )
    return (
        (
            *vendor.check_consistency(files.go_mod, modules_txt),
            *vendor_contents.check_contents(tree, modules_txt, manifests, limits=limits),
        ),
        unproven,
    )


def _why_unproven(
    each: VendoredModule, manifests: Mapping[ModuleVersion, object], proven: Iterable[ProvenLine]
) -> str:
    actual = each.replacement or each.module
    if actual in manifests:
        return ""
    if not actual.version:
        return f"it is replaced by the directory {actual}, which no checksum covers"
    proof = next(
        (one.proof for one in proven if one.proof.module == actual and one.proof.kind == "zip"), None
    )
    if proof is None:
        return "go.sum has no line for its zip"
    if proof.status == "absent":
        return proof.reason or "its zip is not in the module cache"
    return "its zip in the module cache is not the one that go.sum knows"
