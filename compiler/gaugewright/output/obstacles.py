"""What stands in the way of an output: links, folders and special files, at any level below `out`.

A symbolic link is never followed, since it may lead out of the folder; a pipe, a socket or a device
is never opened, since that may block or act.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from gaugewright.output.errors import OutputError
from gaugewright.output.paths import ancestors
from gaugewright.output.scan import scan

_KINDS = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class Obstacles:
    """Looks at each folder once. `removable` are left-overs, which a build takes out of the way itself."""

    def __init__(self, folder: Path, removable: frozenset[str]) -> None:
        self.folder = folder
        self._removable = removable
        self._above: dict[str, str] = {}

    def before(self, path: str) -> str:
        """What keeps a plain file from being at `path`, as words; "" where nothing does."""
        for above in ("", *ancestors(path)):
            if above not in self._above:
                self._above[above] = self._as_folder(above)
            if self._above[above]:
                return self._above[above]
        return self._as_file(path)

    def _as_folder(self, path: str) -> str:
        mode = self._mode(path)
        if mode is None or stat.S_ISDIR(mode) or path in self._removable:
            return ""
        return f"{self._called(path)} is {_kind(mode)}, not a folder"

    def _as_file(self, path: str) -> str:
        mode = self._mode(path)
        if mode is None or stat.S_ISREG(mode):
            return ""
        if stat.S_ISDIR(mode) and self._only_removable(path):
            return ""
        return f"{self._called(path)} is {_kind(mode)}"

    def _only_removable(self, path: str) -> bool:
        """Whether the build that removes its left-overs empties this folder."""
        entries = scan(self.folder / path)
        files = {f"{path}/{entry.path}" for entry in entries if not entry.is_folder}
        holders = {above for file in files for above in ancestors(file)}
        return (
            bool(files)
            and files <= self._removable
            and all(f"{path}/{entry.path}" in holders for entry in entries if entry.is_folder)
        )

    def _mode(self, path: str) -> int | None:
        """The file type and mode; None where nothing is, or a file stands where a folder would be."""
        try:
            return os.lstat(self.folder / path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            place = self.folder / path
            raise OutputError(f"cannot read {place}: {error.strerror}", place) from error

    def _called(self, path: str) -> str:
        return path or str(self.folder)


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return next((words for matches, words in _KINDS if matches(mode)), "a file")
