"""The resources of PE files: version information, the manifest, icons.

Sources: learn.microsoft.com/windows/win32/debug/pe-format (the .rsrc section), …/menurc/versioninfo-resource,
…/sbscs/application-manifests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from attest.errors import LimitError
from attest.exe.pe import RESOURCES, Directory
from attest.exe.pe_tables import Mapped
from attest.exe.reader import Reader
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.pe import PeImage
    from attest.model.limits import Limits

ICON_GROUP, VERSION, MANIFEST = 14, 16, 24

_SUBDIRECTORY: Final = 0x80000000
_LEVELS: Final = 3  # type, name, language
_FIXED_SIGNATURE: Final = 0xFEEF04BD
_VERSION_DEPTH: Final = 4  # VS_VERSIONINFO, StringFileInfo, StringTable, String
#: learn.microsoft.com/windows/win32/sbscs/application-manifests, "compatibility".
_WINDOWS: Final = {
    "{e2011457-1546-43c5-a5fe-008deee3d3f0}": "Windows Vista",
    "{35138b9a-5d96-4fbd-8e2d-a2440225f93a}": "Windows 7",
    "{4a2f28e3-53b9-4441-ba9c-d69d4a4a6e38}": "Windows 8",
    "{1f676c76-80e1-4239-95bb-83d0f6d0da78}": "Windows 8.1",
    "{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}": "Windows 10",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionInfo:
    """The version resource: both numbers, None where they are not there, and its strings as "name=value"."""

    file: str | None
    product: str | None
    strings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the manifest asks for: `level` of execution, None where it names none; the rest as "key=value"."""

    level: str | None
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The resources by type: whether there are any, and what is in the first that Windows would take."""

    memory: Mapped
    root: Directory
    limits: Limits

    def types(self) -> set[int]:
        """The types by number; those that have a name are left out."""
        return {kind for kind, _ in self._entries(0)}

    def first(self, kind: int) -> memoryview | None:
        """The first resource of a type, None where there is none."""
        at = 0
        for level in range(_LEVELS):
            entries = self._entries(at)
            offset = next((where for number, where in entries if level or number == kind), None)
            if offset is None:
                return None
            deeper = bool(offset & _SUBDIRECTORY)
            if deeper == (level == _LEVELS - 1):
                raise BoundsError(f"resources are not three levels deep, at {offset & ~_SUBDIRECTORY:#x}")
            at = offset & ~_SUBDIRECTORY
        what = "resource"
        table = self.memory.table(self.root, what)
        return self.memory.reader(table.u32(at, what), what).take(0, table.u32(at + 4, what), what)

    def _entries(self, at: int) -> Iterator[tuple[int, int]]:
        """What a directory holds: number (with the top bit where it is a name) and where."""
        what = "resource directory"
        table = self.memory.table(self.root, what)
        for index in range(table.u16(at + 12, what) + table.u16(at + 14, what)):
            place = at + 16 + 8 * index
            yield table.u32(place, what), table.u32(place + 4, what)


def resources(image: PeImage, limits: Limits) -> Resources | None:
    """The resources of a file, None where it has none."""
    root = image.windows.directory(RESOURCES) if image.windows else None
    if root is None or not root.address:
        return None
    return Resources(memory=Mapped(image, limits), root=root, limits=limits)


def read_version(data: memoryview, limits: Limits) -> VersionInfo:
    """A version resource. Raises `BoundsError` where it is damaged, `LimitError` where it is too large."""
    reader = Reader(data=data, whole="version resource")
    fixed: list[str] = []
    strings: dict[str, None] = {}
    for index, (depth, key, value, size, stop) in enumerate(_nodes(reader)):
        if index > limits.header_entries or reader.size > limits.import_names_bytes:
            raise LimitError("the version resource is too large")
        if not depth and size >= 24 and reader.u32(value, "version") == _FIXED_SIGNATURE:  # noqa: PLR2004
            words = [reader.u16(value + at, "version") for at in (10, 8, 14, 12, 18, 16, 22, 20)]
            fixed = [".".join(map(str, words[:4])), ".".join(map(str, words[4:]))]
        if depth == _VERSION_DEPTH - 1:
            strings[f"{key}={_utf16(reader.clip(value, min(2 * size, stop - value)))}"] = None
    return VersionInfo(
        file=fixed[0] if fixed else None, product=fixed[1] if fixed else None, strings=tuple(strings)
    )


def _nodes(reader: Reader) -> Iterator[tuple[int, str, int, int, int]]:
    """Depth, key, where the value is, its size and where the node ends, of all that lead to strings."""
    what = "version"
    pending = [(0, 0, reader.size)]
    while pending:
        depth, at, end = pending.pop()
        if at + 6 > end:
            continue
        length, size = reader.u16(at, what), reader.u16(at + 2, what)
        stop = min(at + length, end)
        if length < 6:  # noqa: PLR2004 - its own three numbers
            continue
        key = _utf16(reader.clip(at + 6, stop - at - 6))
        value = _aligned(at + 6 + 2 * len(key) + 2)
        yield depth, key, value, size, stop
        if depth:  # the root has no brothers
            pending.append((depth, _aligned(at + length), end))
        if depth == 1 and key != "StringFileInfo":
            continue
        if depth < _VERSION_DEPTH - 1:
            pending.append((depth + 1, _aligned(value + size), stop))


def _aligned(at: int) -> int:
    return at + -at % 4


def _utf16(data: memoryview) -> str:
    """UTF-16 up to its end mark."""
    raw = bytes(data)
    end = next((at for at in range(0, len(raw) - 1, 2) if raw[at : at + 2] == b"\0\0"), len(raw) & ~1)
    return raw[:end].decode("utf-16-le", "replace")


class _Reader:
    """Collects what a manifest says while it is parsed."""

    def __init__(self, limits: Limits) -> None:
        self.level: str | None = None
        self.settings: dict[str, None] = {}
        self._limits = limits
        self._path: list[str] = []
        self._text: list[str] = []

    def doctype(self, *_: object) -> None:
        raise BoundsError("the manifest declares a document type, and so perhaps entities")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) >= self._limits.xml_depth:
            raise LimitError(f"the manifest is more than {self._limits.xml_depth} levels deep")
        self._path.append(_local(name))
        self._text.clear()
        about = {_local(key): value for key, value in attributes.items()}
        match self._path[-2:]:
            case [_, "requestedExecutionLevel"]:
                self.level = self.level or about.get("level")
                if "uiAccess" in about:
                    self._set("uiAccess", about["uiAccess"])
            case [_, "supportedOS"]:
                guid = about.get("Id", "").lower()
                self._set("supportedOS", _WINDOWS.get(guid, guid))
            case ["assembly", "assemblyIdentity"]:
                self._set("assembly", _identity(about))
            case ["dependentAssembly", "assemblyIdentity"]:
                self._set("dependency", _identity(about))

    def end(self, _: str) -> None:
        name = self._path.pop()
        if self._path[-1:] == ["windowsSettings"]:
            self._set(name, "".join(self._text).strip())
        self._text.clear()

    def data(self, text: str) -> None:
        self._text.append(text)

    def _set(self, key: str, value: str) -> None:
        if value:
            self.settings[f"{key}={value}"] = None


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _identity(about: dict[str, str]) -> str:
    return " ".join(about[each] for each in ("name", "version") if about.get(each))


def read_manifest(data: memoryview, limits: Limits) -> Manifest:
    """An application manifest; entities are refused, not expanded.

    Raises `BoundsError` where it is no such XML, `LimitError` where it is too large.
    """
    if len(data) > limits.xml_manifest_bytes:
        raise LimitError(f"the manifest has more than {limits.xml_manifest_bytes} bytes")
    reader = _Reader(limits)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    try:
        parser.Parse(bytes(data).rstrip(b"\0"), True)  # noqa: FBT003 - the interface of expat
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise BoundsError(f"the manifest is no XML: {error}") from error
    return Manifest(level=reader.level, settings=tuple(reader.settings))
