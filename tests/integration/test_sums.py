"""The module cache of a real project: attest, `go mod verify`, and a proxy that serves the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attest.app.check import check_source
from attest.edge.files import DirectoryTree
from attest.edge.proxy import ProxyDownloads
from attest.go.proxy import ModuleProxy, parse_list
from tests.integration.projects import KUBECTL, LINUX, checkout, downloaded, tree_of

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.source import SourceReport
    from tests.unit.go.proxy import Go

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Go, Path]:
    """The go command and the project, with every module that it needs in the cache."""
    return downloaded(KUBECTL), checkout(KUBECTL, tmp_path_factory.mktemp("kubectl"))


def test_a_clean_project_is_proven_four_ways(fetched: tuple[Go, Path]) -> None:
    go, source = fetched
    report = check_source(DirectoryTree.of(source), modcache=tree_of(go), platforms=(LINUX,))
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
