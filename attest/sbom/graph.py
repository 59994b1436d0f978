"""The parts of a bill of materials: platforms, modules as components, and who imports whom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.model.bom import BomComponent
from attest.model.source import Platform
from attest.model.stated import Stated
from attest.sbom import identity, purl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.binary import BinaryReport, BuildInfo
    from attest.model.bom import Evidence
    from attest.model.checkout import VersionClaim
    from attest.model.fact import FactValue
    from attest.model.source import LinkedModule, LinkedSet
    from attest.sbom.collect import Collector

_LIBRARY: Final = "the file names the library alone; it is found on the machine that runs the file"
_NOT_IN_SOURCE: Final = "the source tree does not name this module, so its imports are not known"

# The variants that the go command takes where none is asked for (internal/buildcfg): they are not named.
_USUAL_VARIANTS: Final = {
    "GO386": "sse2",
    "GOAMD64": "v1",
    "GOARM64": "v8.0",
    "GOMIPS": "hardfloat",
    "GOMIPS64": "hardfloat",
    "GOPPC64": "power8",
    "GORISCV64": "rva20u64",
}
_VARIANT_SETTINGS: Final = (*_USUAL_VARIANTS, "GOARM", "GOWASM")


def platform_of(report: BinaryReport) -> Platform | None:
    """The platform of one image: from its build settings, else from its headers; None if neither says."""
    info = report.build_info
    goos = (info.setting("GOOS") if info else None) or report.container.os
    goarch = (info.setting("GOARCH") if info else None) or report.container.arch
    if not goos or not goarch:
        return None
    variants = [
        (key, value) for key, value in (info.settings if info else ()) if key in _VARIANT_SETTINGS and value
    ]
    variant = next((value for key, value in variants if value != _USUAL_VARIANTS.get(key)), "")
    return Platform(goos=identity.clean(goos), goarch=identity.clean(goarch), variant=identity.clean(variant))


def build_tags(info: BuildInfo) -> tuple[str, ...]:
    """The build tags that the settings of build info stand for, sorted (cmd/go/internal/work/init.go)."""
    tags = {each for each in re.split("[, ]", info.setting("-tags") or "") if each}
    tags |= {key[1:] for key in ("-race", "-msan", "-asan") if info.setting(key) == "true"}
    experiments = (info.setting("GOEXPERIMENT") or "").split(",")
    tags |= {f"goexperiment.{each}" for each in experiments if each and not each.startswith("no")}
    return tuple(sorted(map(identity.clean, tags)))


def add_std(
    collector: Collector, go_version: str, platforms: tuple[Platform, ...], evidence: Iterable[Evidence]
) -> str:
    """Add the standard library of that Go version; gives its ref."""
    release = identity.go_release(go_version)
    return collector.add(
        BomComponent(
            ref=f"std:{release.value}" if release.value else "std",
            kind="std",
            name=identity.STD,
            version=release,
            purl=purl.std_purl(release.value),
            supplier=identity.producer(identity.STD),
            platforms=platforms,
            evidence=tuple(evidence),
        )
    )


def add_toolchain(
    collector: Collector, go_version: str, platforms: tuple[Platform, ...], evidence: Iterable[Evidence]
) -> str:
    """Add the Go toolchain of that version, under the name that Go's vulnerability database has for it."""
    release = identity.go_release(go_version)
    return collector.add(
        BomComponent(
            ref=f"toolchain:{release.value}" if release.value else "toolchain",
            kind="toolchain",
            name=identity.TOOLCHAIN,
            version=release,
            purl=purl.module_purl(identity.TOOLCHAIN, release.value),
            supplier=identity.producer(identity.STD),
            platforms=platforms,
            evidence=tuple(evidence),
        )
    )


def add_libraries(
    collector: Collector, file: str, report: BinaryReport, platforms: tuple[Platform, ...]
) -> None:
    """Add the libraries that the loader is asked for: the file names them, and no more is known of them."""
    for name in _names(report.fact("libraries")):
        named = identity.clean(name)
        ref = collector.add(
            BomComponent(
                ref=f"library:{named}",
                kind="library",
                name=named,
                version=Stated(unknown_because=_LIBRARY),
                supplier=Stated(unknown_because=_LIBRARY),
                platforms=platforms,
                evidence=("binary",),
            )
        )
        collector.relate(file, "loads", ref, platforms)


def _names(value: FactValue | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def add_packages(
    collector: Collector,
    file: str,
    report: BinaryReport,
    modules: dict[str, str],
    platforms: tuple[Platform, ...],
) -> None:
    """Add every linked Go package to the module that it belongs to; `modules` holds refs by module path."""
    for each in report.packages or ():
        owner = modules.get(each.module)
        if owner is not None:
            ref = _add_package(
                collector, owner, each.module, each.path, platforms, size=each.size, evidence=("binary",)
            )
            collector.relate(file, "links", ref, platforms)


def add_linked_packages(
    collector: Collector, linked: LinkedSet, modules: dict[str, str], platforms: tuple[Platform, ...]
) -> None:
    """Add every Go package that can be linked to its module; `modules` holds refs by module path."""
    owned = [(each.module.path, each.packages) for each in linked.modules]
    for module, packages in ((linked.main_module.path, linked.packages), (identity.STD, linked.std), *owned):
        for path in packages:
            _add_package(collector, modules[module], module, path, platforms, size=None, evidence=("source",))


def _add_package(
    collector: Collector,
    owner: str,
    module: str,
    path: str,
    platforms: tuple[Platform, ...],
    *,
    size: int | None,
    evidence: tuple[Evidence, ...],
) -> str:
    """Add a package to the component `owner` of the module that is imported as `module`; gives its ref.

    Its package URL is that of the module that is compiled, with the package's place in it as sub-path.
    """
    holder = collector.component(owner)
    subpath = path if module == identity.STD else purl.subpath_of(module, path)
    ref = collector.add(
        BomComponent(
            ref=f"package:{path}<{owner}>",
            kind="package",
            name=identity.clean(path),
            version=holder.version,
            purl=purl.module_purl(holder.name, holder.version.value, subpath=subpath),
            supplier=holder.supplier,
            parent=owner,
            code_size=size,
            platforms=platforms,
            evidence=evidence,
        )
    )
    collector.relate(owner, "contains", ref, platforms)
    return ref


def add_main(
    collector: Collector,
    module: identity.Compiled,
    package: str,
    platforms: tuple[Platform, ...],
    qualifier: Platform | None,
    *,
    supplier: Stated,
    evidence: Iterable[Evidence],
    claims: tuple[VersionClaim, ...] = (),
) -> str:
    """Add the main module as its main package `package`; gives its ref.

    `qualifier` is the platform of an artifact: it goes into the package URL, and so makes a component
    for each platform.
    """
    package = identity.clean(package)
    subpath = purl.subpath_of(module.path, package)
    where = f"#{subpath}" if subpath else ""
    where += f"?{qualifier.goos}/{qualifier.goarch}" if qualifier else ""
    return collector.add(
        BomComponent(
            ref=_reference("main", module) + where,
            kind="main",
            name=module.path,
            version=module.version,
            purl=purl.module_purl(module.path, module.version.value, platform=qualifier, subpath=subpath),
            package=package,
            version_claims=claims,
            supplier=supplier,
            sum=identity.clean(module.sum),
            evidence=tuple(evidence),
            platforms=platforms,
        )
    )


def add_module(
    collector: Collector,
    module: identity.Compiled,
    platforms: tuple[Platform, ...],
    evidence: Iterable[Evidence],
) -> str:
    """Add a dependency as it is compiled; gives its ref."""
    instead = f"={module.directory}" if module.directory else f"<{module.replaces}" if module.replaces else ""
    return collector.add(
        BomComponent(
            ref=_reference("module", module) + instead,
            kind="module",
            name=module.path,
            version=module.version,
            purl=purl.module_purl(module.path, module.version.value),
            supplier=identity.producer(module.path),
            evidence=tuple(evidence),
            sum=identity.clean(module.sum),
            replaces=module.replaces,
            directory=module.directory,
            platforms=platforms,
        )
    )


def source_evidence(module: LinkedModule) -> tuple[Evidence, ...]:
    """What a module of a source tree rests on."""
    return ("go.sum", "source") if module.sum else ("source",)


def _reference(kind: str, module: identity.Compiled) -> str:
    """Unambiguous, because no module path holds any of the characters that divide the parts."""
    version = module.version.value
    return f"{kind}:{module.path}@{version}" if version else f"{kind}:{module.path}"


def fitting(info: BuildInfo, platform: Platform | None, sets: tuple[LinkedSet, ...]) -> LinkedSet | None:
    """The linked set of this main package on this platform; one that names the variant goes first."""
    if platform is None:
        return None
    cgo = info.setting("CGO_ENABLED")
    return next(
        (
            each
            for each in sorted(sets, key=lambda each: not each.platform.variant)
            if each.main_package == info.path
            and (each.platform.goos, each.platform.goarch) == (platform.goos, platform.goarch)
            and each.platform.variant in {"", platform.variant}
            and cgo in {None, str(int(each.cgo))}
            and each.tags == build_tags(info)
        ),
        None,
    )


def add_edges(
    collector: Collector, root: str, named: Iterable[tuple[str, str]], std: str, linked: LinkedSet
) -> bool:
    """Add who imports whom among the modules in `named` (module path as imported, ref).

    Tells whether `linked` knows all of them; of those that it does not know, nobody can tell who imports
    them, and their own lists are said to be unknown. Every module depends on the standard library, because
    compiled Go code calls package runtime.
    """
    platforms = (linked.platform,)
    pairs = sorted(named)
    by_path = dict(pairs)
    requires = {each.module.path: each.requires for each in linked.modules}
    for path in linked.main_requires:
        if path in by_path:
            collector.relate(root, "depends-on", by_path[path], platforms)
    all_known = True
    for path, ref in pairs:
        if path not in requires or by_path[path] != ref:
            all_known = False
            collector.state(ref, "unknown", _NOT_IN_SOURCE)
            continue
        for other in requires[path]:
            if other in by_path:
                collector.relate(ref, "depends-on", by_path[other], platforms)
        collector.relate(ref, "depends-on", std, platforms)
        collector.state(ref, "complete")
    return all_known
