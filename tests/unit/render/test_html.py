"""The HTML report without a browser: its structure, its policy against scripts, and names that attack it."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.model.exit_code import ExitCode
from attest.model.verdict import EvidenceUse, Finding, UsedRoot, UsedWaiver
from attest.render.html import to_html
from attest.render.html_parts import SCRIPT, STYLE
from tests.unit.render.verdicts import ABSENT, ALL, DRIFT, HOSTILE, ROOTS, WAIVED, WARNING, verdict

VOID = {"meta", "input", "link", "br"}


class Page(HTMLParser):
    """What a page holds; every element must be closed in its order."""

    def __init__(self, data: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(data.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def within(self, tag: str) -> str:
        """What stands in the elements of that name themselves."""
        return "".join(data for found, data in self.texts if found == tag)

    @property
    def text(self) -> str:
        """Everything that a person reads."""
        read = (data for tag, data in self.texts if tag not in ("style", "script", "title"))
        return " ".join(" ".join(read).split())


def page(*findings: object, **changes: object) -> Page:
    made = replace(verdict(*findings), **changes)  # type: ignore[arg-type] # what the tests give it
    return Page(to_html(made, roots=ROOTS))


def test_it_says_the_decision_and_what_denies_first() -> None:
    others = [replace(DRIFT, message=f"fault {number}") for number in range(4)]
    found = page(DRIFT, ABSENT, *others)
    assert found.text.startswith("DENY: this release may not ship")
    head = found.text.partition("Platforms and checks")[0]
    assert "policy widget-release version 3, release 1.0.0" in head
    assert "✗ deny example.com/x@v1.0.0 is explicitly required in go.mod" in head
    assert "and 3 more" in head
    assert page().text.startswith("PASS: this release may ship")


@pytest.mark.parametrize(
    ("decision", "title"),
    [
        ("undecided", "UNDECIDED: it could not be judged, and may not ship"),
        ("nothing", "NOTHING TO VERIFY: there is no file to judge"),
    ],
)
def test_other_decisions(decision: str, title: str) -> None:
    found = page(decision=decision, exit_code=ExitCode.NOTHING, artifacts=(), checks=(), partial=True)
    assert title in found.text
    assert "a part of the release only" in found.text
    assert "No check ran." in found.text
    assert "None was judged." in found.text


def test_everything_is_told() -> None:
    waiver = UsedWaiver(
        id="W-1",
        check="vendor-drift",
        reason="upstream mends it",
        ticket="SEC-1",
        approved_by="security@example.com",
        expires=datetime(2026, 12, 31, tzinfo=UTC),
        findings=1,
    )
    uses = (
        EvidenceUse(path="a.sigstore.json", type="signature", status="rejected", reason="it is truncated"),
        EvidenceUse(
            path="b.sigstore.json", type="signature", status="unused", signer="x", reason="nobody asks"
        ),
        EvidenceUse(
            path="c.sigstore.json",
            type="signature",
            status="accepted",
            identity="release",
            signer="https://git.example/ci (https://issuer.example)",
            claims=(("source_ref", "refs/tags/v1"),),
            root="public-good",
        ),
    )
    root = UsedRoot(name="public-good", source="root.json", sha256="ab" * 32)
    found = page(*ALL, waivers=(waiver,), evidence=uses, roots=(root,), revision="abcdef").text
    for finding in ALL[:-1]:
        assert finding.message in found
    assert "How to fix: run `go mod vendor`" in found
    assert "Read more: attest policy explain vendor-drift" in found
    assert "W-1 vendor-drift 1 2026-12-31 upstream mends it security@example.com SEC-1" in found
    assert "waived drift (waived by W-1)" in found
    assert "a.sigstore.json rejected signature it is truncated" in found
    assert "release (https://git.example/ci (https://issuer.example)) root: public-good" in found
    assert "certificate source_ref: refs/tags/v1" in found
    assert "Trusted root public-good, root.json, sha256:abab" in found
    assert "Commit abcdef" in found
    assert "Judged at 2026-11-22T12:00:00Z" in found


def test_it_loads_nothing_and_runs_its_own_script_alone() -> None:
    found = page(*ALL)
    (policy,) = (each["content"] for tag, each in found.tags if "http-equiv" in each)
    for text in (STYLE, SCRIPT):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert found.within("script") == SCRIPT
    assert found.within("style") == STYLE
    for tag, attributes in found.tags:
        assert tag not in ("img", "link", "iframe", "object", "embed", "base")
        assert not [
            name for name in attributes if name.startswith("on") or name in ("style", "src", "action")
        ]
        assert attributes.get("href", "#").startswith("#")
    assert not re.search(r"url\(|@import|fetch|XMLHttp|innerHTML|eval", STYLE + SCRIPT)


def test_people_who_do_not_see_it_find_their_way() -> None:
    found = page(*ALL)
    levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [each["id"] for _, each in found.tags if "id" in each]
    assert len(ids) == len(set(ids))
    for tag, each in found.tags:
        assert tag != "th" or "scope" in each
        if "aria-labelledby" in each:
            assert each["aria-labelledby"] in ids
    tables = [tag for tag, _ in found.tags if tag == "table"]
    assert len(tables) == sum(tag == "caption" for tag, _ in found.tags)
    assert {"header", "main", "h1", "form"} <= {tag for tag, _ in found.tags}
    assert ("html", {"lang": "en"}) in found.tags


def _luminance(color: str) -> float:
    long = color if len(color) == 7 else "#" + "".join(2 * each for each in color[1:])
    parts = [int(long[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_text_can_be_read_on_its_ground() -> None:
    """WCAG 2.2, success criterion 1.4.3: a contrast of 4.5, in both schemes."""
    for scheme in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL):
        colors = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", scheme))
        for ground in ("ground", "shade", "pass-g", "deny-g", "warn-g"):
            for ink in ("text", "faint", "link", "pass", "deny", "warn", "skip"):
                one, other = sorted((_luminance(colors[ground]), _luminance(colors[ink])))
                if ground in ("ground", "shade") or ink in ("text", ground.removesuffix("-g")):
                    assert (other + 0.05) / (one + 0.05) >= 4.5, (ink, ground)


@pytest.mark.parametrize(
    ("findings", "word"),
    [
        ((WAIVED,), "w waived"),
        ((WAIVED, DRIFT), "✗ fail"),
        ((WARNING,), "! warn"),
        ((WARNING, replace(WARNING, waived_by="W-1")), "! warn"),
        ((replace(DRIFT, platform="linux/amd64"),), "✗ fail"),
        ((ABSENT,), "? no evidence"),
        ((replace(ABSENT, waived_by="W-1"),), "? no evidence"),
    ],
)
def test_the_matrix_tells_waived_and_warned_from_failed(findings: tuple[Finding, ...], word: str) -> None:
    text = page(*findings).text
    table = text[text.index("Platforms and checks") :]
    table = table[: table.index("checks were not asked for")]
    assert f"{findings[0].check} {word}" in table


def test_names_that_attack_the_page() -> None:
    evil = replace(
        DRIFT,
        check=HOSTILE,
        message=HOSTILE,
        hint=HOSTILE,
        subject=HOSTILE,
        platform=HOSTILE,
        waived_by=HOSTILE,
    )
    use = EvidenceUse(
        path=HOSTILE,
        type=HOSTILE,
        status="rejected",
        identity=HOSTILE,
        signer=f"{HOSTILE}2",
        claims=((HOSTILE, HOSTILE),),
        root=HOSTILE,
        reason=HOSTILE,
    )
    plain, found = page(DRIFT), page(evil, evidence=(use,), version=HOSTILE, tag=HOSTILE, revision=HOSTILE)
    assert {tag for tag, _ in found.tags} <= {tag for tag, _ in plain.tags} | {"details", "summary"}
    assert not [each for each in found.text if ord(each) < 32 or each in "\u202e\ufffe"]


@given(st.text(), st.text())
def test_any_text_stands_in_the_page_as_text(message: str, path: str) -> None:
    plain = [tag for tag, _ in page(replace(DRIFT, subject="x", place=None)).tags]
    found = page(replace(DRIFT, message=message, subject=path or "x", place=None))
    assert [tag for tag, _ in found.tags] == plain


def test_many_findings_are_folded() -> None:
    many = [replace(DRIFT, subject=f"f{number}", message=f"fault {number}") for number in range(500)]
    found = page(*many, WAIVED)
    assert "fault 499" in found.text
    assert sum(tag == "details" for tag, _ in found.tags) > 290


def test_the_same_verdict_is_the_same_page() -> None:
    made = verdict(*ALL)
    assert to_html(made, roots=ROOTS) == to_html(replace(made), roots=ROOTS)
