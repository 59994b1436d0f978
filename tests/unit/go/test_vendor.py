from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Final

import pytest

from attest.go import gomod, modulestxt, vendor
from attest.model.module import MainModules

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.go.fixtures import World

#: A change to go.mod or vendor/modules.txt of the vendored widget: file, old text, new text.
CHANGES: Final[dict[str, list[tuple[str, str | None, str]]]] = {
    "explicit mark removed": [
        (
            "vendor/modules.txt",
            "# example.com/testdep v1.0.0\n## explicit\n",
            "# example.com/testdep v1.0.0\n",
        )
    ],
    "version changed in go.mod": [("go.mod", "example.com/alpha v1.1.0", "example.com/alpha v1.0.0")],
    "version changed in modules.txt": [
        ("vendor/modules.txt", "# example.com/alpha v1.1.0", "# example.com/alpha v1.0.0")
    ],
    "requirement removed": [("go.mod", "\texample.com/testdep v1.0.0\n", "")],
    "requirement added": [
        ("go.mod", "\texample.com/testdep", "\texample.com/new v1.0.0\n\texample.com/testdep")
    ],
    "replacement not marked": [
        ("vendor/modules.txt", " => example.com/fork v1.5.0", ""),
        ("vendor/modules.txt", "# example.com/local => ./third_party/local\n", ""),
    ],
    "replacement differs": [("go.mod", "example.com/fork v1.5.0", "example.com/fork v1.6.0")],
    "replacement not in go.mod": [
        ("go.mod", "replace example.com/original v1.0.0 => example.com/fork v1.5.0\n", ""),
    ],
    "unused replacement": [
        ("go.mod", "replace example.com/local", "replace a.b/c v1.0.0 => ./c\n\nreplace example.com/local")
    ],
    "main module replaced": [
        (
            "go.mod",
            "replace example.com/local",
            "replace example.com/widget => ./c\n\nreplace example.com/local",
        )
    ],
    "marked explicit, not required": [
        ("vendor/modules.txt", "# example.com/Beta", "# a.b/c v1.0.0\n## explicit\na.b/c\n# example.com/Beta")
    ],
    "marked explicit without packages": [
        ("vendor/modules.txt", "# example.com/Beta", "# a.b/c v1.0.0\n## explicit\n# example.com/Beta")
    ],
    "not required at all": [
        ("vendor/modules.txt", "# example.com/Beta", "# a.b/c v1.0.0\na.b/c\n# example.com/Beta")
    ],
    "older go": [
        ("go.mod", "go 1.24", "go 1.16"),
        ("vendor/modules.txt", "# example.com/Beta", "# a.b/c v1.0.0\na.b/c\n# example.com/Beta"),
    ],
    "before 1.14": [
        ("go.mod", "go 1.24", "go 1.13"),
        ("vendor/modules.txt", "## explicit", "## "),
        ("vendor/modules.txt", "# example.com/alpha v1.1.0", "# example.com/alpha v1.0.0"),
        ("vendor/modules.txt", " => ./third_party/local", ""),
        ("vendor/modules.txt", " => example.com/fork v1.5.0", ""),
    ],
    "empty modules.txt": [("vendor/modules.txt", None, "")],
    "several at once": [
        ("go.mod", "example.com/fork v1.5.0", "example.com/fork v1.6.0"),
        ("go.mod", "\texample.com/testdep v1.0.0\n", "\texample.com/new v1.0.0\n"),
        ("vendor/modules.txt", "# example.com/local => ./third_party/local\n", "# q.r/s => ./s\n"),
    ],
}


def changed(world: World, tmp_path: Path, changes: list[tuple[str, str | None, str]]) -> Path:
    tree = tmp_path / "widget"
    shutil.copytree(world.vendored, tree)
    for name, old, new in changes:
        text = (tree / name).read_text()
        assert old is None or old in text
        (tree / name).write_text(new if old is None else text.replace(old, new))
    return tree


def said(tree: Path) -> list[str]:
    modules_txt = tree / modulestxt.NAME
    parsed = modulestxt.parse(modules_txt.read_bytes()) if modules_txt.exists() else None
    faults = vendor.check_consistency(MainModules.alone(gomod.parse((tree / "go.mod").read_bytes())), parsed)
    assert all(each.hint and each.place.line for each in faults)
    return [each.message for each in faults]


def go_says(world: World, tree: Path) -> list[str]:
    done = world.go.try_run(tree, "list", "-mod=vendor", "./cmd/widget")
    if not done.returncode:
        return []
    if "inconsistent vendoring" in done.stderr:
        lines = done.stderr.split("inconsistent vendoring in", 1)[1].splitlines()[1:]
        return [each.strip() for each in lines[: lines.index("")]]
    return re.findall(r"^go: (vendored module .*)$", done.stderr, re.MULTILINE)


def test_what_go_mod_vendor_writes_is_consistent(world: World) -> None:
    assert said(world.vendored) == []


@pytest.mark.parametrize("name", CHANGES)
def test_the_words_are_those_of_the_go_command(world: World, tmp_path: Path, name: str) -> None:
    tree = changed(world, tmp_path, CHANGES[name])
    told = go_says(world, tree)
    found = said(tree)
    if name not in ("marked explicit without packages", "main module replaced", "older go"):
        assert told
    if told and not told[0].startswith("vendored module"):
        # The go command stops after these and does not come to the rule on roots.
        found = [each for each in found if not each.startswith("vendored module")]
    assert found == told


def test_a_vendor_directory_without_modules_txt(world: World, tmp_path: Path) -> None:
    tree = changed(world, tmp_path, [])
    (tree / modulestxt.NAME).unlink()
    assert said(tree) == go_says(world, tree) != []


def test_places() -> None:
    mod = gomod.parse(
        b"module m\n\ngo 1.24\n\nrequire a.b/c v1.0.0\nreplace a.b/d => ./d\nreplace a.b/e => ./e\n"
    )
    text = (
        b"# a.b/e => ./f\n# a.b/g v1.0.0\n## explicit\na.b/g\n# a.b/h => ./h\n"
        b"# a.b/g v1.0.0 => ./g\n# a.b/g v0.9.0\na.b/g/x\n"
    )
    found = vendor.check_consistency(MainModules.alone(mod), modulestxt.parse(text))
    assert [(str(each.place), each.message) for each in found] == [
        (
            "go.mod:5",
            (
                "a.b/c@v1.0.0: is explicitly required in go.mod, but not marked as explicit in "
                "vendor/modules.txt"
            ),
        ),
        ("go.mod:6", "a.b/d: is replaced in go.mod, but not marked as replaced in vendor/modules.txt"),
        (
            "go.mod:7",
            "a.b/e: is replaced by ./e in go.mod, but marked as replaced by ./f in vendor/modules.txt",
        ),
        (
            "vendor/modules.txt:2",
            (
                "a.b/g@v1.0.0: is marked as explicit in vendor/modules.txt, but not explicitly required in "
                "go.mod"
            ),
        ),
        (
            "vendor/modules.txt:2",
            "a.b/g@v1.0.0: is marked as replaced in vendor/modules.txt, but not replaced in go.mod",
        ),
        (
            "vendor/modules.txt:5",
            "a.b/h: is marked as replaced in vendor/modules.txt, but not replaced in go.mod",
        ),
        ("vendor/modules.txt:2", "vendored module a.b/g@v1.0.0 should be required explicitly in go.mod"),
    ]
