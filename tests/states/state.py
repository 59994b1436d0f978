"""What the go command and attest each say of one state of a source tree, and whether they may differ.

A state stands for assertions of cmd/go's own script tests, which it names; tree and modules are ours. It is
made new for every row, attest judges it, then the go command runs in it: what the latter changes is not seen.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.app.check import check_source
from attest.app.graph import load_graph
from attest.app.verify import Run, verify_source
from attest.edge.files import DirectoryTree
from attest.errors import AttestError
from attest.go.graph import graph_text, list_text
from attest.model.source import Platform
from tests.states.modules import MODULES, REFUSED_MODULES
from tests.unit.go.proxy import escape, sums, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attest.app.sumdb import SumdbEvidence
    from attest.model.place import Place
    from tests.unit.go.proxy import Go

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
WRONG: Final = f"h1:{'A' * 43}="
REFUSED: Final = "refused"
"""Stands for the check where attest cannot judge: it stops with one error (exit code 2)."""

#: What attest prints in the words of a go command: the same.
_TEXTS: Final = {"mod graph": graph_text, "list -m all": list_text}

LINES: Final = {line.rpartition(" ")[0]: line for line in sums({**MODULES, **REFUSED_MODULES})}


@dataclass(frozen=True, slots=True)
class Found:
    """A finding: its check, the file that it points at, the text of the line there, and its message."""

    check: str
    file: str
    line: str
    message: str

    @classmethod
    def of(cls, check: str, place: Place | None, message: str, root: Path) -> Found:
        file, line = ("", "") if place is None else (place.file.replace("\\", "/"), "")
        if place is not None and place.line:
            line = (root / file).read_text(encoding="utf-8").split("\n")[place.line - 1].strip()
        return cls(check, file, line, message)


@dataclass(frozen=True, slots=True)
class Says:
    """What a finding must be: its check, its place, and words of its message.

    A place is a file, and behind ": " the beginning of the line there; "" where the finding has none.
    """

    check: str
    place: str
    words: str

    def fits(self, found: Found) -> bool:
        file, _, line = self.place.partition(": ")
        here = found.file == file or (bool(file) and found.file.endswith(f"/{file}"))
        there = found.line.startswith(line) if line else not found.line
        return self.check == found.check and here and there and self.words in found.message


@dataclass(frozen=True, slots=True)
class Edit:
    """What is changed in a file: `old` (None: all of it) becomes `new` (None: the file is removed)."""

    file: str
    old: str | None
    new: str | None

    def apply(self, root: Path) -> None:
        file = root / self.file
        if self.new is None:
            file.unlink()
            return
        text = "" if self.old is None else file.read_text(encoding="utf-8")
        assert self.old is None or self.old in text, f"{self.file} has no {self.old!r}: {text}"
        file.parent.mkdir(parents=True, exist_ok=True)
        new = self.new if self.old is None else text.replace(self.old, self.new)
        file.write_bytes(new.encode())


@dataclass(frozen=True, slots=True)
class Cache:
    """A module cache that a row may change; `heads` is $GOPATH/pkg/sumdb."""

    root: Path
    proxy: Path
    heads: Path

    def beside(self, module: str, suffix: str) -> Path:
        path, _, version = module.partition("@")
        return self.root / "cache/download" / escape(path) / "@v" / f"{escape(version)}{suffix}"

    def directory(self, module: str) -> Path:
        return self.root / escape(module)

    def empty(self) -> None:
        shutil.rmtree(self.root)
        self.root.mkdir()

    def add(self, module: str) -> None:
        """Put zip and go.mod there as they are served, and no note of a hash."""
        path, _, version = module.partition("@")
        for suffix in (".zip", ".mod", ".info"):
            to = self.beside(module, suffix)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.proxy / escape(path) / "@v" / f"{escape(version)}{suffix}", to)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A row of the table.

    `tree` are files, each below a line `-- name --`. In go.sum a line without hash stands for the true one
    of that module, `… wrong` for another, `… h2` for one of an unknown algorithm, `all` for the lines of all
    modules, `but …` takes one of these away again; a line after `raw ` is taken as it is.
    `first` are go commands that make the state complete (`mod vendor`), `edits` and `cache` what is changed
    then; a row that changes the cache gets one of its own. `go_edits` are changed for the go command alone,
    where the script takes something away to make it ask again.

    `go` is the go command that the script is about, run with `environment` too; `go_says` are words of its
    error, "" where it succeeds, and `prints` words of what it says then. Module graphs and lists of modules
    must equal attest's.
    `attest` is exactly what denies, in any order, and "passes" where it is empty; `told` is what attest says
    besides without denying. Where the go command succeeds and attest denies, `stricter` says why that is
    right; where it is the other way round, `outside` says why it is none of attest's subjects.
    """

    scripts: str
    why: str
    tree: str
    go: str
    go_says: str = ""
    prints: str = ""
    attest: tuple[Says, ...] = ()
    told: tuple[Says, ...] = ()
    stricter: str = ""
    outside: str = ""
    first: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    go_edits: tuple[Edit, ...] = ()
    cache: Callable[[Cache], object] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    platform: str = "linux/amd64"
    sumdb: Callable[[Cache], SumdbEvidence] | None = None

    @property
    def name(self) -> str:
        """What the row is called in the output of the tests."""
        return f"{self.scripts.split()[0]}: {self.why}"


@dataclass(frozen=True, slots=True)
class World:
    """The go command, and a module cache that holds every module that can be downloaded."""

    go: Go
    proxy: Path


def files_of(text: str) -> dict[str, str]:
    """The files of a tree that is written as one text."""
    parts = re.split(r"^-- (\S+) --\n", text.lstrip("\n"), flags=re.MULTILINE)
    assert not parts[0], f"text before the first file: {parts[0]!r}"
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    if "go.sum" in found:
        found["go.sum"] = _go_sum(found["go.sum"])
    return found


def _go_sum(text: str) -> str:
    found: list[str] = []
    for line in text.splitlines():
        key, _, change = line.partition(" ")
        if line == "all":
            found += LINES.values()
        elif key == "raw":
            found.append(f"{change}\n")
        elif key == "but":
            found.remove(LINES[change])
        elif line:
            path, version, *changed = line.split()
            true = LINES[f"{path} {version}"]
            digest = true.split()[2]
            made = {"": digest, "wrong": WRONG, "h2": f"h2:{digest[3:]}"}["".join(changed)]
            found.append(f"{path} {version} {made}\n")
    return "".join(found)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What attest said: what denies, what else there is, and the exit code."""

    denied: tuple[Found, ...]
    told: tuple[Found, ...]
    exit_code: int


def _attest(state: State, root: Path, cache: Cache) -> Outcome:
    goos, goarch, *variant = state.platform.split("/")
    try:
        report = check_source(
            DirectoryTree.of(root),
            modcache=DirectoryTree.of(cache.root),
            platforms=(Platform(goos=goos, goarch=goarch, variant="".join(variant)),),
            sumdb=state.sumdb(cache) if state.sumdb else None,
        )
    except AttestError as error:
        return Outcome((Found.of(REFUSED, error.place, error.message, root),), (), 2)
    verdict = verify_source(report, Run(now=NOW))
    found = [
        (each.severity == "deny", Found.of(each.check, each.place, each.message, root))
        for each in verdict.findings
    ]
    return Outcome(
        tuple(each for denies, each in found if denies),
        tuple(each for denies, each in found if not denies),
        int(verdict.exit_code),
    )


def judge(state: State, world: World, work: Path) -> None:
    """Make the state, let both judge it, and hold what they say against the row."""
    root = work / "tree"
    root.mkdir()
    cache = Cache(world.go.modcache, world.proxy, work / "gopath/pkg/sumdb")
    goos, goarch, *_ = state.platform.split("/")
    environment = {"GOOS": goos, "GOARCH": goarch, "CGO_ENABLED": "0"}
    write(root, files_of(state.tree))
    if state.cache:
        cache = Cache(work / "modcache", world.proxy, cache.heads)
        shutil.copytree(world.go.modcache, cache.root)
        environment |= {"GOMODCACHE": str(cache.root), "GOPATH": str(work / "gopath")}
    for command in state.first:
        world.go.run(root, *command.split(), **environment)
    for edit in state.edits:
        edit.apply(root)
    if state.cache:
        state.cache(cache)

    outcome = _attest(state, root, cache)
    assert len(outcome.denied) == len(state.attest), outcome
    for each in state.attest:
        assert any(each.fits(found) for found in outcome.denied), (each, outcome)
    for each in state.told:
        assert any(each.fits(found) for found in outcome.told), (each, outcome)
    denied = outcome.exit_code != 0
    assert denied is bool(state.attest), outcome

    for edit in state.go_edits:
        edit.apply(root)
    done = world.go.try_run(root, *state.go.split(), **(environment | state.environment))
    refused = done.returncode != 0
    assert refused is bool(state.go_says), (done.returncode, done.stdout, done.stderr)
    said = re.sub(r"\s+", " ", (done.stdout + done.stderr).replace("\\", "/"))
    assert state.go_says in said, said
    assert state.prints in said, said
    if state.go in _TEXTS and not refused:
        graph = load_graph(DirectoryTree.of(root), modcache=DirectoryTree.of(cache.root))
        assert _TEXTS[state.go](graph) == done.stdout

    assert bool(state.stricter) is (denied and not refused), "a difference needs its reason, and only that"
    assert bool(state.outside) is (refused and not denied), "a difference needs its reason, and only that"
