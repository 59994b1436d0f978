"""What states the version of a main module, and where such statements contradict each other.

The order in which they count. In a document made from source: the option of the run, the tag of the checked
out commit, the pseudo-version of that commit. In a document of an executable: its build info, then the
variable that the linker set with -X; what the source tree says is told beside it. Build info comes first
because others find the module under that version, -X last because its values are free text.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Final

from attest.model.checkout import VersionClaim

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attest.model.bom import Bom
    from attest.model.checkout import TreeVersion

#: Names of variables that hold the version of a program, in lower case.
_NAMES: Final = re.compile(r"ver|version|(?:app|build|git|release)version|[a-z]+releaseversion")
#: And of those that do so in packages whose last element is one of the next.
_TAGS: Final = frozenset({"tag", "gittag"})
_TAG_PACKAGES: Final = frozenset({"buildinfo", "buildversion", "main", "version"})
#: Last elements of packages that hold it more likely than others.
_LIKELY: Final = frozenset({"cmd", "common", "main", "version"})
#: Packages of other modules that hold the version of the program that links them: that is what they are for.
_OF_PROGRAMS: Final = frozenset({"github.com/prometheus/common/version", "k8s.io/component-base/version"})
_VERSION: Final = re.compile(
    r"(?:[0-9A-Za-z._-]{1,100}/){0,3}v?([0-9]+\.[0-9]+(?:\.[0-9]+)?(?:[-+~][0-9A-Za-z.+~_-]{1,100})?)"
)
_PSEUDO: Final = re.compile(
    r"(?P<base>v[0-9]+\.[0-9]+\.[0-9]+.*?)[.-][0-9]{14}-[0-9a-f]{12}(?:\+incompatible)?"
)
_NO_TAGS: Final = re.compile(r"v[0-9]+\.0\.0")
_DIRTY: Final = re.compile(r"[+.-]dirty\Z")


def linker_claim(module: str, values: Iterable[str]) -> VersionClaim | None:
    """The version of the main module among the variables that -X set, each as name=value.

    Variables of the module's cmd folder count more than those of packages called main, common, version or
    cmd, and these more than others. None where there is none, or where the best ones contradict each other.
    """
    ranked: list[dict[str, str]] = [{}, {}, {}]
    for each in values:
        name, _, value = each.partition("=")
        package, _, variable = name.rpartition(".")
        version = _version(value)
        rank = _rank(module, package, variable.lower())
        if version and rank is not None:
            ranked[rank].setdefault(version, name)
    best = next((each for each in ranked if each), {})
    if len(best) != 1:
        return None
    ((version, name),) = best.items()
    return VersionClaim(source="linker-flags", version=version, name=name)


def _version(value: str) -> str:
    """The version in a value, with the "v" that Go's versions have; "" where it is none."""
    found = _VERSION.fullmatch(value)
    return f"v{found[1]}" if found else ""


def _rank(module: str, package: str, variable: str) -> int | None:
    last = package.rpartition("/")[2].lower()
    if not _NAMES.fullmatch(variable) and not (variable in _TAGS and last in _TAG_PACKAGES):
        return None
    if module and package.startswith(f"{module}/cmd/"):
        return 0
    own = bool(module) and f"{package}/".startswith(f"{module}/")
    if package != "main" and package not in _OF_PROGRAMS and not own:
        return None
    return 1 if last in _LIKELY else 2


def tree_claim(told: TreeVersion) -> VersionClaim | None:
    """What the repository of a source tree says."""
    return VersionClaim(source=told.source, version=told.version.value) if told.source else None


def contradictions(claims: Iterable[VersionClaim]) -> Iterator[tuple[VersionClaim, VersionClaim]]:
    """Every two statements that cannot both be true.

    Whether the working tree was changed is no part of it. A pseudo-version without a tag before it, as clones
    without tags give it, contradicts another commit alone; any other one only a release: what tools write
    for commits between releases has many forms.
    """
    for one, other in combinations(claims, 2):
        if _contradict(_DIRTY.sub("", one.version), _DIRTY.sub("", other.version)):
            yield one, other


def _contradict(one: str, other: str) -> bool:
    if one == other:
        return False
    pseudo = [found for each in (one, other) if (found := _PSEUDO.fullmatch(each))]
    if len(pseudo) == 1:
        plain = other if pseudo[0].string == one else one
        return not _NO_TAGS.fullmatch(pseudo[0]["base"]) and "-" not in plain
    return True


def sentence(name: str, one: VersionClaim, other: VersionClaim) -> str:
    """A contradiction in words; `name` is the module or the file that it is about."""
    return f"{name} has two versions: {one} and {other}"


def with_tree(bom: Bom, told: dict[str, TreeVersion]) -> Bom:
    """`bom` with what the repository says of its main modules, by path, beside what they say themselves."""
    return replace(
        bom,
        components=tuple(
            replace(each, version_claims=(claim, *each.version_claims))
            if each.kind == "main" and each.name in told and (claim := tree_claim(told[each.name]))
            else each
            for each in bom.components
        ),
    )


def warnings(bom: Bom) -> tuple[str, ...]:
    """The contradictions about the main modules of a bill of materials, in words."""
    return tuple(
        dict.fromkeys(
            sentence(each.name, one, other)
            for each in bom.components
            if each.kind == "main"
            for one, other in contradictions(each.version_claims)
        )
    )
