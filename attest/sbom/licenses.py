"""What licence files say: which files they are, which licences their texts are, and what follows of that.

Texts are told by `licenseclassifier`, a port of google/licensecheck, the detector of Go's package site:
whoever changes the wording of a licence gets no match. Expressions are SPDX's (SPDX 2.3, annex D).
Nothing is guessed: where texts leave open which licence holds, it is unknown, and the reason is told.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from attest.model.license import LicenseMatch, Licenses
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.stated import Stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.model.bom import Bom, ComponentFiles

#: Changed whenever `classify` reads a text in another way, or its written form is another.
VERSION: Final = "license 1"
#: The directory in which the REUSE specification keeps licence texts.
REUSE: Final = "LICENSES"

#: "license" files hold terms; "notice" files name authors and the licences of others; "patents" files grant
#: the use of patents, which adds to a licence.
FileKind = Literal["license", "notice", "patents"]

#: Where no licence file was looked for.
NOT_READ: Final = "no licence file was read"

_NO_TEXT: Final = re.compile(
    r"\.(?:bat|c|cc|cpp|css|go|h|js|json|png|ps1|py|rb|s|sh|svg|template|tmpl|toml|tpl|ts|xml|ya?ml)\Z",
    re.IGNORECASE,
)
_TERMS: Final = re.compile(
    r"(?:un)?licen[cs]es?(?:[-_. ].*)?|cop(?:ying|yleft)(?:[-_. ].*)?", re.IGNORECASE | re.DOTALL
)
#: Such names begin with what is licensed or with the licence; in lower case they are names of programs.
_NAMED_TERMS: Final = re.compile(
    r"[^-_.]+[-_.]LICEN[CS]ES?(?:[-_. ].*)?|(?:mit|bsd|apache)-licen[cs]e", re.DOTALL
)
_NOTICE: Final = re.compile(r"(?:notices?|copyrights?)(?:[-_. ].*)?", re.IGNORECASE | re.DOTALL)
_PATENTS: Final = re.compile(r"patents?(?:[-_. ].*)?", re.IGNORECASE | re.DOTALL)
#: A name that says nothing of which licence is in the file.
_PLAIN: Final = re.compile(r"(?:licen[cs]es?|copying|unlicense)(?:\.(?:txt|md|markdown|rst))?", re.IGNORECASE)

_CLAIM: Final = re.compile(
    r"[\W_]*(?:[Pp]ortions\s+)?"
    r"(?:(?:(?:[Cc]opyright|COPYRIGHT)(?:\s*(?:\([cC]\)|©))?|©)[\s:]+(?=[0-9A-Z])|\([cC]\)\s*(?=[0-9]{4}))"
    r"(?!(?i:notices?|licen[cs]e|holders?|owners?|law|and|the\s+copyright)\b)"
)
_RIGHTS: Final = re.compile(r"[\W_]*all\s+rights\s+reserved[\W_]*", re.IGNORECASE)
_SPDX_LINE: Final = re.compile(r"SPDX-License-Identifier:[ \t]*([^\r\n]{1,256})")
_WORD: Final = re.compile(r"[^\W_]+")
_LINE_CHARS: Final = 512
#: Words between texts up to which they are a heading or say which files a text is about.
_HEADING_WORDS: Final = 60
#: With one of these, a few words can change what a licence allows, or offer a choice.
_CHANGING_WORDS: Final = (
    "additionally addendum alternatively any cannot choice choose commercial condition conditions "
    "dual either except exception exceptions exclusion forbidden instead may military must never no "
    "noncommercial not option only or permitted prohibited require required requires restricted "
    "restriction restrictions shall should subject term terms unless without "
)
_CHANGING: Final = frozenset(_CHANGING_WORDS.split())
#: Words by which several licences are offered, of which one may be chosen.
_CHOICE: Final = re.compile(
    r"\b(?:dual(?:ly)?[- ]licen[cs]|either of|at your option|choice of|your choice|"
    r"one of the following licen[cs]es)",
    re.IGNORECASE,
)
_NO_REF: Final = re.compile(r"[^0-9A-Za-z.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseText:
    """One text. `found` are identifier, first and last line of each licence in it, in the text's order.

    `terms` are expressions that hold together. `other` are the first and last line of words that are part of
    no licence and may change one, None where there are none. `choice` tells that the text speaks of a choice.
    A text that is too far from every known licence has no `found`.
    """

    found: tuple[tuple[str, int, int], ...] = ()
    terms: tuple[str, ...] = ()
    other: tuple[int, int] | None = None
    choice: bool = False
    copyrights: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseFile:
    """A licence file of a module: its name in the module, and its text or why that was not read.

    `root` tells that it stands for the whole module.
    """

    name: str
    text: LicenseText | None
    problem: str = ""
    root: bool = True


def file_kind(name: str) -> FileKind | None:
    """What a file of that name (its last part alone) is; None for one that is no licence file."""
    if _NO_TEXT.search(name):
        return None
    if _TERMS.fullmatch(name) or _NAMED_TERMS.fullmatch(name):
        return "license"
    if _NOTICE.fullmatch(name):
        return "notice"
    return "patents" if _PATENTS.fullmatch(name) else None


def cache_key(sha256: str) -> str:
    """What the text with that digest is remembered under: another classifier may find other licences."""
    import licenseclassifier

    return f"{VERSION} {licenseclassifier.__version__} {sha256}"


def dump(text: LicenseText) -> bytes:
    """A text as it is remembered."""
    fields = [text.found, text.terms, text.other, text.choice, text.copyrights]
    return json.dumps(fields, separators=(",", ":")).encode()


def load(data: bytes) -> LicenseText | None:
    """A remembered text; None for bytes that `dump` did not write."""
    try:
        found, terms, other, choice, copyrights = json.loads(data)
        return LicenseText(
            found=tuple((str(identifier), int(first), int(last)) for identifier, first, last in found),
            terms=tuple(map(str, terms)),
            other=None if other is None else (int(other[0]), int(other[1])),
            choice=bool(choice),
            copyrights=tuple(map(str, copyrights)),
        )
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        return None


def classify(data: bytes, limits: Limits = DEFAULT_LIMITS) -> LicenseText:
    """Tell the licences of a text. Bytes that are no UTF-8 are read as far as they are; nothing is raised."""
    from licenseclassifier import identify_license

    text = data.decode("utf-8", "replace")
    starts = _line_starts(text)

    def line(at: int) -> int:
        return bisect_right(starts, at)

    regions = [(each.id, each.start, max(each.start + 1, each.end)) for each in identify_license(text)]
    found: list[tuple[str, int, int]] = []
    for identifier, start, end in regions:
        content = text[start:end]
        first = start + len(content) - len(content.lstrip())
        last = max(first, start + len(content.rstrip()) - 1)
        found.append((identifier, line(first), line(last)))
    gaps = _gaps(text, regions)
    other = next((each for each in gaps if each.changes), None)
    return LicenseText(
        found=tuple(found),
        terms=_terms(text, [each for each, _, _ in found]) if found else (),
        other=(line(other.start), line(other.end)) if other and found else None,
        choice=any(_CHOICE.search(" ".join(each.text.split())) for each in gaps),
        copyrights=_copyrights(text, regions, limits),
    )


def _line_starts(text: str) -> list[int]:
    return [0, *(each.end() for each in re.finditer("\n", text))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gap:
    """Words that are part of no licence, from the first to the last of them."""

    text: str
    start: int
    end: int

    @property
    def changes(self) -> bool:
        words = [each.lower() for each in _WORD.findall(self.text)]
        return len(words) > _HEADING_WORDS or not _CHANGING.isdisjoint(words)


def _gaps(text: str, regions: list[tuple[str, int, int]]) -> list[_Gap]:
    gaps: list[_Gap] = []
    at = 0
    for start, end in [*((start, end) for _, start, end in regions), (len(text), len(text))]:
        kept = [
            each
            for each in re.finditer(r"[^\n]+", text[at:start] if at < start else "")
            if _WORD.search(each[0]) and not _is_copyright(each[0]) and not _SPDX_LINE.search(each[0])
        ]
        if kept:
            gaps.append(
                _Gap(
                    text="\n".join(each[0] for each in kept),
                    start=at + kept[0].start(),
                    end=at + kept[-1].start(),
                )
            )
        at = max(at, end)
    return gaps


def _is_copyright(line: str) -> bool:
    return bool(_CLAIM.match(line) or _RIGHTS.fullmatch(line))


def _copyrights(text: str, regions: list[tuple[str, int, int]], limits: Limits) -> tuple[str, ...]:
    """The lines that claim copyright, but for that of the Free Software Foundation in its own licences."""
    own = [(start, end) for name, start, end in regions if name.startswith(("AGPL", "GFDL", "GPL", "LGPL"))]
    found: set[str] = set()
    for each in re.finditer(r"[^\n]+", text):
        line = each[0]
        if len(line) > _LINE_CHARS or not _CLAIM.match(line):
            continue
        if "Free Software Foundation" in line and any(start <= each.start() < end for start, end in own):
            continue
        found.add(" ".join("".join(c if c.isprintable() else " " for c in line).split()))
        if len(found) >= limits.license_copyrights:
            break
    return tuple(sorted(found))


def _terms(text: str, identifiers: list[str]) -> tuple[str, ...]:
    """The expressions that a text makes: of its SPDX lines where it has some, and of the licences in it.

    An SPDX line that names a licence of the text says how it belongs to the others.
    """
    licensing = _licensing()
    named: set[str] = set()
    terms: set[str] = set()
    for each in _SPDX_LINE.finditer(text):
        expression = parse_expression(each[1].strip().rstrip("*/-> \t"))
        if expression is not None:
            terms.add(f"({expression})" if " OR " in expression else expression)
            named.update(licensing.license_keys(expression))
    terms.update(atom for each in identifiers if (atom := _atom(each)) not in named)
    return tuple(sorted(terms))


@cache
def _licensing() -> Any:  # noqa: ANN401 - an untyped library's class
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


def parse_expression(text: str) -> str | None:
    """An SPDX expression in its usual form; None for what is none or names a licence not on the list."""
    licensing = _licensing()
    try:
        parsed = licensing.parse(text, validate=True, strict=True)
    except Exception:  # noqa: BLE001 - the library raises many things for what is no expression
        refs = dict.fromkeys(re.findall(r"\bLicenseRef-[0-9A-Za-z.-]+", text))
        return _parse_with(text, refs) if refs else None
    return None if parsed is None else str(parsed.render())


def _parse_with(text: str, refs: Mapping[str, None]) -> str | None:
    """As `parse_expression`, where the licences `refs` stand for texts that SPDX's list does not have."""
    try:
        parsed = _licensing().parse(text, strict=True)
    except Exception:  # noqa: BLE001 - as above
        return None
    unknown = [each for each in _licensing().unknown_license_keys(text) if each not in refs]
    return None if unknown or parsed is None else str(parsed.render())


def _atom(identifier: str) -> str:
    """The identifier as it stands in expressions.

    The text of a GNU licence does not tell whether later versions may be chosen: that version holds anyhow,
    which is what SPDX's "-only" says (the bare identifiers are deprecated).
    """
    known = _licensing().known_symbols
    for each in (identifier, f"{identifier}-only"):
        if each in known:
            return each
    return f"LicenseRef-{_NO_REF.sub('-', identifier)}"


def licenses_of(files: Iterable[LicenseFile], *, nothing: str) -> Licenses:
    """What the licence files of a module make together; `nothing` is the reason where there are none."""
    ordered = sorted(files, key=lambda each: each.name)
    kinds = {each.name: _kind_in(each.name) for each in ordered}
    matches: list[LicenseMatch] = []
    unrecognized: list[str] = []
    copyrights: set[str] = set()
    for each in ordered:
        if each.text is None:
            continue
        matches += [
            LicenseMatch(identifier=identifier, file=each.name, first_line=first, last_line=last)
            for identifier, first, last in each.text.found
        ]
        copyrights.update(each.text.copyrights)
        if not each.text.found and kinds[each.name] != "notice":
            unrecognized.append(each.name)
    counting = [each for each in ordered if kinds[each.name] == "license"]
    roots = [each for each in counting if each.root]
    declared = _declared(roots, nothing)
    concluded, source = _concluded(
        declared, counting, [each for each in ordered if kinds[each.name] != "notice"]
    )
    return Licenses(
        declared=declared,
        concluded=concluded,
        concluded_from=source,
        matches=tuple(sorted(matches, key=lambda each: (each.file, each.first_line, each.identifier))),
        unrecognized=tuple(unrecognized),
        copyrights=tuple(sorted(copyrights)),
    )


def _kind_in(name: str) -> FileKind:
    folder, _, base = name.rpartition("/")
    return "license" if folder == REUSE else file_kind(base) or "license"


def _declared(roots: list[LicenseFile], nothing: str) -> Stated:
    if not roots:
        return Stated(unknown_because=nothing)
    for each in roots:
        if each.text is None:
            return Stated(unknown_because=f"{each.name} {each.problem}")
    texts = [(each.name, each.text) for each in roots if each.text is not None and each.text.found]
    if not texts:
        names = ", ".join(each.name for each in roots)
        return Stated(unknown_because=f"the text of {names} is too far from every known licence")
    terms = {term for _, text in texts for term in text.terms}
    # One that offers a choice does so in words of its own, which no known licence has.
    offered = next((each.name for each in roots if each.text is not None and each.text.choice), "")
    if offered and len(terms) > 1:
        several = ", ".join(sorted(terms))
        return Stated(
            unknown_because=f"{offered} speaks of a choice, and several licences are there: {several}"
        )
    if len({text.terms for _, text in texts}) > 1 and not any(_PLAIN.fullmatch(name) for name, _ in texts):
        names = " and ".join(name for name, _ in texts)
        return Stated(
            unknown_because=f"nothing tells whether {names} hold together or one of them may be chosen"
        )
    return Stated(value=_all_of(terms))


def _all_of(terms: Iterable[str]) -> str:
    ordered = sorted(set(terms))
    return ordered[0].removeprefix("(").removesuffix(")") if len(ordered) == 1 else " AND ".join(ordered)


def _concluded(
    declared: Stated, counting: list[LicenseFile], binding: list[LicenseFile]
) -> tuple[Stated, str]:
    """What is declared, with what stands beside linked packages, where every text is whole."""
    if not declared.value:
        return declared, ""
    for each in binding:
        if each.text is None:
            return Stated(unknown_because=f"{each.name} {each.problem}"), ""
        if not each.text.found:
            return Stated(unknown_because=f"the text of {each.name} is too far from every known licence"), ""
        if each.text.other is not None:
            first, last = each.text.other
            where = f"line {first}" if first == last else f"lines {first} to {last}"
            reason = f"{each.name} holds other words on {where} that may change or choose a licence"
            return Stated(unknown_because=reason), ""
    below = [each for each in counting if not each.root and each.text]
    terms = {term for each in below if each.text for term in each.text.terms}
    declaring = {term for each in counting if each.root and each.text for term in each.text.terms}
    source = "licence files at the root of the module"
    if not terms - declaring:
        return declared, source
    return Stated(value=_all_of(terms | declaring)), f"{source} and beside linked packages"


def override(found: Licenses | None, expression: str, reason: str) -> Licenses:
    """What is concluded because somebody says so; what was found stays as it is."""
    known = found or Licenses(declared=Stated(unknown_because=NOT_READ), concluded=Stated())
    return replace(known, concluded=Stated(value=expression), concluded_from=f"stated by hand: {reason}")


def with_files(bom: Bom, files: Mapping[str, ComponentFiles]) -> Bom:
    """`bom` with what the files of its components say, by ref; the other components stay as they are."""
    return replace(
        bom,
        components=tuple(
            replace(
                each,
                licenses=found.licenses or each.licenses,
                origin=found.origin or each.origin,
                zip_sha256=found.zip_sha256 or each.zip_sha256,
                evidence=tuple(sorted({*each.evidence, *found.evidence})),
            )
            if (found := files.get(each.ref))
            else each
            for each in bom.components
        ),
    )
