"""Inspected files as text for a person: a screen for one, a table for many, what is unusual first."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from attest.render.escape import escape
from attest.render.inspect_facts import plain, short_size, unusual

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attest.model.binary import BinaryReport, BuildInfo, Container, InspectedFile, Module, Toolchain
    from attest.model.digest import FileIdentity

_LABEL: Final = 12
_NARROW: Final = 44
#: The least columns that a table leaves for names.
_LEAST: Final = 12
_NAMES: Final = {
    "elf": "ELF",
    "pe": "PE",
    "macho": "Mach-O",
    "macho-fat": "universal Mach-O",
    "coff": "COFF",
    "xcoff": "XCOFF",
    "plan9": "Plan 9 a.out",
    "wasm": "WebAssembly",
    "wasm-component": "WebAssembly component",
    "archive": "archive",
    "script": "script",
    "unknown": "of an unknown format",
}
#: Settings that stand in lines of their own, or that the platform tells already.
_TOLD: Final = frozenset(
    {"GOOS", "GOARCH", "vcs", "vcs.revision", "vcs.time", "vcs.modified", "DefaultGODEBUG"}
)
_USUAL: Final = {("-compiler", "gc"), ("-buildmode", "exe")}


def to_text(
    files: Sequence[InspectedFile], *, width: int = 80, color: bool = False, verbose: bool = False
) -> str:
    """One file as a block, several as a table, in lines of at most `width` columns.

    `verbose` gives every file a block, with every module, setting and fact.
    """
    page = _Page(width=max(width, _NARROW), color=color, verbose=verbose)
    if len(files) > 1 and not verbose:
        return "".join(f"{line}\n" for line in page.table(files))
    return "\n".join("".join(f"{line}\n" for line in page.file(file)) for file in files)


class _Page:
    """The width and the colours of one text."""

    def __init__(self, *, width: int, color: bool, verbose: bool) -> None:
        self.width = width
        self.color = color
        self.verbose = verbose

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color else text

    def wrap(self, text: str, first: str, rest: str) -> list[str]:
        lines = textwrap.wrap(
            escape(text), self.width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
        )
        return [line.rstrip() for line in lines] or [first.rstrip()]

    def field(self, label: str, text: str, indent: str = "  ") -> Iterator[str]:
        """A label and its text, wrapped under itself."""
        yield from self.wrap(text, f"{indent}{label:<{_LABEL}}", indent + " " * _LABEL)

    def warn(self, text: str, indent: str = "  ") -> Iterator[str]:
        for line in self.wrap(text, f"{indent}! ", f"{indent}  "):
            yield self.paint(line, "33")

    def table(self, files: Sequence[InspectedFile]) -> Iterator[str]:
        """A line for each file, and below it what is unusual, so that nothing of either is cut off."""
        below = _common_folder([each.path for each in files])
        rows = [(escape(each.path.removeprefix(below)), tuple(map(escape, _columns(each)))) for each in files]
        cells = (_HEADINGS, *(columns for _, columns in rows))
        widths = [max(len(row[index]) for row in cells) for index in range(len(_HEADINGS))]
        room = self.width - sum(widths) - 2 * len(widths)
        column = min(room, max(len("file"), *(len(path) for path, _ in rows)))
        remarked = 0
        if below:
            yield from self.wrap(f"below {below}", "", "    ")
        for (path, columns), file in zip((("file", _HEADINGS), *rows), (None, *files), strict=True):
            line = "".join(f"  {cell:<{size}}" for cell, size in zip(columns[:-1], widths, strict=False))
            line += f"  {columns[-1]:>{widths[-1]}}"
            if room >= _LEAST and len(path) <= column:
                yield f"{path:<{column}}{line}".rstrip()
            else:  # the columns have a line of their own where the name leaves them no room
                yield from self.wrap(path, "", "    ")
                narrow = self.width < sum(widths) + 2 * len(widths)
                yield from self.wrap("  ".join(columns), "  ", "  ") if narrow else [line.rjust(column)]
            remarks = list(_remarks(file)) if file else []
            remarked += bool(remarks)
            for remark in remarks:
                yield from self.warn(remark)
        yield ""
        yield f"{len(files)} files, {remarked or 'none'} with something unusual"

    def file(self, file: InspectedFile) -> Iterator[str]:
        for line in self.wrap(file.path, "", "    "):
            yield self.paint(line, "1")
        report = file.report
        yield from self.report(report, file.identity, "  ")
        inside = [("slice", each) for each in report.slices]
        inside += [("core module", each) for each in report.core_modules]
        for kind, each in inside:
            yield ""
            yield from self.wrap(f"{kind} at {each.offset:#x}", "  ", "    ")
            yield from self.report(each.report, each.identity, "    ")

    def report(self, report: BinaryReport, identity: FileIdentity, indent: str) -> Iterator[str]:
        for warning in _unusual(report):
            yield from self.warn(warning, indent)
        yield from self.field("what", f"{_what(report.container)}, {_bytes(identity.size)}", indent)
        info = report.build_info
        if info is not None:
            yield from self.build(info, indent)
        elif report.go_version:
            yield from self.field("built with", report.go_version, indent)
        elif report.toolchain in _TOOLCHAINS:
            yield from self.field("built with", _TOOLCHAINS[report.toolchain], indent)
        if not self.verbose:
            for label, words in plain(report):
                yield from self.field(label, words, indent)
        if identity.digests is not None:
            yield from self.field("sha256", identity.sha256, indent)
        if self.verbose and report.facts:
            yield from self.field("facts", "", indent)
            yield from self.facts(report, indent)

    def build(self, info: BuildInfo, indent: str) -> Iterator[str]:
        goos, goarch = info.setting("GOOS"), info.setting("GOARCH")
        target = f" for {goos or '?'}/{goarch or '?'}" if goos or goarch else ""
        yield from self.field("built with", f"{info.go_version or 'an unknown Go'}{target}", indent)
        if info.path:
            yield from self.field("program", info.path, indent)
        if info.main is not None:
            yield from self.field("module", _name(info.main), indent)
        revision = info.setting("vcs.revision")
        if revision:
            when = info.setting("vcs.time")
            yield from self.field("revision", f"{revision} {f'of {when}' if when else ''}".rstrip(), indent)
        replaced = sum(each.replace is not None for each in info.deps)
        count = f"{len(info.deps)} linked" + (f", {replaced} of them replaced" if replaced else "")
        yield from self.field("modules", count if info.deps else "none but its own", indent)
        for each in info.deps:
            if self.verbose or each.replace is not None:
                yield from self.wrap(_name(each), f"{indent}  ", f"{indent}      ")
        settings = [(key, value) for key, value in info.settings if self.verbose or key not in _TOLD]
        shown = [f"{key}={value}" for key, value in settings if self.verbose or (key, value) not in _USUAL]
        if shown:
            yield from self.field("settings", "  ".join(shown), indent)

    def facts(self, report: BinaryReport, indent: str) -> Iterator[str]:
        """Every fact with the place where it was read, for those who ask for all."""
        for fact in report.facts:
            value = fact.value
            if isinstance(value, bool):
                value = "yes" if value else "no"
            shown = ", ".join(value) or "none" if isinstance(value, tuple) else str(value)
            yield from self.wrap(f"{fact.name}: {shown} ({fact.source})", f"{indent}  ", f"{indent}      ")


def _unusual(report: BinaryReport) -> Iterator[str]:
    """What deserves a look, the most telling first."""
    info = report.build_info
    if info is None and not report.slices and report.container.format not in {"archive", "script"}:
        yield (
            "made by Go, but it carries no build information"
            if report.toolchain == "go"
            else "no Go build information"
        )
    if info is not None:
        container = report.container
        for key, header in (("GOOS", container.os), ("GOARCH", container.arch)):
            value = info.setting(key)
            if value and header and value != header:
                yield f"the build info says {key}={value}, the file's own headers say {header}"
        if info.setting("vcs.modified") == "true":
            yield "built from a modified source tree (vcs.modified=true)"
        if info.main is None:
            yield "the build info names no main module"
    yield from unusual(report)
    yield from report.notes


#: What made a file, in words, where it is known and it is not Go's own toolchain.
_TOOLCHAINS: Final[dict[Toolchain, str]] = {
    "c": "a C or C++ compiler",
    "gccgo": "gccgo",
    "rust": "Rust",
    "tinygo": "TinyGo",
    "zig": "Zig",
}
_HEADINGS: Final = ("platform", "go", "version", "size")


def _columns(file: InspectedFile) -> tuple[str, ...]:
    """What a table tells of a file, as the headings say; "-" where it is not known."""
    images = file.report.images
    infos = [each.build_info for each in images if each.build_info is not None]
    arches = "+".join(dict.fromkeys(_platform(each)[1] for each in images if _platform(each)[1]))
    systems = "+".join(dict.fromkeys(_platform(each)[0] for each in images if _platform(each)[0]))
    versions = dict.fromkeys(info.main.version for info in infos if info.main is not None)
    return (
        "/".join(each for each in (systems, arches) if each) or _NAMES[file.report.container.format],
        "+".join(dict.fromkeys(each.go_version for each in images if each.go_version)) or "-",
        "+".join(each for each in versions if each) or "-",
        short_size(file.identity.size),
    )


def _common_folder(paths: Sequence[str]) -> str:
    """The folder that all paths begin with, with its slash; "" where there is none, or one that is short."""
    first, last = min(paths), max(paths)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    folder = first[: first.rfind("/", 0, same) + 1]
    return folder if folder.count("/") > 1 and "!" not in folder else ""


def _platform(report: BinaryReport) -> tuple[str, str]:
    """GOOS and GOARCH as the headers have them, and where they are silent as the build info has."""
    info = report.build_info
    goos = report.container.os or (info.setting("GOOS") if info is not None else None)
    goarch = report.container.arch or (info.setting("GOARCH") if info is not None else None)
    return goos or "", goarch or ""


def _remarks(file: InspectedFile) -> Iterator[str]:
    """What is unusual of a file and of the slices in it, each thing once."""
    said = dict.fromkeys(each for report in (file.report, *file.report.images) for each in _unusual(report))
    yield from said


def _what(container: Container) -> str:
    platform = "/".join(each for each in (container.os, container.arch) if each)
    words = [
        platform,
        _NAMES[container.format],
        f"{container.bits}-bit" if container.bits else "",
        f"{container.endian}-endian" if container.endian == "big" else "",
        {"shared": "shared object", "object": "object file"}.get(container.kind, container.kind),
    ]
    return " ".join(word for word in words if word)


def _name(module: Module) -> str:
    name = f"{module.path} {module.version}".rstrip()
    return f"{name} => {_name(module.replace)}" if module.replace is not None else name


def _bytes(size: int) -> str:
    """A size as people say it, with the exact number of bytes."""
    said = short_size(size)
    return said if said.endswith(" bytes") else f"{said} ({size} bytes)"
