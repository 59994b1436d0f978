"""Records: the model's own data as JSON and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import AttestError, FormatError
from attest.exe.inspect import inspect
from attest.model.binary import BinaryReport, Module
from attest.model.module import MainModules
from attest.model.place import Place
from attest.model.record import _kinds, read_record, record_fields, write_record
from attest.model.saved_evidence import SavedEvidence, SavedFile
from attest.model.source import SourceReport
from attest.model.strict_json import Node, loads
from attest.render.record_schema import record_schema
from tests.unit.exe.builders import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Hashable

TEXTS = st.text(st.characters(codec="utf-8"), max_size=4) | st.sampled_from(["\udcff", "a\ud800", "{}"])
SCALARS: dict[object, st.SearchStrategy[Any]] = {
    str: TEXTS,
    bool: st.booleans(),
    int: st.integers(-(2**127), 2**127),
    bytes: st.binary(max_size=4),
    type(None): st.none(),
}


@cache
def values(hint: Hashable) -> st.SearchStrategy[Any]:
    """Values of a type of the model."""
    if isinstance(hint, type) and is_dataclass(hint):
        kind: Any = hint
        return st.deferred(
            lambda: st.builds(kind, **{each.name: values(each.hint) for each in record_fields(kind)})
        )
    return SCALARS[hint] if hint in SCALARS else several(hint)


def several(hint: Hashable) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple and arguments[1:] != (...,):
        return st.tuples(*map(values, arguments))
    if origin is tuple:
        return st.just(()) | values(arguments[0]).map(lambda one: (one,))
    if origin is Mapping:
        return st.just({}) | values(arguments[1]).map(lambda one: {"key": one})
    # What is nothing comes first: a record that holds itself ends.
    return st.one_of(*(values(each) for each in sorted(arguments, key=lambda each: each is not type(None))))


def again(record: object) -> object:
    data = json.dumps(write_record(record), ensure_ascii=False).encode()
    value = loads(data, file="record", max_bytes=1 << 30, max_depth=64)
    return read_record(Node(value=value, file="record"), type(record))


@pytest.mark.parametrize("kind", [SourceReport, SavedEvidence, BinaryReport])
@settings(max_examples=15)
@given(data=st.data())
def test_what_is_written_is_read_as_the_same_and_is_what_the_schema_says(
    kind: Any,  # noqa: ANN401 - a class of the model
    data: st.DataObject,
) -> None:
    record = data.draw(values(kind))
    assert again(record) == record
    jsonschema.validate(write_record(record), record_schema(kind, "record"))


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_read_of_an_executable_is_recorded_whole(name: str) -> None:
    report = inspect(memoryview(SAMPLES[name]))
    assert again(report) == report


def test_what_has_its_default_is_left_out() -> None:
    assert write_record(Place(file="go.mod")) == {"file": "go.mod"}
    assert write_record(Place(file="go.mod", line=0)) == {"file": "go.mod", "line": 0}
    module = Module(path="a", version="", replace=Module(path="b", version="v1.0.0"))
    assert write_record(module) == {"path": "a", "version": "", "replace": {"path": "b", "version": "v1.0.0"}}


def test_one_default_is_not_taken_for_another() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Number:
        flag: bool = False

    assert write_record(Number(flag=0)) == {"flag": 0}  # type: ignore[arg-type] # equal, and not the same


FILE = {"name": "a", "sha256": "b", "size": 1}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({**FILE, "more": 1}, "$ has the unknown member 'more'"),
        ({"name": "a", "size": 1}, "$ has no 'sha256'"),
        ({**FILE, "size": None}, "$.size is no whole number of a usual size"),
        ({**FILE, "size": True}, "$.size is no whole number of a usual size"),
        ({**FILE, "size": 1.0}, "$.size is no whole number of a usual size"),
        ({**FILE, "size": "1"}, "$.size is no whole number of a usual size"),
        ({**FILE, "size": 2**127 + 1}, "$.size is no whole number of a usual size"),
        ({**FILE, "name": 7}, "$.name is a number, not a string"),
        ({**FILE, "name": None}, "$.name is null, not a string"),
        ({**FILE, "name": ["a"]}, "$.name is an array, not a string"),
        ({**FILE, "name": {"bytes": "YQ=="}}, "$.name is text that needs no bytes"),
        ({**FILE, "name": {"bytes": "/w=="}}, "$.name is no text"),
        ({**FILE, "name": {"bytes": "!"}}, "$.name.bytes is no base64"),
        ({**FILE, "name": {"bytes": "7bOP", "more": 1}}, "$.name has the unknown member 'more'"),
        ({**FILE, "name": {}}, "$.name has no 'bytes'"),
        ([FILE], "$ is an array, not an object"),
    ],
)
def test_what_no_record_is_is_refused(value: Any, says: str) -> None:  # noqa: ANN401 - JSON
    with pytest.raises(FormatError) as caught:
        read_record(Node(value=value, file="record"), SavedFile)
    assert caught.value.message == says


REPORT = {"container": {"format": "elf"}}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({**REPORT, "toolchain": "perl"}, "$.toolchain is none of 'go', 'tinygo'"),
        ({"container": {"format": "elf", "bits": "64"}}, "$.container.bits has a value of another type"),
        ({"container": {"format": "elf", "bits": 65}}, "$.container.bits is none of 32, 64"),
        ({**REPORT, "packages": {}}, "$.packages has a value of another type"),
        ({**REPORT, "notes": "a"}, "$.notes is a string, not an array"),
        (
            {**REPORT, "build_info": {"go_version": "", "settings": [["a"]]}},
            "settings[0] has 1 elements, not 2",
        ),
        (
            {**REPORT, "facts": [{"name": "a", "value": None, "source": ""}]},
            "value has a value of another type",
        ),
        (
            {**REPORT, "facts": [{"name": "a", "value": 1.5, "source": ""}]},
            "value has a value of another type",
        ),
        (
            {**REPORT, "facts": [{"name": "a", "value": [1], "source": ""}]},
            "value[0] is a number, not a string",
        ),
    ],
)
def test_a_report_that_is_none_is_refused(value: Any, says: str) -> None:  # noqa: ANN401 - JSON
    with pytest.raises(FormatError) as caught:
        read_record(Node(value=value, file="record"), BinaryReport)
    assert says in caught.value.message


KEYS = st.sampled_from(["container", "format", "facts", "slices", "report"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
    max_leaves=8,
)


@settings(max_examples=50)
@given(JSON)
def test_whatever_is_no_record_is_told(value: Any) -> None:  # noqa: ANN401 - JSON
    with suppress(AttestError):
        read_record(Node(value=value, file="record"), BinaryReport)


def test_no_value_could_be_of_two_types_of_a_union() -> None:
    """What is read is told from the kind of the JSON value alone."""
    seen: set[object] = set()

    def walk(hint: Hashable) -> None:
        if hint in seen:
            return
        seen.add(hint)
        if isinstance(hint, type) and is_dataclass(hint):
            for each in record_fields(hint):
                walk(each.hint)
        arguments = get_args(hint)
        if get_origin(hint) is not Literal:
            for each in arguments:
                if each is not ...:
                    walk(each)
        if type(hint).__name__ in ("UnionType", "_UnionGenericAlias"):
            kinds = [kind for each in arguments for kind in _kinds(each)]
            assert len(set(kinds)) == len(kinds), hint

    walk(SavedEvidence)
    assert BinaryReport in seen


def test_a_type_that_no_record_holds_is_a_mistake_of_the_program() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Wrong:
        value: list[str]

    Wrong.__annotations__["value"] = list[str]
    with pytest.raises(TypeError, match="no record holds"):
        read_record(Node(value={"value": []}, file="record"), Wrong)
    with pytest.raises(TypeError, match="no JSON Schema"):
        record_schema(Wrong, "wrong")


def test_a_mapping_keeps_its_order() -> None:
    report = SourceReport(
        label="source",
        main=MainModules(modules=()),
        modules_txt=None,
        vendored=False,
        sum_faults=(),
        proofs=(),
        vendor_faults=(),
        reconciled={"b": (), "a": ()},
    )
    read = again(report)
    assert isinstance(read, SourceReport)
    assert list(read.reconciled or ()) == ["b", "a"]
