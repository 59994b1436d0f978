"""Time grows with the size of the document, not with its square."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from attest.sbom import assemble, cyclonedx, spdx2
from attest.sbom.read import load, read
from tests.unit.sbom import examples as e
from tests.unit.sbom import validators

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from attest.model.bom import Bom


def many(count: int, name: str = "m") -> Bom:
    deps = [e.dep(f"example.com/{name}{index:05}", "v1.0.0") for index in range(count)]
    return assemble.from_binary(e.executable(e.info(deps)), e.RUN)


def calls(work: Callable[[], object]) -> int:
    """How many Python functions are entered: the work done, whatever the machine is busy with."""
    count = 0

    def enter(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        del frame, argument
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(enter)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("write", [cyclonedx.to_json, spdx2.to_json], ids=["cyclonedx", "spdx"])
def test_the_work_of_writing_and_reading_is_linear(write: Callable[[Bom], bytes]) -> None:
    write(many(100))  # whatever is imported or cached once
    few, more = many(100, "few"), many(400, "more")
    ratio = calls(lambda: write(more)) / calls(lambda: write(few))
    assert ratio < 4.8, "four times the components, about four times the work"
    small, large = write(few), write(more)
    ratio = calls(lambda: read(load(large))) / calls(lambda: read(load(small)))
    assert ratio < 4.8


def test_assembling_is_linear() -> None:
    assert calls(lambda: many(2000)) / calls(lambda: many(500)) < 5


def test_two_thousand_components_are_all_there() -> None:
    bom = many(2000)
    one, other = read(load(spdx2.to_json(bom))), read(load(cyclonedx.to_json(bom)))
    assert one.components == other.components
    assert len(one.components) == 2002
    assert one.faults == other.faults == ()


def test_hundreds_of_components_are_valid() -> None:
    bom = many(300)
    assert validators.cyclonedx_errors(cyclonedx.to_json(bom)) == []
    assert validators.spdx_element_errors(spdx2.to_json(bom)) == []
