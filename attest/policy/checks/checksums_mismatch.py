"""The checksums file does not say what is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, NoEvidence, ReleaseContext, Skip
from attest.policy.checksums import Line, parse
from attest.policy.evidence import SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ReleaseContext) -> Iterator[Fault]:
    """Each file has a right line for every artifact, no wrong line, and its signature where asked."""
    files = [(extra, file) for extra, file in context.binding.extras if extra.kind == "checksums"]
    if not files:
        raise Skip("the policy names no extra of kind checksums")
    for extra, file in files:
        if file is None:
            continue  # artifact-missing says so
        if file.content is None or file.identity is None:
            raise NoEvidence(f"{file.path} was not read", "check that it can be read and is not too large")
        lines, faults = parse(file.content, file.path)
        yield from (replace(fault, subject=file.path) for fault in faults)
        yield from _lines(context, file.path, lines)
        if extra.signer:
            yield from _signature(context, file.path, file.identity.sha256, extra.signer)
    if all(file is None for _, file in files):
        raise NoEvidence("no checksums file is there", "add it to the release")


def _lines(context: ReleaseContext, path: str, lines: tuple[Line, ...]) -> Iterator[Fault]:
    files = {file.path: file for file in context.binding.inventory.files if file.identity is not None}
    for line in lines:
        file = files.get(line.path)
        if file is None or file.identity is None:
            yield Fault(
                message=f"{path} has a line for {line.path}, and there is no such file",
                hint="write the checksums file from the finished release",
                place=line.place,
                subject=path,
            )
            continue
        digests = file.identity
        found = digests.sha512 if len(line.digest) == len(digests.sha512) else digests.sha256
        if found != line.digest:
            yield Fault(
                message=f"{path} says {line.digest[:16]}… for {line.path}, and the file has {found[:16]}…",
                hint="find out which of the two was changed before you write the checksums file again",
                place=line.place,
                subject=line.path,
            )
    named = {line.path for line in lines}
    for slot in context.slots:
        if context.binding.file(slot) is not None and slot.path not in named:
            yield Fault(
                message=f"{path} should have a line for {slot.path}, and has none",
                hint="write the checksums file from the finished release",
                platform=str(slot.platform),
                subject=slot.path,
            )


def _signature(context: ReleaseContext, path: str, digest: str, signer: str) -> Iterator[Fault]:
    if not any(
        piece.status == "accepted"
        and piece.type == SIGNATURE
        and digest in piece.digests
        and signer in piece.identities
        for piece in context.pieces
    ):
        yield Fault(
            message=f"{path} should be signed by '{signer}', and no accepted signature on it is",
            hint=f"sign it: attest sign {path}",
            subject=path,
        )


CHECK = Check(
    title="The checksums file is wrong, incomplete or unsigned",
    sees=ReleaseContext,
    kind="integrity",
    run=run,
)
