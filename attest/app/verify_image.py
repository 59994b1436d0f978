"""Verify an image of an OCI layout against the evidence that is attached to it there."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from attest.app.verify_file import SIGNATURE, judge_for
from attest.errors import AttestError, NothingToVerifyError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.verdict import EvidenceUse
from attest.trust.oci_layout import Layout, payload_fault

if TYPE_CHECKING:
    from datetime import datetime

    from attest.app.verify_file import Expected, Judge
    from attest.model.ports import Tree
    from attest.model.verdict import Verdict
    from attest.trust.oci_layout import Attached, Image


def verify_image(
    tree: Tree,
    wanted: str,
    *,
    expected: Expected,
    now: datetime,
    limits: Limits = DEFAULT_LIMITS,
) -> Verdict:
    """Whether a piece of evidence in the layout proves that the image is signed as expected.

    `wanted` is the image's tag or digest, "" for the only one.

    Raises `UsageError` where it is not clear which image is meant or who must have signed it,
    `NothingToVerifyError` where nothing is attached to it, and `FormatError`, `LimitError` and `ReadError`
    for a layout, key or root that cannot be read.
    """
    judge = judge_for(expected, now, limits)
    layout = Layout(tree.label, tree.read, limits)
    image = layout.image(wanted)
    attached = layout.attached(image)
    if not attached:
        raise NothingToVerifyError(
            f"nothing is attached to the image {image.name}",
            place=Place(file=tree.label),
            hint="sign it, and copy it with what is attached to it: cosign save, or oras copy -r",
        )
    judged = [_use(each, image, judge) for each in attached]
    decisive = next((each for each in judged if each[0].status == "accepted"), judged[0])
    others = tuple(use for use, _ in judged if use is not decisive[0])
    name = f"{tree.label} ({image.name})"
    if decisive[0].status == "rejected" and others:
        reasons = dict.fromkeys(f"{use.path}: {use.reason}" for use, _ in judged)
        told = f"none of {len(judged)} pieces of evidence counts: {'; '.join(reasons)}"
        return judge.verdict(name, image.sha256, image.size, (replace(decisive[0], reason=told), ""), others)
    return judge.verdict(name, image.sha256, image.size, decisive, others)


def _use(attached: Attached, image: Image, judge: Judge) -> tuple[EvidenceUse, str]:
    """What becomes of one piece, and the hint where it is refused."""
    if attached.bundle is None:
        return _rejected(attached, attached.reason), ""
    if attached.signed is None:
        return judge.use(attached.bundle, image.sha256, None)
    use, hint = judge.use(
        attached.bundle, hashlib.sha256(attached.signed).hexdigest(), memoryview(attached.signed)
    )
    if use.status == "rejected":
        return use, hint
    try:
        fault = payload_fault(attached.signed, image, attached.path, judge.limits)
    except AttestError as error:
        fault = error.message
    return (replace(use, status="rejected", reason=fault) if fault else use), ""


def _rejected(attached: Attached, reason: str) -> EvidenceUse:
    return EvidenceUse(path=attached.path, type=SIGNATURE, status="rejected", reason=reason)
