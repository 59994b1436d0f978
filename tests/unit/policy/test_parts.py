"""Checksums files, Go versions, discovery and the catalog."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from attest.policy import catalog as catalog_module
from attest.policy import checks
from attest.policy.catalog import catalog, settings
from attest.policy.checksums import parse as parse_checksums
from attest.policy.discover import canonical, folded, is_other_sbom, sbom_document
from attest.policy.goversion import parse as parse_version

if TYPE_CHECKING:
    from pathlib import Path

HEX = "ab" * 32
LONG = "cd" * 64


def test_checksums_lines() -> None:
    text = f"{HEX}  a\r\n{HEX.upper()} *./b c\n\nSHA256 (d) = {HEX}\nSHA512 (e) = {LONG}\n{LONG}  f"
    lines, faults = parse_checksums(text.encode(), "sums")
    assert [(line.path, line.digest, line.place.line) for line in lines] == [
        ("a", HEX, 1),
        ("b c", HEX, 2),
        ("d", HEX, 4),
        ("e", LONG, 5),
        ("f", LONG, 6),
    ]
    assert faults == ()


def test_checksums_are_relative_to_their_folder() -> None:
    lines, _ = parse_checksums(f"{HEX}  a\n".encode(), "sub/sums.txt")
    assert [line.path for line in lines] == ["sub/a"]


@pytest.mark.parametrize("line", ["", "x", f"{HEX} a", f"{HEX[:-1]}  a", f"\\{HEX}  a", f"{HEX}  "])
def test_checksums_lines_that_are_none(line: str) -> None:
    lines, faults = parse_checksums(line.encode(), "sums")
    assert lines == ()
    assert len(faults) == (1 if line else 0)


def test_checksums_that_contradict_each_other() -> None:
    lines, faults = parse_checksums(f"{HEX}  a\n{HEX}  a\n{'12' * 32}  a\n".encode(), "sums")
    assert len(lines) == 1
    assert [fault.message for fault in faults] == ["sums should have one digest for a, and has two"]


def test_go_versions_in_order() -> None:
    texts = [
        "go1.9",
        "go1.21beta1",
        "go1.21rc2",
        "go1.21rc10",
        "go1.21",
        "go1.21.3",
        "go1.21.10",
        "go1.22",
        "go2.0",
    ]
    found = [parse_version(text) for text in texts]
    assert None not in found
    assert found == sorted(found, key=lambda each: each or ())
    assert len(set(found)) == len(texts)


@pytest.mark.parametrize(
    "text", ["go1.25.3 X:boringcrypto", "go1.25.3-X:nojsonv2", "go1.25.3 (Red Hat 1.25.3-1.el9)"]
)
def test_go_version_suffixes_do_not_count(text: str) -> None:
    assert parse_version(text) == parse_version("go1.25.3")


@pytest.mark.parametrize(
    "text",
    ["", "1.22", "go1", "devel go1.26-abc1234", "go1.27-devel_abc", "go1.26-abc1234", "gopher", "go1.2x"],
)
def test_go_versions_that_name_no_release(text: str) -> None:
    assert parse_version(text) is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"spdxVersion": "SPDX-2.3"}', True),
        (b'{"bomFormat": "CycloneDX"}', True),
        (b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}', True),
        (b'{"bomFormat": "other"}', False),
        (b'{"bomFormat": "CycloneDX", "bomFormat": "CycloneDX"}', False),
        (b'{"spdxVersion": NaN}', False),
        (b"[]", False),
        (b"\xff", False),
        (b"[" * 100_000, False),
        (None, False),
    ],
)
def test_sbom_documents_by_content(content: bytes | None, expected: bool) -> None:
    assert (sbom_document(content) is not None) is expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'<bom xmlns="http://cyclonedx.org/schema/bom/1.6"></bom>', True),
        (b'<bom xmlns="http://cyclonedx.org/schema/bom/9.9"></bom>', False),
        (b"<html></html>", False),
        (b"spdxVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\n", True),
        (b"spdxVersion: SPDX-2.3\n&a [*a]\n", False),
        (b"notes about nothing\n", False),
        (b'{"spdxVersion": "SPDX-2.3"}', False),
        (b"", False),
        (None, False),
    ],
)
def test_sbom_documents_in_other_forms(content: bytes | None, expected: bool) -> None:
    assert is_other_sbom("file", content) is expected


def test_canonical_json() -> None:
    assert canonical({"b": 1, "a": [1.0, True, None, "ä"]}) == canonical(
        {"a": [1.0, True, None, "ä"], "b": 1}
    )
    assert canonical([1]) != canonical([True])
    assert canonical([1]) != canonical(["1"])


def test_folded_paths() -> None:
    assert folded("Stra\u00dfe/CAFE\u0301") == folded("strasse/caf\u00e9")


def test_catalog_is_sorted_and_complete() -> None:
    ids = [check.id for check in catalog()]
    assert ids == sorted(ids)
    assert len(ids) == len(set(ids)) >= 38
    assert all(each.title and not each.title.endswith(".") for each in catalog())
    keys = [each.key for each in settings("modules")]
    assert keys == sorted(keys)
    assert {"go_sum", "vendor", "replace.allow"} <= set(keys)


def test_a_module_without_a_check_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "no_check.py").write_text("")
    monkeypatch.setattr(checks, "__path__", [str(tmp_path)])
    monkeypatch.setitem(sys.modules, f"{checks.__name__}.no_check", ModuleType("no_check"))
    with pytest.raises(TypeError, match=r"checks/no_check\.py has no CHECK"):
        catalog.__wrapped__()


def test_two_checks_may_not_declare_one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    first = next(check for check in catalog() if check.id == "cgo-enabled")
    again = replace(first, id="x", settings=tuple(replace(each) for each in first.settings))
    monkeypatch.setattr(catalog_module, "catalog", lambda: (first, again))
    with pytest.raises(TypeError, match=r"two checks declare go\.cgo"):
        settings("go")
