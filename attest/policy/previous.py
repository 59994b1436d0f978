"""Which file of the previous release an artifact is measured against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import NoEvidence

if TYPE_CHECKING:
    from attest.model.binary import BinaryReport
    from attest.model.previous import PreviousFile
    from attest.policy.check import ArtifactContext

#: What tells an image from the others of a release, whatever its file is called: container, GOOS, GOARCH and
#: main package.
_Kin = tuple[str, str, str, str]


def counterpart(context: ArtifactContext) -> PreviousFile:
    """The file of the previous release that was in the same slot, or is a build of the same command.

    Where several are, the level of their processor (GOAMD64 and its like) decides. Raises `NoEvidence` where
    no previous release was given, or none or more than one of its files is the one.
    """
    previous = context.release.previous
    if previous is None:
        raise NoEvidence(
            "no previous release was given",
            "name its directory, or what attest inspect or verify wrote about it, with --previous",
        )
    named = [each for each in previous.files if each.slot == context.slot.name and each.report is None]
    if not named:
        wanted = _kin(context.report)
        named = [each for each in previous.files if each.report is not None and _kin(each.report) == wanted]
    if len(named) > 1:
        levels = _levels(context.report)
        named = [each for each in named if each.report is not None and _levels(each.report) == levels]
    if len(named) != 1:
        raise NoEvidence(
            f"{previous.label} has {'more than one file' if named else 'no file'} like {context.file.path}",
            "name the release before this one: files are known again by platform and main package",
        )
    return named[0]


def _kin(report: BinaryReport) -> tuple[_Kin, ...]:
    return tuple(
        sorted(
            (
                image.container.format,
                image.container.os or _setting(image, "GOOS"),
                image.container.arch or _setting(image, "GOARCH"),
                image.build_info.path if image.build_info else "",
            )
            for image in report.images
        )
    )


def _levels(report: BinaryReport) -> tuple[str, ...]:
    return tuple(
        sorted(_setting(image, f"GO{(image.container.arch or '').upper()}") for image in report.images)
    )


def _setting(image: BinaryReport, key: str) -> str:
    return (image.build_info.setting(key) if image.build_info else None) or ""
