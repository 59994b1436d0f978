"""Whole bills of materials, with every field of every kind of component, as far as a model can hold it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar, get_args

from hypothesis import strategies as st

from attest.model.bom import (
    Bom,
    BomComponent,
    BomRelation,
    Completeness,
    ComponentKind,
    Context,
    DependencyList,
    Evidence,
    RelationKind,
    VexFormat,
    VexReference,
)
from attest.model.checkout import VersionClaim, VersionSource
from attest.model.digest import Digests, FileIdentity
from attest.model.license import LicenseMatch, Licenses
from attest.model.module import ModuleVersion
from attest.model.source import Platform
from attest.model.stated import Stated
from attest.sbom.purl import module_purl
from attest.sbom.restored import is_inside

#: Text that every form holds, with all that means something in one of them.
one_line = st.text("aZ\u00e9 <&>\"'=:;,#-", min_size=1, max_size=8)
one_line |= st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=5)
#: Any text that UTF-8 holds: what a form cannot hold it refuses.
any_text = st.text("a \t\n", min_size=1, max_size=5)
any_text |= st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
#: What names are made of in every form.
plain = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=10)
words = st.text("abcXYZ019._-", min_size=1, max_size=6)
hexadecimal = st.text("0123456789abcdef", min_size=64, max_size=64)
paths = st.lists(st.text("abcXYZ019~_-", min_size=1, max_size=5), min_size=1, max_size=3).map("/".join)
versions = st.sampled_from(["v0.0.1", "v1.2.3-rc.1", "v2.0.0+incompatible"])
expressions = st.sampled_from(
    [
        "MIT",
        "Apache-2.0 OR MIT",
        "(Apache-2.0 OR MIT) AND LicenseRef-Example",
        "GPL-2.0-only WITH GCC-exception-2.0",
    ]
)


T = TypeVar("T")


def sets(elements: st.SearchStrategy[T], most: int = 3) -> st.SearchStrategy[tuple[T, ...]]:
    """A few values, each once, in the order in which they are written."""
    return st.lists(elements, max_size=most, unique=True).map(lambda found: tuple(sorted(found, key=str)))


def stated(values: st.SearchStrategy[str]) -> st.SearchStrategy[Stated]:
    """A value, or the reason why there is none."""
    return st.builds(Stated, value=values) | st.builds(Stated, unknown_because=values | plain)


contacts = st.sampled_from(["", "sbom@example.com", "https://example.com/about"])
vex_references = st.builds(
    VexReference,
    url=st.sampled_from(["a.json", "./b/c%20d.json", "https://example.com/vex?x=1&y=2#z", "http://h/a"]),
    sha256=hexadecimal,
    format=st.sampled_from(get_args(VexFormat)),
    id=st.sampled_from(["", "https://example.com/vex/1", "urn:uuid:00000000-0000-5000-8000-000000000000"]),
)
platforms = sets(
    st.builds(
        Platform,
        goos=st.sampled_from(["linux", "windows"]),
        goarch=st.sampled_from(["amd64", "arm"]),
        variant=st.sampled_from(["", "7"]),
    )
)
replaced = st.builds(ModuleVersion, path=paths, version=st.just("") | st.just("(devel)") | versions)
states = st.sampled_from(get_args(Completeness))


claims = st.builds(VersionClaim, source=st.sampled_from(["tag", "build-info"]), version=versions) | st.builds(
    VersionClaim, source=st.just("linker-flags"), version=versions, name=words
)


def in_order(found: list[VersionClaim]) -> tuple[VersionClaim, ...]:
    """Claims in the order in which they count, and in that of their texts."""
    sources = get_args(VersionSource)
    return tuple(sorted(found, key=lambda each: (sources.index(each.source), each.version, each.name)))


def licenses(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Licenses]:
    """What may be known of licences."""
    matches = st.builds(
        LicenseMatch,
        identifier=words,
        file=texts,
        first_line=st.integers(1, 99),
        last_line=st.integers(1, 99),
    )
    return st.builds(
        Licenses,
        declared=stated(expressions),
        concluded=stated(expressions),
        concluded_from=st.just("") | texts,
        matches=sets(matches),
        unrecognized=sets(texts),
        copyrights=sets(texts),
    )


def components(texts: st.SearchStrategy[str]) -> st.SearchStrategy[BomComponent]:
    """One component; that of a file has no identity yet."""
    return st.builds(
        BomComponent,
        ref=plain,
        kind=st.sampled_from(get_args(ComponentKind)),
        name=texts,
        version=stated(texts),
        purl=st.just("") | st.builds(module_purl, paths, st.just("") | versions),
        package=st.just("") | texts,
        supplier=stated(texts),
        licenses=st.none() | licenses(texts),
        sum=st.just("") | texts,
        zip_sha256=st.just("") | hexadecimal,
        replaces=st.none() | replaced,
        directory=st.just("") | texts,
        origin=st.just("") | words.map("git+https://example.com/{}".format),
        go_version=st.just("") | texts,
        settings=sets(st.tuples(words, texts)),
        code_size=st.none() | st.integers(0, 1 << 40),
        platforms=platforms,
        evidence=sets(st.sampled_from(get_args(Evidence))),
        version_claims=st.lists(claims, max_size=3, unique=True).map(in_order),
    )


identities = st.builds(
    FileIdentity,
    digests=st.builds(Digests, sha256=hexadecimal, sha512=hexadecimal.map(lambda half: half * 2)),
    size=st.integers(0, 1 << 40),
)


@st.composite
def boms(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> Bom:
    """Files lie in files and releases, two deep at most; all else is related at random."""
    found: list[BomComponent] = []
    relations: dict[tuple[str, RelationKind, str], BomRelation] = {}
    depth: dict[str, int] = {}
    for each in draw(st.lists(components(texts), min_size=1, max_size=5, unique_by=lambda one: one.ref)):
        holders = [one for one in found if is_inside(each, one) and depth[one.ref] < 2]
        holder = draw(st.sampled_from([None, *holders]))
        made = replace(each, parent=holder.ref if holder else "")
        if each.kind == "file":
            made = replace(made, identity=draw(identities), zip_sha256="")
        if holder is not None:
            relations[holder.ref, "contains", made.ref] = BomRelation(
                source=holder.ref, kind="contains", target=made.ref, platforms=draw(platforms)
            )
        depth[made.ref] = depth[holder.ref] + 1 if holder else 0
        found.append(made)
    drawn = {each.ref: each for each in found}
    refs = st.sampled_from(sorted(drawn))
    for source, kind, target in draw(
        st.lists(st.tuples(refs, st.sampled_from(get_args(RelationKind)), refs), max_size=6)
    ):
        holds = kind == "contains" and is_inside(drawn[target], drawn[source])
        if source != target and not holds:
            near = draw(st.booleans())
            where = drawn[source].platforms if near else draw(platforms)
            relations[source, kind, target] = BomRelation(
                source=source, kind=kind, target=target, platforms=where
            )
    lists = [
        DependencyList(
            ref=each, state=draw(st.sampled_from(get_args(Completeness))), reason=draw(st.just("") | texts)
        )
        for each in sorted(draw(st.sets(refs)))
    ]
    return Bom(
        subject=draw(st.sampled_from([each.ref for each in found if not each.parent])),
        contexts=draw(sets(st.sampled_from(get_args(Context)))),
        platform=draw(st.none() | platforms.filter(bool).map(lambda some: some[0])),
        components=tuple(found),
        relations=tuple(relations.values()),
        dependency_lists=tuple(lists),
        created=draw(st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))),  # noqa: DTZ001 - hypothesis asks for bounds without
        author=draw(stated(texts)),
        supplier=draw(stated(texts)),
        tool_name=draw(words),
        tool_version=draw(words),
        author_contact=draw(contacts),
        supplier_contact=draw(contacts),
        vex=draw(sets(vex_references)),
    )
