"""The source tree and all that it is judged from: the same for `check`, `verify` and `release`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from attest.cli.inputs import directory, module_cache, read_file, read_manifests
from attest.cli.options import SUMDB_MODES
from attest.edge.files import DirectoryTree
from attest.edge.goenv import workspaces_wanted
from attest.errors import AttestError, UsageError
from attest.model.limits import DEFAULT_LIMITS
from attest.render.escape import escape

if TYPE_CHECKING:
    from attest.app.check import Manifests
    from attest.app.online import ModuleProxy
    from attest.app.policy import LoadedPolicy
    from attest.app.sumdb import SumdbEvidence
    from attest.edge.state import TreeHeads
    from attest.model.ports import Cache
    from attest.model.source import Platform, SourceReport


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """What the command line says about the evidence, each as its option is called."""

    modcache: str | None
    manifest: str | None
    proofs: str | None
    sumdb: str
    online: bool
    trust_cache: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInputs:
    """A source tree, what it is judged from, and where tree heads are remembered (None: nowhere).

    `workspace` tells that a go.work counts: GOWORK is not off. `trust_cache` tells that remembered hashes do.
    """

    root: DirectoryTree
    cache: DirectoryTree | None
    manifests: Manifests
    proxy: ModuleProxy | None
    sumdb: SumdbEvidence | None
    heads: TreeHeads | None
    workspace: bool
    trust_cache: bool


def refuse_online(policy: LoadedPolicy, *, online: bool) -> None:
    """Hold `--online` against the policy: `UsageError` where that allows no network."""
    if online and policy.policy.offline_required:
        raise UsageError(
            "--online: the policy says `trust.offline: required`",
            hint="leave --online out, or say `offline: allowed` in the policy",
        )


def open_source(
    folder: str,
    options: SourceOptions,
    *,
    keep_proofs: bool = False,
) -> SourceInputs:
    """Find and read everything but the tree itself; nobody is asked yet.

    Raises `UsageError` for wrong options and for settings of the go command that name no proxy or database,
    `AttestError` for files that cannot be used.
    """
    if options.sumdb not in SUMDB_MODES:
        raise UsageError(f"--sumdb: {options.sumdb!r} is no choice", hint=f"one of {', '.join(SUMDB_MODES)}")
    root = directory(folder)
    manifests = read_manifests(options.manifest)
    proxy = None
    if options.online:
        from attest.app.online import module_proxy

        proxy = module_proxy()
    cache = module_cache(options.modcache, root)
    sumdb, heads = _sumdb_evidence(options, cache, proxy, keep_proofs=keep_proofs)
    return SourceInputs(
        root=root,
        cache=cache,
        manifests=manifests,
        proxy=proxy,
        sumdb=sumdb,
        heads=heads,
        workspace=workspaces_wanted(),
        trust_cache=options.trust_cache,
    )


def _sumdb_evidence(
    options: SourceOptions, cache: DirectoryTree | None, proxy: ModuleProxy | None, *, keep_proofs: bool
) -> tuple[SumdbEvidence | None, TreeHeads | None]:
    """The evidence of the checksum database by the go command's settings; none for the mode "off"."""
    if options.sumdb == "off":
        if options.proofs is not None or keep_proofs:
            raise UsageError("proofs go with the checksum database, which --sumdb off leaves out")
        return None, None
    from attest.app.sumdb import SumdbEvidence, find_database, read_proofs
    from attest.edge.goenv import find_module_cache, find_sumdb_settings
    from attest.edge.state import TreeHeads, find_state_folder

    settings = find_sumdb_settings()
    database = find_database(settings.database)
    proofs = {}
    if options.proofs is not None:
        data = read_file(options.proofs, DEFAULT_LIMITS.sumdb_proofs_bytes)
        proofs = dict(read_proofs(data, options.proofs))
    # Tree heads lie beside the cache that they belong to; those of another cache prove nothing about it.
    kept: Path | None = None
    if cache is not None:
        own = Path(cache.root) == find_module_cache()
        kept = settings.heads if own else Path(cache.root).parent / "sumdb"
    online = None
    if proxy is not None:
        from attest.app.online import checksum_database

        online = checksum_database(settings.database, proxy)
    heads = None
    if database is not None:
        key = database.key
        heads = TreeHeads(state=find_state_folder(), name=key.name, key_hash=key.key_hash.hex())
    evidence = SumdbEvidence(
        key=database.key if database else None,
        excluded=settings.excluded,
        required=options.sumdb == "require",
        cache=cache,
        heads=DirectoryTree(kept, str(kept)) if kept is not None and kept.is_dir() else None,
        remembered=heads.read(DEFAULT_LIMITS) if heads else {},
        proofs=proofs,
        online=online,
        keep_proofs=keep_proofs,
    )
    return evidence, heads


def check_inputs(
    inputs: SourceInputs,
    platforms: tuple[Platform, ...],
    cache: Cache | None,
    *,
    all_shipped: bool = False,
    digests: bool = False,
    versions: bool = False,
) -> SourceReport:
    """What is known of the tree; the newest tree head that was verified is remembered for the next run.

    `cache` is what earlier runs left; with `all_shipped` the user named `platforms`
    as those that are shipped, `digests` is as in `attest.app.check.check_source`, which raises the same. With
    `versions` the repository is asked which version the tree is.
    That nothing can be remembered is told and changes no verdict.
    """
    from attest.app.check import check_source
    from attest.edge.git import GitRepository

    report = check_source(
        inputs.root,
        modcache=inputs.cache,
        platforms=platforms,
        sumdb=inputs.sumdb,
        manifests=inputs.manifests,
        online=inputs.proxy,
        workspace=inputs.workspace,
        cache=cache,
        all_shipped=all_shipped,
        trust_cache=inputs.trust_cache,
        digests=digests,
        repository=GitRepository.of(Path(inputs.root.root)) if versions else None,
    )
    head = report.sumdb.head if report.sumdb else None
    if head and inputs.heads and inputs.sumdb:
        try:
            inputs.heads.remember(head.size, head.note, inputs.sumdb.remembered)
        except AttestError as error:
            sys.stderr.write(f"attest: warning: {escape(str(error))}\n  hint: {escape(error.hint or '')}\n")
    return report
