"""Something lies in the release that the policy does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ReleaseContext, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.release import ReleaseFile

#: Names that attest and cosign give to bundles.
_BUNDLE_NAMES = (".sigstore.json", ".sigstore", ".bundle", ".intoto.jsonl")


def run(context: ReleaseContext) -> Iterator[Fault]:
    """Every name is a slot, an extra, ignored with a reason, an SBOM, or evidence about those."""
    if not context.policy.complete:
        raise Skip("the policy says artifacts.complete: false")
    for file in context.binding.leftover:
        what = _what(file)
        yield Fault(
            message=f"{file.path} is expected by nothing in the policy; it is {what}",
            hint="remove it, or name it in artifacts.extras or, with a reason, in artifacts.ignore",
            subject=file.path,
        )
    strange = {piece.path: piece for piece in context.pieces if piece.bundle and not piece.digests}
    for path, piece in sorted(strange.items()):
        yield Fault(
            message=f"{path} is evidence about a file that is not in the release",
            hint="remove it, or add the file that it is about",
            subject=piece.file or path,
        )


def _what(file: ReleaseFile) -> str:
    """What the thing is, as far as its kind, content and name tell."""
    if file.kind == "symlink":
        return "a symbolic link"
    if file.kind == "directory":
        return "a directory without files"
    if file.kind != "file":
        return "neither a file nor a directory"
    if any(part.startswith(".") for part in file.path.split("/")):
        return "a hidden file"
    if file.path.endswith(_BUNDLE_NAMES):
        return "named like a bundle, and its content is none"
    return "a file"


CHECK = Check(
    title="Something lies in the release that the policy does not know",
    sees=ReleaseContext,
    kind="integrity",
    run=run,
)
