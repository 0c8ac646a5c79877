"""The Jinja templates: where they are, and the one environment that all targets share.

Each target escapes for its own syntax with a filter of that syntax (`yaml`, `py`, `md`, ...), so
no name or text of a spec can break out of the file it lands in.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import BytecodeCache, Environment


def folder() -> Path:
    """Where the templates are: inside the package when installed, beside `compiler/` in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent.parent / "templates"


def render(template: str, **values: Any) -> bytes:
    """The template's text, filled, as UTF-8."""
    return _environment().get_template(template).render(values).encode()


def keep_compiled(store: BytecodeCache) -> None:
    """Templates compiled by an earlier process are taken from `store`, others kept there."""
    _environment().bytecode_cache = store


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from gaugewright.emit import escaping

    environment = Environment(
        loader=FileSystemLoader(folder()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters.update(escaping.FILTERS)
    return environment
