"""Relative paths of outputs, with `/` between parts, and which of them may be joined to a folder."""

from __future__ import annotations

import os

MANIFEST = "manifest.json"
LONGEST = 4096
"""Linux's PATH_MAX, in bytes: nothing longer can be a file."""


def is_safe(path: str) -> bool:
    """Whether the path stays below the folder it is joined to: relative, no `..`, no NUL, encodable."""
    if not path or "\0" in path:
        return False
    try:
        encoded = os.fsencode(path)
    except UnicodeEncodeError:
        return False
    return len(encoded) <= LONGEST and all(part not in ("", ".", "..") for part in path.split("/"))


def is_name(name: str) -> bool:
    """Whether it can name one folder in `out`; a leading dot is kept for our own workshops."""
    return is_safe(name) and "/" not in name and not name.startswith(".")


def ancestors(path: str) -> list[str]:
    """The folders above a path, outermost first: `a/b/c` has `a` and `a/b`."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def workshop_stem(service: str) -> str:
    """What the names of a service's workshops in `out` begin with, followed by `new-` or `old-`.

    File systems take names of 255 bytes, and a workshop's is longer than its service's.
    """
    if len(os.fsencode(service)) <= 200:
        return f".{service}."
    import hashlib

    return f".{service[:50]}-{hashlib.sha256(os.fsencode(service)).hexdigest()[:32]}."
