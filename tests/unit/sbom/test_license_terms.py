"""Licence expressions held against rules; testdata/checks/license-denied has the same as releases."""

from __future__ import annotations

import pytest

from attest.model.limits import DEFAULT_LIMITS
from attest.sbom.license_terms import Rules, term


@pytest.mark.parametrize(
    ("text", "usual"),
    [
        ("mit", "MIT"),
        ("GPL-2.0", "GPL-2.0-only"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception"),
        ("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("eCos-2.0", "GPL-2.0-or-later WITH eCos-exception-2.0"),
        ("StandardML-NJ", "SMLNJ"),
        ("LicenseRef-Ours", "LicenseRef-Ours"),
        ("LicenseRef-MIT-TC", "LicenseRef-MIT-TC"),
        ("MIT OR Apache-2.0", None),
        ("MIT AND", None),
        ("", None),
        ("LLVM-exception", None),
        ("MIT WITH Apache-2.0", None),
        ("Nothing-1.0", None),
        ("MIT " * DEFAULT_LIMITS.license_expression_chars, None),
        ("(" * 5000 + "MIT" + ")" * 3000, None),
    ],
    ids=lambda value: None if value is None else value[:40],
)
def test_one_licence_in_its_usual_form(text: str, usual: str | None) -> None:
    assert term(text) == usual


@pytest.mark.parametrize(
    ("expression", "faults"),
    [
        ("MIT", ()),
        ("BSD-3-Clause", ("BSD-3-Clause",)),
        ("BSD-3-Clause OR MIT", ()),
        ("BSD-3-Clause AND MIT", ("BSD-3-Clause",)),
        ("BSD-3-Clause OR ISC", ("BSD-3-Clause", "ISC")),
        ("(BSD-3-Clause OR MIT) AND (ISC OR Apache-2.0)", ()),
        ("MIT AND (ISC OR (Apache-2.0 AND Zlib))", ("ISC", "Zlib")),
        ("Apache-2.0 WITH LLVM-exception", ()),
        ("GPL-2.0-only WITH Classpath-exception-2.0", ()),
        ("GPL-2.0-only", ("GPL-2.0-only",)),
        ("GPL-2.0-only WITH GCC-exception-2.0", ("GPL-2.0-only WITH GCC-exception-2.0",)),
        ("MIT WITH Bison-exception-2.2", ("MIT WITH Bison-exception-2.2",)),
        ("Nothing-1.0 OR MIT", None),
        ("MIT OR", None),
    ],
)
def test_what_stands_in_the_way(expression: str, faults: tuple[str, ...] | None) -> None:
    rules = Rules(
        allow=frozenset({"MIT", "Apache-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"}),
        deny=frozenset({"GPL-2.0-only", "MIT WITH Bison-exception-2.2"}),
    )
    assert rules.faults(expression) == faults


def test_without_a_list_of_allowed_ones_all_but_the_denied_are() -> None:
    rules = Rules(deny=frozenset({"ISC"}))
    assert [rules.faults(each) for each in ("MIT", "ISC", "LicenseRef-X")] == [(), ("ISC",), ()]
