from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from attest.app.check import check_source
from attest.app.main_version import TreeVersions
from attest.app.verify import Run, verify_source
from attest.edge.files import DirectoryTree
from attest.errors import FormatError, LimitError, ReadError
from attest.model.checkout import Checkout
from attest.model.limits import Limits
from attest.model.source import Platform, SourceReport
from attest.render.report_text import to_text
from tests.fakes import MemoryRepository, MemoryTree
from tests.unit.go.fixtures import go, world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.go.fixtures import World

__all__ = ["go", "world"]

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
LINUX = Platform(goos="linux", goarch="amd64")
WINDOWS = Platform(goos="windows", goarch="amd64")
DARWIN = Platform(goos="darwin", goarch="arm64")
NEEDED = {
    "example.com/Beta",
    "example.com/alpha",
    "example.com/alpha/nested",
    "example.com/beta/v2",
    "example.com/delta",
    "example.com/fork",
    "example.com/gamma",
}


def check(root: Path, world: World | None, *platforms: Platform) -> SourceReport:
    modcache = DirectoryTree.of(world.go.modcache) if world else None
    return check_source(DirectoryTree.of(root), modcache=modcache, platforms=platforms)


def clean(report: SourceReport) -> bool:
    faults = (report.sum_faults, report.vendor_faults, report.import_faults, report.vendor_untidy)
    return not any(faults)


def test_a_clean_tree_with_its_module_cache(world: World) -> None:
    report = check(world.widget, world, LINUX, WINDOWS, DARWIN)
    assert clean(report)
    assert {each.status for each in report.proofs} == {"match"}
    assert len(report.proofs) == len((world.widget / "go.sum").read_text().splitlines())
    assert {each.module.path for each in report.proofs if each.needed} == NEEDED
    assert (report.vendored, report.modules_txt, report.contents_unproven) == (False, None, ())
    assert report.label == str(world.widget)


def test_platforms_decide_what_is_needed(world: World) -> None:
    darwin = check(world.widget, world, DARWIN)
    # gamma is imported with cgo alone, and whether the release is built with it is not known here.
    assert {each.module.path for each in darwin.proofs if each.needed} == NEEDED - {"example.com/Beta"}


def test_a_clean_vendored_tree(world: World) -> None:
    report = check(world.vendored, world, LINUX)
    assert clean(report)
    assert report.vendored
    assert report.modules_txt
    needed = {each.module.path for each in report.proofs if each.needed}
    assert needed == NEEDED | {"example.com/testdep"}
    assert report.contents_unproven == ()  # the local replacement lies in the tree that is judged


def test_without_a_module_cache_nothing_is_proven(world: World) -> None:
    for root in (world.widget, world.vendored):
        report = check(root, None, LINUX)
        assert clean(report)
        needed = [each for each in report.proofs if each.needed]
        assert {each.status for each in report.proofs} == {"absent"}
        assert {each.module.path for each in needed} == NEEDED | {"example.com/testdep"}
    assert len(report.contents_unproven) == 8
    assert {each.hint for each in report.contents_unproven} == {""}  # to get them is what helps


@pytest.fixture
def vendored(world: World, tmp_path: Path) -> Path:
    shutil.copytree(world.vendored, tmp_path / "widget")
    return tmp_path / "widget"


def test_a_changed_vendored_file(world: World, vendored: Path) -> None:
    with (vendored / "vendor/example.com/alpha/alpha.go").open("a") as file:
        file.write("// changed\n")
    (fault,) = check(vendored, world, LINUX).vendor_faults
    assert str(fault.place) == "vendor/example.com/alpha/alpha.go"
    assert "differs from example.com/alpha@v1.1.0 as go.sum knows it" in fault.message


def test_a_changed_module_in_the_cache(world: World, vendored: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    shutil.copytree(world.go.modcache, cache)
    source = world.go.modcache / "cache/download/example.com/beta/v2/@v/v2.3.0.zip"
    (cache / "cache/download/example.com/alpha/@v/v1.1.0.zip").write_bytes(source.read_bytes())
    report = check_source(DirectoryTree.of(vendored), modcache=DirectoryTree.of(cache), platforms=(LINUX,))
    (proof,) = [each for each in report.proofs if each.status == "mismatch"]
    assert str(proof.module) == "example.com/alpha@v1.1.0"
    assert 'path does not have prefix "example.com/alpha@v1.1.0/"' in proof.reason
    (why,) = [each for each in report.contents_unproven if str(each.module) == "example.com/alpha@v1.1.0"]
    assert why.reason == "its zip in the module cache is not the one that go.sum knows"
    assert why.hint == "find out who changed the module or the line: go-sum-mismatch says what is odd"


def test_a_line_removed_from_go_sum(world: World, vendored: Path) -> None:
    lines = (vendored / "go.sum").read_text().splitlines(keepends=True)
    (vendored / "go.sum").write_text("".join(each for each in lines if "example.com/fork" not in each))
    report = check(vendored, world, LINUX)
    assert [each.message for each in report.sum_faults] == [
        "example.com/fork@v1.5.0: missing go.sum entry for module providing package example.com/original",
        "example.com/fork@v1.5.0: missing go.sum entry for go.mod file",
    ]
    (why,) = [each for each in report.contents_unproven if each.reason == "go.sum has no line for its zip"]
    assert why.hint == "to add it: go mod download example.com/fork"


def test_no_go_sum(world: World, vendored: Path) -> None:
    (vendored / "go.sum").unlink()
    report = check(vendored, world, LINUX)
    assert [each.message for each in report.sum_faults] == ["go.sum is empty, but go.mod requires modules"]


def test_the_rules_of_the_go_command_are_checked(world: World, vendored: Path) -> None:
    text = (vendored / "go.mod").read_text()
    (vendored / "go.mod").write_text(text.replace("example.com/fork v1.5.0", "example.com/fork v1.6.0"))
    (fault,) = check(vendored, world, LINUX).vendor_faults
    assert fault.message.startswith("example.com/original@v1.0.0: is replaced by example.com/fork@v1.6.0")


def told(report: SourceReport) -> list[str]:
    """The text report that `attest check` prints."""
    run = Run(now=datetime(2026, 11, 22, tzinfo=UTC))
    return to_text(verify_source(report, run), width=80).splitlines()


def test_an_empty_module_cache_is_told_in_a_few_lines(world: World) -> None:
    mended = "  Evidence is missing: run `go mod download`, or give --online"
    lines = told(check(world.widget, None, LINUX))
    assert lines[-2] == f"{mended}."
    assert [line for line in lines if "(no evidence)" in line] == ["  deny go-sum-mismatch (no evidence)"]
    lines = told(check(world.vendored, None, LINUX))
    assert lines[-2] == f"{mended} or --manifest."
    assert "      and 5 more, which --verbose lists" in lines
    assert [line for line in lines if "(no evidence)" in line] == [
        "  deny go-sum-mismatch (no evidence)",
        "  deny vendor-drift (no evidence)",
    ]


def test_the_proxies_do_not_help_where_the_graph_is_not_known() -> None:
    files = {
        "go.mod": b"module example.com/m\n\ngo 1.12\n\nrequire a.b/x v1.0.0\n",
        "go.sum": b"a.b/x v1.0.0 h1:x\na.b/x v1.0.0/go.mod h1:y\n",
        "main.go": b'package main\n\nimport _ "a.b/x"\n',
    }
    lines = told(report_of(files, LINUX))
    assert [line for line in lines if "(no evidence)" in line] == [
        "  deny go-sum-mismatch (no evidence)",
        "  deny import-unresolved (no evidence)",
    ]
    assert lines[-2] == "  Evidence is missing: run `go mod download`."


# In memory: what the go command is not needed for.

MOD = b"module example.com/m\n\ngo 1.24\n"


def report_of(
    files: dict[str, bytes], *platforms: Platform, modcache: MemoryTree | None = None
) -> SourceReport:
    return check_source(MemoryTree({"go.mod": MOD, **files}), modcache=modcache, platforms=platforms)


def test_a_module_that_requires_nothing_needs_no_go_sum() -> None:
    report = report_of({"main.go": b"package main\n"}, LINUX)
    assert clean(report)
    assert report.proofs == ()


def test_a_library_is_judged_by_its_packages() -> None:
    files = {
        "go.mod": MOD + b"require a.b/x v1.0.0\nrequire a.b/y v1.0.0\n",
        "m.go": b'package m\nimport _ "a.b/x"\n',
        "go.sum": b"q.r/s v1.0.0 h1:x\n",
    }
    cache = MemoryTree({"a.b/x@v1.0.0/x.go": b"package x\n"})
    report = report_of(files, LINUX, modcache=cache)
    assert [each.message for each in report.sum_faults] == [
        "a.b/x@v1.0.0: missing go.sum entry for module providing package a.b/x",
        "a.b/x@v1.0.0: missing go.sum entry for go.mod file",
    ]


@pytest.mark.parametrize("platforms", [(), (LINUX,)])
def test_where_the_source_does_not_tell_every_module_is_needed(platforms: tuple[Platform, ...]) -> None:
    files = {
        "go.mod": MOD + b"require a.b/x v1.0.0\nrequire a.b/y v1.0.0\n",
        "main.go": b'package main\nimport _ "a.b/x"\n',
        "go.sum": b"q.r/s v1.0.0 h1:x\n",
    }
    report = report_of(files, *platforms)
    assert {each.message.partition("@")[0] for each in report.sum_faults} == {"a.b/x", "a.b/y"}
    assert report.import_faults == ()


def test_an_import_that_leads_nowhere_is_a_fault_once() -> None:
    files = {"main.go": b'package main\nimport _ "a.b/none"\n'}
    report = report_of(files, LINUX, WINDOWS)
    assert [(str(each.place), each.message) for each in report.import_faults] == [
        ("main.go:2", "no required module provides package a.b/none")
    ]


def test_a_vendor_directory_without_modules_txt() -> None:
    files = {"go.mod": MOD + b"require a.b/x v1.0.0\n", "vendor/a.b/x/x.go": b"package x\n"}
    report = report_of(files, LINUX)
    assert report.vendored
    assert report.modules_txt is None
    required, unlisted = (each.message for each in report.vendor_faults)
    assert "not marked as explicit" in required
    assert unlisted == "vendor/modules.txt is missing, which tells the module of vendor/a.b/x"


def test_a_vendor_directory_without_packages() -> None:
    report = report_of({"vendor/README": b"", "main.go": b"package main\n"}, LINUX)
    assert report.vendored
    assert clean(report)


def test_a_vendor_directory_of_a_workspace_is_refused() -> None:
    files = {
        "vendor/modules.txt": b"## workspace\n",
        "vendor/a.b/c/c.go": b"package c\n",
        "main.go": b"package main\n",
    }
    (fault,) = report_of(files, LINUX).vendor_faults
    assert fault.message == "vendor/modules.txt was made for a workspace, and a single module is built"
    del files["vendor/a.b/c/c.go"]
    assert report_of(files, LINUX).vendor_faults == ()  # published modules have such a file alone


def test_a_file_called_vendor_is_no_vendor_directory() -> None:
    assert not report_of({"vendor": b"", "main.go": b"package main\n"}, LINUX).vendored


def test_what_stops_the_check() -> None:
    tree = MemoryTree({"main.go": b"package main\n"})
    with pytest.raises(ReadError, match=r"go\.mod: no such file"):
        check_source(tree, modcache=None, platforms=(LINUX,))
    with pytest.raises(FormatError, match=r"go\.mod:1: unknown directive: what"):
        report_of({"go.mod": b"what\n"}, LINUX)
    with pytest.raises(LimitError, match="larger than 5 bytes"):
        check_source(MemoryTree({"go.mod": MOD}), modcache=None, platforms=(), limits=Limits(go_mod_bytes=5))


def test_lines_of_go_sum_that_nothing_requires_are_told(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.widget, tmp_path / "widget")
    with (tmp_path / "widget" / "go.sum").open("a") as go_sum:
        go_sum.write(f"example.com/alpha v1.0.0/go.mod h1:{'A' * 43}=\n")
    assert check(world.widget, world, LINUX).sum_untidy == ()
    (fault,) = check(tmp_path / "widget", world, LINUX).sum_untidy
    assert "lines are for versions that nothing requires: example.com/alpha@v1.0.0" in fault.message


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"go.mod": b"module m\n\ngo 1.17\n"}, "as Go 1.16 reads it too"),
        ({"go.mod": b"module m\n\ngo 1.24\n", "go.work": b"go 1.24\n\nuse .\n"}, "in a workspace"),
        (
            {"go.mod": b"module m\n\ngo 1.24\n\nrequire a.b/c v1.0.0\n"},
            "the go.mod of a.b/c@v1.0.0 is not in the module cache",
        ),
    ],
)
def test_where_nobody_knows_which_lines_are_required(files: dict[str, bytes], reason: str) -> None:
    report = report_of({"main.go": b"package main\n\nfunc main() {}\n", **files})
    assert reason in report.superfluous_unknown


def test_code_outside_of_the_tree_is_missing_evidence() -> None:
    go_mod = b"module m\n\ngo 1.24\n\nrequire a.b/c v1.0.0\n\nreplace a.b/c => ../c\n"
    report = report_of(
        {"go.mod": go_mod, "main.go": b'package main\n\nimport _ "a.b/c"\n\nfunc main() {}\n'}, LINUX
    )
    assert report.graph_unproven is not None
    assert "a.b/c is replaced by the directory ../c, which is not in the source tree" in (
        report.graph_unproven.message
    )
    assert report.graph_unproven.place.line == 7


@pytest.mark.parametrize(
    ("tags", "version", "unknown"),
    [
        (("v1.0.0",), "v1.0.0", ""),
        ((), "v0.0.0-20260102030405-aaaaaaaaaaaa", ""),
        (None, "", "version control does not tell: no git"),
    ],
)
def test_the_repository_tells_which_version_a_tree_is(
    tags: tuple[str, ...] | None, version: str, unknown: str
) -> None:
    files = {"go.mod": b"module example.com/tool\n\ngo 1.24\n", "main.go": b"package main\n"}
    time = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    found = (
        "no git"
        if tags is None
        else Checkout(commit="a" * 40, time=time, tags=tags, merged=tags, modified=False)
    )
    repository = MemoryRepository(found, files)
    report = check_source(MemoryTree(files), modcache=None, platforms=(LINUX,), repository=repository)
    ((path, told),) = report.versions
    assert (path, told.version.value, told.version.unknown_because) == ("example.com/tool", version, unknown)
    assert repository.asked == 1


def test_a_go_mod_of_the_commit_that_is_too_large_is_the_reason_for_no_version() -> None:
    files = {"go.mod": b"module example.com/tool\n\ngo 1.24\n", "v2/go.mod": b" " * 100}
    found = Checkout(commit="a" * 40, time=NOON, tags=(), merged=(), modified=False)
    versions = TreeVersions(repository=MemoryRepository(found, files), limits=Limits(go_mod_bytes=50))
    assert versions.of("example.com/tool").version.value
    assert versions.of("example.com/tool/v2").version.unknown_because == (
        "version control does not tell: v2/go.mod is too large"
    )
