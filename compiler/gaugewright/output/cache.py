"""What earlier builds found out, so that a build with nothing to do need not find it out again.

A folder of small JSON files, one a key, under `$GAUGEWRIGHT_CACHE`, `$XDG_CACHE_HOME/gaugewright` or
`~/.cache/gaugewright`. It can be deleted at any time. Nothing depends on it: whatever fails, unwritable,
full, corrupt, means that there is no cache. Imports only os and json.
"""

from __future__ import annotations

import json
import os

from gaugewright.output.plain import open_plain

NEWEST = 200
"""Entries that stay; the oldest beyond them go when one is added."""
LARGEST = 2**20
"""Bytes of one entry."""

_ANY = (OSError, ValueError, TypeError, RecursionError)


def load(key: str) -> object | None:
    """The JSON value stored under the key (hexadecimal, as a hash prints it), None where there is none."""
    folder = cache_folder()
    if folder is None or not _is_key(key):
        return None
    try:
        with open_plain(os.path.join(folder, key + ".json")) as file:
            status = os.fstat(file.fileno())
            if status.st_size > LARGEST or status.st_uid != os.geteuid():
                return None
            value: object = json.loads(file.read())
            return value
    except _ANY:
        return None


def store(key: str, value: object) -> None:
    """Keep a JSON value under the key, in one step, and drop the oldest entries. Never raises OSError."""
    folder = cache_folder()
    if folder is None or not _is_key(key):
        return
    try:
        content = json.dumps(value).encode("ascii")
        if len(content) <= LARGEST:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            _put(folder, key + ".json", content)
            _prune(folder)
    except _ANY:
        return


def cache_folder() -> str | None:
    """Where the cache is; None without a home. Relative settings are ignored, as the XDG base directory
    specification asks."""
    own = os.environ.get("GAUGEWRIGHT_CACHE", "")
    if own:
        return os.path.abspath(own)
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "gaugewright") if os.path.isabs(base) else None


def _is_key(key: str) -> bool:
    return 0 < len(key) <= 128 and all(character in "0123456789abcdef" for character in key)


def _put(folder: str, name: str, content: bytes) -> None:
    """Write beside and rename, so that a reader sees the whole entry or none."""
    half = os.path.join(folder, f"{name}.{os.urandom(6).hex()}.half")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        os.replace(half, os.path.join(folder, name))
    except BaseException:
        os.unlink(half)
        raise


def _prune(folder: str) -> None:
    """Keep the newest entries; half-written ones of killed builds grow old and go like the others."""
    with os.scandir(folder) as found:
        ages = [
            (entry.stat(follow_symlinks=False).st_mtime_ns, entry.path)
            for entry in found
            if entry.name.endswith((".json", ".half"))
        ]
    for _, path in sorted(ages, reverse=True)[NEWEST:]:
        os.unlink(path)
