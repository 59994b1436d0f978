"""Options that mean the same in every command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from attest.cli.declare import Option
from attest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

OutputOption = Annotated[
    list[str] | None,
    Option("-o", "--output", metavar="FORMAT[=FILE]", help="What to write and where; repeatable."),
]
ReportOption = Annotated[
    list[str] | None,
    Option(
        "-o",
        "--output",
        metavar="FORMAT[=FILE]",
        help="A report: text, json, sarif, junit, github, gitlab-codequality, markdown or html; repeatable.",
    ),
]
JobsOption = Annotated[
    int, Option("--jobs", min=0, metavar="N", help="Files read at once; 0 is one for each processor.")
]
SourceOption = Annotated[
    str | None,
    Option("--source", metavar="DIR", help="The source tree that the release was built from."),
]
ModcacheOption = Annotated[
    str | None, Option("--modcache", metavar="DIR", help="Go's module cache (default: as Go finds it).")
]
NoCacheOption = Annotated[
    bool, Option("--no-cache", help="Read every source file, and remember nothing for the next run.")
]
TrustCacheOption = Annotated[
    bool,
    Option("--trust-cache", help="Do not hash modules again that have not changed since an earlier run."),
]
ManifestOption = Annotated[
    str | None,
    Option("--manifest", metavar="FILE", help="What proves modules that the module cache lacks."),
]
ProofsOption = Annotated[
    str | None,
    Option("--proofs", metavar="FILE", help="What proves go.sum against the checksum database."),
]
OnlineOption = Annotated[
    bool,
    Option("--online", help="Ask GOPROXY and the checksum database for what the module cache does not have."),
]
SUMDB_MODES: Final = ("off", "cache", "require")
SumdbOption = Annotated[
    str,
    Option(
        "--sumdb",
        metavar="|".join(SUMDB_MODES),
        help="Prove go.sum against Go's checksum database, as far as its answers are known, or wholly.",
    ),
]
ColorOption = Annotated[
    str,
    Option("--color", metavar="auto|always|never", help="Colours in text output (NO_COLOR is heeded)."),
]
NowOption = Annotated[
    str | None, Option("--now", metavar="TIME", help="Judge as of this time (RFC 3339) instead of now.")
]
VerboseOption = Annotated[
    bool, Option("--verbose", help="Every check and piece of evidence, not just what is wrong.")
]
ProgressOption = Annotated[bool, Option("--no-progress", help="Show no progress on a terminal.")]
PolicyOption = Annotated[
    str | None, Option("--policy", metavar="FILE", help="The policy, usually release.yaml.")
]
PolicySha256Option = Annotated[
    str | None, Option("--policy-sha256", metavar="HEX", help="Refuse any other policy than this one.")
]
PreviousOption = Annotated[
    str | None,
    Option(
        "--previous",
        metavar="DIR|JSON",
        help="The previous release, or what inspect or verify wrote about it: sizes are compared with it.",
    ),
]
VersionOption = Annotated[
    str | None, Option("--version", metavar="VERSION", help="The release's version, as 1.2.3.")
]
TagOption = Annotated[
    str | None, Option("--tag", metavar="TAG", help="The release's tag (default: v and the version).")
]
RevisionOption = Annotated[
    str | None,
    Option("--revision", metavar="COMMIT", help="The commit that the release was built from."),
]
QuietOption = Annotated[bool, Option("--quiet", help="Print nothing but errors and what -o asks for.")]


def document_time(environment: Mapping[str, str], now: datetime) -> datetime:
    """The time that documents carry: SOURCE_DATE_EPOCH (seconds since 1970) where it is set, else `now`.

    Raises `UsageError` where it is no such number.
    """
    text = environment.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return now
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(int(text, 10), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(
            f"SOURCE_DATE_EPOCH is no time: {text!r}", hint="set it to seconds since 1970, or unset it"
        ) from error


def wants_color(choice: str, environment: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether text output is coloured: as asked, else on a terminal that NO_COLOR does not forbid."""
    if choice not in ("auto", "always", "never"):
        raise UsageError(f"--color: {choice!r} is no choice", hint="one of auto, always, never")
    if choice == "auto":
        return terminal and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
    return choice == "always"
