"""Sizes by module, and what symbols and DWARF cost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attest.exe.inspect import inspect
from attest.model.binary import BinaryReport, Container, LinkedPackage, SectionSize
from attest.model.fact import Fact
from attest.model.sizes import ModuleSize, Removable, module_sizes, removable
from tests.unit.exe.conftest import corpus

if TYPE_CHECKING:
    from attest.model.binary import ContainerFormat
    from tests.unit.exe.conftest import Corpus

__all__ = ["corpus"]


def report(
    *sections: tuple[str, int],
    kind: ContainerFormat = "elf",
    packages: tuple[LinkedPackage, ...] | None = None,
) -> BinaryReport:
    return BinaryReport(
        container=Container(format=kind),
        packages=packages,
        sections=tuple(SectionSize(name=name, file_size=size, memory_size=0) for name, size in sections),
    )


def test_modules_are_told_the_largest_first() -> None:
    packages = (
        LinkedPackage(path="example.com/a", module="example.com/a", functions=2, size=10),
        LinkedPackage(path="example.com/a/b", module="example.com/a"),
        LinkedPackage(path="fmt", module="std", functions=3, size=900),
        LinkedPackage(path="main", functions=1, size=10),
    )
    assert module_sizes(report(packages=packages)) == (
        ModuleSize(path="std", packages=1, functions=3, size=900),
        ModuleSize(path="", packages=1, functions=1, size=10),
        ModuleSize(path="example.com/a", packages=2, functions=2, size=10),
    )


def test_without_a_function_table_nothing_is_told() -> None:
    assert module_sizes(report()) is None


@pytest.mark.parametrize(
    ("kind", "sections", "expected"),
    [
        ("elf", ((".text", 9), (".symtab", 3), (".strtab", 4), (".debug_info", 5)), (7, 5)),
        ("elf", ((".text", 9), (".shstrtab", 4)), (0, 0)),
        ("pe", ((".symtab", 6), (".zdebug_line", 2)), (6, 2)),
        ("wasm", (("name", 8), ("code", 1)), (8, 0)),
        ("macho", (("__text", 1), ("__zdebug_info", 2), ("__debug_gdb_scri", 1)), (None, 3)),
        ("elf", (), (None, None)),
    ],
)
def test_what_symbols_and_dwarf_cost(
    kind: ContainerFormat, sections: tuple[tuple[str, int], ...], expected: tuple[int | None, int | None]
) -> None:
    assert removable(report(*sections, kind=kind)) == Removable(symbols=expected[0], dwarf=expected[1])


@pytest.mark.parametrize("kind", ["pe", "macho"])
def test_a_section_for_symbols_without_any_costs_nothing(kind: ContainerFormat) -> None:
    fact = Fact(name="symbol_table", value=False, source="file header")
    found = replace(report((".symtab", 512), kind=kind), facts=(fact,))
    assert removable(found) == Removable(symbols=0, dwarf=0)
    assert removable(replace(found, facts=(replace(fact, value=True),))).symbols != 0


@pytest.mark.parametrize(("name", "stripped"), [("linux-amd64", "linux-386"), ("js-wasm", "wasip1-wasm")])
def test_real_programs(corpus: Corpus, name: str, stripped: str) -> None:
    whole = removable(inspect(memoryview(corpus.data(name))))
    assert whole.symbols
    assert removable(inspect(memoryview(corpus.data(stripped)))) == Removable(symbols=0, dwarf=0)
    sizes = module_sizes(inspect(memoryview(corpus.data(name))))
    assert sizes is not None
    assert sizes[0].path == "std"
    assert "example.com/acme/hello" in {each.path for each in sizes}
