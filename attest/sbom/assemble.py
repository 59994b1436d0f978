"""From what was read to a bill of materials: of a binary, of a source tree, of a whole release.

Components of a binary are exactly those of its build info, no more and no less; the source tells which
of them imports which. What is not known is said to be unknown, with the reason.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Final

from attest.errors import InputError, NothingToVerifyError
from attest.model.bom import Bom, BomComponent, SbomRun
from attest.model.checkout import VersionClaim
from attest.model.license import Licenses
from attest.model.stated import Stated
from attest.sbom import graph, identity, scopes
from attest.sbom.collect import Collector, canonical, sort_platforms
from attest.sbom.main_version import tree_claim

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attest.model.binary import BinaryReport, BuildInfo, InspectedFile
    from attest.model.bom import Completeness, Context, Evidence
    from attest.model.checkout import TreeVersion
    from attest.model.source import LinkedSet, Platform, ScopedSet

_NO_AUTHOR: Final = "no author was given when the document was made"
_NO_SUPPLIER: Final = "no supplier was given when the document was made"
_NO_ORIGINAL: Final = "who ships it states what it is shipped under, not what its authors did"
_BY_SUPPLIER: Final = "stated by who ships it"
_NO_BUILD_INFO: Final = "the executable carries no build info"
_NO_LISTS: Final = "build info names the modules of a binary, not which of them imports which"
_NO_PACKAGES: Final = "its function table could not be read, so the packages in it are not known"
_CGO: Final = "CGO_ENABLED=1: C libraries that may be linked are not in build info"
_CGO_SOURCE: Final = "cgo is on: C libraries that may be linked are not named by the source"
_TEST_BINARY: Final = "a test binary's build info does not name the modules that only tests need"
_OTHER_MEMBERS: Final = "of the other files in the archive nothing is said"
_PARTLY_IN_SOURCE: Final = "the binary holds modules that the source tree does not name"


def from_binary(
    file: InspectedFile, run: SbomRun, *, linked: Iterable[LinkedSet] = (), name: str = ""
) -> Bom:
    """The bill of materials of an executable; each slice of a universal file is a file component in it.

    `linked` may hold the linked sets of any platforms and main packages: each image takes the one that
    fits it. `name` is what the file is called (default: the last part of its path).
    Raises `NothingToVerifyError` where an image has no build info, or names no module at all, and
    `run` does not say that such a document is wanted; `FormatError` where build info is forged.
    """
    sets = tuple(linked)
    title = identity.clean(name or file.path.replace("\\", "/").rpartition("/")[2]) or "executable"
    collector = Collector()
    subject = f"file:{title}"
    slices = file.report.slices
    images: Sequence[tuple[str, str, BinaryReport]] = [
        (f"{subject}@{each.offset}", f"{title} at offset {each.offset}", each.report) for each in slices
    ] or [(subject, title, file.report)]
    platforms = [graph.platform_of(report) for _, _, report in images]
    known = sort_platforms(each for each in platforms if each)
    mains = [_main_version(report) for _, _, report in images]
    supplied = _given(run.supplier, _NO_SUPPLIER)
    shipped = _shipped(run)
    if slices:
        version = mains[0] if len(set(mains)) == 1 else Stated(unknown_because="its slices differ in version")
        collector.add(
            BomComponent(
                ref=subject,
                kind="file",
                name=title,
                version=version,
                supplier=supplied,
                licenses=shipped,
                identity=file.identity,
                platforms=known,
                evidence=("binary",),
            )
        )
    for index, (ref, label, report) in enumerate(images):
        platform = platforms[index]
        info = report.build_info
        if not run.allow_empty and (info is None or not (info.main or info.deps)):
            what = "has no build info" if info is None else "names no module in its build info"
            raise NothingToVerifyError(
                f"{label} {what}, so its SBOM would be empty",
                hint="build it from a module with the go command, or pass --allow-empty",
            )
        collector.add(
            BomComponent(
                ref=ref,
                kind="file",
                name=f"{title} ({platform})" if slices and platform else label if slices else title,
                version=mains[index],
                supplier=supplied,
                licenses=shipped,
                evidence=("binary",),
                identity=slices[index].identity if slices else file.identity,
                parent=subject if slices else "",
                go_version=identity.clean((info and info.go_version) or report.go_version),
                settings=tuple((identity.clean(key), identity.clean(value)) for key, value in info.settings)
                if info
                else (),
                platforms=(platform,) if platform else (),
            )
        )
        if slices:
            collector.relate(subject, "contains", ref)
        if info is None:
            _only_std(collector, ref, report.go_version, platform)
        else:
            _image(collector, ref, info, report, platform, sets, supplier=supplied, packages=run.packages)
        graph.add_libraries(collector, ref, report, (platform,) if platform else ())
    if slices:
        collector.state(subject, "complete")
    collector.mark_variants()
    return _bom(
        collector,
        subject,
        ("analyzed",),
        platform=known[0] if len(known) == 1 else None,
        run=run,
    )


def _main_version(report: BinaryReport) -> Stated:
    info = report.build_info
    if info is None:
        return Stated(unknown_because=_NO_BUILD_INFO)
    main = identity.main_of(report)
    return main.version if main else Stated(unknown_because="build info names no main module")


def _only_std(collector: Collector, file: str, go_version: str, platform: Platform | None) -> None:
    collector.state(file, "unknown", _NO_BUILD_INFO)
    if go_version:
        platforms = (platform,) if platform else ()
        std = _std(collector, file, go_version, platforms)
        collector.relate(file, "links", std, platforms)
        collector.state(std, "complete")


def _std(collector: Collector, user: str, go_version: str, platforms: tuple[Platform, ...]) -> str:
    """Add the standard library and the toolchain that it comes with; gives the former's ref."""
    toolchain = graph.add_toolchain(collector, go_version, platforms, ("binary",))
    collector.relate(user, "built-with", toolchain, platforms)
    return graph.add_std(collector, go_version, platforms, ("binary",))


def _image(
    collector: Collector,
    file: str,
    info: BuildInfo,
    report: BinaryReport,
    platform: Platform | None,
    sets: tuple[LinkedSet, ...],
    *,
    supplier: Stated,
    packages: bool,
) -> None:
    """Add what one image was built from: main module, dependencies, standard library and their edges."""
    platforms = (platform,) if platform else ()
    std = _std(collector, file, info.go_version or report.go_version, platforms)
    fitting = graph.fitting(info, platform, sets)
    evidence: tuple[Evidence, ...] = ("binary",) if fitting is None else ("binary", "source")
    named = [
        (each.path, graph.add_module(collector, identity.compiled(each), platforms, evidence))
        for each in info.deps
    ]
    modules = sorted({ref for _, ref in named})
    for ref in (std, *modules):
        collector.relate(file, "links", ref, platforms)
    collector.state(std, "complete")

    root = file
    main = identity.main_of(report)
    if main is not None:
        root = graph.add_main(
            collector,
            main,
            info.path,
            platforms,
            platform,
            supplier=supplier,
            evidence=evidence,
            claims=identity.main_claims(report),
        )
        collector.relate(file, "built-from", root, platforms)
        collector.state(file, "complete")
    reasons = [_CGO] if info.setting("CGO_ENABLED") == "1" else []
    reasons += [_TEST_BINARY] if info.path.endswith(".test") else []

    if packages:
        refs = dict(named) | {identity.STD: std}
        refs |= {main.path: root} if main else {}
        graph.add_packages(collector, file, report, refs, platforms)
        if report.packages is None:
            collector.state(file, "incomplete", _NO_PACKAGES)
    collector.relate(root, "depends-on", std, platforms)
    if fitting is None and modules:
        # That the file holds a module does not say who imports it: no edge is better than a guessed one.
        for ref in (root, *modules):
            collector.state(ref, "unknown", _NO_LISTS)
        collector.state(root, "unknown", *reasons)
        return
    if fitting is not None and not graph.add_edges(collector, root, named, std, fitting):
        reasons.append(_PARTLY_IN_SOURCE)
    collector.state(root, "incomplete" if reasons else "complete", *reasons)


def from_source(
    linked: LinkedSet,
    run: SbomRun,
    *,
    version: str = "",
    go_version: str = "",
    scoped: ScopedSet | None = None,
    tree: TreeVersion | None = None,
) -> Bom:
    """The bill of materials of one main package on one platform, before it is built.

    `version` is the release's, `go_version` ("go1.27.3") that of the toolchain that will build it; the
    source knows neither. `scoped` is what its main module needs beside, `tree` what the repository says of
    the version, None where nobody asked. Raises `InputError` where the linked set names a module that it does
    not list.
    """
    platforms = (linked.platform,)
    listed = {each.module.path for each in linked.modules}
    for path in sorted({*linked.main_requires, *(each for one in linked.modules for each in one.requires)}):
        if path not in listed and path != linked.main_module.path:
            raise InputError(
                f"{path!r} is imported but not in the linked set", hint="resolve the packages again"
            )
    claims = [VersionClaim(source="option", version=identity.clean(version))] if version else []
    told = tree_claim(tree) if tree else None
    claims += [told] if told else []
    stated = claims[0].version if claims else linked.main_module.version
    reason = "the source does not say which version it is released as"
    if tree and tree.version.unknown_because:
        reason += f"; {tree.version.unknown_because}"
    collector = Collector()
    std = graph.add_std(collector, go_version, platforms, ("source",))
    named = [
        (
            each.module.path,
            graph.add_module(
                collector, identity.compiled_from_source(each), platforms, graph.source_evidence(each)
            ),
        )
        for each in linked.modules
    ]
    identity.check_path(linked.main_module.path)
    main = identity.Compiled(
        path=linked.main_module.path,
        version=Stated(value=stated) if stated else Stated(unknown_because=reason),
    )
    subject = graph.add_main(
        collector,
        main,
        linked.main_package,
        platforms,
        None,
        supplier=_given(run.supplier, _NO_SUPPLIER),
        evidence=("source",),
        claims=tuple(claims),
    )
    graph.add_edges(collector, subject, named, std, linked)
    if run.packages:
        refs = {linked.main_module.path: subject, identity.STD: std, **dict(named)}
        graph.add_linked_packages(collector, linked, refs, platforms)
    collector.relate(subject, "depends-on", std, platforms)
    reasons = [_CGO_SOURCE] if linked.cgo else []
    collector.state(subject, "incomplete" if reasons else "complete", *reasons)
    collector.state(std, "complete")
    if scoped is not None:
        refs = {linked.main_module.path: subject, **dict(named)}
        scopes.add_scopes(collector, subject, std, linked, scoped, refs)
    return _bom(
        collector,
        subject,
        ("source",),
        platform=linked.platform,
        run=run,
    )


def from_archive(archive: InspectedFile, members: Mapping[str, Bom], run: SbomRun, *, name: str) -> Bom:
    """The bill of materials of an archive: every executable in it lies in it as a file component.

    `members` are those of its executables, by their path in it, made as `from_binary` does under the name
    ARCHIVE!MEMBER. Of other files in the archive nothing is said, and where there are any, that is told.
    Raises `NothingToVerifyError` for no member, `InputError` as `union` does.
    """
    parts = [members[path] for path in sorted(members)]
    if not parts:
        raise NothingToVerifyError(
            f"{name} holds no executable, so its SBOM would be empty", hint="name the archive of the programs"
        )
    title = identity.clean(name)
    versions = {each.version for part in parts for each in part.components if each.ref == part.subject}
    holder = BomComponent(
        ref=f"file:{title}",
        kind="file",
        name=title,
        version=versions.pop()
        if len(versions) == 1
        else Stated(unknown_because="its executables differ in version"),
        supplier=_given(run.supplier, _NO_SUPPLIER),
        licenses=_shipped(run),
        identity=archive.identity,
        evidence=("binary",),
    )
    if archive.report.fact("archive.files") == len(parts):
        return _whole(parts, holder, run)
    return _whole(parts, holder, run, ("incomplete", _OTHER_MEMBERS))


def union(boms: Iterable[Bom], *, name: str, version: str) -> Bom:
    """One bill of materials of a release: every component of every one, with the platforms it is on.

    Raises `NothingToVerifyError` for none, `InputError` where two files have one name or the documents
    were not made by one run (tool, time, author and supplier are the same in all).
    """
    parts = sorted(boms, key=lambda each: each.subject)
    if not parts:
        raise NothingToVerifyError("there is no SBOM to put together", hint="name at least one executable")
    runs = {
        (
            each.created,
            each.tool_version,
            each.author,
            each.author_contact,
            each.supplier,
            each.supplier_contact,
        )
        for each in parts
    }
    if len(runs) > 1:
        raise InputError("these SBOMs come from different runs", hint="make them all in one run")
    title = identity.clean(name)
    reason = "the release was given no version"
    holder = BomComponent(
        ref=f"release:{title}",
        kind="release",
        name=title,
        version=Stated(value=identity.clean(version)) if version else Stated(unknown_because=reason),
        supplier=parts[0].supplier,
    )
    first = parts[0]
    run = SbomRun(
        created=first.created,
        tool_version=first.tool_version,
        author=first.author.value,
        supplier=first.supplier.value,
        author_contact=first.author_contact,
        supplier_contact=first.supplier_contact,
        vex=tuple({one for each in parts for one in each.vex}),
    )
    return _whole(parts, holder, run)


def _whole(
    parts: Sequence[Bom],
    holder: BomComponent,
    run: SbomRun,
    state: tuple[Completeness, str] = ("complete", ""),
) -> Bom:
    """Everything in `parts`, whose subjects lie in `holder`, which is on all their platforms."""
    collector = Collector()
    renamed = [collector.take(each)[each.subject] for each in parts]
    known = sort_platforms(each for part in collector.components() for each in part.platforms)
    licenses = holder.licenses if holder.kind == "file" else _common(collector.components())
    subject = collector.add(replace(holder, platforms=known, licenses=licenses))
    for part, ref in zip(parts, renamed, strict=True):
        collector.relate(subject, "contains", ref)
        if any(each.ref == part.subject and each.kind == "file" for each in part.components):
            collector.put_into(ref, subject)
    word, reason = state
    collector.state(subject, word, *filter(None, [reason]))
    collector.mark_variants()
    return _bom(
        collector,
        subject,
        tuple(sorted({context for each in parts for context in each.contexts})),
        platform=known[0] if holder.kind == "file" and len(known) == 1 else None,
        run=run,
    )


def _bom(
    collector: Collector,
    subject: str,
    contexts: tuple[Context, ...],
    *,
    platform: Platform | None,
    run: SbomRun,
) -> Bom:
    if run.created.tzinfo is None:
        raise InputError("the time of the document has no time zone", hint="pass a time in UTC")
    bom = Bom(
        subject=subject,
        contexts=contexts,
        platform=platform,
        components=collector.components(),
        relations=collector.relations(),
        dependency_lists=collector.dependency_lists(),
        # SPDX knows whole seconds alone, and both formats are to say the same.
        created=run.created.astimezone(UTC).replace(microsecond=0),
        author=_given(run.author, _NO_AUTHOR),
        supplier=_given(run.supplier, _NO_SUPPLIER),
        tool_version=run.tool_version,
        author_contact=run.author_contact,
        supplier_contact=run.supplier_contact,
        vex=run.vex,
    )
    return canonical(bom)


def _common(components: Iterable[BomComponent]) -> Licenses | None:
    """The licence of a release: that of its files or, of a source tree, of its commands, where they agree."""
    by_kind: dict[str, set[Licenses | None]] = {"file": set(), "main": set()}
    for each in components:
        if each.kind in by_kind:
            by_kind[each.kind].add(each.licenses)
    found = by_kind["file"] or by_kind["main"]
    licenses = found.pop() if len(found) == 1 else None
    return replace(licenses, matches=(), unrecognized=(), copyrights=()) if licenses else None


def _shipped(run: SbomRun) -> Licenses | None:
    """The licence under which a file is shipped, as far as its supplier states one."""
    if not run.license:
        return None
    return Licenses(
        declared=Stated(unknown_because=_NO_ORIGINAL),
        concluded=Stated(value=run.license),
        concluded_from=_BY_SUPPLIER,
    )


def _given(text: str, reason: str) -> Stated:
    value = " ".join(identity.clean(text).split())
    return Stated(value=value) if value else Stated(unknown_because=reason)
