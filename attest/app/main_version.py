"""The version of a source tree's main modules, from the repository that the tree lies in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attest.errors import AttestError
from attest.go.main_version import GO_MOD, stamp
from attest.model.checkout import TreeVersion
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.stated import Stated

if TYPE_CHECKING:
    from attest.model.checkout import Checkout, Repository


@dataclass(slots=True, kw_only=True)
class TreeVersions:
    """Tells versions of main modules; the repository is asked once, when the first is wanted."""

    repository: Repository
    limits: Limits = DEFAULT_LIMITS
    _checkout: Checkout | None = None
    _problem: str = ""
    _root: bytes | None = None
    _files: dict[str, bytes | None] = field(default_factory=dict)

    def of(self, module: str) -> TreeVersion:
        """The version of the main module of that path; what stands in the way is the reason for none."""
        try:
            if self._checkout is None and not self._problem:
                self._checkout = self.repository.checkout()
                top = self.repository.top
                self._root = top.read(GO_MOD, self.limits.go_mod_bytes) if top.exists(GO_MOD) else None
            if self._checkout is None:
                return _unknown(self._problem)
            found = stamp(module, self._root, self._checkout, self._committed)
        except AttestError as error:
            self._checkout, self._problem = None, error.message
            return _unknown(self._problem)
        if not found.version:
            return _unknown(found.unknown_because)
        return TreeVersion(
            version=Stated(value=found.version),
            source=found.source,
            commit=self._checkout.commit,
            modified_unknown=self._checkout.modified_unknown,
        )

    def _committed(self, name: str) -> bytes | None:
        if name not in self._files:
            self._files[name] = self.repository.committed(name, self.limits.go_mod_bytes)
        return self._files[name]


def _unknown(reason: str) -> TreeVersion:
    return TreeVersion(version=Stated(unknown_because=f"version control does not tell: {reason}"))
