"""`attest policy test [FILE…]`."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from attest.cli.declare import Argument, Option
from attest.cli.inputs import beside, directory, read_file
from attest.cli.options import JobsOption, OutputOption, ProgressOption
from attest.cli.output import emit, parse_outputs
from attest.edge.files import DirectoryTree
from attest.edge.progress import progress
from attest.model.exit_code import ExitCode
from attest.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from attest.model.checkout import Repository
    from attest.model.ports import ReadBeside

_FORMATS: Final = ("text", "json", "junit")
#: The tests where none are named.
_USUAL: Final = "release.tests.yaml"


@dataclass(frozen=True, slots=True)
class _Around:
    """The files and folders around a file of tests, as `attest.app.policy_test.Around`."""

    file: str

    def _named(self, name: str) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.file), name))

    def read(self, name: str, limit: int) -> bytes:
        """All bytes of a file."""
        return beside(self.file)(name, limit)

    def tree(self, name: str) -> DirectoryTree:
        """A directory."""
        return directory(self._named(name))

    def beside(self, name: str) -> ReadBeside:
        """What reads the files that another file names."""
        return beside(self._named(name))

    def repository(self, name: str) -> Repository | None:
        """The repository that a directory lies in."""
        from attest.edge.git import GitRepository

        return GitRepository.of(Path(os.path.realpath(self._named(name))))


def command(
    files: Annotated[
        list[str] | None, Argument(metavar="[FILE...]", help=f"The tests (default: {_USUAL}).")
    ] = None,
    *,
    require_coverage: Annotated[
        bool,
        Option("--require-coverage", help="Exit 1 where no case has seen a rule of the policy fail."),
    ] = False,
    output: OutputOption = None,
    jobs: JobsOption = 0,
    verbose: Annotated[bool, Option("--verbose", help="Tell of every check how often it was seen.")] = False,
    no_progress: ProgressOption = False,
) -> None:
    """Judge the releases of test cases, and tell where a verdict is not the one that is expected.

    Each case is a release, changed in memory or not, at a time, with the findings that it must have. Exit 1
    where a case comes out otherwise, 4 where the tests or the policy are not valid. Nothing is fetched.
    """
    from attest.app.policy_test import run_tests
    from attest.render import policy_test

    outputs = parse_outputs(output or [], _FORMATS, "text")
    reports = []
    with progress(wanted=not no_progress) as show:
        for file in files or [_USUAL]:
            data = read_file(file, DEFAULT_LIMITS.policy_bytes)
            reports.append(run_tests(data, file, _Around(file), jobs=jobs, done=show))
    results: list[tuple[str, bytes]] = []
    for each in outputs:
        if each.format == "junit":
            from attest.render.policy_test_junit import to_junit

            results.append((each.file, to_junit(reports, covered=require_coverage)))
        elif each.format == "json":
            results.append((each.file, policy_test.to_json(reports)))
        else:
            results.append((each.file, policy_test.to_text(reports, verbose=verbose)))
    emit(results)
    failed = any(each.failed or (require_coverage and each.unseen) for each in reports)
    raise typer.Exit(int(ExitCode.DENIED if failed else ExitCode.PASS))
