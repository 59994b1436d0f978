"""`attest check [DIR]`."""

from __future__ import annotations

from typing import Annotated

import typer

from attest.cli.inputs import judging_time, remembered
from attest.cli.options import (
    ColorOption,
    ManifestOption,
    ModcacheOption,
    NoCacheOption,
    NowOption,
    OnlineOption,
    ProgressOption,
    ProofsOption,
    QuietOption,
    ReportOption,
    SumdbOption,
    VerboseOption,
)
from attest.cli.reports import report, report_outputs, report_roots
from attest.cli.source import SourceOptions, check_inputs, open_source
from attest.edge.clock import system_now
from attest.edge.files import FileSink
from attest.edge.host import host_platform
from attest.edge.progress import progress


def command(
    folder: Annotated[
        str, typer.Argument(metavar="[DIR]", help="The source tree, with go.mod or go.work at its root.")
    ] = ".",
    *,
    modcache: ModcacheOption = None,
    online: OnlineOption = False,
    sumdb: SumdbOption = "cache",
    proofs: ProofsOption = None,
    write_proofs: Annotated[
        str | None,
        typer.Option(
            "--write-proofs",
            metavar="FILE",
            help="Write what proves go.sum against the checksum database anywhere.",
        ),
    ] = None,
    manifest: ManifestOption = None,
    no_cache: NoCacheOption = False,
    write_manifest: Annotated[
        str | None,
        typer.Option(
            "--write-manifest",
            metavar="FILE",
            help="Write what proves vendor/ without a module cache, and judge with it.",
        ),
    ] = None,
    output: ReportOption = None,
    now: NowOption = None,
    color: ColorOption = "auto",
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
    no_progress: ProgressOption = False,
) -> None:
    """Does the source tree mean what go.mod, go.sum and vendor/ say?

    Reads go.mod, go.sum and vendor/modules.txt, hashes the modules of the build again and compares
    vendored files with them. A go.work there makes a workspace, unless GOWORK is off: all its modules are
    judged. What is known of Go's checksum database must agree with go.sum; --sumdb require asks for that
    proof of every line, and --write-proofs keeps it for machines without module cache and network. What a
    manifest says of modules counts only where its hash is the one in go.sum. Offline unless --online is
    given; no Go toolchain is needed.
    """
    from attest.app.check import manifest_of
    from attest.app.sumdb import write_proofs as text_of_proofs
    from attest.app.verify import Run, verify_source

    outputs = report_outputs(output)
    time = judging_time(now, system_now())
    options = SourceOptions(modcache=modcache, manifest=manifest, proofs=proofs, sumdb=sumdb, online=online)
    inputs = open_source(folder, options, keep_proofs=write_proofs is not None)
    with progress(wanted=not (quiet or no_progress)) as show:
        show("hashing modules")
        if write_manifest is not None:
            text = manifest_of(
                inputs.root, modcache=inputs.cache, manifests=inputs.manifests, workspace=inputs.workspace
            )
            FileSink().write({write_manifest: text})
        with remembered(off=no_cache) as headers:
            source = check_inputs(inputs, (host_platform(),), headers)
        if write_proofs is not None and source.sumdb is not None:
            FileSink().write({write_proofs: text_of_proofs(source.sumdb)})
    verdict = verify_source(source, Run(now=time))
    roots = report_roots(source=folder)
    raise typer.Exit(report(verdict, outputs, roots=roots, color=color, verbose=verbose, quiet=quiet))
