from __future__ import annotations

import pytest

from attest.errors import FormatError
from attest.go import module_path
from attest.model.place import Place

#: A path, and whether it is a valid module, import and file path (the cases of x/mod's checkPathTests).
PATHS = [
    ("x.y/z", True, True, True), ("x.y", True, True, True), ("", False, False, False),
    ("x.y/\xffz", False, False, True), ("/x.y/z", False, False, False), ("x./z", False, False, False),
    (".x/z", False, True, True), ("-x/z", False, False, True), ("x..y/z", True, True, True),
    ("x.y/z/../../w", False, False, False), ("x.y//z", False, False, False),
    ("x.y/z//w", False, False, False),
    ("x.y/z/", False, False, False), ("x.y/z/v0", False, True, True), ("x.y/z/v1", False, True, True),
    ("x.y/z/v2", True, True, True), ("x.y/z/v2.0", False, True, True), ("X.y/z", False, True, True),
    ("x.y/./z", False, False, False), ("x.y/z..", False, False, False), ("x.y/z.", False, False, False),
    ("x_y/z", False, True, True), ("x.y/_z", True, True, True), ("!x.y/z", False, False, True),
    ("x.y/z+w", False, True, True), ("x.y/z w", False, False, True), ("x.y/a b(c)[d]", False, False, True),
    ("x.y/con", False, False, False), ("x.y/Com1.txt", False, False, False),
    ("x.y/nul.x/y", False, False, False),
    ("x.y/con1", True, True, True), ("x.y/x~1", False, False, True), ("x.y/x~1.z", False, False, True),
    ("x.y/x~", True, True, True), ("x.y/x~a1", True, True, True), ("x.y/.foo", False, True, True),
    ("x.y/z\\w", False, False, False), ("x.y/z:w", False, False, False), ("x.y/z\nw", False, False, False),
    ("x.y/z*", False, False, False), ("x.y/z\u00b2", False, False, False),
    ("x.y/\u4f60\u597d", False, False, True),
    ("x", False, True, True), ("gopkg.in/yaml", False, True, True), ("gopkg.in/yaml.v2", True, True, True),
    ("gopkg.in/yaml.v0", True, True, True), ("gopkg.in/yaml.v01", False, True, True),
    ("gopkg.in/user/pkg.v3-unstable", True, True, True), ("...", False, False, False),
]  # fmt: skip


@pytest.mark.parametrize(("path", "module", "imported", "file"), PATHS, ids=[repr(each[0]) for each in PATHS])
def test_paths(path: str, module: bool, imported: bool, file: bool) -> None:
    assert (module_path.module_path_fault(path) == "") is module
    assert (module_path.import_path_fault(path) == "") is imported
    assert (module_path.file_path_fault(path) == "") is file


def test_the_reasons() -> None:
    assert module_path.module_path_fault("x") == "missing dot in first path element"
    assert module_path.module_path_fault("X.y/z") == "invalid char in first path element"
    assert module_path.module_path_fault("x.y/v1") == "invalid version"
    assert module_path.import_path_fault("x.y//z") == "double slash"
    assert module_path.import_path_fault("x.y/z/") == "trailing slash"
    assert module_path.file_path_fault("a/CON.txt") == "'CON' disallowed as path element component on Windows"


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("x.y/z", ("x.y/z", "")),
        ("x.y/z/v2", ("x.y/z", "/v2")),
        ("x.y/z/v22", ("x.y/z", "/v22")),
        ("x.y/zv2", ("x.y/zv2", "")),
        ("x.y/z/v", ("x.y/z/v", "")),
        ("x.y/z/v1", None),
        ("x.y/z/v0", None),
        ("x.y/z/v02", None),
        ("x.y/z/v2.3", None),
        ("gopkg.in/z.v1", ("gopkg.in/z", ".v1")),
        ("gopkg.in/z.v0", ("gopkg.in/z", ".v0")),
        ("gopkg.in/z.v2-unstable", ("gopkg.in/z", ".v2-unstable")),
        ("gopkg.in/z/v2", None),
    ],
)
def test_major_suffix(path: str, parts: tuple[str, str] | None) -> None:
    assert module_path.split_major(path) == parts


@pytest.mark.parametrize(
    ("version", "suffix", "fault"),
    [
        ("v1.0.0", "", ""),
        ("v0.0.0-20240102030405-abcdefabcdef", ".v1", ""),
        ("v2.0.0", "", "should be v0 or v1, not v2"),
        ("v2.0.0+incompatible", "", ""),
        ("v2.0.0", "/v2", ""),
        ("v1.0.0", "/v2", "should be v2, not v1"),
        ("v3.0.0", ".v3-unstable", ""),
        ("v0.1.0", ".v1", "should be v1, not v0"),
    ],
)
def test_major_fault(version: str, suffix: str, fault: str) -> None:
    assert module_path.major_fault(version, suffix) == fault


@pytest.mark.parametrize(
    ("path", "escaped"),
    [("x.y/z", "x.y/z"), ("github.com/Azure/Go", "github.com/!azure/!go"), ("x.y/ABC", "x.y/!a!b!c")],
)
def test_escape(path: str, escaped: str) -> None:
    assert module_path.escape_path(path) == escaped
    assert module_path.unescape_path(escaped) == path


def test_escape_of_versions() -> None:
    assert module_path.escape_version("v1.0.0-RC1+incompatible") == "v1.0.0-!r!c1+incompatible"
    assert module_path.unescape_version("v1.0.0-!r!c1") == "v1.0.0-RC1"


@pytest.mark.parametrize(
    "path", ["", "../x.y", "x.y/../..", "/x.y", "x.y/a\\b", "x.y/!a", "x.y/\0", "x", "C:/x.y"]
)
def test_hostile_paths_never_become_names(path: str) -> None:
    place = Place(file="go.sum", line=3)
    with pytest.raises(FormatError, match=r"go\.sum:3: malformed module path"):
        module_path.escape_path(path, place=place)


@pytest.mark.parametrize("version", ["", ".", "..", "v1/../..", "v1\\..", "v1!", "v1:2", "v1\u00e9", "con"])
def test_hostile_versions_never_become_names(version: str) -> None:
    with pytest.raises(FormatError, match="disallowed version string"):
        module_path.escape_version(version)


@pytest.mark.parametrize("escaped", ["x.y/A", "x.y/!A", "x.y/!", "x.y/!1", "x.y/\u00e9", "x"])
def test_what_is_no_escaped_path(escaped: str) -> None:
    with pytest.raises(FormatError, match="invalid escaped module path"):
        module_path.unescape_path(escaped)


@pytest.mark.parametrize("escaped", ["V1", "v1!", "a/b", ".."])
def test_what_is_no_escaped_version(escaped: str) -> None:
    with pytest.raises(FormatError, match="invalid escaped version"):
        module_path.unescape_version(escaped)


def test_prefix() -> None:
    assert module_path.has_prefix("a/b", "a")
    assert module_path.has_prefix("a/b", "a/b")
    assert not module_path.has_prefix("a/bc", "a/b")
