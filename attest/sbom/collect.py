"""Components and relations gathered one by one, merged where they are the same, and sorted in the end.

References are a function of what a component is, so that input order, platform and run leave no trace.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from attest.errors import InputError
from attest.model.bom import Bom, BomComponent, BomRelation, Completeness, DependencyList, RelationKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.license import LicenseMatch
    from attest.model.source import Platform

#: The worse of two statements about the same dependency list holds.
_WORSE: Final[dict[Completeness, int]] = {"complete": 0, "incomplete": 1, "unknown": 2}
#: A slice in a file in an archive in a release; a package in its module is less.
_NESTING: Final = 3


@dataclass(slots=True, kw_only=True)
class Collector:
    """What a `Bom` is built from. Each call costs the same, however much was collected before."""

    _components: dict[str, BomComponent] = field(default_factory=dict)
    _relations: dict[tuple[str, RelationKind, str], set[Platform]] = field(default_factory=dict)
    _lists: dict[str, tuple[Completeness, set[str]]] = field(default_factory=dict)

    def add(self, component: BomComponent) -> str:
        """Add a component or merge it into the same one; gives the ref that it now has.

        A module that comes with two different hashes stays two components: hiding one would hide that
        two platforms were built from different code. Raises `InputError` for two files of one name.
        """
        known = self._components.get(component.ref)
        if known is None:
            self._components[component.ref] = component
            return component.ref
        if component.kind in {"file", "release"}:
            raise InputError(
                f"{component.name!r} is there twice", hint="give every file of a release a name of its own"
            )
        if known.sum and component.sum and known.sum != component.sum:
            digest = hashlib.sha256(component.sum.encode("utf-8", "replace")).hexdigest()
            return self.add(replace(component, ref=f"{component.ref}!{digest[:16]}"))
        self._components[component.ref] = replace(
            known,
            sum=known.sum or component.sum,
            zip_sha256=known.zip_sha256 or component.zip_sha256,
            licenses=known.licenses or component.licenses,
            code_size=known.code_size if known.code_size == component.code_size else None,
            platforms=sort_platforms({*known.platforms, *component.platforms}),
            evidence=tuple(sorted({*known.evidence, *component.evidence})),
        )
        return component.ref

    def component(self, ref: str) -> BomComponent:
        """The component of that ref as it is known so far."""
        return self._components[ref]

    def put_into(self, ref: str, parent: str) -> None:
        """Say in which file or release the component `ref` lies."""
        self._components[ref] = replace(self._components[ref], parent=parent)

    def relate(
        self, source: str, kind: RelationKind, target: str, platforms: Iterable[Platform] = ()
    ) -> None:
        """Add a relation, or the platforms on which it holds too."""
        if source != target:
            self._relations.setdefault((source, kind, target), set()).update(platforms)

    def state(self, ref: str, state: Completeness, *reasons: str) -> None:
        """Say how much of a dependency list is known; of two statements the worse one holds."""
        known, why = self._lists.get(ref, (state, set[str]()))
        worse = max(known, state, key=_WORSE.__getitem__)
        self._lists[ref] = worse, {*(why if known == worse else ()), *(reasons if state == worse else ())}

    def take(self, bom: Bom) -> dict[str, str]:
        """Add everything of `bom`; gives the new ref of each of its components.

        Variants are left out: which file is the first of its command shows when all are there.
        """
        renamed = {each.ref: self.add(each) for each in bom.components}
        for each in bom.relations:
            if each.kind != "variant-of":
                self.relate(renamed[each.source], each.kind, renamed[each.target], each.platforms)
        for stated in bom.dependency_lists:
            self.state(renamed[stated.ref], stated.state, *filter(None, [stated.reason]))
        return renamed

    def mark_variants(self) -> None:
        """Relate the files of the same command: every one is a variant of the first by name."""
        mains = {each.ref: each for each in self._components.values() if each.kind == "main"}
        commands: dict[tuple[str, str], set[str]] = {}
        for source, kind, target in self._relations:
            if kind == "built-from":
                main = mains[target]
                commands.setdefault((main.name, main.package), set()).add(source)
        for files in commands.values():
            first, *others = sorted(files)
            for each in others:
                self.relate(each, "variant-of", first)

    def components(self) -> tuple[BomComponent, ...]:
        """Every component, sorted by ref."""
        return tuple(self._components[ref] for ref in sorted(self._components))

    def relations(self) -> tuple[BomRelation, ...]:
        """Every relation, sorted."""
        return tuple(
            BomRelation(source=source, kind=kind, target=target, platforms=sort_platforms(platforms))
            for (source, kind, target), platforms in sorted(self._relations.items(), key=lambda item: item[0])
        )

    def dependency_lists(self) -> tuple[DependencyList, ...]:
        """What is said about dependency lists, sorted by ref."""
        return tuple(
            DependencyList(ref=ref, state=state, reason="; ".join(sorted(reasons)))
            for ref, (state, reasons) in sorted(self._lists.items())
        )


def sort_platforms(platforms: Iterable[Platform]) -> tuple[Platform, ...]:
    """Platforms without repetition, sorted as they are written."""
    found = tuple(platforms)
    return tuple(sorted(set(found), key=str)) if len(found) > 1 else found


def _canonical(component: BomComponent) -> BomComponent:
    """The component in order: itself, where it is, because most are."""
    licenses = component.licenses
    if licenses is not None:
        ordered = replace(
            licenses,
            matches=tuple(sorted(set(licenses.matches), key=match_order)),
            unrecognized=tuple(sorted(set(licenses.unrecognized))),
            copyrights=tuple(sorted(set(licenses.copyrights))),
        )
        licenses = licenses if ordered == licenses else ordered
    settings = tuple(sorted(set(component.settings)))
    platforms = sort_platforms(component.platforms)
    evidence = tuple(sorted(set(component.evidence)))
    if licenses is component.licenses and (settings, platforms, evidence) == (
        component.settings,
        component.platforms,
        component.evidence,
    ):
        return component
    return replace(component, licenses=licenses, settings=settings, platforms=platforms, evidence=evidence)


def _canonical_relation(relation: BomRelation) -> BomRelation:
    platforms = sort_platforms(relation.platforms)
    return relation if platforms == relation.platforms else replace(relation, platforms=platforms)


def match_order(match: LicenseMatch) -> tuple[str, int, int, str]:
    """The order in which the licences that were found are told: by where they stand."""
    return match.file, match.first_line, match.last_line, match.identifier


def fingerprint(bom: Bom, form: str) -> str:
    """SHA-256 of all that `bom` says and of the format's name: what tells one document from another."""
    # Unlike repr, ascii is the same whatever characters this Python's tables take for printable.
    return hashlib.sha256(ascii((form, bom)).encode()).hexdigest()


def canonical(bom: Bom) -> Bom:
    """`bom` with every list in order, so that order leaves no trace in what is written.

    Raises `InputError` where a ref is there twice or points nowhere: no format may be written then.
    """
    refs: dict[str, BomComponent] = {}
    for each in bom.components:
        if not each.ref or each.ref in refs:
            raise InputError(f"two components are called {each.ref!r}", hint="give each a ref of its own")
        refs[each.ref] = each
    named = [bom.subject]
    named += [each.parent for each in bom.components if each.parent]
    named += [end for each in bom.relations for end in (each.source, each.target)]
    named += [each.ref for each in bom.dependency_lists]
    for ref in named:
        if ref not in refs:
            raise InputError(f"{ref!r} is named but is no component", hint="add it or drop the name")
    for each in bom.components:
        above = each
        for _ in range(_NESTING):
            above = refs[above.parent] if above.parent else above
        if above.parent:
            raise InputError(
                f"{each.ref!r} lies too deep",
                hint="a slice lies in a file, a file in an archive or a release",
            )
    return replace(
        bom,
        contexts=tuple(sorted(set(bom.contexts))),
        vex=tuple(sorted(set(bom.vex))),
        components=tuple(map(_canonical, sorted(bom.components, key=lambda each: each.ref))),
        relations=tuple(
            _canonical_relation(each)
            for each in sorted(bom.relations, key=lambda each: (each.source, each.kind, each.target))
        ),
        dependency_lists=tuple(sorted(bom.dependency_lists, key=lambda each: each.ref)),
    )
