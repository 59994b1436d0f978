"""`attest release`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.inputs import (
    directory,
    go_installation,
    judging_time,
    read_policy,
    read_previous_release,
    refuse_trust,
    release_name,
    remembered,
)
from attest.cli.options import (
    ColorOption,
    JobsOption,
    ManifestOption,
    ModcacheOption,
    NoCacheOption,
    NowOption,
    OnlineOption,
    PolicySha256Option,
    PreviousOption,
    ProgressOption,
    ProofsOption,
    QuietOption,
    ReportOption,
    RevisionOption,
    SumdbOption,
    TagOption,
    TrustCacheOption,
    VerboseOption,
    VersionOption,
    document_time,
)
from attest.cli.parties import (
    AuthorOption,
    LicenseOption,
    SupplierOption,
    VexOption,
    read_vexes,
    sbom_run,
    tell_strangers,
)
from attest.cli.reports import report, report_outputs, report_roots
from attest.cli.signing_options import (
    IdentityTokenOption,
    SigningConfigOption,
    StagingOption,
    TrustConfigOption,
    TrustedRootOption,
    journal_of,
    tell_left,
    tell_notes,
    tell_tally,
)
from attest.cli.source import SourceOptions, check_inputs, open_source, refuse_online
from attest.edge.clock import system_now
from attest.edge.files import FileSink
from attest.edge.progress import progress
from attest.model.exit_code import ExitCode

if TYPE_CHECKING:
    from attest.model.bom import Bom


def command(
    *,
    source: Annotated[
        str, typer.Option("--source", metavar="DIR", help="The source tree that the release was built from.")
    ],
    dist: Annotated[str, typer.Option("--dist", metavar="DIR", help="The release directory.")],
    policy: Annotated[
        str, typer.Option("--policy", metavar="FILE", help="The policy, usually release.yaml.")
    ],
    key: Annotated[
        str | None, typer.Option("--key", metavar="KEY", help="What signs: FILE, pkcs11:URI or exec:COMMAND.")
    ] = None,
    identity_token: IdentityTokenOption = None,
    trust_config: TrustConfigOption = None,
    trusted_root: TrustedRootOption = None,
    signing_config: SigningConfigOption = None,
    staging: StagingOption = False,
    local: Annotated[
        bool, typer.Option("--local", help="Provenance: no build service made this, and it says so.")
    ] = False,
    builder_id: Annotated[
        str | None,
        typer.Option("--builder-id", metavar="URI", help="Provenance: who built, said outright."),
    ] = None,
    policy_sha256: PolicySha256Option = None,
    modcache: ModcacheOption = None,
    manifest: ManifestOption = None,
    no_cache: NoCacheOption = False,
    trust_cache: TrustCacheOption = False,
    sumdb: SumdbOption = "cache",
    proofs: ProofsOption = None,
    online: OnlineOption = False,
    version: VersionOption = None,
    tag: TagOption = None,
    revision: RevisionOption = None,
    previous: PreviousOption = None,
    author: AuthorOption = "",
    supplier: SupplierOption = "",
    license_: LicenseOption = "",
    vex: VexOption = None,
    output: ReportOption = None,
    now: NowOption = None,
    jobs: JobsOption = 0,
    color: ColorOption = "auto",
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
    no_progress: ProgressOption = False,
) -> None:
    """check, sbom, provenance, sign and verify in one run over one source tree and one release directory.

    Provenance is made where the policy asks for it, of the run of GitHub Actions or GitLab CI that this is.
    SBOMs and signatures are written into the release directory if, and only if, the release passes. The key
    that signs is not thereby trusted: the policy names whom it trusts.
    """
    from attest.app.build_run import build_run
    from attest.app.inventory import take_inventory
    from attest.app.licenses import LicenseReader
    from attest.app.policy import platforms, scanner_of
    from attest.app.reconcile import SourceTree, executables, reconcile_files
    from attest.app.release import Release, release
    from attest.app.sbom import latest_commit_time
    from attest.app.verify import Run
    from attest.app.zips import ZipDigests
    from attest.cli.signers import SigningOptions, signing_of

    refuse_trust(no_cache=no_cache, trust_cache=trust_cache)
    tree = directory(dist)
    outputs = report_outputs(output, outside=Path(tree.root))
    time = judging_time(now, system_now())
    name = release_name(version, tag, revision, os.environ)
    loaded = read_policy(policy, name, time, policy_sha256)
    refuse_online(loaded, online=online)
    options = SourceOptions(
        modcache=modcache,
        manifest=manifest,
        proofs=proofs,
        sumdb=sumdb,
        online=online,
        trust_cache=trust_cache,
    )
    inputs = open_source(source, options)
    vexes = read_vexes(vex or [])
    signing = signing_of(
        SigningOptions(
            key=key,
            identity_token=identity_token,
            trust_config=trust_config,
            trusted_root=trusted_root,
            signing_config=signing_config,
            staging=staging,
        ),
        journal_of(dist),
    )
    tell_notes(signing)
    with progress(wanted=not (quiet or no_progress)) as show:
        show("hashing modules")
        with remembered(off=no_cache) as known:
            checked = check_inputs(inputs, platforms(loaded), known, digests=True, versions=True)
        scan = scanner_of(loaded, time)
        inventory = take_inventory(tree, jobs=jobs, done=lambda path: show(f"read {path}"), scan=scan)
        before = read_previous_release(previous, jobs, show) if previous is not None else None
        with remembered(off=no_cache) as known:
            show("reading the source")
            tree_of_source = SourceTree(
                tree=inputs.root, modcache=inputs.cache, workspace=inputs.workspace, cache=known
            )
            reconciled = reconcile_files(tree_of_source, executables(inventory, loaded.policy))
        created = document_time(
            os.environ, latest_commit_time(each.report for each in inventory.files if each.report) or time
        )
        documents = sbom_run(created, author, supplier, license_, vex=vexes)
        with remembered(off=no_cache) as known:
            reader = LicenseReader(
                tree=inputs.root,
                modcache=inputs.cache,
                goroot=go_installation(),
                cache=known,
                linked=reconciled.linked,
                overrides=loaded.policy.licenses,
                workspace=inputs.workspace,
            )
            digests = ZipDigests(modcache=inputs.cache, proofs=checked.proofs)
            described: list[Bom] = []

            def describe(bom: Bom) -> Bom:
                described.append(bom)
                return digests.describe(reader.describe(bom))

            done = release(
                Release(
                    loaded=loaded,
                    inventory=inventory,
                    source=checked,
                    reconciled=reconciled,
                    run=Run(now=time, version=name.version, tag=name.tag, revision=name.revision),
                    documents=documents,
                    signing=signing,
                    build=lambda: build_run(os.environ, local=local, builder_id=builder_id or ""),
                    describe=describe,
                    previous=before,
                    jobs=jobs,
                ),
                show=show,
            )
        tell_strangers(vexes, described)
        if done.verdict.exit_code is ExitCode.PASS:
            FileSink(tree.root, staging=journal_of(dist)).write(dict(done.files))
            tell_left(signing.finish())
        tell_tally(signing)
    roots = report_roots(source=source, release=dist, policy=policy)
    raise typer.Exit(report(done.verdict, outputs, roots=roots, color=color, verbose=verbose, quiet=quiet))
