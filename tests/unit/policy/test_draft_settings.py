"""What may be asked of a file: only what the settings of the checks take, whatever a file says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attest.model.fact import Fact, FactValue
from attest.policy.catalog import settings
from attest.policy.check import SLOT_SECTIONS
from attest.policy.draft_settings import _FIXED, candidates, checks_of, least_go, sections
from attest.policy.draft_slots import Item, items
from tests.unit.policy.test_draft_slots import file, image, universal

if TYPE_CHECKING:
    from attest.model.binary import BinaryReport
    from attest.policy.document import Value


def item(goos: str = "linux", goarch: str = "amd64", /, **facts: FactValue) -> Item:
    report = image(goos, goarch, "example.com/w")
    listed = tuple(
        Fact(name=name.replace("__", "."), value=value, source="test") for name, value in facts.items()
    )
    (found,) = items([replace(file("w", goos, goarch), report=replace(report, facts=listed))])
    return found


def test_every_setting_that_is_tried_is_one_of_a_check() -> None:
    declared = {(name, each.key) for name in SLOT_SECTIONS for each in settings(name)}
    assert set(_FIXED) <= declared
    assert all(checks_of(*key) for key in _FIXED)


@pytest.mark.parametrize(
    ("facts", "key", "values"),
    [
        ({"go__tags": ("netgo", "b", "b")}, ("go", "tags"), (["b", "netgo"],)),
        ({}, ("go", "tags"), ([],)),
        ({"libraries": tuple(f"lib{n}.so" for n in range(65))}, ("elf", "libraries"), None),
        ({"link": "dynamic"}, ("elf", "link"), (["dynamic"],)),
        ({"link": "twisted"}, ("elf", "link"), None),
        ({"elf__libc": "musl"}, ("elf", "libc"), ("musl",)),
        ({"elf__libc": "strange"}, ("elf", "libc"), None),
        ({"elf__glibc": "2.31"}, ("elf", "glibc_max"), ("2.31",)),
        ({"elf__glibc": "2.x\n"}, ("elf", "glibc_max"), None),
        ({"elf__interpreter": "/lib/ld.so"}, ("elf", "interpreters"), (["/lib/ld.so"],)),
        ({"go__fips140": "v1.0.0"}, ("go", "fips140"), ("v1.0.0", "on")),
        ({"go__fips140": "off"}, ("go", "fips140"), None),
        ({}, ("macos", "signature"), None),
        ({}, ("windows", "aslr"), None),
        ({}, ("go", "main_path"), ("example.com/w",)),
        ({}, ("go", "min"), ("1.27",)),
    ],
)
def test_what_a_file_says_is_asked_as_its_setting_takes_it(
    facts: dict[str, FactValue], key: tuple[str, str], values: tuple[object, ...] | None
) -> None:
    assert candidates(item(**facts), "1.27").get(key) == values


def test_facts_of_other_containers() -> None:
    mac = candidates(
        item(
            "darwin",
            macho__entitlements=("a.b", "c.d=false", "e.f=true"),
            macho__minimum_os="12.0",
            macho__sdk="n/a",
            macho__certificate_team="A1B2C3D4E5",
        ),
        "",
    )
    assert mac["macos", "entitlements"] == (["a.b", "e.f=true"],)
    assert mac["macos", "oldest"] == ("12.0",)
    assert mac["macos", "team"] == ("A1B2C3D4E5",)
    assert ("macos", "sdk") not in mac
    assert ("go", "min") not in mac
    web = candidates(
        item("js", "wasm", wasm__exports=("func run", "memory mem"), wasm__memory_min=40), "1.27"
    )
    assert web["wasm", "exports"] == (["mem", "run"],)
    assert web["wasm", "memory_min"] == (64,)
    windows = candidates(item("windows", libraries=("KERNEL32.dll",), pe__delay_libraries=("a.dll",)), "")
    assert windows["windows", "imports"] == (["a.dll", "kernel32.dll"],)


def test_the_highest_and_lowest_of_slices() -> None:
    (found,) = items([universal("w", "amd64", "arm64")])
    amd64, arm64 = found.report.slices

    def told(report: BinaryReport, version: str) -> BinaryReport:
        facts = tuple(
            Fact(name=name, value=version, source="t") for name in ("macho.minimum_os", "macho.sdk")
        )
        return replace(report, facts=facts)

    slices = (
        replace(amd64, report=told(amd64.report, "9.0")),
        replace(arm64, report=told(arm64.report, "11.0")),
    )
    found = replace(found, report=replace(found.report, slices=slices))
    asked = candidates(found, "1.27")
    assert (asked["macos", "oldest"], asked["macos", "sdk"]) == (("11.0",), ("9.0",))


@pytest.mark.parametrize(
    ("versions", "least"),
    [
        (("go1.27.3", "go1.26.10", "go1.26.9"), "1.26.9"),
        (("go1.27.3 X:boringcrypto",), "1.27.3"),
        (("go1.27rc1", "go1.27.3"), ""),
        (("devel go1.27-abcdef", "go1.27.3"), ""),
        ((), ""),
    ],
)
def test_the_oldest_go(versions: tuple[str, ...], least: str) -> None:
    one = item()
    assert least_go([replace(one, report=replace(one.report, go_version=each)) for each in versions]) == least


def test_settings_with_a_dot_are_mappings() -> None:
    values: dict[tuple[str, str], Value] = {
        ("go", "level.arm"): "7",
        ("go", "level.amd64"): "v1",
        ("go", "cgo"): False,
    }
    assert sections(values) == {"go": {"level": {"arm": "7", "amd64": "v1"}, "cgo": False}}
