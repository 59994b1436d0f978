"""Parsers of Go's formats raise nothing but AttestError, whatever the bytes, and agree with themselves."""

from __future__ import annotations

import hashlib
import io
import zipfile
from contextlib import suppress
from functools import cmp_to_key

from hypothesis import given, settings
from hypothesis import strategies as st

from attest.app.check import check_source
from attest.app.graph import load_graph
from attest.errors import AttestError, FormatError
from attest.go import (
    constraint,
    dirhash,
    embed,
    gomod,
    gosum,
    goversion,
    gowork,
    imports,
    manifest,
    module_path,
    module_zip,
    modulestxt,
    notices,
    proxy,
    semver,
    text,
)
from attest.go.context import BuildContext
from attest.go.main_modules import selected
from attest.model.limits import DEFAULT_LIMITS
from attest.model.module import MainModules, ModuleVersion
from attest.model.place import Place
from attest.model.source import Platform
from tests.fakes import MemoryTree
from tests.unit.go.proxy import WIDGET
from tests.unit.go.proxy import module_zip as make_zip

WORDS = st.sampled_from(
    [
        "module",
        "go",
        "toolchain",
        "godebug",
        "require",
        "exclude",
        "replace",
        "retract",
        "tool",
        "ignore",
        "use",
        "(",
        ")",
        "=>",
        "[",
        "]",
        ",",
        "//",
        "indirect",
        "a.b/c",
        "./d",
        "v1.0.0",
        "v2.0.0+incompatible",
        "1.24",
        "go1.24",
        "x=1",
        '"q"',
        "`",
        "\n",
        "\r\n",
        "/*",
        "*/",
        "#",
        "##",
        "explicit",
        "h1:x",
        "/go.mod",
        "package",
        "import",
        "C",
        '"C"',
        "//go:build",
        "//",
        "+build",
        "linux",
        "&&",
        "||",
        "!",
        "\t",
        ";",
        "/*",
        "p",
        "'x'",
        "\\",
        "\x00",
        "\ufeff",
    ]
)
LINUX = Platform(goos="linux", goarch="amd64")
SOUP = st.lists(st.one_of(WORDS, st.text(max_size=5)), max_size=40).map(" ".join)
MUTATED = st.tuples(
    st.sampled_from([each.encode() for each in WIDGET.values()]),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=8),
)
VERSIONS = st.one_of(
    st.from_regex(
        r"v(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]?)){0,2}(-[0-9a-z.-]{1,8})?(\+[a-z0-9.]{1,5})?", fullmatch=True
    ),
    st.text(max_size=8),
)


def mutate(case: tuple[bytes, list[tuple[int, int]]]) -> bytes:
    data = bytearray(case[0])
    for position, value in case[1]:
        if data:
            data[position % len(data)] = value
    return bytes(data)


BYTES = st.one_of(st.binary(max_size=200), SOUP.map(str.encode), MUTATED.map(mutate))


@settings(max_examples=100)
@given(BYTES, BYTES)
def test_module_graphs_raise_nothing_else(dependency: bytes, main: bytes) -> None:
    cached = {f"cache/download/a.b/{name}/@v/v1.0.0.mod": dependency for name in "cde"}
    modcache = MemoryTree(cached)
    given_main = {"go.mod": main, "go.work": dependency, "d/go.mod": main}
    fixed = {
        "go.mod": b"module m\ngo 1.16\nrequire a.b/c v1.0.0\n",
        "go.work": b"use ./d\n",
        "d/go.mod": main,
    }
    for files in (given_main, fixed):
        for workspace in (False, True):
            with suppress(AttestError):
                load_graph(MemoryTree(files), modcache=modcache, workspace=workspace)


@settings(max_examples=100)
@given(BYTES, BYTES, BYTES)
def test_workspaces_raise_nothing_else(work: bytes, member: bytes, vendored: bytes) -> None:
    files = {
        "go.mod": b"module m\ngo 1.24\n",
        "a/go.mod": b"module m/a\nrequire a.b/c v1.0.0\nreplace a.b/c => ../c\n",
        "a/a.go": b'package a\nimport _ "a.b/c"\n',
        "b/go.mod": member,
        "go.work.sum": member,
        "b/go.sum": vendored,
        "vendor/modules.txt": b"## workspace\n" + vendored,
        "vendor/a.b/c/c.go": b"package c\n",
    }
    for go_work in (work, b"go 1.24\nuse (\n.\n./a\n./b\n)\n" + work, b"use ./a\nuse ./b\n"):
        with suppress(AttestError):
            check_source(MemoryTree({**files, "go.work": go_work}), modcache=None, platforms=(LINUX,))


@settings(max_examples=200)
@given(BYTES)
def test_text_formats_raise_nothing_else(data: bytes) -> None:
    with suppress(AttestError):
        found = gomod.parse(data)
        selected(MainModules.alone(found))
    with suppress(AttestError):
        gowork.parse(data)
    gosum.index(gosum.parse(data))
    with suppress(AttestError):
        modulestxt.package_owners(modulestxt.parse(data))


@settings(max_examples=200)
@given(BYTES)
def test_source_headers_never_raise(data: bytes) -> None:
    found = imports.read(data)
    context = BuildContext(platform=Platform(goos="linux", goarch="amd64"))
    assert found.constraint.holds(context.tag) in (True, False)
    assert all(1 <= each.line <= data.count(b"\n") + 1 for each in found.imports)
    assert bool(found.error) == bool(found.line)


@settings(max_examples=100)
@given(SOUP)
def test_constraints_raise_only_their_own_error(source: str) -> None:
    for parse in (constraint.parse_go_build, constraint.parse_plus_build):
        with suppress(constraint.ConstraintError):
            expression = parse(source)
            held = constraint.holds(expression, lambda _: True), constraint.holds(expression, lambda _: False)
            assert all(isinstance(each, bool) for each in held)


@settings(max_examples=100)
@given(VERSIONS, VERSIONS, VERSIONS)
def test_versions_are_totally_ordered(one: str, other: str, third: str) -> None:
    assert semver.compare(one, other) == -semver.compare(other, one)
    low, middle, high = sorted((one, other, third), key=cmp_to_key(semver.compare))
    assert semver.compare(low, high) <= 0
    assert semver.compare(low, middle) <= 0 <= semver.compare(high, middle)
    for each in (one, other, third):
        full = semver.canonical(each)
        assert bool(full) == semver.is_valid(each)
        assert semver.canonical(full) == full
        assert semver.compare(each, full) == 0
    assert not (goversion.before(one, other) and goversion.before(other, one))


@settings(max_examples=200)
@given(
    st.one_of(st.text(max_size=20), st.from_regex(r"[a-z]{1,3}\.[a-z]/[A-Za-z!./~-]{0,10}", fullmatch=True))
)
def test_a_path_in_the_cache_stays_there_and_comes_back(path: str) -> None:
    module_path.import_path_fault(path)
    try:
        escaped = module_path.escape_path(path)
    except FormatError:
        return
    assert escaped == escaped.lower()
    assert not {"", ".", ".."} & set(escaped.split("/"))
    assert "\\" not in escaped
    assert module_path.unescape_path(escaped) == path


@settings(max_examples=100)
@given(st.text(max_size=12))
def test_a_version_in_the_cache_is_one_name_and_comes_back(version: str) -> None:
    try:
        escaped = module_path.escape_version(version)
    except FormatError:
        return
    assert not set("/\\") & set(escaped)
    assert escaped not in ("", ".", "..")
    assert module_path.unescape_version(escaped) == version


@settings(max_examples=100)
@given(st.text(max_size=12), st.text(max_size=12))
def test_patterns_and_quotes_never_raise(pattern: str, name: str) -> None:
    assert embed.embeds(pattern, name) in (True, False)
    text.unquote(f'"{pattern}"')
    assert text.unquote(pattern) is None or pattern[0] in '"`'


FILES = st.dictionaries(
    st.from_regex(r"[a-z]{1,5}(/[a-z]{1,5}){0,2}\.go", fullmatch=True), st.binary(max_size=50), max_size=6
)


@settings(max_examples=60, deadline=None)
@given(FILES)
def test_a_zip_hashes_as_its_files_do(files: dict[str, bytes]) -> None:
    x = ModuleVersion(path="a.b/x", version="v1.0.0")
    data = make_zip("a.b/x", "v1.0.0", files)
    with suppress(FormatError):  # one name may be the directory of another
        found = module_zip.manifest(memoryview(data), x, limits=DEFAULT_LIMITS, place=Place(file="x.zip"))
        listed = [(f"{x}/{name}", hashlib.sha256(content).hexdigest()) for name, content in files.items()]
        assert dirhash.h1(found) == dirhash.h1(listed)


ZIP = make_zip("a.b/x", "v1.0.0", {"go.mod": b"module a.b/x\n", "x.go": b"package x\n" * 50, "d/e.go": b""})


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(ZIP) - 1), st.integers(0, 255)), max_size=6),
    st.integers(0, len(ZIP)),
)
def test_a_damaged_zip_raises_nothing_else(changes: list[tuple[int, int]], end: int) -> None:
    data = bytearray(ZIP)
    for position, value in changes:
        data[position] = value
    x = ModuleVersion(path="a.b/x", version="v1.0.0")
    for each in (bytes(data), bytes(data[:end])):
        with suppress(AttestError):
            module_zip.manifest(memoryview(each), x, limits=DEFAULT_LIMITS, place=Place(file="x.zip"))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_bytes_that_are_no_zip_raise_nothing_else(data: bytes) -> None:
    x = ModuleVersion(path="a.b/x", version="v1.0.0")
    assert not zipfile.is_zipfile(io.BytesIO(data)) or data
    with suppress(AttestError):
        module_zip.manifest(memoryview(data), x, limits=DEFAULT_LIMITS, place=Place(file="x.zip"))


MANIFEST = b"""attest module manifest v1
module a.b/x v1.0.0
go.mod bW9kdWxlIGEuYi94Cg==
2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  a.b/x@v1.0.0/x.go
content eA==
module a.b/y v1.0.0
go.mod eA==
"""
CHANGES = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=4)


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=100), CHANGES.map(lambda changes: mutate((MANIFEST, changes)))))
def test_a_manifest_reads_back_as_it_was_or_raises_nothing_else(data: bytes) -> None:
    try:
        read = manifest.parse(data, "m.txt", limits=DEFAULT_LIMITS)
    except AttestError:
        return
    assert manifest.write(read.values()) == data


def test_the_manifest_that_is_mutated_is_valid() -> None:
    assert len(manifest.parse(MANIFEST, "m.txt")) == 2


@given(st.text(st.sampled_from("ab.*?[]^-\\\\/,|:@ \n"), max_size=30) | st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_settings_of_the_proxy(value: str) -> None:
    with suppress(AttestError):
        for step in proxy.parse_list(value):
            assert "@" not in proxy.without_password(step.url).partition("://")[2].partition("/")[0]
    assert proxy.matches(value, "a.b/a/b") in (True, False)
    assert all(all(pair) for pair in proxy.parse_netrc(value).values())


@settings(max_examples=40)
@given(st.one_of(st.binary(max_size=200), st.text("module/ \n\tDeprecated:x.", max_size=200).map(str.encode)))
def test_a_deprecation_is_found_in_any_bytes_or_not(data: bytes) -> None:
    assert "\n" not in notices.deprecation(data)


@settings(max_examples=40)
@given(st.lists(st.text("v0123456789.-+abc", max_size=30), max_size=8))
def test_the_latest_version_is_one_of_those_given(versions: list[str]) -> None:
    assert notices.latest(versions) in {None, *versions}
