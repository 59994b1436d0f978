"""`attest provenance DIST`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest import __version__
from attest.cli.inputs import directory
from attest.cli.inspect import folder_of, tree_of
from attest.cli.options import JobsOption, OutputOption
from attest.cli.output import emit, parse_outputs
from attest.edge.files import make_folder
from attest.errors import NothingToVerifyError, UsageError
from attest.model.exit_code import ExitCode
from attest.render.escape import escape

if TYPE_CHECKING:
    from attest.app.provenance import Artifact
    from attest.model.checkout import Checkout

_SUFFIX = "provenance.intoto.json"


def command(
    dist: Annotated[str, typer.Argument(metavar="DIST", help="The release directory, or one file.")],
    *,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="DIR", help="The checkout that the release was built from."),
    ] = None,
    local: Annotated[
        bool, typer.Option("--local", help="No build service made this; the provenance says so.")
    ] = False,
    builder_id: Annotated[
        str | None,
        typer.Option("--builder-id", metavar="URI", help="Who built, where the environment does not tell."),
    ] = None,
    each: Annotated[
        bool, typer.Option("--each", help="One statement for each artifact; needs --output-dir.")
    ] = False,
    output: OutputOption = None,
    output_dir: Annotated[
        str | None,
        typer.Option("--output-dir", metavar="DIR", help="Where statements go, named; it is made."),
    ] = None,
    jobs: JobsOption = 0,
) -> None:
    """SLSA provenance of the executables in DIST, and of the archives that hold some, as in-toto statement.

    GitHub Actions and GitLab CI are known by their environment variables. The statement is unsigned: sign it
    with attest sign --statement. Other files in DIST are named as byproducts, bundles are not. There is no
    provenance, but exit 1 and the reasons, where an executable, the source tree or the service name different
    commits, where one was built from a modified tree, and where nothing but the service names the commit.
    """
    from attest.app.build_run import build_run
    from attest.app.provenance import Built, byproducts, contradictions, statements

    (place,) = parse_outputs(output or [], ("json",), "json")
    _check_places(place.file, output_dir, each=each)
    run = build_run(os.environ, local=local, builder_id=builder_id or "")
    artifacts, tree = _artifacts(dist, jobs), folder_of(dist)
    built = Built(
        artifacts=artifacts,
        run=run,
        attest_version=__version__,
        checkout=_checkout(source) if source else None,
        byproducts=byproducts(tree, {each.path for each in artifacts}) if tree else {},
    )
    reasons = contradictions(built)
    if reasons:
        sys.stderr.write("".join(f"attest: no provenance: {escape(reason)}\n" for reason in reasons))
        raise typer.Exit(ExitCode.DENIED)
    made = statements(built, each=each)
    if output_dir:
        make_folder(output_dir)
        emit((f"{output_dir}/{name.replace('/', '_')}.{_SUFFIX}", data) for name, data in made.items())
    elif len(made) > 1:
        raise UsageError(
            f"{len(artifacts)} artifacts need {len(made)} statements", hint="name a folder with --output-dir"
        )
    else:
        emit((place.file, data) for data in made.values())


def _check_places(output: str, output_dir: str | None, *, each: bool) -> None:
    if output and output_dir:
        raise UsageError("-o and --output-dir exclude each other", hint="name a file, or a folder")
    if each and not output_dir:
        raise UsageError("--each makes several statements", hint="name a folder with --output-dir")


def _artifacts(dist: str, jobs: int) -> tuple[Artifact, ...]:
    """What is described, by its path in the directory."""
    from attest.app.inspect import inspect_targets
    from attest.app.provenance import artifacts

    found = inspect_targets([dist], tree_of=tree_of, folder_of=folder_of, jobs=jobs, depth="hashed")
    folder = dist.rstrip("/") if folder_of(dist) else os.path.dirname(dist)  # noqa: PTH120 - a name as it was given
    made = artifacts(found, folder)
    if not made:
        raise NothingToVerifyError(f"{dist} holds no executable", hint="name the release directory")
    return made


def _checkout(source: str) -> Checkout:
    from attest.edge.git import GitRepository

    return GitRepository.of(Path(directory(source).root)).checkout()
