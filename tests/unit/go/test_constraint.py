from __future__ import annotations

import pytest

from attest.go import constraint
from attest.go.constraint import ConstraintError

#: What go/build/constraint/expr_test.go lists: an expression and the tags that make it hold.
NEW = [
    ("x", "x", True), ("x", "y", False), ("!x", "", True), ("! x", "x", False),
    ("x || y", "y", True), ("x||y", "", False), ("x && y", "x y", True), ("x&&y", "x", False),
    ("x && y || z", "z", True), ("x && (y || z)", "z", False), ("!x || y && z", "x y", False),
    ("!(x && y)", "x", True), ("!(x || !y)", "y", True), ("((x))", "x", True), ("x||y&&!z", "y z", False),
    ("go1.20 && !_x && \u00e9", "go1.20 \u00e9", True), ("\tx\t", "x", True), ("386", "386", True),
]  # fmt: skip
BAD = [
    ("", "unexpected end of expression"), ("x y", "unexpected token y"),
    ("x &&", "unexpected end of expression"),
    ("x & y", "invalid syntax at &"), ("!!x", "double negation not allowed"),
    ("! !x", "double negation not allowed"),
    ("(x", "missing close paren"), ("x)", "unexpected token )"), ("()", "unexpected token )"),
    ("&& x", "unexpected"),
    ("x !y", "unexpected token !"), ("x (y)", "unexpected token ("), ("x-y", "invalid syntax at -"),
    ("!", "unexpected end of expression"), ("x\u00b2", "invalid syntax at x\u00b2"),
    ("x\n&& y", "invalid syntax"),
    ("(" * 1001 + "x" + ")" * 1001, "build expression too large"),
    ("x" + " || x" * 1000, "build expression too large"), ("x,y", "invalid syntax at ,"),
]  # fmt: skip
OLD = [
    ("x y", "y", True), ("x,y", "x", False), ("x,y z", "z", True), ("!x,y", "y", True), ("!x", "x", False),
    ("", "", False), ("!!x", "", False), ("!", "", False), ("x-y", "x-y", False), ("!x-y", "", True),
    (",", "", False),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "tags", "holds"), NEW)
def test_go_build(expression: str, tags: str, holds: bool) -> None:
    assert constraint.holds(constraint.parse_go_build(expression), tags.split().__contains__) is holds


@pytest.mark.parametrize(("expression", "message"), BAD, ids=[each[0][:20] for each in BAD])
def test_what_is_no_expression(expression: str, message: str) -> None:
    with pytest.raises(ConstraintError) as caught:
        constraint.parse_go_build(expression)
    assert message in str(caught.value)


def test_as_large_as_go_allows() -> None:
    deep = constraint.parse_go_build("(" * 999 + "x" + ")" * 999)
    assert constraint.holds(deep, "x".__eq__)
    long = constraint.parse_go_build("y || " * 999 + "x")
    assert constraint.holds(long, "x".__eq__)


@pytest.mark.parametrize(("expression", "tags", "holds"), OLD)
def test_plus_build(expression: str, tags: str, holds: bool) -> None:
    assert constraint.holds(constraint.parse_plus_build(expression), tags.split().__contains__) is holds


def test_plus_build_of_a_hundred_operators() -> None:
    constraint.parse_plus_build(" ".join(["x"] * 101))
    with pytest.raises(ConstraintError, match="too complex"):
        constraint.parse_plus_build(" ".join(["x"] * 102))


#: A header, and whether it is built where the tag "yes" holds (the cases of go/build's TestShouldBuild).
HEADERS = [
    ("package p\n", True),
    ("//go:build yes\n\npackage p\n", True),
    ("//go:build no\n\npackage p\n", False),
    ("//go:build no\npackage p\n", False),
    ("//go:buildno\n\npackage p\n", True),
    ("// +build no\n\npackage p\n", False),
    ("//+build no\n\npackage p\n", False),
    ("// +build no\npackage p\n", True),
    ("// +build no\n// doc\npackage p\n", True),
    ("// +build no\n\n// doc\npackage p\n", False),
    ("// +build yes\n// +build no\n\npackage p\n", False),
    ("// +builds no\n\npackage p\n", True),
    ("// +build\n\npackage p\n", False),
    ("// +build yes,\n\npackage p\n", False),
    ("// +build no\n\n//go:build yes\npackage p\n", True),
    ("/* c */\n\n//go:build no\n\npackage p\n", False),
    ("/* c */\n\n// +build no\n\npackage p\n", True),
    ("/*\n//go:build no\n*/\n\npackage p\n", True),
    ("/* a */ /* b */ // c\n//go:build no\n\npackage p\n", False),
    ("/* a */ package p\n//go:build no\n", True),
    ("package p\n//go:build no\n", True),
    ("  //go:build no  \r\n\r\npackage p\n", False),
    ("// +build " + "no " * 200 + "\n\npackage p\n", True),
    ("//go:build no", False),
    ("", True),
]


@pytest.mark.parametrize(("header", "built"), HEADERS)
def test_headers(header: str, built: bool) -> None:
    found = constraint.read(header)
    assert not found.error
    assert found.holds("yes".__eq__) is built


@pytest.mark.parametrize(
    ("header", "error", "line"),
    [
        ("// x\n//go:build a &&\n\npackage p\n", "parsing //go:build line: unexpected end of expression", 2),
        ("//go:build\n\npackage p\n", "parsing //go:build line: unexpected end of expression", 1),
        ("//go:build a\n//go:build b &\n\npackage p\n", "multiple //go:build comments", 2),
    ],
)
def test_headers_that_cannot_be_read(header: str, error: str, line: int) -> None:
    found = constraint.read(header)
    assert (found.error, found.line) == (error, line)
