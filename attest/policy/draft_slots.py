"""From the executables that are there to a matrix: platforms, builds, and how their files are called."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attest.errors import UsageError
from attest.policy.slots import GOARCH, GOOS, UNIVERSAL, VARIANTS, default_format, variant_fault, variant_word
from attest.policy.template import expand, path_fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from attest.model.binary import BinaryReport
    from attest.model.release import ReleaseFile
    from attest.policy.document import Value

_EXE: Final = "{.exe,}"
_WASM: Final = ".wasm"
_FORMATS: Final = frozenset({"elf", "pe", "macho", "macho-fat", "wasm", "plan9", "xcoff"})
_MAJOR: Final = re.compile(r"v[0-9]+")
_NOT_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_NAME_CHARS: Final = 80  # of the 100 that a name may have: a number may follow
#: What stands on neither side of a word in a file's name.
_BEFORE: Final = r"(?<![0-9A-Za-z])"
_AFTER: Final = r"(?![0-9A-Za-z])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An executable of the release; `build` is "" where the release has one command."""

    file: ReleaseFile
    report: BinaryReport
    goos: str
    goarch: str
    variant: str = ""
    slices: tuple[str, ...] = ()
    main_path: str = ""
    build: str = ""

    @property
    def path(self) -> str:
        """Its path in the release."""
        return self.file.path

    def values(self, variables: Mapping[str, str]) -> dict[str, str]:
        """What variables of a path stand for."""
        return {
            **variables,
            "goos": self.goos,
            "goarch": self.goarch,
            "variant": variant_word(self.variant),
            "build": self.build,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """How files are called: the template of most, and of builds and files that are called otherwise."""

    default: str
    builds: Mapping[str, str]
    files: Mapping[str, str]


def as_name(text: str, fallback: str) -> str:
    """`text` as a name in a policy."""
    found = _NOT_NAME.sub("-", text).strip("-._")[:_NAME_CHARS]
    return found or fallback


def nameable(path: str) -> str:
    """Why no policy can name a file; "" where one can."""
    return path_fault(path) or ("it has $, { or }" if set(path) & set("${}") else "")


def items(files: Iterable[ReleaseFile]) -> tuple[Item, ...]:
    """Every Go executable with a platform, sorted by path, each with its build."""
    found = [item for file in files if (item := _item(file)) is not None]
    return _built(sorted(found, key=lambda each: each.path))


def _item(file: ReleaseFile) -> Item | None:
    report = file.report
    if report is None or report.container.format not in _FORMATS or nameable(file.path):
        return None
    if any(image.build_info is None for image in report.images):
        return None
    first = report.images[0]
    info = first.build_info
    goos = (info.setting("GOOS") if info else None) or first.container.os or ""
    goarch = (info.setting("GOARCH") if info else None) or first.container.arch or ""
    if goos not in GOOS or goarch not in GOARCH:
        return None
    main_path = info.path if info else ""
    if report.slices:
        slices = tuple(sorted({image.container.arch or "" for image in report.images}))
        if goos != "darwin" or not set(slices) <= set(GOARCH):
            return None
        return Item(file=file, report=report, goos=goos, goarch=UNIVERSAL, slices=slices, main_path=main_path)
    return Item(
        file=file,
        report=report,
        goos=goos,
        goarch=goarch,
        variant=_variant(file.path, report, goarch),
        main_path=main_path,
    )


def _variant(path: str, report: BinaryReport, goarch: str) -> str:
    """The variant that an entry should name: of amd64 the lowest only where the file's name does."""
    key = VARIANTS.get(goarch)
    info = report.build_info
    said = (info.setting(key.upper()) or "").split(",")[0] if info and key else ""
    if not key or not said or variant_fault(key, said):
        return ""
    if said == "v1" and not re.search(rf"{goarch}[-_.]?{said}{_AFTER}", path):
        return ""
    return said


def _built(found: list[Item]) -> tuple[Item, ...]:
    """The same with builds, where there are several commands or one platform has several files."""
    commands = sorted({each.main_path for each in found})
    platforms = Counter((each.main_path, each.goos, each.goarch, each.variant) for each in found)
    if len(commands) < 2 and max(platforms.values(), default=0) < 2:  # noqa: PLR2004 - one of each
        return tuple(found)
    names: dict[str, str] = {}
    for command in commands:
        name = _command_name(command)
        taken = set(names.values())
        names[command] = next(each for each in _numbered(name) if each not in taken)
    seen: Counter[tuple[str, str, str, str]] = Counter()
    taken = set(names.values())
    result = []
    for item in found:
        key = (item.main_path, item.goos, item.goarch, item.variant)
        seen[key] += 1
        name = names[item.main_path]
        if seen[key] > 1:
            name = f"{name}-{seen[key]}"
            while name in taken:
                name += "-b"
        result.append(replace(item, build=name))
    return tuple(result)


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1


def _command_name(main_path: str) -> str:
    parts = main_path.split("/")
    if len(parts) > 1 and _MAJOR.fullmatch(parts[-1]):
        parts.pop()
    return as_name(parts[-1], "main")


def template(text: str, variables: Mapping[str, str]) -> str:
    """A path with the version or tag of this release in place of what it says of them."""
    tag, version = variables.get("tag", ""), variables.get("version", "")
    if tag:
        text = re.sub(rf"{_BEFORE}{re.escape(tag)}{_AFTER}(?!\.[0-9])", "${tag}", text)
    if version:
        text = re.sub(rf"(?<![0-9]\.){_BEFORE}{re.escape(version)}{_AFTER}(?!\.[0-9])", "${version}", text)
    return text


def _last(pattern: str, text: str, new: str) -> str:
    """`text` with the last match of a pattern replaced; not inside of a variable."""
    found = [
        each
        for each in re.finditer(f"{_BEFORE}{pattern}{_AFTER}", text)
        if not (text[: each.start()].endswith("${") or text[each.end() :].startswith("}"))
    ]
    return text[: found[-1].start()] + new + text[found[-1].end() :] if found else text


def _templates(item: Item, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Every way in which the path of a file is worth to be written, each of which means that path."""
    text = item.path
    suffixes: tuple[str, ...] = ("", _EXE)
    if text.endswith(_WASM):  # the ending is that of the format, not the architecture
        text, suffixes = text.removesuffix(_WASM), (_WASM,)
    elif item.goos == "windows":
        text, suffixes = (text[:-4], (_EXE,)) if text.endswith(".exe") else (text, ("",))
    text = template(text, variables)
    if item.build:
        text = _last(re.escape(item.build), text, "${build}")
    if item.variant:
        word = re.escape(variant_word(item.variant))
        for joint in ("", "-", "_", "."):
            text = _last(
                re.escape(item.goarch) + re.escape(joint) + word, text, "${goarch}" + joint + "${variant}"
            )
    bodies = [_last(re.escape(item.goos), _last(re.escape(item.goarch), text, "${goarch}"), "${goos}")]
    if "${variant}" not in bodies[0] and not item.variant:
        bodies.append(bodies[0].replace("${goarch}", "${goarch}${variant}"))
    values = item.values(variables)
    found = [body + suffix for body in bodies for suffix in suffixes]
    fitting = [each for each in found if expand(each, values, windows=item.goos == "windows") == item.path]
    return tuple(dict.fromkeys([*fitting, item.path]))


def _best(found: Sequence[Item], variables: Mapping[str, str]) -> str:
    """The template of most of the files; of equals the one with more variables, and then the shortest."""
    counts = Counter(each for item in found for each in _templates(item, variables))
    return min(counts, key=lambda each: (-counts[each], -_variables(each), len(each), each))


def _variables(text: str) -> int:
    """How many variables a template has that always stand for something."""
    return text.count("${") - text.count("${variant}")


def paths(found: Sequence[Item], variables: Mapping[str, str]) -> Paths:
    """How the files are called: as few templates as say it."""
    default = _best(found, variables)
    left = [item for item in found if default not in _templates(item, variables)]
    builds: dict[str, str] = {}
    for build in sorted({item.build for item in left if item.build}):
        of_build = [item for item in found if item.build == build]
        if all(item in left for item in of_build):
            builds[build] = _best(of_build, variables)
    files = {
        item.path: _best([item], variables)
        for item in left
        if builds.get(item.build) not in _templates(item, variables)
    }
    by_count = Counter(files.values())
    return Paths(
        default=default,
        builds=builds,
        files={
            path: max(_templates(item, variables), key=lambda each: (by_count[each], -len(each), each))
            for item in left
            if (path := item.path) in files
        },
    )


def entries(
    found: Sequence[Item],
    templates: Paths,
    own: Mapping[str, dict[str, Value]],
    *,
    grouped: bool = True,
) -> list[Value]:
    """The matrix. `own` is what sections say of a file alone, by its path; lines that say the same are one.

    Not `grouped`, every file has a line of its own: what the grouped one must mean.
    """
    builds = sorted({item.build for item in found})
    lines: list[tuple[tuple[str, str], tuple[str, ...], dict[str, Value]]] = []
    by_platform: dict[tuple[str, str, str], list[Item]] = {}
    for item in found:
        key = (item.goos, item.goarch, item.variant) if grouped else (item.path, "", "")
        by_platform.setdefault(key, []).append(item)
    for same in by_platform.values():
        variants: list[tuple[dict[str, Value], list[Item]]] = []
        for item in same:
            extra = _extra(item, templates, own.get(item.path, {}))
            known = next((each for each in variants if each[0] == extra), None)
            if known:
                known[1].append(item)
            else:
                variants.append((extra, [item]))
        for extra, members in variants:
            names = sorted(item.build for item in members)
            chosen: dict[str, Value] = {} if names == builds else {"builds": list(names)}
            lines.append(((members[0].goos, members[0].goarch), members[0].slices, {**extra, **chosen}))
    return _joined(sorted(lines, key=lambda line: (line[0], line[1], str(line[2]))), grouped=grouped)


def _extra(item: Item, templates: Paths, own: dict[str, Value]) -> dict[str, Value]:
    extra: dict[str, Value] = {}
    if item.variant:
        extra[VARIANTS[item.goarch]] = item.variant
    if item.slices:
        extra["slices"] = list(item.slices)
    if item.path in templates.files:
        extra["path"] = templates.files[item.path]
    if item.report.container.format != default_format(item.goos, item.goarch):
        extra["format"] = item.report.container.format
    return {**extra, **own}


def _joined(
    lines: list[tuple[tuple[str, str], tuple[str, ...], dict[str, Value]]], *, grouped: bool
) -> list[Value]:
    """Lines that differ in the architecture alone are one, and then those that differ in the system alone."""
    by_system: list[tuple[str, list[str], dict[str, Value]]] = []
    for (goos, goarch), _, extra in lines:
        same = next((each for each in by_system if grouped and each[0] == goos and each[2] == extra), None)
        if same:
            same[1].append(goarch)
        else:
            by_system.append((goos, [goarch], extra))
    joined: list[tuple[list[str], list[str], dict[str, Value]]] = []
    for goos, arches, extra in by_system:
        alike = next((each for each in joined if grouped and each[1] == arches and each[2] == extra), None)
        if alike:
            alike[0].append(goos)
        else:
            joined.append(([goos], arches, extra))
    return [{"goos": _word(goos), "goarch": _word(arches), **extra} for goos, arches, extra in joined]


def _word(words: list[str]) -> Value:
    return words[0] if len(words) == 1 else list(words)


def refuse_unnameable(files: Iterable[ReleaseFile]) -> None:
    """Raise `UsageError` for a file that no policy can name."""
    for file in files:
        if fault := nameable(file.path):
            raise UsageError(
                f"no policy can name the file {file.path!r}: {fault}", hint="rename it, and sign it again"
            )
