"""Artifacts of one release have different versions of their main module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ReleaseContext, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ReleaseContext) -> Iterator[Fault]:
    """Images with the same main module name the same version of it."""
    found: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for artifact in context.judged():
        path, platform = artifact.file.path, str(artifact.slot.platform)
        for image in artifact.file.report.images if artifact.file.report else ():
            info = image.build_info
            if info is not None and info.main is not None and not info.faults:
                versions = found.setdefault(info.main.path, {})
                versions.setdefault(info.main.version, []).append((path, platform))
    if not found:
        raise Skip("no artifact names a main module")
    for module, versions in found.items():
        # The version of most images; the first of these by name.
        usual = min(versions, key=lambda each: (-len(versions[each]), each))
        for version, where in versions.items():
            for path, platform in dict.fromkeys(where) if version != usual else ():
                yield Fault(
                    message=f"{path} should have {module} {usual or 'without a version'} like the others, "
                    f"and has {version or 'no version'}",
                    hint="build all platforms from one tag in one pipeline",
                    platform=platform,
                    subject=path,
                )


CHECK = Check(
    title="Artifacts of one release have different versions of their main module",
    sees=ReleaseContext,
    kind="fact",
    run=run,
    waivable=True,
)
