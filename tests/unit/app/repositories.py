"""Git repositories that are the same on every machine, each with the version that a program of it has."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.edge.git import find_git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GIT: Final = find_git(os.environ)
MAIN: Final = "package main\n\nfunc main() {}\n"


@dataclass
class Repo:
    """A repository under construction; commits come at 03:04:05 on the second of January 2026 and later."""

    root: Path
    commits: int = 0
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        self.environment = kept | {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@example.com",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@example.com",
        }

    def git(self, *words: str) -> str:
        time = f"2026-01-02T03:04:{5 + self.commits:02}Z"
        run = subprocess.run(
            [str(GIT), *words],
            cwd=self.root,
            env=self.environment | {"GIT_AUTHOR_DATE": time, "GIT_COMMITTER_DATE": time},
            check=True,
            capture_output=True,
            text=True,
        )
        return run.stdout.strip()

    def init(self) -> Repo:
        self.git("-c", "init.defaultBranch=main", "init", "-q")
        self.git("config", "core.autocrlf", "false")
        return self

    def module(self, path: str, folder: str = "", *, go: str = "1.24") -> Repo:
        self.write(f"{folder}/go.mod" if folder else "go.mod", f"module {path}\n\ngo {go}\n")
        return self.write(f"{folder}/main.go" if folder else "main.go", MAIN)

    def write(self, name: str, text: str) -> Repo:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        return self

    def commit(self, *tags: str) -> Repo:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", f"commit {self.commits}")
        self.commits += 1
        return self.tag(*tags)

    def tag(self, *names: str) -> Repo:
        for name in names:
            self.git("tag", name)
        return self

    @property
    def short(self) -> str:
        return self.git("rev-parse", "HEAD")[:12]


@dataclass(frozen=True, kw_only=True)
class Row:
    """`make` makes the repository; `module` lies in `folder` of it. `{short}` stands for the commit."""

    why: str
    make: Callable[[Repo], object]
    version: str = ""
    unknown: str = ""
    module: str = "example.com/foo"
    folder: str = ""


def _clone(repo: Repo, *options: str) -> None:
    """Make the folder a clone of what it was."""
    origin = repo.root.with_name("origin")
    repo.root.rename(origin)
    repo.root.mkdir()
    repo.git("clone", "-q", *options, origin.as_uri(), ".")


def _foo(repo: Repo, *tags: str) -> Repo:
    return repo.init().module("example.com/foo").commit(*tags)


def _sub(repo: Repo, *tags: str) -> Repo:
    return repo.init().module("example.com/foo").module("example.com/foo/sub", "sub").commit(*tags)


def _v2(repo: Repo, *tags: str) -> Repo:
    return repo.init().module("example.com/foo/v2").commit(*tags)


_SUB: Final = {"module": "example.com/foo/sub", "folder": "sub"}
_V2: Final = {"module": "example.com/foo/v2"}

ROWS: Final = (
    Row(why="lightweight tag", make=lambda r: _foo(r, "v1.2.3"), version="v1.2.3"),
    Row(why="annotated tag", make=lambda r: _foo(r).git("tag", "-a", "-m", "x", "v1.2.3"), version="v1.2.3"),
    Row(why="no tag", make=_foo, version="v0.0.0-20260102030405-{short}"),
    Row(
        why="commit after a tag",
        make=lambda r: _foo(r, "v1.2.3").commit(),
        version="v1.2.4-0.20260102030406-{short}",
    ),
    Row(
        why="commit after a tag whose patch number ends in nines",
        make=lambda r: _foo(r, "v1.2.199").commit(),
        version="v1.2.200-0.20260102030406-{short}",
    ),
    Row(
        why="commit after nines alone",
        make=lambda r: _foo(r, "v1.2.9").commit(),
        version="v1.2.10-0.20260102030406-{short}",
    ),
    Row(
        why="commit after an annotated tag",
        make=lambda r: (_foo(r).git("tag", "-a", "-m", "x", "v1.2.3"), r.commit()),
        version="v1.2.4-0.20260102030406-{short}",
    ),
    Row(why="pre-release tag", make=lambda r: _foo(r, "v1.3.0-rc.1"), version="v1.3.0-rc.1"),
    Row(
        why="commit after a pre-release",
        make=lambda r: _foo(r, "v1.3.0-rc.1").commit(),
        version="v1.3.0-rc.1.0.20260102030406-{short}",
    ),
    Row(
        why="a release counts more than its pre-release",
        make=lambda r: _foo(r, "v1.3.0-rc.1", "v1.3.0", "v1.2.9"),
        version="v1.3.0",
    ),
    Row(
        why="of tags before it, the highest, not the nearest",
        make=lambda r: _foo(r, "v1.10.0").commit("v1.9.0").commit(),
        version="v1.10.1-0.20260102030407-{short}",
    ),
    Row(
        why="tags of another branch do not count",
        make=lambda r: (
            _foo(r, "v1.0.0").git("checkout", "-q", "-b", "next"),
            r.commit("v1.5.0").git("checkout", "-q", "main"),
            r.commit(),
        ),
        version="v1.0.1-0.20260102030407-{short}",
    ),
    Row(
        why="tags of a merged branch do",
        make=lambda r: (
            _foo(r, "v1.0.0").git("checkout", "-q", "-b", "next"),
            r.commit("v1.5.0").git("checkout", "-q", "main"),
            r.commit().git("merge", "-q", "--no-ff", "-m", "merged", "next"),
        ),
        version="v1.5.1-0.20260102030408-{short}",
    ),
    Row(
        why="incomplete versions are none",
        make=lambda r: _foo(r, "v1", "v1.2"),
        version="v0.0.0-20260102030405-{short}",
    ),
    Row(
        why="no version at all",
        make=lambda r: _foo(r, "release", "1.2.3"),
        version="v0.0.0-20260102030405-{short}",
    ),
    Row(
        why="build metadata makes no version, and may come before one",
        make=lambda r: _foo(r, "v1.2.3+meta"),
        version="v1.2.4-0.20260102030405-{short}",
    ),
    Row(
        why="a tag that looks like a commit is none",
        make=lambda r: _foo(r, "v1.2.4-0.20250102030405-abcdefabcdef"),
        version="v0.0.0-20260102030405-{short}",
    ),
    Row(
        why="changed file",
        make=lambda r: _foo(r, "v1.2.3").write("main.go", MAIN + "\n"),
        version="v1.2.3+dirty",
    ),
    Row(why="unknown file", make=lambda r: _foo(r, "v1.2.3").write("new.txt", "x"), version="v1.2.3+dirty"),
    Row(
        why="ignored file",
        make=lambda r: (
            r.init()
            .write(".gitignore", "*.txt\n")
            .module("example.com/foo")
            .commit("v1.2.3")
            .write("a.txt", "x")
        ),
        version="v1.2.3",
    ),
    Row(
        why="changed after a tag",
        make=lambda r: _foo(r, "v1.2.3").commit().write("new.txt", "x"),
        version="v1.2.4-0.20260102030406-{short}+dirty",
    ),
    Row(
        why="detached",
        make=lambda r: _foo(r, "v1.2.3").commit("v1.2.4").git("checkout", "-q", "v1.2.3"),
        version="v1.2.3",
    ),
    Row(
        why="detached between tags",
        make=lambda r: _foo(r, "v1.2.3").commit().commit("v1.2.4").git("checkout", "-q", "HEAD~1"),
        version="v1.2.4-0.20260102030406-{short}",
    ),
    Row(
        why="shallow clone of a commit after a tag",
        make=lambda r: _clone(_foo(r, "v1.2.3").commit(), "--depth=1"),
        version="v0.0.0-20260102030406-{short}",
    ),
    Row(
        why="shallow clone of a tag",
        make=lambda r: _clone(_foo(r, "v1.2.2").commit("v1.2.3"), "--depth=1", "--branch=v1.2.3"),
        version="v1.2.3",
    ),
    Row(
        why="packed refs and objects",
        make=lambda r: (
            _foo(r, "v1.2.3").commit().git("gc", "-q", "--aggressive"),
            r.git("pack-refs", "--all"),
        ),
        version="v1.2.4-0.20260102030406-{short}",
    ),
    Row(why="module in a folder", make=lambda r: _sub(r, "sub/v0.4.0", "v1.2.3"), version="v0.4.0", **_SUB),
    Row(
        why="tags of the root are none of a module in a folder",
        make=lambda r: _sub(r, "v1.2.3"),
        version="v0.0.0-20260102030405-{short}",
        **_SUB,
    ),
    Row(
        why="commit after the tag of a module in a folder",
        make=lambda r: _sub(r, "sub/v0.4.0", "v9.9.9").commit("v1.2.3"),
        version="v0.4.1-0.20260102030406-{short}",
        **_SUB,
    ),
    Row(
        why="tags of a folder are none of the root",
        make=lambda r: _sub(r, "sub/v0.4.0"),
        version="v0.0.0-20260102030405-{short}",
    ),
    Row(
        why="major version in a folder below a folder",
        make=lambda r: _sub(r).module("example.com/foo/sub/v2", "sub/v2").commit("sub/v2.1.0", "sub/v1.5.0"),
        module="example.com/foo/sub/v2",
        folder="sub/v2",
        version="v2.1.0",
    ),
    Row(why="major version", make=lambda r: _v2(r, "v2.3.4"), version="v2.3.4", **_V2),
    Row(why="major version without tags", make=_v2, version="v2.0.0-20260102030405-{short}", **_V2),
    Row(
        why="tags of another major version do not count",
        make=lambda r: _v2(r, "v1.9.0", "v3.0.0").commit(),
        version="v2.0.0-20260102030406-{short}",
        **_V2,
    ),
    Row(
        why="a higher major version is none of a module with go.mod",
        make=lambda r: _foo(r, "v2.0.0"),
        version="v0.0.0-20260102030405-{short}",
    ),
    Row(
        why="where go.mod is not committed, it is",
        make=lambda r: r.init().write("main.go", MAIN).commit("v2.0.0").module("example.com/foo"),
        version="v2.0.0+incompatible.dirty",
    ),
    Row(
        why="commit after one",
        make=lambda r: r.init().write("main.go", MAIN).commit("v2.0.0").commit().module("example.com/foo"),
        version="v2.0.1-0.20260102030406-{short}+incompatible.dirty",
    ),
    Row(
        why="where go.mod is not committed and v2 is a module of its own, it is not",
        make=lambda r: (
            r.init()
            .write("v2/go.mod", "module example.com/foo/v2\n")
            .write("main.go", MAIN)
            .commit("v2.0.0")
            .module("example.com/foo")
        ),
        version="v0.0.0-20260102030405-{short}+dirty",
    ),
    Row(
        why="the path is not where the folder is",
        make=lambda r: (
            r.init().module("example.com/foo").module("example.com/foo/other", "sub").commit("v1.2.3")
        ),
        module="example.com/foo/other",
        folder="sub",
        unknown="the commit has no other/go.mod",
    ),
    Row(
        why="the root is no module",
        make=lambda r: r.init().module("example.com/foo/sub", "sub").commit("sub/v1.2.3"),
        **_SUB,
        unknown="the root of the repository is no module",
    ),
    Row(
        why="the root is another module",
        make=lambda r: (
            r.init().module("example.com/bar").module("example.com/foo/sub", "sub").commit("v1.2.3")
        ),
        **_SUB,
        unknown="its path does not begin with that of the module at the repository's root",
    ),
    Row(
        why="gopkg.in",
        make=lambda r: r.init().module("gopkg.in/foo.v2").commit("v2.0.0"),
        module="gopkg.in/foo.v2",
        unknown="its path does not begin with that of the module at the repository's root",
    ),
    Row(
        why="the path of the commit's module has another major version",
        make=lambda r: _foo(r, "v1.2.3").module("example.com/foo/v2"),
        **_V2,
        unknown="go.mod of the commit names another major version",
    ),
    Row(
        why="a go.mod at the root and one in v2 both say that they are v2",
        make=lambda r: _v2(r).write("v2/go.mod", "module example.com/foo/v2\n").commit("v2.0.0"),
        **_V2,
        unknown="go.mod and v2/go.mod both say that they are v2",
    ),
    Row(
        why="v2/go.mod says that it is something else",
        make=lambda r: _v2(r).write("v2/go.mod", "module example.com/foo/v3\n").commit("v2.0.0"),
        **_V2,
        unknown="v2/go.mod of the commit names another major version",
    ),
    Row(
        why="a new module that is not committed",
        make=lambda r: _foo(r, "v1.2.3").module("example.com/foo/sub", "sub"),
        **_SUB,
        unknown="the commit has no sub/go.mod",
    ),
)
