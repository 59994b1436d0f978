from __future__ import annotations

import hashlib

import pytest

from attest.errors import LimitError, ReadError
from attest.go import gomod, modulestxt
from attest.go.vendor_contents import ContentFaults, check_contents
from attest.go.vendor_expected import ModuleFiles, Vendored
from attest.go.vendor_tree import read_vendor
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.module import MainModules, ModuleVersion
from tests.fakes import MemoryTree

MAIN = MainModules.alone(gomod.parse(b"module m\ngo 1.24\n"))
MODULES = """# a.b/x v1.0.0
## explicit
a.b/x
a.b/x/emb
# a.b/x/n v1.1.0
a.b/x/n/deep
# a.b/r v1.0.0 => c.d/r v1.5.0
a.b/r
# a.b/l v1.0.0 => ./l
a.b/l
"""
ZIPS = {
    "a.b/x@v1.0.0": {
        "LICENSE": "licence",
        "x.go": "package x\n",
        "x_test.go": "package x\n",
        "notes.txt": "notes",
        "emb/emb.go": 'package emb\nimport _ "embed"\n//go:embed data "*.md"\nvar s string\n',
        "emb/data/y.go": "package y\n",
        "emb/data/sub/z.txt": "z",
        "emb/a.md": "md",
        "other/other.go": "package other\n",
    },
    "a.b/x/n@v1.1.0": {"LICENSE": "nested licence", "deep/deep.go": "package deep\n"},
    "c.d/r@v1.5.0": {"r.go": "package r\n"},
}
VENDOR = {
    "vendor/modules.txt": MODULES,
    "vendor/a.b/x/LICENSE": "licence",
    "vendor/a.b/x/x.go": "package x\n",
    "vendor/a.b/x/notes.txt": "notes",
    "vendor/a.b/x/emb/emb.go": ZIPS["a.b/x@v1.0.0"]["emb/emb.go"],
    "vendor/a.b/x/emb/data/y.go": "package y\n",
    "vendor/a.b/x/emb/data/sub/z.txt": "z",
    "vendor/a.b/x/emb/a.md": "md",
    "vendor/a.b/x/n/LICENSE": "nested licence",
    "vendor/a.b/x/n/deep/deep.go": "package deep\n",
    "vendor/a.b/r/r.go": "package r\n",
    "vendor/a.b/l/l.go": "package l\n",
}


def evidence(*left_out: str) -> dict[ModuleVersion, ModuleFiles]:
    found = {}
    for key, files in ZIPS.items():
        module = ModuleVersion(path=key.partition("@")[0], version=key.partition("@")[2])
        if key not in left_out:
            hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
            found[module] = ModuleFiles(module=module, files=hashes, known_by="go.sum knows it")
    return found


def faults(
    tree: MemoryTree, *left_out: str, modules: str = MODULES, limits: Limits = DEFAULT_LIMITS
) -> ContentFaults:
    scanned = read_vendor(tree, limits=limits)
    vendored = Vendored(scanned, modulestxt.parse(modules.encode()), MAIN, evidence(*left_out))
    vendored.add_contents((text.encode() for files in ZIPS.values() for text in files.values()), limits)
    return check_contents(vendored)


def said(
    changes: dict[str, str | None], *left_out: str, modules: str = MODULES, untidy: bool = False
) -> list[str]:
    files = {name: text for name, text in {**VENDOR, **changes}.items() if text is not None}
    tree = MemoryTree({name: text.encode() for name, text in files.items()})
    found = faults(tree, *left_out, modules=modules)
    assert all(each.hint for each in (*found.drift, *found.untidy))
    return [each.message for each in (found.untidy if untidy else found.drift)]


def test_what_go_mod_vendor_writes_has_no_fault() -> None:
    assert said({}) == []


@pytest.mark.parametrize("name", [each for each in VENDOR if each.endswith(("x.go", "notes.txt", "a.md"))])
def test_a_changed_file_of_a_package(name: str) -> None:
    assert said({name: "changed"}) == [f"{name} differs from a.b/x@v1.0.0 as go.sum knows it"]


def test_a_changed_file_does_not_change_what_is_expected() -> None:
    assert said({"vendor/a.b/x/emb/emb.go": "package emb"}) == [
        "vendor/a.b/x/emb/emb.go differs from a.b/x@v1.0.0 as go.sum knows it"
    ]


def test_missing_files() -> None:
    for name in ("x.go", "emb/data/y.go", "emb/data/sub/z.txt", "emb/a.md"):
        gone = f"vendor/a.b/x/{name}"
        assert said({gone: None}) == [f"{gone} is missing, and a.b/x@v1.0.0 has it"]
        assert said({gone: None}, untidy=True) == []
    for name in ("LICENSE", "notes.txt"):
        gone = f"vendor/a.b/x/{name}"
        assert said({gone: None}, untidy=True) == [f"{gone} is missing, and a.b/x@v1.0.0 has it"]
        assert said({gone: None}) == []


def test_genuine_files_that_are_not_copied() -> None:
    copied = {"vendor/a.b/x/x_test.go": "package x\n"}
    assert said({**copied}) == []
    assert said({**copied}, untidy=True) == [
        "vendor/a.b/x/x_test.go is in a.b/x@v1.0.0, and `go mod vendor` does not copy it"
    ]
    assert said({"vendor/a.b/x/x_test.go": "changed"}) == [
        "vendor/a.b/x/x_test.go differs from a.b/x@v1.0.0 as go.sum knows it"
    ]


def test_what_could_be_compiled_beside_packages() -> None:
    assert said({"vendor/a.b/x/include/x.h": "evil"}) == [
        "vendor/a.b/x/include/x.h is not in a.b/x@v1.0.0 as go.sum knows it"
    ]


def test_changed_files_beside_packages() -> None:
    assert said({"vendor/a.b/x/emb/data/sub/z.txt": "changed"}) == [
        "vendor/a.b/x/emb/data/sub/z.txt differs from a.b/x@v1.0.0 as go.sum knows it"
    ]
    assert said({"vendor/a.b/x/n/LICENSE": "changed"}) == [
        "vendor/a.b/x/n/LICENSE differs from a.b/x/n@v1.1.0 as go.sum knows it"
    ]
    assert said({"vendor/a.b/x/emb/data/y.go": "changed"}) == [
        "vendor/a.b/x/emb/data/y.go differs from a.b/x@v1.0.0 as go.sum knows it"
    ]


def test_a_replaced_module_is_compared_with_its_replacement() -> None:
    assert said({"vendor/a.b/r/r.go": "changed"}) == [
        "vendor/a.b/r/r.go differs from c.d/r@v1.5.0 as go.sum knows it"
    ]


@pytest.mark.parametrize("name", ["extra.go", "extra_test.go", "extra.s", ".hidden", "OWNERS"])
def test_an_added_file_of_a_package(name: str) -> None:
    assert said({f"vendor/a.b/x/{name}": "extra"}) == [
        f"vendor/a.b/x/{name} is not in a.b/x@v1.0.0 as go.sum knows it"
    ]


def test_an_added_embedded_file() -> None:
    for name in ("vendor/a.b/x/emb/data/new.txt", "vendor/a.b/x/emb/data/new.go"):
        assert said({name: "x"}) == [f"{name} is not in a.b/x@v1.0.0 as go.sum knows it"]


def test_notes_beside_packages_are_nobody_s_business() -> None:
    assert said({"vendor/OWNERS": "me", "vendor/a.b/OWNERS": "me", "vendor/a.b/x/n/OWNERS": "me"}) == []


def test_a_package_that_is_not_listed() -> None:
    for name in ("vendor/a.b/x/other/other.go", "vendor/q.r/s/s.go", "vendor/a.b/x/n/n_test.go"):
        package = name.removeprefix("vendor/").rpartition("/")[0]
        assert said({name: "package p\n"}) == [
            f"package {package} exists in the vendor directory but is missing from vendor/modules.txt"
        ]
    assert said({"vendor/x.go": "package x\n"}) == [
        "package . exists in the vendor directory but is missing from vendor/modules.txt"
    ]


def test_modules_that_are_not_proven_are_not_judged() -> None:
    changes: dict[str, str | None] = {"vendor/a.b/x/x.go": "changed", "vendor/a.b/x/n/LICENSE": "changed"}
    assert said(changes, "a.b/x@v1.0.0") == []
    assert said({"vendor/a.b/l/l.go": "changed"}) == []


def test_links_are_refused() -> None:
    files = {name: text.encode() for name, text in VENDOR.items()}
    tree = MemoryTree(files, symlinks=frozenset({"vendor/a.b/x/link.go"}))
    (fault,) = faults(tree).drift
    assert fault.message.startswith("vendor/a.b/x/link.go is no regular file")


def test_what_cannot_be_read() -> None:
    files = {name: text.encode() for name, text in VENDOR.items() if name != "vendor/a.b/x/x.go"}
    tree = MemoryTree(files, unreadable=frozenset({"vendor/a.b/x/x.go"}))
    with pytest.raises(ReadError, match="permission denied"):
        faults(tree)


@pytest.mark.parametrize("limits", [Limits(tree_entries=5), Limits(tree_depth=2)])
def test_limits(limits: Limits) -> None:
    tree = MemoryTree({name: text.encode() for name, text in VENDOR.items()})
    with pytest.raises(LimitError, match="too many or too deep directories"):
        faults(tree, limits=limits)
