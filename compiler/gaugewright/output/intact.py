"""The fast path: does a folder still hold exactly what its manifest says?

Loaded by every build that may have nothing to do, so it imports only os, json and hashlib, and reads
each file once. It never follows a symbolic link and never opens what is no plain file.
"""

from __future__ import annotations

import hashlib
import json
import os

from gaugewright.output.paths import MANIFEST, ancestors, is_safe, workshop_stem
from gaugewright.output.plain import open_plain

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


def is_intact(folder: str | os.PathLike[str], manifest_sha256: str | None = None) -> bool:
    """Whether every listed file is there, unchanged, and no killed run left anything beside the folder.

    With `manifest_sha256` the manifest itself must be that one too: then the folder is, byte for byte,
    the result of the build that had it. Any doubt or error means False, and the slow path decides.
    """
    try:
        return not has_leftovers(folder) and _is_intact(os.fspath(folder), manifest_sha256)
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return False


def has_leftovers(folder: str | os.PathLike[str]) -> bool:
    """Whether a killed build or removal of this service left its workshop beside the folder."""
    parent, name = os.path.split(os.path.abspath(folder))
    stem = workshop_stem(name)
    return any(entry.startswith((stem + "new-", stem + "old-")) for entry in os.listdir(parent))


def _is_intact(folder: str, manifest_sha256: str | None) -> bool:
    folders = {"": os.open(folder, _FOLDER)}
    try:
        text = _content(folders, MANIFEST)
        if manifest_sha256 is not None and hashlib.sha256(text).hexdigest() != manifest_sha256:
            return False
        outputs = json.loads(text)["outputs"].items()
        return all(
            is_safe(path) and hashlib.sha256(_content(folders, path)).hexdigest() == digest for path, digest in outputs
        )
    finally:
        for descriptor in folders.values():
            os.close(descriptor)


def _content(folders: dict[str, int], path: str) -> bytes:
    """The file's bytes; `folders` keeps every folder on the way open, relative to the one above it."""
    above = ""
    for step in ancestors(path):
        if step not in folders:
            folders[step] = os.open(step.rpartition("/")[2], _FOLDER, dir_fd=folders[above])
        above = step
    with open_plain(path.rpartition("/")[2], folders[above]) as file:
        return file.read()
