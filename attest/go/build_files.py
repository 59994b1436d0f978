"""Which list of `go list` each file of a directory is in on a platform, and what decides it.

Sources: go/build/build.go (Import, matchFile, fileListForExt); cmd/go/internal/load/pkg.go (load: what files
in other languages need cgo for).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from attest.go import constraint, imports
from attest.go.constraint import ConstraintError, holds
from attest.go.context import file_name_tags
from attest.model.source_files import Embedding, FileDecision, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.go.constraint import Demand
    from attest.go.context import BuildContext
    from attest.go.imports import SourceHeader
    from attest.model.limits import Limits
    from attest.model.source_files import FileList, FileStatus

_LISTS: Final[dict[str, FileList]] = {
    ".go": "GoFiles",
    ".c": "CFiles",
    ".cc": "CXXFiles",
    ".cpp": "CXXFiles",
    ".cxx": "CXXFiles",
    ".m": "MFiles",
    ".h": "HFiles",
    ".hh": "HFiles",
    ".hpp": "HFiles",
    ".hxx": "HFiles",
    ".f": "FFiles",
    ".F": "FFiles",
    ".for": "FFiles",
    ".f90": "FFiles",
    ".s": "SFiles",
    ".S": "SFiles",
    ".sx": "SFiles",
    ".swig": "SwigFiles",
    ".swigcxx": "SwigCXXFiles",
    ".syso": "SysoFiles",
}
#: Assembly that the C compiler must preprocess, which is there with cgo alone.
_PREPROCESSED: Final = frozenset({".S", ".sx"})
#: What is left out with cgo off, and what is refused where it is on and no file of the package uses it.
_ONLY_WITH_CGO: Final = frozenset({"CFiles", "CXXFiles", "MFiles", "SwigFiles", "SwigCXXFiles"})
_LANGUAGES: Final = {"CFiles": "C", "CXXFiles": "C++", "MFiles": "Objective-C", "FFiles": "Fortran"}
#: `// +build` lines that are told where all of them hold; real files have one or two.
_TOLD_LINES: Final = 16
#: Tags that a reason names; a hostile expression has a thousand.
_NAMED_TAGS: Final = 8


def extension(name: str) -> str:
    """What follows the last dot of a name, with that; "" where there is none."""
    start = name.rfind(".")
    return name[start:] if start >= 0 else ""


def is_source(name: str) -> bool:
    """Tell whether the go command knows files of this name by their extension."""
    return extension(name) in _LISTS


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file of a directory with what its first comments and, for Go, its imports say.

    `demands` are the lines that decide; `header` is None for other languages. `constraint_fault` is why these
    lines cannot be read, `fault` why the file cannot be read at all.
    """

    name: str
    demands: tuple[Demand, ...] = ()
    header: SourceHeader | None = None
    constraint_fault: str = ""
    fault: str = ""


def read(name: str, data: memoryview, limits: Limits) -> FoundFile:
    """A file from its bytes, of which no more are read than a header may have; nothing is raised."""
    kind = extension(name)
    if kind == ".syso" or name[0] in "._":
        return FoundFile(name=name)
    start = bytes(data[: limits.go_source_header_bytes])
    return (_read_go if kind == ".go" else _read_other)(name, start, len(data) > len(start), limits)


def _read_go(name: str, start: bytes, longer: bool, limits: Limits) -> FoundFile:
    header = imports.read(start)
    found = header.constraint
    if found.error:
        at = f"line {found.line}: " if found.line else ""
        return FoundFile(name=name, header=header, constraint_fault=at + found.error)
    if longer and (header.error or not header.ended):
        fault = f"its package clause and imports do not end within {len(start)} bytes"
        return FoundFile(name=name, fault=fault)
    demands = imports.demands(start) if found.expressions else ()
    return FoundFile(name=name, demands=_cut(demands, limits), header=header)


def _read_other(name: str, start: bytes, longer: bool, limits: Limits) -> FoundFile:
    comments = imports.leading_comments(start)
    if longer and (comments is None or len(comments.encode()) == len(start)):
        return FoundFile(name=name, fault=f"its first comments do not end within {len(start)} bytes")
    if comments is None:
        return FoundFile(name=name)  # as in go/build, such a file asks for nothing
    try:
        return FoundFile(name=name, demands=_cut(constraint.demands(comments), limits))
    except ConstraintError as error:
        return FoundFile(name=name, constraint_fault=f"parsing //go:build line: {error}")


def _cut(demands: Iterable[Demand], limits: Limits) -> tuple[Demand, ...]:
    """The same with no more text of each than is shown."""
    most = limits.constraint_chars
    return tuple(
        each if len(each.text) <= most else replace(each, text=f"{each.text[:most]}…") for each in demands
    )


def decide(files: Iterable[FoundFile], context: BuildContext) -> tuple[FileDecision, ...]:
    """A decision for each file of one directory, which are given in the order of their names."""
    package = _Package(context)
    decided = [(each, package.decide(each)) for each in files]
    return tuple(package.in_company(file, decision) for file, decision in decided)


def embeds(
    files: Iterable[FoundFile], decisions: Iterable[FileDecision], named: Mapping[str, frozenset[str] | None]
) -> tuple[tuple[FileDecision, ...], dict[str, Embedding]]:
    """The decisions again, with what is wrong with `//go:embed` lines, and what is embedded, by name.

    `named` gives the files that each pattern names as `attest.go.embed.resolve` does. What is in programs is
    not told of tests too.
    Source: cmd/go/internal/load/pkg.go (resolveEmbed).
    """
    decided: list[FileDecision] = []
    found: dict[str, Embedding] = {}
    for file, decision in zip(files, decisions, strict=True):
        fault = decision.fault
        patterns = file.header.embeds if file.header and decision.status != "out" else ()
        for pattern in patterns:
            matching = named[pattern]
            if matching is None:
                fault = fault or f"//go:embed {pattern}: names nothing that can be embedded"
            for name in sorted(matching or ()):
                status: Literal["in", "test"] = "test" if decision.status == "test" else "in"
                if name not in found or (found[name].status, status) == ("test", "in"):
                    found[name] = Embedding(status=status, file=file.name, pattern=pattern)
        decided.append(replace(decision, fault=fault))
    return tuple(decided), found


class _Package:
    """The files of a directory on a platform: what one of them is may depend on the others."""

    def __init__(self, context: BuildContext) -> None:
        self.context = context
        self.name = ""
        self.first = ""
        self.uses_cgo = False
        self.uses_swig = False

    def decide(self, file: FoundFile) -> FileDecision:
        """What is decided by the file alone and those before it."""
        name = file.name
        kind = extension(name)
        if name[0] in "._":
            reason = Reason(by="prefix", constraint=name[0], line=0, says="such names are passed over")
            return FileDecision(status="out", list="", reasons=(reason,))
        ignored: FileList = "IgnoredGoFiles" if kind == ".go" else "IgnoredOtherFiles"
        reasons: list[Reason] = []
        held = _name_reason(name, self.context, reasons)
        if held and file.fault:
            return _refused("", file.fault)
        if held and file.constraint_fault:
            return _refused("InvalidGoFiles" if kind == ".go" else ignored, file.constraint_fault)
        for number, demand in enumerate(file.demands if held else ()):
            if number < _TOLD_LINES or not holds(demand.expression, self.context.tag):
                reason, held = _line_reason(demand, self.context)
                reasons = [*reasons, reason] if held else [reason]
            if not held:
                break
        if not held:
            return FileDecision(status="out", list=ignored, reasons=tuple(reasons))
        if file.header is not None:
            return self._go(name, file.header, reasons)
        self.uses_swig = self.uses_swig or kind in (".swig", ".swigcxx")
        return FileDecision(status="in", list=_LISTS[kind], reasons=tuple(reasons))

    def _go(self, name: str, header: SourceHeader, reasons: list[Reason]) -> FileDecision:
        """A Go file whose constraints hold."""
        fault = f"line {header.line}: {header.error}" if header.error else ""
        if header.package == "documentation":
            reason = Reason(
                by="package", constraint="package documentation", line=0, says="is left out everywhere"
            )
            return FileDecision(status="out", list="IgnoredGoFiles", reasons=(reason,), fault=fault)
        test = name.endswith("_test.go")
        package = header.package
        external = test and package.endswith("_test") and package != self.name
        package = package.removesuffix("_test") if external else package
        if not self.name:
            self.name, self.first = package, name
        elif package != self.name and not fault:
            fault = f"found packages {self.name} ({self.first}) and {package} ({name})"
        at = next((line for path, line in header.imports if path == "C" and not header.error), 0)
        if at and test:
            fault, at = fault or f"line {at}: use of cgo in test is not supported", 0
        if at:
            on = self.context.cgo
            reason = Reason(
                by="cgo", constraint='import "C"', line=at, says=f"cgo is {'on' if on else 'off'}"
            )
            if not on:
                return FileDecision(status="out", list="IgnoredGoFiles", reasons=(reason,), fault=fault)
            self.uses_cgo = True
            return FileDecision(status="in", list="CgoFiles", reasons=(*reasons, reason), fault=fault)
        where: tuple[FileStatus, FileList] = ("in", "GoFiles")
        if test:
            where = ("test", "XTestGoFiles" if external else "TestGoFiles")
            reasons.append(Reason(by="test", constraint="_test.go", line=0, says="is built by go test alone"))
        return FileDecision(status=where[0], list=where[1], reasons=tuple(reasons), fault=fault)

    def in_company(self, file: FoundFile, decision: FileDecision) -> FileDecision:
        """The same, where it needs that some file of the package uses cgo."""
        if decision.status != "in" or self.uses_cgo:
            return decision
        if extension(file.name) in _PREPROCESSED:
            return _no_cgo("IgnoredOtherFiles", "no file of the package uses cgo")
        if decision.list in _ONLY_WITH_CGO and not self.context.cgo:
            return _no_cgo("", "cgo is off")
        if decision.list in _LANGUAGES and not self.uses_swig:
            fault = f"{_LANGUAGES[decision.list]} source files not allowed when not using cgo or SWIG"
            return replace(decision, fault=fault)
        return decision


def _no_cgo(into: FileList, says: str) -> FileDecision:
    reason = Reason(by="cgo", constraint="", line=0, says=says)
    return FileDecision(status="out", list=into, reasons=(reason,))


def _refused(into: FileList, fault: str) -> FileDecision:
    reason = Reason(by="fault", constraint="", line=0, says="cannot be read")
    return FileDecision(status="out", list=into, reasons=(reason,), fault=fault)


def _name_reason(name: str, context: BuildContext, reasons: list[Reason]) -> bool:
    """Whether the name's system and architecture hold; says so in `reasons` where it has any."""
    tags = file_name_tags(name)
    if not tags:
        return True
    wrong = tuple(each for each in tags if not context.tag(each))
    says = _says(wrong or tags, context)
    reasons.append(Reason(by="name", constraint="".join(f"_{each}" for each in tags), line=0, says=says))
    return not wrong


def _line_reason(demand: Demand, context: BuildContext) -> tuple[Reason, bool]:
    held, tags = constraint.decisive(demand.expression, context.tag)
    by: Literal["go:build", "+build"] = "go:build" if demand.text.startswith("//go:build") else "+build"
    reason = Reason(by=by, constraint=demand.text, line=demand.line, says=_says(tags, context))
    return reason, held


def _says(tags: tuple[str, ...], context: BuildContext) -> str:
    """Which tags are true and which are false, as "linux is true, cgo and x are false"."""
    shown = tags[:_NAMED_TAGS]
    parts = []
    for value in (True, False):
        names = [each for each in shown if context.tag(each) == value]
        if names:
            joined = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
            parts.append(f"{joined} {'are' if len(names) > 1 else 'is'} {str(value).lower()}")
    more = len(tags) - len(shown)
    return ", ".join(parts) + (f", and {more} more" if more else "")
