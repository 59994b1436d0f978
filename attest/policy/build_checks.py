"""What a policy file changes about checks and their findings: the sections `checks` and `waivers`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from attest.policy.catalog import catalog
from attest.policy.model import CheckRule, Waiver

if TYPE_CHECKING:
    from datetime import datetime

    from attest.policy import schema
    from attest.policy.document import Path
    from attest.policy.notes import Notes

#: The scopes whose findings have a platform and a file.
_PLACED: Final = ("slot", "artifact", "image")


class CheckBuilder:
    """Reads the sections; mistakes go into `notes`."""

    def __init__(self, parsed: schema.Document, notes: Notes, now: datetime) -> None:
        self._parsed = parsed
        self._notes = notes
        self._now = now
        self._checks = {check.id: check for check in catalog()}

    def checks(self) -> tuple[CheckRule, ...]:
        """What is changed about checks, sorted by their ids."""
        found = []
        for name, entry in self._parsed.checks.items():
            path: Path = ("checks", name)
            if not self._notes.known(path, "check", name, self._checks):
                continue
            check = self._checks[name]
            if check.kind == "integrity" and (
                entry.severity == "warn" or entry.effective is not None or entry.when is not None
            ):
                self._notes.add(
                    (*path, "severity") if entry.severity == "warn" else path,
                    f"'{name}' is a check of integrity and always denies",
                    "take the override out",
                )
            if entry.when is not None and check.scope not in _PLACED:
                self._notes.add(
                    (*path, "when"),
                    f"'{name}' runs once for the whole {check.scope}, which has no platform and no file",
                    "take when out",
                )
            effective = self._notes.date((*path, "effective"), entry.effective) if entry.effective else None
            when = entry.when
            found.append(
                CheckRule(
                    check=name,
                    severity=entry.severity,
                    effective=effective,
                    platforms=tuple(when.platform or ()) if when else (),
                    artifacts=tuple(when.artifact or ()) if when else (),
                    place=self._notes.read.place(path),
                )
            )
        return tuple(sorted(found, key=lambda each: each.check))

    def waivers(self) -> tuple[Waiver, ...]:
        """The waivers, in the order of the file."""
        found: dict[str, Waiver] = {}
        for index, entry in enumerate(self._parsed.waivers):
            path: Path = ("waivers", index)
            if entry.id in found:
                self._notes.add((*path, "id"), f"two waivers are called '{entry.id}'", "rename one")
            own = {rule.id for rule in self._parsed.rules}
            if self._notes.known((*path, "check"), "check", entry.check, {*self._checks, *own}):
                self._waivable(path, entry.check)
            created = self._notes.date((*path, "created"), entry.created)
            expires = self._notes.until((*path, "expires"), entry.expires)
            if created is None or expires is None:
                continue
            self._period(path, entry, created, expires)
            match = entry.match
            found[entry.id] = Waiver(
                id=entry.id,
                check=entry.check,
                platform=match.platform or "",
                artifact=match.artifact or "",
                names=tuple(match.names or ()),
                reason=entry.reason,
                ticket=entry.ticket or "",
                approved_by=entry.approved_by or "",
                created=created,
                expires=expires,
                place=self._notes.read.place(path),
            )
        return tuple(found.values())

    def _waivable(self, path: Path, name: str) -> None:
        check = self._checks.get(name)
        if check is None:
            return  # a rule of the policy's own
        if check.kind == "integrity":
            why = "it is a check of integrity, which a broken release would fail too"
        elif not check.waivable:
            why = "what it finds leaves open what the file is"
        else:
            return
        message = f"findings of '{name}' cannot be waived: {why}"
        self._notes.add((*path, "check"), message, "mend what it finds")

    def _period(self, path: Path, entry: schema.WaiverEntry, created: datetime, expires: datetime) -> None:
        most = self._parsed.metadata.max_waiver_days
        if created > self._now:
            self._notes.add(
                (*path, "created"),
                f"the waiver was made on {entry.created}, which is to come",
                "mend the date",
            )
        if expires < created:
            self._notes.add(
                (*path, "expires"), f"the waiver ends on {entry.expires}, before it begins", "mend the dates"
            )
        elif most is not None and expires - created > timedelta(days=most + 1):
            self._notes.add(
                (*path, "expires"),
                f"the waiver holds for {(expires - created).days} days, more than metadata.max_waiver_days",
                "give it an earlier end, and look at it again then",
            )
