"""Programs held against a source tree: what they say of their own build decides with what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attest.app.diff import compare_source
from attest.app.reconcile import SourceTree, reconcile_files, unresolved
from attest.errors import FormatError, NothingToVerifyError, ReadError
from attest.model.binary import InspectedFile, Module
from attest.model.source import Platform
from tests.fakes import MemoryTree
from tests.unit.sbom import examples as e

MAIN = 'package main\n\nimport _ "example.com/log"\n\nfunc main() {}\n'
FILES = {
    "go.mod": "module example.com/widget\n\ngo 1.24\n\nrequire example.com/log v1.2.3\n",
    "go.sum": f"example.com/log v1.2.3 {e.H1}\n",
    "cmd/widget/main.go": MAIN,
    "vendor/modules.txt": "# example.com/log v1.2.3\n## explicit; go 1.24\nexample.com/log\n",
    "vendor/example.com/log/log.go": "package log\n",
}


def source(**changes: str) -> SourceTree:
    return SourceTree(
        tree=MemoryTree({name: text.encode() for name, text in {**FILES, **changes}.items()}), modcache=None
    )


def program(**changes: object) -> InspectedFile:
    return e.executable(replace(e.info((e.LOG,)), **changes))  # type: ignore[arg-type]


def told(file: InspectedFile, tree: SourceTree | None = None) -> list[str]:
    (image,) = reconcile_files(tree or source(), {"w": file}).files["w"]
    return [image.unknown] if image.unknown else [each.message for each in image.disagreements]


def test_a_program_of_the_source_gives_its_linked_set() -> None:
    found = reconcile_files(source(), {"w": program()})
    assert [each.agrees for each in found.files["w"]] == [True]
    assert [str(each.platform) for each in found.linked] == ["linux/amd64"]


def test_slices_are_held_against_the_source_one_by_one() -> None:
    darwin = [Platform(goos="darwin", goarch=each) for each in ("amd64", "arm64")]
    other = e.dep("example.com/log", "v1.2.4")
    file = e.universal([e.info((e.LOG,), platform=darwin[0]), e.info((other,), platform=darwin[1])])
    images = reconcile_files(source(), {"w": file}).files["w"]
    assert [(each.platform, each.agrees) for each in images] == [
        ("darwin/amd64", True),
        ("darwin/arm64", False),
    ]
    difference = compare_source(source(), file)
    assert difference.faults == (
        "(darwin/arm64) example.com/log is v1.2.4 in the executable, and v1.2.3 in the source",
    )
    assert [(each.name, each.old, each.new) for each in difference.modules] == [
        ("example.com/log", "v1.2.3", "v1.2.4")
    ]


def test_what_tells_nothing_is_unknown() -> None:
    assert told(e.executable(None)) == ["it carries no build info, so nothing tells what it was built from"]
    assert told(program(faults=("a line twice",))) == ["its build info is damaged: a line twice"]
    assert told(program(main=None))[0].startswith("it was built from files")
    odd = tuple((key, "beos" if key == "GOOS" else value) for key, value in e.info().settings)
    assert told(program(settings=odd)) == ["Go knows no platform beos/amd64"]
    nowhere = e.executable(replace(e.info((e.LOG,)), settings=()))
    bare = replace(nowhere.report, container=replace(nowhere.report.container, os=None))
    assert told(replace(nowhere, report=bare)) == ["it does not tell its platform"]
    with pytest.raises(NothingToVerifyError, match="cannot be held against the source: it carries no build"):
        compare_source(source(), e.executable(None))


def test_a_program_that_the_source_does_not_have_beside_one_that_it_has() -> None:
    files = {"w": program(), "x": program(path="example.com/widget/cmd/evil")}
    found = reconcile_files(source(), files)
    assert found.files["w"][0].agrees
    (missing,) = found.files["x"][0].disagreements
    assert missing.message == (
        "example.com/widget/cmd/evil is no main package of the source: not on linux/amd64"
    )
    assert len(found.linked) == 1


def test_a_source_that_cannot_be_resolved_raises_and_is_no_agreement() -> None:
    broken = source(**{"cmd/widget/main.go": MAIN.replace("log", "nowhere")})
    with pytest.raises(FormatError) as raised:
        reconcile_files(broken, {"w": program()})
    (image,) = unresolved({"w": program()}, raised.value).files["w"]
    assert not image.agrees
    assert image.unknown.startswith("the source cannot be resolved: ")
    with pytest.raises(ReadError):
        reconcile_files(SourceTree(tree=MemoryTree({}), modcache=None), {"w": program()})


def test_tags_and_go_version_are_those_of_the_program() -> None:
    constrained = '//go:build race && sqlite && go1.26\n\npackage main\n\nimport _ "example.com/log/race"\n'
    tree = source(**{"cmd/widget/race.go": constrained})
    tagged = (*e.info().settings, ("-race", "true"), ("-tags", "sqlite,netgo"))
    with pytest.raises(FormatError, match=r"example\.com/log/race"):
        told(program(settings=tagged), tree)
    assert told(program(settings=tagged, go_version="go1.25.1"), tree) == []
    assert told(program(), tree) == []
    main = Module(path=e.WIDGET, version="v1.0.0")
    assert told(program(main=main, go_version="go1.21.3")) == [
        "the executable was built by Go 1.21.3, and the source asks for 1.24 at least"
    ]
    assert told(program(go_version="devel go1.28-abc Tue")) == []


def test_another_platform_explains_a_module() -> None:
    tree = source(
        **{
            "cmd/widget/main.go": "package main\n\nfunc main() {}\n",
            "cmd/widget/main_windows.go": MAIN.replace("func main() {}", ""),
        }
    )
    (message,) = told(program(), tree)
    assert message == (
        "example.com/log@v1.2.3 is in the executable, and the source does not link it: "
        "the source links it on windows/amd64"
    )
    assert told(program(settings=(*e.info().settings, ("-tags", "x"))), tree)[0].endswith("on windows/amd64")
