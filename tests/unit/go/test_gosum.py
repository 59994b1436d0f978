from __future__ import annotations

import pytest

from attest.errors import LimitError
from attest.go import gosum
from attest.model.limits import Limits
from attest.model.module import ModuleVersion
from attest.model.place import Place

A = "h1:" + "A" * 43 + "="
B = "h1:" + "B" * 43 + "="
X = ModuleVersion(path="a.b/x", version="v1.0.0")


def faults(text: str) -> list[str]:
    return [f"{each.place}: {each.message}" for each in gosum.parse(text.encode()).faults]


def test_lines_and_places() -> None:
    found = gosum.parse(f"a.b/x v1.0.0 {A}\r\n\n \t \na.b/x\u00a0v1.0.0/go.mod  {B}\n".encode(), "sub/go.sum")
    assert [(each.module, each.kind, each.hash, str(each.place)) for each in found.lines] == [
        (X, "zip", A, "sub/go.sum:1"),
        (X, "go.mod", B, "sub/go.sum:4"),
    ]
    assert found.faults == ()


def test_an_empty_file_has_no_lines_and_no_faults() -> None:
    found = gosum.parse(b"")
    assert (found.lines, found.faults) == ((), ())


def test_malformed_lines() -> None:
    assert faults(f"a.b/x v1.0.0\na.b/x v1.0.0 {A} more\n# comment\n") == [
        "go.sum:1: malformed go.sum: wrong number of fields 2",
        "go.sum:2: malformed go.sum: wrong number of fields 4",
        "go.sum:3: malformed go.sum: wrong number of fields 2",
    ]
    bad = gosum.parse(b"a.b/\xff v1.0.0 h1:x\n")
    assert [each.message for each in bad.faults] == ["malformed go.sum: invalid UTF-8"]
    assert all(each.hint for each in bad.faults)


def test_the_same_line_twice_is_no_fault() -> None:
    assert faults(f"a.b/x v1.0.0 {A}\na.b/x v1.0.0 {A}\n") == []


def test_conflicting_hashes_are_a_fault_in_either_order() -> None:
    assert faults(f"a.b/x v1.0.0 {A}\na.b/x v1.0.0 {B}\n") == [
        "go.sum:2: a.b/x@v1.0.0 has another hash here than in line 1"
    ]
    assert faults(f"a.b/x v1.0.0/go.mod {B}\na.b/x v1.0.0/go.mod {A}\n") == [
        "go.sum:2: go.mod of a.b/x@v1.0.0 has another hash here than in line 1"
    ]


def test_other_algorithms_prove_nothing_and_are_no_conflict() -> None:
    found = gosum.parse(f"a.b/x v1.0.0 h2:abc\na.b/x v1.0.0 {A}\na.b/x v1.0.0 h2:def\n".encode())
    assert found.faults == ()
    assert len(found.lines) == 3
    assert gosum.index(found)[X, "zip"].hash == A
    assert gosum.index(gosum.parse(b"a.b/x v1.0.0 h2:abc\n")) == {}


def test_the_hash_of_an_empty_go_mod_is_dropped() -> None:
    line = b"a.b/x v1.0.0/go.mod h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=\n"
    assert gosum.parse(line).lines == ()


def test_size() -> None:
    with pytest.raises(LimitError, match="larger than 3 bytes"):
        gosum.parse(b"a b c", limits=Limits(go_sum_bytes=3))


def test_lines_that_prove_nothing_are_untidy() -> None:
    once = "a.b/c v1.0.0/go.mod h1:z=\n"
    text = f"a.b/c v1.0.0 h1:x=\na.b/c v1.0.0 h2:y=\n{once}{once}d v1.0.0 h9:w=\n".encode()
    found = [(each.message, each.place.line) for each in gosum.untidy(gosum.parse(text))]
    assert found == [
        ("a.b/c@v1.0.0 has a hash of the unknown algorithm h2, which proves nothing", 2),
        ("the line of go.mod of a.b/c@v1.0.0 stands in line 3 already", 4),
    ]


def test_superfluous_lines_are_told_as_one() -> None:
    parsed = gosum.parse(b"a v1.0.0 h1:x=\na v1.1.0 h1:x=\na v1.1.0/go.mod h1:x=\nb v1.0.0/go.mod h1:x=\n")
    used = {ModuleVersion(path="a", version="v1.0.0")}
    fault = gosum.superfluous(parsed, used)
    assert fault is not None
    assert fault.message == "3 of 4 lines are for versions that nothing requires: a@v1.1.0 and 1 more"
    assert fault.place == Place(file="go.sum", line=2)
    assert gosum.superfluous(parsed, {line.module for line in parsed.lines}) is None
