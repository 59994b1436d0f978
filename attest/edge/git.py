"""A git repository, asked through the git command.

Loose and packed objects, packed refs, grafts, shallow and partial clones: git alone reads them all. A
source tree is hostile, and so is the configuration in its .git: nothing that it names is run. Each command
has fixed arguments, a bound on its output and on its time, and an environment without git's own variables.
Sources: git-config(1) (which settings name programs), git(1) (GIT_ALLOW_PROTOCOL, GIT_OPTIONAL_LOCKS),
gitrevisions(7); cmd/go/internal/vcs (gitStatus) for what counts as modified.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.edge import command
from attest.edge.files import DirectoryTree
from attest.errors import LimitError, ReadError
from attest.model.checkout import Checkout
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Before every command. No hook, no watcher, no pager, no signature program; a bare repository that lies
#: inside of a tree is none.
_ALWAYS: Final = (
    "--no-pager",
    "--no-optional-locks",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "log.showSignature=false"),
    *("-c", "protocol.allow=never"),
    *("-c", "safe.bareRepository=explicit"),
)
_COMMIT: Final = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64}) ([0-9]{1,12})")
_HINT: Final = "give the version with --version"


def find_git(environment: Mapping[str, str]) -> Path | None:
    """The git command on PATH; None where there is none. Relative entries of PATH do not count."""
    return command.find(("git.exe",) if os.name == "nt" else ("git",), environment)


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what points git elsewhere, in English, and with nobody to ask."""
    kept = {key: value for key, value in environment.items() if not key.upper().startswith("GIT_")}
    return kept | {
        "GIT_ALLOW_PROTOCOL": "none",  # a partial clone fetches nothing
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


@dataclass(slots=True, kw_only=True)
class GitRepository:
    """The git repository that the folder lies in, as `attest.model.checkout.Repository`.

    `git` is the command, None where there is none.
    """

    folder: Path
    git: Path | None
    environment: Mapping[str, str]
    limits: Limits = DEFAULT_LIMITS
    _commit: str = field(default="", init=False)
    _top: Path | None = field(default=None, init=False)

    @classmethod
    def of(cls, folder: Path) -> GitRepository:
        """The repository of that folder, with this process's environment."""
        return cls(folder=folder, git=find_git(os.environ), environment=clean_environment(os.environ))

    @property
    def top(self) -> DirectoryTree:
        """The root of the working tree; `ReadError` where there is no repository."""
        if self._top is None:
            self._top = Path(os.fsdecode(self._run("rev-parse", "--show-toplevel").rstrip(b"\r\n")))
        return DirectoryTree.of(self._top)

    def checkout(self) -> Checkout:
        """What is checked out.

        Raises `ReadError` where there is no git command, no repository, no commit, or git fails.
        """
        # Only a folder above can be the root: core.worktree may name any.
        top = Path(os.path.realpath(self.top.root))
        if top not in (Path(os.path.realpath(self.folder)), *Path(os.path.realpath(self.folder)).parents):
            raise self._error(f"its repository says that its files lie elsewhere: {top}")
        said = self._run("log", "-1", "--no-decorate", "--format=%H %ct", "HEAD", "--").decode(
            "ascii", "replace"
        )
        found = _COMMIT.fullmatch(said.strip())
        if found is None:
            raise self._error("git names no commit")
        self._commit = found[1]
        try:
            time = datetime.fromtimestamp(int(found[2]), UTC)
        except (ValueError, OverflowError, OSError):
            raise self._error("the commit has no time that a calendar knows") from None
        modified, unknown = self._modified()
        return Checkout(
            commit=self._commit,
            time=time,
            tags=self._tags("--points-at"),
            merged=self._tags("--merged"),
            modified=modified,
            modified_unknown=unknown,
        )

    def committed(self, name: str, limit: int) -> bytes | None:
        """A file of the checked out commit; raises as `checkout`, and `LimitError` beyond `limit`."""
        commit = self._commit or self.checkout().commit
        listed = self._run("ls-tree", "-z", "--full-tree", commit, "--", f":(literal){name}").split(b"\0")
        rows = [each.partition(b"\t") for each in listed if each]
        blob = next(
            (row[0].split()[2] for row in rows if os.fsdecode(row[2]) == name and b" blob " in row[0]), None
        )
        return None if blob is None else self._run("cat-file", "blob", blob.decode("ascii"), limit=limit)

    def _tags(self, how: str) -> tuple[str, ...]:
        names = self._run("for-each-ref", "--format=%(refname)", f"{how}={self._commit}", "refs/tags")
        lines = names.decode("utf-8", "replace").splitlines()
        return tuple(sorted(each.removeprefix("refs/tags/") for each in lines))

    def _modified(self) -> tuple[bool | None, str]:
        """Whether anything in the working tree is not as committed, files that git does not know included.

        To compare, git runs the filters that the configuration names. Those of the user are the user's; what
        the repository's own configuration names is not run.
        """
        own = self._run("config", "--null", "--show-scope", "--name-only", "--list").split(b"\0")
        for scope, key in zip(own[::2], own[1::2], strict=False):
            name = os.fsdecode(key).lower()
            if (
                scope in {b"local", b"worktree"}
                and name.startswith("filter.")
                and not name.endswith(".required")
            ):
                why = f"the repository's own configuration names a program to run ({os.fsdecode(key)})"
                return None, why
        if self._run("status", "--porcelain", "--ignore-submodules=dirty"):
            return True, ""
        # A submodule's state would be told by a git that reads the configuration in it.
        if self._run("ls-files", "--stage", "--", ":(top,glob).gitmodules"):
            return None, "it has submodules, which are not looked into"
        return False, ""

    def _run(self, *arguments: str, limit: int | None = None) -> bytes:
        """What a git command prints; `ReadError` where it fails, takes too long or prints too much."""
        if self.git is None:
            raise self._error("there is no git command to ask")
        most = self.limits.git_output_bytes if limit is None else limit
        words = [str(self.git), "-C", str(self.folder), *_ALWAYS, *arguments]
        try:
            ran = command.run(words, self.environment, most=most, seconds=self.limits.git_seconds)
        except OSError as error:
            raise self._error(f"git cannot be run: {error.strerror or error}") from error
        if len(ran.output) > most:
            raise LimitError(
                f"git {arguments[0]} prints more than {most} bytes", place=self._place, hint=_HINT
            )
        if ran.late:
            raise self._error(f"git {arguments[0]} took more than {self.limits.git_seconds} seconds")
        if ran.code:
            raise self._error(_said(ran.errors) or f"git {arguments[0]} failed with code {ran.code}")
        return ran.output

    @property
    def _place(self) -> Place:
        return Place(file=str(self.folder))

    def _error(self, message: str) -> ReadError:
        return ReadError(message, place=self._place, hint=_HINT)


def _said(errors: bytes) -> str:
    """The first line of git's own words about a failure, short and printable."""
    lines = errors.decode("utf-8", "replace").splitlines()
    line = next((each for each in lines if each.startswith("fatal: ")), lines[0] if lines else "")
    shown = command.printable(line.removeprefix("fatal: "))
    return f"git says: {shown}" if shown else ""
