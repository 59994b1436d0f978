"""Held against NaCl's own test (tests/secretbox.c) and against what PyNaCl 1.6.2 makes of the same."""

from __future__ import annotations

import hashlib

from attest.trust import secretbox

KEY = bytes.fromhex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389")
NONCE = bytes.fromhex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37")
MESSAGE = bytes.fromhex(
    "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296c"
    "dc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde04897"
    "7eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705"
)
BOX = bytes.fromhex(
    "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0"
    "dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224"
    "368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5"
)


def test_the_test_of_nacl() -> None:
    assert secretbox.seal(KEY, NONCE, MESSAGE) == BOX
    assert secretbox.unseal(KEY, NONCE, BOX) == MESSAGE


def test_boxes_of_one_and_of_many_blocks() -> None:
    assert secretbox.seal(KEY, NONCE, b"").hex() == "2539121d8e234e652d651fa4c8cff880"
    box = secretbox.seal(bytes(range(32)), bytes(range(24)), bytes(each & 255 for each in range(1000)))
    found = hashlib.sha256(box).hexdigest()
    assert found == "2fc36d330ae9c8fe0fe16eb22b681b1ed686acada7d65357a5f6baa2321ea25b"


def test_a_changed_box_a_wrong_key_and_a_wrong_nonce_open_nothing() -> None:
    for at in (0, 15, 16, len(BOX) - 1):
        changed = bytes(each ^ (index == at) for index, each in enumerate(BOX))
        assert secretbox.unseal(KEY, NONCE, changed) is None
    assert secretbox.unseal(KEY, NONCE, BOX[:-1]) is None
    assert secretbox.unseal(KEY, NONCE, BOX[:15]) is None
    assert secretbox.unseal(KEY, NONCE, b"") is None
    assert secretbox.unseal(KEY[::-1], NONCE, BOX) is None
    assert secretbox.unseal(KEY, NONCE[::-1], BOX) is None
