"""The catalogue of facts, and that readers give what it says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from attest.exe.inspect import inspect
from attest.model.facts import FACTS
from tests.unit.exe import builders
from tests.unit.exe.signed_macho import SIGNED_SAMPLES

if TYPE_CHECKING:
    from attest.model.fact import FactKind, FactValue

TYPES = {"bool": bool, "int": int, "string": str, "strings": tuple}


@pytest.mark.parametrize("kind", FACTS.values(), ids=lambda kind: kind.name)
def test_a_fact_is_described_by_one_sentence(kind: FactKind) -> None:
    assert re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)?", kind.name)
    assert re.fullmatch(r"[A-Z][^\n]+\.", kind.description)
    assert kind.type in TYPES
    assert (kind.type == "int") == bool(kind.unit), "a number has a unit, if only 'count'"


def right(name: str, value: FactValue) -> bool:
    return type(value) is TYPES[FACTS[name].type] and value != ""


SAMPLES = {**builders.SAMPLES, **SIGNED_SAMPLES}


@pytest.mark.parametrize("data", SAMPLES.values(), ids=list(SAMPLES))
def test_readers_give_facts_of_the_catalogue(data: bytes) -> None:
    report = inspect(memoryview(data))
    for image in {id(each): each for each in (report, *report.images)}.values():
        for fact in image.facts:
            assert right(fact.name, fact.value), fact
            assert fact.source
            containers = FACTS[fact.name].containers
            assert not containers or image.container.format in containers
        names = [fact.name for fact in image.facts]
        assert len(names) == len(set(names))
