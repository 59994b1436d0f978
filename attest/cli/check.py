"""`attest check [DIR]`."""

from __future__ import annotations

from typing import Annotated

import typer

from attest.cli.inputs import directory, judging_time, module_cache, read_manifests
from attest.cli.options import (
    ColorOption,
    ManifestOption,
    ModcacheOption,
    NowOption,
    ProgressOption,
    QuietOption,
    ReportOption,
    VerboseOption,
)
from attest.cli.reports import report, report_outputs, report_roots
from attest.cli.sumdb import SumdbOption, sumdb_evidence
from attest.edge.clock import system_now
from attest.edge.files import FileSink
from attest.edge.goenv import workspaces_wanted
from attest.edge.host import host_platform
from attest.edge.progress import progress


def command(
    folder: Annotated[
        str, typer.Argument(metavar="[DIR]", help="The source tree, with go.mod or go.work at its root.")
    ] = ".",
    *,
    modcache: ModcacheOption = None,
    online: Annotated[
        bool, typer.Option("--online", help="Ask GOPROXY for modules that are not in the module cache.")
    ] = False,
    sumdb: SumdbOption = "cache",
    manifest: ManifestOption = None,
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
    vendored files with them. What the module cache holds of Go's checksum database must agree with go.sum;
    --sumdb require asks for that proof of every line. What a manifest says of modules counts only where its
    hash is the one in go.sum. A go.work there makes a workspace, unless GOWORK is off: all its modules are
    judged. Offline unless --online is given; no Go toolchain is needed.
    """
    from attest.app.check import check_source, manifest_of
    from attest.app.verify import Run, verify_source

    outputs = report_outputs(output)
    time = judging_time(now, system_now())
    tree = directory(folder)
    told = read_manifests(manifest)
    proxy = None
    if online:
        from attest.app.online import module_proxy

        proxy = module_proxy()
    with progress(wanted=not (quiet or no_progress)) as show:
        show("hashing modules")
        cache = module_cache(modcache, tree)
        evidence = sumdb_evidence(sumdb, cache)
        if write_manifest is not None:
            found = manifest_of(tree, modcache=cache, manifests=told, workspace=workspaces_wanted())
            FileSink().write({write_manifest: found})
        source = check_source(
            tree,
            modcache=cache,
            platforms=(host_platform(),),
            sumdb=evidence,
            online=proxy,
            manifests=told,
            workspace=workspaces_wanted(),
        )
    verdict = verify_source(source, Run(now=time))
    roots = report_roots(source=folder)
    raise typer.Exit(report(verdict, outputs, roots=roots, color=color, verbose=verbose, quiet=quiet))
