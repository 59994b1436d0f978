"""The checksum database, from what the go command keeps of it: what go says with it, and attest.

Nobody is asked: what the database would have answered lies in the module cache.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from attest.app.sumdb import SumdbEvidence, database_key
from attest.edge.files import DirectoryTree
from tests.states.state import LINES, Cache, Edit, Says, State, World, judge
from tests.unit.go.testlog import NAME, VERIFIER, Log, sign

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Where the records of two modules stand in the log.
NUMBERS: Final = {"ex.test/dep": 3, "ex.test/lib": 290}
SIZE: Final = 300


def record(path: str) -> str:
    return LINES[f"{path} v1.0.0"] + LINES[f"{path} v1.0.0/go.mod"]


def log(**changed: str) -> Log:
    """A log of the two modules; `lib` and `dep` are records in place of the true ones."""
    records = {number: changed.get(path[-3:], record(path)) for path, number in NUMBERS.items()}
    return Log(SIZE, changed=records)


def keep(cache: Cache, files: dict[str, bytes]) -> None:
    """Write what the go command keeps of a database."""
    for name, data in files.items():
        folder = cache.heads if name == "latest" else cache.root / "cache/download/sumdb"
        file = folder / NAME / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def answers(known: Log, size: int = SIZE) -> dict[str, bytes]:
    """The answers about both modules, and the tiles that prove them."""
    lookups = {f"lookup/{path}@v1.0.0": known.answer(at, size) for path, at in NUMBERS.items()}
    return known.tiles(size) | lookups


def kept(known: Log, **more: bytes) -> Callable[[Cache], None]:
    return lambda cache: keep(cache, answers(known) | more)


def _other_tile(cache: Cache) -> None:
    """A tile that was changed after the answers were stored."""
    name = "tile/8/0/001.p/44"
    tiles = log().tiles(SIZE)
    keep(cache, answers(log()) | {name: b"\0" * len(tiles[name])})


def _redirected(cache: Cache) -> None:
    """The answer about lib is a true one, about another module."""
    keep(cache, answers(log()) | {"lookup/ex.test/lib@v1.0.0": log().answer(3, SIZE)})


def _unsigned(cache: Cache) -> None:
    """The answers carry the signature of somebody else by the same name."""
    text = answers(log())["lookup/ex.test/lib@v1.0.0"].decode().partition("\n\n")
    note = sign(text[2].partition("\n\n")[0] + "\n", key_hash="00000c68")
    keep(cache, answers(log()) | {"lookup/ex.test/lib@v1.0.0": f"{text[0]}\n\n".encode() + note})


def _forked(cache: Cache) -> None:
    """All that is kept is of one tree, and one answer of another that is as large."""
    other = log(lib=record("ex.test/dep"))
    seen = answers(other) | {"latest": other.head(SIZE)}
    keep(cache, seen | {"lookup/ex.test/lib@v1.0.0": log().answer(290, SIZE)})


def evidence(
    *, required: bool = True, setting: str = VERIFIER, excluded: str = ""
) -> Callable[[Cache], SumdbEvidence]:
    def make(cache: Cache) -> SumdbEvidence:
        heads = DirectoryTree.of(cache.heads) if cache.heads.is_dir() else None
        return SumdbEvidence(
            key=database_key(setting),
            excluded=excluded,
            required=required,
            cache=DirectoryTree.of(cache.root),
            heads=heads,
        )

    return make


BUILT: Final = State(
    scripts="mod_sumdb_cache",
    why="the database says what go.sum says",
    tree="""
-- go.mod --
module m.test/m

go 1.24

require ex.test/lib v1.0.0

require ex.test/dep v1.0.0 // indirect
-- m.go --
package m

import _ "ex.test/lib"
-- go.sum --
ex.test/dep v1.0.0
ex.test/dep v1.0.0/go.mod
ex.test/lib v1.0.0
ex.test/lib v1.0.0/go.mod
""",
    cache=kept(log()),
    sumdb=evidence(),
    go_edits=(Edit("go.sum", None, None),),
    go="mod download",
    environment={"GOSUMDB": VERIFIER, "GONOSUMDB": "none"},
)
OTHER: Final = log(lib=record("ex.test/lib").replace("h1:", "h1:x"))
CONTRADICTED: Final = (
    Says("sumdb-mismatch", "go.sum: ex.test/lib v1.0.0 h1", f"ex.test/lib@v1.0.0 is not what {NAME} says"),
    Says("sumdb-mismatch", "go.sum: ex.test/lib v1.0.0/go.mod", "go.mod of ex.test/lib@v1.0.0 is not what"),
)

ROWS: Final = (
    BUILT,
    replace(
        BUILT,
        scripts="mod_sumdb_cache",
        why="nothing of it is kept, and go.sum is trusted",
        cache=lambda _: None,
        sumdb=evidence(required=False),
        go_edits=(),
    ),
    replace(
        BUILT,
        scripts="mod_sumdb_cache mod_sumdb_proxy",
        why="nothing of it is kept, and all must be proven",
        cache=lambda _: None,
        environment={**BUILT.environment, "GOPROXY": "off"},
        go_says="module lookup disabled by GOPROXY=off",
        attest=tuple(
            Says("sumdb-unproven", f"go.sum: {line.partition(' h1')[0]} h1", "is not proven")
            for line in (record("ex.test/dep") + record("ex.test/lib")).splitlines()
        ),
    ),
    replace(
        BUILT,
        scripts="mod_sumdb",
        why="the database says other hashes",
        cache=kept(OTHER),
        go_says="SECURITY ERROR",
        attest=CONTRADICTED,
    ),
    replace(
        BUILT,
        scripts="mod_sumdb",
        why="the database says other hashes, and go.sum is kept",
        cache=kept(OTHER),
        go_edits=(),
        attest=CONTRADICTED,
        stricter="the go command does not ask the database about what go.sum has",
    ),
    replace(
        BUILT,
        scripts="mod_sumdb_cache",
        why="GOINSECURE does not keep a module from the database",
        cache=kept(OTHER),
        environment={**BUILT.environment, "GOINSECURE": "ex.test"},
        go_says="SECURITY ERROR",
        attest=CONTRADICTED,
    ),
    replace(
        BUILT,
        scripts="mod_gonoproxy",
        why="GONOSUMDB keeps the module from the database",
        cache=kept(OTHER),
        environment={**BUILT.environment, "GONOSUMDB": "*/lib"},
        sumdb=evidence(excluded="*/lib"),
    ),
    replace(
        BUILT,
        scripts="mod_gonoproxy",
        why="GONOSUMDB names another module",
        cache=kept(OTHER),
        environment={**BUILT.environment, "GONOSUMDB": "*/dep"},
        sumdb=evidence(excluded="*/dep"),
        go_says="SECURITY ERROR",
        attest=CONTRADICTED,
    ),
    replace(
        BUILT,
        scripts="mod_sumdb",
        why="the database is off",
        environment={**BUILT.environment, "GOSUMDB": "off"},
        sumdb=evidence(required=False, setting="off"),
    ),
    replace(
        BUILT,
        scripts="mod_sum_absent",
        why="the answer is about another module",
        cache=_redirected,
        go_says="SECURITY ERROR",
        attest=CONTRADICTED,
    ),
    replace(
        BUILT,
        scripts="mod_sum_absent",
        why="the record has no line for the go.mod",
        cache=kept(log(lib=LINES["ex.test/lib v1.0.0"])),
        go_says="SECURITY ERROR",
        attest=CONTRADICTED[1:],
    ),
    replace(
        BUILT,
        scripts="mod_sumdb",
        why="a tree was seen that this one does not continue",
        cache=_forked,
        go_says="go.sum database server misbehavior detected!",
        attest=(
            Says("sumdb-mismatch", "lookup/ex.test/lib@v1.0.0", f"{NAME} signed two trees of 300 records"),
            Says(
                "sumdb-mismatch", "go.sum: ex.test/dep v1.0.0 h1", "do not belong to the tree of 300 records"
            ),
        ),
    ),
    replace(
        BUILT,
        scripts="mod_sumdb",
        why="a smaller tree was seen that this one continues",
        cache=kept(log(), latest=log().head(256)),
    ),
    replace(
        BUILT,
        scripts="mod_sumdb_cache",
        why="a tile was changed",
        cache=_other_tile,
        go_says="downloaded inconsistent tile",
        attest=(
            Says(
                "sumdb-mismatch",
                "go.sum: ex.test/dep v1.0.0",
                "the tiles at the edge do not belong to the tree",
            ),
        ),
    ),
    replace(
        BUILT,
        scripts="mod_sumdb",
        why="somebody else signed",
        cache=_unsigned,
        go_says="note has no verifiable signatures",
        attest=(Says("sumdb-mismatch", "go.sum: ex.test/lib v1.0.0 h1", "the note has no signature by"),),
    ),
)


@pytest.mark.parametrize("state", ROWS, ids=lambda state: state.name)
def test_go_and_attest_agree_on_the_checksum_database(state: State, states: World, tmp_path: Path) -> None:
    judge(state, states, tmp_path)
