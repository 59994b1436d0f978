"""Artifacts of one release were built by different Go releases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.policy.check import Check, Fault, NoEvidence, ReleaseContext, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


#: What is written behind a release: experiments, and what vendors append.
_SUFFIX: Final = re.compile(r"[ +]|-X:")


def run(context: ReleaseContext) -> Iterator[Fault]:
    """Every image that Go's toolchain made names one Go release."""
    found: dict[str, list[tuple[str, str]]] = {}
    silent: list[str] = []
    for artifact in context.judged():
        path, platform = artifact.file.path, str(artifact.slot.platform)
        for image in artifact.file.report.images if artifact.file.report else ():
            if image.go_version:
                release = _SUFFIX.split(image.go_version)[0]
                found.setdefault(release, []).append((path, platform))
            elif image.toolchain == "go":
                silent.append(path)
    if not found and not silent:
        raise Skip("no artifact was made by Go's toolchain")
    # The version of most images; the first of these by name.
    usual = min(found, key=lambda each: (-len(found[each]), each), default="")
    for version, where in found.items():
        for path, platform in dict.fromkeys(where) if version != usual else ():
            yield Fault(
                message=f"{path} should be built by {usual} like the others, and was built by {version}",
                hint="build all platforms with one toolchain in one pipeline",
                platform=platform,
                subject=path,
            )
    if silent:
        raise NoEvidence(
            f"{silent[0]} does not tell which Go release built it", "keep the build information in it"
        )


CHECK = Check(
    title="Artifacts of one release were built by different Go releases",
    sees=ReleaseContext,
    kind="fact",
    run=run,
    waivable=True,
)
