"""`attest verify --save-evidence` and `attest verify --replay`."""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest import __version__
from attest.cli.declare import Option, parameters
from attest.cli.inputs import directory, read_file
from attest.cli.reports import inside, report, report_outputs
from attest.cli.summaries import SummaryOptions, refuse_one_file, summary_files
from attest.edge.files import make_folder
from attest.edge.progress import progress
from attest.errors import LimitError, UsageError
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place
from attest.render.escape import escape
from attest.render.finding import Roots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from attest.app.saved_evidence import Evidence
    from attest.cli.output import Output

_ZIP: Final = ".zip"


#: What goes with --replay: how it is reported, and which set and policy are meant.
_ALLOWED: Final = {
    "replay",
    "replay_sha256",
    "policy_sha256",
    "output",
    "vsa_verifier",
    "vsa_resource",
    "vsa_key",
    "jobs",
    "color",
    "verbose",
    "quiet",
    "no_progress",
}


def refuse_others(command: Callable[..., object], given: Mapping[str, object]) -> None:
    """Raise `UsageError` where the words of a command hold more than goes with --replay."""
    declared = parameters(command)
    usual: dict[str, object] = {**(command.__kwdefaults__ or {})}
    for name, value in given.items():
        told = declared[name][1]
        if name not in _ALLOWED and value != usual.get(name):
            option = told.names[0] if isinstance(told, Option) else "TARGET"
            raise UsageError(
                f"{option} does not go with --replay: all that is judged is in the saved evidence",
                hint="leave it out, or verify the release itself",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """How reports are written: the options of that name."""

    output: list[str] | None
    summary: SummaryOptions
    color: str
    verbose: bool
    quiet: bool


def replay_saved(
    path: str,
    options: ReportOptions,
    *,
    sha256: str | None,
    policy_sha256: str | None,
    jobs: int,
    no_progress: bool,
) -> int:
    """Judge from the evidence saved at `path` again, write the reports, and give the exit code.

    `sha256` pins the set, `policy_sha256` the policy in it. Raises `UsageError` where that is another one or
    options do not go together, and what `attest.app.saved_evidence.restore` raises.
    """
    from attest.app.replay import load_saved, replay

    outputs = report_outputs(options.output, summaries=True)
    _refuse_outputs(path, outputs, "--replay")
    options.summary.check(outputs)
    if options.summary.key is not None:
        raise UsageError(
            "--vsa-key does not go with --replay: nothing was measured that could be signed for",
            hint="leave it out, or verify the release itself",
        )
    with progress(wanted=not (options.quiet or no_progress)) as show:
        show("reading saved evidence")
        evidence = read_saved(path, sha256)
        _refuse_policy(evidence, policy_sha256)
        loaded = load_saved(evidence)
        refuse_one_file(outputs, loaded)
        show("judging")
        verdict = replay(evidence, loaded, jobs=jobs)
    sys.stderr.write(_notice(evidence))
    files = summary_files(outputs, options.summary, verdict)
    return report(
        verdict,
        outputs,
        roots=Roots(
            source=evidence.roots.source, release=evidence.roots.release, fallback=evidence.roots.fallback
        ),
        color=options.color,
        verbose=options.verbose,
        quiet=options.quiet,
        beside=files,
    )


def _refuse_policy(evidence: Evidence, sha256: str | None) -> None:
    found = hashlib.sha256(evidence.policy.data).hexdigest()
    if sha256 is not None and found != sha256.lower():
        raise UsageError(
            "the saved policy is not the one that --policy-sha256 pins", hint=f"its SHA-256 is {found}"
        )


def _notice(evidence: Evidence) -> str:
    other = "" if evidence.attest == __version__ else f" by attest {evidence.attest}"
    return (
        f"attest: this is a replay of the verdict over {escape(evidence.inventory.label)} of "
        f"{evidence.run.now:%Y-%m-%dT%H:%M:%SZ}{escape(other)}: what is said of its files was recorded then, "
        "and is not measured again\n"
    )


def read_saved(path: str, sha256: str | None) -> Evidence:
    """The evidence in a folder or zip, which `sha256` pins; raises as `attest.app.saved_evidence.restore`."""
    from attest.app.saved_evidence import restore

    if os.path.isdir(path):  # noqa: PTH112 - a path as the user wrote it
        tree = directory(path)
        names = [each.name for each in tree.entries()]
        if len(names) > DEFAULT_LIMITS.evidence_files:
            raise LimitError(f"more than {DEFAULT_LIMITS.evidence_files} files", place=Place(file=path))
        return restore(tree.read, names, path, sha256=sha256 or "")
    from attest.app.evidence_zip import unpack

    files = unpack(read_file(path, DEFAULT_LIMITS.evidence_bytes), path)
    return restore(lambda name, _: files[name], files, path, sha256=sha256 or "")


def refuse_place(path: str, release: str, outputs: Sequence[Output]) -> None:
    """Raise `UsageError` where evidence cannot be saved at `path`, for the place that it is."""
    if not path:
        raise UsageError("--save-evidence names nothing", hint=f"name a new folder, or a file NAME{_ZIP}")
    if inside(path, release):
        raise UsageError(
            f"--save-evidence: {path} lies in the release directory", hint="save it beside it, not into it"
        )
    _refuse_outputs(path, outputs, "--save-evidence")
    folder = os.path.isdir(path)  # noqa: PTH112 - a path as the user wrote it
    if path.endswith(_ZIP):
        if folder:
            raise UsageError(f"--save-evidence: {path} is a folder", hint="name another file")
    elif os.path.lexists(path) and not (folder and not os.listdir(path)):  # noqa: PTH208 - likewise
        raise UsageError(
            f"--save-evidence: {path} is there already",
            hint=f"name a new or empty folder, or a file NAME{_ZIP}, which is replaced",
        )


def _refuse_outputs(path: str, outputs: Sequence[Output], option: str) -> None:
    """A report among the saved files would be one that their manifest does not list."""
    for each in outputs:
        if each.file and inside(each.file, path):
            raise UsageError(f"-o: {each.file} lies in what {option} names", hint="write reports elsewhere")


@contextmanager
def saving(path: str | None, evidence: Callable[[], Evidence]) -> Iterator[tuple[tuple[str, bytes], ...]]:
    """The files of the saved set at `path`, for whoever writes the reports to write with them.

    None are to be saved where that is None. A folder is made for them, and goes where writing fails. Raises
    as `attest.app.saved_evidence.save`.
    """
    if path is None:
        yield ()
        return
    from attest.app.evidence_zip import pack
    from attest.app.saved_evidence import digest_of, save
    from attest.model.saved_evidence import MANIFEST

    made = save(evidence())
    new_folder = False
    if path.endswith(_ZIP):
        files: tuple[tuple[str, bytes], ...] = ((path, pack(made)),)
    else:
        files = tuple((f"{path.rstrip('/')}/{name}", data) for name, data in made.items())
        new_folder = not os.path.isdir(path)  # noqa: PTH112 - a path as the user wrote it
        make_folder(path)
    try:
        yield files
    except BaseException:
        if new_folder:
            with suppress(OSError):
                os.rmdir(path)  # noqa: PTH106 - as above
        raise
    sys.stderr.write(
        f"attest: evidence saved in {escape(path)}; --replay-sha256 {digest_of(made[MANIFEST])} pins it\n"
    )
