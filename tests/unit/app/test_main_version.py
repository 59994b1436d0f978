"""Versions of main modules from real repositories; tests/integration asks the go command for the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from attest.app.main_version import TreeVersions
from attest.edge.git import GitRepository, clean_environment, find_git
from attest.errors import LimitError, ReadError
from attest.model.limits import Limits
from tests.unit.app.repositories import GIT, MAIN, ROWS, Repo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.app.repositories import Row

needs_git = pytest.mark.skipif(GIT is None, reason="there is no git command")


@needs_git
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.why)
def test_the_version_of_a_repository(row: Row, tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    row.make(repo)
    found = TreeVersions(repository=GitRepository.of(repo.root / row.folder)).of(row.module)
    assert found.version.value == row.version.replace("{short}", repo.short)
    if row.unknown:
        assert found.version.unknown_because == f"version control does not tell: {row.unknown}"
        assert found.source == ""
    else:
        assert found.source == ("pseudo-version" if repo.short in found.version.value else "tag")
        assert found.commit.startswith(repo.short)


@needs_git
def test_two_modules_of_one_repository_are_told_by_one_look(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo").init().module("example.com/foo").module("example.com/foo/sub", "sub")
    repo.commit("v1.2.3", "sub/v0.4.0")
    versions = TreeVersions(repository=GitRepository.of(repo.root))
    assert versions.of("example.com/foo").version.value == "v1.2.3"
    repo.commit()
    assert versions.of("example.com/foo/sub").version.value == "v0.4.0"


@needs_git
def test_no_repository(tmp_path: Path) -> None:
    repository = GitRepository(
        folder=tmp_path,
        git=GIT,
        environment=clean_environment(os.environ) | {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)},
    )
    versions = TreeVersions(repository=repository)
    for _ in range(2):
        found = versions.of("example.com/foo")
        assert found.version.unknown_because.startswith(
            "version control does not tell: git says: not a git repository"
        )


@needs_git
def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo").init().module("example.com/foo")
    with pytest.raises(ReadError, match=r"git says: .*HEAD") as caught:
        GitRepository.of(repo.root).checkout()
    assert caught.value.hint == "give the version with --version"


def test_no_git_command(tmp_path: Path) -> None:
    found = TreeVersions(repository=GitRepository(folder=tmp_path, git=None, environment={})).of(
        "example.com/a"
    )
    assert found.version.unknown_because == "version control does not tell: there is no git command to ask"


def test_git_that_cannot_be_run(tmp_path: Path) -> None:
    repository = GitRepository(folder=tmp_path, git=tmp_path, environment={})
    with pytest.raises(ReadError, match="git cannot be run: "):
        repository.checkout()


def test_only_absolute_entries_of_path_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "git.exe" if os.name == "nt" else "git"
    file = tmp_path / "bin" / name
    file.parent.mkdir()
    file.write_bytes(b"")
    file.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    assert find_git({"PATH": os.pathsep.join(["", ".", "bin"])}) is None
    assert find_git({"PATH": os.pathsep.join(["bin", str(tmp_path), str(file.parent)])}) == file
    assert find_git({}) is None


def test_variables_of_git_are_left_out() -> None:
    cleaned = clean_environment({"GIT_DIR": "x", "git_work_tree": "y", "GIT_SSH_COMMAND": "z", "HOME": "h"})
    assert {key for key in cleaned if key.upper().startswith("GIT_")} == {
        "GIT_ALLOW_PROTOCOL",
        "GIT_NO_LAZY_FETCH",
        "GIT_OPTIONAL_LOCKS",
        "GIT_TERMINAL_PROMPT",
    }
    assert cleaned["HOME"] == "h"


@needs_git
@pytest.mark.skipif(os.name == "nt", reason="the program is a script")
@pytest.mark.parametrize(
    ("settings", "modified", "unknown"),
    [
        ({"core.fsmonitor": "{program}"}, False, ""),
        ({"core.hooksPath": "{folder}"}, False, ""),
        ({"core.pager": "{program}", "pager.log": "{program}"}, False, ""),
        ({"log.showSignature": "true", "gpg.program": "{program}"}, False, ""),
        ({"diff.external": "{program}"}, False, ""),
        (
            {"filter.evil.clean": "{program}"},
            None,
            "the repository's own configuration names a program to run (filter.evil.clean)",
        ),
        (
            {"filter.evil.process": "{program}", "filter.evil.required": "true"},
            None,
            "the repository's own configuration names a program to run (filter.evil.process)",
        ),
    ],
)
def test_nothing_that_a_repository_names_is_run(
    settings: dict[str, str], modified: bool | None, unknown: str, tmp_path: Path
) -> None:
    repo = Repo(tmp_path / "repo").init().module("example.com/foo").write(".gitattributes", "* filter=evil\n")
    repo.commit("v1.2.3")
    folder = tmp_path / "programs"
    folder.mkdir()
    ran = tmp_path / "ran"
    for name in ("program", "post-index-change", "pre-commit"):
        (folder / name).write_text(f"#!/bin/sh\ntouch {ran}\ncat\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    # A file that looks changed by its times is compared, for which git would run a filter.
    os.utime(repo.root / "main.go", (1, 1))
    for key, value in settings.items():
        repo.git("config", key, value.format(program=folder / "program", folder=folder))
    found = GitRepository.of(repo.root).checkout()
    assert (found.modified, found.modified_unknown) == (modified, unknown)
    assert not ran.exists()
    told = TreeVersions(repository=GitRepository.of(repo.root)).of("example.com/foo")
    assert (told.version.value, told.modified_unknown) == ("v1.2.3", unknown)


@needs_git
def test_files_elsewhere_are_not_looked_at(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo").init().module("example.com/foo").commit("v1.2.3")
    (tmp_path / "other").mkdir()
    repo.git("config", "core.worktree", str(tmp_path / "other"))
    with pytest.raises(ReadError, match="its repository says that its files lie elsewhere"):
        GitRepository.of(repo.root).checkout()


@needs_git
def test_submodules_are_not_looked_into(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo").init().module("example.com/foo").write(".gitmodules", "").commit("v1.2.3")
    found = GitRepository.of(repo.root).checkout()
    assert found.modified is None
    assert found.modified_unknown == "it has submodules, which are not looked into"
    repo.write("main.go", MAIN + "\n")
    assert GitRepository.of(repo.root).checkout().modified is True


@needs_git
def test_a_git_that_prints_too_much(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo").init().module("example.com/foo").commit(*(f"v1.0.{n}" for n in range(50)))
    repository = GitRepository(
        folder=repo.root,
        git=GIT,
        environment=clean_environment(os.environ),
        limits=Limits(git_output_bytes=400),
    )
    with pytest.raises(LimitError, match="git for-each-ref prints more than 400 bytes"):
        repository.checkout()
    large = GitRepository.of(repo.root)
    with pytest.raises(LimitError, match="git cat-file prints more than 10 bytes"):
        large.committed("go.mod", 10)
    assert large.committed("go.mod", 100) == b"module example.com/foo\n\ngo 1.24\n"
    assert large.committed("main.mod", 100) is None


@pytest.mark.skipif(os.name == "nt", reason="the program is a script")
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("sleep 60", "git rev-parse took more than 1 seconds"),
        ("exit 3", "git rev-parse failed with code 3"),
        ("echo 'fatal: \033[31mred' >&2; exit 128", r"git says: \?\[31mred"),
        ("head -c 100000 /dev/zero >&2; exit 1", r"git says: \?{200}$"),
        ('case "$*" in *rev-parse*) pwd;; esac', "git names no commit"),
        (
            'case "$*" in *rev-parse*) pwd;; *log*) printf "%040d 999999999999" 0;; esac',
            "the commit has no time that a calendar knows",
        ),
    ],
)
def test_a_git_that_does_not_answer(script: str, message: str, tmp_path: Path) -> None:
    program = tmp_path / "git"
    program.write_text(f'#!/bin/sh\ncd "$2"\n{script}\n', encoding="utf-8")
    program.chmod(0o755)
    environment = {"PATH": os.environ["PATH"]}
    repository = GitRepository(
        folder=tmp_path, git=program, environment=environment, limits=Limits(git_seconds=1)
    )
    with pytest.raises(ReadError, match=message):
        repository.checkout()
