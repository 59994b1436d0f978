"""The symbols of packages that are asked for, whatever the linker escapes in their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attest.exe import symbols as tested
from attest.exe.symbols import parsed, symbols
from attest.model.bounds import BoundsError
from attest.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = (
    b"net/url.Parse",
    b"net/url.(*URL).Query",
    b"net/urlx.Parse",
    b"gopkg.in/yaml%2ev2.Unmarshal",
    b"example.com/a%25b.F",
    b"example.com/a.b/c.G",
    b"example.com/gen.Map[go.shape.int]",
    b"main.run",
    b"type:.eq.net/url.URL",
    b"",
)


class Table:
    def names(self) -> Iterator[bytes]:
        return iter(NAMES)


@pytest.fixture
def _table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tested, "read_image", lambda *_: object())
    monkeypatch.setattr(tested, "find_packing", lambda *_: None)
    monkeypatch.setattr(tested, "read_functions", lambda *_: Table())


@pytest.mark.usefixtures("_table")
@pytest.mark.parametrize(
    ("why", "package", "held"),
    [
        ("functions and methods", "net/url", {"Parse", "URL.Query"}),
        ("a longer name is another package", "net/ur", set()),
        ("dots of the last element, which are escaped", "gopkg.in/yaml.v2", {"Unmarshal"}),
        ("a percent sign", "example.com/a%b", {"F"}),
        ("dots before the last element stay", "example.com/a.b/c", {"G"}),
        ("type arguments", "example.com/gen", {"Map"}),
        ("the main package by its path", "example.com/tool/cmd", {"run"}),
        ("nobody's", "example.com/none", set()),
    ],
)
def test_what_a_package_holds(why: str, package: str, held: set[str]) -> None:
    found = symbols(memoryview(b""), frozenset({package}), "example.com/tool/cmd", DEFAULT_LIMITS)
    assert found is not None
    assert {name: set(each) for name, each in found.items()} == ({package: held} if held else {}), why


@pytest.mark.usefixtures("_table")
def test_no_name_is_passed_over_that_is_of_a_package_that_is_asked_for() -> None:
    packages = frozenset(parsed(each)[0] for each in NAMES) - {"main"}
    every: dict[str, set[str]] = {}
    for name in NAMES:
        package, symbol = parsed(name)
        if package in packages:
            every.setdefault(package, set()).add(symbol)
    found = symbols(memoryview(b""), packages, "", DEFAULT_LIMITS)
    assert found is not None
    assert {name: set(each) for name, each in found.items()} == every


class Cut:
    def names(self) -> Iterator[bytes]:
        yield b"net/url.Parse"
        raise BoundsError("a name beyond the end of the function table, at 0x1004")


@pytest.mark.usefixtures("_table")
def test_a_table_that_ends_early_tells_nothing_rather_than_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tested, "read_functions", lambda *_: Cut())
    assert symbols(memoryview(b""), frozenset({"net/url"}), "", DEFAULT_LIMITS) is None


def test_what_is_no_executable_tells_nothing() -> None:
    assert symbols(memoryview(b"#!/bin/sh\n"), frozenset({"net/url"}), "", DEFAULT_LIMITS) is None
