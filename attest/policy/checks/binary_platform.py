"""Container format, operating system and architecture are not those of the slot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault, NoEvidence
from attest.policy.slots import UNIVERSAL, VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.binary import BinaryReport, BuildInfo

_HINT = "build it for this platform (GOOS, GOARCH and the variant), or mend the matrix of the policy"


def run(context: ArtifactContext) -> Iterator[Fault]:
    """The headers and the build information both agree with the slot, for every architecture in the file."""
    slot, report = context.slot, context.report
    if report.container.format != slot.format:
        yield Fault(
            message=f"{context.file.path} should be a file of format {slot.format}, "
            f"and is {report.container.format}",
            hint=_HINT,
        )
    unknown = []
    for image in report.images:
        yield from _headers(context, image)
        if image.container.arch is None:
            unknown.append("the architecture of its headers")
        info = image.build_info
        if info is None or info.faults:
            continue  # build-info-missing says so
        if info.setting("GOOS") is None or info.setting("GOARCH") is None:
            unknown.append("GOOS and GOARCH of its build information")
            continue
        yield from _settings(context, image, info)
    if unknown:
        raise NoEvidence(
            f"{context.file.path} does not tell {unknown[0]}", "build it with a current Go release"
        )


def _arches(context: ArtifactContext) -> tuple[str, ...]:
    """The architectures that the slot may hold."""
    platform = context.slot.platform
    return context.slot.slices if platform.goarch == UNIVERSAL else (platform.goarch,)


def _headers(context: ArtifactContext, image: BinaryReport) -> Iterator[Fault]:
    platform, container = context.slot.platform, image.container
    if container.os is not None and container.os != platform.goos:
        yield _fault(context, platform.goos, f"its headers say {container.os}")
    if container.arch is not None and container.arch not in _arches(context):
        yield _fault(context, " or ".join(_arches(context)), f"its headers say {container.arch}")


def _settings(context: ArtifactContext, image: BinaryReport, info: BuildInfo) -> Iterator[Fault]:
    platform = context.slot.platform
    goos, goarch = info.setting("GOOS") or "", info.setting("GOARCH") or ""
    if goos != platform.goos:
        yield _fault(context, platform.goos, f"its build information says GOOS={goos}")
    if goarch not in _arches(context):
        yield _fault(context, " or ".join(_arches(context)), f"its build information says GOARCH={goarch}")
    elif image.container.arch not in {None, goarch}:
        said = f"its headers say {image.container.arch} and its build information {goarch}"
        yield _fault(context, "one architecture", said)
    if platform.variant:
        key = VARIANTS[platform.goarch].upper()
        value = info.setting(key) or ""
        if value.split(",")[0] != platform.variant:
            yield _fault(context, f"{key}={platform.variant}", f"its build information says {key}={value}")


def _fault(context: ArtifactContext, wanted: str, found: str) -> Fault:
    return Fault(message=f"{context.file.path} should be {wanted}, and {found}", hint=_HINT)


CHECK = Check(
    title="Container, operating system or architecture is not that of the slot",
    sees=ArtifactContext,
    kind="fact",
    run=run,
)
