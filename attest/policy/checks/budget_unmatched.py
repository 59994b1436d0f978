"""A size budget names a module or a section that no executable of the release has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.model.sizes import code_sizes
from attest.policy.check import ArtifactContext, Check, Fault, ReleaseContext, Skip
from attest.policy.checks import module_too_large, section_too_large

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from attest.model.binary import BinaryReport
    from attest.policy.check import Setting

_EVERY: Final = "*"


def run(context: ReleaseContext) -> Iterator[Fault]:
    """Each name that file.max_module_bytes or file.max_section_bytes gives is that of something somewhere."""
    if len(context.slots) < len(context.binding.slots):
        raise Skip("only a part of the release is judged, and another may have it")
    judged = context.judged()
    asked = False
    for setting, what, names_in in (
        (module_too_large.SETTING, "module", _modules),
        (section_too_large.SETTING, "section", _sections),
    ):
        unmatched = _unmatched(judged, setting, names_in)
        asked = asked or unmatched is not None
        for name in sorted(unmatched or ()):
            yield Fault(
                message=f"file.{setting.key} names the {what} {name}, which no executable of the release has",
                hint=f"correct the name of the {what}, or take the budget out of the policy",
            )
    if not asked:
        raise Skip("the policy sets neither file.max_module_bytes nor file.max_section_bytes")


def _unmatched(
    judged: Collection[ArtifactContext],
    setting: Setting[int],
    names_in: Callable[[BinaryReport], Collection[str] | None],
) -> set[str] | None:
    """The names that nothing has of all that have the setting; None where none has."""
    named: set[str] = set()
    found: set[str] = set()
    asked = False
    for artifact in judged:
        try:
            names = setting.asked_by_name(artifact)
        except Skip:
            continue
        asked = True
        # A budget of nothing says that it must not be there.
        named |= {name for name, most in names.items() if most and name != _EVERY}
        for image in artifact.report.images:
            inside = names_in(image)
            if inside is None:
                # module-too-large and section-too-large tell that there is no evidence, and deny.
                raise Skip(f"nothing tells what is in {artifact.file.path}, which may have it")
            found.update(inside)
    return named - found if asked else None


def _modules(image: BinaryReport) -> Collection[str] | None:
    sizes = code_sizes(image)
    return None if sizes is None else sizes.keys()


def _sections(image: BinaryReport) -> Collection[str] | None:
    return {each.name for each in image.sections} or None


CHECK = Check(
    title="A size budget names what no executable has",
    sees=ReleaseContext,
    kind="fact",
    run=run,
    severity="warn",
    waivable=True,
)
