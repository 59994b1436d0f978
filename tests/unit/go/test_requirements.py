from __future__ import annotations

import pytest

from attest.go import gomod, gowork, modulestxt
from attest.go.requirements import allows, is_pseudo, matches, modules, vendor_unused
from attest.model.module import MainModule, MainModules, ModuleVersion
from attest.model.place import Place
from attest.model.source import SourceReport, SumProof


def module(text: str) -> ModuleVersion:
    path, _, version = text.partition("@")
    return ModuleVersion(path=path, version=version)


def report(
    go_mod: str, *, modules_txt: str | None = None, needed: tuple[str, ...] = (), go_work: str = ""
) -> SourceReport:
    proofs = tuple(
        SumProof(
            module=module(each),
            kind="zip",
            recorded="h1:x",
            computed="h1:x",
            status="match",
            place=Place(file="go.sum", line=number),
            needed=not each.startswith("unneeded"),
        )
        for number, each in enumerate(needed, start=1)
    )
    return SourceReport(
        label="t",
        main=MainModules(
            modules=(MainModule(go_mod=gomod.parse(f"module example.com/t\n{go_mod}".encode())),),
            work=gowork.parse(go_work.encode()) if go_work else None,
        ),
        modules_txt=None if modules_txt is None else modulestxt.parse(modules_txt.encode()),
        vendored=modules_txt is not None,
        sum_faults=(),
        proofs=proofs,
        vendor_faults=(),
    )


@pytest.mark.parametrize(
    ("version", "pseudo"),
    [
        # with no tag, a release and a pre-release before the commit, as x/mod/module/pseudo.go says
        ("v0.0.0-20240102030405-abcdef123456", True),
        ("v1.2.4-0.20240102030405-abcdef123456", True),
        ("v1.2.3-pre.0.20240102030405-abcdef123456", True),
        ("v2.0.1-0.20240102030405-abcdef123456+incompatible", True),
        ("v1.2.3", False),
        ("v1.2.3-20240102030405-abcdef123456", False),
        ("v0.0.0-2024010203040-abcdef123456", False),
        ("v1.2.3-rc.1", False),
        ("", False),
        ("v0.0.0-20240102030405-abcdef123456\n", False),
    ],
)
def test_pseudo_versions(version: str, pseudo: bool) -> None:
    assert is_pseudo(version) is pseudo


@pytest.mark.parametrize(
    ("pattern", "name", "matched"),
    [
        ("a.b/c", "a.b/c@v1.0.0", True),
        ("a.b/c", "a.b/c/v2@v2.0.0", False),
        ("a.b/c/...", "a.b/c/v2@v2.0.0", True),
        ("a.b/c/...", "a.b/c@v1.0.0", True),
        ("a.b/c/...", "a.b/cd@v1.0.0", False),
        ("a.b/c@v1.0.0", "a.b/c@v1.0.0", True),
        ("a.b/c@v1.0.0", "a.b/c@v1.0.1", False),
        ("a.b/...@v1.0.0", "a.b/c@v1.0.0", True),
    ],
)
def test_a_pattern_names_modules(pattern: str, name: str, matched: bool) -> None:
    assert matches(pattern, module(name)) is matched


@pytest.mark.parametrize(
    ("entry", "allowed"),
    [
        ("a.b/c => d.e/f", True),
        ("a.b/c v1.0.0 => d.e/f v2.0.0", True),
        ("a.b/c v1.0.1 => d.e/f", False),
        ("a.b/c => d.e/f v2.0.1", False),
        ("a.b/c => d.e/g", False),
        ("a.b/d => d.e/f", False),
    ],
)
def test_an_entry_allows_a_replacement(entry: str, allowed: bool) -> None:
    (replace,) = gomod.parse(b"module m\nreplace a.b/c v1.0.0 => d.e/f v2.0.0\n").replace
    assert allows(entry, replace) is allowed


def test_the_modules_of_a_build_come_from_all_that_names_them_once() -> None:
    found = modules(
        report(
            "go 1.13\n"
            "require (\n a.b/one v1.0.0\n a.b/two v1.0.0\n a.b/three v1.0.0\n)\n"
            "replace a.b/two => a.b/fork v1.1.0\n"
            "replace a.b/three v1.0.0 => ./three\n",
            modules_txt="# a.b/one v1.0.0\n## explicit\na.b/one\n# a.b/vendored v1.0.0\na.b/vendored\n"
            "# a.b/two v1.0.0 => a.b/fork v1.1.0\n## explicit\na.b/two\n",
            needed=("a.b/summed@v1.0.0", "a.b/one@v1.0.0", "unneeded/x@v1.0.0"),
        )
    )
    assert [(str(each), str(place)) for each, place in found] == [
        ("a.b/fork@v1.1.0", "go.mod:8"),
        ("a.b/one@v1.0.0", "go.mod:4"),
        ("a.b/summed@v1.0.0", "go.sum:1"),
        ("a.b/vendored@v1.0.0", "vendor/modules.txt:4"),
    ]


@pytest.mark.parametrize(
    ("go_mod", "modules_txt", "go_work", "place"),
    [
        ("go 1.14\n", "", "", None),
        ("go 1.13\n", "", "", "go.mod:2"),
        ("\n\ngo 1.9\n", "", "", "go.mod:4"),
        ("", "", "", "go.mod"),
        ("go 1.24\n", "## workspace\n", "", "vendor/modules.txt:1"),
        ("go 1.24\n", "", "go 1.24\n", "go.work"),
        ("go 1.24\n", "## workspace\n", "go 1.24\n", None),
        ("go 1.24\n", "## workspace\n", "use .\n", "go.work"),
        ("go 1.13\n", None, "go 1.24\n", None),
    ],
)
def test_when_vendor_is_not_what_is_built(
    go_mod: str,
    modules_txt: str | None,
    go_work: str,
    place: str | None,
) -> None:
    found = vendor_unused(report(go_mod, modules_txt=modules_txt, go_work=go_work))
    assert (str(found[1]) if found else None) == place


def test_go_mod_tells_where_its_go_and_toolchain_lines_are() -> None:
    parsed = gomod.parse(b"module m\n\ngo 1.24\n\ntoolchain go1.25.3\n")
    assert (parsed.go_place, parsed.toolchain_place) == (
        Place(file="go.mod", line=3),
        Place(file="go.mod", line=5),
    )
    bare = gomod.parse(b"module m\n")
    assert (bare.go_place, bare.toolchain_place) == (None, None)
