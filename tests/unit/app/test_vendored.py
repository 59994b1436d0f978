"""vendor/ as the go command writes it, and as it must not be."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, ClassVar

import pytest

from attest.app.check import check_source, manifest_of, read_manifest
from attest.cli.main import run
from attest.edge.files import DirectoryTree
from attest.errors import ReadError
from attest.model.source import Platform, SourceReport
from tests.fakes import MemoryTree
from tests.unit.app.vendor_world import SHAPES, go_sum, make_proxy, write
from tests.unit.go.proxy import GO, Go

if TYPE_CHECKING:
    from pathlib import Path

    from attest.edge.files import OpenedFile

LINUX = Platform(goos="linux", goarch="amd64")
WINDOWS = Platform(goos="windows", goarch="amd64")


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Go:
    if not GO.exists():
        pytest.skip("no go command beside this Python")
    work = tmp_path_factory.mktemp("go")
    return Go(work, make_proxy(work / "proxy"))


@pytest.fixture(scope="module")
def trees(go: Go, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each shape of main module, vendored by the go command."""
    found = {}
    for name, files in SHAPES.items():
        root = tmp_path_factory.mktemp(name) / "app"
        write(root, {**files, "go.sum": go_sum()})
        go.run(root, "mod", "vendor", CGO_ENABLED="0")
        go.run(root, "mod", "download", "all")
        found[name] = root
    return found


def check(root: Path, go: Go | None, manifest: bytes | None = None) -> SourceReport:
    return check_source(
        DirectoryTree.of(root),
        modcache=DirectoryTree.of(go.modcache) if go else None,
        platforms=(LINUX,),
        manifests=None if manifest is None else read_manifest(manifest, "manifest.txt"),
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_what_go_mod_vendor_writes_has_no_fault(shape: str, go: Go, trees: dict[str, Path]) -> None:
    report = check(trees[shape], go)
    assert (report.vendor_faults, report.vendor_untidy, report.contents_unproven) == ((), (), ())


class CountingTree(DirectoryTree):
    """Says what was opened, in the order of time."""

    opened: ClassVar[list[str]] = []

    def open(self, name: str) -> OpenedFile:
        self.opened.append(name)
        return super().open(name)


def test_every_vendored_file_is_read_once(go: Go, trees: dict[str, Path]) -> None:
    CountingTree.opened.clear()
    tree = CountingTree.of(trees["newest"])
    check_source(tree, modcache=DirectoryTree.of(go.modcache), platforms=(LINUX, WINDOWS))
    vendored = sorted(each for each in CountingTree.opened if each.startswith("vendor/"))
    there = (each for each in (trees["newest"] / "vendor").rglob("*") if each.is_file())
    assert vendored == sorted(each.relative_to(trees["newest"]).as_posix() for each in there)


def test_a_directory_outside_of_the_tree_is_not_to_be_downloaded(
    go: Go, trees: dict[str, Path], tmp_path: Path
) -> None:
    root = tmp_path / "app"
    shutil.copytree(trees["newest"], root)
    for name, old, new in (
        ("go.mod", "\n)", "\n)\n\nreplace a.b/emb v1.1.0 => ../emb\n"),
        ("vendor/modules.txt", "# a.b/emb v1.1.0\n", "# a.b/emb v1.1.0 => ../emb\n"),
    ):
        text = (root / name).read_text()
        assert old in text
        (root / name).write_text(text.replace(old, new, 1))
    (why,) = [each for each in check(root, go).contents_unproven if each.module.path == "a.b/emb"]
    assert why.reason == "it is replaced by the directory ../emb, which no checksum covers"
    assert why.hint == "judge a tree that holds the directory, or replace with a module version"


@pytest.mark.parametrize("shape", SHAPES)
def test_a_manifest_proves_without_a_module_cache(shape: str, go: Go, trees: dict[str, Path]) -> None:
    manifest = manifest_of(DirectoryTree.of(trees[shape]), modcache=DirectoryTree.of(go.modcache))
    report = check(trees[shape], None, manifest)
    assert (report.vendor_faults, report.vendor_untidy, report.contents_unproven) == ((), (), ())
    assert {each.status for each in report.proofs} == {"match"}


LIB = "vendor/a.b/lib"


def test_a_manifest_is_small_and_the_same_for_the_same_tree(go: Go, trees: dict[str, Path]) -> None:
    tree, cache = DirectoryTree.of(trees["newest"]), DirectoryTree.of(go.modcache)
    manifest = manifest_of(tree, modcache=cache)
    assert manifest == manifest_of(tree, modcache=cache)
    assert manifest == manifest_of(tree, modcache=None, manifests=read_manifest(manifest, "m.txt"))
    read = {str(module): each for module, each in read_manifest(manifest, "m.txt").items()}
    assert (read["o.p/idle@v1.0.0"].files, read["o.p/idle@v1.0.0"].go_mod is None) == ((), False)
    # Only what go mod vendor leaves out for its build constraint must be told in full.
    assert sum(len(each.contents) for each in read.values()) == 3
    assert "local.one/l" not in manifest.decode()


def test_a_manifest_does_not_vouch_for_itself(go: Go, trees: dict[str, Path]) -> None:
    manifest = manifest_of(DirectoryTree.of(trees["newest"]), modcache=DirectoryTree.of(go.modcache))
    old = next(each for each in manifest.splitlines() if each.endswith(b"a.b/emb@v1.1.0/emb.go"))
    report = check(trees["newest"], None, manifest.replace(old, b"0" * 64 + old[64:]))
    (proof,) = [each for each in report.proofs if each.status == "mismatch"]
    assert (str(proof.module), proof.kind) == ("a.b/emb@v1.1.0", "zip")
    (why,) = report.contents_unproven
    assert (str(why.module), why.reason) == (
        "a.b/emb@v1.1.0",
        "its files in the manifest are not those that go.sum knows",
    )
    assert why.hint.startswith("write the manifest anew")


def test_a_manifest_without_the_content_of_what_is_missing(
    go: Go, trees: dict[str, Path], tmp_path: Path
) -> None:
    manifest = manifest_of(DirectoryTree.of(trees["newest"]), modcache=DirectoryTree.of(go.modcache))
    shutil.copytree(trees["newest"], tmp_path / "app")
    (tmp_path / "app" / LIB / "lib_windows.go").unlink()
    faults = check(tmp_path / "app", None, manifest).vendor_faults
    assert f"{LIB}/lib_windows.go is missing, and a.b/lib@v1.0.0 has it" in {each.message for each in faults}


def test_a_go_mod_that_is_not_known_is_missing_evidence(go: Go, trees: dict[str, Path]) -> None:
    manifest = manifest_of(DirectoryTree.of(trees["newest"]), modcache=DirectoryTree.of(go.modcache))
    lines = manifest.splitlines(keepends=True)
    at = next(number for number, each in enumerate(lines) if each.startswith(b"module a.b/emb "))
    report = check(trees["newest"], None, b"".join(lines[: at + 1] + lines[at + 2 :]))
    assert [(str(each.module), each.reason) for each in report.contents_unproven] == [
        ("a.b/emb@v1.1.0", "its go.mod, which says its go version, is not known")
    ]


def test_a_manifest_needs_a_vendor_directory_and_the_modules(trees: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="its zip is not in the module cache") as caught:
        manifest_of(DirectoryTree.of(trees["newest"]), modcache=None)
    assert caught.value.hint == "run `go mod download` first"
    (tmp_path / "go.mod").write_text("module m\n")
    with pytest.raises(ReadError, match="for the vendor directory that is built from, and there is none"):
        manifest_of(DirectoryTree.of(tmp_path), modcache=None)


def test_the_command_writes_a_manifest_and_judges_from_it(
    go: Go, trees: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest, empty = tmp_path / "manifest.txt", tmp_path / "empty"
    empty.mkdir()
    root = str(trees["newest"])
    assert run(["check", root, "--modcache", str(go.modcache), "--write-manifest", str(manifest)]) == 0
    assert run(["check", root, "--modcache", str(empty), "--manifest", str(manifest)]) == 0
    assert run(["check", root, "--modcache", str(empty)]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "run `go mod download`, or give --online or --manifest." in told
    manifest.write_bytes(b"something else\n")
    assert run(["check", root, "--manifest", str(manifest)]) == 2
    assert "does not begin with" in capsys.readouterr().err


def test_what_a_linked_file_imports_is_not_known(go: Go, trees: dict[str, Path]) -> None:
    root = trees["newest"]
    files = {
        each.relative_to(root).as_posix(): each.read_bytes() for each in root.rglob("*") if each.is_file()
    }
    del files["app_test.go"]
    cache = DirectoryTree.of(go.modcache)
    unused = "package m.n/testdep is listed under m.n/testdep@v1.0.0, and nothing imports it"
    (fault,) = check_source(MemoryTree(files), modcache=cache, platforms=(LINUX,)).vendor_faults
    assert fault.message == unused
    linked = MemoryTree(files, symlinks=frozenset({"app_test.go"}))
    assert check_source(linked, modcache=cache, platforms=(LINUX,)).vendor_faults == ()
