"""vendor/modules.txt: which module versions and packages `go mod vendor` copied.

Source: cmd/go/internal/modload/vendor.go (readVendorList), modload/init.go (modulesTextIsForWorkspace). The
go command passes over lines that it does not understand, and so does this reader.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.go import semver, text
from attest.go.module_path import import_path_fault
from attest.model.limits import DEFAULT_LIMITS
from attest.model.module import ModulesTxt, ModuleVersion, Replace, VendoredModule
from attest.model.place import Place

if TYPE_CHECKING:
    from attest.model.limits import Limits

NAME: Final = "vendor/modules.txt"
_WORKSPACE_BYTES: Final = 512


@dataclass(slots=True)
class _Open:
    """A module whose lines are being read."""

    module: ModuleVersion
    replacement: ModuleVersion | None
    place: Place
    explicit: bool = False
    go: str = ""
    packages: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def parse(data: bytes, file: str = NAME, *, limits: Limits = DEFAULT_LIMITS) -> ModulesTxt:
    """The modules of a vendor/modules.txt, in file order.

    A line `# path => new` without a version stands in `unused_replacements`, unless packages or annotations
    follow it, as they do for no version that `go mod vendor` writes.
    Raises `FormatError` for bytes that are no UTF-8, `LimitError` above `limits.modules_txt_bytes`.
    """
    if len(data) > limits.modules_txt_bytes:
        raise LimitError(f"larger than {limits.modules_txt_bytes} bytes", place=Place(file=file))
    try:
        source = data.decode()
    except UnicodeDecodeError as error:
        bad = Place(file=file, line=data.count(b"\n", 0, error.start) + 1)
        raise FormatError("invalid UTF-8", place=bad, hint="run `go mod vendor` again") from error
    blocks: list[_Open] = []
    current: _Open | None = None
    for number, line in enumerate(source.split("\n"), start=1):
        if line.startswith("# "):
            current = _module(text.fields(line), Place(file=file, line=number), current)
            if current and (not blocks or blocks[-1] is not current):
                blocks.append(current)
        elif current and line.startswith("## "):
            _annotate(current, line.removeprefix("## "))
        elif current and len(words := text.fields(line)) == 1 and not import_path_fault(words[0]):
            current.packages.append(words[0])
            current.lines.append(number)
    return ModulesTxt(
        file=file,
        workspace=_is_for_workspace(data),
        modules=tuple(
            _close(each) for each in blocks if each.module.version or each.packages or each.explicit
        ),
        unused_replacements=tuple(
            Replace(old=each.module, new=each.replacement, place=each.place)
            for each in blocks
            if each.replacement and not each.module.version
        ),
    )


def _module(words: list[str], place: Place, current: _Open | None) -> _Open | None:
    """The module that a `# ` line opens; `current` goes on where the line is too short to be one."""
    if len(words) < len(("#", "path", "version")):
        return current
    path, version, rest = words[1], words[2], words[3:]
    if version == "=>":
        version, rest = "", words[2:]
    elif not semver.is_valid(version):
        return None
    new: ModuleVersion | None = None
    if rest[:1] == ["=>"]:
        if len(rest) == len(("=>", "directory")):
            new = ModuleVersion(path=rest[1], version="")
        elif len(rest) == len(("=>", "path", "version")) and semver.is_valid(rest[2]):
            new = ModuleVersion(path=rest[1], version=rest[2])
    return _Open(module=ModuleVersion(path=path, version=version), replacement=new, place=place)


def _annotate(current: _Open, annotations: str) -> None:
    for entry in map(text.trim_space, annotations.split(";")):
        if entry == "explicit":
            current.explicit = True
        elif entry.startswith("go "):
            current.go = entry.removeprefix("go ")


def _close(each: _Open) -> VendoredModule:
    return VendoredModule(
        module=each.module,
        replacement=each.replacement,
        explicit=each.explicit,
        go=each.go,
        packages=tuple(each.packages),
        place=each.place,
        package_lines=tuple(each.lines),
    )


def _is_for_workspace(data: bytes) -> bool:
    first = data[:_WORKSPACE_BYTES].split(b"\n", 1)[0].decode("utf-8", "replace")
    annotations = first.removeprefix("## ") if first.startswith("## ") else ""
    return "workspace" in map(text.trim_space, annotations.split(";"))


def package_owners(modules_txt: ModulesTxt) -> dict[str, VendoredModule]:
    """The module that each vendored package belongs to; the last line counts, as for the go command."""
    return {package: each for each in modules_txt.modules for package in each.packages}
