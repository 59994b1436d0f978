"""What archives and packages say, whose members are looked into."""

from __future__ import annotations

from typing import Final

from attest.model.fact import FactKind

FACTS: Final = (
    FactKind(
        name="archive.format",
        type="string",
        containers=("archive",),
        description="The kind of archive: tar, zip, deb, rpm or apk.",
    ),
    FactKind(
        name="archive.compression",
        type="string",
        containers=("archive",),
        description="How all of it is compressed: gzip, xz, zstd, bzip2 or lzma; absent where it is not.",
    ),
    FactKind(
        name="archive.files",
        type="int",
        unit="count",
        containers=("archive",),
        description="The regular files in it, where all of it could be read.",
    ),
    FactKind(
        name="archive.executables",
        type="int",
        unit="count",
        containers=("archive",),
        description="Those of them that are executables and were looked into.",
    ),
    FactKind(
        name="archive.links",
        type="int",
        unit="count",
        containers=("archive",),
        description="The symbolic and hard links in it, which are not followed.",
    ),
)
