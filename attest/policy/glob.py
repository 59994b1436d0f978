"""Globs of the policy language: `*` stands for any characters but "/", and everything else for itself.

They are matched greedily, part by part: in linear time for every pattern and every text.
"""

from __future__ import annotations


def glob_matches(pattern: str, text: str) -> bool:
    """Tell whether `pattern`, whose `*` stands for any characters but "/", matches the whole `text`."""
    wanted, found = pattern.split("/"), text.split("/")
    return len(wanted) == len(found) and all(map(_part_matches, wanted, found))


def _part_matches(pattern: str, text: str) -> bool:
    """Match one part between slashes: first and last piece at the ends, the others from left to right."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    *middle, last = rest
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True
