from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from attest.errors import FormatError
from attest.model.source import Platform
from attest.sbom import purl

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("path", "version", "expected"),
    [
        ("github.com/Masterminds/semver/v3", "v3.4.0", "pkg:golang/github.com/Masterminds/semver/v3@v3.4.0"),
        ("example.com/x", "v2.0.0+incompatible", "pkg:golang/example.com/x@v2.0.0%2Bincompatible"),
        ("example.com/x", "", "pkg:golang/example.com/x"),
        ("widget", "v1.0.0", "pkg:golang/widget@v1.0.0"),
        ("gopkg.in/yaml.v3", "v3.0.1", "pkg:golang/gopkg.in/yaml.v3@v3.0.1"),
        ("example.com/~user/x_y", "v0.0.1", "pkg:golang/example.com/~user/x_y@v0.0.1"),
    ],
)
def test_module_purls_keep_case_and_encode_the_plus(path: str, version: str, expected: str) -> None:
    assert purl.module_purl(path, version) == expected
    assert purl.parse_go(expected) == purl.GoPurl(path=path, version=version)


def test_the_main_component_has_its_platform_and_its_package() -> None:
    url = purl.module_purl(
        "example.com/widget", "v1.0.0", platform=Platform(goos="linux", goarch="arm"), subpath="cmd/widget"
    )
    assert url == "pkg:golang/example.com/widget@v1.0.0?goarch=arm&goos=linux#cmd/widget"
    assert purl.parse_go(url) == purl.GoPurl(
        path="example.com/widget", version="v1.0.0", subpath="cmd/widget"
    )


def test_the_standard_library() -> None:
    assert purl.std_purl("1.27.3") == "pkg:golang/std@1.27.3"


@pytest.mark.parametrize(
    ("module", "package", "subpath"),
    [
        ("example.com/w", "example.com/w/cmd/w", "cmd/w"),
        ("example.com/w", "example.com/w", ""),
        ("example.com/w", "example.com/widget", ""),
        ("example.com/w", "command-line-arguments", ""),
    ],
)
def test_subpath_is_the_package_within_its_module(module: str, package: str, subpath: str) -> None:
    assert purl.subpath_of(module, package) == subpath


def test_other_types_are_not_go() -> None:
    assert purl.parse_go("pkg:npm/left-pad@1.0.0") is None


@pytest.mark.parametrize(
    "text", ["", "pkg:", "golang/x", "pkg:golang", "pkg:golang/x?a", "https://example.com"]
)
def test_what_is_no_package_url_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="is no package URL"):
        purl.parse(text)


def test_what_cannot_be_encoded_is_refused() -> None:
    with pytest.raises(FormatError, match="cannot be written as a package URL"):
        purl.module_purl("example.com/\udc80", "v1.0.0")
    with pytest.raises(FormatError, match="cannot be written as a package URL"):
        purl.module_purl("", "v1.0.0")


def test_the_specifications_own_cases(official: Callable[[str], Any]) -> None:
    cases = official("purl-spec/golang-test.json")["tests"]
    seen = 0
    for case in cases:
        given, expected = case["input"], case["expected_output"]
        if case["expected_failure"]:
            continue
        seen += 1
        if case["test_type"] == "parse":
            found = purl.parse(given)
            fields = (found.type, found.namespace, found.name, found.version, found.subpath)
            names = ("type", "namespace", "name", "version", "subpath")
            assert fields == tuple(expected[name] for name in names), case["description"]
            assert (found.qualifiers or None) == expected["qualifiers"], case["description"]
        elif case["test_type"] == "validate":
            assert purl.parse(given).to_string() == expected, case["description"]
        else:
            path = f"{given['namespace']}/{given['name']}"
            built = purl.module_purl(path, given["version"] or "", subpath=given["subpath"] or "")
            assert built == expected, case["description"]
    assert seen >= 17
