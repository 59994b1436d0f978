"""Reconciliation of build info and linked set, without files; tests/reconciled has whole programs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attest.model.binary import LinkedPackage, Module
from attest.model.module import ModuleVersion
from attest.model.reconciliation import Disagreement, Reconciliation
from attest.sbom.reconcile import SourceSide, reconcile
from tests.unit.sbom import examples as e

SOURCE = SourceSide(required={e.LOG.path: e.LOG.version})


def told(*deps: Module, source: SourceSide = SOURCE) -> list[tuple[str, str]]:
    found = reconcile(e.report(e.info(deps)), e.linked(), source)
    return [(each.kind, each.name) for each in found]


def test_the_same_modules_agree() -> None:
    assert told(*e.DEPS) == []
    assert reconcile(e.report(None), e.linked(), SOURCE) == ()


@pytest.mark.parametrize(
    ("directory", "agrees"),
    [
        ("./internal/local", True),
        ("./internal/../internal/local/", True),
        (".\\internal\\local", True),
        ("/somewhere/else/local", True),
        ("C:\\work\\local", True),
        ("./internal/other", False),
        ("/somewhere/other", False),
    ],
)
def test_a_directory_is_the_same_however_it_is_written(directory: str, agrees: bool) -> None:
    local = replace(e.LOCAL, replace=Module(path=directory, version="(devel)"))
    assert told(e.LOG, e.FORK, local) == ([] if agrees else [("replacement", e.LOCAL.path)])


def test_the_version_that_is_replaced_counts_too() -> None:
    fork = replace(e.FORK, version="v0.3.9")
    assert told(e.LOG, fork, e.LOCAL) == [("version", e.FORK.path)]


def test_a_program_of_another_module_with_the_same_package() -> None:
    main = Module(path="example.com/widget/cmd", version="v1.0.0")
    (found,) = reconcile(e.report(e.info(main=main)), e.linked(), SOURCE)
    assert found.message == (
        "example.com/widget/cmd/widget is of the module example.com/widget/cmd in the executable, "
        "and of example.com/widget in the source"
    )


def test_a_build_from_vendor_is_no_fault_where_the_source_is_vendored() -> None:
    bare = [
        replace(each, sum="", replace=replace(each.replace, sum="") if each.replace else None)
        for each in e.DEPS
    ]
    report = e.report(e.info(bare))
    (found,) = reconcile(report, e.linked(), replace(SOURCE, vendored=True))
    assert (found.kind, found.harmless) == ("unsummed", True)
    assert found.message.endswith("it was built from vendor/, as the source is")
    (found,) = reconcile(report, e.linked(), SOURCE)
    assert not found.harmless
    assert told(replace(e.LOG, sum=""), e.FORK, e.LOCAL) == [("sum", f"{e.LOG.path}@{e.LOG.version}")]


def test_code_that_was_left_out_is_told() -> None:
    extra = e.dep("example.com/extra", "v1.0.0")
    report = e.report(e.info((*e.DEPS, extra)))
    (found,) = reconcile(report, e.linked(), SOURCE)
    assert found.because == "nothing in the source requires it"
    packages = (LinkedPackage(path="example.com/log", module="example.com/log", functions=1, size=1),)
    (found,) = reconcile(replace(report, packages=packages), e.linked(), SOURCE)
    assert found.because == "nothing in the source requires it; no function of it is in the file"


def test_where_else_the_source_links_it_is_told() -> None:
    more = e.linked()
    extra = replace(more.modules[0], module=ModuleVersion(path="example.com/extra", version="v1.0.0"))
    other = replace(more, modules=(*more.modules, extra))
    side = replace(SOURCE, elsewhere=(("with cgo", other), ("on js/wasm", other), ("without tags", more)))
    (found,) = reconcile(e.report(e.info((*e.DEPS, e.dep("example.com/extra")))), more, side)
    assert found.because == "the source links it with cgo and on js/wasm"
    (found,) = reconcile(e.report(e.info()), other, replace(side, elsewhere=(("without cgo", more),)))
    assert (found.kind, found.because) == ("source-only", "the source does not link it without cgo")


def test_what_is_unknown_does_not_agree() -> None:
    harmless = Disagreement(kind="unsummed", name="m", harmless=True)
    assert Reconciliation(platform="", disagreements=(harmless,)).agrees
    assert not Reconciliation(platform="", unknown="nobody knows").agrees
    assert not Reconciliation(platform="", disagreements=(replace(harmless, harmless=False),)).agrees
