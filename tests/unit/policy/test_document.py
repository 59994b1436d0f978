from __future__ import annotations

from dataclasses import replace

import pytest

from attest.errors import FormatError, LimitError
from attest.model.limits import DEFAULT_LIMITS
from attest.policy.document import Document, read


def document(text: str) -> Document:
    return read(text.encode(), "p.yaml", DEFAULT_LIMITS)


def test_plain_scalars_follow_the_core_schema() -> None:
    text = "[1, -2, +3, 1.5, .5, 1e3, true, False, null, ~, yes, 0x10, 2027-01-31, '1', \"true\", 1_000]"
    assert document(text).value == [
        *(1, -2, 3, 1.5, 0.5, 1000.0, True, False, None, None),
        *("yes", "0x10", "2027-01-31", "1", "true", "1_000"),
    ]


def test_numbers_too_long_for_a_number_stay_text() -> None:
    assert document("9" * 5000).value == "9" * 5000


def test_every_value_has_the_line_of_its_key() -> None:
    read_ = document("a:\n  - x\n  - k: 1\n    l: |\n      long\nb: 2\n")
    assert read_.value == {"a": ["x", {"k": 1, "l": "long\n"}], "b": 2}
    assert read_.lines[("a", 1, "l")] == 4
    assert read_.lines[("b",)] == 6
    assert str(read_.place(("a", 1, "nothing", "there"))) == "p.yaml:3"
    assert str(read_.place(())) == "p.yaml:1"


def test_aliases_and_merge_keys_are_expanded() -> None:
    text = """\
base: &b {x: 1, y: 2}
other: &o {z: 9}
one: *b
two: {<<: *b, y: 3}
all: {<<: [*b, *o]}
s: &s v
t: *s
"""
    assert document(text).value == {
        "base": {"x": 1, "y": 2},
        "other": {"z": 9},
        "one": {"x": 1, "y": 2},
        "two": {"x": 1, "y": 3},
        "all": {"x": 1, "y": 2, "z": 9},
        "s": "v",
        "t": "v",
    }


def test_a_quoted_merge_key_is_a_key() -> None:
    assert document("'<<': 1").value == {"<<": 1}


def test_duplicate_keys_are_mistakes_with_both_lines() -> None:
    read_ = document("a: 1\nb: {c: 1,\n c: 2}\na: 3\n")
    assert [str(each) for each in read_.mistakes] == [
        "p.yaml:3: the key 'c' is there twice, first in line 2",
        "p.yaml:4: the key 'a' is there twice, first in line 1",
    ]
    assert read_.value == {"a": 1, "b": {"c": 1}}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", None, "the file is empty"),
        ("# nothing\n", None, "the file is empty"),
        ("a: [1,\nb: 2", 2, "this is not YAML"),
        ("a: 1\n b: 2", 2, "this is not YAML"),
        ("a: 1\nb: !!str 2", 2, "the tag !!str is not allowed"),
        ("a: !x {b: 1}", 1, "the tag !x is not allowed"),
        ("a: *b", 1, "the alias *b has no finished anchor before it"),
        ("a: &a [*a]", 1, "the alias *a has no finished anchor before it"),
        ("a: 1\n---\nb: 2", 2, "a second YAML document begins here"),
        ("%YAML 1.1\n---\na: 1", 2, "%YAML names another version than 1.2"),
        ("1: a", 1, "a key is not a string"),
        ("? [a]\n: b", 1, "a key is not a string"),
        ("a: {<<: 1}", 1, "<< needs a mapping or a list of mappings"),
        ("a: &x 1\nb: {<<: [*x]}", 2, "<< needs a mapping or a list of mappings"),
        ("a: 1\nb: \0", 2, "the file holds a NUL character"),
        ('a: "\\xZZ"', 1, "this is not YAML"),
    ],
)
def test_refused(text: str, line: int | None, reason: str) -> None:
    with pytest.raises(FormatError) as caught:
        document(text)
    assert reason in caught.value.message
    assert caught.value.place is not None
    assert caught.value.place.line == line
    assert caught.value.hint


def test_not_utf8() -> None:
    with pytest.raises(FormatError, match=r"p\.yaml:2: the file is not UTF-8"):
        read(b"a: 1\nb: \xff", "p.yaml", DEFAULT_LIMITS)


def test_yaml_1_2_directive_is_fine() -> None:
    assert document("%YAML 1.2\n---\na: 1").value == {"a": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 50_000, "nested deeper than 64"),
        (
            "a: &a {b: {c: {d: 1}}}\n"
            "x:\n" + "".join(f"{' ' * i}k:\n" for i in range(1, 62)) + " " * 62 + "k: *a",
            "nested",
        ),
        (
            "a: &a [1]\n"
            + "".join(
                f"k{i}: &{chr(97 + i)}x [{', '.join(['*' + (chr(96 + i) + 'x' if i else 'a')] * 10)}]\n"
                for i in range(9)
            ),
            "more than 200000 values",
        ),
    ],
    ids=["brackets", "alias deep down", "billion laughs"],
)
def test_bombs(text: str, reason: str) -> None:
    with pytest.raises(LimitError, match=reason):
        document(text)


def test_too_many_bytes() -> None:
    with pytest.raises(LimitError, match="the file has 5 bytes, more than the 4 allowed"):
        read(b"a: 12", "p.yaml", replace(DEFAULT_LIMITS, policy_bytes=4))
