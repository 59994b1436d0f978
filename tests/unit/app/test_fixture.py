"""A release that is changed in memory: each change, and each that cannot be made."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from attest.app.fixture import Fixture, Folder
from attest.app.inventory import take_inventory
from attest.errors import FormatError, ReadError
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place
from attest.policy.cases import Change
from tests.fakes import MemoryTree

if TYPE_CHECKING:
    from attest.model.ports import Tree

HERE = Place(file="release.tests.yaml", line=5, column=3)


def folder(files: dict[str, bytes]) -> Folder:
    tree: Tree = MemoryTree(files)
    return Folder(tree=tree, inventory=take_inventory(tree))


def change(kind: str, *paths: str, to: str = "", file: str = "", data: bytes = b"") -> Change:
    return Change(kind=kind, paths=paths, place=HERE, to=to, file=file, data=data)


def beside(name: str, limit: int) -> bytes:
    assert limit == DEFAULT_LIMITS.fixture_bytes
    if name != "other":
        raise ReadError("no such file", place=Place(file=name))
    return b"other bytes"


def changed(*changes: Change) -> dict[str, str]:
    """What lies in the release after the changes: the SHA-256 of each file."""
    fixture = Fixture(folder({"a": b"one", "b/c": b"two", "b/d": b"{}"}), limits=DEFAULT_LIMITS, scan=None)
    fixture.apply(changes, beside)
    return {each.path: each.identity.sha256 if each.identity else "" for each in fixture.inventory().files}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


ONE, TWO, BRACES = sha256(b"one"), sha256(b"two"), sha256(b"{}")


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ((), {"a": ONE, "b/c": TWO, "b/d": BRACES}),
        ((change("remove", "b/*"),), {"a": ONE}),
        ((change("remove", "a", "b/c"),), {"b/d": BRACES}),
        ((change("rename", "a", to="z"),), {"b/c": TWO, "b/d": BRACES, "z": ONE}),
        ((change("add", "z", data=b"one"), change("remove", "b/*")), {"a": ONE, "z": ONE}),
        ((change("replace", "a", file="other"), change("remove", "b/*")), {"a": sha256(b"other bytes")}),
        ((change("append", "a", data=b"!"), change("remove", "b/*")), {"a": sha256(b"one!")}),
        (
            (change("rename", "a", to="z"), change("append", "z", data=b"!"), change("remove", "b/*")),
            {"z": sha256(b"one!")},
        ),
        (
            (
                change("append", "a", data=b"!"),
                change("append", "a", data=b"?"),
                change("rename", "b/c", to="c"),
                change("remove", "b/d"),
            ),
            {"a": sha256(b"one!?"), "c": TWO},
        ),
    ],
)
def test_changes(changes: tuple[Change, ...], left: dict[str, str]) -> None:
    assert changed(*changes) == left


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (change("remove", "b/x*"), "there is no file 'b/x*' in the release"),
        (change("rename", "z", to="y"), "there is no file 'z' in the release"),
        (change("rename", "a", to="b/c"), "there is a file 'b/c' in the release already"),
        (change("append", "b", data=b"!"), "there is no file 'b' in the release"),
        (change("replace", "z", data=b"!"), "there is no file 'z' in the release"),
        (change("add", "a", data=b"!"), "there is a file 'a' in the release already"),
    ],
)
def test_what_cannot_be_changed_is_told_with_its_place(wrong: Change, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        changed(wrong)
    assert caught.value.message == says
    assert caught.value.place == HERE
    assert caught.value.hint


def test_a_file_that_is_nearly_called_so_is_the_hint() -> None:
    with pytest.raises(FormatError) as caught:
        changed(change("remove", "b/cc"))
    assert caught.value.hint == "did you mean 'b/c'?"


def test_a_file_that_a_change_names_has_to_be_there() -> None:
    with pytest.raises(ReadError):
        changed(change("add", "z", file="nope"))


def test_evidence_lies_in_the_release_too() -> None:
    fixture = Fixture(folder({"a": b"one"}), limits=DEFAULT_LIMITS, scan=None)
    fixture.add_evidence(folder({"a.sigstore.json": b"{}"}), change("add"))
    assert [each.path for each in fixture.inventory().files] == ["a", "a.sigstore.json"]
    with pytest.raises(FormatError, match=r"there is a file 'a' in the release already"):
        fixture.add_evidence(folder({"a": b"two"}), change("add"))


def test_executables_are_looked_into_again() -> None:
    fixture = Fixture(folder({"a": b"\x7fELF"}), limits=DEFAULT_LIMITS, scan=None)
    fixture.apply([change("append", "a", data=b"\x02")], beside)
    (file,) = fixture.inventory().files
    assert file.report is not None
