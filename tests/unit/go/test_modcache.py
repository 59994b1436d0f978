from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from attest.go import dirhash, sums
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.module import GoSumLine, ModuleVersion
from attest.model.place import Place
from tests.fakes import MemoryTree
from tests.unit.go.proxy import module_zip

if TYPE_CHECKING:
    from attest.model.source import SumProof

X = ModuleVersion(path="a.b/X", version="v1.0.0")
FILES = {"go.mod": b"module a.b/X\n", "x.go": b"package x\n", "p/q.go": b"package p\n"}
STEM = "cache/download/a.b/!x/@v/v1.0.0"
ROOT = "a.b/!x@v1.0.0"


def h1_of(files: dict[str, bytes]) -> str:
    return dirhash.h1((f"{X}/{name}", hashlib.sha256(data).hexdigest()) for name, data in files.items())


GOOD = h1_of(FILES)
OTHER_FILES = {**FILES, "x.go": b"package other\n"}
OTHER = h1_of(OTHER_FILES)
THIRD = h1_of({})


def cache(
    *,
    zipped: dict[str, bytes] | None = FILES,
    noted: str | None = GOOD,
    extracted: dict[str, bytes] | None = FILES,
) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    if zipped is not None:
        files[f"{STEM}.zip"] = module_zip("a.b/X", "v1.0.0", zipped)
    if noted is not None:
        files[f"{STEM}.ziphash"] = noted.encode()
    for name, data in (extracted or {}).items():
        files[f"{ROOT}/{name}"] = data
    return files


def prove(
    files: dict[str, bytes],
    *,
    recorded: str = GOOD,
    symlinks: frozenset[str] = frozenset(),
    unreadable: frozenset[str] = frozenset(),
    limits: Limits = DEFAULT_LIMITS,
) -> SumProof:
    line = GoSumLine(module=X, kind="zip", hash=recorded, place=Place(file="go.sum", line=1))
    tree = MemoryTree(files, label="cache", symlinks=symlinks, unreadable=unreadable)
    proven = sums.prove(line, tree, needed=True, limits=limits)
    assert proven
    assert bool(proven.manifest) is (proven.proof.status == "match")
    return proven.proof


def told(proof: SumProof) -> list[str]:
    return [f"{each.place}: {each.message}" for each in proof.cache_faults]


@pytest.mark.parametrize(
    "files",
    [cache(), cache(noted=None), cache(extracted=None), cache(zipped=None), cache(zipped=None, noted=None)],
    ids=["all four", "no .ziphash", "not extracted", "zip removed", "directory alone"],
)
def test_witnesses_that_agree(files: dict[str, bytes]) -> None:
    proof = prove(files)
    assert (proof.status, proof.computed, proof.odd, proof.cache_faults) == ("match", GOOD, "", ())


def test_a_zip_with_directory_entries_equals_its_directory() -> None:
    zipped = {**FILES, "p/": b""}
    proof = prove(cache(zipped=zipped, noted=h1_of(zipped)), recorded=h1_of(zipped))
    assert (proof.status, proof.cache_faults) == ("match", ())


@pytest.mark.parametrize(
    ("extracted", "said"),
    [
        (OTHER_FILES, "x.go: x.go differs in"),
        ({**FILES, "a.go": b""}, "a.go: a.go is added in"),
        ({"go.mod": FILES["go.mod"], "x.go": FILES["x.go"]}, "p/q.go: p/q.go is missing in"),
        ({**OTHER_FILES, "y.go": b""}, "x.go: x.go (and 1 more file) differs in"),
        ({"z.go": b""}, "go.mod: go.mod (and 3 more files) is missing in"),
    ],
)
def test_a_changed_directory_is_the_odd_one(extracted: dict[str, bytes], said: str) -> None:
    proof = prove(cache(extracted=extracted))
    assert proof.status == "match"
    assert told(proof) == [f"cache/{ROOT}/{said} the extracted directory of {X}, and zip and go.sum agree"]


def test_a_changed_note_is_the_odd_one() -> None:
    (said,) = told(prove(cache(noted="x" * 100)))
    assert said == (
        f"cache/{STEM}.ziphash: the .ziphash of {X} says {'x' * 64!r}, "
        f"and the module's bytes and go.sum agree on {GOOD}"
    )
    assert told(prove(cache(noted=OTHER), limits=Limits(ziphash_bytes=3))) == [
        f"{STEM}.ziphash: the .ziphash of {X} cannot be compared: larger than 3 bytes"
    ]


def test_a_directory_that_cannot_be_compared_is_no_pass() -> None:
    link = frozenset({f"{ROOT}/link.go"})
    (linked,) = told(prove(cache(), symlinks=link))
    assert linked == (
        f"cache/{ROOT}/link.go: the extracted directory of {X} cannot be compared: is a symbolic link"
    )
    (locked,) = told(prove(cache(), unreadable=frozenset({f"{ROOT}/locked.go"})))
    assert "cannot be compared: permission denied" in locked
    big = cache(extracted={**FILES, "big": b"x" * 4000})
    (large,) = told(prove(big, limits=Limits(module_zip_bytes=3000)))
    assert large.endswith("cannot be compared: more files or bytes up to here than a module can have")
    (deep,) = told(prove(cache(), limits=Limits(tree_depth=0)))
    assert deep.endswith("cannot be compared: more than 0 directories deep")


def test_a_directory_marked_partial_is_not_there() -> None:
    assert prove({**cache(extracted={}), f"{ROOT}/x.go": b"half", f"{STEM}.partial": b""}).cache_faults == ()
    proof = prove({**cache(zipped=None), f"{STEM}.partial": b""})
    assert (proof.status, proof.reason) == ("absent", "")


@pytest.mark.parametrize(
    ("files", "recorded", "odd"),
    [
        (
            cache(),
            OTHER,
            "the line of go.sum stands alone: the zip, the .ziphash and the extracted directory agree",
        ),
        (cache(extracted=None), OTHER, "the line of go.sum stands alone: the zip and the .ziphash agree"),
        (
            cache(zipped=OTHER_FILES),
            GOOD,
            "the zip stands alone: the .ziphash, the extracted directory and go.sum agree",
        ),
        (
            {**cache(), f"{STEM}.zip": b"no zip"},
            GOOD,
            "the zip stands alone: the .ziphash, the extracted directory and go.sum agree",
        ),
        (cache(noted=None, extracted=None), OTHER, ""),
        (cache(zipped=OTHER_FILES, extracted=OTHER_FILES), GOOD, ""),
        (cache(zipped=OTHER_FILES, noted=THIRD), THIRD, ""),
        ({**cache(noted=OTHER), f"{STEM}.zip": b"no zip"}, THIRD, ""),
        (
            cache(zipped=None, extracted=OTHER_FILES),
            GOOD,
            "the extracted directory stands alone: the .ziphash and go.sum agree",
        ),
        (
            cache(zipped=None),
            OTHER,
            "the line of go.sum stands alone: the .ziphash and the extracted directory agree",
        ),
    ],
)
def test_the_odd_one_of_a_mismatch(files: dict[str, bytes], recorded: str, odd: str) -> None:
    proof = prove(files, recorded=recorded)
    assert (proof.status, proof.odd, proof.cache_faults) == ("mismatch", odd, ())


def test_a_directory_that_stands_in_for_the_zip_and_cannot_be_used() -> None:
    linked = prove(cache(zipped=None), symlinks=frozenset({f"{ROOT}/link.go"}))
    assert (linked.status, linked.reason) == ("mismatch", f"cache/{ROOT}/link.go: is a symbolic link")
    locked = prove(cache(zipped=None), unreadable=frozenset({f"{ROOT}/locked.go"}))
    assert (locked.status, locked.reason) == ("absent", f"{ROOT}/locked.go: permission denied")


@dataclass
class CountingTree(MemoryTree):
    """A tree that notes each file that is opened."""

    opened: list[str] = field(default_factory=list)

    def read(self, name: str, limit: int) -> bytes:
        self.opened.append(name)
        return super().read(name, limit)


@pytest.mark.parametrize("change", [b"package y\n", b"package x\n\n", b"package", b""])
def test_equal_bytes_are_read_once_and_others_are_hashed(change: bytes) -> None:
    large = {**FILES, "large.go": b"x" * (3 << 20)}
    line = GoSumLine(module=X, kind="zip", hash=h1_of(large), place=Place(file="go.sum", line=1))
    files = cache(zipped=large, noted=None, extracted=large)
    tree = CountingTree(files, label="cache")
    proven = sums.prove(line, tree, needed=True, limits=DEFAULT_LIMITS)
    assert proven
    assert proven.proof.cache_faults == ()
    assert sorted(tree.opened) == sorted(files)
    for name, content in (("large.go", change + large["large.go"][1:]), ("x.go", change)):
        changed = cache(zipped=large, noted=None, extracted={**large, name: content})
        found = sums.prove(line, MemoryTree(changed, label="cache"), needed=True, limits=DEFAULT_LIMITS)
        assert found
        assert [each.message.partition(" in ")[0] for each in found.proof.cache_faults] == [f"{name} differs"]
