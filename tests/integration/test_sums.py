"""A real project and its module cache, fetched once into build/test-cache: attest and `go mod verify`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attest.app.check import check_source
from attest.edge.files import DirectoryTree
from attest.edge.goenv import find_go_settings
from attest.edge.proxy import ProxyDownloads
from attest.go.proxy import ModuleProxy, parse_list
from attest.model.source import Platform
from tests.unit.go.proxy import GO, Go

if TYPE_CHECKING:
    from attest.model.source import SourceReport

pytestmark = pytest.mark.integration

#: A hundred modules, no vendor directory; bench/__main__.py times the same.
PROJECT = "k8s.io/kubectl@v0.32.0"
WORK = Path(__file__).resolve().parents[2] / "build" / "test-cache" / "sums"
LINUX = Platform(goos="linux", goarch="amd64")


@pytest.fixture(scope="module")
def fetched() -> tuple[Go, Path]:
    """The go command and the project, with every module that it needs in the cache."""
    if not GO.exists():
        pytest.skip("no go command beside this Python")
    WORK.mkdir(parents=True, exist_ok=True)
    go = Go(WORK, WORK)
    go.environment["GOPROXY"] = find_go_settings("GOPROXY")["GOPROXY"]
    if not go.environment["GOPROXY"]:
        pytest.skip("GOPROXY is not set: the modules of a real project cannot be fetched")
    source = WORK / "project"
    if not (source / "go.mod").exists():
        done = go.try_run(WORK, "mod", "download", "-json", PROJECT)
        if done.returncode:
            pytest.skip(f"the module proxy does not answer: {done.stderr}{done.stdout}")
        shutil.copytree(json.loads(done.stdout)["Dir"], source)
    go.run(source, "mod", "download")
    return go, source


def test_a_clean_project_is_proven_four_ways(fetched: tuple[Go, Path]) -> None:
    go, source = fetched
    cache = DirectoryTree.of(go.modcache)
    report = check_source(DirectoryTree.of(source), modcache=cache, platforms=(LINUX,))
    assert report.sum_faults == report.import_faults == ()
    assert {each.status for each in report.proofs} == {"match"}
    assert [fault for each in report.proofs for fault in each.cache_faults] == []
    assert len([each for each in report.proofs if each.needed and each.kind == "zip"]) > 60
    assert "all modules verified" in go.run(source, "mod", "verify")


def test_the_same_is_proven_from_a_proxy_with_an_empty_cache(fetched: tuple[Go, Path]) -> None:
    go, source = fetched
    steps = parse_list((go.modcache / "cache" / "download").as_uri())
    report: SourceReport = check_source(
        DirectoryTree.of(source),
        modcache=None,
        platforms=(LINUX,),
        online=ModuleProxy(steps=steps, no_proxy="", downloads=ProxyDownloads()),
    )
    assert {each.status for each in report.proofs} == {"match"}
    assert report.sum_faults == ()
