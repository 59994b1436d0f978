"""`attest verify [--policy release.yaml] TARGET`."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from attest import __version__
from attest.cli.declare import Argument, Option
from attest.cli.inputs import (
    directory,
    judging_time,
    open_policy,
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
    PolicyOption,
    PolicySha256Option,
    PreviousOption,
    ProgressOption,
    ProofsOption,
    QuietOption,
    ReportOption,
    RevisionOption,
    SourceOption,
    SumdbOption,
    TagOption,
    TrustCacheOption,
    VerboseOption,
    VersionOption,
)
from attest.cli.output import emit
from attest.cli.replay import ReportOptions, refuse_others, refuse_place, replay_saved, saving
from attest.cli.reports import report, report_outputs, report_roots
from attest.cli.summaries import SummaryOptions, refuse_one_file, summary_files
from attest.edge.clock import system_now
from attest.edge.progress import progress
from attest.errors import AttestError, UsageError
from attest.render.input_json import input_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from attest.app.policy import LoadedPolicy
    from attest.cli.output import Output
    from attest.cli.source import SourceInputs, SourceOptions
    from attest.model.release import Inventory
    from attest.model.source import SourceReport


def command(
    target: Annotated[
        str | None, Argument(metavar="[TARGET]", help="A release directory, or one file or sha256:<hex>.")
    ] = None,
    *,
    policy: PolicyOption = None,
    policy_sha256: PolicySha256Option = None,
    source: SourceOption = None,
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
    bundle: Annotated[
        str | None, Option("--bundle", metavar="FILE", help="One file: the bundle that signs it.")
    ] = None,
    signature: Annotated[
        str | None, Option("--signature", metavar="FILE", help="One file: its signature, without a bundle.")
    ] = None,
    certificate: Annotated[
        str | None, Option("--certificate", metavar="FILE", help="With --signature: who made it.")
    ] = None,
    rfc3161_timestamp: Annotated[
        str | None, Option("--rfc3161-timestamp", metavar="FILE", help="With --signature: when it was made.")
    ] = None,
    key: Annotated[
        str | None, Option("--key", metavar="FILE", help="One file: the public key to trust.")
    ] = None,
    certificate_identity: Annotated[
        str | None,
        Option("--certificate-identity", metavar="SAN", help="One file: who must have signed."),
    ] = None,
    certificate_identity_regexp: Annotated[
        str | None,
        Option("--certificate-identity-regexp", metavar="REGEXP", help="The same, matched wholly."),
    ] = None,
    certificate_oidc_issuer: Annotated[
        str | None,
        Option("--certificate-oidc-issuer", metavar="URL", help="One file: who vouches for the signer."),
    ] = None,
    trusted_root: Annotated[
        str | None,
        Option(
            "--trusted-root",
            metavar="FILE",
            help="One file: the trusted root for certificates (default: the public good instance's).",
        ),
    ] = None,
    oci_layout: Annotated[
        bool, Option("--oci-layout", help="TARGET is an OCI layout: one image, by what is attached to it.")
    ] = False,
    image: Annotated[
        str | None, Option("--image", metavar="NAME", help="With --oci-layout: its tag or sha256:<hex>.")
    ] = None,
    staging: Annotated[
        bool, Option("--staging", help="One file: trust Sigstore's staging instance.")
    ] = False,
    predicate_type: Annotated[
        str | None, Option("--type", metavar="TYPE", help="One file: the predicate type to expect.")
    ] = None,
    print_input: Annotated[
        bool, Option("--print-input", help="Write what rules see of the release, and judge nothing.")
    ] = False,
    output: ReportOption = None,
    vsa_verifier: Annotated[
        str | None, Option("--vsa-verifier", metavar="URI", help="With -o vsa: who verifies here.")
    ] = None,
    vsa_resource: Annotated[
        str | None,
        Option("--vsa-resource", metavar="URI", help="With -o vsa: where {artifact} is fetched from."),
    ] = None,
    vsa_key: Annotated[
        str | None, Option("--vsa-key", metavar="FILE", help="With -o vsa: the private key that signs it.")
    ] = None,
    save_evidence: Annotated[
        str | None,
        Option("--save-evidence", metavar="DIR|ZIP", help="Save all that the verdict is made from."),
    ] = None,
    replay: Annotated[
        str | None,
        Option("--replay", metavar="DIR|ZIP", help="Judge again from saved evidence alone, without TARGET."),
    ] = None,
    replay_sha256: Annotated[
        str | None,
        Option("--replay-sha256", metavar="HEX", help="Refuse any other saved evidence than this."),
    ] = None,
    now: NowOption = None,
    jobs: JobsOption = 0,
    color: ColorOption = "auto",
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
    no_progress: ProgressOption = False,
) -> None:
    """May this ship? A release directory against its policy, or one file against one bundle.

    With --policy TARGET is a directory: every file of it is bound, verified and judged. Without it TARGET is
    one file (or its digest), and --bundle (or --signature) with --key, or with --certificate-identity and
    --certificate-oidc-issuer, says what must have signed it. --replay judges a release once more from what
    --save-evidence wrote, and from nothing else.
    """
    if replay is not None:
        refuse_others(command, locals())
        how = ReportOptions(
            output=output,
            summary=SummaryOptions(verifier=vsa_verifier, resource=vsa_resource, key=vsa_key),
            color=color,
            verbose=verbose,
            quiet=quiet,
        )
        sys.exit(
            replay_saved(
                replay,
                how,
                sha256=replay_sha256,
                policy_sha256=policy_sha256,
                jobs=jobs,
                no_progress=no_progress,
            )
        )
    target = _named(target, replay_sha256)
    refuse_trust(no_cache=no_cache, trust_cache=trust_cache)
    time = judging_time(now, system_now())
    _refuse_without_source(source, {"--manifest": manifest, "--modcache": modcache, "--proofs": proofs})
    single = {
        "--bundle": bundle,
        "--signature": signature,
        "--certificate": certificate,
        "--rfc3161-timestamp": rfc3161_timestamp,
        "--key": key,
        "--certificate-identity": certificate_identity,
        "--certificate-identity-regexp": certificate_identity_regexp,
        "--certificate-oidc-issuer": certificate_oidc_issuer,
        "--trusted-root": trusted_root,
        "--type": predicate_type,
        "--image": image,
    }
    summary = SummaryOptions(verifier=vsa_verifier, resource=vsa_resource, key=vsa_key)
    alone = {**single, "--staging": staging or None, "--oci-layout": oci_layout or None}
    if policy is None:
        _refuse_without_policy(previous, save_evidence, print_input=print_input)
        summary.check(())
        how = ReportOptions(output=output, summary=summary, color=color, verbose=verbose, quiet=quiet)
        sys.exit(_one(target, single, time, how, staging=staging, layout=oci_layout))
    _refuse_beside_policy(alone)
    from attest.app.inventory import take_inventory
    from attest.app.policy import scanner_of
    from attest.app.saved_evidence import Evidence
    from attest.app.verify import Run, release_input, verify_release
    from attest.cli.source import SourceOptions, refuse_online
    from attest.model.saved_evidence import SavedRoots

    outputs = _outputs(output, target, summary, save_evidence, print_input=print_input)
    name = release_name(version, tag, revision, os.environ)
    loaded, policy_bytes = open_policy(policy, name, time, policy_sha256)
    refuse_online(loaded, online=online)
    refuse_one_file(outputs, loaded)
    tree = directory(target)
    with progress(wanted=not (quiet or no_progress)) as show:
        options = SourceOptions(
            modcache=modcache,
            manifest=manifest,
            proofs=proofs,
            sumdb=sumdb,
            online=online,
            trust_cache=trust_cache,
        )
        report_of_source, inputs = None, None
        if source is not None:
            show("hashing modules")
            report_of_source, inputs = _source(source, options, loaded, off=no_cache)
        scan = scanner_of(loaded, time)
        inventory = take_inventory(tree, jobs=jobs, done=lambda path: show(f"read {path}"), scan=scan)
        before = read_previous_release(previous, jobs, show) if previous is not None else None
        report_of_source = _reconciled(report_of_source, inputs, inventory, loaded, off=no_cache)
        show("judging")
        run = Run(now=time, version=name.version, tag=name.tag, revision=name.revision)
        if print_input:
            emit([("", input_bytes(release_input(loaded, inventory, report_of_source, run, jobs=jobs)))])
            return
        verdict = verify_release(loaded, inventory, report_of_source, run, previous=before, jobs=jobs)
    files = summary_files(outputs, summary, verdict)
    roots = report_roots(source=source, release=target, policy=policy)
    with saving(
        save_evidence,
        lambda: Evidence(
            attest=__version__,
            policy=policy_bytes,
            inventory=inventory,
            source=report_of_source,
            previous=before,
            run=run,
            roots=SavedRoots(source=roots.source, release=roots.release, fallback=roots.fallback),
        ),
    ) as saved:
        code = report(
            verdict,
            outputs,
            roots=roots,
            color=color,
            verbose=verbose,
            quiet=quiet,
            beside=(*saved, *files),
        )
    sys.exit(code)


def _named(target: str | None, replay_sha256: str | None) -> str:
    """What is judged where nothing is replayed."""
    if replay_sha256 is not None:
        raise UsageError("--replay-sha256 pins saved evidence", hint="name it with --replay")
    if target is None:
        raise UsageError(
            "no TARGET is named", hint="a release directory with --policy, one file, or sha256:<hex>"
        )
    return target


def _one(
    target: str,
    options: dict[str, str | None],
    time: datetime,
    how: ReportOptions,
    *,
    staging: bool,
    layout: bool,
) -> int:
    """Judge one file by what the options say, write the reports, and give the exit code."""
    _refuse_kind(target, layout=layout, image=options["--image"])
    from attest.cli.verify_file import verify_one

    outputs = report_outputs(how.output)
    judged = verify_one(target, options, time, staging=staging, layout=layout, quiet=how.quiet)
    roots = report_roots(policy=target)  # findings about no file are about this one
    return report(judged, outputs, roots=roots, color=how.color, verbose=how.verbose, quiet=how.quiet)


def _outputs(
    output: list[str] | None,
    release: str,
    summary: SummaryOptions,
    save_evidence: str | None,
    *,
    print_input: bool,
) -> tuple[Output, ...]:
    """What is written about a release, each thing where it is in nobody's way."""
    _refuse_report(output, save_evidence, print_input=print_input)
    outputs = report_outputs(output, outside=Path(release), summaries=True)
    summary.check(outputs)
    if save_evidence is not None:
        refuse_place(save_evidence, release, outputs)
    return outputs


def _source(
    source: str, options: SourceOptions, loaded: LoadedPolicy, *, off: bool
) -> tuple[SourceReport, SourceInputs]:
    """What is known of the source tree, and what it is known from."""
    from attest.app.policy import platforms
    from attest.cli.source import check_inputs, open_source

    inputs = open_source(source, options)
    with remembered(off=off) as known:
        return check_inputs(inputs, platforms(loaded), known, versions=True), inputs


def _refuse_kind(target: str, *, layout: bool, image: str | None) -> None:
    """Refuse a directory that is no release and a file that is no layout, as far as the words tell."""
    if image is not None and not layout:
        raise UsageError("--image is about an OCI layout", hint="give --oci-layout too")
    if os.path.isdir(target) and not layout:  # noqa: PTH112 - a path as the user wrote it
        raise UsageError(
            f"{target} is a directory: a release needs --policy",
            hint="--policy release.yaml, or --oci-layout where it holds an image",
        )


def _refuse_without_source(source: str | None, options: dict[str, str | None]) -> None:
    """What says how the source tree is judged needs one."""
    for option, value in options.items():
        if source is None and value is not None:
            raise UsageError(f"{option} is about the source tree", hint="name the tree with --source")


def _refuse_without_policy(previous: str | None, save_evidence: str | None, *, print_input: bool) -> None:
    """What is about a release needs its policy."""
    for option, given in (
        ("--previous", previous is not None),
        ("--print-input", print_input),
        ("--save-evidence", save_evidence is not None),
    ):
        if given:
            raise UsageError(f"{option} is for a release", hint="name its policy with --policy")


def _refuse_beside_policy(options: Mapping[str, object]) -> None:
    """Trust comes from one place."""
    for option, value in options.items():
        if value is not None:
            raise UsageError(
                f"{option} does not go with --policy: trust comes from the policy alone",
                hint="name keys and identities in the policy",
            )


def _refuse_report(output: list[str] | None, save_evidence: str | None, *, print_input: bool) -> None:
    """Nobody may take the exit code of a run that judges nothing for that of a report."""
    if print_input and save_evidence is not None:
        raise UsageError(
            "--print-input judges nothing that could be replayed",
            hint="take --save-evidence out, or verify in a run of its own",
        )
    if print_input and output:
        raise UsageError("--print-input writes no report", hint="take -o out, or verify in a run of its own")


def _reconciled(
    report_of_source: SourceReport | None,
    inputs: SourceInputs | None,
    inventory: Inventory,
    loaded: LoadedPolicy,
    *,
    off: bool,
) -> SourceReport | None:
    """The report with what the source says of the executables; not to be resolved is missing evidence."""
    from attest.app.reconcile import SourceTree, by_digest, executables, reconcile_files, unresolved

    if report_of_source is None or inputs is None:
        return report_of_source
    files = executables(inventory, loaded.policy)
    with remembered(off=off) as known:
        try:
            found = reconcile_files(
                SourceTree(tree=inputs.root, modcache=inputs.cache, workspace=inputs.workspace, cache=known),
                files,
            )
        except AttestError as error:
            found = unresolved(files, error)
    return replace(report_of_source, reconciled=by_digest(inventory, found))
