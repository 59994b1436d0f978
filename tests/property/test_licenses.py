"""Whatever the bytes of a licence file are, they are a text, and lines are within it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from attest.sbom import license_terms, licenses
from tests.unit.sbom.license_texts import BSD, MIT, PATENTS

_PIECES = st.sampled_from(
    [MIT, BSD, PATENTS, *MIT.splitlines(), "SPDX-License-Identifier: MIT OR", "\x00", "©"]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.lists(st.one_of(_PIECES, st.text(max_size=30))).map("\n".join)))
def test_any_bytes_are_a_text(data: bytes | str) -> None:
    content = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    text = licenses.classify(content)
    lines = content.decode("utf-8", "replace").count("\n") + 1
    places = [(first, last) for _, first, last in text.found] + ([text.other] if text.other else [])
    assert all(1 <= first <= last <= lines for first, last in places)
    assert licenses.load(licenses.dump(text)) == text
    found = licenses.licenses_of([licenses.LicenseFile(name="LICENSE", text=text)], nothing="none")
    assert bool(found.declared.value) != bool(found.declared.unknown_because)
    assert bool(found.concluded.value) != bool(found.concluded.unknown_because)
    if found.declared.value:
        assert licenses.parse_expression(found.declared.value) is not None
    else:
        assert found.unrecognized == ("LICENSE",)


@given(st.binary(max_size=200))
def test_any_remembered_bytes_are_a_text_or_nothing(data: bytes) -> None:
    licenses.load(data)


@given(st.text(max_size=40))
def test_any_name_and_any_expression_are_taken(text: str) -> None:
    licenses.file_kind(text)
    licenses.parse_expression(text)


_WORDS = st.sampled_from(
    ["MIT", "GPL-2.0", "eCos-2.0", "LicenseRef-X", "LLVM-exception", "OR", "AND", "WITH", "(", ")"]
)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(_WORDS, max_size=12).map(" ".join)))
def test_any_expression_is_held_against_rules(text: str) -> None:
    anything, nothing = license_terms.Rules(), license_terms.Rules(allow=frozenset())
    assert anything.faults(text) in {(), None}
    found = nothing.faults(text)
    assert found is None or found
    assert (found is None) is (anything.faults(text) is None)
    for each in found or ():
        assert license_terms.term(each) == each
