"""What people state of who makes and ships: names, how to reach them, licences."""

from __future__ import annotations

import pytest

from attest.app.parties import party, shipped_under
from attest.errors import UsageError


@pytest.mark.parametrize(
    ("text", "name", "contact"),
    [
        ("", "", ""),
        ("Example Ltd", "Example Ltd", ""),
        (" Example Ltd  <sbom@example.com> ", "Example Ltd", "sbom@example.com"),
        ("Example Ltd <https://example.com/about?x=1>", "Example Ltd", "https://example.com/about?x=1"),
        ("<sbom@example.com>", "sbom@example.com", "sbom@example.com"),
    ],
)
def test_a_name_and_how_to_reach_it(text: str, name: str, contact: str) -> None:
    assert party("--author", text) == (name, contact)


@pytest.mark.parametrize(
    "text",
    ["A <>", "A <b>", "A <ftp://x.y>", "A <a@b@c>", "A <https:///x>", "A <a b@c>", "A <a@b> B", "A > B"],
)
def test_what_is_neither_name_nor_contact(text: str) -> None:
    with pytest.raises(UsageError, match="is neither a name nor an e-mail address or a URL") as raised:
        party("--supplier", text)
    assert raised.value.hint == "as in --supplier 'Example Ltd <sbom@example.com>'"


def test_an_expression_gets_its_usual_form() -> None:
    assert shipped_under("--license", "") == ""
    assert shipped_under("--license", "mit or apache-2.0") == "MIT OR Apache-2.0"
    assert shipped_under("--license", "LicenseRef-Ours AND MIT") == "LicenseRef-Ours AND MIT"


@pytest.mark.parametrize("text", ["All rights reserved", "MIT OR", "NOASSERTION"])
def test_what_is_no_expression(text: str) -> None:
    with pytest.raises(UsageError, match="is no expression of licences that SPDX knows"):
        shipped_under("--license", text)
