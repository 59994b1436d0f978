"""VEX documents, for the SBOMs that refer to them."""

from __future__ import annotations

from attest.sbom.vex import Vex, read_vex, strangers

__all__ = ["Vex", "read_vex", "strangers"]
