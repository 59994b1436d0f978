"""What a source tree needs beside what is linked: tools, tests and the rest of the module graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.sbom import graph, identity

if TYPE_CHECKING:
    from attest.model.bom import Evidence, RelationKind
    from attest.model.source import LinkedSet, NeededSet, RequiredModule, ScopedSet
    from attest.sbom.collect import Collector

_NOT_USED: Final = "nothing of the module is used on {}, so its imports were not read"


def add_scopes(
    collector: Collector,
    subject: str,
    std: str,
    linked: LinkedSet,
    scoped: ScopedSet,
    refs: dict[str, str],
) -> None:
    """Add the modules of `scoped` to those that `refs` has by path: the main module and what is linked.

    Each is related by what needs it: a tool or test to the main module, what these import to them. What is
    linked and needed by both is related as what is linked.
    """
    if scoped.tools is not None:
        _add_needed(collector, subject, std, "built-with", linked, scoped.tools, refs)
    if scoped.tests is not None:
        _add_needed(collector, subject, std, "tested-with", linked, scoped.tests, refs)
    if scoped.graph is not None:
        _add_required(collector, subject, linked, scoped.graph, refs)


def _add_needed(
    collector: Collector,
    subject: str,
    std: str,
    kind: RelationKind,
    linked: LinkedSet,
    needed: NeededSet,
    refs: dict[str, str],
) -> None:
    platforms = (linked.platform,)
    for each in needed.modules:
        if each.module.path not in refs:
            refs[each.module.path] = graph.add_module(
                collector, identity.compiled_from_source(each), platforms, graph.source_evidence(each)
            )
    main = linked.main_module.path
    shipped = {each.module.path: set(each.requires) for each in linked.modules}
    for path in sorted({*needed.requires} - {*linked.main_requires}):
        collector.relate(subject, kind, refs[path], platforms)
    for each in needed.modules:
        path = each.module.path
        # What a linked module needs for packages that are not linked is needed by the tools and tests alone.
        how: RelationKind = kind if path in shipped else "depends-on"
        for other in sorted({*each.requires} - shipped.get(path, set()) - {main}):
            collector.relate(refs[path], how, refs[other], platforms)
        if path not in shipped:
            collector.relate(refs[path], "depends-on", std, platforms)
            collector.state(refs[path], "complete")
    if needed.unresolved:
        collector.state(subject, "incomplete", *needed.unresolved)


def _add_required(
    collector: Collector,
    subject: str,
    linked: LinkedSet,
    modules: tuple[RequiredModule, ...],
    refs: dict[str, str],
) -> None:
    platforms = (linked.platform,)
    new = [each for each in modules if each.module.path not in refs]
    for each in new:
        evidence: tuple[Evidence, ...] = ("go.mod", "go.sum") if each.sum else ("go.mod",)
        refs[each.module.path] = graph.add_module(
            collector, identity.compiled_from_source(each), platforms, evidence
        )
    for each in new:
        ref = refs[each.module.path]
        askers = [refs[path] for path in each.required_by if path in refs]
        for asker in askers or [subject]:
            collector.relate(asker, "requires", ref, platforms)
        collector.state(ref, "unknown", _NOT_USED.format(linked.platform))
