"""A policy over the ones that it extends: both as one document, and everywhere that it asks for less.

A policy adds to its bases, and may ask for more than they do. What asks for less is told: by what stands in
both (`attest.policy.tighter`), and by what can only lower, as a waiver. What a base does not say, the policy
says alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from attest.policy.check import SLOT_SECTIONS
from attest.policy.document import Document
from attest.policy.tighter import is_tighter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.policy.document import Path, Value

#: Lists whose entries have a name, by the key that holds it: one of the same name is the same entry.
_NAMED: Final[dict[Path, str]] = {
    ("artifacts", "extras"): "path",
    ("artifacts", "ignore"): "path",
    ("licenses",): "module",
    ("platforms", "builds"): "name",
    ("rules",): "id",
    ("trust", "keys"): "name",
    ("trust", "roots"): "name",
    ("waivers",): "id",
}
#: Lists that a policy adds to.
_APPENDED: Final[tuple[Path, ...]] = (("builders",), ("platforms", "matrix"), ("vsa", "accept"))
#: Lists to which to add is to trust more, where the base has them.
_GRANTS: Final[tuple[Path, ...]] = (("builders",), ("trust", "roots"), ("vsa", "accept"))
#: Lists and mappings to which to add is to ask for less, whatever the base says.
_LOWERS: Final[tuple[Path, ...]] = (("artifacts", "ignore"), ("checks",), ("licenses",), ("waivers",))
#: Keys of an entry of the base to which these are new ask for less than without.
_EXCEPTIONS: Final = ("effective", "when", "require")
#: What files are named by, relative to the policy that names them.
_FILES: Final[tuple[tuple[Path, tuple[str, ...]], ...]] = (
    (("trust", "keys"), ("file",)),
    (("trust", "roots"), ("trusted_root", "client_trust_config")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loosened:
    """A place where a policy asks for less than what it extends: its name, and how it stands there."""

    key: str
    path: Path
    what: str


def extended(base: Document, own: Document) -> tuple[Document, tuple[Loosened, ...]]:
    """One document, its lines those of the files they come from, and what `own` loosens.

    Both are mappings.
    """
    merger = _Merger(base, own)
    merger.join((), (), ())
    merger.compare_entries()
    document = Document(
        file=own.file,
        value=merger.value,
        lines=merger.lines,
        mistakes=(*base.mistakes, *own.mistakes),
        files=merger.files,
    )
    return document, tuple(merger.loosened)


def relocated(document: Document, folder: str) -> Document:
    """A base whose files are named as from the policy that extends it; `folder` is "" or ends in a slash."""
    if not folder or not isinstance(document.value, dict):
        return document
    value = _copied(document.value)
    for where, keys in _FILES:
        for entry in _entries(_at(value, where)):
            for key in keys:
                _move(entry, key, folder)
    database = _at(value, ("vulnerabilities", "database"))
    if isinstance(database, dict):
        _move(database, "path", folder)
    return Document(
        file=document.file,
        value=value,
        lines=document.lines,
        mistakes=document.mistakes,
        files=document.files,
    )


def _move(entry: dict[str, Any], key: str, folder: str) -> None:
    name = entry.get(key)
    if isinstance(name, str) and not name.startswith(("/", "\\")):
        entry[key] = folder + name


def _copied(value: Value) -> Any:  # noqa: ANN401 - a value of YAML
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def _at(value: Value, path: Path) -> Value:
    """The value at a path, None where there is none."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _entries(value: Value) -> Iterator[dict[str, Any]]:
    for each in value if isinstance(value, list) else ():
        if isinstance(each, dict):
            yield each


class _Merger:
    """Joins two documents; `join` goes down where both have something."""

    def __init__(self, base: Document, own: Document) -> None:
        self.value: Any = None
        self.lines: dict[Path, int] = {}
        self.files: dict[Path, str] = {}
        self.loosened: list[Loosened] = []
        self._base = base
        self._own = own
        #: The entries of platforms that the policy adds, as paths of the joined document.
        self._added: list[Path] = []

    def join(self, out: Path, old: Path, new: Path) -> None:
        """What both have at these paths, put at `out`."""
        before, after = _at(self._base.value, old), _at(self._own.value, new)
        if isinstance(before, dict) and isinstance(after, dict):
            self._open(out, {}, self._own, new)
            self._mapping(out, old, new, before, after)
        elif isinstance(before, list) and isinstance(after, list) and self._is_kept(out):
            self._open(out, [], self._own, new)
            self._list(out, old, new, before, after)
        else:
            self._copy(self._own, new, out)
            if not is_tighter(out, before, after):
                self._loosen(out, "it is changed, and not to something that asks for more")

    def _is_kept(self, out: Path) -> bool:
        return out in _NAMED or out in _APPENDED or (out[:1] == ("identities",) and len(out) == 2)  # noqa: PLR2004 - identities.NAME

    def _mapping(
        self, out: Path, old: Path, new: Path, before: dict[str, Value], after: dict[str, Value]
    ) -> None:
        for key in dict.fromkeys((*before, *after)):
            if not out and key in ("extends", "overrides", "apiVersion", "kind"):
                if key in after:
                    self._copy(self._own, (*new, key), (*out, key))
            elif out == ("metadata",) and key != "max_waiver_days":
                self._metadata(key, before, after)
            elif key not in after:
                self._copy(self._base, (*old, key), (*out, key))
            elif key in before:
                self.join((*out, key), (*old, key), (*new, key))
            else:
                self._copy(self._own, (*new, key), (*out, key))
                self._added_key((*out, key), after[key])

    def _metadata(self, key: str, before: dict[str, Value], after: dict[str, Value]) -> None:
        """The name is the policy's own; it holds no longer than what it extends."""
        mine, theirs = after.get(key), before.get(key)
        if key == "expires" and isinstance(mine, str) and isinstance(theirs, str) and _ends(theirs, mine):
            self._copy(self._base, ("metadata", key), ("metadata", key))
        elif key in after:
            self._copy(self._own, ("metadata", key), ("metadata", key))

    def _added_key(self, out: Path, value: Value) -> None:
        """What a mapping of the base did not have."""
        default = self._default(out)
        if default is not None and not is_tighter(out, default, value):
            self._loosen(out, "it asks for less than what holds where nothing is said, as in the base")
        elif out[:-1] in _LOWERS and value != {"severity": "deny"}:
            self._loosen(out, "it can only ask for less")
        elif out in _LOWERS or out in (("artifacts", "extras"), ("platforms", "matrix"), ("platforms",)):
            self._added_list(out, value)
        elif out[-1] in _EXCEPTIONS and out[0] in ("checks", "rules", "trust") and len(out) > 2:  # noqa: PLR2004 - within an entry
            self._loosen(out, "the base makes no such exception")
        elif out[0] == "rules" and out[-1] == "severity" and value != "deny":
            self._loosen(out, "it denies in the base")
        elif isinstance(value, dict):
            for key, each in value.items():
                self._added_key((*out, key), each)

    def _default(self, out: Path) -> Value:
        """What holds in the base where it does not say so; None for what it has no opinion about."""
        match out:
            case ("artifacts", "complete"):
                return True
            case ("trust", "offline"):
                return "required"
            case ("trust", "require", _) if _at(self._base.value, ("trust",)) is not None:
                return 1
            case ("attestations", _, "external_parameters", "on_unknown") if (
                _at(self._base.value, out[:-1]) is not None
            ):
                return "deny"
            case _:
                return None

    def _added_list(self, out: Path, value: Value) -> None:
        """A list, or the mapping of checks, that the base has not at all."""
        if isinstance(value, dict):
            for key, each in value.items():
                self._added_key((*out, key), each)
        elif isinstance(value, list):
            for index, entry in enumerate(value):
                self._added_entry((*out, index), entry, there=False)

    def _list(self, out: Path, old: Path, new: Path, before: list[Value], after: list[Value]) -> None:
        """The entries of the base and those of the policy, entries of one name joined."""
        name = _NAMED.get(out, "")
        names = {called: index for index, entry in enumerate(after) if (called := _name(entry, name))}
        joined: set[int] = set()
        for index, entry in enumerate(before):
            mine = names.get(_name(entry, name))
            if mine is None:
                self._copy(self._base, (*old, index), (*out, index))
            else:
                joined.add(mine)
                self.join((*out, index), (*old, index), (*new, mine))
        count = len(before)
        for index, entry in enumerate(after):
            if index in joined:
                continue
            self._copy(self._own, (*new, index), (*out, count))
            self._added_entry((*out, count), entry, there=True)
            count += 1

    def _added_entry(self, out: Path, entry: Value, *, there: bool) -> None:
        """An entry that a list of the base did not have; `there` says that the base has the list."""
        where = out[:-1]
        if where == ("platforms", "matrix"):
            self._added.append(out)
        elif where in _LOWERS:
            self._loosen(out, "it can only ask for less")
        elif where == ("artifacts", "extras") and isinstance(entry, dict) and "signer" not in entry:
            self._loosen(out, "a file that nobody signs may lie in the release")
        elif there and (where in _GRANTS or where[0] == "identities"):
            self._loosen(out, "it trusts more than the base does")

    def compare_entries(self) -> None:
        """Hold what the policy says of single platforms, builds and keys against the base's defaults."""
        for path in self._added:
            entry = _at(self.value, path)
            if not isinstance(entry, dict):
                continue
            if entry.get("severity") == "warn":
                self._loosen((*path, "severity"), "what is found on this platform would be a warning")
            for section in SLOT_SECTIONS:
                self._compare((*path, section), ("platforms", "defaults", section), entry.get(section))
        main = _at(self._base.value, ("platforms", "defaults", "go", "main_path"))
        known = {each.get("name") for each in _entries(_at(self._base.value, ("platforms", "builds")))}
        for index, build in enumerate(_entries(_at(self.value, ("platforms", "builds")))):
            if main is not None and build.get("name") not in known and build.get("main_path", main) != main:
                self._loosen(
                    ("platforms", "builds", index, "main_path"), "the base names another main package"
                )
        for kind in ("keys", "roots"):
            before = {each.get("name") for each in _entries(_at(self._base.value, ("trust", kind)))}
            for index, entry in enumerate(_entries(_at(self.value, ("trust", kind)))):
                if entry.get("name") not in before:
                    self._compare(
                        ("trust", kind, index, "require"), ("trust", "require"), entry.get("require")
                    )

    def _compare(self, out: Path, old: Path, value: Value) -> None:
        """What an entry says instead of a default of the base."""
        before = _at(self._base.value, old)
        if isinstance(value, dict) and isinstance(before, dict):
            for key, each in value.items():
                self._compare((*out, key), (*old, key), each)
        elif value is not None and before is not None and not is_tighter(out, before, value):
            self._loosen(out, "it asks for less than the default of the base")

    def _open(self, out: Path, empty: Value, document: Document, path: Path) -> None:
        self._note(out, document, path)
        self._put(out, empty)

    def _copy(self, document: Document, path: Path, out: Path) -> None:
        """A value with everything in it, and where all of it stands."""
        value = _at(document.value, path)
        self._note(out, document, path)
        if isinstance(value, dict):
            self._put(out, {})
            for key in value:
                self._copy(document, (*path, key), (*out, key))
        elif isinstance(value, list):
            self._put(out, [])
            for index in range(len(value)):
                self._copy(document, (*path, index), (*out, index))
        else:
            self._put(out, value)

    def _put(self, out: Path, value: Any) -> None:  # noqa: ANN401 - a value of YAML
        if not out:
            self.value = value
            return
        parent: Any = _at(self.value, out[:-1])
        if isinstance(parent, list):
            parent.append(value)
        else:
            parent[out[-1]] = value

    def _note(self, out: Path, document: Document, path: Path) -> None:
        place = document.place(path)
        self.lines[out] = place.line or 1
        self.files[out] = place.file

    def _loosen(self, path: Path, what: str) -> None:
        self.loosened.append(Loosened(key=self._called(path), path=path, what=what))

    def _called(self, path: Path) -> str:
        """A place as people write it: entries of lists by their names, where they have some."""
        words: list[str] = []
        for end, step in enumerate(path, start=1):
            entry = _at(self.value, path[:end])
            words.append(_name(entry, _NAMED.get(path[: end - 1], "")) or str(step))
        return ".".join(words)


def _name(entry: Value, key: str) -> str:
    """What an entry of a list is called, "" where it does not say or has no names."""
    found = entry.get(key) if key and isinstance(entry, dict) else None
    return found if isinstance(found, str) else ""


def _ends(one: str, other: str) -> bool:
    """Whether a date comes before another; a day ends with its last second."""
    whole = [each if "T" in each else f"{each}T23:59:59Z" for each in (one, other)]
    return whole[0] < whole[1]
