"""What a file is, whatever it is called, from the bytes that are judged."""

from __future__ import annotations

from attest.exe.identity import identify

__all__ = ["identify"]
