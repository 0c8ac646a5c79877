"""The spec files that a command line names, and reading them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gaugewright.spec.limits import MAX_BYTES

if TYPE_CHECKING:
    from gaugewright.compile import Compilation


class Unreadable(Exception):
    """A spec that cannot be read at all; `reason` is a person's words."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SpecFile:
    """A spec as named on the command line, and its bytes."""

    path: str
    content: bytes


def spec_paths(arguments: Iterable[str], allow_none: bool = False) -> list[str]:
    """Files as they are; a folder stands for every `*.yaml` and `*.yml` in it, by name. Each once.

    Raises Unreadable for a folder without one, unless `allow_none`."""
    found: dict[str, None] = {}
    for argument in arguments:
        if "\0" in argument:
            raise Unreadable(argument, "no file can have this name")
        if os.path.isdir(argument):
            names = sorted(name for name in os.listdir(argument) if name.endswith((".yaml", ".yml")))
            if not names and not allow_none:
                raise Unreadable(argument, "the folder holds no *.yaml file")
            found.update((os.path.join(argument, name), None) for name in names)
        else:
            found[argument] = None
    by_file: dict[str, str] = {}
    for path in found:
        by_file.setdefault(os.path.realpath(path), path)
    return list(by_file.values())


def read_spec_file(path: str) -> SpecFile:
    """The file's bytes. Raises Unreadable: missing, a folder, no permission, no plain file, too large."""
    if "\0" in path:
        raise Unreadable(path, "no file can have this name")
    try:
        if not os.path.isfile(path) and os.path.exists(path):
            raise Unreadable(path, "it is a folder" if os.path.isdir(path) else "it is no plain file")
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise Unreadable(path, "no such file") from None
    except (OSError, ValueError) as error:
        raise Unreadable(path, getattr(error, "strerror", None) or str(error)) from None
    if len(content) > MAX_BYTES:
        raise Unreadable(path, f"it has more than {MAX_BYTES:,} bytes; one spec describes one service")
    return SpecFile(path, content)


def unreadable(error: Unreadable) -> Compilation:
    """The finding for a spec that cannot be read."""
    from gaugewright.compile import Compilation
    from gaugewright.diagnostics import Place
    from gaugewright.diagnostics.catalogue import finding

    path = error.path.replace("\0", "\\0")
    place = Place(path, 1, 1, 1, 1)
    message = f"{path or repr(path)} cannot be read: {error.reason}"
    return Compilation(None, (finding("unreadable-file", message, place, "Look at the path."),), None)


def compile_file(path: str) -> Compilation:
    """Reads and compiles one spec; an unreadable one has just that finding."""
    from gaugewright.compile import compile_text

    try:
        spec = read_spec_file(path)
    except Unreadable as error:
        return unreadable(error)
    return compile_text(spec.content, path)


def is_unreadable(compilation: Compilation) -> bool:
    return any(item.code == "unreadable-file" for item in compilation.diagnostics)
