from __future__ import annotations

import pytest

from attest.go import imports


def paths(text: str) -> list[tuple[str, int]]:
    found = imports.read(text.encode())
    assert not found.error
    return [(each.path, each.line) for each in found.imports]


#: Headers as in go/build's TestReadGoInfo, and the imports with their lines.
GOOD: list[tuple[str, list[tuple[str, int]]]] = [
    ("package p", []),
    ("package p // comment", []),
    ('package p; import "x"', [("x", 1)]),
    ('package p; import . "x"', [("x", 1)]),
    ('package p; import "x";var x = 1', [("x", 1)]),
    ('package p\nimport"x"\nimport _`y`', [("x", 2), ("y", 3)]),
    ('package p\n\n// comment\n\nimport "x"\nimport _ "x"\nimport a "x"\n', [("x", 5), ("x", 6), ("x", 7)]),
    (
        'package p\nimport (\n\t"x" /* c */\n\t_ "y"; . "z"\n)\nimport()\nfunc f()',
        [("x", 3), ("y", 4), ("z", 4)],
    ),
    ('/* a\nb */ package\np\nimport\n"\\x61"\n', [("a", 5)]),
    ('package p\nimport a /*\n*/ "x"\ntype T struct{}\nimport "late"', [("x", 3)]),
    ("\ufeffpackage p\nimport `x`\n", [("x", 2)]),
    ('package p\nimport "\u4f60\u597d"\n', [("\u4f60\u597d", 2)]),
    ('package p\nimport (\n"x"\n\n\n"y")\n\x00', [("x", 3), ("y", 6)]),
    ('package \u00e9\nimport \u00e9 "x"', [("x", 2)]),
]


@pytest.mark.parametrize(("text", "expected"), GOOD, ids=[repr(each[0])[:40] for each in GOOD])
def test_imports(text: str, expected: list[tuple[str, int]]) -> None:
    if "\0" not in text:
        assert paths(text) == expected


@pytest.mark.parametrize(
    ("text", "error", "line"),
    [
        ("", "expected 'package'", 1),
        ("package", "expected a package name", 1),
        ("// only a comment\n", "expected 'package'", 2),
        ("packagep", "expected 'package'", 1),
        ("package p\nimport x\n", "expected an import path", 3),
        ('package p\nimport "x\n"', "expected an import path", 2),
        ("package p\nimport (\n\n+\n)", "expected an import path", 4),
        ('package p\nimport (\n"x"\n', "expected an import path", 4),
        ("package p\nif x", "expected 'import'", 2),
        ('package p\nimport "a b"', 'invalid import path: "a b"', 2),
        ('package p\nimport ""', 'invalid import path: ""', 2),
        ('package p\nimport "a\\qb"', 'invalid import path: "a\\qb"', 2),
        ('package p\nimport "a:b"', 'invalid import path: "a:b"', 2),
        ("package p\n/* open\nimport", "comment not terminated", 2),
        ("package p\n/ x", "", 0),
    ],
)
def test_faults(text: str, error: str, line: int) -> None:
    found = imports.read(text.encode())
    assert error in found.error
    assert found.line == line
    assert not found.constraint.error


def test_bytes_that_are_no_utf8_matter_only_in_paths() -> None:
    assert not imports.read(b'// \xff\npackage p\nimport "x"\n').error
    assert "invalid import path" in imports.read(b'package p\nimport "\xff"\n').error


@pytest.mark.parametrize(
    "text", [b"\0package p", b"package p\0", b"package p\n// a\0b\n\nvar x", b"package p\nimport \0"]
)
def test_nul_makes_a_file_unreadable_whatever_its_constraint(text: bytes) -> None:
    found = imports.read(text)
    assert found.constraint.error == "unexpected NUL in input"
    assert found.constraint.line == text.count(b"\n", 0, text.find(b"\0")) + 1


def test_nul_after_the_header_is_not_looked_at() -> None:
    assert not imports.read(b'package p\nimport "x"\nvar s = "\0"\n').constraint.error


def test_the_constraint_is_read_with_the_rest() -> None:
    found = imports.read(b"//go:build x\n\npackage p\n")
    assert found.constraint.expressions == (("x",),)
    assert found.package == "p"


def test_cgo() -> None:
    assert imports.read(b'package p\n\n/*\n#include <x.h>\n*/\nimport "C"\n').uses_cgo
    assert not imports.read(b'package p\nimport "c"\n').uses_cgo


def test_embeds() -> None:
    text = """package p
import _ "embed"
//go:embed a b/*.txt "c d" `e f`
var x string
var s = "//go:embed no"
var r = `
//go:embed no
`
/*
//go:embed no
*/
// //go:embed no
//go:embedded no
var c = '"' //go:embed all:g
//go:embed
"""
    assert imports.read(text.encode()).embeds == ("a", "b/*.txt", "c d", "e f", "all:g")
    assert imports.read(text.replace("embed", "fmt", 1).encode()).embeds == ()
