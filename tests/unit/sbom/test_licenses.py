from __future__ import annotations

import json

import pytest

from attest.model.license import LicenseMatch, Licenses
from attest.model.limits import Limits
from attest.model.stated import Stated
from attest.sbom import licenses
from attest.sbom.licenses import LicenseFile, LicenseText, classify, file_kind, licenses_of
from tests.unit.sbom.license_texts import BSD, CHOICE, MIT, MIT_TERMS, OWN, PATENTS


def of(texts: dict[str, str], *, below: tuple[str, ...] = ()) -> Licenses:
    """What these files make together; those in `below` stand beside linked packages."""
    files = [
        LicenseFile(name=name, text=classify(text.encode()), root=name not in below)
        for name, text in texts.items()
    ]
    return licenses_of(files, nothing="there is no licence file")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("LICENSE", "license"),
        ("License.txt", "license"),
        ("LICENCE.md", "license"),
        ("licenses", "license"),
        ("LICENSE-APACHE-2.0.txt", "license"),
        ("LICENSE.libyaml", "license"),
        ("MIT-LICENSE.txt", "license"),
        ("testify.LICENSE", "license"),
        ("mit-license", "license"),
        ("UNLICENSE", "license"),
        ("COPYING", "license"),
        ("COPYING.LESSER", "license"),
        ("COPYLEFT", "license"),
        ("NOTICE", "notice"),
        ("notice.txt", "notice"),
        ("COPYRIGHT", "notice"),
        ("PATENTS", "patents"),
        ("license.go", None),
        ("LICENSE.tmpl", None),
        ("license.yml", None),
        ("check_license", None),
        ("check-license", None),
        ("licensed", None),
        ("README.md", None),
        ("", None),
    ],
)
def test_which_names_are_licence_files(name: str, kind: str | None) -> None:
    assert file_kind(name) == kind


def test_one_licence_and_its_place() -> None:
    found = of({"LICENSE": MIT})
    assert found.declared == found.concluded == Stated(value="MIT")
    assert found.concluded_from == "licence files at the root of the module"
    assert found.matches == (LicenseMatch(identifier="MIT", file="LICENSE", first_line=3, last_line=21),)
    assert found.copyrights == ("Copyright (c) 2021 Ann Example",)
    assert found.unrecognized == ()


def test_the_licence_of_go_is_bsd_with_three_clauses_and_a_grant_of_patents_is_no_licence() -> None:
    found = of({"PATENTS": PATENTS, "LICENSE": BSD})
    assert found.declared == found.concluded == Stated(value="BSD-3-Clause")
    assert [(each.file, each.identifier) for each in found.matches] == [
        ("LICENSE", "BSD-3-Clause"),
        ("PATENTS", "GooglePatentsFile"),
    ]


def test_patents_in_words_of_their_own_leave_the_conclusion_open() -> None:
    found = of({"PATENTS": OWN, "LICENSE": BSD})
    assert found.declared == Stated(value="BSD-3-Clause")
    assert found.concluded == Stated(
        unknown_because="the text of PATENTS is too far from every known licence"
    )
    assert found.unrecognized == ("PATENTS",)


def test_two_licences_in_one_file_hold_together() -> None:
    found = of({"LICENSE": f"{MIT}\nFiles in snappy:\n\n{BSD}"})
    assert found.concluded == Stated(value="BSD-3-Clause AND MIT")
    places = [(each.identifier, each.first_line) for each in found.matches]
    assert places == [("MIT", 3), ("BSD-3-Clause", 25)]


def test_two_files_of_which_one_has_the_plain_name_hold_together() -> None:
    assert of({"LICENSE": BSD, "LICENSE.libyaml": MIT}).concluded.value == "BSD-3-Clause AND MIT"


def test_files_that_are_named_for_their_licences_may_be_alternatives() -> None:
    found = of({"LICENSE-BSD": BSD, "LICENSE-MIT": MIT})
    reason = "nothing tells whether LICENSE-BSD and LICENSE-MIT hold together or one of them may be chosen"
    assert found.declared == found.concluded == Stated(unknown_because=reason)
    assert len(found.matches) == 2


def test_two_such_files_with_one_licence_are_no_alternatives() -> None:
    assert of({"LICENSE-A": MIT, "LICENSE-B": MIT}).concluded.value == "MIT"


def test_a_text_that_offers_a_choice_is_not_guessed() -> None:
    found = of({"LICENSE": f"{CHOICE}{MIT}\n{BSD}"})
    reason = "LICENSE speaks of a choice, and several licences are there: BSD-3-Clause, MIT"
    assert found.declared == Stated(unknown_because=reason)


def test_an_spdx_line_says_how_licences_belong_together() -> None:
    found = of({"LICENSE": f"SPDX-License-Identifier: MIT OR BSD-3-Clause\n\n{MIT}\n{BSD}"})
    assert found.concluded.value == "MIT OR BSD-3-Clause"
    line = "SPDX-License-Identifier: GPL-2.0-only WITH Classpath-exception-2.0"
    both = of({"LICENSE": f"SPDX-License-Identifier: MIT OR ISC\n\n{MIT}", "LICENSE.gpl": f"{line}\n\n{MIT}"})
    assert both.declared.value == "(MIT OR ISC) AND GPL-2.0-only WITH Classpath-exception-2.0 AND MIT"


def test_an_spdx_line_that_is_no_expression_says_nothing() -> None:
    assert of({"LICENSE": f"SPDX-License-Identifier: whatever I like\n\n{MIT}"}).concluded.value == "MIT"


@pytest.mark.parametrize(
    "clause",
    [
        "As a special exception, you may link this library with anything.",
        "The Software shall be used for Good.",
        "Commercial use is forbidden.",
        " ".join(["word"] * 61),
    ],
)
def test_words_beside_a_licence_leave_the_conclusion_open(clause: str) -> None:
    found = of({"LICENSE": f"{BSD}\n{clause}\n"})
    assert found.declared == Stated(value="BSD-3-Clause")
    line = BSD.count("\n") + 2
    assert found.concluded == Stated(
        unknown_because=f"LICENSE holds other words on line {line} that may change or choose a licence"
    )
    assert found.concluded_from == ""


def test_several_lines_of_other_words_are_told_from_the_first_to_the_last() -> None:
    found = of({"LICENSE": f"{BSD}\nNo use\nby others\n"})
    assert "on lines 29 to 30 that may" in found.concluded.unknown_because


def test_a_licence_whose_wording_was_changed_is_not_recognized() -> None:
    changed = MIT.replace("without restriction", "with every restriction that we tell you about by letter")
    found = of({"LICENSE": changed})
    reason = "the text of LICENSE is too far from every known licence"
    assert found.declared == found.concluded == Stated(unknown_because=reason)
    assert (found.unrecognized, found.matches) == (("LICENSE",), ())
    assert found.copyrights == ("Copyright (c) 2021 Ann Example",)


def test_an_unknown_licence_beside_a_known_one_leaves_the_conclusion_open() -> None:
    found = of({"LICENSE": MIT, "LICENSE.more": OWN})
    assert found.declared.value == "MIT"
    assert found.concluded.unknown_because == "the text of LICENSE.more is too far from every known licence"


def test_a_notice_is_no_licence() -> None:
    found = of({"LICENSE": MIT, "NOTICE": "Copyright 2020 Example Ltd\nThis product must not be renamed.\n"})
    assert found.concluded.value == "MIT"
    assert found.unrecognized == ()
    assert found.copyrights == ("Copyright (c) 2021 Ann Example", "Copyright 2020 Example Ltd")


def test_what_stands_beside_linked_packages_holds_too_and_is_not_declared() -> None:
    found = of({"LICENSE": MIT, "internal/json/LICENSE": BSD}, below=("internal/json/LICENSE",))
    assert found.declared == Stated(value="MIT")
    assert found.concluded == Stated(value="BSD-3-Clause AND MIT")
    assert found.concluded_from.endswith("and beside linked packages")
    same = of({"LICENSE": MIT, "internal/json/LICENSE": MIT}, below=("internal/json/LICENSE",))
    assert same.concluded_from == "licence files at the root of the module"


def test_licence_texts_of_reuse_are_licence_files_whatever_their_name() -> None:
    assert of({"LICENSES/MIT.txt": MIT}).concluded.value == "MIT"
    assert (
        "hold together or one of them" in of({"LICENSES/a": MIT, "LICENSES/b": BSD}).declared.unknown_because
    )


def test_without_a_file_the_reason_is_told() -> None:
    nothing = Stated(unknown_because="there is no licence file")
    assert of({}) == Licenses(declared=nothing, concluded=nothing)
    assert of({"NOTICE": "by Ann"}).declared == nothing


def test_a_file_that_was_not_read_leaves_everything_open() -> None:
    unread = LicenseFile(name="LICENSE", text=None, problem="cannot be read: 50000000 bytes")
    found = licenses_of([unread], nothing="")
    assert (
        found.declared == found.concluded == Stated(unknown_because="LICENSE cannot be read: 50000000 bytes")
    )
    whole = LicenseFile(name="LICENSE", text=classify(MIT.encode()))
    below = LicenseFile(name="x/LICENSE", text=None, problem="cannot be read: denied", root=False)
    found = licenses_of([whole, below], nothing="")
    assert found.declared.value == "MIT"
    assert found.concluded.unknown_because == "x/LICENSE cannot be read: denied"


def test_what_the_list_of_spdx_lacks_is_a_reference() -> None:
    assert licenses._atom("Brian-Gladman_3 Clause") == "LicenseRef-Brian-Gladman-3-Clause"
    assert licenses._atom("GPL-3.0") == "GPL-3.0-only"
    assert licenses._atom("MIT") == "MIT"


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("MIT", "MIT"),
        ("mit or (Apache-2.0 and ISC)", "MIT OR (Apache-2.0 AND ISC)"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("LicenseRef-Own AND MIT", "LicenseRef-Own AND MIT"),
        ("LicenseRef-Own AND Nonsense", None),
        ("LicenseRef-Own AND", None),
        ("MIT AND", None),
        ("MIT Apache-2.0", None),
        ("Nonsense", None),
        ("", None),
        ("((", None),
    ],
)
def test_expressions(text: str, expression: str | None) -> None:
    assert licenses.parse_expression(text) == expression


def test_what_claims_copyright() -> None:
    text = """Copyright 2020 Ann
   Copyright (C) 2019-2021, Bob <bob@example.com>
© 2018 Example Ltd
(c) 2017 Eve
Portions Copyright 2016 Mallory
Copyright The Widget Authors
copyright notice, this list of conditions
Copyright Notice
Copyright [yyyy] [name of copyright owner]
(c) You must retain the notices
Copyright\x0b2015\x1bTab
"""
    long = "Copyright 2020 " + "x" * 600
    assert classify((text + long).encode()).copyrights == (
        "(c) 2017 Eve",
        "Copyright (C) 2019-2021, Bob <bob@example.com>",
        "Copyright 2015 Tab",
        "Copyright 2020 Ann",
        "Copyright The Widget Authors",
        "Portions Copyright 2016 Mallory",
        "© 2018 Example Ltd",
    )
    assert len(classify(text.encode(), Limits(license_copyrights=2)).copyrights) == 2


def test_texts_are_remembered_as_they_are() -> None:
    text = classify(f"{MIT}\nNo use at all\n".encode())
    assert text.other is not None
    assert licenses.load(licenses.dump(text)) == text
    assert licenses.load(licenses.dump(LicenseText())) == LicenseText()


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[1]", b"[[[1]],[],null,false,[]]", b"[[],[],[1],0,[]]", b"\xff"]
)
def test_what_was_not_remembered_that_way_is_not_there(data: bytes) -> None:
    assert licenses.load(data) is None


def test_the_key_names_the_classifier() -> None:
    import licenseclassifier

    assert licenses.cache_key("00ff").split()[-2:] == [licenseclassifier.__version__, "00ff"]


def test_what_somebody_states_is_concluded_and_what_was_found_stays() -> None:
    found = licenses.override(of({"LICENSE": MIT}), "ISC", "asked the author")
    assert (found.declared.value, found.concluded.value) == ("MIT", "ISC")
    assert found.concluded_from == "stated by hand: asked the author"
    assert json.loads(licenses.dump(classify(MIT_TERMS.encode())))[1] == ["MIT"]
