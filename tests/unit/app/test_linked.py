from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from attest.app.linked import linked_sets, main_packages
from attest.edge.files import DirectoryTree
from attest.errors import FormatError, LimitError, ReadError, UsageError
from attest.model.limits import Limits
from attest.model.module import ModuleVersion
from attest.model.source import LinkedSet, Platform
from tests.fakes import MemoryTree
from tests.unit.go.fixtures import go, world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.go.fixtures import World

__all__ = ["go", "world"]

WIDGET = "example.com/widget/cmd/widget"
GADGET = "example.com/widget/cmd/gadget"
PLATFORMS = (
    Platform(goos="linux", goarch="amd64"),
    Platform(goos="windows", goarch="amd64"),
    Platform(goos="darwin", goarch="arm64"),
    Platform(goos="js", goarch="wasm"),
    Platform(goos="linux", goarch="arm", variant="5"),
    Platform(goos="linux", goarch="arm", variant="7"),
    Platform(goos="android", goarch="arm64"),
    Platform(goos="plan9", goarch="386"),
)


def environment(platform: Platform, *, cgo: bool) -> dict[str, str]:
    variant = {"GOARM": platform.variant} if platform.goarch == "arm" else {}
    return {
        "GOOS": platform.goos,
        "GOARCH": platform.goarch,
        "CGO_ENABLED": str(int(cgo)),
        **variant,
    }


def listed(world: World, tree: Path, main: str, platform: Platform, *, cgo: bool) -> list[dict[str, Any]]:
    """`go list -deps -json`, the non-standard packages only."""
    fields = "-json=ImportPath,Standard,Module,Imports"
    out = world.go.run(tree, "list", "-deps", fields, main, **environment(platform, cgo=cgo))
    decoder, found, position = json.JSONDecoder(), [], 0
    while position < len(out.rstrip()):
        value, position = decoder.raw_decode(out, position)
        position += 1
        found.append(value)
    return [each for each in found if not each.get("Standard")]


def expected(packages: list[dict[str, Any]]) -> dict[str, Any]:
    """What the go command's answer says in the words of a LinkedSet."""
    owner = {each["ImportPath"]: each["Module"]["Path"] for each in packages}
    modules: dict[str, Any] = {}
    std: set[str] = set()
    main_requires: set[str] = set()
    for each in packages:
        module = each["Module"]
        imports = [path for path in each.get("Imports", ()) if path != "C"]
        std |= {path for path in imports if path not in owner}
        requires = {owner[path] for path in imports if path in owner} - {module["Path"]}
        if module.get("Main"):
            main_requires |= requires
            continue
        new = module.get("Replace")
        entry = modules.setdefault(
            module["Path"],
            {
                "version": module["Version"],
                "replace": (new["Path"], new.get("Version", "")) if new else None,
                "packages": set(),
                "requires": set(),
            },
        )
        entry["packages"].add(each["ImportPath"])
        entry["requires"] |= requires
    return {"modules": modules, "std": std, "main_requires": main_requires}


def told(linked: LinkedSet) -> dict[str, Any]:
    return {
        "modules": {
            each.module.path: {
                "version": each.module.version,
                "replace": (each.replacement.path, each.replacement.version) if each.replacement else None,
                "packages": set(each.packages),
                "requires": set(each.requires),
            }
            for each in linked.modules
        },
        "std": set(linked.std),
        "main_requires": set(linked.main_requires),
    }


@pytest.mark.parametrize(("platform", "cgo"), list(product(PLATFORMS, (False, True))), ids=str)
@pytest.mark.parametrize("kind", ["widget", "vendored"])
def test_the_graph_is_that_of_go_list(world: World, kind: str, platform: Platform, cgo: bool) -> None:
    root: Path = getattr(world, kind)
    tree = DirectoryTree.of(root)
    modcache = DirectoryTree.of(world.go.modcache) if kind == "widget" else None
    mains = [WIDGET, GADGET] if platform.goos == "windows" else [WIDGET]
    sets = linked_sets(
        tree, modcache=modcache, platforms_and_mains=[(platform, each) for each in mains], cgo=cgo
    )
    for main, linked in zip(mains, sets, strict=True):
        assert told(linked) == expected(listed(world, root, main, platform, cgo=cgo))
        assert (linked.main_package, linked.platform, linked.cgo) == (main, platform, cgo)


def test_sums_come_from_go_sum_by_what_is_compiled(world: World) -> None:
    tree, modcache = DirectoryTree.of(world.widget), DirectoryTree.of(world.go.modcache)
    (linked,) = linked_sets(
        tree, modcache=modcache, platforms_and_mains=[(PLATFORMS[2], "./cmd/widget")], cgo=True
    )
    text = (world.widget / "go.sum").read_text()
    for each in linked.modules:
        actual = each.replacement or each.module
        line = f"{actual.path} {actual.version} {each.sum}\n"
        assert line in text if actual.version else not each.sum
    assert linked.main_module == ModuleVersion(path="example.com/widget", version="")


@pytest.mark.parametrize("kind", ["widget", "vendored"])
@pytest.mark.parametrize("platform", PLATFORMS, ids=str)
def test_main_packages_are_those_of_go_list(world: World, kind: str, platform: Platform) -> None:
    root: Path = getattr(world, kind)
    form = '{{if eq .Name "main"}}{{.ImportPath}}{{end}}'
    out = world.go.run(root, "list", "-e", "-f", form, "./...", **environment(platform, cgo=False))
    found = main_packages(DirectoryTree.of(root), platforms=[platform])
    assert [path for _, path in found] == sorted(out.split())


# Without the go command: what is refused, and how that is said.

MOD = "module example.com/m\n\ngo 1.24\n"


def refused(files: dict[str, str], *, main: str = "example.com/m", modcache: MemoryTree | None = None) -> str:
    tree = MemoryTree({name: text.encode() for name, text in {"go.mod": MOD, **files}.items()})
    with pytest.raises((FormatError, ReadError)) as caught:
        linked_sets(tree, modcache=modcache, platforms_and_mains=[(PLATFORMS[0], main)])
    assert caught.value.hint
    return f"{type(caught.value).__name__} {caught.value}"


def main_with(path: str) -> str:
    return f'package main\n\nimport (\n\t"fmt"\n\t"{path}"\n)\n'


def test_a_missing_package_is_named_with_the_importing_line() -> None:
    assert refused({"main.go": main_with("example.com/none/x")}) == (
        "FormatError main.go:5: no required module provides package example.com/none/x"
    )


def test_a_missing_package_of_the_main_module() -> None:
    message = "FormatError main.go:5: no required module provides package example.com/m/x"
    assert refused({"main.go": main_with("example.com/m/x")}) == message
    assert refused({"main.go": main_with("example.com/m/x"), "x/x.txt": ""}) == message


def test_before_go_1_17_packages_lie_where_the_module_graph_says() -> None:
    files = {
        "go.mod": "module example.com/m\n\ngo 1.16\n\nrequire example.com/x v1.0.0\n",
        "main.go": main_with("example.com/y"),
    }
    assert refused(files) == (
        "ReadError main.go:5: package example.com/y cannot be found: before go 1.17 go.mod does not list "
        "every module, and the go.mod of example.com/x@v1.0.0 is not in the module cache"
    )
    cache = {
        "cache/download/example.com/x/@v/v1.0.0.mod": b"module example.com/x\nrequire example.com/y v1.5.0\n",
        "cache/download/example.com/y/@v/v1.5.0.mod": b"module example.com/y\n",
        "example.com/y@v1.5.0/y.go": b"package y\n",
    }
    tree = MemoryTree({name: text.encode() for name, text in files.items()})
    (found,) = linked_sets(
        tree, modcache=MemoryTree(cache), platforms_and_mains=[(PLATFORMS[0], "example.com/m")]
    )
    assert [each.module for each in found.modules] == [ModuleVersion(path="example.com/y", version="v1.5.0")]
    files["main.go"] = main_with("example.com/none")
    assert refused(files, modcache=MemoryTree(cache)) == (
        "FormatError main.go:5: no required module provides package example.com/none"
    )


def test_a_nested_module_is_another_module() -> None:
    files = {"main.go": main_with("example.com/m/x/y"), "x/go.mod": "", "x/y/y.go": "package y\n"}
    assert refused(files) == "FormatError main.go:5: no required module provides package example.com/m/x/y"


def test_a_module_that_is_not_in_the_cache_is_missing_evidence() -> None:
    files = {"go.mod": f"{MOD}require example.com/x v1.0.0\n", "main.go": main_with("example.com/x/y")}
    message = (
        "ReadError main.go:5: package example.com/x/y cannot be found: "
        "example.com/x@v1.0.0 is not in the module cache"
    )
    assert refused(files) == message
    assert refused(files, modcache=MemoryTree({})) == message


def test_a_replacement_outside_of_the_tree_is_missing_evidence() -> None:
    for directory in ("../x", "/x", "C:/x"):
        replace = f"require example.com/x v1.0.0\nreplace example.com/x => {directory}\n"
        files = {"go.mod": MOD + replace, "main.go": main_with("example.com/x")}
        assert refused(files) == (
            "ReadError main.go:5: package example.com/x cannot be found: "
            f"example.com/x@v1.0.0 is replaced by the directory {directory}, which is not in the source tree"
        )


def test_a_package_in_two_modules_is_ambiguous() -> None:
    files = {
        "go.mod": f"{MOD}require (\n example.com/x v1.0.0\n example.com/x/y v1.2.0\n)\n",
        "main.go": main_with("example.com/x/y"),
    }
    cache = MemoryTree(
        {
            "example.com/x@v1.0.0/y/y.go": b"package y\n",
            "example.com/x/y@v1.2.0/y.go": b"package y\n",
        }
    )
    assert refused(files, modcache=cache) == (
        "FormatError main.go:5: ambiguous import: found package example.com/x/y in "
        "example.com/x/y@v1.2.0 and example.com/x@v1.0.0"
    )


def test_a_package_in_vendor_and_in_the_main_module_is_ambiguous() -> None:
    files = {
        "main.go": main_with("example.com/m/y"),
        "y/y.go": "package y\n",
        "vendor/example.com/m/y/y.go": "package y\n",
        "vendor/modules.txt": "# example.com/m/y v1.0.0\nexample.com/m/y\n",
    }
    assert "ambiguous import: found package example.com/m/y in example.com/m and" in refused(files)


def test_a_vendored_package_must_be_listed() -> None:
    files = {
        "main.go": main_with("example.com/x"),
        "vendor/example.com/x/x.go": "package x\n",
        "vendor/modules.txt": "",
    }
    message = (
        "FormatError main.go:5: package example.com/x exists in the vendor directory but is missing from "
        "vendor/modules.txt"
    )
    assert refused(files) == message
    del files["vendor/modules.txt"]
    assert refused(files) == message
    files["main.go"] = main_with("example.com/none")
    assert refused(files) == "FormatError main.go:5: cannot find package example.com/none in vendor/"


def test_a_malformed_import_path() -> None:
    assert refused({"main.go": main_with("example.com/../x")}) == (
        "FormatError main.go:5: malformed import path \"example.com/../x\": invalid path element '..'"
    )
    assert refused({"main.go": main_with("a b")}) == 'FormatError main.go:5: invalid import path: "a b"'


def test_what_is_built_must_be_readable_as_go() -> None:
    assert refused({"main.go": "package main\nimport +\n"}) == (
        "FormatError main.go:2: syntax error: expected an import path"
    )
    assert refused({"main.go": "//go:build linux &&\n\npackage main\n"}) == (
        "FormatError main.go:1: parsing //go:build line: unexpected end of expression"
    )
    assert refused({"main.go": "package main\n", "b.go": "package b\n"}) == (
        "FormatError main.go: found packages b (b.go) and main (main.go) in ."
    )


def test_what_is_imported_must_be_a_package_that_is_built() -> None:
    files = {"main.go": main_with("example.com/m/x"), "x/x_windows.go": "package x\n"}
    assert refused(files) == (
        "FormatError main.go:5: build constraints exclude all Go files of package example.com/m/x on "
        "linux/amd64"
    )
    files = {"main.go": main_with("example.com/m/x"), "x/x.go": "package main\n"}
    assert refused(files) == (
        'FormatError main.go:5: import "example.com/m/x" is a program, not an importable package'
    )


def test_an_import_cycle_is_refused_where_it_closes() -> None:
    files = {
        "main.go": main_with("example.com/m/a"),
        "a/a.go": 'package a\n\nimport _ "example.com/m/b"\n',
        "b/b_windows.go": 'package b\n\nimport _ "fmt"\n',
        "b/b.go": 'package b\n\nimport (\n\t_ "example.com/m/leaf"\n\t_ "example.com/m/c"\n)\n',
        "c/c.go": 'package c\n\nimport _ "example.com/m/leaf"\n',
        "c/c_linux.go": 'package c\n\nimport _ "example.com/m/b"\n',
        "leaf/leaf.go": "package leaf\n",
    }
    assert refused(files) == (
        "FormatError c/c_linux.go:3: import cycle not allowed: example.com/m/b imports example.com/m/c "
        "imports example.com/m/b"
    )
    tree = MemoryTree({name: text.encode() for name, text in {"go.mod": MOD, **files}.items()})
    windows = (Platform(goos="windows", goarch="amd64"), ".")
    (found,) = linked_sets(tree, modcache=None, platforms_and_mains=[windows])
    assert found.std == ("fmt",)
    assert refused(
        {"main.go": main_with("example.com/m/a"), "a/a.go": files["a/a.go"].replace("/b", "/a")}
    ) == ("FormatError a/a.go:3: import cycle not allowed: example.com/m/a imports example.com/m/a")


@pytest.mark.parametrize("main", ["example.com/m", "."])
def test_the_main_package_must_be_one(main: str) -> None:
    assert refused({"x.go": "package x\n"}, main=main) == (
        "FormatError memory: example.com/m is no main package of example.com/m on linux/amd64"
    )
    assert "no required module provides package example.com/m" in refused({}, main=main)


def test_a_main_package_without_files_for_the_platform() -> None:
    assert refused({"cmd/x/x_windows.go": "package main\n"}, main="./cmd/x") == (
        "FormatError cmd/x: build constraints exclude all Go files of package example.com/m/cmd/x on "
        "linux/amd64"
    )


def test_a_platform_that_go_does_not_know() -> None:
    tree = MemoryTree({"go.mod": MOD.encode(), "main.go": b"package main\n"})
    with pytest.raises(UsageError, match="Go knows no platform linx/amd64"):
        linked_sets(tree, modcache=None, platforms_and_mains=[(Platform(goos="linx", goarch="amd64"), ".")])


def test_release_tags_follow_the_toolchain_that_go_mod_asks_for() -> None:
    files = {"main.go": b"//go:build go1.30\n\npackage main\n", "go.mod": MOD.encode()}
    assert main_packages(MemoryTree(files), platforms=PLATFORMS[:1]) == ()
    files["go.mod"] += b"toolchain go1.30.2\n"
    assert main_packages(MemoryTree(files), platforms=PLATFORMS[:1]) == ((PLATFORMS[0], "example.com/m"),)


def test_ignored_directories_have_no_main_packages() -> None:
    paths = [
        "a",
        "a/x",
        "b/x",
        "b/x/c",
        "y",
        "y/z",
        "testdata",
        "_z",
        ".z",
        "vendor/v",
        "deep/vendor/w",
        "n/sub",
    ]
    files = {f"{each}/main.go": b"package main\n" for each in paths}
    ignores = b"ignore (\n\tx\n\t./y\n)\n"
    tree = MemoryTree({"go.mod": MOD.encode() + ignores, "n/go.mod": b"", **files})
    found = main_packages(tree, platforms=PLATFORMS[:1])
    assert [path for _, path in found] == ["example.com/m/a"]


@pytest.mark.parametrize("limits", [Limits(tree_entries=3), Limits(tree_depth=1)])
def test_a_tree_that_is_too_large(limits: Limits) -> None:
    tree = MemoryTree({"go.mod": MOD.encode(), "a/b/c/main.go": b"package main\n"})
    with pytest.raises(LimitError, match="too many or too deep directories"):
        main_packages(tree, platforms=PLATFORMS[:1], limits=limits)


@pytest.mark.parametrize(
    "text",
    [
        "package main\n" + " " * 100 + 'import "fmt"\n',
        "package main\n// " + "x" * 100 + "\n",
        'package main\nimport _ "embed"\nvar x int\n' + "// " + "x" * 100,
    ],
)
def test_a_header_must_end_within_the_limit(text: str) -> None:
    tree = MemoryTree({"go.mod": MOD.encode(), "main.go": text.encode()})
    with pytest.raises(
        LimitError, match=r"main\.go: its package clause and imports do not end within 60 bytes"
    ):
        main_packages(tree, platforms=PLATFORMS[:1], limits=Limits(go_source_header_bytes=60))


def test_a_large_file_is_fine_when_its_header_is_small() -> None:
    text = "package main\n\nvar x = 1\n" + "x" * 100
    tree = MemoryTree({"go.mod": MOD.encode(), "main.go": text.encode()})
    assert main_packages(tree, platforms=PLATFORMS[:1], limits=Limits(go_source_header_bytes=60))


def test_every_file_is_read_once() -> None:
    reads: list[str] = []

    class Counting(MemoryTree):
        def open(self, name: str) -> Any:  # noqa: ANN401 - the context manager of the base class
            reads.append(name)
            return super().open(name)

    tree = Counting(
        {
            "go.mod": MOD.encode(),
            "main.go": main_with("example.com/m/x").encode(),
            "x/x.go": b"package x\n",
            "x/x_plan9.go": b"package x\n",
        }
    )
    linked_sets(tree, modcache=None, platforms_and_mains=[(each, ".") for each in PLATFORMS])
    assert sorted(reads) == ["main.go", "x/x.go", "x/x_plan9.go"]
