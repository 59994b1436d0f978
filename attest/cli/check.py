"""`attest check [DIR]`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

from attest.cli.declare import Argument, Option
from attest.cli.inputs import judging_time, read_platform, read_policy, refuse_trust, release_name, remembered
from attest.cli.options import (
    ColorOption,
    ManifestOption,
    ModcacheOption,
    NoCacheOption,
    NowOption,
    OnlineOption,
    PolicyOption,
    PolicySha256Option,
    ProgressOption,
    ProofsOption,
    QuietOption,
    ReportOption,
    SumdbOption,
    TagOption,
    TrustCacheOption,
    VerboseOption,
    VersionOption,
)
from attest.cli.reports import report, report_outputs, report_roots
from attest.cli.source import SourceOptions, check_inputs, open_source, refuse_online
from attest.edge.clock import system_now
from attest.edge.files import FileSink
from attest.edge.host import host_platform
from attest.edge.progress import progress
from attest.errors import UsageError

if TYPE_CHECKING:
    from attest.app.policy import LoadedPolicy
    from attest.model.source import Platform


def command(
    folder: Annotated[
        str, Argument(metavar="[DIR]", help="The source tree, with go.mod or go.work at its root.")
    ] = ".",
    *,
    policy: PolicyOption = None,
    policy_sha256: PolicySha256Option = None,
    version: VersionOption = None,
    tag: TagOption = None,
    platform: Annotated[
        list[str] | None,
        Option(
            "--platform",
            metavar="GOOS/GOARCH",
            help="What is shipped, or all; repeatable (default: the policy's, else the host's).",
        ),
    ] = None,
    modcache: ModcacheOption = None,
    online: OnlineOption = False,
    sumdb: SumdbOption = "cache",
    proofs: ProofsOption = None,
    write_proofs: Annotated[
        str | None,
        Option(
            "--write-proofs",
            metavar="FILE",
            help="Write what proves go.sum against the checksum database anywhere.",
        ),
    ] = None,
    manifest: ManifestOption = None,
    no_cache: NoCacheOption = False,
    trust_cache: TrustCacheOption = False,
    write_manifest: Annotated[
        str | None,
        Option(
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
    With --policy the tree is judged by what the policy asks of it, on the policy's platforms.
    """
    from attest.app.check import manifest_of
    from attest.app.sumdb import write_proofs as text_of_proofs
    from attest.app.verify import Run, verify_source

    refuse_trust(no_cache=no_cache, trust_cache=trust_cache)
    outputs = report_outputs(output)
    time = judging_time(now, system_now())
    name = release_name(version, tag, None, os.environ)
    loaded = None if policy is None else read_policy(policy, name, time, policy_sha256)
    if loaded is not None:
        refuse_online(loaded, online=online)
    elif policy_sha256 is not None:
        raise UsageError("--policy-sha256 pins a policy, and none is given", hint="--policy release.yaml")
    platforms = _platforms(platform or [], loaded)
    options = SourceOptions(
        modcache=modcache,
        manifest=manifest,
        proofs=proofs,
        sumdb=sumdb,
        online=online,
        trust_cache=trust_cache,
    )
    inputs = open_source(folder, options, keep_proofs=write_proofs is not None)
    with progress(wanted=not (quiet or no_progress)) as show:
        show("hashing modules")
        if write_manifest is not None:
            text = manifest_of(
                inputs.root, modcache=inputs.cache, manifests=inputs.manifests, workspace=inputs.workspace
            )
            FileSink().write({write_manifest: text})
        with remembered(off=no_cache) as known:
            told = bool(platform) or loaded is not None
            source = check_inputs(
                inputs, platforms, known, all_shipped=told, versions=bool(name.tag) or loaded is not None
            )
        if write_proofs is not None and source.sumdb is not None:
            FileSink().write({write_proofs: text_of_proofs(source.sumdb)})
    run = Run(now=time, version=name.version, tag=name.tag)
    verdict = verify_source(source, run, policy=loaded.policy if loaded else None)
    roots = report_roots(source=folder, policy=policy)
    sys.exit(report(verdict, outputs, roots=roots, color=color, verbose=verbose, quiet=quiet))


def _platforms(words: list[str], loaded: LoadedPolicy | None) -> tuple[Platform, ...]:
    """The platforms that are asked for, else those of the policy, else the host's."""
    from attest.app.check import every_platform
    from attest.app.policy import platforms

    if not words:
        return platforms(loaded) if loaded else (host_platform(),)
    named = tuple(read_platform(each) for each in words if each != "all")
    return tuple(dict.fromkeys((*named, *(every_platform() if "all" in words else ()))))
