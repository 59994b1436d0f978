from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from attest.errors import FormatError
from attest.go import dirhash, gomod, gosum, modulestxt, sums
from attest.go.sums import NeededModule
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.module import GoSumLine, MainModules, ModuleVersion
from attest.model.place import Place
from attest.model.source import LinkedModule
from tests.fakes import MemoryTree
from tests.unit.go.proxy import module_zip

MOD = gomod.parse(
    b"module m\nrequire (\n\ta.b/X v1.0.0\n\ta.b/y v1.0.0\n\ta.b/z v1.0.0\n\ta.b/z v1.1.0\n)\n"
    b"replace a.b/y => ./y\nreplace a.b/z => c.d/z v1.5.0\n"
)
PRUNED = replace(MOD, go="1.17")
X = ModuleVersion(path="a.b/X", version="v1.0.0")
ZIP = module_zip("a.b/X", "v1.0.0", {"go.mod": b"module a.b/X\n", "x.go": b"package x\n"})
ZIP_NAME = "cache/download/a.b/!x/@v/v1.0.0.zip"
MOD_NAME = "cache/download/a.b/!x/@v/v1.0.0.mod"
ZIP_H1 = dirhash.h1(
    (f"a.b/X@v1.0.0/{name}", hashlib.sha256(content).hexdigest())
    for name, content in (("go.mod", b"module a.b/X\n"), ("x.go", b"package x\n"))
)


def line(kind: str = "zip", digest: str = ZIP_H1, module: ModuleVersion = X) -> GoSumLine:
    return GoSumLine(
        module=module,
        kind="zip" if kind == "zip" else "go.mod",
        hash=digest,
        place=Place(file="go.sum", line=1),
    )


def names(found: tuple[NeededModule, ...]) -> list[tuple[str, str, str]]:
    return [(str(each.module), each.package, str(each.place)) for each in found]


def test_needed_when_vendored() -> None:
    text = (
        b"# a.b/X v1.0.0\n## explicit\na.b/X/p\na.b/X/q\n# a.b/y v1.0.0 => ./y\na.b/y\n"
        b"# a.b/z v1.1.0 => c.d/z v1.5.0\na.b/z\n# a.b/none v1.0.0\n# a.b/un v1.0.0\na.b/un\n"
    )
    assert names(sums.needed_when_vendored(MainModules.alone(MOD), modulestxt.parse(text))) == [
        ("a.b/X@v1.0.0", "a.b/X/p", "go.mod:3"),
        ("a.b/un@v1.0.0", "a.b/un", "vendor/modules.txt:10"),
        ("c.d/z@v1.5.0", "a.b/z", "go.mod:6"),
    ]


def test_needed_when_linked() -> None:
    linked = [
        LinkedModule(module=X, replacement=None, sum="", packages=(package,), requires=())
        for package in ("a.b/X/q", "a.b/X/p")
    ]
    local = LinkedModule(
        module=ModuleVersion(path="a.b/y", version="v1.0.0"),
        replacement=ModuleVersion(path="./y", version=""),
        sum="",
        packages=("a.b/y",),
        requires=(),
    )
    assert names(sums.needed_when_linked(MainModules.alone(MOD), [*linked, local], {})) == [
        ("a.b/X@v1.0.0", "a.b/X/p", "go.mod:3")
    ]


def test_what_is_only_searched_for_a_package_is_needed_too() -> None:
    linked = LinkedModule(module=X, replacement=None, sum="", packages=("a.b/X/p",), requires=())
    fork = ModuleVersion(path="c.d/z", version="v1.5.0")
    nested = ModuleVersion(path="a.b/X/p", version="v0.1.0")
    needed = sums.needed_when_linked(
        MainModules.alone(MOD), [linked], {fork: "a.b/z/q", nested: "a.b/X/p", X: "a.b/X/r"}
    )
    assert names(needed) == [
        ("a.b/X@v1.0.0", "a.b/X/p", "go.mod:3"),
        ("a.b/X/p@v0.1.0", "a.b/X/p", "go.mod"),
        ("c.d/z@v1.5.0", "a.b/z/q", "go.mod:6"),
    ]
    assert [each.provides for each in needed] == [True, False, False]
    one = needed[1:2]
    words = "a.b/X/p@v0.1.0: missing go.sum entry needed to verify package a.b/X/p is provided by exactly one"
    assert missing("q.r/s v1.0.0 h1:x=\n", one) == [f"go.mod: {words} module"]
    read = sums.missing_lines(MainModules.alone(MOD), gosum.parse(b"q.r/s v1.0.0 h1:x=\n"), one, [nested])
    assert [each.message for each in read] == [
        f"{words} module",
        "a.b/X/p@v0.1.0: missing go.sum entry for go.mod file",
    ]


def test_needed_when_unknown() -> None:
    assert names(sums.needed_when_unknown(MainModules.alone(PRUNED), gosum.parse(b"q.r/s v1.0.0 h1:x"))) == [
        ("a.b/X@v1.0.0", "", "go.mod:3"),
        ("c.d/z@v1.5.0", "", "go.mod:6"),
    ]


def test_before_go_1_17_go_sum_tells_the_modules_that_go_mod_leaves_out() -> None:
    lines = b"q.r/s v1.10.0 h1:x\nq.r/s v1.9.0 h1:x\nq.r/t v1.0.0/go.mod h1:x\na.b/X v1.5.0 h1:x\n"
    assert names(sums.needed_when_unknown(MainModules.alone(MOD), gosum.parse(lines))) == [
        ("a.b/X@v1.0.0", "", "go.mod:3"),
        ("c.d/z@v1.5.0", "", "go.mod:6"),
        ("q.r/s@v1.10.0", "", "go.sum:1"),
    ]


def missing(text: str, needed: tuple[NeededModule, ...]) -> list[str]:
    return [
        f"{each.place}: {each.message}"
        for each in sums.missing_lines(MainModules.alone(MOD), gosum.parse(text.encode()), needed)
    ]


def test_missing_lines_in_the_words_of_go() -> None:
    needed = (
        NeededModule(module=X, package="a.b/X/p", place=Place(file="go.mod", line=3)),
        NeededModule(
            module=ModuleVersion(path="c.d/z", version="v1.5.0"),
            package="",
            place=Place(file="go.mod", line=6),
        ),
    )
    other = "q.r/s v1.0.0 h1:x=\n"
    assert missing(other, needed) == [
        "go.mod:3: a.b/X@v1.0.0: missing go.sum entry for module providing package a.b/X/p",
        "go.mod:3: a.b/X@v1.0.0: missing go.sum entry for go.mod file",
        "go.mod:6: c.d/z@v1.5.0: missing go.sum entry for this module",
        "go.mod:6: c.d/z@v1.5.0: missing go.sum entry for go.mod file",
    ]
    (fault,) = missing("a.b/X v1.0.0 h1:x=\na.b/X v1.0.0/go.mod h2:x=\n", needed[:1])
    assert fault.startswith("go.sum:2: a.b/X@v1.0.0: missing go.sum entry for go.mod file: its hash is of")
    assert fault.endswith("the unknown algorithm h2")
    assert missing("a.b/X v1.0.0 h1:x=\na.b/X v1.0.0/go.mod h1:x=\n", needed[:1]) == []


def test_an_empty_go_sum_is_one_fault() -> None:
    needed = sums.needed_when_unknown(MainModules.alone(MOD), gosum.parse(b""))
    assert missing("\n", needed) == ["go.sum: go.sum is empty, but go.mod requires modules"]
    assert missing("", ()) == []


def prove(
    found: GoSumLine, files: dict[str, bytes], *, needed: bool = True, limits: Limits = DEFAULT_LIMITS
) -> tuple[str, str, str]:
    proven = sums.prove(found, MemoryTree(files, label="cache"), needed=needed, limits=limits)
    assert proven is not None
    assert bool(proven.manifest) is (proven.proof.status == "match" and found.kind == "zip")
    assert (proven.proof.recorded, proven.proof.needed) == (found.hash, needed)
    return proven.proof.status, proven.proof.computed, proven.proof.reason


def test_a_zip_that_matches() -> None:
    assert prove(line(), {ZIP_NAME: ZIP}) == ("match", ZIP_H1, "")
    assert prove(line(), {ZIP_NAME: ZIP}, needed=False) == ("match", ZIP_H1, "")


def test_a_go_mod_that_matches() -> None:
    digest = dirhash.go_mod(b"module a.b/X\n")
    assert prove(line("go.mod", digest), {MOD_NAME: b"module a.b/X\n"}) == ("match", digest, "")
    assert prove(line("go.mod", digest), {MOD_NAME: b"module a.b/Y\n"})[0] == "mismatch"


def test_a_zip_that_differs() -> None:
    other = module_zip("a.b/X", "v1.0.0", {"x.go": b"package y\n"})
    status, computed, reason = prove(line(), {ZIP_NAME: other})
    assert (status, reason) == ("mismatch", "")
    assert computed not in ("", ZIP_H1)


def test_what_is_no_zip_is_a_mismatch_with_its_reason() -> None:
    status, computed, reason = prove(line(), {ZIP_NAME: b"junk"})
    assert (status, computed) == ("mismatch", "")
    assert reason == f"cache/{ZIP_NAME}: the module zip cannot be read: File is not a zip file"


def test_a_go_mod_that_is_too_large_is_a_mismatch() -> None:
    limits = Limits(go_mod_bytes=3)
    assert prove(line("go.mod", dirhash.go_mod(b"long")), {MOD_NAME: b"long"}, limits=limits) == (
        "mismatch",
        "",
        f"cache/{MOD_NAME}: larger than 3 bytes",
    )


def test_absent_bytes_are_missing_evidence_where_they_are_needed() -> None:
    assert prove(line(), {}) == ("absent", "", "")
    for cache in (None, MemoryTree({})):
        assert sums.prove(line(), cache, needed=False, limits=DEFAULT_LIMITS) is None
    found = sums.prove(line(), None, needed=True, limits=DEFAULT_LIMITS)
    assert found
    assert found.proof.status == "absent"


def test_bytes_that_cannot_be_read_are_absent() -> None:
    tree = MemoryTree({}, unreadable=frozenset({ZIP_NAME}))
    found = sums.prove(line(), tree, needed=True, limits=DEFAULT_LIMITS)
    assert found
    assert (found.proof.status, found.proof.reason) == ("absent", f"{ZIP_NAME}: permission denied")
    assert sums.prove(line(), tree, needed=False, limits=DEFAULT_LIMITS) is None


@pytest.mark.parametrize("path", ["../../etc", "a.b/../../x", "/a.b", "a.b/x\\y", "a.b"])
def test_a_hostile_path_never_leaves_the_cache(path: str) -> None:
    hostile = line(module=ModuleVersion(path=path, version="v1.0.0/../../../x"))
    with pytest.raises(FormatError):
        sums.cache_name(hostile)
    status, computed, reason = prove(hostile, {})
    assert (status, computed) == ("mismatch", "")
    assert "go.sum:1: " in reason
