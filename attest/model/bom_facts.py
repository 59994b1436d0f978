"""What an SBOM document says, reduced to what the policy engine compares.

The reader of SBOMs makes it from a predicate; the engine sees nothing else of a document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attest.model.described import Described


@dataclass(frozen=True, slots=True, kw_only=True)
class SbomFacts:
    """One SBOM document.

    `format` is "spdx" or "cyclonedx", `spec_version` as written there ("2.3", "1.6").
    `subject_sha256s` are the SHA-256 digests (hexadecimal) of what the document says that it describes.
    `components` are the Go components as (module path, version), the version "" where none is stated, the
    standard library as ("std", "1.27.3"); `faults` are sentences about contradictions and gaps in the
    document itself. `subject_name` is what it calls the thing, "" where nothing or several. `duplicates`
    are package URLs or names that several components have, `missing_versions` the paths of modules
    without a version: both are no faults by the rules of the formats. `licenses` are what is concluded about
    the components, else declared: (module path, version) to SPDX expressions, sorted; a component without any
    is left out. `sums` are the h1 hashes that are told as such, each with module path and version.
    `described` is what is said of the elements of standards, None where nobody asked for that.
    """

    format: str
    spec_version: str
    subject_sha256s: tuple[str, ...]
    components: frozenset[tuple[str, str]]
    faults: tuple[str, ...] = ()
    subject_name: str = ""
    duplicates: tuple[str, ...] = ()
    missing_versions: tuple[str, ...] = ()
    licenses: tuple[tuple[tuple[str, str], tuple[str, ...]], ...] = ()
    sums: frozenset[tuple[str, str, str]] = frozenset()
    described: Described | None = None
