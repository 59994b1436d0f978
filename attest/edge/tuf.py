"""TUF repositories: signed metadata that says which files are the current ones, and until when that holds.

python-tuf does what the specification asks of a client (version 1.0.34, section 5); what it has seen stays in
a folder, so that nothing older is taken later. Every byte comes through `attest.edge.services`.
Source: theupdateframework.github.io/specification.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError, RepositoryError
from tuf.ngclient.config import UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface
from tuf.ngclient.updater import Updater

from attest.errors import AttestError, LimitError, OutputError, ServiceError, UsageError, VerificationError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.strict_json import Node, loads
from attest.model.trust_update import TufFiles, TufRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from attest.model.ports import Services

_ROLES: Final = ("root", "timestamp", "snapshot", "targets")
_OK: Final = 200
_REFUSED: Final = (
    "nothing was changed; try again later, and ask who runs the repository if it goes on: somebody may be"
    " answering in its place"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TufRepository:
    """The repository at `url`, believed because of `root` (root metadata, of whatever version).

    What was seen of it is remembered in `folder`.
    """

    url: str
    root: bytes
    folder: Path
    services: Services
    limits: Limits = DEFAULT_LIMITS
    clock: Callable[[], float] = time.monotonic

    def refresh(self, names: Iterable[str]) -> TufFiles:
        """The files of those names as the repository vouches for them now.

        Raises `UsageError` for a URL that is none, `ServiceError` where the repository cannot be reached or
        has no such file, `LimitError` where it sends more or takes longer than it may, `VerificationError`
        where what it says is not signed as it must be, is older than what was seen before, has ended, or does
        not fit together, and `OutputError` where nothing can be remembered.
        """
        url = urlsplit(self.url)
        if url.scheme not in ("https", "http") or not url.hostname or url.username is not None or url.query:
            raise UsageError(f"{self.url!r} is no https URL without user name", hint="name the repository")
        host = url.netloc
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return self._refresh(names)
        except DownloadLengthMismatchError as error:
            raise LimitError(f"{host} answered more than it may: {error}", hint=_REFUSED) from error
        except DownloadError as error:
            if isinstance(error.__cause__, AttestError):
                raise error.__cause__ from None
            raise ServiceError(
                f"the TUF repository {host} is not whole: {error}", hint="see that it is named rightly"
            ) from error
        except (RepositoryError, ValueError, KeyError, RecursionError) as error:
            raise VerificationError(
                f"the TUF repository {host} is refused: {error}", hint=_REFUSED
            ) from error
        except OSError as error:
            raise OutputError(
                f"cannot remember what {host} said: {error.strerror or error}",
                place=Place(file=str(self.folder)),
                hint="point XDG_STATE_HOME to a folder that can be written to",
            ) from error

    def _refresh(self, names: Iterable[str]) -> TufFiles:
        config = UpdaterConfig(max_root_rotations=self.limits.tuf_roots)
        fetcher = _Fetcher(self.services, self.limits, self.clock)
        with tempfile.TemporaryDirectory() as targets:
            updater = Updater(
                metadata_dir=str(self.folder),
                metadata_base_url=self.url,
                target_dir=targets,
                target_base_url=f"{self.url.rstrip('/')}/targets/",
                fetcher=fetcher,
                config=config,
                bootstrap=self.root,
            )
            updater.refresh()
            files = {name: self._target(updater, name) for name in names}
        return TufFiles(roles=tuple(self._role(role) for role in _ROLES), files=files)

    def _target(self, updater: Updater, name: str) -> bytes:
        found = updater.get_targetinfo(name)
        if found is None:
            raise ServiceError(
                f"the TUF repository {urlsplit(self.url).netloc} has no {name}",
                hint="name the TUF repository of a Sigstore instance",
            )
        if found.length > self.limits.trusted_root_bytes:
            raise LimitError(
                f"{name} has {found.length} bytes, more than the"
                f" {self.limits.trusted_root_bytes} that are read",
                hint=_REFUSED,
            )
        return Path(updater.download_target(found)).read_bytes()

    def _role(self, role: str) -> TufRole:
        """What the updater has just verified and put into the folder."""
        file = self.folder / f"{role}.json"
        limits = self.limits
        value = loads(
            file.read_bytes(), file=str(file), max_bytes=limits.tuf_bytes, max_depth=limits.json_depth
        )
        signed = Node(value=value, file=str(file)).need("signed")
        return TufRole(
            name=role,
            version=signed.need("version").int64(),
            expires=datetime.fromisoformat(signed.need("expires").text()).astimezone(UTC),
        )


class _Fetcher(FetcherInterface):
    """What python-tuf asks for, altogether in the time that an update may take."""

    def __init__(self, services: Services, limits: Limits, clock: Callable[[], float]) -> None:
        self._services = services
        self._limits = limits
        self._clock = clock
        self._until = clock() + limits.tuf_seconds

    def _fetch(self, url: str) -> Iterator[bytes]:
        host = urlsplit(url).netloc
        if self._clock() > self._until:
            raise LimitError(
                f"{host} took more than the {self._limits.tuf_seconds} seconds that an update may take",
                hint="try again",
            )
        answer = self._services.get(url, self._limits.tuf_bytes)
        if answer.status != _OK:
            raise DownloadHTTPError(f"it answered {answer.status} to {urlsplit(url).path}", answer.status)
        return iter((answer.body,))
