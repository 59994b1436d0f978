"""An earlier release from its directory, or from what attest wrote about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast, get_args

from attest.app.inventory import take_inventory
from attest.model.binary import (
    BinaryReport,
    BinarySlice,
    BuildInfo,
    Container,
    ContainerFormat,
    LinkedPackage,
)
from attest.model.digest import FileIdentity
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.previous import PreviousFile, PreviousRelease
from attest.model.strict_json import Node, loads

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.ports import Tree

_INSPECT: Final = "attest/inspect/v1"
_REPORT: Final = "attest/report/v1"
_HINT: Final = "write it with attest inspect -o json, or attest verify -o json"


def previous_of_directory(
    tree: Tree,
    *,
    jobs: int = 0,
    limits: Limits = DEFAULT_LIMITS,
    done: Callable[[str], None] = lambda _: None,
) -> PreviousRelease:
    """The executables below a release directory; raises as `attest.app.inventory.take_inventory`."""
    inventory = take_inventory(tree, jobs=jobs, limits=limits, done=done)
    return PreviousRelease(
        label=tree.label,
        files=tuple(
            PreviousFile(path=each.path, size=each.identity.size, report=each.report)
            for each in inventory.files
            if each.identity and each.report
        ),
    )


def read_previous(data: bytes, file: str, limits: Limits = DEFAULT_LIMITS) -> PreviousRelease:
    """An earlier release from the document of `attest inspect` or the report of `attest verify`.

    Raises `FormatError` for any other document and for one that breaks its schema, `LimitError` for one
    larger than the limits allow.
    """
    value = loads(data, file=file, max_bytes=limits.previous_bytes, max_depth=limits.json_depth)
    document = Node(value=value, file=file)
    schema = document.need("schema").text()
    if schema == _REPORT:
        files = [_artifact(each) for each in document.need("artifacts").items(limits.policy_slots)]
    elif schema == _INSPECT:
        files = [_inspected(each, limits) for each in document.need("files").items(limits.release_files)]
    else:
        raise document.fail(f"is neither {_INSPECT} nor {_REPORT}", hint=_HINT)
    return PreviousRelease(label=file, files=tuple(files))


def _artifact(node: Node) -> PreviousFile:
    return PreviousFile(
        path=node.need("path").text(), size=node.need("size").int64(), slot=node.need("slot").text()
    )


def _inspected(node: Node, limits: Limits) -> PreviousFile:
    size = node.need("size").int64()
    return PreviousFile(path=node.need("path").text(), size=size, report=_report(node, limits))


def _report(node: Node, limits: Limits) -> BinaryReport:
    """What tells an executable from the others of its release, and the sizes of its packages."""
    found = node.need("container")
    name = found.need("format").text()
    if name not in get_args(ContainerFormat):
        raise found.fail("has an unknown format", hint=_HINT)
    packages = node.get("packages")
    linked = packages.items(limits.linked_packages) if packages else None
    slices = node.get("slices")
    info = node.get("build_info")
    return BinaryReport(
        container=Container(
            format=cast("ContainerFormat", name),
            os=_text(found, "os") or None,
            arch=_text(found, "arch") or None,
        ),
        build_info=_build_info(info, limits) if info else None,
        packages=tuple(map(_package, linked)) if linked is not None else None,
        slices=tuple(_slice(each, limits) for each in slices.items(limits.fat_slices)) if slices else (),
    )


def _slice(node: Node, limits: Limits) -> BinarySlice:
    return BinarySlice(
        offset=node.need("offset").int64(),
        identity=FileIdentity(digests=None, size=node.need("size").int64()),
        report=_report(node, limits),
    )


def _build_info(node: Node, limits: Limits) -> BuildInfo:
    settings = node.get("Settings")
    return BuildInfo(
        go_version=_text(node, "GoVersion"),
        path=_text(node, "Path"),
        settings=tuple(
            (_text(each, "Key"), _text(each, "Value"))
            for each in (settings.items(limits.build_info_settings) if settings else ())
        ),
    )


def _package(node: Node) -> LinkedPackage:
    return LinkedPackage(
        path=node.need("path").text(), module=node.need("module").text(), size=node.need("size").int64()
    )


def _text(node: Node, key: str) -> str:
    """A member that may be left out."""
    found = node.get(key)
    return found.text() if found else ""
