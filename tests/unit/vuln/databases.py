"""Vulnerability databases that tests make."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def entry(name: str = "GO-2026-0001", **change: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """An entry about two symbols of example.com/codec before v0.3.2."""
    made: dict[str, Any] = {
        "schema_version": "1.3.1",
        "id": name,
        "modified": "2026-11-01T00:00:00Z",
        "aliases": ["CVE-2026-1"],
        "summary": "Endless loop in example.com/codec",
        "affected": [
            affected(
                "example.com/codec",
                ["Decode", "Reader.Next"],
                events=[{"introduced": "0"}, {"fixed": "0.3.2"}],
            )
        ],
    }
    return {key: value for key, value in {**made, **change}.items() if value is not None}


def affected(
    module: str,
    symbols: list[str] | None = None,
    *,
    package: str = "",
    events: list[dict[str, str]] | None = None,
    **more: Any,  # noqa: ANN401 - JSON
) -> dict[str, Any]:
    """A module of an entry, with one package of it."""
    imported: dict[str, Any] = {"path": package or module, **more}
    if symbols is not None:
        imported["symbols"] = symbols
    return {
        "package": {"name": module, "ecosystem": "Go"},
        "ranges": [{"type": "SEMVER", "events": events or [{"introduced": "0"}]}],
        "ecosystem_specific": {"imports": [imported]},
    }


def files(*entries: dict[str, Any], modified: str = "2026-11-20T00:00:00Z") -> dict[str, bytes]:
    """The files of a database."""
    modules: dict[str, set[str]] = {}
    for each in entries:
        for one in each.get("affected", ()):
            modules.setdefault(one["package"]["name"], set()).add(each["id"])
    index = [
        {"path": path, "vulns": [{"id": name} for name in sorted(names)]}
        for path, names in sorted(modules.items())
    ]
    found: dict[str, object] = {"index/db.json": {"modified": modified}, "index/modules.json": index}
    found |= {f"ID/{each['id']}.json": each for each in entries}
    return {name: json.dumps(value).encode() for name, value in found.items()}


def packed(content: Mapping[str, bytes], top: str = "") -> bytes:
    """The files in a zip, in the folder `top`."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for name, each in content.items():
            made.writestr(zipfile.ZipInfo(f"{top}{name}"), each)
    return data.getvalue()
