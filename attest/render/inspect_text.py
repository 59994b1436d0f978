"""Inspected files as text for a person: a short block for each, what is unusual first."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from attest.render.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attest.model.binary import BinaryReport, BuildInfo, Container, InspectedFile, Module
    from attest.model.digest import FileIdentity

_LABEL: Final = 12
_NARROW: Final = 44
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
    """Blocks in lines of at most `width` columns; `verbose` adds every module and setting."""
    page = _Page(width=max(width, _NARROW), color=color, verbose=verbose)
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
    if info is None and not report.slices and report.container.format != "script":
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
    yield from report.notes


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
    value, unit = float(size), "bytes"
    for larger in ("KiB", "MiB", "GiB"):
        if value < 1024:  # noqa: PLR2004 - the next unit's size
            break
        value, unit = value / 1024, larger
    return f"{size} bytes" if unit == "bytes" else f"{value:.1f} {unit} ({size} bytes)"
