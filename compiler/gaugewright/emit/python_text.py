"""Texts of the spec as Python source: docstrings and literals, in the form that `ruff format` gives them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from gaugewright.emit.escaping import python_string

WIDTH = 88
"""Characters in a line of a docstring, its indent included."""


def docstring(paragraphs: Iterable[str], indent: int = 0) -> str:
    """A docstring of these paragraphs, `indent` spaces deep (but for its first line).

    White space is folded; a text can neither end the docstring nor begin an escape."""
    blocks = [_wrapped(paragraph, indent) for paragraph in paragraphs]
    body = "\n\n".join("\n".join(lines) for lines in blocks if lines)
    if body.startswith('"'):
        body = "\\" + body
    closing = '"""' if "\n" not in body and not body.endswith('"') else '\n"""'
    return textwrap.indent('"""' + body + closing, " " * indent).lstrip(" ")


def _wrapped(paragraph: str, indent: int) -> list[str]:
    width = max(WIDTH - indent - 3, 20)
    folded = " ".join(storable(paragraph).split())
    lines = textwrap.wrap(folded, width, break_long_words=False, break_on_hyphens=False)
    return [_escaped(line).replace('"""', '\\"\\"\\"') for line in lines]


def _escaped(line: str) -> str:
    plain = line.isprintable() and "\\" not in line
    return line if plain else "".join(map(_character, line))


def _character(character: str) -> str:
    if character == "\\" or not character.isprintable():
        return character.encode("unicode_escape").decode("ascii")
    return character


def literal_type(values: tuple[str, ...]) -> str:
    """`Literal[...]` of these values, one a line where there are several."""
    if len(values) == 1 and len(values[0]) < WIDTH // 2:
        return f"Literal[{python_string(values[0])}]"
    if len(values) == 1:
        return f"Literal[\n    {python_string(values[0])}\n]"
    return "Literal[\n" + "".join(f"    {python_string(value)},\n" for value in values) + "]"


def storable(text: str) -> str:
    """The text without what UTF-8 cannot say (half of a surrogate pair)."""
    return text.encode("utf-8", "replace").decode("utf-8")


def comment(text: str) -> str:
    """The text on one line, as it can stand behind `#`."""
    return "".join(map(_character, text))


def floats(bounds: tuple[float, ...]) -> tuple[str, ...]:
    return tuple(repr(float(bound)) for bound in bounds)


def optional(text: str | None) -> str:
    return "None" if text is None else python_string(text)
