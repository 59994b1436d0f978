from __future__ import annotations

import pytest

from attest.errors import FormatError, LimitError
from attest.model.strict_json import Node, dumps, kind_of, loads


def read(data: bytes, max_bytes: int = 10_000_000, max_depth: int = 8) -> object:
    return loads(data, file="a.json", max_bytes=max_bytes, max_depth=max_depth)


def node(value: object) -> Node:
    return Node(value=value, file="a.json")  # type: ignore[arg-type]  # tests pass what they like


def test_reads_plain_json() -> None:
    assert read('{"a": [1, -2.5, true, null, "ä😀\\ud83d\\ude00"]}'.encode()) == {
        "a": [1, -2.5, True, None, "ä😀😀"]
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is no JSON: expecting value (column 1)"),
        (b"\xef\xbb\xbf{}", "is no JSON: unexpected UTF-8 BOM"),
        (b"{} {}", "is no JSON: extra data (column 4)"),
        (b'{"a":1,"b":2,"a":1}', "has the key 'a' twice in one object"),
        (b'{"x":[{"k":1,"k":1}]}', "has the key 'k' twice"),
        (b"[NaN]", "has NaN, which is no JSON"),
        (b"[-Infinity]", "has -Infinity"),
        (b"[1e999]", "has a number that is too large: 1e999"),
        (b"[" + b"9" * 5000 + b"]", "has a number with too many digits"),
        (b'["\xff"]', "its bytes are no UTF-8"),
        (b'["\\ud800"]', "has a string that is no Unicode text"),
        (b'{"\\uDC00":1}', "has a string that is no Unicode text"),
    ],
)
def test_refuses_what_two_readers_understand_differently(data: bytes, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(data)
    assert message in caught.value.message
    assert caught.value.place is not None
    assert caught.value.hint


def test_names_the_line_of_a_syntax_error() -> None:
    with pytest.raises(FormatError) as caught:
        read(b'{\n "a": 1,\n "b" 2}')
    assert str(caught.value).startswith("a.json:3: is no JSON")


@pytest.mark.parametrize(
    "data", [b"[" * 9 + b"]" * 9, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 9 + b"1" + b"}" * 9]
)
def test_refuses_deep_nesting(data: bytes) -> None:
    with pytest.raises(LimitError, match="nested more than 8 levels deep"):
        read(data)


def test_accepts_nesting_up_to_the_limit() -> None:
    assert read(b"[" * 8 + b"]" * 8) == [[[[[[[[]]]]]]]]


def test_refuses_too_many_bytes() -> None:
    with pytest.raises(LimitError, match="5 bytes of JSON, more than the 4"):
        read(b"[1,2]", max_bytes=4)


def test_writes_one_text() -> None:
    assert dumps({"b": [1, None], "a": "ä"}) == '{"a":"ä","b":[1,null]}'.encode()
    with pytest.raises(ValueError, match="JSON"):
        dumps(float("nan"))


def test_a_node_knows_its_path() -> None:
    root = node({"a": [{"b": 1}]})
    with pytest.raises(FormatError, match=r"a\.json: \$\.a\[0\]\.b is a number, not a string"):
        root.need("a").items(1)[0].need("b").text()
    with pytest.raises(FormatError, match=r"\$ has no 'c'"):
        root.need("c")
    with pytest.raises(FormatError, match=r"\$ has the unknown member 'a'"):
        root.only("b")
    root.only("a", "b")
    assert root.get("c") is None
    assert node({"a": None}).get("a") is None


def test_a_node_refuses_other_kinds() -> None:
    with pytest.raises(FormatError, match="is an array, not an object"):
        node([]).object()
    with pytest.raises(FormatError, match="is an object, not an array"):
        node({}).items(1)
    with pytest.raises(LimitError, match=r"has 2 elements, more than the 1"):
        node([1, 2]).items(1)


@pytest.mark.parametrize("value", ["7", 7])
def test_int64_reads_both_spellings(value: object) -> None:
    assert node(value).int64() == 7


@pytest.mark.parametrize(
    "value", ["07", "7 ", "+7", "\u0667", "", "9223372036854775808", 2**63, True, 1.0, None]
)
def test_int64_refuses_all_else(value: object) -> None:
    with pytest.raises(FormatError, match="is no 64-bit integer"):
        node(value).int64()


def test_base64() -> None:
    assert node("AQI=").base64() == b"\x01\x02"
    for bad in ("AQI", "AQ I=", "_-==", "ä"):
        with pytest.raises(FormatError, match="is no base64"):
            node(bad).base64()
    with pytest.raises(FormatError, match="in a spelling that no encoder writes"):
        node("AQJ=").base64()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1.5, "a number"),
        ("", "a string"),
        ([], "an array"),
        ({}, "an object"),
    ],
)
def test_kind_of(value: object, words: str) -> None:
    assert kind_of(value) == words  # type: ignore[arg-type]  # the table's values are JSON
