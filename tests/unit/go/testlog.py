"""A checksum database of our own in memory: an independent writer of trees, tiles, notes and answers."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from attest.model.module import GoSumLine, ModuleVersion
from attest.model.place import Place

#: The keys of the go command's own tests (cmd/go/proxy_test.go).
NAME: Final = "localhost.localdev/sumdb"
VERIFIER: Final = f"{NAME}+00000c67+AcTrnkbUA+TU4heY3hkjiSES/DSQniBqIeQ/YppAUtK6"
SIGNER: Final = "AXu6+oaVaOYuQOFrf1V59JK1owcFlJcHwwXHDfDGxSPk"


def sign(text: str, name: str = NAME, key_hash: str = "00000c67", secret: str = SIGNER) -> bytes:
    """A note with one signature."""
    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret)[1:])
    signature = base64.b64encode(bytes.fromhex(key_hash) + private.sign(text.encode())).decode()
    return f"{text}\n\N{EM DASH} {name} {signature}\n".encode()


def h1(text: str) -> str:
    return "h1:" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def path_of(number: int) -> str:
    return f"example.com/M{number}"


def record_of(number: int) -> str:
    path = path_of(number)
    return f"{path} v1.0.0 {h1(path)}\n{path} v1.0.0/go.mod {h1(path + '/go.mod')}\n"


def line_of(number: int, *, go_mod: bool = False, digest: str = "") -> GoSumLine:
    path = path_of(number)
    return GoSumLine(
        module=ModuleVersion(path=path, version="v1.0.0"),
        kind="go.mod" if go_mod else "zip",
        hash=digest or h1(path + "/go.mod" if go_mod else path),
        place=Place(file="go.sum", line=number + 1),
    )


@dataclass
class Log:
    """A log of `size` records; those from `fork` on are other ones than in a log without."""

    size: int
    fork: int = 1 << 60
    changed: dict[int, str] = field(default_factory=dict)
    _known: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def record(self, number: int) -> str:
        other = record_of(number).replace("h1:", "h1:x") if number >= self.fork else record_of(number)
        return self.changed.get(number, other)

    def root(self, low: int, high: int) -> bytes:
        """MTH(D[low:high]) of RFC 6962."""
        if (low, high) not in self._known:
            if high == low:
                found = hashlib.sha256().digest()
            elif high - low == 1:
                found = hashlib.sha256(b"\0" + self.record(low).encode()).digest()
            else:
                middle = low + (1 << (high - low - 1).bit_length() - 1)
                found = hashlib.sha256(b"\1" + self.root(low, middle) + self.root(middle, high)).digest()
            self._known[low, high] = found
        return self._known[low, high]

    def head(self, size: int) -> bytes:
        root = base64.b64encode(self.root(0, size)).decode()
        return sign(f"go.sum database tree\n{size}\n{root}\n")

    def answer(self, number: int, size: int) -> bytes:
        return f"{number}\n{self.record(number)}\n".encode() + self.head(size)

    def tiles(self, size: int) -> dict[str, bytes]:
        """Every tile of the tree of that size, the partial ones as partial."""
        found: dict[str, bytes] = {}
        level = 0
        while size >> 8 * level:
            step = 1 << 8 * level
            count = size >> 8 * level
            for first in range(0, count, 256):
                width = min(256, count - first)
                number = first // 256
                digits = f"{number:03d}" if number < 1000 else f"x{number // 1000:03d}/{number % 1000:03d}"
                name = f"tile/8/{level}/{digits}" + ("" if width == 256 else f".p/{width}")
                found[name] = b"".join(
                    self.root(place * step, (place + 1) * step) for place in range(first, first + width)
                )
            level += 1
        return found

    def files(self, size: int, *numbers: int) -> dict[str, bytes]:
        """Tiles and answers, all for the tree of that size, as the protocol names them."""
        found = self.tiles(size)
        for number in numbers:
            found[f"lookup/example.com/!m{number}@v1.0.0"] = self.answer(number, size)
        return found
