"""A file holds what another slot should hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault
from attest.policy.slots import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.binary import BinaryReport
    from attest.policy.model import Slot


def run(context: ArtifactContext) -> Iterator[Fault]:
    """A file that fits another slot and not its own was mixed up, however well it is signed."""
    report = context.report
    if _fits(context.slot, report):
        return
    for other in context.release.policy.slots:
        if other != context.slot and _fits(other, report):
            yield Fault(
                message=f"{context.file.path} should hold {context.slot.name}, and holds {other.name}",
                hint="swap the files back, or mend the path templates of the policy",
            )
            return


def _fits(slot: Slot, report: BinaryReport) -> bool:
    """Nothing that the file says contradicts the slot; what it does not say contradicts nothing."""
    if report.container.format != slot.format:
        return False
    arches = set(slot.slices) or {slot.platform.goarch}
    if report.slices and {image.container.arch for image in report.images} != arches:
        return False
    return all(_image_fits(slot, image, arches) for image in report.images)


def _image_fits(slot: Slot, image: BinaryReport, arches: set[str]) -> bool:
    info = image.build_info
    os_said = {image.container.os, info.setting("GOOS") if info else None} - {None}
    arch_said = {image.container.arch, info.setting("GOARCH") if info else None} - {None}
    if not os_said <= {slot.platform.goos} or not arch_said <= arches:
        return False
    key = VARIANTS.get(slot.platform.goarch, "")
    variant = info.setting(key.upper()) if info and key else None
    if variant is not None and slot.platform.variant not in {"", variant.split(",")[0]}:
        return False
    main_path = slot.section("go").get("main_path")
    return info is None or not info.path or main_path in {None, info.path}


CHECK = Check(
    title="A file holds what another slot should hold", sees=ArtifactContext, kind="integrity", run=run
)
