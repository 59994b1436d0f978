from __future__ import annotations

from dataclasses import replace

import pytest

from attest.exe.inspect import inspect
from attest.exe.slices import differences
from attest.model.binary import BinaryReport, BuildInfo, Container, Module
from tests.unit.exe.builders import AMD64, ARM64, MODINFO, fat, framed, go_macho, inline_blob, macho

DEP = Module(path="example.com/b", version="v1.2.3", sum="h1:b")
INFO = BuildInfo(
    go_version="go1.27.3",
    path="example.com/a/cmd/a",
    main=Module(path="example.com/a", version="v1.0.0"),
    deps=(DEP,),
    settings=(("vcs.revision", "abc"), ("GOARCH", "amd64"), ("CGO_ENABLED", "0")),
)


def report(info: BuildInfo | None) -> BinaryReport:
    return BinaryReport(container=Container(format="macho"), build_info=info)


@pytest.mark.parametrize(
    ("other", "differing"),
    [
        (INFO, ()),
        (replace(INFO, go_version="go1.27.2"), ("Go version",)),
        (replace(INFO, path="example.com/a/cmd/b"), ("main package",)),
        (replace(INFO, main=None), ("main module", "version")),
        (
            replace(INFO, settings=(("vcs.revision", "def"), ("GOARCH", "arm64"), ("CGO_ENABLED", "1"))),
            ("vcs.revision", "CGO_ENABLED"),
        ),
        (replace(INFO, settings=(*INFO.settings, ("GOARM64", "v8.0"), ("CGO_CFLAGS", "-O3"))), ()),
        (replace(INFO, deps=()), ()),
        (
            replace(INFO, deps=(Module(path="example.com/b", version="v1.2.4", sum="h1:c"),)),
            ("example.com/b",),
        ),
        (replace(INFO, deps=(replace(DEP, sum="h1:c"),)), ("example.com/b",)),
        (
            replace(INFO, deps=(replace(DEP, replace=Module(path="example.com/c", version="v1")),)),
            ("example.com/b",),
        ),
    ],
)
def test_what_slices_say_differently(other: BuildInfo, differing: tuple[str, ...]) -> None:
    assert differences([report(INFO), report(other)]) == differing
    assert differences([report(other), report(INFO)]) is not None


def test_without_whole_build_info_nothing_is_compared() -> None:
    assert differences([]) is None
    assert differences([report(INFO), report(None)]) is None
    assert differences([report(INFO), report(replace(INFO, faults=("a line twice",)))]) is None


def test_the_fact_of_the_whole_file() -> None:
    newer = inline_blob(module=framed(MODINFO.replace("v1.2.3", "v1.2.4")))
    same = inspect(memoryview(fat((AMD64, 3, go_macho()), (ARM64, 0, go_macho(cpu=ARM64)))))
    mixed = inspect(memoryview(fat((AMD64, 3, go_macho()), (ARM64, 0, go_macho(newer, cpu=ARM64)))))
    other = inspect(memoryview(fat((AMD64, 3, go_macho()), (ARM64, 0, macho(cpu=ARM64)))))
    assert same.fact("macho.slice_differences") == ()
    assert mixed.fact("macho.slice_differences") == ("example.com/acme/dep",)
    assert other.fact("macho.slice_differences") is None
