"""`init`: a repository's first spec, with Makefile lines and a pre-commit hook that work at once."""

from __future__ import annotations

import os
import re
from pathlib import Path

from gaugewright import __version__
from gaugewright.emit.templates import render

_FILES = {
    "specs/{service}.yaml": "init/spec.yaml.j2",
    "Makefile": "init/Makefile.j2",
    ".pre-commit-config.yaml": "init/pre-commit-config.yaml.j2",
    ".gitignore": "init/gitignore.j2",
}


def init(directory: str) -> tuple[str, int]:
    """Writes what is not there yet; a file that is stays as it is, and what it lacks is said."""
    folder = Path(directory)
    service = _service_name(folder)
    said = []
    try:
        for pattern, template in _FILES.items():
            path = folder / pattern.format(service=service)
            content = render(template, service=service, version=__version__)
            said.append(_write(path, content))
    except OSError as error:
        return f"{error.filename or directory} cannot be written: {error.strerror}", 2
    return "\n".join([*said, "", _next(folder, service)]), 0


def _service_name(folder: Path) -> str:
    """The folder's name as a service's: `my-shop` gives `my_shop`."""
    name = re.sub(r"[^a-z0-9]+", "_", folder.resolve().name.lower()).strip("_")
    return name if re.match(r"[a-z]", name) else "my_service"


def _write(path: Path, content: bytes) -> str:
    if not os.path.lexists(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return f"{path}: written"
    if path.is_file() and path.read_bytes() == content:
        return f"{path}: there already"
    lines = "".join(f"  {line}\n" for line in content.decode().splitlines())
    return f"{path}: there already, and left as it is; add what it lacks of\n{lines}".rstrip()


def _next(folder: Path, service: str) -> str:
    where = "" if folder == Path(".") else f"cd {folder} && "
    hook = f"{where}pip install pre-commit && pre-commit install"
    change = f"Then change specs/{service}.yaml to what your service does."
    return f"Next: {where}make build\n      {hook}   # keeps out/ fresh\n{change}"
