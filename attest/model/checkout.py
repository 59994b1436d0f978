"""What version control says about the working tree that a source tree lies in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from attest.model.ports import Tree
    from attest.model.stated import Stated

#: What states a version of the main module. "option": whoever ran attest; "tag": one that names the checked
#: out commit; "pseudo-version": made by Go's rules from the commit and the tags before it; "build-info": the
#: `mod` line of an executable; "linker-flags": a variable that -X set.
VersionSource = Literal["option", "tag", "pseudo-version", "build-info", "linker-flags"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A commit that is checked out.

    `time` is when it was committed (UTC). `tags` name it, annotated or not; `merged` are those and the tags
    of all that came before it; both sorted. `modified` is None where nobody can tell whether the working tree
    is that commit, for the reason `modified_unknown`.
    """

    commit: str
    time: datetime
    tags: tuple[str, ...]
    merged: tuple[str, ...]
    modified: bool | None
    modified_unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionClaim:
    """That `source` states `version` of the main module; `name` is the variable that -X set, else ""."""

    source: VersionSource
    version: str
    name: str = ""

    def __str__(self) -> str:
        """The claim in a few words, for messages."""
        words = {
            "option": "the options of this run",
            "tag": "the tag of the checked out commit",
            "pseudo-version": "the checked out commit",
            "build-info": "the build info",
            "linker-flags": f"-X {self.name}",
        }
        return f"{self.version} ({words[self.source]})"


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeVersion:
    """The version of a main module by the repository that it lies in.

    It is unknown, with the reason, where there is no repository, or the go command would tell none. `source`
    and `commit` are then "". `modified_unknown` is the reason why the version may lack its "+dirty".
    """

    version: Stated
    source: Literal["", "tag", "pseudo-version"] = ""
    commit: str = ""
    modified_unknown: str = ""


class Repository(Protocol):
    """The repository that a source tree lies in."""

    @property
    def top(self) -> Tree:
        """The root of its working tree."""
        ...

    def checkout(self) -> Checkout:
        """What is checked out; raises `attest.errors.ReadError` where that cannot be told."""
        ...

    def committed(self, name: str, limit: int) -> bytes | None:
        """A file of the checked out commit, None where it has none; `LimitError` beyond `limit`."""
        ...
