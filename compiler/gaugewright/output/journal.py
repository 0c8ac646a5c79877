"""A workshop's journal: what a build was about to do, written before it does anything.

A run that finds another's workshop knows from it which files there are only names of files that also
stand in the service's folder, which are outputs, and so which may be unlinked without losing anything.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gaugewright.output.paths import is_name, is_safe, workshop_stem
from gaugewright.output.plain import open_plain
from gaugewright.output.scan import Identity

JOURNAL = "journal.json"
NEW = "new"
"""The folder in a workshop that is to replace the service's; after an exchange it is the old one."""
OLD = "old"
"""Where the old folder goes when there is no exchange, or nothing that replaces it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One replacement of `out/<service>`.

    `was` is the inode of the folder to be replaced, None for a first build. `ours` are the plain files
    there that the build owns, `carried` those that it does not, with their identities; `folders` all
    its folders. `made` are the paths in the new folder that are written or linked.
    """

    service: str
    was: int | None
    ours: Mapping[str, Identity]
    carried: Mapping[str, Identity]
    folders: frozenset[str]
    made: frozenset[str]


def open_workshop(out_dir: Path, plan: Plan, kind: str) -> Path:
    """Make `out/.<service>.<kind>-<random>/` with its journal, synced. Raises OSError, leaving nothing."""
    workshop = out_dir / f"{workshop_stem(plan.service)}{kind}-{os.urandom(6).hex()}"
    os.mkdir(workshop, 0o700)
    try:
        write_synced(workshop / JOURNAL, _to_json(plan), 0o600)
    except BaseException:
        close_workshop(workshop)
        raise
    return workshop


def close_workshop(workshop: Path) -> None:
    """Remove the journal, last of all, and the empty workshop."""
    with suppress(FileNotFoundError):
        os.unlink(workshop / JOURNAL)
    os.rmdir(workshop)


def workshops(out_dir: Path) -> list[Path]:
    """Every folder in `out` that may be a killed run's."""
    return [out_dir / name for name in sorted(os.listdir(out_dir)) if _is_workshop(name)]


def _is_workshop(name: str) -> bool:
    head, _, random = name.rpartition("-")
    hexadecimal = len(random) == 12 and all(character in "0123456789abcdef" for character in random)
    return hexadecimal and head.startswith(".") and head.endswith((".new", ".old"))


def read_plan(workshop: Path) -> Plan | None:
    """The journal; None where it is missing, torn or not ours."""
    try:
        with open_plain(workshop / JOURNAL) as file:
            plan = _from_json(file.read())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    fits = workshop.name.startswith(workshop_stem(plan.service))
    return plan if fits and is_name(plan.service) else None


def write_synced(path: Path, content: bytes, mode: int) -> None:
    """Write a new file and wait until the disk has it. Raises OSError, also where the path exists."""
    write_new(path, content, mode)
    sync(path)


def write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a new file, in as many steps as the system takes. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)


def sync(path: Path) -> None:
    """Wait until the disk has a file's content, or a folder's list of names."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Some file systems cannot sync a folder, or write its names at once anyway."""
    try:
        sync(folder)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.EBADF, errno.ENOTSUP, errno.EACCES}:
            raise


def _to_json(plan: Plan) -> bytes:
    document = {
        "service": plan.service,
        "was": plan.was,
        "ours": plan.ours,
        "carried": plan.carried,
        "folders": sorted(plan.folders),
        "made": sorted(plan.made),
    }
    return json.dumps(document).encode("ascii")


def _from_json(text: bytes) -> Plan:
    document = json.loads(text)
    was = document["was"]
    return Plan(
        service=str(document["service"]),
        was=None if was is None else int(was),
        ours=_identities(document["ours"]),
        carried=_identities(document["carried"]),
        folders=frozenset(path for path in document["folders"] if is_safe(path)),
        made=frozenset(path for path in document["made"] if is_safe(path)),
    )


def _identities(document: Mapping[str, list[int]]) -> dict[str, Identity]:
    return {path: (int(a), int(b), int(c)) for path, (a, b, c) in document.items() if is_safe(path)}
